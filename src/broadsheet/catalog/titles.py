"""Records by title: what a stranger's work may be known as already.

The table is derived from the records. It stands apart from them so that an old catalog gets it
without a record being written again, and so that the key can change: `fill` makes it anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, select

from broadsheet.catalog.database import Database, chunked
from broadsheet.catalog.rows import title_number
from broadsheet.catalog.tables import meta, records, titles

# Raised when the key of a title changes.
_RELEASE = "1"
_META = "titles"
_ROWS = 20_000
# Of one title: more are columns and prefaces ("Introduction to the special issue").
MOST_ALIKE = 20


def find(connection: Connection, keys: Collection[int]) -> dict[int, list[int]]:
    """The records of each key, the oldest first, at most `MOST_ALIKE` of each."""
    found: dict[int, list[int]] = {}
    for part in chunked(list(keys)):
        query = (
            select(titles.c.title_key, titles.c.record_id)
            .where(titles.c.title_key.in_(part))
            .order_by(titles.c.title_key, titles.c.record_id)
        )
        for key, record_id in connection.execute(query):
            listed = found.setdefault(key, [])
            if len(listed) < MOST_ALIKE:
                listed.append(record_id)
    return found


def add(database: Database, connection: Connection, rows: Iterable[tuple[int, int]]) -> None:
    """Enters (key, record) pairs; keys of 0 are passed over."""
    named = [row for row in rows if row[0]]
    if named:
        statement = database.insert(titles, ("title_key", "record_id"))
        connection.exec_driver_sql(statement, named)


def remove(database: Database, connection: Connection, ids: Collection[int]) -> None:
    """Takes records out; they must still be in the catalog, for their titles tell the place."""
    rows: list[tuple[int, int]] = []
    for part in chunked(sorted(ids)):
        query = select(records.c.title, records.c.id).where(records.c.id.in_(part))
        rows += [
            (key, id_) for title, id_ in connection.execute(query) if (key := title_number(title))
        ]
    if rows := [row for row in rows if row[0]]:
        connection.exec_driver_sql(database.delete(titles, ("title_key", "record_id")), rows)


def fill(connection: Connection) -> None:
    """Makes the table from the records where that has not been done; memory is bounded."""
    query = select(meta.c.value).where(meta.c.name == _META)
    known = connection.execute(query).scalar_one_or_none()
    if known == _RELEASE:
        return
    connection.execute(titles.delete())
    after = 0
    while rows := connection.execute(
        select(records.c.id, records.c.title)
        .where(records.c.id > after)
        .order_by(records.c.id)
        .limit(_ROWS)
    ).all():
        after = rows[-1].id
        named = sorted((key, row.id) for row in rows if (key := title_number(row.title)))
        if named:
            values = [{"title_key": key, "record_id": id_} for key, id_ in named]
            connection.execute(titles.insert(), values)
    if known is None:
        connection.execute(meta.insert(), {"name": _META, "value": _RELEASE})
    else:
        connection.execute(meta.update().where(meta.c.name == _META).values(value=_RELEASE))
