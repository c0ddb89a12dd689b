"""The papers of some days, and who of them is meant by what readers follow.

Made once for all readers of a morning: a wish that several share is answered from memory.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from itertools import filterfalse
from typing import TYPE_CHECKING

import numpy as np

from broadsheet.catalog import Catalog, Work
from broadsheet.editions.calendar import plain_date
from broadsheet.editions.matching import matches
from broadsheet.editions.plan import Entry, plan
from broadsheet.index import Filters, name_keys, wanted_name_keys
from broadsheet.sources import in_set
from broadsheet.text import plain, singular

if TYPE_CHECKING:
    from broadsheet.readers import Readers
    from broadsheet.search import Searcher

# A paper that is later than that is of an archive that is filled in.
_LATE_DAYS = 30
# Two weeks of the busiest listings; the newest are kept.
_MOST_WORKS = 20_000
_MOST_LOOKED = 500  # hits of a search
_WORD = re.compile(r"[^\W_]+")
# Languages whose sign is all that tells them from a letter.
_SIGNED = re.compile(r"(?<![^\W_])([^\W\d_])(\+\+|#)(?![^\W_])")
_SIGNS = {"++": "plusplus", "#": "sharp"}
_SPACED = {code: " " for code in range(128) if not chr(code).isalnum()}


class Window:
    """The works announced from one day to another, newest day first; behind them those of a
    month before that arrived in these days only (``late``), and older ones that were
    cross-listed in these days (``crossed``: work -> set or category -> day)."""

    def __init__(self, catalog: Catalog, readers: Readers, first: str, last: str) -> None:
        self.first, self.last = first, last
        self._listing = catalog.listing(first, last)[:_MOST_WORKS]
        self.listed = {item.work_id for item in self._listing}
        earliest = (date.fromisoformat(first) - timedelta(days=_LATE_DAYS)).isoformat()
        self.late = {
            number: day
            for number, day in catalog.arrived_late(earliest, first, first).items()
            if number not in self.listed
        }
        self.crossed = {
            number: days
            for number, days in catalog.cross_listed(first).items()
            if number not in self.listed and number not in self.late
        }
        every = [item.work_id for item in self._listing]
        self.works: dict[int, Work] = catalog.get_many([*every, *self.late, *self.crossed])
        votes = readers.acts.votes(list(self.works))
        # Votes first, then how many subjects want it, then the order of arrival.
        self._order = {
            number: (-votes.get(number, 0), -len(work.paper.categories), place)
            for place, (number, work) in enumerate(self.works.items())
        }
        self._found: dict[Hashable, tuple[int, ...]] = {}
        self._texts: dict[int, str] | None = None
        self._authors: dict[str, set[tuple[int, int]]] | None = None

    def by_author(self, name: str) -> tuple[int, ...]:
        """Works by an author; initials stand for the given names they begin."""
        return self._once(("author", name), lambda: self._find_author(name))

    def by_term(self, term: str) -> tuple[int, ...]:
        """Works whose title or abstract holds the words of a term in a row."""
        return self._once(("term", term), lambda: self._find_term(term))

    def by_category(self, category: str) -> tuple[int, ...]:
        """Works of a category; ``cs`` includes ``cs.LG``."""
        return self._once(
            ("category", category),
            lambda: {
                number
                for number, work in self.works.items()
                if any(_is_of(one, category) for one in work.paper.categories)
                # It is no news in those that it had.
                and (number not in self.crossed or self._crossed_to(number, category))
            },
        )

    def day_of(self, number: int) -> str:
        """The day a work is told under: when it was announced, or cross-listed last."""
        crossed = self.crossed.get(number)
        return max(crossed.values()) if crossed else self.works[number].announced

    def aside(self, number: int) -> str:
        """What is to be said of a work that comes after its day: ``; cross-listed on ...``."""
        if number in self.late:
            return f"; announced {plain_date(self.late[number])}"
        if number in self.crossed:
            return f"; cross-listed on {plain_date(max(self.crossed[number].values()))}"
        return ""

    def _crossed_to(self, number: int, category: str) -> bool:
        """Whether a work came to a category by being cross-listed, and was in none of it before:
        who follows ``cs`` had a paper of ``cs.CV`` that is of ``cs.LG`` now."""
        sets = self.crossed[number]
        had = (
            one
            for one in self.works[number].paper.categories
            if not any(in_set((one,), name) for name in sets)
        )
        return any(
            _is_of(name, category) or in_set((category,), name) for name in sets
        ) and not any(_is_of(one, category) for one in had)

    @property
    def _told_of(self) -> Iterator[tuple[int, Work]]:
        """The works that are news to all but who follows their categories."""
        return ((n, work) for n, work in self.works.items() if n not in self.crossed)

    def by_organisation(self, name: str, held: AbstractSet[int] = frozenset()) -> tuple[int, ...]:
        """Works with an author of an organisation, where the source names affiliations, and those
        that are ``held`` to be its: affiliations are gathered later, and what those who speak
        for it say stands in none."""
        wanted = f" {_folded(name)} "
        return self._once(
            ("organisation", name),
            lambda: {
                number
                for number, work in self._told_of
                if number in held
                or any(
                    author.affiliation and wanted in f" {_folded(author.affiliation)} "
                    for author in work.paper.authors
                )
            },
        )

    def by_search(
        self, searcher: Searcher | None, query: str, new: AbstractSet[int]
    ) -> tuple[int, ...]:
        """Works that a query finds among these, the ``new`` ones first, best first; none without
        an index."""
        key = ("search", query, frozenset(new))
        if key not in self._found:
            found: list[int] = []
            # Asked apart: the best of two weeks need not be among the new ones.
            every = self.works.keys() - self.crossed.keys()
            for works in (new & every, every - new):
                if searcher is not None and works:
                    among = Filters(only=np.array(sorted(works), np.int64))
                    found += matches(searcher, query, filters=among, limit=_MOST_LOOKED)
            self._found[key] = tuple(found)
        return self._found[key]

    def leads(self, count: int) -> tuple[int, ...]:
        """What stands first in these days' edition, then the most wanted of the rest; nothing
        that was withdrawn."""
        gone = {number for number, work in self.works.items() if work.paper.withdrawn}
        entries = [
            Entry(
                item.work_id,
                item.categories[0] if item.categories else "",
                len(item.categories),
                item.complete and item.work_id not in gone,
            )
            for item in self._listing
        ]
        first = plan(entries).leads if entries else ()
        rest = sorted((self.works.keys() & self.listed) - gone, key=self._order.__getitem__)
        return tuple(dict.fromkeys([*first, *rest]))[:count]

    def _once(self, key: Hashable, find: Callable[[], set[int]]) -> tuple[int, ...]:
        if key not in self._found:
            # All of them: the most wanted of two weeks need not be among the new ones.
            self._found[key] = tuple(sorted(find(), key=self._order.__getitem__))
        return self._found[key]

    def _find_author(self, name: str) -> set[int]:
        if self._authors is None:
            self._authors = defaultdict(set)
            for number, work in self._told_of:
                for place, author in enumerate(work.paper.authors):
                    for key in name_keys(author.name) or {_folded(author.name)}:
                        self._authors[key].add((number, place))
        whole, known = _folded(name), self._authors
        if not whole:
            return set()
        wanted = wanted_name_keys(name) or [[whole]]
        # Of one author each: the words of two names are not those of one.
        meant = [set().union(*(known.get(key, ()) for key in keys)) for keys in wanted]
        return {number for number, _ in set.intersection(*meant)}

    def _find_term(self, term: str) -> set[int]:
        words = _folded(term)
        if not words:
            return set()
        if self._texts is None:
            self._texts = {
                number: f" {_folded(plain(f'{work.paper.title} . {work.paper.abstract}'))} "
                for number, work in self._told_of
            }
        # To look through a text takes a microsecond or two; to file its words took a hundred.
        return {number for number, text in self._texts.items() if f" {words} " in text}


def _is_of(category: str, wanted: str) -> bool:
    """Whether a category is one wanted: ``cs.LG`` is of ``cs``."""
    return category == wanted or category.startswith(f"{wanted}.")


def _folded(text: str) -> str:
    """Words in small letters without accents, plural and singular alike."""
    if "++" in text or "#" in text:
        text = _SIGNED.sub(lambda found: found[1] + _SIGNS[found[2]], text)
    if text.isascii():  # nine texts in ten
        words = text.translate(_SPACED).lower().split()
    else:
        parted = unicodedata.normalize("NFKD", text)
        bare = "".join(filterfalse(unicodedata.combining, parted))
        words = _WORD.findall(bare.casefold())
    return " ".join(map(singular, words))
