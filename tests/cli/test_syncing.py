"""``sync`` and ``ledger`` against a server that behaves as arXiv does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from benchmarks.upstream import BrokenRecord, Refuse, Upstream, archive_of, starter_papers

from broadsheet import settings as settings_
from broadsheet.catalog import Catalog
from broadsheet.sources import Want

from .conftest import Ran, Terminal
from .test_contract import agrees

SETS = ("cs.CL", "cs.LG")


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    archive = archive_of(starter_papers()[:60], date(2026, 3, 2), days=3, categories=SETS)
    with Upstream(archive) as server:
        yield server


@pytest.fixture
def ask(upstream: Upstream, terminal: Terminal) -> Iterator[Ask]:
    upstream.heal()
    yield Ask(upstream, terminal)


class Ask:
    """Runs commands of a home that knows the local server for arXiv."""

    def __init__(self, upstream: Upstream, terminal: Terminal) -> None:
        self.terminal = terminal
        self._variables = {
            "BROADSHEET_UPSTREAM": json.dumps(upstream.addresses()),
            "BROADSHEET_INTERVALS": json.dumps({upstream.origin: 0.0}),
            "BROADSHEET_SYNC": "arxiv:cs.CL+cs.LG",
        }

    def follow(self, sources: str) -> None:
        self._variables["BROADSHEET_SYNC"] = sources

    def ok(self, *words: str) -> Ran:
        return self.terminal.ok(*words, **self._variables)

    def fails(self, *words: str, status: int = 1) -> str:
        return self.terminal.fails(*words, status=status, **self._variables)


def test_a_sync_brings_papers_and_the_ledger_accounts_for_them(
    ask: Ask, upstream: Upstream
) -> None:
    agrees("sources", ask.ok("sync", "--json").json)
    preview = ask.ok("sync", "arxiv", "--since", "2026-03-01", "--dry-run", "--json").json
    agrees("sync-preview", preview)
    assert preview["papers"] > 0
    assert ask.ok("import", "--list", "--json").json == []

    done = ask.ok("sync", "arxiv", "--since", "2026-03-01", "--json").json
    agrees("sync", done)
    wanted = {name.split("v")[0] for one in SETS for name in upstream.standing(one)}
    assert (done["new"], done["state"], done["searchable"] > 0) == (len(wanted), "finished", True)
    ask.ok("sync", "arxiv-rss")

    ledger = ask.ok("ledger", "--days", "3", "--json").json
    agrees("ledger", ledger)
    assert {(row["listing"], row["set"]) for row in ledger["rows"]} == {
        (listing, one) for listing in ("arxiv", "arxiv-rss") for one in SETS
    }
    assert all(row["missing"] == 0 and row["indexed"] == row["stored"] for row in ledger["rows"])
    assert ledger["freshness"]["complete_to"] == upstream.today
    (only,) = ask.ok("ledger", "--source", "arxiv-rss", "--set", "cs.CL", "--json").json["rows"]
    assert only["announced"] == only["total"]
    assert "complete to" in ask.ok("ledger").out.lower()

    ask.ok("import", "--undo", str(done["import"]))
    undone = ask.ok("ledger", "--source", "arxiv", "--json").json
    assert sum(row["undone"] for row in undone["rows"]) > 0
    assert sum(row["missing"] for row in undone["rows"]) == 0


def interrupted(terminal: Terminal, *wants: Want) -> None:
    settings = settings_.load(home=terminal.home)
    terminal.home.mkdir(exist_ok=True)
    with Catalog.open(settings) as catalog:
        for want in wants:
            catalog.syncs(settings.rejected_path).begin("arxiv", "arxiv", want)


def test_a_plain_sync_goes_on_with_what_was_interrupted_and_asks_for_what_is_new(
    ask: Ask, upstream: Upstream
) -> None:
    wants = Want(("cs.CL",), "2026-03-01", "2026-03-02"), Want(("cs.LG",), "2026-03-03")
    interrupted(ask.terminal, *wants)
    asked = len(upstream.requests)
    out = ask.ok("sync", "arxiv").out
    assert "Went on with cs.CL from 2026-03-01 to 2026-03-02, which was interrupted:" in out
    assert "Went on with cs.LG from 2026-03-03, which was interrupted:" in out
    queries = [one.query for one in upstream.requests[asked:] if "from" in one.query]
    assert [one["set"] for one in queries] == ["cs:cs:CL", "cs:cs:LG", "cs:cs:CL", "cs:cs:LG"]
    # What is new is asked for from a week ago: nothing of these sets was without an end before.
    assert queries[-1]["from"] > "2026-03-20" and "until" not in queries[-1]

    interrupted(ask.terminal, wants[0])
    done = ask.ok("sync", "arxiv", "--json").json
    agrees("sync", done)
    assert [(one["sets"], one["until"]) for one in done["went_on"]] == [(["cs.CL"], "2026-03-02")]
    assert (done["sets"], done["until"]) == (list(SETS), None)


def test_a_sync_fetches_what_came_broken_by_its_id(ask: Ask, upstream: Upstream) -> None:
    name = next(iter(upstream.standing("cs.CL")))
    upstream.fail(BrokenRecord(id=name, interface="oai", times=-1))
    done = ask.ok("sync", "arxiv", "--set", "cs.CL", "--since", "2026-03-01", "--json").json
    assert (done["rejected"], done["troubles"]) == (1, [])
    assert ask.ok("show", name, "--json").json["id"].startswith(name)
    rows = ask.ok("ledger", "--json").json["rows"]
    assert sum(row["missing"] for row in rows) == 0


def test_a_set_of_which_nothing_came_is_named(ask: Ask) -> None:
    said = ask.ok("sync", "arxiv", "--set", "cs.LLM", "--since", "2026-03-01").out
    assert "Nothing came of cs.LLM: nothing is new there, or arxiv has no such set." in said
    known = ("sync", "arxiv", "--set", "cs.CL", "--since", "2026-03-01")
    assert "Nothing came" not in ask.ok(*known).out
    ask.follow("arxiv:cs.CL+cs.LLM")
    assert "Nothing came of cs.LLM: nothing is new there" in ask.ok("sync", "arxiv").out


def test_what_stops_a_sync_is_one_line(ask: Ask, upstream: Upstream) -> None:
    upstream.fail(Refuse(404, interface="oai", times=-1))
    assert "404" in ask.fails("sync", "arxiv")
    assert "there is no source 'nowhere'" in ask.fails("sync", "nowhere")
    assert "is no day" in ask.fails("sync", "arxiv", "--since", "yesterday", status=2)
    assert "later than" in ask.fails(
        "sync", "arxiv", "--since", "2026-03-04", "--until", "2026-03-01", status=2
    )
    assert "no paper is of 0001-01-01" in ask.fails(
        "sync", "arxiv", "--since", "0001-01-01", status=2
    )
    assert "there is no source 'nowhere'" in ask.fails("ledger", "--source", "nowhere")
    assert "the ledger has no set 'cs.XX'" in ask.fails("ledger", "--set", "cs.XX")
    assert "name a source" in ask.fails("sync", "--dry-run", status=2)


def test_an_empty_ledger_says_what_to_do(terminal: Terminal) -> None:
    terminal.begin()
    assert "broadsheet sync SOURCE" in terminal.ok("ledger").out
    assert terminal.ok("ledger", "--json").json == {
        "freshness": {
            "complete_to": None,
            "incomplete": None,
            "missing": 0,
            "announced": 0,
            "words": None,
        },
        "rows": [],
        "troubles": [],
    }


def test_the_settings_say_what_is_followed(terminal: Terminal) -> None:
    terminal.home.mkdir()
    config = Path(terminal.home) / "broadsheet.toml"
    config.write_text('[sync]\narxiv = ["cs.LG"]\nopenalex = false\n', encoding="utf-8")
    followed = terminal.ok("sync", "--json", BROADSHEET_SYNC="arxiv:cs.LG").json
    assert [one["name"] for one in followed if one["followed"]] == ["arxiv"]
    assert next(one for one in followed if one["name"] == "arxiv")["sets"] == ["cs.LG"]
