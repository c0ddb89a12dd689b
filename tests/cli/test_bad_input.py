"""Bad input gives one line that says what, where and what to do; good papers are still taken."""

from __future__ import annotations

import gzip
import json
import os
import socket
from pathlib import Path

import pytest
import zstandard

from .conftest import PAPERS, Terminal, write_papers


def lines(count: int) -> bytes:
    papers = ({**PAPERS[0], "id": f"2402.{number:05}"} for number in range(count))
    return "".join(json.dumps(paper) + "\n" for paper in papers).encode()


def test_a_file_that_is_not_there(terminal: Terminal, tmp_path: Path) -> None:
    assert "nowhere.jsonl" in terminal.fails("import", str(tmp_path / "nowhere.jsonl"))


def test_a_folder_where_a_file_is_expected(terminal: Terminal, tmp_path: Path) -> None:
    assert "folder" in terminal.fails("import", str(tmp_path))


def test_a_binary_file(terminal: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "picture.jsonl"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40)
    ran = terminal.run("import", str(path), "--json")
    assert "Traceback" not in ran.err
    assert ran.status == 1 or ran.json["new"] == 0


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_truncated_stream_keeps_the_papers_before_the_break(
    terminal: Terminal, tmp_path: Path, suffix: str
) -> None:
    packed = gzip.compress(lines(3000)) if suffix == ".gz" else zstandard.compress(lines(3000))
    path = tmp_path / f"papers.jsonl{suffix}"
    path.write_bytes(packed[: len(packed) * 2 // 3])
    ran = terminal.run("import", str(path), "--json")
    counts = ran.json
    assert (ran.status, counts["rejected"], counts["rejected_file"]) == (1, 0, None)
    (said,) = ran.err.splitlines()
    assert str(path) in said and "cut off" in said and "fetch or make the file again" in said
    assert said.startswith(f"Error: {counts['files'][0]['problem']}")
    stored = terminal.ok("index", "status", "--json").json["stored"]
    assert stored == counts["new"] > 0
    assert counts["files"][0]["problem"] in terminal.ok("import", "--list").out
    path.write_bytes(packed)
    whole = terminal.ok("import", str(path), "--json").json
    assert (whole["read"], whole["files"][0]["resumed_after"]) == (3000, counts["read"])


def test_a_file_of_which_nothing_could_be_taken(terminal: Terminal, tmp_path: Path) -> None:
    good = write_papers(tmp_path / "good" / "papers.jsonl", PAPERS)
    bad = tmp_path / "bad" / "papers.jsonl"
    bad.parent.mkdir()
    bad.write_text('{"id": "1"}\n{"id": "2"}\n')
    said = terminal.fails("import", str(bad), str(good))
    assert f"{bad}: nothing of it could be taken (2 rejected)" in said
    assert terminal.ok("index", "status", "--json").json["stored"] == len(PAPERS)


def test_a_file_that_cannot_be_read_keeps_no_other_from_being_taken(
    terminal: Terminal, tmp_path: Path
) -> None:
    good = write_papers(tmp_path / "papers.jsonl", PAPERS)
    empty = tmp_path / "empty.bib"
    empty.touch()
    ran = terminal.run("import", str(empty), str(good), str(tmp_path / "gone.ris"), "--json")
    assert (ran.status, ran.json["new"]) == (1, len(PAPERS))
    assert [(file["new"], file["import"]) for file in ran.json["files"]] == [
        (0, None),
        (len(PAPERS), 1),
        (0, None),
    ]
    said = ran.err.strip().splitlines()
    assert said == [f"Error: {empty}: is empty; {tmp_path / 'gone.ris'}: no such file"]


def test_dates_that_cannot_be_read_are_told(terminal: Terminal, tmp_path: Path) -> None:
    papers = [{**PAPERS[0], "date": "31/12/2024"}, PAPERS[1]]
    file = write_papers(tmp_path / "lab" / "papers.jsonl", papers)
    assert "1 without a readable date" in terminal.ok("import", str(file)).out
    assert terminal.ok("import", str(file), "--json").json["undated"] == 1


def test_bad_lines_are_rejected_with_line_and_reason(terminal: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "mixed" / "papers.jsonl"
    path.parent.mkdir()
    good = json.dumps(PAPERS[0]).encode()
    twin = json.dumps(PAPERS[0]).encode()
    bad = [b'{"id": "1", "title": ', b'{"id": "2"}', b'{"id": "3", "title": "caf\xe9"}', b"[1, 2]"]
    path.write_bytes(b"\n".join([good, *bad, twin]) + b"\n")
    counts = terminal.ok("import", str(path), "--json").json
    assert (counts["read"], counts["new"], counts["rejected"], counts["unchanged"]) == (6, 1, 4, 1)
    rejected = [
        json.loads(line)
        for line in Path(counts["rejected_file"]).read_text(encoding="utf-8").splitlines()
    ]
    assert [row["line"] for row in rejected] == [2, 3, 4, 5]
    assert all(row["reason"] for row in rejected)


def test_hostile_texts_are_text(terminal: Terminal, tmp_path: Path) -> None:
    papers = [
        {"id": "a", "title": "<script>alert(1)</script> A study", "abstract": "NUL \x00 inside"},
        {"id": "b", "title": "Long", "abstract": "word " * 2_000_000},
        {"id": "c", "title": "\ud800 surrogate"},
    ]
    counts = terminal.ok(
        "import", str(write_papers(tmp_path / "odd" / "papers.jsonl", papers)), "--json"
    ).json
    assert counts["read"] == 3
    assert counts["new"] + counts["rejected"] == 3
    assert counts["new"] >= 1
    terminal.ok("index", "check")


def test_a_port_in_use(terminal: Terminal) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert "--port" in terminal.fails("serve", "--port", str(port))


def test_a_home_that_is_a_file(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("not a folder")
    assert str(home) in Terminal(home).fails("index", "build", "--words-only")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_home_without_write_permission(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o500)
    assert "--home" in Terminal(home).fails(
        "import", str(write_papers(tmp_path / "p.jsonl", PAPERS))
    )


def test_a_catalog_that_is_no_database(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "catalog.sqlite3").write_bytes(b"this is no database" * 500)
    assert "catalog" in Terminal(home).fails("show", "2401.00001")


def test_an_unknown_paper(filled: Terminal) -> None:
    assert "2499.99999" in filled.fails("show", "2499.99999")


def test_a_search_that_finds_nothing_names_nothing_as_the_nearest(filled: Terminal) -> None:
    told = filled.ok("search", "--legs", "lexical", "cat:nope.XX pruning").out
    assert told == "Nothing found.\n"


def test_wrong_usage_exits_with_two(filled: Terminal) -> None:
    filled.fails("search", "x", "--limit", "0", status=2)
    filled.fails("search", "x", "--legs", "psychic", status=2)
    filled.fails("edition", "today", "--date", "soon", status=2)
    filled.fails("import", status=2)


@pytest.mark.parametrize(
    "words",
    [
        ("import", "--undo"),
        ("identity", "apart"),
        ("user", "token", "local", "--revoke"),
        ("reading", "build", "--processes"),
    ],
)
def test_a_number_longer_than_any_row_has(filled: Terminal, words: tuple[str, ...]) -> None:
    assert "is not in the range" in filled.fails(*words, "9" * 23, status=2)


def test_the_editions_of_the_last_day_there_is(filled: Terminal) -> None:
    for which in ("today", "week", "month"):
        said = filled.fails("edition", which, "--date", "9999-12-31")
        assert "nothing was announced on 9999-12-31" in said


def test_a_search_before_anything_is_filed(terminal: Terminal) -> None:
    assert "broadsheet" in terminal.fails("search", "anything", "--legs", "lexical")


def test_a_broken_setting(terminal: Terminal) -> None:
    assert "port" in terminal.fails("index", "status", BROADSHEET_PORT="http")


@pytest.mark.parametrize("query", ['"', "-", "a" * 100_000, "author:", "year:x..", "((", "\x07"])
def test_no_query_breaks_a_search(filled: Terminal, query: str) -> None:
    filled.ok("search", "--legs", "lexical", "--json", "--", query)
