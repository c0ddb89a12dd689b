"""What is counted of terms: over the months, beside one another, and in one span against another.

Counts are of papers that were read. A term's papers are looked up by its number and their day, so
what is asked of a few terms costs what they have, not what the catalog holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from broadsheet.catalog.catalog import Catalog
from broadsheet.catalog.database import chunked
from broadsheet.catalog.readings_coding import term_numbers
from broadsheet.catalog.tables_readings import readings, term_papers, terms

_LIKE = 400  # terms that are looked at for words that they share
_FULL = 100_000  # days before this are none: 0, a paper without a date


@dataclass(frozen=True, slots=True)
class Risen:
    """A term in a span of days and in the one before: its papers in each."""

    key: str
    text: str
    papers: int
    before: int


@dataclass(frozen=True, slots=True)
class Beside:
    """The terms that stand in the newest papers of a term: key -> papers, of ``papers`` read."""

    papers: int
    counts: dict[str, int]


class TermCounts:
    """The counts of a catalog; safe to share between threads."""

    def __init__(self, catalog: Catalog) -> None:
        self._database = catalog.database

    def totals(self) -> dict[str, int]:
        """Papers that were read, by month ("2026-08"); those without a month are left out."""
        day = readings.c.day
        # By the day, in the order of the index; months are summed here.
        query = select(day, func.count()).where(day > _FULL).group_by(day)
        with self._database.read() as connection:
            return _months(connection.execute(query))

    def by_month(self, keys: Sequence[str], since: str = "") -> dict[str, dict[str, int]]:
        """Papers of terms by month, from the month ``since`` on ("2026-08"); a term that no paper
        has is left out."""
        first = int(since.replace("-", "")) * 100 if since else _FULL
        month = term_papers.c.day // 100
        found: dict[str, dict[str, int]] = {}
        with self._database.read() as connection:
            for number, (key, _) in _numbers(connection, keys).items():
                query = (
                    select(month * 100, func.count())
                    .where(term_papers.c.term_id == number, term_papers.c.day > first)
                    .group_by(month)
                )
                found[key] = _months(connection.execute(query))
        return found

    def papers(self, keys: Sequence[str]) -> dict[str, tuple[str, int]]:
        """The printed text of terms and how many papers have each."""
        with self._database.read() as connection:
            known = _numbers(connection, keys)
            counts: dict[int, int] = {}
            for part in chunked(list(known)):
                query = (
                    select(term_papers.c.term_id, func.count())
                    .where(term_papers.c.term_id.in_(part))
                    .group_by(term_papers.c.term_id)
                )
                counts |= {int(term): int(n) for term, n in connection.execute(query)}
        return {key: (text, counts.get(number, 0)) for number, (key, text) in known.items()}

    def like(self, key: str, limit: int) -> dict[str, tuple[str, int]]:
        """Terms with the words of ``key`` among theirs, those of most papers first, as `papers`."""
        query = select(terms.c.key).where(terms.c.key.contains(key, autoescape=True)).limit(_LIKE)
        with self._database.read() as connection:
            near = [other for other in connection.execute(query).scalars() if other != key]
        found = {k: v for k, v in self.papers(near).items() if f" {key} " in f" {k} " and v[1]}
        return dict(sorted(found.items(), key=lambda item: (-item[1][1], item[0]))[:limit])

    def beside(self, key: str, work_ids: Sequence[int]) -> Beside:
        """How many of some papers of a term have each other term."""
        counted: Counter[int] = Counter()
        papers = 0
        with self._database.read() as connection:
            for part in chunked(list(work_ids)):
                query = select(readings.c.data).where(readings.c.work_id.in_(part))
                for data in connection.execute(query).scalars():
                    counted.update(term_numbers(data))
                    papers += 1
            often = [number for number, count in counted.items() if count > 1]
            found: dict[str, int] = {}
            for part in chunked(often):
                named = select(terms.c.id, terms.c.key).where(terms.c.id.in_(part))
                found |= {other: counted[n] for n, other in connection.execute(named)}
        found.pop(key, None)
        return Beside(papers, found)

    def risen(self, first: str, last: str, since: str, *, least: int, limit: int) -> list[Risen]:
        """The terms of at least ``least`` papers from ``first`` to ``last`` (ISO days), the most
        frequent first, with their papers from ``since`` to the day before ``first``."""
        number = func.count().label("number")
        start, stop, before = (int(day.replace("-", "")) for day in (first, last, since))
        inside = (
            select(term_papers.c.term_id, number)
            .where(term_papers.c.day >= start, term_papers.c.day <= stop)
            .group_by(term_papers.c.term_id)
            .having(number >= least)
            .order_by(number.desc(), term_papers.c.term_id)
            .limit(limit)
        )
        found: list[Risen] = []
        with self._database.read() as connection:
            here = {int(term): int(n) for term, n in connection.execute(inside)}
            earlier: dict[int, int] = {}
            named: dict[int, tuple[str, str]] = {}
            for part in chunked(list(here)):
                query = (
                    select(term_papers.c.term_id, func.count())
                    .where(
                        term_papers.c.term_id.in_(part),
                        term_papers.c.day >= before,
                        term_papers.c.day < start,
                    )
                    .group_by(term_papers.c.term_id)
                )
                earlier |= {int(term): int(n) for term, n in connection.execute(query)}
                for row in connection.execute(select(terms).where(terms.c.id.in_(part))):
                    named[row.id] = (row.key, row.text)
        for term, count in here.items():
            found.append(Risen(*named[term], count, earlier.get(term, 0)))
        return found

    def read_between(self, first: str, last: str) -> int:
        """How many papers of one ISO day to another were read."""
        start, stop = (int(day.replace("-", "")) for day in (first, last))
        query = select(func.count()).where(readings.c.day >= start, readings.c.day <= stop)
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())


def _numbers(connection: Connection, keys: Sequence[str]) -> dict[int, tuple[str, str]]:
    """number -> key and printed text, in the order of the keys."""
    found: dict[str, tuple[int, str]] = {}
    for part in chunked(list(dict.fromkeys(keys))):
        for row in connection.execute(select(terms).where(terms.c.key.in_(part))):
            found[row.key] = (row.id, row.text)
    return {found[key][0]: (key, found[key][1]) for key in dict.fromkeys(keys) if key in found}


def _months(rows: Iterable[Any]) -> dict[str, int]:
    """Counts of days (20260821) by their month; a day that is no more than a year has none."""
    found: Counter[str] = Counter()
    for day, count in rows:
        year, rest = divmod(int(day), 10_000)
        if rest >= 100:
            found[f"{year:04}-{rest // 100:02}"] += int(count)
    return dict(found)
