"""What the worker does by itself, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from broadsheet import settings as settings_
from broadsheet.catalog import Catalog
from broadsheet.encoders import WeightsMissing, load_encoder
from broadsheet.index import IndexLocked, IndexMissing, open_index, open_writer
from broadsheet.settings import Settings
from broadsheet.worker import WordsBeside, fill_with_starter

STARTER = 482


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return settings_.load(home=tmp_path / "home", model_hub=False)


def fill(home: Settings) -> None:
    with closing(Catalog.open(home)) as catalog:
        assert fill_with_starter(catalog, home) == STARTER


def filed(home: Settings) -> tuple[int, int]:
    """Papers filed by words and by meaning; none before there is an index."""
    try:
        index = open_index(home)
    except IndexMissing:
        return 0, 0
    with closing(index):
        status = index.status()
    return status.papers, status.encoded


def encoder_here(home: Settings) -> None:
    try:
        load_encoder(home.encoder, home.models_path, hub=False)
    except WeightsMissing as error:
        pytest.skip(f"needs the encoder weights: {error}")


def command(home: Settings, *words: str) -> list[str]:
    return [sys.executable, "-m", "broadsheet", *words, "--home", str(home.home)]


@contextmanager
def running(home: Settings, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command(home, *words), stdin=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdin:
            process.stdin.close()


def eventually(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s")


def test_a_fresh_home_is_filled_once(home: Settings) -> None:
    fill(home)
    with closing(Catalog.open(home)) as catalog:
        assert fill_with_starter(catalog, home) == 0
        assert catalog.count() == STARTER


def test_everything_is_filed_and_encoded_and_then_it_ends(home: Settings) -> None:
    encoder_here(home)
    fill(home)
    subprocess.run(command(home, "work", "--once"), check=True, timeout=120)
    assert filed(home) == (STARTER, STARTER)
    with closing(Catalog.open(home)) as catalog, closing(open_index(home)) as index:
        assert index.check(catalog) == []


def test_without_an_encoder_words_are_filed_all_the_same(home: Settings) -> None:
    fill(home)
    variables = {**os.environ, "BROADSHEET_ENCODER": str(home.home / "no-such-model")}
    done = subprocess.run(
        command(home, "work", "--once"),
        env=variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert filed(home) == (STARTER, 0)
    assert "no-such-model" in done.stderr


def test_an_interrupted_encoding_goes_on_where_it_was(home: Settings) -> None:
    encoder_here(home)
    fill(home)
    with running(home, "work") as process:
        eventually(lambda: filed(home)[1] > 0)
        process.kill()
        process.wait()
    before = filed(home)[1]
    subprocess.run(command(home, "work", "--once"), check=True, timeout=120)
    assert 0 < before <= filed(home)[1] == STARTER


def test_a_worker_goes_when_it_is_told_to(home: Settings) -> None:
    fill(home)
    with running(home, "work") as process:
        eventually(lambda: filed(home)[0] == STARTER)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def test_a_worker_goes_when_its_parent_is_gone(home: Settings) -> None:
    fill(home)
    with running(home, "work", "--until-parent-exits") as process:
        eventually(lambda: filed(home)[0] == STARTER)
        assert process.stdin
        process.stdin.close()
        process.stdin = None
        assert process.wait(timeout=30) == 0


def test_words_are_left_to_the_process_that_holds_the_index(home: Settings) -> None:
    with closing(Catalog.open(home)), open_writer(home):
        with pytest.raises(IndexLocked, match=str(os.getpid())):
            open_writer(home)
        with WordsBeside(home) as words:
            pass
    assert words.filed == 0
    assert "worker" in words.note
