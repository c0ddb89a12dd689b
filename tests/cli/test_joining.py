"""Works kept twice are shown, joined and taken apart; what readers did goes with them."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from tests.documented import agrees

from .conftest import Terminal, write_papers

WORDS = [f"word{number}" for number in range(2_000)]


def told(seed: int) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=120))


def write(path: Path, *rows: tuple[str, str, str, str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        json.dumps({"id": name, "title": title, "abstract": abstract, "authors": [author]})
        for name, title, abstract, author in rows
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def twice(terminal: Terminal, tmp_path: Path) -> Terminal:
    """Three works of one archive, and of another the same: one joins by itself, one has a new
    title, one is another paper."""
    here = write(
        tmp_path / "here" / "a.jsonl",
        ("a1", "Ranking papers by what they mean", told(1), "Ana Lee"),
        ("a2", "Reading papers at a glance", told(2), "Ana Lee"),
        ("a3", "Mailing papers to readers daily", told(3), "Cy Fox"),
    )
    there = write(
        tmp_path / "there" / "b.jsonl",
        ("b1", "Ranking papers by what they mean", told(1), "Ana Lee"),
        ("b2", "Reading papers at a glance (extended version)", told(2), "Ana Lee"),
        ("b3", "Mailing letters to readers weekly", told(4), "Cy Fox"),
    )
    first = terminal.ok("import", str(here), str(there), "--json").json
    assert (first["new"], first["merged"]) == (5, 1)
    return terminal


def test_what_is_likely_is_shown_and_joined_by_hand_only(twice: Terminal) -> None:
    found = twice.ok("identity", "scan", "--join", "--json").json
    agrees("identity-scan", found)
    assert found["joined"] == 0
    (pair,) = found["pairs"]
    assert (pair["one"], pair["other"], pair["sure"]) == ("here:a2", "there:b2", False)
    assert pair["reason"] == "title but for the edition, 1 author and 100% of an abstract agree"
    assert "maybe  here:a2  there:b2" in twice.ok("identity", "scan").out
    assert "One work now" in twice.ok("identity", "join", "here:a2", "there:b2").out
    assert twice.ok("identity", "scan", "--json").json["pairs"] == []
    log = twice.ok("identity", "merges", "--json").json
    assert [merge["reason"] for merge in log] == [
        "joined by hand",
        "title, 1 author and 100% of an abstract agree",
    ]
    twice.ok("identity", "apart", str(log[0]["id"]))
    assert twice.ok("identity", "scan", "--json").json["pairs"] == []  # a person said so
    assert "taken back by hand" in twice.ok("identity", "merges").out


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["join", "here:a1", "there:b1"], "is one already"),
        (["join", "here:a1", "nothing"], "no paper has the id 'nothing'"),
        (["apart", "99"], "there is no merge 99"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    twice: Terminal, command: list[str], said: str
) -> None:
    ran = twice.run("identity", *command)
    assert ran.status == 1
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_another_sources_record_is_no_version(terminal: Terminal, tmp_path: Path) -> None:
    one = {"id": "2401.00001v1", "title": "On tides", "abstract": "We measure tides."}
    for source, rows in (("lab", [one]), ("club", [one])):
        file = write_papers(tmp_path / source / "papers.jsonl", rows)
        terminal.ok("import", str(file), "--source", source)
    shown = terminal.ok("show", "2401.00001").out
    assert "Sources:     lab, club" in shown and "Versions" not in shown
    two = write_papers(tmp_path / "two.jsonl", [{**one, "id": "2401.00001v2"}])
    terminal.ok("import", str(two), "--source", "lab")
    assert "Versions:    2 of lab, 1 of club" in terminal.ok("show", "2401.00001").out
