"""A running paper changes its encoder and goes back, and no search meanwhile is without meaning."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.learn.homes import (
    command,
    finished_run,
    made_encoder,
    made_home,
    made_papers,
)

from broadsheet import learn
from broadsheet.encoders import Promoted, Standing, load_encoder, write_standing
from broadsheet.index import live_generation
from broadsheet.settings import Settings

PAPERS = made_papers(160)


class Paper:
    """A real ``serve`` process with its worker."""

    def __init__(self, settings: Settings) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.port = taken.getsockname()[1]
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "broadsheet", "serve", "--port", str(self.port)),
                *("--home", str(settings.home)),
            ]
        )

    def ask(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as reply:
            return json.loads(reply.read())

    def search(self, text: str) -> Any:
        return self.ask(f"/api/v1/search?q={quote(text)}")

    def encoder(self) -> str:
        index = self.ask("/api/v1/status")["index"]
        return str(index["encoder"]) if index else ""

    def by_meaning(self) -> bool:
        return not any("words only" in note for note in self.search(PAPERS[0].title)["notes"])


def eventually(condition: Callable[[], bool], seconds: float = 240.0) -> float:
    began = time.monotonic()
    while time.monotonic() < began + seconds:
        try:
            if condition():
                return time.monotonic() - began
        except OSError:  # not up yet
            pass
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s")


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    weak = made_encoder(tmp_path / "weak", PAPERS, rank=1)
    settings = made_home(tmp_path / "home", PAPERS, weak)
    assert command(settings, "index", "build").returncode == 0
    return settings


@pytest.fixture
def paper(home: Settings) -> Iterator[Paper]:
    served = Paper(home)
    try:
        eventually(served.by_meaning)
        yield served
    finally:
        served.process.terminate()
        assert served.process.wait(timeout=30) in (0, -15)


def test_a_running_paper_answers_with_what_is_promoted_and_goes_back(
    home: Settings, paper: Paper
) -> None:
    old = paper.encoder()
    run = finished_run(home, PAPERS, rank=32)
    new = load_encoder(str(run.model), home.models_path).key
    told = command(home, "learn", "promote", run.name, "--force", "--json")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["left_to_worker"]

    def changed() -> bool:
        assert paper.by_meaning(), "a search had to go by words alone"
        return paper.encoder() == new

    eventually(changed)
    assert paper.by_meaning()
    assert live_generation(home).encoder == new  # type: ignore[union-attr]
    with urllib.request.urlopen(f"http://127.0.0.1:{paper.port}/about", timeout=30) as page:
        assert f"trained here as {run.name}" in page.read().decode()
    assert command(home, "learn", "rollback").returncode == 0

    def back() -> bool:
        assert paper.by_meaning(), "a search had to go by words alone"
        return paper.encoder() == old

    eventually(back)
    assert paper.by_meaning()


def test_a_model_that_fails_at_work_leaves_the_paper_as_it_is(home: Settings, paper: Paper) -> None:
    old = paper.encoder()
    run = finished_run(home, PAPERS, rank=32)
    key = load_encoder(str(run.model), home.models_path).key
    # Damaged after it was found sound, before anything was filed with it.
    for path in run.model.iterdir():
        path.write_bytes(b"")
    at = "2026-01-01T00:00:00+00:00"
    write_standing(home, Standing(home.encoder, (Promoted(run.name, key, 32, at),), at))
    end = time.monotonic() + 4
    while time.monotonic() < end:
        assert paper.by_meaning()
        assert paper.encoder() == old
        time.sleep(0.2)
    assert "model" in command(home, "doctor").stdout
    learn.rollback(home)
    eventually(lambda: paper.by_meaning() and paper.encoder() == old)
