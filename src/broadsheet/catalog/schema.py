"""The schema comes into being, and is upgraded after a backup; a newer one is refused."""

from __future__ import annotations

import contextlib
import sqlite3
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import Connection, inspect, select, text

from broadsheet.catalog import titles
from broadsheet.catalog.database import WAIT_MS, Database
from broadsheet.catalog.errors import CatalogError, reported
from broadsheet.catalog.rows import now
from broadsheet.catalog.tables import REVISIONS, counters, meta

MIGRATIONS = Path(__file__).parent / "migrations"
COUNTERS = (
    *("seq", "work", "record", "import", "merge", "works", "sync", "trouble", "ledger"),
    "term",
)
# "Broadsheet" in PostgreSQL's space of advisory locks.
_LOCK = 0x42726F61


def prepare(
    database: Database,
    alone: Callable[[], AbstractContextManager[None]],
    keep: Callable[[str], Path],
) -> None:
    """Brings a database to the newest schema; ``keep(revision)`` backs an older one up first.

    One process does that, ``alone()``: of a paper's several that are started anew at once, each
    would leave a copy of the whole catalog.
    """
    if known(database) in ("", REVISIONS[-1]):
        _bring(database)
        return
    with alone():
        if (found := known(database)) != REVISIONS[-1]:  # nobody was quicker
            keep(found)
        _bring(database)


def _bring(database: Database) -> None:
    """Migrates a database to the newest schema, unless it has that."""
    if database.is_sqlite:
        _write_ahead(database)
    if revision(database) != REVISIONS[-1]:
        migrate(database, REVISIONS[-1])


def known(database: Database) -> str:
    """The schema of a database, '' for an empty one.

    Raises `CatalogError` for a newer one, for one with tables that are not Broadsheet's, and for
    one that takes only the characters of some languages.
    """
    found, has_tables = _look(database)
    if found and found not in REVISIONS:
        raise CatalogError(
            f"{database.where}: was made by a newer Broadsheet (schema {found}, "
            f"this one knows {REVISIONS[-1]}); install the newer one"
        )
    if has_tables and not found:
        raise CatalogError(
            f"{database.where}: holds tables that are not Broadsheet's; "
            "move it away, or give the catalog a place of its own"
        )
    if (encoding := _encoding(database)) != "UTF8":
        raise CatalogError(
            f"{database.where}: its encoding is {encoding}, which cannot hold every paper; "
            "make another with createdb -E UTF8 -T template0"
        )
    return found


def revision(database: Database) -> str:
    """The schema of a database; '' for an empty one."""
    return _look(database)[0]


def _encoding(database: Database) -> str:
    """What texts are stored in, as PostgreSQL names it."""
    if database.is_sqlite:
        return "UTF8"
    with database.read() as connection:
        return str(connection.execute(text("SHOW server_encoding")).scalar_one())


def _look(database: Database) -> tuple[str, bool]:
    """The schema, and whether there are tables at all."""
    with database.read() as connection:
        tables = inspect(connection).get_table_names()
        if "alembic_version" not in tables:
            return "", bool(tables)
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return str(found or ""), True


def _write_ahead(database: Database) -> None:
    """Has readers never wait for the writer; the file remembers it."""
    with reported(database.where), contextlib.closing(sqlite3.connect(database.where)) as file:
        deadline = time.monotonic() + WAIT_MS / 1000
        while True:
            try:
                # SQLite does not wait by itself when two processes ask at the same moment.
                (mode,) = file.execute("PRAGMA journal_mode = WAL").fetchone()
                break
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
    if mode != "wal":
        raise CatalogError(
            f"{database.where}: this disk cannot share a catalog between processes "
            "(a network folder?); choose a home on a local disk with --home"
        )


def migrate(database: Database, target: str) -> None:
    """Runs the migrations up to a revision in one transaction."""
    writing = database.engine.execution_options(writes=True)
    with reported(database.where), writing.begin() as connection:
        run_migrations(connection, target)


def run_migrations(connection: Connection, target: str) -> None:
    """Runs the migrations up to a revision in a transaction that has begun."""
    # Alembic is slow to load, and hardly ever needed.
    from alembic import command
    from alembic.config import Config

    if connection.dialect.name != "sqlite":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, target)
    _fill(connection)


def _fill(connection: Connection) -> None:
    """The rows that every catalog has."""
    known = set(connection.execute(select(counters.c.name)).scalars())
    new = [{"name": name, "value": 0} for name in COUNTERS if name not in known]
    if new:
        connection.execute(counters.insert(), new)
    if connection.execute(select(meta.c.value).where(meta.c.name == "id")).first() is None:
        rows = {"id": uuid.uuid4().hex, "made": now()}
        connection.execute(
            meta.insert(), [{"name": name, "value": value} for name, value in rows.items()]
        )
    # An older schema, which a backup is made in, has none.
    if inspect(connection).has_table("titles"):
        titles.fill(connection)
