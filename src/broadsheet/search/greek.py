"""Greek letters and their names: who asks for "beta-VAE" also finds "β-VAE", for "ζ function" also
"zeta function", for "Lyα" and "ΛCDM" also "Ly$α$" and "$Λ$CDM", for "LCDM" also both.

Papers are filed with the letters that formulas set, which fall apart from the word that they are
of. A name counts with the word beside it: alone "delta" is of too many things. As with acronyms,
what is added only adds to scores, and may stand in for what was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from broadsheet.index import Clause, Index, WordQuery
from broadsheet.search.acronyms import form_weight
from broadsheet.search.pipeline import Stage, reads
from broadsheet.search.reading import OtherForm, Reading

MOST = 2  # stretches of one query
# Each letter in the forms that Unicode has for it; the last of mu is the sign for micro.
_ALPHABET = (
    "alpha=α beta=βϐ gamma=γ delta=δ epsilon=εϵ zeta=ζ eta=η theta=θϑ iota=ι kappa=κϰ lambda=λ"
    " mu=μµ nu=ν xi=ξ omicron=ο pi=πϖ rho=ρϱ sigma=σς tau=τ upsilon=υ phi=φϕ chi=χ psi=ψ omega=ω"
)
_LETTERS = {name: letters for name, _, letters in (one.partition("=") for one in _ALPHABET.split())}
_NAMES = {letter: name for name, letters in _LETTERS.items() for letter in letters}
_ANY = "".join(_NAMES) + "".join(_NAMES).upper()
_UNIT = re.compile(r"[^\W_]+")
_PART = re.compile(rf"[{_ANY}]|\d+|[^\W\d_{_ANY}]+")
_PLAIN = re.compile(r"l(?=[chw]dm$)", re.IGNORECASE)  # an L for Λ: cold, hot and warm dark matter
_BESIDE = re.compile(r"[ \-‑]?\$?[ \-‑]?\\?")  # in TeX too: "$\Lambda$CDM", "H$\alpha$"


def greek() -> Stage:
    """Adds to the words looked for Greek letters by their names, and names by their letters."""
    return reads("greek", lambda search: read_greek(search.reading, search.index))


def read_greek(reading: Reading, index: Index) -> Reading:
    """A query's reading with the other forms of its Greek letters that papers have."""
    forms: list[OtherForm] = []
    found = (stretch for clause in reading.plain for stretch in _stretches(clause.text))
    for given, parts in found:
        written = [word.term for word in index.words(given)]
        members = tuple(
            replace(member, weight=form_weight(index, given, member.text))
            for member in _others(parts)
            if [word.term for word in index.words(member.text)] != written
            and index.count_words(WordQuery((replace(member, occur="must"),)))
        )
        if members and all(written):
            forms.append(OtherForm(given, members[0].text, False, Clause(any_of=members)))
        if len(forms) == MOST:
            break
    return reading.also(forms) if forms else reading


def _stretches(text: str) -> Iterator[tuple[str, list[str]]]:
    """Words with a Greek letter in them, and pairs with one or its name; each with its parts."""
    units = list(_UNIT.finditer(text))
    for unit in units:
        parts = _PART.findall(_PLAIN.sub("Λ", unit[0]))
        if len(parts) > 1 and any(map(_letters, parts)):
            yield unit[0], parts
    for one, other in pairwise(units):
        beside = _BESIDE.fullmatch(text, one.end(), other.start())
        if beside and (_letters(one[0]) or _letters(other[0])):
            yield text[one.start() : other.end()], [one[0], other[0]]


def _letters(part: str) -> str:
    """The forms of the Greek letter that a part is, or names; '' where it is none."""
    small = part.lower()
    return _LETTERS.get(_NAMES.get(small, small), "")


def _others(parts: Sequence[str]) -> Iterator[Clause]:
    """The parts with each Greek letter as its name and as its letter, apart and as one word."""
    most = max(len(_letters(part)) for part in parts)
    spelt = [[_NAMES.get(part.lower(), part) for part in parts]]
    spelt += [[_letter(part, place) for part in parts] for place in range(most)]
    for one in spelt:
        yield Clause(" ".join(one), phrase=True)
        yield Clause("".join(one))


def _letter(part: str, place: int) -> str:
    letters = _letters(part)
    return letters[min(place, len(letters) - 1)] if letters else part
