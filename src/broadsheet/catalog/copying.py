"""A catalog copied whole: from a database in use into a file, and from a file into one.

A copy is always an SQLite catalog, also of PostgreSQL: the tables are the same, so that it can
be brought back into either.
"""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, inspect, text

from broadsheet.catalog import schema
from broadsheet.catalog.database import Database, sqlite
from broadsheet.catalog.errors import CatalogError, reported
from broadsheet.catalog.tables import REVISIONS
from broadsheet.files import private_file

# SQLite pages copied before writers get a turn: 8 MB.
_PAGES = 1024
_ROWS = 1_000


def to_file(database: Database, path: Path, where: str) -> None:
    """Writes a copy that is one state of the catalog, while it is in use.

    ``where`` is what an error of the copy's disk names.
    """
    if database.is_sqlite:
        with reported(str(path)):
            private_file(path)
        with (
            reported(database.where),
            contextlib.closing(sqlite3.connect(database.where)) as source,
            contextlib.closing(sqlite3.connect(path)) as target,
        ):
            # A reader's transaction holds the state still; writers go on in the log.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            try:
                source.backup(target, pages=_PAGES)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_FULL:
                    raise
                # Nothing is written to the source: it is the disk of the copy that is full.
                with reported(where):
                    raise
            target.execute("PRAGMA journal_mode = DELETE").close()
        return
    copy = sqlite(str(path))
    try:
        schema.migrate(copy, schema.revision(database))
        with database.read() as source_, copy.write() as target_:
            _copy_rows(source_, target_)
    finally:
        copy.close()


def check(path: Path, where: Path) -> str:
    """The schema of a copied catalog; raises `CatalogError` when it is damaged or too new.

    ``where`` is the file that an error names.
    """
    with reported(str(where)), contextlib.closing(sqlite3.connect(path)) as file:
        (found,) = file.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise CatalogError(f"{where}: its catalog is damaged: {' '.join(found.split())}")
        tables = {name for (name,) in file.execute("SELECT name FROM sqlite_master")}
        if "alembic_version" not in tables:
            raise CatalogError(f"{where}: is no backup and no catalog; take another")
        revision = str(file.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    if revision not in REVISIONS:
        raise CatalogError(
            f"{where}: was made by a newer Broadsheet (schema {revision}); install the newer one"
        )
    return revision


def into_database(path: Path, database: Database) -> None:
    """Fills a PostgreSQL database with a copy, in one transaction: all of it, or nothing.

    Tables that somebody else has in it stay.
    """
    copy = sqlite(str(path))
    try:
        revision = schema.revision(copy)
        ours = _tables(schema.known(database))
        with reported(database.where), database.engine.begin() as target:
            existing = MetaData()
            existing.reflect(target, only=lambda name, _: name in ours)
            existing.drop_all(target)
            schema.run_migrations(target, revision)
            with copy.read() as source:
                _copy_rows(source, target)
            schema.run_migrations(target, REVISIONS[-1])
    finally:
        copy.close()


def _tables(revision: str) -> set[str]:
    """The names of the tables of a schema; '' has none."""
    if not revision:
        return set()
    with tempfile.TemporaryDirectory() as scratch:
        empty = sqlite(str(Path(scratch) / "catalog.sqlite3"))
        try:
            schema.migrate(empty, revision)
            return set(inspect(empty.engine).get_table_names())
        finally:
            empty.close()


def is_empty(database: Database) -> bool:
    """Whether a database holds no paper."""
    with database.read() as connection:
        if not inspect(connection).has_table("works"):
            return True
        return connection.execute(text("SELECT 1 FROM works LIMIT 1")).first() is None


def _copy_rows(source: Connection, target: Connection) -> None:
    """Replaces the rows of every table by those of another database of the same schema."""
    both = set(inspect(source).get_table_names())
    tables = MetaData()
    tables.reflect(target, only=lambda name, _: name in both)
    for table in tables.sorted_tables:
        if table.name == "alembic_version":
            continue
        target.execute(table.delete())
        for rows in _rows(source, table):
            target.execute(table.insert(), rows)


def _rows(source: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    result = source.execution_options(yield_per=_ROWS).execute(table.select())
    for part in result.partitions():
        yield [dict(row._mapping) for row in part]
