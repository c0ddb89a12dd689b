"""The Zotero library of each reader: where papers are sent, and the key that opens it.

The key is kept as it is, because it must be sent along; it is never shown again, is no part of
what a reader takes along, and goes when the reader goes. A key of zotero.org can be withdrawn
there at any time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sqlalchemy import BigInteger, Column, String, Table, Text, select

from broadsheet.catalog import metadata
from broadsheet.readers import checks
from broadsheet.readers.accounts import the_reader
from broadsheet.readers.errors import ReadersError
from broadsheet.readers.store import Store

zotero = Table(
    "reader_zotero",
    metadata,
    Column("reader_id", BigInteger, primary_key=True, autoincrement=False),
    # users/NUMBER or groups/NUMBER
    Column("library", Text, nullable=False),
    # The path of a collection; empty: none.
    Column("collection", Text, nullable=False),
    Column("api_key", Text, nullable=False),
    Column("changed_at", String(20), nullable=False),
    sqlite_with_rowid=False,
)

_LIBRARY = re.compile(r"(?:users|groups)/\d{1,12}", re.ASCII)
_KEY = re.compile(r"[A-Za-z0-9]{6,64}", re.ASCII)
_LONGEST_PATH = 500


@dataclass(frozen=True, slots=True)
class ZoteroLibrary:
    """Where a reader's papers are sent. The key does not show where this is printed."""

    reader_id: int
    library: str
    collection: str
    key: str = field(repr=False)
    changed_at: str


class ZoteroLibraries:
    """The library of every reader who has named one."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, reader_id: int) -> ZoteroLibrary | None:
        """A reader's library; None where none was named."""
        query = select(
            zotero.c.reader_id,
            zotero.c.library,
            zotero.c.collection,
            zotero.c.api_key,
            zotero.c.changed_at,
        ).where(zotero.c.reader_id == reader_id)
        with self._store.read() as connection:
            row = connection.execute(query).one_or_none()
        return ZoteroLibrary(*row) if row is not None else None

    def keep(self, reader_id: int, library: str, key: str, collection: str = "") -> ZoteroLibrary:
        """Names a library. An empty key leaves the one there is, as long as the library stays."""
        library = checks.line(library, "library", 40).strip().strip("/")
        library = f"users/{library}" if library.isascii() and library.isdigit() else library
        if not _LIBRARY.fullmatch(library):
            raise ReadersError(
                "the library is your number at zotero.org, or groups/NUMBER; both stand at "
                "zotero.org/settings/keys"
            )
        collection = checks.line(collection, "collection", _LONGEST_PATH, empty=True).strip(" /")
        key = key.strip()
        before = self.of(reader_id)
        if not key and before is not None and before.library == library:
            key = before.key
        if not _KEY.fullmatch(key):
            raise ReadersError(
                "the key is of letters and digits; make one that may write at "
                "zotero.org/settings/keys"
            )
        kept = ZoteroLibrary(reader_id, library, collection, key, checks.now())
        with self._store.write() as (connection, _):
            the_reader(connection, reader_id)
            connection.execute(zotero.delete().where(zotero.c.reader_id == reader_id))
            connection.execute(
                zotero.insert().values(
                    reader_id=reader_id,
                    library=library,
                    collection=collection,
                    api_key=key,
                    changed_at=kept.changed_at,
                )
            )
        return kept

    def forget(self, reader_id: int) -> bool:
        """Forgets a reader's library and key; whether there was one."""
        with self._store.write() as (connection, _):
            mine = zotero.delete().where(zotero.c.reader_id == reader_id)
            return connection.execute(mine).rowcount > 0
