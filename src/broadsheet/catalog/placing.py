"""Verified files take the place of what a home holds, each by a rename, the catalog last."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import time
import tomllib
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import text

from broadsheet.catalog import copying, schema
from broadsheet.catalog.database import APPLICATION, connect
from broadsheet.catalog.errors import CatalogError, reported
from broadsheet.settings import CONFIG_NAME, Settings

CATALOG = "catalog.sqlite3"
HOME = "home"
# What a restored file of settings is called where it cannot simply take effect.
_OTHER_CONFIG = f"{CONFIG_NAME}.from-backup"
_IN_USE = "is in use; stop 'broadsheet serve' and 'work', then restore again"
_LEAVING_SECONDS = 2.0


def require_empty(settings: Settings, *, force: bool) -> None:
    """Raises `CatalogError` when the home holds papers and ``force`` is not given.

    A database that is not Broadsheet's, or a newer one's, is refused whatever is given: unlike
    a file it cannot be put aside.
    """
    if not settings.database and (force or not settings.catalog_path.exists()):
        return
    database = connect(settings)
    try:
        if settings.database:
            schema.known(database)
        empty = force or copying.is_empty(database)
    finally:
        database.close()
    if not empty:
        raise CatalogError(
            f"{database.where}: holds papers already; choose another home with --home, "
            "or replace it with --force"
        )


def place(settings: Settings, stage: Path, aside: Path, held: Iterable[str]) -> None:
    """Moves a staged backup into the home, and what it replaces to ``aside``.

    ``held`` names what the home holds beside its catalog. What the backup has not is put aside
    too, but for the settings: a model trained later, say, learned from papers and readers
    that the catalog no longer knows.
    """
    if settings.database:
        _require_alone(settings)
    else:
        _require_unused(settings.catalog_path)
    if settings.index_path.exists():
        # It follows the catalog that goes: of no use to the one that comes.
        shutil.rmtree(settings.index_path)
    home = stage / HOME
    for name in sorted(held):
        if name != CONFIG_NAME and not (home / name).exists():
            aside.mkdir(parents=True, exist_ok=True)
            (settings.home / name).rename(aside / name)
    for entry in sorted(home.iterdir()) if home.is_dir() else []:
        target = settings.home / entry.name
        if entry.name == CONFIG_NAME and (target.exists() or not _same_database(entry, settings)):
            target = settings.home / _OTHER_CONFIG
        if target.exists():
            aside.mkdir(parents=True, exist_ok=True)
            target.rename(aside / entry.name)
        entry.rename(target)
    if settings.database:
        _into_database(settings, stage / CATALOG, aside)
    else:
        _into_file(settings.catalog_path, stage / CATALOG, aside)


def _same_database(config: Path, settings: Settings) -> bool:
    """Whether a restored file of settings names the database that was restored into."""
    try:
        named = tomllib.loads(config.read_text(encoding="utf-8")).get("database", "")
    except (ValueError, UnicodeDecodeError):
        return False
    return bool(named == settings.database)


def _require_unused(catalog: Path) -> None:
    """Raises `CatalogError` while another process has the catalog open; folds its log in."""
    if not catalog.exists():
        return
    with reported(str(catalog)), contextlib.closing(sqlite3.connect(catalog, timeout=1)) as file:
        try:
            # Granted only to the one connection there is.
            file.execute("PRAGMA journal_mode = DELETE").close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                return
            raise CatalogError(f"{catalog}: {_IN_USE}") from error
        except sqlite3.DatabaseError:
            return  # damaged: a reason to restore


def _require_alone(settings: Settings) -> None:
    """Raises `CatalogError` while another process has the catalog in PostgreSQL open."""
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND application_name = :name AND pid <> pg_backend_pid()"
    )
    database = connect(settings)
    try:
        # What was closed a moment ago, by us too, the server may still be seeing off.
        deadline = time.monotonic() + _LEAVING_SECONDS
        while True:
            with database.read() as connection:
                if not connection.execute(others, {"name": APPLICATION}).scalar_one():
                    return
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
    finally:
        database.close()
    raise CatalogError(f"{database.where}: {_IN_USE}")


def _into_file(catalog: Path, copy: Path, aside: Path) -> None:
    if catalog.exists():
        aside.mkdir(parents=True, exist_ok=True)
        # A log that is left beside it belongs to the old file and would spoil the new one.
        for end in ("-wal", "-shm"):
            log = catalog.with_name(catalog.name + end)
            if log.exists():
                log.rename(aside / log.name)
        try:
            os.link(catalog, aside / catalog.name)
        except OSError:  # a disk without hard links
            shutil.copy2(catalog, aside / catalog.name)
    copy.replace(catalog)


def _into_database(settings: Settings, copy: Path, aside: Path) -> None:
    database = connect(settings)
    try:
        if not copying.is_empty(database):
            # It has its name when it is whole: what a kill leaves passes for no backup.
            kept = copy.with_name("replaced")
            copying.to_file(database, kept, str(aside))
            aside.mkdir(parents=True, exist_ok=True)
            shutil.move(kept, aside / CATALOG)
        copying.into_database(copy, database)
    finally:
        database.close()
