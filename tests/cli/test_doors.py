"""Who gets into a home: what ``serve`` and ``doctor`` say, and what the worker is told."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import PAPERS, Terminal, write_papers


def doctor(terminal: Terminal) -> dict[str, dict[str, str]]:
    return {found["what"]: found for found in terminal.run("doctor", "--json").json}


def test_a_home_without_log_in_that_others_reach_is_warned_of(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.ok("import", str(write_papers(tmp_path / "lab" / "papers.jsonl", PAPERS)))
    assert doctor(terminal)["doors"]["state"] == "ok"
    config = terminal.home / "broadsheet.toml"
    for text in ('host = "0.0.0.0"\n', 'public_url = "https://paper.example.org"\n'):
        config.write_text(text)
        found = doctor(terminal)["doors"]
        assert found["state"] == "warning"
        assert "accounts are off" in found["seen"]
        assert "user mode accounts" in found["todo"]
    password = "violet tram beneath seven lanterns"
    add = ("user", "add", "ada", "--role", "operator", "--password-stdin")
    command = [sys.executable, "-m", "broadsheet", *add, "--home", str(terminal.home)]
    subprocess.run(command, input=password, text=True, check=True, capture_output=True)
    terminal.ok("user", "mode", "accounts")
    assert doctor(terminal)["doors"]["state"] == "ok"


def test_a_home_that_all_users_of_the_machine_read_is_warned_of(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.ok("import", str(write_papers(tmp_path / "lab" / "papers.jsonl", PAPERS)))
    assert doctor(terminal)["home"]["state"] == "ok"
    terminal.home.chmod(0o755)
    (terminal.home / "catalog.sqlite3").chmod(0o644)
    found = doctor(terminal)["home"]
    assert found["state"] == "warning"
    assert "catalog.sqlite3" in found["seen"]
    assert found["todo"].startswith("chmod 700 ")


def test_a_source_that_there_is_not_is_told_at_once(terminal: Terminal, tmp_path: Path) -> None:
    terminal.ok("import", str(write_papers(tmp_path / "lab" / "papers.jsonl", PAPERS)))
    (terminal.home / "broadsheet.toml").write_text('[upstream]\nnope = "https://a.example"\n')
    assert doctor(terminal)["sources"]["state"] == "failed"
    for words in (("serve",), ("work", "--once"), ("sync", "arxiv", "--dry-run")):
        assert "'nope'" in terminal.fails(*words)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="asks the kernel of Linux")
def test_the_worker_knows_where_the_paper_is_served(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    home = tmp_path / "home"
    home.mkdir()
    (home / "broadsheet.toml").write_text('public_url = "https://paper.example.org"\nsync = {}\n')
    command = [sys.executable, "-m", "broadsheet", "serve", "--port", str(port)]
    served = subprocess.Popen(
        [*command, "--home", str(home)],
        env={**os.environ, "BROADSHEET_MODEL_HUB": "false"},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        told = _environment_of_child(served.pid)
    finally:
        served.terminate()
        _, err = served.communicate(timeout=60)
    assert told["BROADSHEET_PORT"] == str(port)
    assert told["BROADSHEET_HOST"] == "127.0.0.1"
    assert "Warning: accounts are off, and whoever reaches paper.example.org" in err


def _environment_of_child(pid: int) -> dict[str, str]:
    """What the first child of a process was started with."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    give_up = time.monotonic() + 120
    while time.monotonic() < give_up:
        for child in children.read_text().split():
            # Until it has taken up its program it has our own environment.
            if b"until-parent-exits" in Path(f"/proc/{child}/cmdline").read_bytes():
                raw = Path(f"/proc/{child}/environ").read_bytes().decode()
                return dict(line.split("=", 1) for line in raw.split("\0") if "=" in line)
        time.sleep(0.1)
    raise AssertionError("no worker was started")
