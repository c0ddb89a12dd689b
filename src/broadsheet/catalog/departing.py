"""When changes were made, and which names went with them: written with the changes themselves.

A work is told to harvesters by one name: its arXiv id where it has one, else the first of its
identifiers. Works are merged, renamed, deleted and taken back; a name that leads nowhere after
that is kept here, so that whoever copied what it named can be told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from broadsheet.catalog.database import Database, chunked
from broadsheet.catalog.rows import now
from broadsheet.catalog.tables_harvests import change_times, departed

_ARXIV = "arxiv\t"


@dataclass(frozen=True, slots=True)
class Departure:
    """A name that a work had before a change: ``seq`` is that change."""

    name: str
    seq: int
    sources: str
    categories: str


def told_name(identifiers: str) -> str:
    """The name a work is told by, ``scheme<TAB>value``; '' for one without identifiers."""
    if identifiers.startswith(_ARXIV):
        return identifiers.partition("\n")[0]
    first, _, rest = identifiers.partition("\n")
    place = identifiers.find(f"\n{_ARXIV}") if rest else -1
    return identifiers[place + 1 :].partition("\n")[0] if place >= 0 else first


def keep(
    database: Database,
    connection: Connection,
    leaving: Iterable[Departure],
    here: Collection[str],
    seq: int,
) -> None:
    """Writes down what a transaction changed.

    ``leaving`` are the names its works had before, ``here`` those they have after it, ``seq``
    its last change.
    """
    _date(connection, seq)
    if connection.execute(select(departed.c.name).limit(1)).first():
        for part in chunked(list(here)):
            connection.execute(departed.delete().where(departed.c.name.in_(part)))
    gone = {one.name: one for one in leaving if one.name and one.name not in here}
    if not gone:
        return
    for part in chunked(list(gone)):
        connection.execute(departed.delete().where(departed.c.name.in_(part)))
    columns = ("name", "seq", "sources", "categories")
    rows = [(one.name, one.seq, one.sources, one.categories) for one in gone.values()]
    connection.exec_driver_sql(database.insert(departed, columns), rows)


def _date(connection: Connection, seq: int) -> None:
    """Dates the changes up to a number; never before those that came first, whatever the clock."""
    newest = connection.execute(select(func.max(change_times.c.at))).scalar_one_or_none()
    at = max(newest or "", now())
    if at == newest:
        connection.execute(change_times.update().where(change_times.c.at == at).values(seq=seq))
    else:
        connection.execute(change_times.insert(), {"at": at, "seq": seq})
