"""Files and folders that are there whole or not at all."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from broadsheet.files import lasting_secret, replace_file, replaced_folder, take_lock


def test_a_file_is_replaced_whole_and_keeps_to_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    replace_file(path, b"old")
    replace_file(path, b"new", 0o600)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["card.json"]


def test_a_file_that_cannot_be_replaced_stays_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    taken = tmp_path / "card.json"
    taken.mkdir()
    (taken / "inside").write_text("kept")
    with pytest.raises(OSError, match=r"directory|empty"):
        replace_file(taken, b"new")
    assert [file.name for file in tmp_path.iterdir()] == ["card.json"]
    assert (taken / "inside").read_text() == "kept"


def test_a_folder_takes_the_place_of_the_old_one_when_it_is_whole(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "model"
    for content in ("first", "second"):
        with replaced_folder(folder) as new:
            (new / content).write_text(content)
            assert not (folder / content).exists()
    assert [file.name for file in folder.iterdir()] == ["second"]
    assert os.access(folder, os.R_OK | os.X_OK)
    # A plain folder's mode: another user's web process has to read it.
    (plain := tmp_path / "plain").mkdir()
    assert folder.stat().st_mode == plain.stat().st_mode
    assert [file.name for file in folder.parent.iterdir()] == ["model"]


def test_a_folder_that_fails_half_way_leaves_the_old_one(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    with replaced_folder(folder) as new:
        (new / "kept").write_text("kept")
    with pytest.raises(RuntimeError, match="half"), replaced_folder(folder) as new:
        (new / "lost").write_text("lost")
        raise RuntimeError("half way")
    assert [file.name for file in folder.iterdir()] == ["kept"]
    assert [file.name for file in tmp_path.iterdir()] == ["model"]


def test_all_who_ask_for_a_secret_at_once_get_the_same_one(tmp_path: Path) -> None:
    path = tmp_path / "home" / "pages.key"
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda n: lasting_secret(path, b"%d" % n), range(64)))
    assert len(set(found)) == 1
    assert lasting_secret(path, b"later") == found[0]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["pages.key"]


def test_a_lock_is_one_process_s_until_its_file_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("w") as mine:
        assert take_lock(mine)
        with path.open("r+") as other:
            assert not take_lock(other)
            assert not take_lock(other, shared=True)
    with path.open("r+") as one, path.open("r+") as two:
        assert take_lock(one, shared=True) and take_lock(two, shared=True)
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        assert take_lock(folder, wait=True)
    finally:
        os.close(folder)
