"""Whether two records are one work, by what they say: title, authors, abstract.

An abstract that grew, shrank or was revised contains most of the other's word triples, in one
direction or the other; one measure over both (Jaccard) would call a long version another
paper. Broder, "On the resemblance and containment of documents" (1997).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from broadsheet.citations import parse_name
from broadsheet.papers import Paper

# Shares of an abstract's word triples, fitted on pairs of one work from two archives against
# look-alikes of the same authors: see docs/benchmarks.md.
_SAME_TITLE = 0.03
_SAME_BUT_EDITION = 0.5  # "(extended version)", an acronym before a colon
_TITLE_WITHIN = 0.9
_TITLE_CHANGED = 0.95
_SHORTEST_KEY = 20  # letters; "Introduction" names no work
_FEWEST_TRIPLES = 12
_MOST_AUTHORS = 0.5
_CHANGED_TITLE = 0.4  # of the words of both titles
_NAME_WORDS = 3  # of a method's name before a colon

_WORD = re.compile(r"[^\W_]+")
# What tells the parts of a series, yearly editions and companions apart.
_ORDINAL = re.compile(
    r"\b(?:part|volume|vol|chapter|lecture|report|version|edition|day|phase|paper)\s*[.:]?\s*"
    r"([ivx]+|\d+|[a-d])\b|\b(i{1,3}|iv|vi{0,3}|ix)\b|\b(\d{1,4})(?:st|nd|rd|th)?\b"
    r"|\b(first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)\b",
    re.IGNORECASE,
)
_COMPANION = re.compile(
    r"\b(?:reply|rejoinder|erratum|errata|corrigendum|correction|comments?|discussion|supplement"
    r"|supplementary|addendum|appendix|auxiliary|response|retraction)\b",
    re.IGNORECASE,
)
# Words that make no other work of a title.
_EDITION_WORDS = (
    "a an and for in of on the to toward towards with using extended full version short long"
    " abstract technical report preliminary revised updated draft preprint tr paper arxiv"
)
_EDITION = frozenset(_EDITION_WORDS.split())
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7"}
_ROMAN |= {"viii": "8", "ix": "9", "x": "10"}
_COUNTED = "first second third fourth fifth sixth seventh eighth ninth tenth"
_NUMBERS = {word: str(place) for place, word in enumerate(_COUNTED.split(), 1)}


class Titles(Enum):
    """How two titles differ."""

    EQUAL = "equal but for case, marks and accents"
    EDITION = "in words that make no other work"
    WITHIN = "one has words that the other lacks"
    CHANGED = "each has words that the other lacks"
    OTHER = "little in common"


_WANTED = {
    Titles.EQUAL: _SAME_TITLE,
    Titles.EDITION: _SAME_BUT_EDITION,
    Titles.WITHIN: _TITLE_WITHIN,
    Titles.CHANGED: _TITLE_CHANGED,
    # Authors put one abstract on two papers more often than they rename one beyond recognition.
    Titles.OTHER: 2.0,
}


@dataclass(frozen=True, slots=True)
class Likeness:
    """How far two records agree.

    ``surnames`` is the share of the shorter list of authors that both have; ``contained`` the
    larger share of one abstract's word triples in the other, None where one has too few to
    tell; ``apart`` whether the titles name two parts of a series, or a paper and a reply to it.
    """

    titles: Titles
    surnames: float
    contained: float | None
    apart: bool

    @property
    def same(self) -> bool:
        """Whether they are one work."""
        if self.apart or not self.surnames:
            return False
        if self.contained is None:
            return self.titles is Titles.EQUAL and self.surnames >= _MOST_AUTHORS
        if self.titles is not Titles.EQUAL and self.surnames < _MOST_AUTHORS:
            return False
        return self.contained >= _WANTED[self.titles]


def likeness(one: Paper, other: Paper) -> Likeness:
    """How far two papers agree; see `Likeness`. Time is linear in their length."""
    titles = compare_titles(one.title, other.title)
    return Likeness(
        titles=titles,
        surnames=_shared(surnames(one), surnames(other)),
        contained=containment(triples(one.abstract), triples(other.abstract)),
        apart=titles is not Titles.EQUAL and _apart(one.title, other.title),
    )


def compare_titles(one: str, other: str) -> Titles:
    """How two titles differ."""
    if (key := title_key(one)) and key == title_key(other):
        return Titles.EQUAL
    mine, theirs = set(words(one)), set(words(other))
    extra, lacking = mine - theirs - _EDITION, theirs - mine - _EDITION
    if extra and lacking:
        alike = len(mine & theirs) >= _CHANGED_TITLE * len(mine | theirs)
        return Titles.CHANGED if alike else Titles.OTHER
    if not extra and not lacking:
        return Titles.EDITION
    longer = one if extra else other
    name, colon, _ = longer.partition(":")
    if colon and (extra or lacking) <= set(words(name)) and len(words(name)) <= _NAME_WORDS:
        return Titles.EDITION
    return Titles.WITHIN


def title_key(title: str) -> str:
    """The letters and digits of a title, folded; '' for one too short to name a work."""
    key = "".join(words(title))
    return key if len(key) >= _SHORTEST_KEY else ""


def words(text: str) -> list[str]:
    """The words of a text without case and accents."""
    folded = text.casefold()
    if folded.isascii():
        return _WORD.findall(folded)
    folded = unicodedata.normalize("NFKD", folded)
    return _WORD.findall("".join(char for char in folded if not unicodedata.combining(char)))


def surnames(paper: Paper) -> frozenset[str]:
    """The folded family names of a paper's authors."""
    return frozenset(family for author in paper.authors if (family := _family(author.name)))


@lru_cache(maxsize=65_536)
def _family(name: str) -> str:
    parsed = parse_name(name)
    return "".join(words(parsed.family or parsed.literal))


def triples(text: str) -> frozenset[int]:
    """Hashes of the runs of three words in a text."""
    spoken = words(text)
    return frozenset(hash(run) for run in zip(spoken, spoken[1:], spoken[2:], strict=False))


def containment(one: frozenset[int], other: frozenset[int]) -> float | None:
    """The larger of the shares of each in the other; None where one is too small to tell."""
    fewest = min(len(one), len(other))
    if fewest < _FEWEST_TRIPLES:
        return None
    return len(one & other) / fewest


def same_people(mine: frozenset[str], theirs: frozenset[str]) -> bool:
    """Whether most of the shorter of two lists of family names stand in the other."""
    return _shared(mine, theirs) >= _MOST_AUTHORS


def _shared(mine: frozenset[str], theirs: frozenset[str]) -> float:
    fewest = min(len(mine), len(theirs))
    return len(mine & theirs) / fewest if fewest else 0.0


def _apart(one: str, other: str) -> bool:
    """Whether titles name different parts of a series, or a paper and what was said to it."""
    if _ordinals(one) != _ordinals(other):
        return True
    return _companions(one) != _companions(other)


def _ordinals(title: str) -> frozenset[str]:
    found = set()
    for match in _ORDINAL.finditer(title):
        value = next(group for group in match.groups() if group).lower()
        found.add(_ROMAN.get(value, _NUMBERS.get(value, value.lstrip("0") or "0")))
    return frozenset(found)


def _companions(title: str) -> frozenset[str]:
    return frozenset(match[0].lower() for match in _COMPANION.finditer(title))
