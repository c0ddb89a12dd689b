"""Which copies in a home's folder of backups go, and that no other file there does."""

from __future__ import annotations

from pathlib import Path

import pytest

from broadsheet.catalog import Catalog, CatalogError, backup
from broadsheet.catalog.archive import keep
from broadsheet.settings import Settings
from tests.catalog.kit import paper, store


def _copies(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("catalog-"))


def _upgraded(settings: Settings, *revisions: str) -> list[str]:
    """The names of the copies that upgrades from these schemas leave."""
    with Catalog.open(settings) as catalog:
        return [keep(catalog.database, settings.backups_path, one).name for one in revisions]


def test_of_each_of_three_schemas_the_newest_copy_stays(sqlite_settings: Settings) -> None:
    with Catalog.open(sqlite_settings) as catalog:
        store(catalog, paper("1"))
    folder = sqlite_settings.backups_path
    made = _upgraded(sqlite_settings, "0010", "0011", "0011", "0012")
    assert _copies(folder) == [made[0], made[2], made[3]]
    (newest,) = _upgraded(sqlite_settings, "0014")
    assert _copies(folder) == [made[2], made[3], newest]


def test_an_upgrade_that_is_begun_again_and_again_does_not_fill_the_disk(
    sqlite_settings: Settings,
) -> None:
    Catalog.open(sqlite_settings).close()
    made = _upgraded(sqlite_settings, *["0014"] * 5)
    assert _copies(sqlite_settings.backups_path) == [made[-1]]


def test_what_upgrades_have_not_made_stays_for_ever(sqlite_settings: Settings) -> None:
    Catalog.open(sqlite_settings).close()
    folder = sqlite_settings.backups_path
    by_hand = ["catalog-0001-before-the-move.sqlite3", "catalog.sqlite3", "catalog-0001.sqlite3"]
    by_hand += ["broadsheet-20250101-000000-000000.tar.zst", "notes.txt"]
    folder.mkdir()
    for name in by_hand:
        (folder / name).write_text("mine")
    aside = folder / "before-restore-20250101-000000-000000"
    aside.mkdir()
    _upgraded(sqlite_settings, "0010", "0011", "0012", "0013", "0014")
    assert {path.name for path in folder.iterdir()} > {*by_hand, aside.name}


def test_no_copy_goes_for_one_of_a_damaged_catalog(sqlite_settings: Settings) -> None:
    with Catalog.open(sqlite_settings) as catalog:
        store(catalog, *(paper(str(number)) for number in range(60)))
    (sound,) = _upgraded(sqlite_settings, "0014")
    path = sqlite_settings.catalog_path
    with path.open("r+b") as file:  # the pages of a table in the midst, not the header
        file.seek(path.stat().st_size // 2)
        file.write(b"\xff" * 20_000)
    (damaged,) = _upgraded(sqlite_settings, "0014")
    assert _copies(sqlite_settings.backups_path) == [sound, damaged]


def test_a_copy_made_under_a_clock_that_was_ahead_gives_way_to_later_ones(
    sqlite_settings: Settings,
) -> None:
    Catalog.open(sqlite_settings).close()
    folder = sqlite_settings.backups_path
    first, second = _upgraded(sqlite_settings, "0013", "0014")
    ahead = folder / "catalog-0014-20910101-000000-000000.sqlite3"
    (folder / second).rename(ahead)
    (third,) = _upgraded(sqlite_settings, "0014")
    assert _copies(folder) == [first, third]


def test_backups_go_only_where_one_says_how_many_stay(sqlite_settings: Settings) -> None:
    Catalog.open(sqlite_settings).close()
    folder = sqlite_settings.backups_path
    made = [backup(sqlite_settings, folder) for _ in range(4)]
    assert sorted(folder.iterdir()) == made
    newest = backup(sqlite_settings, folder, keep=3)
    assert sorted(folder.iterdir()) == [*made[2:], newest]
    assert backup(sqlite_settings, folder, keep=1) == next(folder.iterdir())


def test_an_archive_that_somebody_named_stays(sqlite_settings: Settings, tmp_path: Path) -> None:
    Catalog.open(sqlite_settings).close()
    folder = tmp_path / "archives"
    folder.mkdir()
    mine = [folder / "broadsheet-2026.tar.zst", folder / "broadsheet-before-the-move.tar.zst"]
    for path in mine:
        path.write_text("mine")
    (folder / "broadsheet-20250101-000000-000000.tar.zst").mkdir()
    newest = [backup(sqlite_settings, folder, keep=1) for _ in range(2)][-1]
    assert {path.name for path in folder.iterdir() if path.is_file()} == {
        *(path.name for path in mine),
        newest.name,
    }


def test_a_backup_that_cannot_be_written_costs_no_older_one(sqlite_settings: Settings) -> None:
    with Catalog.open(sqlite_settings) as catalog:
        store(catalog, *(paper(str(number)) for number in range(60)))
    folder = sqlite_settings.backups_path
    made = [backup(sqlite_settings, folder) for _ in range(2)]
    path = sqlite_settings.catalog_path
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xff" * 20_000)
    with pytest.raises(CatalogError, match="damaged"):
        backup(sqlite_settings, folder, keep=1)
    assert sorted(folder.iterdir()) == made


def test_older_backups_go_from_a_folder_alone(sqlite_settings: Settings, tmp_path: Path) -> None:
    Catalog.open(sqlite_settings).close()
    with pytest.raises(CatalogError, match="name a folder"):
        backup(sqlite_settings, tmp_path / "one.tar.zst", keep=3)
    assert not (tmp_path / "one.tar.zst").exists()
