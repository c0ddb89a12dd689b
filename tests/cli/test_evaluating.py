"""``evaluate search`` and ``evaluate checks`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from .conftest import PAPERS, Terminal
from .test_contract import agrees


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    folder = tmp_path / "judged"
    folder.mkdir()
    lines = "".join(json.dumps(paper) + "\n" for paper in PAPERS)
    (folder / "corpus.jsonl").write_text(lines)
    (folder / "queries.dev.tsv").write_text("a\tpruning transformer heads\nb\tgoals in soccer\n")
    (folder / "qrels.dev.trec").write_text("a 0 2401.00001v1 1\nb 0 2401.00003 2\n")
    return folder


def test_systems_are_compared(terminal: Terminal, judged: Path, tmp_path: Path) -> None:
    plot, lines = tmp_path / "plot.svg", tmp_path / "queries.tsv"
    ran = terminal.ok(
        "evaluate", "search", str(judged), f"{judged}:dev", "--systems", "lexical,bm25,count",
        "--baseline", "bm25", "--plot", str(plot), "--per-query", str(lines), "--json",
    )  # fmt: skip
    agrees("evaluate-search", ran.json)
    assert ran.json["systems"] == ["lexical", "bm25", "count"]
    assert ran.json["collections"][0]["systems"]["bm25"]["ndcg@10"] == 1.0
    assert ran.json["overall"]["collections"] == 2
    assert ElementTree.parse(plot).getroot().tag.endswith("svg")
    assert lines.read_text().count("\n") == 1 + 2 * 2 * 4


def test_a_table_can_be_markdown(terminal: Terminal, judged: Path) -> None:
    ran = terminal.ok("evaluate", "search", str(judged), "--systems", "lexical,bm25", "--markdown")
    assert "**judged: 3 documents, 2 queries, against lexical**" in ran.out
    assert "| bm25 | " in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--systems", "nonsense"), "no system 'nonsense'"),
        (("--encoder", "no/such-model"), "no/such-model"),
    ],
)
def test_what_cannot_be_run_is_said_in_one_line(
    terminal: Terminal, judged: Path, arguments: tuple[str, ...], said: str
) -> None:
    ran = terminal.run("evaluate", "search", str(judged), *arguments)
    assert ran.status == 1
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_a_home_is_checked(filled: Terminal) -> None:
    ran = filled.run("evaluate", "checks", "--json")
    agrees("evaluate-checks", ran.json)
    assert ran.status == (1 if ran.json["failed"] else 0)
    by_name = {check["name"]: check for check in ran.json["checks"]}
    assert by_name["title in ten"]["value"] == 1.0
    assert ran.json["works"] == 3


def test_a_home_without_papers_has_nothing_to_check(terminal: Terminal) -> None:
    ran = terminal.run("evaluate", "checks")
    assert ran.status == 1
    assert ran.err.count("\n") == 1
