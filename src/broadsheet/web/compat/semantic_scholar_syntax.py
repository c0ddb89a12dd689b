"""The syntax of Semantic Scholar's bulk search.

Words are required, ``|`` is or, ``-`` is not, brackets hold together; quotes make a phrase, whose
words may be out of their places by ``~N``; ``*`` ends the beginning of a word.

What stands without brackets the index is asked at once; brackets are sets of papers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from starlette.exceptions import HTTPException

from broadsheet.index import Clause, Filters, Index, WordQuery

_MOST = 100  # words and phrases of a query
# A word that every paper begins one with takes as long as all of them.
_MOST_PREFIXES, _SHORTEST_PREFIX = 8, 2
_FARTHEST = 100
_MOST_SEARCHES = 20  # each may find all papers
_PARTS = re.compile(
    r"""(?P<either>\|) | (?P<open>[+-]?\() | (?P<close>\)) | (?P<sign>-?) (?:
    "(?P<phrase>[^"]+)" (?:\s*~\s*(?P<slop>\d{1,3}))? | (?P<word>[^\s"|()]+) )""",
    re.VERBOSE | re.ASCII,
)
_DISTANCE = re.compile(r".*\w~\d*", re.DOTALL)

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sought:
    """What a paper has to meet, or not to (``denied``): a word or phrase, or a group of which
    every part has to be met, each in one of its ways."""

    meets: Clause | tuple[tuple[Sought, ...], ...]
    denied: bool = False


@dataclass(slots=True)
class _Group:
    """What stands in one pair of brackets, up to where it was read."""

    denied: bool = False
    either: bool = False  # what follows is another way to meet the part before
    parts: list[tuple[Sought, ...]] = field(default_factory=list)

    def add(self, one: Sought) -> None:
        if self.either and self.parts:
            self.parts[-1] += (one,)
        else:
            self.parts.append((one,))
        self.either = False

    def whole(self) -> Sought:
        if len(self.parts) == 1 and len(self.parts[0]) == 1:  # no deeper than what it holds
            (one,) = self.parts[0]
            return replace(one, denied=one.denied != self.denied)
        return Sought(tuple(self.parts), self.denied)


def read(query: str) -> Sought:
    """A query in their syntax; raises 400 for what the index cannot be asked.

    Brackets that are not closed end with the query; those that were not opened are passed over.
    """
    groups, begun, most = [_Group()], 0, _MOST
    for match in _PARTS.finditer(query):
        if match["either"]:
            groups[-1].either = True
        elif match["open"]:
            groups.append(_Group(denied=match["open"][0] == "-"))
        elif match["close"]:
            _close(groups)
        elif (clause := _clause(match)) is not None:
            begun, most = begun + clause.prefix, most - 1
            if begun > _MOST_PREFIXES:
                raise HTTPException(400, f"query: up to {_MOST_PREFIXES} words may end in *")
            if most < 0:
                raise HTTPException(400, f"query: up to {_MOST} words and phrases are looked for")
            groups[-1].add(Sought(clause, bool(match["sign"])))
    while len(groups) > 1:
        _close(groups)
    return groups[0].whole()


def _close(groups: list[_Group]) -> None:
    if len(groups) > 1:
        group = groups.pop()
        if group.parts:
            groups[-1].add(group.whole())


def meeting(index: Index, sought: Sought, filters: Filters | None) -> Ids:
    """The works that meet a query and the filters, sorted; raises 400 for one whose brackets take
    too many searches."""
    return _Asking(index, filters).meeting(sought)


@dataclass(slots=True)
class _Asking:
    index: Index
    filters: Filters | None
    searches: int = 0

    def meeting(self, sought: Sought) -> Ids:
        if isinstance(sought.meets, Clause):
            found = self._having((replace(sought.meets, occur="must"),))
        else:
            found = self._meeting_all(sought.meets)
        return self._without(found) if sought.denied else found

    def _meeting_all(self, parts: Sequence[tuple[Sought, ...]]) -> Ids:
        plain = [_plain(part) for part in parts]
        asked = tuple(clause for clause in plain if clause is not None)
        sets = []
        if any(clause.occur == "must" for clause in asked):
            sets.append(self._having(asked))
        elif asked:  # what has nothing to look for finds nothing
            either = Clause(any_of=tuple(replace(one, occur="must") for one in asked), occur="must")
            sets.append(self._without(self._having((either,))))
        for part, clause in zip(parts, plain, strict=True):
            if clause is None:
                sets.append(np.unique(np.concatenate([self.meeting(way) for way in part])))
        found = sets[0] if sets else np.empty(0, np.int64)
        for other in sets[1:]:
            found = np.intersect1d(found, other, assume_unique=True)
        return found

    def _without(self, found: Ids) -> Ids:
        everything = np.sort(self.index.newest(self.filters, max(1, self.index.size)))
        return np.setdiff1d(everything, found, assume_unique=True)

    def _having(self, clauses: tuple[Clause, ...]) -> Ids:
        self.searches += 1
        if self.searches > _MOST_SEARCHES:
            raise HTTPException(400, "query: fewer brackets can be looked for, or less left out")
        most = max(1, self.index.size)
        return np.sort(self.index.search_words(WordQuery(clauses), most, self.filters).ids)


def _plain(part: tuple[Sought, ...]) -> Clause | None:
    """A part as one clause of a query to the index; None where that takes sets."""
    if len(part) == 1 and isinstance(part[0].meets, Clause):
        return replace(part[0].meets, occur="must_not" if part[0].denied else "must")
    clauses = [one.meets for one in part if isinstance(one.meets, Clause) and not one.denied]
    return Clause(any_of=tuple(clauses), occur="must") if len(clauses) == len(part) else None


def _clause(match: re.Match[str]) -> Clause | None:
    """A phrase, a word or the beginning of one; None for signs alone."""
    if match["phrase"] is not None:
        slop = min(int(match["slop"] or 0), _FARTHEST)
        return Clause(match["phrase"], phrase=True, slop=slop) if match["phrase"].strip() else None
    word = match["word"].lstrip("+")
    if _DISTANCE.fullmatch(word):
        raise HTTPException(400, f"query: {word[:40]}: words at a distance are not looked for here")
    text = word.rstrip("*")
    if text == word or not text:
        return Clause(text) if text else None
    if len(text) < _SHORTEST_PREFIX:
        raise HTTPException(
            400, f"query: {word[:40]}: {_SHORTEST_PREFIX} letters and more begin a word"
        )
    return Clause(text, prefix=True)
