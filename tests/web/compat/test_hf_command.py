"""The hf command, unmodified and in a process of its own, asks our server."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.web.compat.papers import LINKED
from tests.web.papers import DAYS
from tests.web.serving import Server


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the command keeps what it keeps."""
    return tmp_path_factory.mktemp("hf")


def hf(server: Server, cache: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    names = ("PATH", "LANG", "SYSTEMROOT")
    environment = {name: os.environ[name] for name in names if name in os.environ}
    environment |= {
        "HF_ENDPOINT": server.url,
        "HF_HOME": str(cache),
        "HF_HUB_DISABLE_UPDATE_CHECK": "1",
        "NO_COLOR": "1",
        "COLUMNS": "200",
        "PYTHONIOENCODING": "utf-8",
        **more,
    }
    return subprocess.run(
        [str(Path(sys.executable).with_name("hf")), "papers", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        encoding="utf-8",
    )


def of(server: Server, cache: Path, *words: str) -> object:
    done = hf(server, cache, *words, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_day_is_listed_in_every_form(library: Server, cache: Path) -> None:
    found = of(library, cache, "ls", "--date", DAYS[2], "--limit", "5")
    assert isinstance(found, list)
    first = found[0]
    assert (first["id"], first["upvotes"], first["comments"]) == (LINKED, 12, 0)
    assert [item["upvotes"] for item in found] == [12, 0, 0, 0, 0]
    assert first["title"] == "Weights, data and a demonstration of one method"
    assert first["published_at"].startswith("2026-08-11T00:00:00")
    assert first["submitted_at"].startswith("2026-08-20T00:00:00")
    assert first["ai_keywords"]
    table = hf(library, cache, "list", "--date", DAYS[2], "--limit", "5", "--format", "human")
    assert table.returncode == 0, table.stderr
    assert "ID" in table.stdout
    assert LINKED in table.stdout
    quiet = hf(library, cache, "ls", "--date", DAYS[2], "--limit", "5", "-q")
    assert quiet.stdout.split() == [item["id"] for item in found]
    agent = hf(library, cache, "ls", "--date", DAYS[2], "--limit", "5", "--format", "agent")
    lines = list(csv.reader(io.StringIO(agent.stdout), delimiter="\t"))
    assert lines[0][:3] == ["id", "title", "upvotes"]
    assert lines[1][:3] == [LINKED, first["title"], "12"]


def test_spans_orders_and_submitters_are_asked_for(library: Server, cache: Path) -> None:
    week = ("--week", "2026-W34", "--sort", "publishedAt", "--limit", "100")
    assert len(of(library, cache, "ls", *week)) == 57  # type: ignore[arg-type]
    month = ("--month", "2026-08", "--sort", "trending")
    assert len(of(library, cache, "ls", *month)) == 50  # type: ignore[arg-type]
    assert of(library, cache, "ls", "--submitter", "nobody", "--date", "today") == []


def test_search_finds_and_info_tells(library: Server, cache: Path) -> None:
    found = of(library, cache, "search", "galaxies", "--limit", "3")
    assert isinstance(found, list)
    assert len(found) == 3
    assert all("galaxies" in item["title"] for item in found)
    table = hf(library, cache, "search", "galaxies", "--format", "human")
    assert found[0]["id"] in table.stdout
    told = of(library, cache, "info", "cs/0501001")
    assert isinstance(told, dict)
    assert told["id"] == "cs/0501001"
    assert told["upvotes"] == 0
    assert len(told["authors"]) == 20
    assert told["linked_models"] == []


def test_a_paper_is_read_as_markdown(library: Server, cache: Path) -> None:
    done = hf(library, cache, "read", "cs/0501001")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("# An old paper whose id has a slash")
    assert "Old ids name an archive first." in done.stdout
    assert "https://arxiv.org/abs/cs/0501001" in done.stdout


def test_an_unknown_paper_is_said_in_its_own_words(library: Server, cache: Path) -> None:
    done = hf(library, cache, "info", "9999.99999")
    assert done.returncode != 0
    assert "Paper '9999.99999' not found on the Hub." in done.stderr + done.stdout
    done = hf(library, cache, "ls", "--date", "soon")
    assert done.returncode != 0
    assert "date: 2025-02-28 is the form that is wanted" in done.stderr + done.stdout


def test_the_registry_of_harnesses_is_kept_for_the_day(library: Server, tmp_path: Path) -> None:
    agent = hf(library, tmp_path, "ls", "--limit", "1", AI_AGENT="test-agent")
    assert agent.stdout.startswith("id\t")
    kept = [path for path in tmp_path.rglob("*.json") if "harness" in path.name]
    assert [json.loads(path.read_text())["harnesses"] for path in kept] == [{}]
