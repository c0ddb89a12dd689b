"""Letters with a spelling in full: who asks for "Schroedinger" also finds "Schrödinger", and the
other way round; for "Kaehler" "Kähler", for "Mobius" what writes "Moebius".

The index folds ö into o, so that "Schrödinger" and "Schrodinger" are one word and "Schroedinger" is
another. That two words are one is seen in papers: one of them writes the letter. As with acronyms,
what is added only adds to scores, and may stand in for what was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from broadsheet.index import Clause, Index, Word, WordQuery
from broadsheet.search.acronyms import form_weight
from broadsheet.search.evidence import papers_with
from broadsheet.search.pipeline import Library, Stage, reads
from broadsheet.search.reading import OtherForm, Reading

MOST = 2  # words of one query that get another form
SHORTEST = 5  # letters
LOOKED_AT = 20  # papers that may write the letter
_FOLDED = {"ae": "ä", "oe": "öø", "ue": "ü"}
_PLAIN = {"a": "ä", "o": "öø", "u": "ü"}
_IN_FULL = str.maketrans({"ä": "ae", "ö": "oe", "ø": "oe", "ü": "ue"})


def umlauts() -> Stage:
    """Adds to the words looked for their spelling with or without umlauts."""
    return reads(
        "umlauts", lambda search: read_umlauts(search.reading, search.index, search.library)
    )


def read_umlauts(reading: Reading, index: Index, library: Library) -> Reading:
    """A query's reading with the other spellings of its words that papers have."""
    forms: list[OtherForm] = []
    for word in _words(reading, index):
        other = _other(word, index, library)
        if not other:
            continue
        member = Clause(other, weight=form_weight(index, word.surface, other))
        forms.append(OtherForm(word.surface, other, False, Clause(any_of=(member,))))
        if len(forms) == MOST:
            break
    return reading.also(forms) if forms else reading


def _words(reading: Reading, index: Index) -> Iterator[Word]:
    """The plain words of a query that may have another spelling, each once."""
    seen: set[str] = set()
    for clause in reading.plain:
        for word in index.words(clause.text):
            if word.term and word.surface.isalpha() and len(word.surface) >= SHORTEST:
                if word.term not in seen:
                    yield word
                seen.add(word.term)


def _other(word: Word, index: Index, library: Library) -> str:
    """The other spelling of a word that papers have; '' where there is none."""
    surface = word.surface.lower()
    full = surface.translate(_IN_FULL)
    if full != surface:
        return full if papers_with(full, index) else ""
    for other, written in (*_without(surface), *_with(surface)):
        # Of its stem they may be one word ("value", "valu").
        if index.words(other)[0].term == word.term or not papers_with(other, index):
            continue
        if _is_written(written, other if len(other) < len(surface) else surface, index, library):
            return other
    return ""


def _without(surface: str) -> Iterator[tuple[str, re.Pattern[str]]]:
    """ "schroedinger": "schrodinger", and the letters that papers would write."""
    for match in re.finditer("ae|oe|ue", surface):
        yield _pair(
            surface[: match.start()], _FOLDED[match[0]], surface[match.end() :], match[0][0]
        )


def _with(surface: str) -> Iterator[tuple[str, re.Pattern[str]]]:
    """ "schrodinger": "schroedinger"."""
    for match in re.finditer("[aou](?!e)", surface):
        before, behind = surface[: match.start()], surface[match.end() :]
        written = _pair(before, _PLAIN[match[0]], behind, match[0])[1]
        yield f"{before}{match[0]}e{behind}", written


def _pair(before: str, letters: str, behind: str, plain: str) -> tuple[str, re.Pattern[str]]:
    written = re.compile(rf"\b{before}[{letters}]{behind}", re.IGNORECASE)
    return f"{before}{plain}{behind}", written


def _is_written(written: re.Pattern[str], folded: str, index: Index, library: Library) -> bool:
    """Whether papers with a folded word write it with its letter."""
    found = index.search_words(WordQuery.of(folded), LOOKED_AT).ids.tolist()
    works = library.get_many(found).values()
    return any(written.search(f"{one.paper.title} {one.paper.abstract}") for one in works)
