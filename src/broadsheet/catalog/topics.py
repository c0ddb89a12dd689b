"""The map of topics as it is kept: which section a paper of a day stands in, under what name.

Derived from the works, day by day. A day is written in one transaction with the map after it, so
that a crash costs a day's mapping and no more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select

from broadsheet.catalog.catalog import Catalog
from broadsheet.catalog.tables import meta
from broadsheet.catalog.tables_topics import (
    topic_changes,
    topic_days,
    topic_maps,
    topic_papers,
    topic_sections,
)

_NAME = "topics"  # of the row of `meta`: "ROUND KIND", the round of writing
_BEFORE, _AFTER = "before", "after"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a paper stands: its topic, 0 for none, and how near it is to it, 0 to 1."""

    topic: int
    near: float


@dataclass(frozen=True, slots=True)
class MappedDay:
    """A day as it was mapped: the place of each paper by work id, the names of its sections by
    topic, and what changed of the topics, in words."""

    day: str
    places: Mapping[int, Place]
    names: Mapping[int, str]
    changes: Sequence[str] = ()


class Topics:
    """The topics of a catalog; safe to share between threads."""

    def __init__(self, catalog: Catalog) -> None:
        self._database = catalog.database

    def round(self) -> int:
        """A number that changes whenever a section could look different."""
        with self._database.read() as connection:
            return _state(connection)[1]

    def kind(self) -> str:
        """What made the map that is kept, as given to `put`; '' while there is none."""
        with self._database.read() as connection:
            return _state(connection)[0]

    def days(self) -> dict[str, int]:
        """The mapped days, each with how many papers it had."""
        with self._database.read() as connection:
            return {row.day: int(row.papers) for row in connection.execute(select(topic_days))}

    def map(self, *, before: bool = False) -> bytes | None:
        """The packed map after the newest mapped day, or the one ``before`` it; None for none."""
        name = _BEFORE if before else _AFTER
        query = select(topic_maps.c.data).where(topic_maps.c.name == name)
        with self._database.read() as connection:
            return connection.execute(query).scalar()

    def newest(self) -> str:
        """The day that the map stands after; '' while there is none."""
        query = select(topic_maps.c.day).where(topic_maps.c.name == _AFTER)
        with self._database.read() as connection:
            return str(connection.execute(query).scalar() or "")

    def put(
        self,
        kind: str,
        mapped: MappedDay,
        *,
        before: bytes | None = None,
        after: bytes | None = None,
    ) -> None:
        """Stores a day in place of what was stored of it, and the maps where they are given.

        ``kind`` names how the map is made (version, encoder); of another kind than the one that
        is kept, everything kept is forgotten first.
        """
        with self._database.write() as connection:
            known, number = _state(connection)
            if known != kind:
                _clear(connection)
            self._put_day(connection, mapped)
            for name, data in ((_BEFORE, before), (_AFTER, after)):
                if data is not None:
                    connection.execute(delete(topic_maps).where(topic_maps.c.name == name))
                    row = {"name": name, "day": mapped.day, "data": data}
                    connection.execute(topic_maps.insert(), row)
            _move(connection, kind, number + 1)

    def reset(self) -> None:
        """Forgets the map: it begins anew."""
        with self._database.write() as connection:
            _, number = _state(connection)
            _clear(connection)
            _move(connection, "", number + 1)

    def places(self, first: str, last: str) -> dict[int, Place]:
        """Where the papers of the mapped days from one to another stand, by work id."""
        columns = (topic_papers.c.work_id, topic_papers.c.topic, topic_papers.c.near)
        query = select(*columns).where(topic_papers.c.day >= first, topic_papers.c.day <= last)
        with self._database.read() as connection:
            rows = connection.execute(query)
            return {work_id: Place(topic, near / 1000) for work_id, topic, near in rows}

    def names(self, first: str, last: str) -> dict[int, str]:
        """The latest names of the topics with a section from one day to another."""
        query = (
            select(topic_sections.c.topic, topic_sections.c.name)
            .where(topic_sections.c.day >= first, topic_sections.c.day <= last)
            .order_by(topic_sections.c.day)
        )
        with self._database.read() as connection:
            return {int(topic): str(name) for topic, name in connection.execute(query)}

    def changes(self, limit: int = 50) -> list[tuple[str, str]]:
        """What changed of the topics: days and words, the newest first."""
        query = (
            select(topic_changes.c.day, topic_changes.c.change)
            .order_by(topic_changes.c.id.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            return [(str(day), str(change)) for day, change in connection.execute(query)]

    def _put_day(self, connection: Connection, mapped: MappedDay) -> None:
        for table in (topic_papers, topic_sections, topic_days, topic_changes):
            connection.execute(delete(table).where(table.c.day == mapped.day))
        placed = [
            (mapped.day, work_id, place.topic, round(place.near * 1000))
            for work_id, place in mapped.places.items()
        ]
        if placed:
            columns = ("day", "work_id", "topic", "near")
            connection.exec_driver_sql(self._database.insert(topic_papers, columns), placed)
        sections = [(mapped.day, topic, name) for topic, name in mapped.names.items()]
        if sections:
            columns_ = ("day", "topic", "name")
            connection.exec_driver_sql(self._database.insert(topic_sections, columns_), sections)
        row = {"day": mapped.day, "papers": len(mapped.places)}
        connection.execute(topic_days.insert(), row)
        number = int(connection.execute(select(func.max(topic_changes.c.id))).scalar() or 0)
        for place, change in enumerate(mapped.changes, number + 1):
            told = {"id": place, "day": mapped.day, "change": change}
            connection.execute(topic_changes.insert(), told)


def _state(connection: Connection) -> tuple[str, int]:
    value = connection.execute(select(meta.c.value).where(meta.c.name == _NAME)).scalar()
    number, _, kind = str(value or "0").partition(" ")
    return kind, int(number)


def _move(connection: Connection, kind: str, number: int) -> None:
    connection.execute(delete(meta).where(meta.c.name == _NAME))
    connection.execute(meta.insert(), {"name": _NAME, "value": f"{number} {kind}"})


def _clear(connection: Connection) -> None:
    for table in (topic_papers, topic_sections, topic_days, topic_changes, topic_maps):
        connection.execute(delete(table))
