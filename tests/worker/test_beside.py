"""Words are filed beside an import; what becomes of that is said, and stops nothing."""

from __future__ import annotations

import multiprocessing
import os
import signal
from contextlib import closing
from pathlib import Path

import pytest

from broadsheet import settings as settings_
from broadsheet.catalog import Catalog, CatalogError
from broadsheet.settings import Settings
from broadsheet.worker import WordsBeside, fill_with_starter


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = settings_.load(home=tmp_path / "home", model_hub=False)
    with closing(Catalog.open(made)) as catalog:
        fill_with_starter(catalog, made)
    return made


def kill_the_second_process() -> None:
    (child,) = multiprocessing.active_children()
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    child.join()


def test_words_are_filed_beside(settings: Settings) -> None:
    with WordsBeside(settings) as words:
        pass
    assert words.note.startswith("All are found by words now") and words.filed == 482


def test_a_second_process_that_is_killed_is_told(settings: Settings) -> None:
    with WordsBeside(settings) as words:
        kill_the_second_process()
    assert "the process that files them ended before its time" in words.note
    assert "broadsheet index build" in words.note


def test_what_stops_the_import_is_told_whatever_became_of_the_words(settings: Settings) -> None:
    with pytest.raises(CatalogError, match="the disk is full"), WordsBeside(settings):
        kill_the_second_process()
        raise CatalogError("the disk is full")


def test_a_lock_that_cannot_be_written_is_one_line(settings: Settings) -> None:
    # A device without room, where the file would be.
    settings.index_path.mkdir()
    (settings.index_path / "index.lock").symlink_to("/dev/full")
    with WordsBeside(settings) as words:
        pass
    assert "cannot write" in words.note and "broadsheet index build" in words.note
