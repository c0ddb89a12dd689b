"""What is kept of a taste: numbers and edits of interests, seeds, settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, and_, func, select

from broadsheet.catalog import take
from broadsheet.readers import checks
from broadsheet.readers.errors import ReadersError
from broadsheet.readers.store import COUNTER, Store
from broadsheet.readers.tables_taste import interests, members, seeds, settings
from broadsheet.readers.taste.values import Seed

MOST_SEEDS = 500
_TITLE = 500
_TEXT = 5_000


@dataclass(frozen=True, slots=True)
class KeptInterest:
    """A row of an interest: what does not follow from the acts."""

    id: int
    name: str
    weight: float
    muted: bool
    pinned: bool


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """All that is kept of one reader's taste. ``members``: work, or negative seed -> interest."""

    interests: tuple[KeptInterest, ...]
    members: Mapping[int, int]
    seeds: tuple[Seed, ...]
    vectors: Mapping[int, tuple[str, bytes]]
    popularity: bool
    since_act: int


class Keeping:
    """Reads and writes the tables of taste."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, reader_id: int) -> Kept:
        """What is kept of a reader."""
        with self._store.read() as connection:
            return _kept(connection, reader_id)

    def settle(
        self, reader_id: int, groups: Sequence[tuple[int, Sequence[int]]], before: Kept
    ) -> list[int]:
        """Writes which works belong together; returns the interests' numbers.

        ``groups`` are the number of a kept interest, or 0 for a new one, and its works. Nothing
        is written where it is kept so already. Unpinned interests that are not named go.
        """
        wanted = {work: number for number, works in groups for work in works}
        known = {one.id for one in before.interests}
        if 0 not in [number for number, _ in groups] and wanted == dict(before.members):
            gone = known - {number for number, _ in groups}
            if not gone:
                return [number for number, _ in groups]
        with self._store.quiet() as connection:
            numbers = [number or self._new(connection, reader_id) for number, _ in groups]
            mine = members.c.reader_id == reader_id
            connection.execute(members.delete().where(mine))
            rows = [
                {"reader_id": reader_id, "work_id": work, "interest_id": number}
                for number, (_, works) in zip(numbers, groups, strict=True)
                for work in dict.fromkeys(works)
            ]
            if rows:
                connection.execute(members.insert(), rows)
            stale = and_(interests.c.reader_id == reader_id, interests.c.id.not_in(numbers))
            connection.execute(interests.delete().where(stale))
        return numbers

    def _new(self, connection: Connection, reader_id: int) -> int:
        number = take(connection, COUNTER, 1)
        row = {"id": number, "reader_id": reader_id, "name": "", "weight": 1.0, "muted": 0}
        connection.execute(interests.insert(), row | {"pinned": 0, "created_at": checks.now()})
        return number

    def change(self, reader_id: int, number: int, **values: Any) -> None:
        """Changes columns of an interest; raises `ReadersError` where it is not the reader's."""
        mine = and_(interests.c.reader_id == reader_id, interests.c.id == number)
        with self._store.write() as (connection, _):
            done = connection.execute(interests.update().where(mine).values(**values))
            if done.rowcount == 0:
                raise no_interest(number)

    def regroup(self, reader_id: int, groups: Mapping[int, Sequence[int]]) -> list[int]:
        """Puts works into interests by hand; a number below 1 is a new one. All become pinned."""
        made = []
        with self._store.write() as (connection, _):
            for number, works in groups.items():
                target = number if number > 0 else self._new(connection, reader_id)
                made.append(target)
                mine = and_(interests.c.reader_id == reader_id, interests.c.id == target)
                connection.execute(interests.update().where(mine).values(pinned=1))
                theirs = members.c.reader_id == reader_id
                connection.execute(members.delete().where(theirs, members.c.work_id.in_(works)))
                rows = [
                    {"reader_id": reader_id, "work_id": work, "interest_id": target}
                    for work in dict.fromkeys(works)
                ]
                if rows:
                    connection.execute(members.insert(), rows)
        return made

    def add_seeds(self, reader_id: int, rows: Iterable[tuple[str, str, str, int]]) -> list[int]:
        """Adds (kind, title, text, work); returns their numbers. Raises `ReadersError`."""
        made: list[int] = []
        with self._store.write() as (connection, _):
            counting = select(func.count()).where(seeds.c.reader_id == reader_id)
            held = connection.execute(counting).scalar_one()
            for kind, title, text, work_id in rows:
                if held + len(made) >= MOST_SEEDS:
                    raise ReadersError(
                        f"at most {MOST_SEEDS} own papers and sentences: remove some first"
                    )
                number = take(connection, COUNTER, 1)
                row = {"id": number, "reader_id": reader_id, "kind": kind, "work_id": work_id}
                row |= {"title": title[:_TITLE], "text": text[:_TEXT], "encoder": ""}
                connection.execute(seeds.insert(), row | {"vector": b"", "at": checks.now()})
                made.append(number)
        return made

    def remove_seed(self, reader_id: int, number: int) -> None:
        """Removes a seed; nothing where there is none."""
        with self._store.write() as (connection, _):
            mine = and_(seeds.c.reader_id == reader_id, seeds.c.id == number)
            connection.execute(seeds.delete().where(mine))

    def keep_vectors(self, encoder: str, vectors: Mapping[int, NDArray[np.float32]]) -> None:
        """Keeps the vectors of seeds, which are costly to make."""
        with self._store.quiet() as connection:
            for number, vector in vectors.items():
                values = {"encoder": encoder, "vector": vector.astype("<f4").tobytes()}
                connection.execute(seeds.update().where(seeds.c.id == number).values(**values))

    def set(self, reader_id: int, **values: int) -> None:
        """Changes settings."""
        with self._store.write() as (connection, _):
            mine = settings.c.reader_id == reader_id
            done = connection.execute(settings.update().where(mine).values(**values))
            if done.rowcount == 0:
                row = {"reader_id": reader_id, "popularity": 0, "since_act": 0} | values
                connection.execute(settings.insert(), row)

    def reset(self, reader_id: int) -> None:
        """Forgets edits and seeds, and looks at no act up to now any more; the acts stay."""
        with self._store.write() as (connection, number):
            for table in (interests, members, seeds, settings):
                connection.execute(table.delete().where(table.c.reader_id == reader_id))
            row = {"reader_id": reader_id, "popularity": 0, "since_act": number}
            connection.execute(settings.insert(), row)


def no_interest(number: int) -> ReadersError:
    """What is said where an interest is not there, or another's."""
    return ReadersError(f"there is no interest {number} in this profile")


def _kept(connection: Connection, reader_id: int) -> Kept:
    columns = (interests.c.id, interests.c.name, interests.c.weight)
    query = select(*columns, interests.c.muted, interests.c.pinned)
    rows = connection.execute(
        query.where(interests.c.reader_id == reader_id).order_by(interests.c.id)
    ).all()
    grouping = select(members.c.work_id, members.c.interest_id)
    grouped = connection.execute(grouping.where(members.c.reader_id == reader_id)).all()
    told = connection.execute(
        select(seeds).where(seeds.c.reader_id == reader_id).order_by(seeds.c.id)
    ).all()
    setting = connection.execute(
        select(settings.c.popularity, settings.c.since_act).where(settings.c.reader_id == reader_id)
    ).one_or_none()
    return Kept(
        tuple(KeptInterest(r.id, r.name, r.weight, bool(r.muted), bool(r.pinned)) for r in rows),
        {row.work_id: row.interest_id for row in grouped},
        tuple(Seed(r.id, cast("Any", r.kind), r.title, r.text, r.work_id) for r in told),
        {row.id: (row.encoder, bytes(row.vector)) for row in told},
        bool(setting and setting.popularity),
        setting.since_act if setting else 0,
    )
