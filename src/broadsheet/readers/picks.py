"""Curators pick papers for an edition; the pages say by whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, select

from broadsheet.readers import checks
from broadsheet.readers.errors import ReadersError
from broadsheet.readers.officers import require_curator
from broadsheet.readers.store import Store, families, fit, living, roots
from broadsheet.readers.tables import readers
from broadsheet.readers.tables_community import picks
from broadsheet.readers.values import Reader

MAX_A_DAY = 50


@dataclass(frozen=True, slots=True)
class Pick:
    """A paper picked for the edition of a day.

    ``by`` and ``name`` are the display name and the name of who did.
    """

    id: int
    reader_id: int
    by: str
    name: str
    work_id: int
    day: str
    note: str
    at: str


class Picks:
    """The picks of every curator."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def pick(self, reader_id: int, work_id: int, day: str, note: str = "") -> Pick:
        """Picks a paper for a day's edition; a second time changes the note."""
        day = checks.a_day(day)
        note = checks.line(note, "note", 500, empty=True)
        with self._store.write() as (connection, number):
            curator = require_curator(connection, reader_id)
            root = living(connection, work_id)
            family = list(families(connection, [root]))
            mine = and_(picks.c.reader_id == reader_id, picks.c.day == day)
            same = and_(mine, picks.c.work_id.in_(family))
            row = connection.execute(select(picks).where(same).order_by(picks.c.id)).first()
            if row is not None:
                connection.execute(picks.update().where(same).values(note=note))
                return _pick(row, curator, root, note)
            held = connection.execute(select(picks.c.id).where(mine)).all()
            if len(held) >= MAX_A_DAY:
                raise ReadersError(f"you picked {MAX_A_DAY} papers for {day}; take one back first")
            values = (number, reader_id, root, day, note, checks.now())
            connection.execute(picks.insert(), dict(zip(picks.c.keys(), values, strict=True)))
            row = connection.execute(select(picks).where(picks.c.id == number)).one()
            return _pick(row, curator, root, note)

    def unpick(self, reader_id: int, work_id: int, day: str, *, of: int = 0) -> bool:
        """Takes a pick back; whether there was one. An operator takes back anyone's: that of one
        curator, or for number 0 all."""
        if not fit(work_id) or (of and not fit(of)):
            return False
        with self._store.write() as (connection, _):
            curator = require_curator(connection, reader_id)
            root = roots(connection, [work_id])[work_id]
            here = and_(
                picks.c.work_id.in_(list(families(connection, [root]))), picks.c.day == day[:10]
            )
            if of or not curator.is_operator:
                whose = of if curator.is_operator else reader_id
                here = and_(here, picks.c.reader_id == whose)
            return connection.execute(picks.delete().where(here)).rowcount > 0

    def between(self, first: str, last: str) -> list[Pick]:
        """The picks for the editions of these days, in the order they were made."""
        days = picks.c.day.between(checks.a_day(first), checks.a_day(last))
        return self._found(days)

    def on(self, work_ids: Iterable[int]) -> dict[int, tuple[Pick, ...]]:
        """The picks of each of these works that has any."""
        asked = list(dict.fromkeys(work_ids))
        with self._store.read() as connection:
            above = roots(connection, asked)
            family = families(connection, set(above.values()))
        found: dict[int, list[Pick]] = {}
        for pick in self._found(picks.c.work_id.in_(list(family))):
            found.setdefault(pick.work_id, []).append(pick)
        return {number: tuple(found[above[number]]) for number in asked if above[number] in found}

    def _found(self, condition: object) -> list[Pick]:
        query = (
            select(picks, readers.c.display, readers.c.name)
            .join_from(picks, readers, readers.c.id == picks.c.reader_id)
            .where(condition, readers.c.disabled == 0)  # type: ignore[arg-type]
            .order_by(picks.c.id)
        )
        with self._store.read() as connection:
            rows = connection.execute(query).all()
            above = roots(connection, {row.work_id for row in rows})
        return [_pick(row, row, above[row.work_id], row.note) for row in rows]


def _pick(row: Row[Any], who: Reader | Row[Any], work_id: int, note: str) -> Pick:
    return Pick(row.id, row.reader_id, who.display, who.name, work_id, row.day, note, row.at)
