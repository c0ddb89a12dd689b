"""What doctor says of a home."""

from __future__ import annotations

from broadsheet.catalog import Catalog
from broadsheet.settings import Settings
from tests.catalog.kit import date_ahead

from .conftest import PAPERS, Terminal, write_papers


def test_papers_under_a_day_to_come_are_named(terminal: Terminal) -> None:
    file = write_papers(terminal.home.parent / "arxiv" / "papers.jsonl", PAPERS)
    terminal.ok("import", str(file))
    with Catalog.open(Settings(home=terminal.home)) as catalog:
        (number,) = catalog.resolve("2401.00002")
        date_ahead(catalog, number, "2999-01-01")
    (found,) = (one for one in terminal.ok("doctor", "--json").json if one["what"] == "catalog")
    assert found["state"] == "warning"
    assert "2401.00002 (2999-01-01)" in found["seen"]
    assert "2401.00001" not in found["seen"]
    assert terminal.ok("edition", "today", "--json").json["key"] == "2024-01-03"


def test_an_index_of_a_catalog_that_was_lost_is_told(terminal: Terminal) -> None:
    file = write_papers(terminal.home.parent / "arxiv" / "papers.jsonl", PAPERS)
    terminal.ok("import", str(file))
    for path in terminal.home.glob("catalog.sqlite3*"):
        path.unlink()
    terminal.begin()
    (found,) = (one for one in terminal.ok("doctor", "--json").json if one["what"] == "index")
    assert found["state"] == "warning"
    assert "later catalog" in found["seen"] and "index build" in found["todo"]
    terminal.ok("index", "build", "--words-only")
    terminal.ok("index", "check")
