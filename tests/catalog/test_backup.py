"""Backups of a home, and their way back."""

from __future__ import annotations

import fcntl
import io
import os
import signal
import sqlite3
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import orjson
import psycopg
import pytest
import zstandard

from broadsheet.catalog import Catalog, CatalogError, backup, restore
from broadsheet.catalog.archive import keep
from broadsheet.files import take_lock
from broadsheet.settings import Settings
from tests.catalog.kit import check, content, everything, paper, store


def fill(settings: Settings) -> dict[int, object]:
    """A home with papers, a merge, an import that was undone, and files beside the catalog."""
    with Catalog.open(settings) as catalog:
        store(catalog, paper("a", announced="2025-01-01"), paper("b"), paper("c"))
        store(catalog, paper("d", "Joined", "lab:a", "lab:b"))
        store(catalog, paper("e"))
        catalog.undo_import(3)
        catalog.delete(3)
        found = content(catalog)
    files = {
        "broadsheet.toml": 'name = "The Lab"\n',
        "vectors/mini-int8/vectors.i8": "v" * 5_000,
        "vectors/mini-int8/lock": "",
        "rejected/import-1.jsonl": "{}\n",
        "index/CURRENT": "old",
        "models/big.onnx": "weights",
        "backups/older": "x",
    }
    for name, text in files.items():
        path = settings.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return dict(found)


def members(archive: Path) -> dict[str, bytes]:
    with (
        archive.open("rb") as file,
        zstandard.ZstdDecompressor().stream_reader(file) as packed,
        tarfile.open(fileobj=packed, mode="r|") as tar,
    ):
        return {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]


def pack(archive: Path, files: dict[str, bytes]) -> None:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    archive.write_bytes(zstandard.compress(raw.getvalue()))


def test_a_backup_brings_the_whole_home_back(settings: Settings, tmp_path: Path) -> None:
    before = fill(settings)
    archive = backup(settings, tmp_path / "safe")
    assert archive.parent == tmp_path / "safe"
    assert sorted(members(archive)) == [
        "catalog.sqlite3",
        "home/broadsheet.toml",
        "home/rejected/import-1.jsonl",
        "home/vectors/mini-int8/vectors.i8",
        "manifest.json",
    ]
    other = Settings(home=tmp_path / "other", database="")
    (other.home / ".restore-killed").mkdir(parents=True)
    assert restore(other, archive) is None
    with Catalog.open(other) as catalog:
        assert content(catalog) == before
        check(catalog)
        assert len(catalog.merges()) == 1
        # It lives on: numbers go on where they were.
        store(catalog, paper("f"))
        assert catalog.seq() > max(work.seq for work in everything(catalog).values()) - 1
        check(catalog)
    assert (other.home / "vectors/mini-int8/vectors.i8").read_text() == "v" * 5_000
    assert not (other.home / "models").exists()
    assert not [path for path in other.home.iterdir() if path.name.startswith(".")]


def test_what_killed_backups_left_behind_goes_with_the_next(
    settings: Settings, tmp_path: Path
) -> None:
    fill(settings)
    left, held, fresh = (tmp_path / f".backup-{name}" for name in ("left", "held", "fresh"))
    for folder in (left, held, fresh):
        folder.mkdir()
        (folder / "catalog.sqlite3").write_bytes(b"half")
    for folder in (left, held):
        os.utime(folder, (0, 0))
    descriptor = os.open(held, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_SH)  # as a backup does that is still at it
    archive = backup(settings, tmp_path / "one.tar.zst")
    os.close(descriptor)
    assert set(tmp_path.glob(".backup-*")) == {held, fresh}
    backup(settings, archive)
    assert set(tmp_path.glob(".backup-*")) == {fresh}


@pytest.mark.postgres
@pytest.mark.parametrize("filled", [False, True], ids=["into an empty one", "into a filled one"])
def test_a_backup_of_a_file_can_be_restored_into_postgresql(
    tmp_path: Path, new_database: Callable[[], str], filled: bool
) -> None:
    source = Settings(home=tmp_path / "one", database="")
    before = fill(source)
    target = Settings(home=tmp_path / "two", database=new_database())
    if filled:
        with Catalog.open(target) as catalog:
            store(catalog, paper("x"))
    aside = restore(target, backup(source, tmp_path), force=filled)
    with Catalog.open(target) as catalog:
        assert content(catalog) == before
        check(catalog)
    # The settings that came name another database: they take no effect by themselves.
    assert not (target.home / "broadsheet.toml").exists() or not target.database
    if filled:
        assert aside is not None
        with closing(sqlite3.connect(aside / "catalog.sqlite3")) as file:
            assert file.execute("SELECT external_id FROM records").fetchall() == [("x",)]


def test_what_a_killed_upgrade_copied_passes_for_no_backup(sqlite_settings: Settings) -> None:
    settings = sqlite_settings
    fill(settings)
    folder = settings.home / "kept"
    # The kernel kills it in the midst of the copy, which is as long as the catalog.
    assert settings.catalog_path.stat().st_size > 2 * 65_536
    script = f"""if True:
        import resource, signal
        from pathlib import Path
        from broadsheet.catalog.archive import keep
        from broadsheet.catalog.database import sqlite
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, 65_536))
        keep(sqlite({str(settings.catalog_path)!r}), Path({str(folder)!r}), "0001")
    """
    ended = subprocess.run([sys.executable, "-c", script])
    assert ended.returncode == -signal.SIGXFSZ
    assert list(folder.glob("catalog-*")) == []
    with Catalog.open(settings) as catalog:
        kept = keep(catalog.database, folder, "0001")
    assert list(folder.glob("catalog-*")) == [kept]


@pytest.mark.postgres
def test_what_a_killed_restore_put_aside_passes_for_no_backup(
    tmp_path: Path, new_database: Callable[[], str]
) -> None:
    source = Settings(home=tmp_path / "one", database="")
    fill(source)
    archive = backup(source, tmp_path)
    target = Settings(home=tmp_path / "two", database=new_database())
    with Catalog.open(target) as catalog:
        store(catalog, *(paper(f"x{n}", abstract=f"{n} words " * 20_000) for n in range(20)))
        before = content(catalog)
    script = f"""if True:
        import resource, signal
        from pathlib import Path
        from broadsheet.catalog import restore
        from broadsheet.settings import Settings
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
        settings = Settings(home=Path({str(target.home)!r}), database={target.database!r})
        restore(settings, Path({str(archive)!r}), force=True)
    """
    ended = subprocess.run([sys.executable, "-c", script])
    assert ended.returncode == -signal.SIGXFSZ
    assert list(target.backups_path.glob("before-restore-*")) == []
    with Catalog.open(target) as catalog:
        assert content(catalog) == before
    aside = restore(target, archive, force=True)
    assert aside is not None
    with closing(sqlite3.connect(aside / "catalog.sqlite3")) as file:
        assert file.execute("SELECT count(*) FROM records").fetchone() == (20,)


@pytest.mark.parametrize("back", [False, True], ids=["kept", "and back again"])
def test_a_catalog_alone_is_a_backup_of_it(settings: Settings, back: bool) -> None:
    before = fill(settings)
    with Catalog.open(settings) as catalog:
        kept = keep(catalog.database, settings.backups_path, "0001")
        store(catalog, paper("later"))
        later = content(catalog)
    with pytest.raises(CatalogError, match="--force"):
        restore(settings, kept)
    aside = restore(settings, kept, force=True)
    with Catalog.open(settings) as catalog:
        assert content(catalog) == before
        check(catalog)
    assert aside is not None
    assert [path.name for path in aside.iterdir()] == ["catalog.sqlite3"]
    for name in ("vectors/mini-int8/vectors.i8", "rejected/import-1.jsonl", "broadsheet.toml"):
        assert (settings.home / name).exists(), "no part of what was restored"
    assert kept.exists() and not settings.index_path.exists()
    if back:
        restore(settings, aside / "catalog.sqlite3", force=True)
        with Catalog.open(settings) as catalog:
            assert content(catalog) == later


def test_a_database_of_another_program_is_no_backup(settings: Settings, tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite3"
    with closing(sqlite3.connect(other)) as file:
        file.execute("CREATE TABLE invoices (number)")
    with pytest.raises(CatalogError, match="no backup and no catalog"):
        restore(settings, other)
    assert not settings.catalog_path.exists()


@pytest.mark.postgres
@pytest.mark.parametrize("force", [False, True])
def test_a_database_of_something_else_is_not_restored_into(
    tmp_path: Path, new_database: Callable[[], str], force: bool
) -> None:
    source = Settings(home=tmp_path / "one", database="")
    fill(source)
    archive = backup(source, tmp_path)
    target = Settings(home=tmp_path / "two", database=new_database())
    with psycopg.connect(target.database, autocommit=True) as connection:
        connection.execute("CREATE TABLE invoices AS SELECT 1 AS number")
        with pytest.raises(CatalogError, match="not Broadsheet's"):
            restore(target, archive, force=force)
        assert connection.execute("SELECT number FROM invoices").fetchall() == [(1,)]
    assert not [path for path in target.home.iterdir() if path.name != "backups"]


@pytest.mark.postgres
def test_a_table_of_somebody_else_stays_where_a_catalog_is_replaced(
    tmp_path: Path, new_database: Callable[[], str]
) -> None:
    source = Settings(home=tmp_path / "one", database="")
    before = fill(source)
    target = Settings(home=tmp_path / "two", database=new_database())
    Catalog.open(target).close()
    with psycopg.connect(target.database, autocommit=True) as connection:
        connection.execute("CREATE TABLE invoices AS SELECT 1 AS number")
        restore(target, backup(source, tmp_path), force=True)
        assert connection.execute("SELECT number FROM invoices").fetchall() == [(1,)]
    with Catalog.open(target) as catalog:
        assert content(catalog) == before


@pytest.mark.postgres
def test_a_newer_database_is_not_restored_into(
    tmp_path: Path, new_database: Callable[[], str]
) -> None:
    source = Settings(home=tmp_path / "one", database="")
    fill(source)
    target = Settings(home=tmp_path / "two", database=new_database())
    Catalog.open(target).close()
    with psycopg.connect(target.database, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(CatalogError, match="newer Broadsheet"):
        restore(target, backup(source, tmp_path), force=True)


def test_a_home_that_holds_papers_is_replaced_only_by_force(
    settings: Settings, tmp_path: Path
) -> None:
    before = fill(settings)
    archive = backup(settings, tmp_path / "one.tar.zst")
    assert archive == tmp_path / "one.tar.zst"
    with Catalog.open(settings) as catalog:
        store(catalog, paper("later"))
    with pytest.raises(CatalogError, match="--force"):
        restore(settings, archive)
    with Catalog.open(settings) as catalog:
        assert len(catalog.resolve("later")) == 1
    aside = restore(settings, archive, force=True)
    with Catalog.open(settings) as catalog:
        assert content(catalog) == before
        assert catalog.resolve("later") == []
        check(catalog)
    assert aside is not None
    with closing(sqlite3.connect(aside / "catalog.sqlite3")) as file:
        assert ("later",) in file.execute("SELECT external_id FROM records").fetchall()
    assert not settings.index_path.exists(), "an index of the catalog that went"
    assert (settings.models_path / "big.onnx").exists()
    assert (settings.home / "broadsheet.toml").read_text() == 'name = "The Lab"\n'


def test_what_came_after_a_backup_is_put_aside_with_the_rest(
    sqlite_settings: Settings, tmp_path: Path
) -> None:
    settings = sqlite_settings
    fill(settings)
    archive = backup(settings, settings.home / "one.tar.zst")
    run = settings.learn_path / "0001-static"
    run.mkdir(parents=True)
    (settings.learn_path / "CURRENT").write_text("0001-static")
    (run / "card.json").write_text("{}")
    aside = restore(settings, archive, force=True)
    assert aside is not None and not settings.learn_path.exists()
    assert archive.exists()
    assert (aside / "learn" / "CURRENT").read_text() == "0001-static"
    assert (aside / "learn" / "0001-static" / "card.json").exists()
    assert (settings.models_path / "big.onnx").exists()
    assert (settings.home / "broadsheet.toml").read_text() == 'name = "The Lab"\n'


def test_a_home_in_use_is_not_replaced(settings: Settings, tmp_path: Path) -> None:
    fill(settings)
    archive = backup(settings, tmp_path)
    with Catalog.open(settings) as catalog:
        catalog.count()
        before = content(catalog)
        with pytest.raises(CatalogError, match="in use"):
            restore(settings, archive, force=True)
        assert content(catalog) == before
    assert (settings.index_path / "CURRENT").exists()


def test_two_restores_do_not_meet(sqlite_settings: Settings, tmp_path: Path) -> None:
    fill(sqlite_settings)
    archive = backup(sqlite_settings, tmp_path / "b.tar.zst")
    other = Settings(home=tmp_path / "other", database="")
    stage = other.home / ".restore-of-the-first"
    stage.mkdir(parents=True)
    first = os.open(other.home, os.O_RDONLY)
    try:
        assert take_lock(first)
        with pytest.raises(CatalogError, match="another restore is under way there"):
            restore(other, archive)
        assert stage.is_dir() and not other.catalog_path.exists()
    finally:
        os.close(first)
    restore(other, archive)
    assert other.catalog_path.exists() and not stage.exists()


def test_a_damaged_home_can_be_restored(sqlite_settings: Settings, tmp_path: Path) -> None:
    before = fill(sqlite_settings)
    archive = backup(sqlite_settings, tmp_path)
    sqlite_settings.catalog_path.write_bytes(b"rubbish" * 5_000)
    restore(sqlite_settings, archive, force=True)
    with Catalog.open(sqlite_settings) as catalog:
        assert content(catalog) == before


def test_a_backup_during_an_import_is_one_state_of_it(settings: Settings, tmp_path: Path) -> None:
    archives: list[Path] = []
    done = threading.Event()
    with Catalog.open(settings) as catalog:

        def backing_up() -> None:
            while not done.is_set() or not archives:
                archives.append(backup(settings, tmp_path))

        thread = threading.Thread(target=backing_up)
        thread.start()
        for round_ in range(6):
            papers = [paper(f"{round_}-{n}", abstract="word " * 50) for n in range(1_000)]
            store(catalog, *papers)
        done.set()
        thread.join()
    for number, archive in enumerate(archives[:3] + archives[-1:]):
        other = Settings(home=tmp_path / f"other{number}", database="")
        restore(other, archive)
        with Catalog.open(other) as restored:
            check(restored)
            assert restored.count() % 500 == 0


@pytest.fixture
def archive(sqlite_settings: Settings, tmp_path: Path) -> Path:
    fill(sqlite_settings)
    return backup(sqlite_settings, tmp_path / "good.tar.zst")


def flip(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def refuses(tmp_path: Path, archive: Path, match: str) -> None:
    target = Settings(home=tmp_path / "target", database="")
    with pytest.raises(CatalogError, match=match) as caught:
        restore(target, archive)
    assert "\n" not in str(caught.value)
    assert str(archive) in str(caught.value)
    assert list(target.home.iterdir()) == []


def test_a_backup_that_is_cut_off_is_refused(archive: Path, tmp_path: Path) -> None:
    data = archive.read_bytes()
    for end in (0, 10, len(data) // 2, len(data) - 20):
        archive.write_bytes(data[:end])
        refuses(tmp_path, archive, "damaged|cut off")


def test_a_changed_byte_is_noticed(archive: Path, tmp_path: Path) -> None:
    files = members(archive)
    for name in set(files) - {"manifest.json"}:
        pack(archive, {**files, name: flip(files[name])})
        refuses(tmp_path, archive, "not as it was stored")


def test_a_missing_and_an_added_file_are_noticed(archive: Path, tmp_path: Path) -> None:
    files = members(archive)
    less = {name: data for name, data in files.items() if "vectors" not in name}
    pack(archive, less)
    refuses(tmp_path, archive, "vectors.i8")
    pack(archive, {"home/more": b"x", **files})
    refuses(tmp_path, archive, "home/more")
    pack(archive, {name: data for name, data in files.items() if name != "manifest.json"})
    refuses(tmp_path, archive, "manifest")


@pytest.mark.parametrize("name", ["/etc/passwd", "home/../../outside", "elsewhere/file"])
def test_a_name_that_leads_out_of_the_home_is_refused(
    archive: Path, tmp_path: Path, name: str
) -> None:
    pack(archive, {name: b"x", **members(archive)})
    refuses(tmp_path, archive, "no backup does")


def test_a_damaged_catalog_is_refused_though_its_hash_is_right(
    archive: Path, tmp_path: Path
) -> None:
    files = members(archive)
    data = bytearray(files["catalog.sqlite3"])
    data[-4096:] = bytes(4096)
    files["catalog.sqlite3"] = bytes(data)
    manifest = orjson.loads(files["manifest.json"])
    manifest["files"]["catalog.sqlite3"]["sha256"] = sha256(data).hexdigest()
    files["manifest.json"] = orjson.dumps(manifest)
    pack(archive, files)
    refuses(tmp_path, archive, "damaged")


def test_a_home_without_a_catalog_has_nothing_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="--home"):
        backup(Settings(home=tmp_path, database=""), tmp_path / "out")


def test_a_backup_onto_a_full_disk_names_that_disk_and_not_the_home(
    sqlite_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_settings)
    connect = sqlite3.connect

    def with_little_room(path: str | Path) -> sqlite3.Connection:
        file = connect(path)
        if tmp_path / "disk" in Path(path).parents:
            file.execute("PRAGMA max_page_count = 8").close()
        return file

    monkeypatch.setattr(sqlite3, "connect", with_little_room)
    with pytest.raises(CatalogError, match="disk is full") as caught:
        backup(sqlite_settings, tmp_path / "disk" / "paper.tar.zst")
    assert str(caught.value).startswith(f"{tmp_path / 'disk' / 'paper.tar.zst'}: ")
    assert list((tmp_path / "disk").iterdir()) == []


def test_a_backup_replaces_no_older_one(sqlite_settings: Settings, tmp_path: Path) -> None:
    fill(sqlite_settings)
    made = {backup(sqlite_settings, sqlite_settings.backups_path) for _ in range(2)}
    assert len(made) == 2
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in made)


def test_what_a_catalog_holds_is_its_owners_alone_wherever_it_goes(tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        settings = Settings(home=tmp_path / "new" / "home", database="")
        fill(settings)
        with closing(Catalog.open(settings)) as catalog:  # its log stands beside it meanwhile
            catalog.count()
            modes = [path.stat().st_mode for path in settings.home.glob("catalog.sqlite3*")]
            kept = keep(catalog.database, settings.backups_path, "0001")
        (settings.home / "mail.key").write_bytes(b"key")
        made = backup(settings, tmp_path / "out.tar.zst")
        other = Settings(home=tmp_path / "other", database="")
        restore(other, made)
    finally:
        os.umask(mask)
    assert len(modes) > 1
    assert {mode & 0o777 for mode in modes} == {0o600}
    for path in (kept, other.catalog_path, other.home / "mail.key"):
        assert path.stat().st_mode & 0o777 == 0o600, path
    for home in (settings.home, other.home):
        assert home.stat().st_mode & 0o777 == 0o700
