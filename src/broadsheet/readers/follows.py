"""What readers follow: authors, categories, terms, saved searches, organisations."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select

from broadsheet.readers import checks
from broadsheet.readers.accounts import the_reader
from broadsheet.readers.errors import ReadersError
from broadsheet.readers.store import Store
from broadsheet.readers.tables import follows, searches
from broadsheet.readers.values import FOLLOWED, Follow

MAX_FOLLOWS = 500


class Follows:
    """The follows of every reader."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, reader_id: int, kind: str, value: str) -> Follow:
        """Follows something; a second time returns the first."""
        checks.one_of(kind, FOLLOWED, "kind of follow")
        value = " ".join(checks.line(value, kind, 200).split())
        if kind == "category":
            # A phone begins a field with a capital; no paper is in "Cs.lg".
            from broadsheet.search import category_name  # slow to load, seldom needed

            value = category_name(value)
        with self._store.write() as (connection, number):
            the_reader(connection, reader_id)
            if kind == "search":
                known = select(searches.c.id).where(searches.c.reader_id == reader_id)
                if value not in map(str, connection.execute(known).scalars()):
                    raise ReadersError("there is no such saved search; it may have been removed")
            mine = follows.c.reader_id == reader_id
            same = select(follows).where(mine, follows.c.kind == kind, follows.c.value == value)
            row = connection.execute(same).one_or_none()
            if row is not None:
                return Follow(*row)
            count = select(func.count()).where(mine)
            if connection.execute(count).scalar_one() >= MAX_FOLLOWS:
                raise ReadersError(f"you follow {MAX_FOLLOWS} things; let go of one first")
            found = Follow(number, reader_id, kind, value, checks.now())
            values = (found.id, found.reader_id, found.kind, found.value, found.at)
            connection.execute(follows.insert(), dict(zip(follows.c.keys(), values, strict=True)))
        return found

    def remove(self, reader_id: int, follow_id: int) -> bool:
        """Follows something no longer; whether it was followed."""
        return self._gone(reader_id, follows.c.id == follow_id)

    def drop(self, reader_id: int, kind: str, value: str) -> bool:
        """`remove`, by what is followed."""
        value = " ".join(value.split())
        if not checks.is_storable(value + kind):
            return False
        return self._gone(reader_id, (follows.c.kind == kind) & (follows.c.value == value))

    def _gone(self, reader_id: int, which: ColumnElement[bool]) -> bool:
        mine = follows.c.reader_id == reader_id
        with self._store.write() as (connection, _):
            return connection.execute(follows.delete().where(mine, which)).rowcount > 0

    def of(self, reader_id: int, kind: str = "") -> list[Follow]:
        """What a reader follows, in the order they began to."""
        query = select(follows).where(follows.c.reader_id == reader_id).order_by(follows.c.id)
        if kind:
            query = query.where(follows.c.kind == kind)
        with self._store.read() as connection:
            return [Follow(*row) for row in connection.execute(query)]

    def followers(self, kind: str, value: str) -> int:
        """How many readers follow something."""
        if not checks.is_storable(value):
            return 0
        query = select(func.count()).where(follows.c.kind == kind, follows.c.value == value)
        with self._store.read() as connection:
            return int(connection.execute(query).scalar_one())
