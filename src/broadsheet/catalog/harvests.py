"""The change log for harvesters: what is here, what is gone, and since when.

Changes stand in the order of their ``seq``, and their times never go back in that order, so that
whoever asks for all since the last time that they were told misses nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from broadsheet.catalog.database import Database
from broadsheet.catalog.departing import told_name
from broadsheet.catalog.queries import WORK_COLUMNS
from broadsheet.catalog.rows import split_lines, to_work
from broadsheet.catalog.tables import identifiers, records, works
from broadsheet.catalog.tables_harvests import change_times, departed
from broadsheet.catalog.values import Work

_ALIVE = works.join(records, records.c.id == works.c.record_id)
_CONDITION = works.c.alive == 1


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a catalog: works of one of these sources, or in one of these categories or
    below it (``cs`` has ``cs.LG`` in it). Nothing filled: everything."""

    sources: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a name: the work it names, or that it names none any more.

    ``name`` is ``scheme<TAB>value``, ``at`` when that last changed (UTC, to the second).
    ``categories`` are those it is filed under here.
    """

    seq: int
    name: str
    at: str
    sources: tuple[str, ...]
    categories: tuple[str, ...]
    work: Work | None


class Harvests:
    """Reads what changed, a stretch at a time. All methods may be called from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def earliest(self) -> str:
        """When the first change that can be told was made; '' where there is none."""
        with self._database.read() as connection:
            query = select(func.min(change_times.c.at))
            return connection.execute(query).scalar_one_or_none() or ""

    def latest(self) -> str:
        """When the last change was made; '' where there is none."""
        with self._database.read() as connection:
            query = select(func.max(change_times.c.at))
            return connection.execute(query).scalar_one_or_none() or ""

    def stretch(self, since: str, until: str) -> tuple[int, int]:
        """The changes made from one time to another, both included and '' where it is open:
        those after the first number, up to the second, which is 0 where there is no end."""
        with self._database.read() as connection:
            times = _Times.of(connection)
        after = times.before(since) if since else 0
        return after, times.through(until) if until else 0

    def told(
        self, after: int, through: int, section: Section, limit: int
    ) -> tuple[list[Told], bool]:
        """The first changes after a number, and up to another unless it is 0, in their order;
        and whether more follow.

        At least ``limit`` of them unless there are fewer, and all that bear the last number.
        """
        with self._database.read() as connection:
            found = [
                *self._here(connection, after, through, section, limit + 1),
                *self._gone(connection, after, through, section, limit + 1),
            ]
            times = _Times.of(connection)
        # A name that a change took away comes before what that change made of its work.
        found.sort(key=lambda one: (one[0], one[-1] is not None))
        kept = found[:limit]
        for one in found[limit:]:
            if one[0] != kept[-1][0]:
                break
            kept.append(one)
        told = [Told(seq, name, times.of_change(seq), *rest) for seq, name, *rest in kept]
        return told, len(found) > len(kept)

    def count(self, after: int, through: int, section: Section) -> int:
        """How many changes `told` has to tell."""
        here = select(func.count()).select_from(works)
        here = here.where(_CONDITION, *self._where(works, after, through, section))
        gone = select(func.count()).select_from(departed)
        gone = gone.where(*self._where(departed, after, through, section))
        with self._database.read() as connection:
            return sum(int(connection.execute(query).scalar_one()) for query in (here, gone))

    def find(self, name: str) -> Told | None:
        """What is told of a name now; None for one that nothing was ever told by."""
        scheme, _, value = name.partition("\t")
        query = (
            select(*WORK_COLUMNS, works.c.categories)
            .select_from(_ALIVE)
            .join(identifiers, identifiers.c.work_id == works.c.id)
            .where(_CONDITION, identifiers.c.value == value, identifiers.c.scheme == scheme)
        )
        with self._database.read() as connection:
            times = _Times.of(connection)
            for *row, categories in connection.execute(query):
                work = to_work(row)
                if told_name(_lines(work)) == name:
                    filed = split_lines(categories[1:-1])
                    at = times.of_change(work.seq)
                    return Told(work.seq, name, at, work.sources, filed, work)
            dead = connection.execute(select(departed).where(departed.c.name == name)).first()
        if dead is None:
            return None
        filed = split_lines(dead.categories[1:-1])
        at = times.of_change(dead.seq)
        return Told(dead.seq, name, at, split_lines(dead.sources), filed, None)

    def categories(self) -> list[str]:
        """Every category that a work is filed under."""
        query = select(works.c.categories).where(_CONDITION).distinct()
        with self._database.read() as connection:
            found = connection.execute(query).scalars()
            return sorted({name for filed in found for name in split_lines(filed[1:-1])})

    def _here(
        self, connection: Connection, after: int, through: int, section: Section, limit: int
    ) -> list[tuple[Any, ...]]:
        query = (
            select(works.c.identifiers, works.c.categories, *WORK_COLUMNS)
            .select_from(_ALIVE)
            .where(_CONDITION, *self._where(works, after, through, section))
            .order_by(works.c.seq)
            .limit(limit)
        )
        found = []
        for names, categories, *row in connection.execute(query):
            work = to_work(row)
            filed = split_lines(categories[1:-1])
            found.append((work.seq, told_name(names), work.sources, filed, work))
        return found

    def _gone(
        self, connection: Connection, after: int, through: int, section: Section, limit: int
    ) -> list[tuple[Any, ...]]:
        query = (
            select(departed)
            .where(*self._where(departed, after, through, section))
            .order_by(departed.c.seq)
            .limit(limit)
        )
        return [
            (row.seq, row.name, split_lines(row.sources), split_lines(row.categories[1:-1]), None)
            for row in connection.execute(query)
        ]

    def _where(
        self, table: Any, after: int, through: int, section: Section
    ) -> list[ColumnElement[bool]]:
        wanted: list[ColumnElement[bool]] = [table.c.seq > after]
        if through:
            wanted.append(table.c.seq <= through)
        if section.sources:
            filed = func.concat("\n", table.c.sources, "\n")
            if self._database.is_sqlite:  # has no concat() before 3.44
                filed = "\n" + table.c.sources + "\n"
            wanted.append(or_(*(self._holds(filed, f"\n{one}\n") for one in section.sources)))
        if section.categories:
            parts = [part for one in section.categories for part in (f"\n{one}\n", f"\n{one}.")]
            wanted.append(or_(*(self._holds(table.c.categories, part) for part in parts)))
        return [and_(*wanted)]

    def _holds(self, column: Any, part: str) -> ColumnElement[bool]:
        """Whether a column has this text in it, letter for letter, which LIKE does not ask."""
        holds = func.instr if self._database.is_sqlite else func.strpos
        return holds(column, part) > 0


class _Times:
    """When changes were made: the last change of each second."""

    def __init__(self, rows: Sequence[tuple[str, int]]) -> None:
        self._at = [at for at, _ in rows]
        self._seq = [seq for _, seq in rows]

    @staticmethod
    def of(connection: Connection) -> _Times:
        query = select(change_times.c.at, change_times.c.seq).order_by(change_times.c.at)
        return _Times([(at, seq) for at, seq in connection.execute(query)])

    def of_change(self, seq: int) -> str:
        place = bisect_left(self._seq, seq)
        return self._at[min(place, len(self._at) - 1)] if self._at else ""

    def before(self, at: str) -> int:
        """The last change made before a time; 0 for none."""
        place = bisect_left(self._at, at)
        return self._seq[place - 1] if place else 0

    def through(self, at: str) -> int:
        """The last change made up to a time; -1 for none, which no change has."""
        place = bisect_right(self._at, at)
        return self._seq[place - 1] if place else -1


def _lines(work: Work) -> str:
    return "\n".join(f"{one.scheme}\t{one.value}" for one in work.identifiers)
