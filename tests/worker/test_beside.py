"""Words are filed beside an import; what becomes of that is said, and stops nothing."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from contextlib import closing
from pathlib import Path

import pytest

from broadsheet import settings as settings_
from broadsheet.catalog import Catalog, CatalogError, ingest
from broadsheet.index import open_index
from broadsheet.papers import Paper
from broadsheet.settings import Settings
from broadsheet.sources import Arrived
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


def test_what_comes_one_by_one_is_not_committed_one_by_one(settings: Settings) -> None:
    late, commits = 12, set()
    with closing(Catalog.open(settings)) as catalog, WordsBeside(settings) as words:
        for number in range(late):
            wait_for(words, 482 + number)
            (meta,) = settings.index_path.glob("generations/*/meta.json")
            commits.add(json.loads(meta.read_text())["applied_seq"])
            store(catalog, Paper(f"late-{number}", "late", title=f"Late paper number {number}"))
    with closing(open_index(settings)) as index:
        assert index.count() == words.filed == 482 + late
    assert len(commits) < late


def store(catalog: Catalog, paper: Paper) -> None:
    path = Path(paper.id)
    ingest(catalog, [Arrived(paper, 1)], path=path, source=paper.source, rejected_dir=path)


def wait_for(words: WordsBeside, filed: int) -> None:
    """Until so many are filed, for half a minute."""
    end = time.monotonic() + 30
    while words.filed < filed and time.monotonic() < end:
        time.sleep(0.01)
    assert words.filed >= filed


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
