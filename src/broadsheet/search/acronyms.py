"""Acronyms both ways: who asks for "GNN" also finds "graph neural network", and the reverse.

What a short form means is taken from the home's own dictionary and from what papers at large
define, and weighed by the other words of the query; where it is not sure, nothing is added.
What is added only adds to scores: it demands nothing, leaves nothing out, and no hit lacks it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from broadsheet.index import Clause, Index
from broadsheet.search.evidence import rarity
from broadsheet.search.pipeline import Stage, reads
from broadsheet.search.reading import OtherForm, Part, Reading
from broadsheet.search.scan import tidy
from broadsheet.text import (
    Meaning,
    acronym_knowledge,
    long_key,
    looks_short,
    merged_meanings,
    short_key,
    words_of,
)

SURE = 0.7  # probability of a meaning from which a query is read so
KNOWN = 3.0  # papers that define it so
OWN = 0.5  # share of a long form's definitions that a short form needs to stand for it
# Of what the words that it stands for could add. More finds more papers of acronym queries, and
# costs SciFact .001 to .002 nDCG@10 (row 3).
LONG_WEIGHT = 0.6
SHORT_WEIGHT = 0.6
MOST = 2  # acronyms of one query that are read
_LONGEST_QUERY = 24  # words: prose says what it means
_LONGEST = 6  # words of a long form
_MARKS = ",;:.?!"
_UNSPEAKABLE = re.compile(r"[b-df-hj-np-tv-xz]{3,6}")  # no word: it has no vowel


class Glossary(Protocol):
    """What a home's papers define."""

    def meanings(self, shorts: Iterable[str]) -> dict[str, tuple[Meaning, ...]]:
        """The meanings of short forms by their keys, the commonest first."""

    def shorts(self, longs: Iterable[str]) -> dict[str, tuple[str, int]]:
        """The commonest short form of each long one by its key, and its papers."""


@dataclass(frozen=True, slots=True)
class Understood:
    """A stretch of a query and the other form of it; ``short`` says that the stretch is the
    short one."""

    given: str
    other: str
    short: bool


def acronyms(long: float = LONG_WEIGHT, short: float = SHORT_WEIGHT) -> Stage:
    """Adds the long form of a short one, and the short form of a long one, to the words looked
    for; meaning is asked with the long form in place of the short one."""
    return reads(
        "acronyms",
        lambda search: read_acronyms(
            search.reading, search.glossary, search.index, long=long, short=short
        ),
    )


def read_acronyms(
    reading: Reading,
    glossary: Glossary | None,
    index: Index,
    *,
    long: float = LONG_WEIGHT,
    short: float = SHORT_WEIGHT,
) -> Reading:
    """A query's reading with the other forms of its acronyms.

    A form weighs no more than what it stands for: "human immunodeficiency virus" is rarer than
    "HIV", and would else put papers that spell it out before those on what was asked.
    """
    found = understood(reading, glossary)
    weights = [
        form_weight(index, one.given, one.other, long if one.short else short) for one in found
    ]
    return expanded(reading, found, weights) if found else reading


def form_weight(index: Index, given: str, other: str, most: float = SHORT_WEIGHT) -> float:
    """What another form weighs: ``most``, or less where it is rarer than what it stands for."""
    return most * min(1.0, _told_by(index, given) / max(_told_by(index, other), 1e-9))


def _told_by(index: Index, text: str) -> float:
    """The inverse document frequencies of a text's words, together."""
    return float(rarity(index, [word.term for word in index.words(text) if word.term]).sum())


def understood(reading: Reading, glossary: Glossary | None = None) -> list[Understood]:
    """The acronyms that are surely read in the plain words of a query, either way."""
    texts = [clause.text for clause in reading.plain]
    text = " ".join(filter(None, texts))
    given = [word.strip(_MARKS) or word for word in text.split()]
    if not 0 < len(given) <= _LONGEST_QUERY:
        return []
    found = [*_of_shorts(text, given, glossary), *_of_longs(text, glossary)]
    return found[:MOST]


def expanded(reading: Reading, found: Sequence[Understood], weights: Sequence[float]) -> Reading:
    """The reading with the other forms added, by their weights, and a part for each that can be
    taken back."""
    forms, parts = list[OtherForm](), list(reading.parts)
    meaning = reading.meaning
    for one, weight in zip(found, weights, strict=True):
        # A group: its words are not the query's own, which nearness and coverage look at.
        member = Clause(one.other, phrase=" " in one.other, weight=weight)
        forms.append(OtherForm(one.given, one.other, not one.short, Clause(any_of=(member,))))
        said = f"{one.given} = {one.other}" if one.short else f"{one.given}, also {one.other}"
        quoted = tidy(reading.query.replace(one.given, f'"{one.given}"', 1))
        parts.append(Part("acronym", said, one.given, quoted))
        if one.short:
            meaning = meaning.replace(one.given, f"{one.other} ({one.given})", 1)
    return replace(reading, meaning=meaning, parts=tuple(parts)).also(forms)


def _of_shorts(text: str, given: list[str], glossary: Glossary | None) -> Iterator[Understood]:
    shorts = [word for word in dict.fromkeys(given) if _may_be_asked(word, given)]
    if not shorts:
        return
    own = glossary.meanings(shorts) if glossary else {}
    known = acronym_knowledge()
    present = f" {long_key(text)} "
    for word in shorts[: 2 * MOST]:
        meanings = merged_meanings(own.get(short_key(word), ()), known.meanings(word))
        if not meanings or any(f" {one.key} " in present for one in meanings):
            continue
        words = [other for other in words_of(text) if other != short_key(word)]
        best = known.weigh(words, meanings)[0]
        if best.probability >= SURE and best.meaning.papers >= KNOWN:
            yield Understood(word, best.meaning.long, True)


def _may_be_asked(word: str, given: list[str]) -> bool:
    """Whether a word of a query may be a short form; in small letters, where it is no word."""
    if looks_short(word):
        # Who types all in capitals says nothing by them.
        return any(other != other.upper() for other in given) or len(given) == 1
    return bool(_UNSPEAKABLE.fullmatch(word)) and bool(acronym_knowledge().meanings(word))


def _of_longs(text: str, glossary: Glossary | None) -> Iterator[Understood]:
    words = text.split()
    spans = {
        long_key(" ".join(words[start:end])): " ".join(words[start:end]).strip(_MARKS)
        for start in range(len(words))
        for end in range(start + 2, min(start + _LONGEST, len(words)) + 1)
        if not any(word[-1] in _MARKS for word in words[start : end - 1])
    }
    if not spans:
        return
    shorts = _shorts(spans, glossary)
    taken: list[str] = []
    present = {short_key(word) for word in words}
    for key in sorted(shorts, key=lambda key: -len(key)):
        short = shorts[key]
        if any(key in other for other in taken):
            continue
        taken.append(key)
        if short_key(short) in present:
            continue
        yield Understood(spans[key], short, False)


def _shorts(spans: Mapping[str, str], glossary: Glossary | None) -> dict[str, str]:
    """The short form of each long one, where it mostly stands for that."""
    known = acronym_knowledge()
    own = glossary.shorts(spans) if glossary else {}
    found = {key: known.shorts[key] for key in spans if key in known.shorts}
    found |= {key: short for key, (short, papers) in own.items() if papers >= KNOWN}
    return {key: short for key, short in found.items() if _stands_for(short, key, own)}


def _stands_for(short: str, key: str, own: Mapping[str, tuple[str, int]]) -> bool:
    meanings = merged_meanings((), acronym_knowledge().meanings(short))
    total = sum(one.papers for one in meanings)
    of_it = sum(one.papers for one in meanings if one.key == key)
    if key in own and own[key][0] == short:
        total, of_it = total + own[key][1], of_it + own[key][1]
    return of_it >= KNOWN and of_it >= OWN * total and len(short) > 1
