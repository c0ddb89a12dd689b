"""Commands of `broadsheet`, each a process of its own.

The first of a kind is started as anybody starts it. Further ones are forked from a process that has
loaded already what commands load, which is most of their time: the tests start hundreds of them.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

_FORKS = multiprocessing.get_context("forkserver")
_LOADED = (
    "cli", "catalog", "search", "readers", "editions", "sources", "index", "encoders", "citations",
)  # fmt: skip
_FORKS.set_forkserver_preload(["tests.commands", *(f"broadsheet.{room}" for room in _LOADED)])
# What Python and the libraries of numbers read once, as they are loaded.
_READ_AT_START = ("PYTHON", "LC_", "LANG", "OMP_", "OPENBLAS_", "LD_")
_started: set[str] = set()


def run(
    words: Sequence[str],
    *,
    variables: Mapping[str, str] | None = None,
    stdin: str = "",
    timeout: float = 120,
) -> subprocess.CompletedProcess[str]:
    """What ``python -m broadsheet`` with these words leaves, whatever its status.

    ``variables`` are added to this process' environment. Raises `subprocess.TimeoutExpired` after
    ``timeout`` seconds.
    """
    variables = variables or {}
    kind = " ".join(_verbs(words))
    if kind not in _started or any(name.startswith(_READ_AT_START) for name in variables):
        done = subprocess.run(
            [sys.executable, "-m", "broadsheet", *words],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            env={**os.environ, **variables},
        )
        _started.add(kind)
        return done
    return _forked(words, {**os.environ, **variables}, stdin, timeout)


def _verbs(words: Sequence[str]) -> Sequence[str]:
    """The words before the first option or argument that is no name of a verb, two at most."""
    names = [word for word in words[:2] if word.replace("-", "").isalpha() and word[0] != "-"]
    return names if words[:1] == names[:1] else ()


def _forked(
    words: Sequence[str], environment: Mapping[str, str], stdin: str, timeout: float
) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as folder:
        places = [Path(folder, name) for name in ("in", "out", "err")]
        for place, text in zip(places, (stdin, "", ""), strict=True):
            place.write_text(text, encoding="utf-8")
        process = _FORKS.Process(
            target=_command, args=(tuple(words), dict(environment), str(Path.cwd()), places)
        )
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(list(words), timeout)
        status = process.exitcode
        process.close()
        out, err = (place.read_text(encoding="utf-8") for place in places[1:])
    return subprocess.CompletedProcess(list(words), status, out, err)


def _command(
    words: Sequence[str], environment: Mapping[str, str], folder: str, places: Sequence[Path]
) -> None:
    """In the forked process: what ``python -m broadsheet`` does in a new one."""
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(folder)
    streams: list[IO[str]] = []
    for number, (place, mode) in enumerate(zip(places, "rww", strict=True)):
        with place.open(mode + "b") as file:
            os.dup2(file.fileno(), number)
        streams.append(open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
    sys.stdin, sys.stdout, sys.stderr = streams
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = streams  # type: ignore[misc,assignment]
    sys.argv = ["broadsheet", *words]
    try:
        runpy.run_module("broadsheet", run_name="__main__", alter_sys=True)
    finally:
        atexit._run_exitfuncs()
