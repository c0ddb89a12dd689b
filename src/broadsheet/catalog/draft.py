"""Works taken out of the tables to be changed, and put back in one go.

Every change of a work goes through a `Draft` inside a write transaction: it reads the works'
records, lets them be added, moved and removed, and on `save` works out what each work shows
now, gives it a new `seq` and keeps the counters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from broadsheet.catalog import departing
from broadsheet.catalog.database import Database, chunked, take
from broadsheet.catalog.departing import Departure, told_name
from broadsheet.catalog.faces import Face, Stored, face
from broadsheet.catalog.rows import RECORD_COLUMNS
from broadsheet.catalog.tables import counters, identifiers, records, works

_STORED = [
    records.c[name]
    for name in (
        "id", "work_id", "origin_id", "import_id", "source", "name", "version", "published",
        "announced", "updated", "content_hash", "fullness", "identifiers", "categories",
    )
]  # fmt: skip
_KEPT = [
    works.c[name]
    for name in (
        "id", "alive", "deleted", "merged_into", "sources", "announced", "identifiers", "categories"
    )
]  # fmt: skip
_FACE_COLUMNS = ("seq", "alive", "deleted", "merged_into", *Face._fields)


@dataclass(slots=True)
class Kept:
    """A work being changed."""

    id: int
    deleted: bool = False
    merged_into: int | None = None
    records: list[Stored] = field(default_factory=list)
    # The counters that count it already, and what it was told by: name, sources, categories.
    counted: tuple[str, ...] = ()
    told: tuple[str, str, str] | None = None
    is_new: bool = False


@dataclass(slots=True)
class Name:
    """An identifier's place: the work it leads to, and the one it belongs to by itself."""

    work_id: int
    origin_id: int
    is_new: bool = False


class Draft:
    """The works one transaction changes."""

    def __init__(self, database: Database, connection: Connection) -> None:
        self._database = database
        self._connection = connection
        self.works: dict[int, Kept] = {}
        self.names: dict[str, Name] = {}
        self._touched: dict[int, None] = {}
        self._moved_names: dict[str, None] = {}
        self._dropped_names: dict[str, None] = {}
        self._moved_records: dict[int, Stored] = {}
        self._dropped_records: list[int] = []
        self._new_records: dict[int, tuple[Stored, tuple[Any, ...]]] = {}

    def load_names(self, keys: Collection[str]) -> None:
        """Reads where these identifiers lead."""
        wanted = set(keys).difference(self.names)
        values = list({key.partition("\t")[2] for key in wanted})
        columns = (
            identifiers.c.scheme,
            identifiers.c.value,
            identifiers.c.work_id,
            identifiers.c.origin_id,
        )
        for part in chunked(values):
            query = select(*columns).where(identifiers.c.value.in_(part))
            for scheme, value, work_id, origin_id in self._connection.execute(query):
                key = f"{scheme}\t{value}"
                if key in wanted:
                    self.names[key] = Name(work_id, origin_id)

    def load_works(self, ids: Iterable[int]) -> None:
        """Reads works with their records."""
        wanted = [number for number in dict.fromkeys(ids) if number not in self.works]
        for part in chunked(wanted):
            rows = self._connection.execute(select(*_KEPT).where(works.c.id.in_(part)))
            for number, alive, deleted, merged_into, sources, announced, names, filed in rows:
                work = self.works[number] = Kept(number, bool(deleted), merged_into)
                if alive:
                    work.counted = _counted(sources, announced)
                    work.told = (told_name(names), sources, filed)
            found = select(*_STORED).where(records.c.work_id.in_(part)).order_by(records.c.id)
            for row in self._connection.execute(found):
                self.works[row.work_id].records.append(Stored(*row))

    def new_work(self, number: int) -> Kept:
        """A work that is not in the tables yet."""
        work = self.works[number] = Kept(number, is_new=True)
        return work

    def add(self, work: Kept, record: Stored, row: tuple[Any, ...]) -> None:
        """Puts a new record on a work; its identifiers that are not known yet lead there.

        ``row`` are the columns of `RECORD_COLUMNS` after the first three.
        """
        work.records.append(record)
        self._new_records[record.id] = (record, row)
        self._touched[work.id] = None
        for key in record.keys:
            if key not in self.names:
                self.names[key] = Name(work.id, record.origin_id, is_new=True)

    def touch(self, work: Kept) -> None:
        """Has a work written again."""
        self._touched[work.id] = None

    def recount(self, record: Stored, extra: str) -> bool:
        """Has a record say what its source counts now; whether that is something new."""
        if record.id in self._new_records:
            return False
        said = select(records.c.extra).where(records.c.id == record.id)
        if self._connection.execute(said).scalar_one() == extra:
            return False
        self._run(self._database.update(records, ("extra",), ("id",)), [(extra, record.id)])
        self.touch(self.works[record.work_id])
        return True

    def date(self, record: Stored, announced: str) -> None:
        """Has a record state another day of announcement."""
        record.announced = announced
        update = self._database.update(records, ("announced",), ("id",))
        self._run(update, [(announced, record.id)])
        self.touch(self.works[record.work_id])

    def move(self, record: Stored, target: Kept) -> None:
        """Takes a record to another work; its identifiers are moved apart from it."""
        source = self.works[record.work_id]
        source.records.remove(record)
        target.records.append(record)
        record.work_id = target.id
        if record.id not in self._new_records:
            self._moved_records[record.id] = record
        self.touch(source)
        self.touch(target)

    def lead(self, key: str, work_id: int, origin_id: int) -> None:
        """Has an identifier lead to another work."""
        name = self.names[key]
        if (name.work_id, name.origin_id) != (work_id, origin_id):
            name.work_id, name.origin_id = work_id, origin_id
            if not name.is_new:
                self._moved_names[key] = None

    def remove(self, record: Stored) -> None:
        """Takes a record away."""
        work = self.works[record.work_id]
        work.records.remove(record)
        self._dropped_records.append(record.id)
        self.touch(work)

    def forget(self, key: str) -> None:
        """Takes an identifier away."""
        if self.names.pop(key, None):
            self._dropped_names[key] = None

    def save(self) -> int:
        """Writes everything; returns how many works changed."""
        if self._touched:
            self._save_works()
        rows = [(r.id, r.work_id, r.origin_id, *row) for r, row in self._new_records.values()]
        self._run(self._database.insert(records, RECORD_COLUMNS), rows)
        moved = [(r.work_id, r.id) for r in self._moved_records.values()]
        self._run(self._database.update(records, ("work_id",), ("id",)), moved)
        dropped = [(number,) for number in self._dropped_records]
        self._run(self._database.delete(records, ("id",)), dropped)
        self._save_names()
        return len(self._touched)

    def _save_works(self) -> None:
        seq = take(self._connection, "seq", len(self._touched))
        new, changed = [], []
        leaving: list[Departure] = []
        here: set[str] = set()
        delta: Counter[str] = Counter()
        for number in self._touched:
            work = self.works[number]
            shown = face(work.records)
            alive = not work.deleted and work.merged_into is None and bool(work.records)
            row = (seq, int(alive), int(work.deleted), work.merged_into, *shown)
            if work.told:
                name, sources, filed = work.told
                leaving.append(Departure(name, seq, sources, filed))
            if alive:
                here.add(told_name(shown.identifiers))
            seq += 1
            if work.is_new:
                new.append((*row, number))
            else:
                changed.append((*row, number))
            delta.subtract(work.counted)
            if alive:
                delta.update(_counted(shown.sources, shown.announced))
        self._run(self._database.insert(works, (*_FACE_COLUMNS, "id")), new)
        self._run(self._database.update(works, _FACE_COLUMNS, ("id",)), changed)
        self._count(delta)
        departing.keep(self._database, self._connection, leaving, here, seq - 1)

    def _save_names(self) -> None:
        new, moved = [], []
        for key, name in self.names.items():
            scheme, _, value = key.partition("\t")
            if name.is_new:
                new.append((value, scheme, name.work_id, name.origin_id))
            elif key in self._moved_names:
                moved.append((name.work_id, name.origin_id, value, scheme))
        columns = ("value", "scheme", "work_id", "origin_id")
        self._run(self._database.insert(identifiers, columns), new)
        update = self._database.update(identifiers, ("work_id", "origin_id"), ("value", "scheme"))
        self._run(update, moved)
        dropped = [tuple(reversed(key.split("\t", 1))) for key in self._dropped_names]
        self._run(self._database.delete(identifiers, ("value", "scheme")), dropped)

    def _count(self, delta: Counter[str]) -> None:
        changed = {name: value for name, value in delta.items() if value}
        known: set[str] = set()
        for part in chunked(sorted(changed)):
            query = select(counters.c.name).where(counters.c.name.in_(part))
            known.update(self._connection.execute(query).scalars())
        new = [(name, value) for name, value in changed.items() if name not in known]
        self._run(self._database.insert(counters, ("name", "value")), new)
        more = [(value, name) for name, value in changed.items() if name in known]
        self._run(self._database.increase(counters, "value", "name"), more)

    def _run(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        if rows:
            self._connection.exec_driver_sql(statement, rows)


def _counted(sources: str, announced: str) -> tuple[str, ...]:
    """The counters that count a living work."""
    names = ["works", *(f"source:{name}" for name in sources.split("\n"))]
    return (*names, f"day:{announced}") if announced else tuple(names)
