"""Homes that open, are upgraded, or say in one line why they do not."""

from __future__ import annotations

import resource
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, text

import broadsheet.readers  # noqa: F401 - hangs its tables on the metadata
from broadsheet.catalog import Catalog, CatalogError, schema
from broadsheet.catalog.tables import REVISIONS, metadata
from broadsheet.settings import Settings
from tests.catalog.kit import check, content, paper, store
from tests.rights import an_ordinary_user


@contextmanager
def refused(*words: str) -> Iterator[None]:
    with pytest.raises(CatalogError) as caught:
        yield
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message


def test_the_migrations_lead_to_the_tables(catalog: Catalog) -> None:
    with catalog.database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_every_migration_is_known_by_name() -> None:
    scripts = ScriptDirectory(str(schema.MIGRATIONS))
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == REVISIONS


def test_a_home_that_is_opened_again_holds_what_it_held(settings: Settings) -> None:
    with Catalog.open(settings) as catalog:
        store(catalog, paper("1"))
        before = content(catalog)
    with Catalog.open(settings) as catalog:
        assert content(catalog) == before
    assert not settings.backups_path.exists()


def test_many_processes_may_open_a_new_home_at_once(settings: Settings) -> None:
    failures: list[CatalogError] = []

    def opening() -> None:
        try:
            Catalog.open(settings).close()
        except CatalogError as error:
            failures.append(error)

    threads = [threading.Thread(target=opening) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with Catalog.open(settings) as catalog:
        store(catalog, paper("1"))
        check(catalog)


@pytest.fixture
def next_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A release that has one migration more."""
    scripts = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "next.py").write_text(
        "import sqlalchemy as sa\n"
        "from alembic import op\n"
        f"revision, down_revision = 'next', {REVISIONS[-1]!r}\n"
        "def upgrade():\n"
        "    op.add_column('meta', sa.Column('note', sa.Text()))\n"
    )
    monkeypatch.setattr(schema, "MIGRATIONS", scripts)
    monkeypatch.setattr(schema, "REVISIONS", (*REVISIONS, "next"))


def test_an_older_home_is_upgraded_after_a_backup(
    settings: Settings, request: pytest.FixtureRequest
) -> None:
    with Catalog.open(settings) as catalog:
        store(catalog, paper("1"), paper("2"))
        before = content(catalog)
    request.getfixturevalue("next_release")
    with Catalog.open(settings) as catalog:
        assert content(catalog) == before
        assert schema.revision(catalog.database) == "next"
    (kept,) = settings.backups_path.iterdir()
    assert REVISIONS[-1] in kept.name
    with closing(sqlite3.connect(kept)) as file:
        assert file.execute("SELECT version_num FROM alembic_version").fetchone() == (
            REVISIONS[-1],
        )
        assert file.execute("SELECT count(*) FROM works").fetchone() == (2,)


def test_an_upgrade_by_several_processes_at_once_keeps_one_copy(
    settings: Settings, request: pytest.FixtureRequest
) -> None:
    with Catalog.open(settings) as catalog:
        store(catalog, paper("1"))
        before = content(catalog)
    request.getfixturevalue("next_release")
    together = threading.Barrier(4)

    def opening() -> None:
        together.wait()
        Catalog.open(settings).close()

    with ThreadPoolExecutor(4) as several:
        for one in [several.submit(opening) for _ in range(4)]:
            one.result()
    with Catalog.open(settings) as catalog:
        assert content(catalog) == before
    assert len(list(settings.backups_path.iterdir())) == 1


def test_a_migration_that_fails_leaves_the_home_as_it_was(
    sqlite_settings: Settings, next_release: None
) -> None:
    broken = schema.MIGRATIONS / "versions" / "next.py"
    whole = broken.read_text()
    broken.unlink()
    schema_before, schema.REVISIONS = schema.REVISIONS, REVISIONS
    Catalog.open(sqlite_settings).close()
    schema.REVISIONS = schema_before
    broken.write_text(whole + "    op.execute('no such statement')\n")
    with refused(str(sqlite_settings.catalog_path)):
        Catalog.open(sqlite_settings)
    with closing(sqlite3.connect(sqlite_settings.catalog_path)) as file:
        assert "note" not in [row[1] for row in file.execute("PRAGMA table_info(meta)")]


def test_a_newer_home_is_refused(settings: Settings) -> None:
    with Catalog.open(settings) as catalog, catalog.database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with refused("newer Broadsheet", "9999"):
        Catalog.open(settings)


def test_a_database_of_something_else_is_refused_and_left_alone(settings: Settings) -> None:
    with Catalog.open(settings) as catalog, catalog.database.write() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    with refused("tables that are not Broadsheet's"):
        Catalog.open(settings)


@pytest.mark.parametrize("content_", [b"not a database at all, " * 50, b"SQLite format 3\0" * 99])
def test_a_file_that_is_no_database_is_refused_and_left_alone(
    sqlite_settings: Settings, content_: bytes
) -> None:
    sqlite_settings.home.mkdir()
    sqlite_settings.catalog_path.write_bytes(content_)
    with refused(str(sqlite_settings.catalog_path), "restore"):
        Catalog.open(sqlite_settings)
    assert sqlite_settings.catalog_path.read_bytes() == content_


def test_a_text_that_the_disk_changed_is_called_damage(sqlite_settings: Settings) -> None:
    with Catalog.open(sqlite_settings) as catalog:
        store(catalog, paper("1"))
        with closing(sqlite3.connect(sqlite_settings.catalog_path)) as file:
            file.execute("UPDATE works SET published = CAST(X'70B1' AS TEXT)")
            file.commit()
        with refused(str(sqlite_settings.catalog_path), "damaged", "restore"):
            catalog.get_many([1])


def test_a_file_in_place_of_the_home_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with refused(str(tmp_path / "file"), "--home"):
        Catalog.open(Settings(home=tmp_path / "file", database=""))
    with refused("--home"):
        Catalog.open(Settings(home=tmp_path / "file" / "below", database=""))


def test_a_folder_in_place_of_the_catalog_is_refused(sqlite_settings: Settings) -> None:
    sqlite_settings.catalog_path.mkdir(parents=True)
    with refused(str(sqlite_settings.catalog_path)):
        Catalog.open(sqlite_settings)


@pytest.mark.parametrize("mode", [0, 0o644, 0o600], ids=["new", "filled", "another's"])
def test_a_home_without_write_permission_is_refused(mode: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder) / "home", database="")
        if mode:
            with Catalog.open(settings) as catalog:
                store(catalog, paper("1"))
            settings.catalog_path.chmod(mode)
            settings.home.chmod(0o555)
        Path(folder).chmod(0o555)
        with (
            refused(str(settings.home), "--home"),
            an_ordinary_user(),
            Catalog.open(settings) as catalog,
        ):
            store(catalog, paper("2"))
        Path(folder).chmod(0o755)
        if mode:
            settings.home.chmod(0o755)


def test_a_full_disk_is_said_and_what_was_stored_stays(sqlite_settings: Settings) -> None:
    Catalog.open(sqlite_settings).close()
    with Catalog.open(sqlite_settings) as catalog:
        event.listen(
            catalog.database.engine,
            "connect",
            lambda connection, _: connection.execute("PRAGMA max_page_count = 300").close(),
        )
        catalog.database.engine.dispose()
        store(catalog, paper("1"))
        before = content(catalog)
        with refused(str(sqlite_settings.catalog_path), "disk is full"):
            store(catalog, paper("2", abstract="x" * 5_000_000))
        assert content(catalog) == before
        check(catalog)


def test_a_disk_without_a_byte_left_is_said_by_who_only_reads(sqlite_settings: Settings) -> None:
    with Catalog.open(sqlite_settings) as catalog:
        store(catalog, paper("1"))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # SQLite meets the end of the limit as it would that of the disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, before[1]))
    try:
        with (
            refused(str(sqlite_settings.catalog_path), "disk is full"),
            Catalog.open(sqlite_settings) as catalog,
        ):
            catalog.count()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_catalog_that_another_program_keeps_locked_is_said(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    Catalog.open(sqlite_settings).close()
    monkeypatch.setattr("broadsheet.catalog.database.WAIT_MS", 50)
    with (
        closing(sqlite3.connect(sqlite_settings.catalog_path, isolation_level=None)) as other,
        Catalog.open(sqlite_settings) as catalog,
    ):
        other.execute("BEGIN IMMEDIATE")
        with refused(str(sqlite_settings.catalog_path), "locked"):
            store(catalog, paper("1"))
        other.execute("ROLLBACK")
        store(catalog, paper("1"))


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("mysql://user@host/name", ("mysql", "postgresql://")),
        ("not an address", ("postgresql://",)),
        ("postgresql://user:p@ss/word@host/name", ("not an address", "%40")),
        ("postgresql://user:p@ss@host/name", ("not an address", "%40")),
        ("postgresql://user@127.0.0.1:54x3/name", ("not an address",)),
        ("postgresql://user@db..example.org/name", ("no name of a host", "db..example.org")),
        ("postgresql://user@/name?host=db..example.org", ("no name of a host",)),
        ("postgresql://user@/name?host=127.0.0.1:5&host=db..org:5432", ("“db..org”",)),
        ("postgresql://user@127.0.0.1:1/name", ("does not answer",)),
    ],
)
def test_a_database_that_cannot_be_reached_is_said(
    tmp_path: Path, address: str, words: tuple[str, ...]
) -> None:
    with refused(*words):
        Catalog.open(Settings(home=tmp_path, database=address))


@pytest.mark.postgres
@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_of_another_encoding_is_refused_before_a_paper_does_not_fit(
    tmp_path: Path, new_database: Callable[..., str], encoding: str
) -> None:
    address = new_database(f"ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
    with refused(encoding, "createdb -E UTF8"):
        Catalog.open(Settings(home=tmp_path, database=address))


@pytest.mark.postgres
def test_a_database_that_was_restarted_is_met_again_by_the_first_who_asks(
    tmp_path: Path, new_database: Callable[..., str]
) -> None:
    address = new_database()
    with Catalog.open(Settings(home=tmp_path, database=address)) as catalog:
        store(catalog, paper("1"))
        ended = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        mine = "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with psycopg.connect(address, autocommit=True) as other:
            assert other.execute(f"{ended} {mine}").fetchall()
        assert catalog.count() == 1
        store(catalog, paper("2"))
        assert catalog.count() == 2


@pytest.mark.postgres
@pytest.mark.parametrize("query", ["", "password=secret", "sslpassword=secret"])
def test_a_password_is_never_printed(tmp_path: Path, server: str, query: str) -> None:
    address = server.replace("/postgres?", f"/none?{query}&")
    if not query:
        address = address.replace("broadsheet@", "broadsheet:secret@")
    with pytest.raises(CatalogError) as caught:
        Catalog.open(Settings(home=tmp_path, database=address))
    assert "secret" not in str(caught.value)
    assert "does not exist" in str(caught.value)


def test_soundness_is_told(settings: Settings) -> None:
    with Catalog.open(settings) as catalog:
        store(catalog, paper("1"))
        assert catalog.integrity() == ""
    if settings.database:
        return
    data = bytearray(settings.catalog_path.read_bytes())
    data[-4096:] = bytes(4096)
    settings.catalog_path.write_bytes(bytes(data))
    with Catalog.open(settings) as catalog:
        assert str(settings.catalog_path) in catalog.integrity()
