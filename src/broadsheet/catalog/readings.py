"""What was read from papers, kept beside them: by paper, and by term.

Derived from the change log, like the index: how far it is (the version of reading and the last
`seq`) is written with the readings in one transaction, so that a crash costs a batch, and reading
the same change again changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select

from broadsheet.catalog import acronyms, queries
from broadsheet.catalog.catalog import Catalog
from broadsheet.catalog.database import chunked, take
from broadsheet.catalog.readings_coding import Term, keys, pack, term_numbers, unpack
from broadsheet.catalog.tables import meta, works
from broadsheet.catalog.tables_readings import readings, term_papers, terms
from broadsheet.catalog.values import Change, Work
from broadsheet.text import READING_VERSION, Reading

_NAME = "reading"  # of the row of `meta`: "VERSION SEQ"
# The first version of reading that was packed as readings are now.
_PACKED_SINCE = 1
_OF_WORKS = select(readings.c.work_id, readings.c.day, readings.c.data).where(
    readings.c.work_id.in_(bindparam("ids", expanding=True))
)
_SHOWN = _OF_WORKS.where(readings.c.version >= _PACKED_SINCE)


@dataclass(frozen=True, slots=True)
class Read:
    """A change of a work, and what was read from it; None where the work is gone."""

    change: Change
    reading: Reading | None


@dataclass(frozen=True, slots=True)
class TermStats:
    """A term: as printed, how many papers it stands for, since when, and how many a month.

    ``first`` is the ISO day of the earliest dated paper, '' when none has a date; ``months``
    are ("2026-08", papers) in order, those without papers left out.
    """

    key: str
    text: str
    papers: int
    first: str
    months: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class TermCount:
    """A term in a span of days: its papers there, and its papers in all."""

    key: str
    text: str
    papers: int
    in_all: int


class Readings:
    """The readings of a catalog; safe to share between threads."""

    def __init__(self, catalog: Catalog) -> None:
        self._database = catalog.database

    def seq(self) -> int:
        """The last change that was read by this version of reading."""
        with self._database.read() as connection:
            return _position(connection)

    def pending(self, limit: int) -> list[Change]:
        """The next changes to read, at most ``limit``, in the order of `Catalog.changes`."""
        return queries.changes(self._database, self.seq(), limit)

    def waiting(self) -> int:
        """How many changes are not read yet."""
        with self._database.read() as connection:
            query = select(func.count()).where(works.c.seq > _position(connection))
            return int(connection.execute(query).scalar_one())

    def count(self) -> int:
        """How many works have a reading."""
        with self._database.read() as connection:
            query = select(func.count()).select_from(readings)
            return int(connection.execute(query).scalar_one())

    def changes(self, after: int, limit: int) -> list[Change]:
        """`Catalog.changes`, for one who reads ahead of what is stored."""
        return queries.changes(self._database, after, limit)

    def put(self, rows: Sequence[Read], after: int) -> bool:
        """Stores what was read of the changes that follow ``after``, and that they are read.

        False, and nothing is stored, where what is read no longer ends at ``after``: another
        process has read on meanwhile.
        """
        if not rows:
            return True
        with self._database.write() as connection:
            if _position(connection) != after:
                return False
            self._forget(connection, [row.change.work_id for row in rows])
            self._store(connection, rows)
            _move(connection, rows[-1].change.seq)
        return True

    def reset(self) -> None:
        """Forgets how far reading is: everything is read again."""
        with self._database.write() as connection:
            _move(connection, 0)

    def get_many(self, work_ids: Sequence[int]) -> dict[int, Reading]:
        """The readings of works; one that is not read yet is left out."""
        packed: dict[int, bytes] = {}
        with self._database.read() as connection:
            for part in chunked(list(dict.fromkeys(work_ids))):
                rows = connection.execute(_SHOWN, {"ids": part})
                packed |= {work_id: data for work_id, _, data in rows}
            numbers = {number for data in packed.values() for number in term_numbers(data)}
            known = _terms(connection, numbers)
        return {number: unpack(packed[number], known) for number in work_ids if number in packed}

    def of_term(self, key: str, *, offset: int = 0, limit: int = 40) -> list[int]:
        """The works of a term, newest first."""
        query = (
            select(term_papers.c.work_id)
            .join_from(term_papers, terms, terms.c.id == term_papers.c.term_id)
            .where(terms.c.key == key)
            .order_by(term_papers.c.day.desc(), term_papers.c.work_id.desc())
            .offset(offset)
            .limit(limit)
        )
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    def term(self, key: str) -> TermStats | None:
        """What is known of a term; None where no paper has it."""
        with self._database.read() as connection:
            row = connection.execute(select(terms).where(terms.c.key == key)).one_or_none()
            if row is None:
                return None
            of_it = term_papers.c.term_id == row.id
            month = term_papers.c.day // 100
            counted = connection.execute(
                select(month, func.count()).where(of_it).group_by(month).order_by(month)
            ).all()
            if not counted:
                return None
            first = connection.execute(
                select(func.min(term_papers.c.day)).where(of_it, term_papers.c.day > 0)
            ).scalar()
        months = tuple((_iso(int(m) * 100), int(n)) for m, n in counted if int(m))
        papers = sum(int(n) for _, n in counted)
        return TermStats(row.key, row.text, papers, _iso(int(first or 0)), months)

    def terms_between(self, first: str, last: str, limit: int = 40) -> list[TermCount]:
        """The terms of most papers from one ISO day to another, the most frequent first."""
        number = func.count().label("number")
        inside = (
            select(term_papers.c.term_id, number)
            .where(term_papers.c.day >= _day(first), term_papers.c.day <= _day(last, 9))
            .group_by(term_papers.c.term_id)
            .order_by(number.desc(), term_papers.c.term_id)
            .limit(limit)
        )
        with self._database.read() as connection:
            found = [(int(term), int(n)) for term, n in connection.execute(inside)]
            known = _terms(connection, [term for term, _ in found])
            query = (
                select(term_papers.c.term_id, func.count())
                .where(term_papers.c.term_id.in_([term for term, _ in found]))
                .group_by(term_papers.c.term_id)
            )
            in_all = {int(term): int(n) for term, n in connection.execute(query)}
        return [TermCount(*known[term], n, in_all[term]) for term, n in found]

    def count_terms(self, first: str, last: str) -> int:
        """How many terms the papers from one ISO day to another have, each counted once."""
        query = select(func.count(func.distinct(term_papers.c.term_id))).where(
            term_papers.c.day >= _day(first), term_papers.c.day <= _day(last, 9)
        )
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def _forget(self, connection: Connection, work_ids: Sequence[int]) -> None:
        """Takes what was read of works away."""
        acronyms.forget(connection, work_ids)
        gone = []
        for part in chunked(work_ids):
            for work_id, day, data in connection.execute(_OF_WORKS, {"ids": part}):
                gone += [(number, day, work_id) for number in term_numbers(data)]
            connection.execute(delete(readings).where(readings.c.work_id.in_(part)))
        if gone:
            statement = self._database.delete(term_papers, ("term_id", "day", "work_id"))
            connection.exec_driver_sql(statement, gone)

    def _store(self, connection: Connection, rows: Sequence[Read]) -> None:
        found = [(row.change.work, row.reading) for row in rows if row.change.work and row.reading]
        if not found:
            return
        numbers, texts = self._numbered(connection, keys([reading for _, reading in found]))
        stored: list[tuple[Any, ...]] = []
        filed: list[tuple[int, int, int]] = []
        for work, reading in found:
            day = _day_of(work)
            stored.append((work.id, READING_VERSION, day, pack(reading, numbers, texts)))
            filed += {(numbers[keyword.key], day, work.id) for keyword in reading.keywords}
        columns = ("work_id", "version", "day", "data")
        connection.exec_driver_sql(self._database.insert(readings, columns), stored)
        acronyms.store(self._database, connection, [(work.id, one) for work, one in found])
        if filed:
            columns_ = ("term_id", "day", "work_id")
            connection.exec_driver_sql(self._database.insert(term_papers, columns_), filed)

    def _numbered(
        self, connection: Connection, wanted: dict[str, str]
    ) -> tuple[dict[str, int], dict[int, str]]:
        """The numbers of term keys and the texts of those; new ones are entered."""
        numbers: dict[str, int] = {}
        texts: dict[int, str] = {}
        for part in chunked(list(wanted)):
            for row in connection.execute(select(terms).where(terms.c.key.in_(part))):
                numbers[row.key], texts[row.id] = row.id, row.text
        new = [key for key in wanted if key not in numbers]
        first = take(connection, "term", len(new))
        entered = [(first + place, key, wanted[key]) for place, key in enumerate(new)]
        if entered:
            statement = self._database.insert(terms, ("id", "key", "text"))
            connection.exec_driver_sql(statement, entered)
        for number, key, text in entered:
            numbers[key], texts[number] = number, text
        return numbers, texts


def _terms(connection: Connection, numbers: Any) -> dict[int, Term]:
    found: dict[int, Term] = {}
    for part in chunked(sorted(numbers)):
        for row in connection.execute(select(terms).where(terms.c.id.in_(part))):
            found[row.id] = (row.key, row.text)
    return found


def _position(connection: Connection) -> int:
    """The last `seq` that was read by this version; 0 for none."""
    value = connection.execute(select(meta.c.value).where(meta.c.name == _NAME)).scalar()
    version, _, seq = str(value or "").partition(" ")
    return int(seq) if version == str(READING_VERSION) else 0


def _move(connection: Connection, seq: int) -> None:
    connection.execute(delete(meta).where(meta.c.name == _NAME))
    connection.execute(meta.insert(), {"name": _NAME, "value": f"{READING_VERSION} {seq}"})


def _day_of(work: Work) -> int:
    return _day(work.announced or work.published)


def _day(iso: str, fill: int = 0) -> int:
    """20260821 from an ISO date of any precision, what is missing filled with a digit."""
    digits = iso.replace("-", "")
    return int(digits + str(fill) * (8 - len(digits))) if digits else 0


def _iso(day: int) -> str:
    """The ISO date again, of the precision it had; '' for 0."""
    if not day:
        return ""
    year, rest = divmod(day, 10_000)
    month, date = divmod(rest, 100)
    parts = [f"{year:04}", *(f"{part:02}" for part in (month, date) if part)]
    return "-".join(parts)
