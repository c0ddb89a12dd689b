"""`topics`: what editions are sectioned by, mapped by hand and told."""

from __future__ import annotations

from pathlib import Path

from ..editions.topic_papers import CATEGORIES, THEMES, iso, written
from .conftest import Terminal, write_papers


def test_days_are_mapped_by_hand_and_told(terminal: Terminal, tmp_path: Path) -> None:
    terminal.begin()
    assert "No day is mapped" in terminal.ok("topics", "status").out
    papers = [
        {
            "id": f"26{place + 1:02}.{day * 50 + number + 1:05}",
            "title": written(theme, day * 50 + number)[0],
            "abstract": written(theme, day * 50 + number)[1],
            "authors": [f"{theme.title()} Author {day * 50 + number}"],
            "categories": [CATEGORIES[theme]],
            "date": iso(day),
        }
        for day in range(2)
        for number in range(8)
        for place, theme in enumerate(THEMES)
    ]
    terminal.ok("import", str(write_papers(tmp_path / "arxiv" / "papers.jsonl", papers)))
    terminal.ok("reading", "build", "--processes", "1")
    assert terminal.ok("topics", "build", "--json").json["mapped"] == 2
    told = terminal.ok("topics", "status", "--json").json
    assert (told["days"], told["newest"]) == (2, iso(1))
    assert sum(s["papers"] for s in told["sections"]) + told["elsewhere"] == 48
    words = terminal.ok("topics", "status").out
    assert all(section["name"] in words for section in told["sections"])
    edition = terminal.ok("edition", "today", "--json").json
    assert {s["category"] for s in edition["sections"]} <= {
        "elsewhere",
        *(f"topic-{section['topic']}" for section in told["sections"]),
    }
    again = terminal.ok("topics", "build", "--again", "--json").json
    assert (again["mapped"], again["days"]) == (2, 2)
