"""Ctrl-C ends the program without a word."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from broadsheet.catalog import Catalog, import_file
from broadsheet.settings import Settings

from .conftest import PAPERS, Terminal, write_papers

# Interrupts the process at the moment when it begins to import a module.
INTERRUPTED = """
import os, runpy, signal, sys

class Interrupting:
    module = sys.argv.pop(1)

    def find_spec(self, name, path=None, target=None):
        if name == self.module:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
runpy.run_module("broadsheet", run_name="__main__")
"""


@contextmanager
def started(home: Path, *command: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Whoever runs the tests in the background may have had it ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        env={**os.environ, "BROADSHEET_HOME": str(home), "BROADSHEET_MODEL_HUB": "false"},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(home: Path, *command: str) -> tuple[int, str, str]:
    """Exit status, output and errors."""
    with started(home, *command) as process:
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err


@pytest.mark.parametrize(
    ("module", "command"), [("broadsheet.cli", "search"), ("broadsheet.worker", "work")]
)
def test_while_it_is_loaded(tmp_path: Path, module: str, command: str) -> None:
    assert ended(tmp_path, "-c", INTERRUPTED, module, command) == (-signal.SIGINT, "", "")


def test_where_interrupts_are_ignored_they_stay_so(tmp_path: Path) -> None:
    ignoring = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n" + INTERRUPTED
    status, out, err = ended(tmp_path, "-c", ignoring, "broadsheet.cli", "--version")
    assert (status, err) == (0, "")
    assert out.startswith("broadsheet")


def test_while_it_begins_to_serve(tmp_path: Path) -> None:
    serving = ("serve", "--port", str(free_port()))
    assert ended(tmp_path / "home", "-c", INTERRUPTED, "broadsheet.web", *serving) == (0, "", "")


def test_while_it_serves(tmp_path: Path) -> None:
    port = free_port()
    with started(tmp_path / "home", "-m", "broadsheet", "serve", "--port", str(port)) as process:
        wait_for(f"http://127.0.0.1:{port}/", process)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "Aborted" not in err
    assert "Traceback" not in err


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        return int(free.getsockname()[1])


def wait_for(address: str, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        try:
            with urlopen(address, timeout=10):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(process.poll())


class Ended(Exception):  # noqa: N818 - as a kill ends a process
    """The process is gone."""


def test_an_import_that_was_cut_short_says_how_it_goes_on(
    terminal: Terminal, tmp_path: Path
) -> None:
    def end(_papers: int) -> None:
        raise Ended

    papers = [{**PAPERS[0], "id": f"2401.{n:05}"} for n in range(1, 701)]
    path = write_papers(tmp_path / "a lab" / "papers.jsonl", papers)
    settings = Settings(home=terminal.home)
    with closing(Catalog.open(settings)) as catalog, pytest.raises(Ended):
        rejected = settings.rejected_path
        import_file(catalog, path, source="mine", rejected_dir=rejected, progress=end)
    listed = terminal.ok("import", "--list").out
    assert "unfinished" in listed and "500 read" in listed
    (command,) = (line for line in listed.splitlines() if "it goes on by" in line)
    words = shlex.split(command.partition("broadsheet ")[2])
    assert terminal.ok(*words, "--json").json["files"][0]["resumed_after"] == 500
    listed = terminal.ok("import", "--list").out
    assert "finished" in listed and "unfinished" not in listed and "it goes on by" not in listed
