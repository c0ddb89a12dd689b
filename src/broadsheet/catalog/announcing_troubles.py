"""Troubles with listings: opened once, told once, closed when repaired."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import orjson
from sqlalchemy import ColumnElement, Row, select

from broadsheet.catalog.announcing import COUNTER
from broadsheet.catalog.announcing_values import Trouble, TroubleKind
from broadsheet.catalog.database import Database, take
from broadsheet.catalog.rows import now
from broadsheet.catalog.tables_announcing import troubles


class Troubles:
    """The log of troubles of a catalog."""

    def __init__(self, database: Database, clock: Callable[[], str] = now) -> None:
        self._database = database
        self._clock = clock

    def open(
        self,
        kind: TroubleKind,
        source: str,
        sentence: str,
        *,
        set_name: str = "",
        day: str = "",
        figures: Mapping[str, object] | None = None,
    ) -> tuple[Trouble, bool]:
        """The trouble, and whether it is a new one; an open one gets the newer sentence and
        figures."""
        here = _same(kind, source, set_name, day) & (troubles.c.closed_at == "")
        said = {"sentence": sentence, "figures": orjson.dumps(figures or {}).decode()}
        with self._database.write() as connection:
            found = connection.execute(select(troubles).where(here)).one_or_none()
            if found is not None:
                if (found.sentence, found.figures) != (sentence, said["figures"]):
                    connection.execute(troubles.update().where(here).values(said))
                    take(connection, COUNTER, 1)
                return _trouble(connection.execute(select(troubles).where(here)).one()), False
            values = {
                "id": take(connection, "trouble", 1),
                "source": source,
                "set_name": set_name,
                "day": day,
                "kind": kind,
                **said,
                "opened_at": self._clock(),
                "told_at": "",
                "closed_at": "",
                "ending": "",
            }
            connection.execute(troubles.insert(), values)
            take(connection, COUNTER, 1)
            return _trouble(connection.execute(select(troubles).where(here)).one()), True

    def close(
        self, kind: TroubleKind, source: str, ending: str, *, set_name: str = "", day: str = ""
    ) -> bool:
        """Closes the open trouble of a kind about something; whether there was one."""
        here = _same(kind, source, set_name, day) & (troubles.c.closed_at == "")
        with self._database.write() as connection:
            change = troubles.update().where(here).values(closed_at=self._clock(), ending=ending)
            closed = connection.execute(change).rowcount > 0
            if closed:
                take(connection, COUNTER, 1)
        return closed

    def was(self, kind: TroubleKind, source: str, day: str, set_name: str = "") -> bool:
        """Whether there was such a trouble about a day, and it has been closed."""
        query = select(troubles.c.id).where(
            _same(kind, source, set_name, day), troubles.c.closed_at != ""
        )
        with self._database.read() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def told(self, ids: list[int]) -> None:
        """Writes down that operators were told of these."""
        with self._database.write() as connection:
            change = troubles.update().where(troubles.c.id.in_(ids), troubles.c.told_at == "")
            connection.execute(change.values(told_at=self._clock()))

    def all(self, *, open_only: bool = False, since: str = "", limit: int = 500) -> list[Trouble]:
        """Troubles, the newest first: open ones, and those opened since a day (all, for '')."""
        query = select(troubles).order_by(troubles.c.id.desc()).limit(limit)
        if open_only:
            query = query.where(troubles.c.closed_at == "")
        elif since:
            query = query.where((troubles.c.closed_at == "") | (troubles.c.opened_at >= since))
        with self._database.read() as connection:
            return [_trouble(row) for row in connection.execute(query)]


def _same(kind: str, source: str, set_name: str, day: str) -> ColumnElement[bool]:
    return (
        (troubles.c.kind == kind)
        & (troubles.c.source == source)
        & (troubles.c.set_name == set_name)
        & (troubles.c.day == day)
    )


def _trouble(row: Row[Any]) -> Trouble:
    return Trouble(
        row.id,
        row.source,
        row.set_name,
        row.day,
        cast("TroubleKind", row.kind),
        row.sentence,
        orjson.loads(row.figures),
        row.opened_at,
        row.told_at,
        row.closed_at,
        row.ending,
    )
