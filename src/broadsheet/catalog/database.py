"""Connections: SQLite in WAL mode or PostgreSQL, many readers and one writer at a time.

What is counted as stored is stored: a commit is on the disk when it returns
(``synchronous=FULL``: one sync a batch, too few to be felt), so neither a killed process nor a
power cut takes it back. The index relies on that: it remembers the catalog's `seq`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url, select
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from broadsheet.catalog.errors import CatalogError, reported
from broadsheet.catalog.tables import counters
from broadsheet.files import private_file
from broadsheet.settings import Settings

# How long a writer waits for its turn; a write holds the catalog for about a tenth of a second.
WAIT_MS = 15_000
# Rows average 2 KB: fewer of them spill over a page of this size.
_PAGE_BYTES = 8192
_CACHE_KIB = 8192
# Before SQLite copies its log back: 32 MB of it.
_CHECKPOINT_PAGES = 4096
_IN_LIMIT = 5_000
# What our connections are called among those of a PostgreSQL server.
APPLICATION = "broadsheet"


class Database:
    """An engine and how to read and write with it; errors come out as `CatalogError`."""

    def __init__(self, engine: Engine, where: str) -> None:
        self.engine = engine
        self.where = where
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._placeholder = "?" if self.is_sqlite else "%s"
        self._reading = (
            engine
            if self.is_sqlite
            else engine.execution_options(isolation_level="REPEATABLE READ")
        )
        self._writing = engine.execution_options(writes=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one state of the catalog, whatever is written meanwhile."""
        with reported(self.where), self._reading.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """The one writer's transaction: committed at the end, rolled back on an exception."""
        with reported(self.where), self._writing.begin() as connection:
            if not self.is_sqlite:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {WAIT_MS}")
                # Its holder is the only writer, and commits in the order of `seq`.
                lock = select(counters.c.value).where(counters.c.name == "seq").with_for_update()
                connection.execute(lock)
            yield connection

    def insert(self, table: Table, columns: Sequence[str]) -> str:
        """The text that inserts rows of these columns, to be prepared once."""
        names = ", ".join(f'"{column}"' for column in columns)
        marks = ", ".join([self._placeholder] * len(columns))
        return f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608

    def update(self, table: Table, columns: Sequence[str], keys: Sequence[str]) -> str:
        """The text that sets columns of the rows with these keys: values first, keys last."""
        values = ", ".join(f'"{column}" = {self._placeholder}' for column in columns)
        where = " AND ".join(f'"{key}" = {self._placeholder}' for key in keys)
        return f"UPDATE {table.name} SET {values} WHERE {where}"  # noqa: S608

    def increase(self, table: Table, column: str, key: str) -> str:
        """The text that adds to a column of the row with a key: amount first."""
        mark = self._placeholder
        change = f'"{column}" = "{column}" + {mark} WHERE "{key}" = {mark}'
        return f"UPDATE {table.name} SET {change}"  # noqa: S608

    def delete(self, table: Table, keys: Sequence[str]) -> str:
        """The text that deletes the rows with these keys."""
        where = " AND ".join(f'"{key}" = {self._placeholder}' for key in keys)
        return f"DELETE FROM {table.name} WHERE {where}"  # noqa: S608

    def close(self) -> None:
        """Closes every connection."""
        self.engine.dispose()


def connect(settings: Settings) -> Database:
    """The database of a home; SQLite files come into being with the first statement."""
    if settings.database:
        return postgresql(settings.database)
    return sqlite(str(settings.catalog_path))


def has_catalog(settings: Settings) -> bool:
    """Whether a home was begun; one in PostgreSQL is asked when it is opened."""
    return bool(settings.database) or settings.catalog_path.is_file()


def require_catalog(settings: Settings) -> None:
    """Raises `CatalogError` where opening the home would begin a new one."""
    if not has_catalog(settings):
        raise CatalogError(
            f"{settings.home}: holds no catalog; name its folder with --home, or begin a new one "
            "with 'broadsheet serve' or 'broadsheet import FILE'"
        )


def sqlite(path: str) -> Database:
    """A catalog file; one that comes into being is its owner's alone, and so is its log.

    It holds secret addresses, hashes of passwords and keys of other services.
    """
    engine = create_engine(
        URL.create("sqlite", database=path), pool_size=8, max_overflow=56, pool_timeout=30
    )
    event.listen(engine, "do_connect", lambda *_: private_file(Path(path)))
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return Database(engine, path)


def postgresql(address: str) -> Database:
    """A PostgreSQL database; raises `CatalogError` for an address that names none."""
    try:
        url = make_url(address)
        if url.get_backend_name() != "postgresql":
            raise CatalogError(
                f"setting 'database': '{url.drivername}' is not known; "
                "it takes postgresql://user@host/name, or nothing for a file in the home"
            )
        if "@" in f"{url.host}{url.database}":
            raise ArgumentError("the rest of a password")
        _check_hosts(url)
        # What a server of another encoding sends is no text to the driver, not even its version.
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=8,
            max_overflow=24,
            # A restarted server ended the connections that are kept here: nobody is to meet one.
            pool_pre_ping=True,
            connect_args={"client_encoding": "utf8", "application_name": APPLICATION},
        )
    except ModuleNotFoundError as error:
        raise CatalogError(
            "setting 'database': PostgreSQL needs one more package: "
            "pip install 'broadsheet[postgres]'"
        ) from error
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        # Not with what was given: it may hold a password.
        raise CatalogError(
            "setting 'database': not an address; it takes postgresql://user@host/name "
            "(in a password write %40 for @ and %2F for /)"
        ) from error
    return Database(engine, _shown(url))


def _check_hosts(url: URL) -> None:
    """Raises `CatalogError` for a name that no host has: resolving it ends in a `UnicodeError`,
    which is no error of the driver's.
    """
    given = url.query.get("host", ())
    several = (given,) if isinstance(given, str) else given
    named = ",".join((url.host or "", *several)).split(",")
    for name in (one if one.startswith("/") else one.partition(":")[0] for one in named):
        try:
            name.encode("idna")
        except UnicodeError as error:
            raise CatalogError(
                f"setting 'database': “{name[:80]}” is no name of a host; "
                "it takes postgresql://user@host/name"
            ) from error


def _shown(url: URL) -> str:
    """An address without what opens the database, wherever in it that stands."""
    hidden = {name: "***" for name in url.query if "password" in name}
    return url.update_query_dict(hidden).render_as_string(hide_password=True)


def _configure(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own transactions begin late and lock late: we begin ours.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {WAIT_MS}",
        f"page_size = {_PAGE_BYTES}",
        "synchronous = FULL",
        f"cache_size = -{_CACHE_KIB}",
        f"wal_autocheckpoint = {_CHECKPOINT_PAGES}",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def chunked(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Slices that fit into one IN (...)."""
    for start in range(0, len(values), _IN_LIMIT):
        yield values[start : start + _IN_LIMIT]


def take(connection: Connection, name: str, count: int) -> int:
    """Hands out ``count`` numbers in a row and returns the first of them."""
    if not count:
        return 0
    statement = (
        counters.update()
        .where(counters.c.name == name)
        .values(value=counters.c.value + count)
        .returning(counters.c.value)
    )
    return int(connection.execute(statement).scalar_one()) - count + 1


def last(connection: Connection, name: str) -> int:
    """The last number that was handed out, or a count; 0 when there is none."""
    statement = select(counters.c.value).where(counters.c.name == name)
    return int(connection.execute(statement).scalar_one_or_none() or 0)
