"""How the room reads and writes: short transactions, one writer at a time, merges followed."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, select

from broadsheet.catalog import Catalog, Database, chunked, last, take
from broadsheet.readers.errors import ReadersError
from broadsheet.readers.tables import works

# Every row of this room has a number of this counter, and every change takes one: it numbers
# rows and tells caches that something changed.
COUNTER = "reading"
_MAX_ID = 2**62
# Threads of a process queue here: SQLite's own waiting is a lottery that some lose.
_TURNS: weakref.WeakKeyDictionary[Database, threading.Lock] = weakref.WeakKeyDictionary()
_MAKING = threading.Lock()
_PATIENCE = 60.0


class Store:
    """The database of a catalog, as this room uses it."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.database = catalog.database
        with _MAKING:
            self._turn = _TURNS.setdefault(self.database, threading.Lock())

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one state."""
        with self.database.read() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[tuple[Connection, int]]:
        """The one writer's transaction, and a fresh number for the row that it makes."""
        with self.quiet() as connection:
            yield connection, take(connection, COUNTER, 1)

    @contextmanager
    def quiet(self) -> Iterator[Connection]:
        """A transaction for what no page shows: `seq` stays."""
        if not self._turn.acquire(timeout=_PATIENCE):
            raise ReadersError("too much is being written at the moment; try again in a minute")
        try:
            with self.database.write() as connection:
                yield connection
        finally:
            self._turn.release()

    def seq(self) -> int:
        """The number of the last change."""
        with self.read() as connection:
            return last(connection, COUNTER)


def fit(number: int) -> bool:
    """Whether a number could be one of a row; databases refuse larger ones."""
    return isinstance(number, int) and 0 < number < _MAX_ID


def roots(connection: Connection, ids: Collection[int]) -> dict[int, int]:
    """The work that each is shown as now: itself, or what it was merged into."""
    parents: dict[int, int] = {}
    asked = {number for number in ids if fit(number)}
    while asked:
        above: set[int] = set()
        for part in chunked(sorted(asked)):
            query = select(works.c.id, works.c.merged_into).where(
                works.c.id.in_(part), works.c.merged_into.is_not(None)
            )
            for number, parent in connection.execute(query):
                parents[number] = parent
                above.add(parent)
        asked = above.difference(parents)
    return {number: _root(parents, number) for number in ids}


def standing(catalog: Catalog, ids: Collection[int]) -> dict[int, int]:
    """`roots`, for whoever kept numbers of works: each number and the one it stands under now."""
    with catalog.database.read() as connection:
        return roots(connection, ids)


def _root(parents: dict[int, int], number: int) -> int:
    while (parent := parents.get(number)) is not None:
        number = parent
    return number


def families(connection: Connection, ids: Collection[int]) -> dict[int, int]:
    """Every work that was merged into one of these roots, and they themselves: its root."""
    found = {number: number for number in ids if fit(number)}
    asked = list(found)
    while asked:
        below: list[int] = []
        for part in chunked(asked):
            query = select(works.c.id, works.c.merged_into).where(works.c.merged_into.in_(part))
            for number, parent in connection.execute(query):
                found[number] = found[parent]
                below.append(number)
        asked = below
    return found


def living(connection: Connection, work_id: int) -> int:
    """The work that a number means now; raises `ReadersError` where there is none."""
    if fit(work_id):
        root = roots(connection, [work_id])[work_id]
        query = select(works.c.id).where(works.c.id == root, works.c.alive == 1)
        if connection.execute(query).first() is not None:
            return root
    raise ReadersError(f"there is no paper {work_id}; it may have been removed")
