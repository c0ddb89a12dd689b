"""Saved searches, each with a feed of its own at a secret address."""

from __future__ import annotations

from sqlalchemy import func, select

from broadsheet.readers import checks, keys
from broadsheet.readers.accounts import the_reader
from broadsheet.readers.errors import ReadersError
from broadsheet.readers.store import Store
from broadsheet.readers.tables import follows, searches
from broadsheet.readers.values import SavedSearch

MAX_SEARCHES = 200
MAX_QUERY = 1_000


class SavedSearches:
    """The saved searches of every reader."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, reader_id: int, name: str, query: str) -> SavedSearch:
        """Keeps a search under a name, by default the query itself; the same again is the first."""
        query = checks.line(query, "search", MAX_QUERY)
        name = checks.line(name, "name of the search", 120, empty=True) or query[:120].strip()
        secret = keys.feed_secret()
        with self._store.write() as (connection, number):
            the_reader(connection, reader_id)
            own = searches.c.reader_id == reader_id
            same = own & (searches.c.name == name) & (searches.c.query == query)
            kept = connection.execute(select(searches).where(same).order_by(searches.c.id)).first()
            if kept is not None:
                return SavedSearch(*kept)
            mine = select(func.count()).where(own)
            if connection.execute(mine).scalar_one() >= MAX_SEARCHES:
                raise ReadersError(f"you keep {MAX_SEARCHES} searches; remove one first")
            values = (number, reader_id, name, query, secret, checks.now())
            connection.execute(searches.insert(), dict(zip(searches.c.keys(), values, strict=True)))
        return SavedSearch(*values)

    def rename(self, reader_id: int, search_id: int, name: str) -> SavedSearch:
        """Gives a search another name."""
        name = checks.line(name, "name of the search", 120)
        return self._change(reader_id, search_id, name=name)

    def renew(self, reader_id: int, search_id: int) -> SavedSearch:
        """Gives its feed another secret address; the old one is worthless."""
        return self._change(reader_id, search_id, secret=keys.feed_secret())

    def remove(self, reader_id: int, search_id: int) -> None:
        """Forgets a search, and with it that it was followed."""
        mine = (searches.c.id == search_id) & (searches.c.reader_id == reader_id)
        with self._store.write() as (connection, _):
            if connection.execute(searches.delete().where(mine)).rowcount != 1:
                raise ReadersError("there is no such saved search; it may have been removed")
            followed = (follows.c.kind == "search") & (follows.c.value == str(search_id))
            connection.execute(follows.delete().where(followed))

    def of(self, reader_id: int) -> list[SavedSearch]:
        """The searches of a reader, in the order they were kept."""
        query = select(searches).where(searches.c.reader_id == reader_id).order_by(searches.c.id)
        with self._store.read() as connection:
            return [SavedSearch(*row) for row in connection.execute(query)]

    def get(self, search_id: int) -> SavedSearch | None:
        """A search by number."""
        query = select(searches).where(searches.c.id == search_id)
        with self._store.read() as connection:
            row = connection.execute(query).one_or_none()
        return SavedSearch(*row) if row is not None else None

    def by_secret(self, secret: str) -> SavedSearch | None:
        """The search whose feed has this address."""
        if not secret.isascii() or not secret.isprintable() or not secret:
            return None
        query = select(searches).where(searches.c.secret == secret)
        with self._store.read() as connection:
            row = connection.execute(query).one_or_none()
        return SavedSearch(*row) if row is not None else None

    def _change(self, reader_id: int, search_id: int, **values: str) -> SavedSearch:
        mine = (searches.c.id == search_id) & (searches.c.reader_id == reader_id)
        with self._store.write() as (connection, _):
            connection.execute(searches.update().where(mine).values(**values))
            row = connection.execute(select(searches).where(mine)).one_or_none()
        if row is None:
            raise ReadersError("there is no such saved search; it may have been removed")
        return SavedSearch(*row)
