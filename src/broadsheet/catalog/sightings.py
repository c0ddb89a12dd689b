"""Which imports found a record here that another had brought: such a record outlives the other.

A file that is imported again finds its records in a row, so they are kept as ranges: 380,000 of
them take 760 rows.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from broadsheet.catalog.database import Database
from broadsheet.catalog.ledger import FINISHED, RUNNING
from broadsheet.catalog.tables import imports, records, sightings

# So a range that holds a record begins no further before it.
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Heir:
    """The import that has a record when the one that brought it is taken back.

    ``announced`` is the day that it states itself, None where that is the record's.
    """

    import_id: int
    announced: str | None


def note(
    database: Database, connection: Connection, import_id: int, seen: Mapping[int, str | None]
) -> None:
    """Writes down that an import found these records unchanged, each with `Heir.announced`."""
    rows = [(first, last, import_id, day) for first, last, day in _ranges(seen)]
    if rows:
        columns = ("first_record", "last_record", "import_id", "announced")
        statement = f"{database.insert(sightings, columns)} ON CONFLICT DO NOTHING"
        connection.exec_driver_sql(statement, rows)


def heirs(connection: Connection, number: int, ids: Collection[int]) -> dict[int, Heir]:
    """By record: the first import besides ``number`` that found it here and still stands."""
    if not ids:
        return {}
    wanted = sorted(ids)
    query = (
        select(sightings)
        .join(imports, imports.c.id == sightings.c.import_id)
        .where(
            sightings.c.first_record.between(wanted[0] - _LONGEST + 1, wanted[-1]),
            sightings.c.last_record >= wanted[0],
            sightings.c.import_id != number,
            imports.c.state.in_((RUNNING, FINISHED)),
        )
        .order_by(sightings.c.import_id.desc())
    )
    found: dict[int, Heir] = {}
    for first, last, import_id, announced in connection.execute(query):
        heir = Heir(import_id, announced)
        for place in range(bisect_left(wanted, first), bisect_right(wanted, last)):
            found[wanted[place]] = heir
    return found


def inherit(connection: Connection, found: Mapping[int, Heir]) -> None:
    """Has these records belong to their heirs, which reach over them from now on."""
    if not found:
        return
    change = records.update().where(records.c.id == bindparam("record"))
    rows = [{"record": record, "heir": heir.import_id} for record, heir in found.items()]
    connection.execute(change.values(import_id=bindparam("heir")), rows)
    spans: dict[int, tuple[int, int]] = {}
    for record, heir in found.items():
        first, last = spans.get(heir.import_id, (record, record))
        spans[heir.import_id] = min(first, record), max(last, record)
    for import_id, (first, last) in spans.items():
        here = imports.c.id == import_id
        before = imports.update().where(here, imports.c.first_record > first)
        connection.execute(before.values(first_record=first))
        after = imports.update().where(here, imports.c.last_record < last)
        connection.execute(after.values(last_record=last))


def forget(connection: Connection, number: int) -> None:
    """Takes away what an import that is taken back has found here."""
    connection.execute(sightings.delete().where(sightings.c.import_id == number))


def _ranges(seen: Mapping[int, str | None]) -> Iterable[tuple[int, int, str | None]]:
    first = last = 0
    day: str | None = None
    for record in sorted(seen):
        if first and record == last + 1 < first + _LONGEST and seen[record] == day:
            last = record
            continue
        if first:
            yield first, last, day
        first, last, day = record, record, seen[record]
    if first:
        yield first, last, day
