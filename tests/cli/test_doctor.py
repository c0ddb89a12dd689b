"""What doctor says of a home."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_what_keeps_several_from_being_looked_at_is_told_once(terminal: Terminal) -> None:
    terminal.begin()
    away = {"BROADSHEET_DATABASE": "postgresql://nobody@127.0.0.1:1/none"}
    ran = terminal.run("doctor", "--json", **away)
    failed = {one["what"]: one["seen"] for one in ran.json if one["state"] == "failed"}
    assert ran.status == 1
    assert [what for what, seen in failed.items() if "does not answer" in seen] == ["catalog"]
    assert failed["mail"] == "not looked at: the same as with the catalog"


def test_a_full_disk_has_failed_and_what_could_go_is_told(tmp_path: Path) -> None:
    if not _mounts():
        pytest.skip("needs the right to mount a small disk in a name space of its own")
    command = f"""
        set -e
        mount -t tmpfs -o size=200m tmpfs {tmp_path}
        mkdir -p {tmp_path}/home/backups
        head -c 200000000 /dev/zero > {tmp_path}/home/backups/catalog-0001.sqlite3
        {sys.executable} -m broadsheet doctor --json --home {tmp_path}/home && exit 3
        rm -r {tmp_path}/home/backups
        {sys.executable} -m broadsheet doctor --json --home {tmp_path}/home
    """
    ran = subprocess.run([*_APART, command], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    decoder = json.JSONDecoder()
    full, end = decoder.raw_decode(ran.stdout)
    roomy, _ = decoder.raw_decode(ran.stdout[end:].lstrip())
    (before,) = (one for one in full if one["what"] == "disk")
    assert before["state"] == "failed"
    assert re.match(r"\d\.\d MB free: too little", before["seen"])
    assert f"{tmp_path}/home/backups holds 200.0 MB" in before["todo"]
    (after,) = (one for one in roomy if one["what"] == "disk")
    assert after["state"] == "warning" and "holds" not in after["todo"]


_APART = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]


def _mounts() -> bool:
    command = [*_APART, "mount -t tmpfs tmpfs /tmp"]
    return (
        bool(shutil.which("unshare"))
        and not subprocess.run(command, capture_output=True, check=False).returncode
    )
