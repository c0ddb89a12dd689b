"""The commands print what docs/cli.md says they print."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.documented import DOCUMENT, agrees, schemas

from .conftest import PAPERS, Terminal, write_papers


@pytest.mark.parametrize(
    ("schema", "command"),
    [
        ("search", ["search", "pruning heads"]),
        ("search", ["search", "pruning heads", "--explain", "--legs", "lexical"]),
        ("search", ["search", "nothing-like-this-at-all", "--legs", "lexical"]),
        ("search", ["similar", "2401.00001"]),
        ("show", ["show", "2401.00001"]),
        ("edition", ["edition", "today"]),
        ("edition", ["edition", "week"]),
        ("edition", ["edition", "month", "--date", "2024-01-02"]),
        ("index-status", ["index", "status"]),
        ("index-check", ["index", "check"]),
        ("learn-runs", ["learn", "runs"]),
        ("doctor", ["doctor"]),
    ],
)
def test_the_json_of_a_command_is_as_documented(
    filled: Terminal, schema: str, command: list[str]
) -> None:
    agrees(schema, filled.ok(*command, "--json").json)


def test_no_documented_schema_goes_unchecked() -> None:
    paths = Path(__file__).resolve().parents[1].rglob("test_*.py")
    tests = [text for path in paths if "agrees(" in (text := path.read_text(encoding="utf-8"))]
    assert not [name for name in schemas() if not any(f'"{name}"' in text for text in tests)]


LIGHT = {"cli", "errors", "files", "papers", "settings"}


def test_help_and_version_load_no_room_that_takes_its_time() -> None:
    code = "import sys, broadsheet.cli; print(*{name for name in sys.modules if '.' in name})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert rooms(done.stdout.split()) <= LIGHT


def test_wrong_usage_is_told_before_any_room_is_loaded(tmp_path: Path) -> None:
    assert rooms(loaded(tmp_path, "search", "goals", "--limt", "3")) <= LIGHT


def test_libraries_for_files_and_hosts_are_loaded_by_who_needs_them(tmp_path: Path) -> None:
    heavy = {"bibtexparser", "feedparser", "httpx2", "markdown_it", "onnxruntime", "pylatexenc"}
    found = {name.split(".")[0] for name in loaded(tmp_path, "user", "list")}
    assert "sqlalchemy" in found
    assert not found & heavy


def test_a_paper_is_shown_and_readers_are_listed_without_search_and_mail(
    filled: Terminal,
) -> None:
    needless = {
        ("show", PAPERS[0]["id"]): {"editions", "encoders", "index", "readers", "search"},
        ("user", "list"): {"editions", "search"},
    }
    for words, without in needless.items():
        modules = loaded(filled.home, *words)
        assert "broadsheet.catalog" in modules
        assert not rooms(modules) & without, words
        assert "jinja2" not in modules, words


def rooms(modules: Iterable[str]) -> set[str]:
    return {name.split(".")[1] for name in modules if name.startswith("broadsheet.")}


def loaded(home: Path, *words: str) -> list[str]:
    """The modules that a command loads."""
    command = [sys.executable, "-X", "importtime", "-m", "broadsheet", *words]
    environment = {**os.environ, "BROADSHEET_HOME": str(home)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return [line.rpartition("|")[2].strip() for line in lines]


def test_an_import_counts_every_paper_once(terminal: Terminal, tmp_path: Path) -> None:
    file = write_papers(tmp_path / "arxiv" / "papers.jsonl", [*PAPERS, {"id": "9"}])
    first = terminal.ok("import", str(file), "--json").json
    agrees("import", first)
    assert (first["read"], first["new"], first["rejected"]) == (4, 3, 1)
    rejected = Path(first["rejected_file"]).read_text(encoding="utf-8")
    assert json.loads(rejected)["line"] == 4
    again = terminal.ok("import", str(file), "--json").json
    assert (again["new"], again["unchanged"]) == (0, 3)
    assert terminal.ok("index", "check", "--json").json["papers"] == 3


def test_words_are_searchable_when_the_import_ends(filled: Terminal) -> None:
    found = filled.ok("search", "expected goals", "--legs", "lexical", "--json").json
    assert [hit["id"] for hit in found["hits"]] == ["2401.00003"]


def test_a_minus_leaves_a_word_out(filled: Terminal) -> None:
    found = filled.ok("search", "goals", "OR", "heads", "-soccer", "--legs", "lexical", "--json")
    assert [hit["id"] for hit in found.json["hits"]] == ["2401.00001v1"]


@pytest.mark.parametrize("left_out", ["-heads", "-author:lovelace", '-"the loss"'])
def test_a_word_that_is_left_out_may_have_any_letters(filled: Terminal, left_out: str) -> None:
    found = filled.ok("search", "goals", "OR", "heads", left_out, "--legs", "lexical", "--json")
    assert [hit["id"] for hit in found.json["hits"]] == ["2401.00003"]


def test_a_mistyped_option_of_search_is_told_and_no_word(filled: Terminal) -> None:
    asked = filled.run("search", "goals", "--limt", "3")
    assert asked.status == 2
    assert "--limt" in asked.err
    assert "Did you mean '--limit'?" in asked.err
    assert filled.ok("search", "--legs", "lexical", "--", "--limt", "goals").out
    for asks_for_help in ("-h", "--help"):
        assert filled.ok("search", asks_for_help).out.startswith("Usage:")


def test_a_paper_is_named_by_any_form_of_its_id(filled: Terminal) -> None:
    for name in ("2401.00001", "arXiv:2401.00001v1", "https://arxiv.org/abs/2401.00001"):
        assert filled.ok("show", name, "--json").json["id"] == "2401.00001v1"


def test_an_import_can_be_taken_back(terminal: Terminal, tmp_path: Path) -> None:
    terminal.ok("import", str(write_papers(tmp_path / "arxiv" / "papers.jsonl", PAPERS)))
    number = terminal.ok("import", "--list", "--json").json[0]["id"]
    terminal.ok("import", "--undo", str(number))
    assert terminal.ok("index", "check", "--json").json["papers"] == 0
    assert terminal.ok("search", "goals", "--legs", "lexical", "--json").json["hits"] == []


@pytest.mark.parametrize(
    ("format_", "mark"), [("bibtex", "@"), ("ris", "TY  - "), ("csl", '"type"')]
)
def test_citations_are_exported(filled: Terminal, format_: str, mark: str) -> None:
    written = filled.ok("export", "2401.00001", "2401.00002", "--format", format_).out
    assert written.count(mark) == 2


def test_the_edition_of_the_newest_day_is_the_default(filled: Terminal) -> None:
    edition = filled.ok("edition", "--json").json
    assert edition["total"] == 1
    papers = [*edition["leads"], *(p for s in edition["sections"] for p in s["papers"])]
    assert [paper["id"] for paper in papers] == ["2401.00003"]


def test_a_backup_brings_the_papers_back(
    filled: Terminal, terminal: Terminal, tmp_path: Path
) -> None:
    archive = tmp_path / "home.backup"
    filled.ok("backup", str(archive))
    terminal.ok("restore", str(archive))
    terminal.ok("index", "build", "--words-only")
    assert terminal.ok("index", "check", "--json").json["papers"] == 3
    assert "holds" in terminal.fails("restore", str(archive))


def test_every_documented_command_exists() -> None:
    from broadsheet.cli import main

    text = DOCUMENT.read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(\w+)", text, re.MULTILINE))
    documented |= set(re.findall(r", `(\w+) ARCHIVE", text))
    assert documented == set(main.commands)
