"""Kills import, encoding and index commits with SIGKILL at random moments, then looks for damage.

    .venv/bin/python benchmarks/crash.py ../shared/data/arxiv-2025-2026/corpus.jsonl.zst

Each round starts a command on the same home, kills all its processes after a random time, starts
again and checks: every paper that was counted as stored is there, none twice, the catalog is
sound, and the index agrees once it has caught up.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import zstandard

BROADSHEET = (sys.executable, "-m", "broadsheet")


def excerpt(corpus: Path, target: Path, papers: int) -> int:
    with corpus.open("rb") as file, target.open("w", encoding="utf-8") as out:
        reader = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(file)
        count = 0
        for count, line in enumerate(io.TextIOWrapper(reader, "utf-8"), start=1):
            out.write(line)
            if count == papers:
                break
    return count


def kill_after(command: list[str], seconds: float) -> bool:
    """Runs a command in a session of its own and kills the lot; False when it ended before."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        process.wait(timeout=seconds)
        ended = True
    except subprocess.TimeoutExpired:
        ended = False
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return not ended


def ask(*command: str) -> dict[str, object]:
    done = subprocess.run([*BROADSHEET, *command, "--json"], capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command}: {done.returncode}\n{done.stdout!r}\n{done.stderr.decode()}")
    return json.loads(done.stdout)


def stored(home: Path) -> tuple[int, int, int]:
    """Papers counted by the imports, records, and distinct ids among them."""
    if not (home / "catalog.sqlite3").exists():  # killed before it began
        return 0, 0, 0
    with sqlite3.connect(home / "catalog.sqlite3") as catalog:
        sound = catalog.execute("PRAGMA integrity_check").fetchone()[0]
        if sound != "ok":
            raise SystemExit(f"the catalog is damaged: {sound}")
        counted = sum(int(run["new"]) for run in ask("import", "--list", "--home", str(home)))
        records, distinct = catalog.execute(
            "SELECT count(*), count(DISTINCT source || ':' || external_id) FROM records"
        ).fetchone()
    return counted, records, distinct


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--papers", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    folder = Path(tempfile.mkdtemp(prefix="broadsheet-crash-"))
    home, killed = folder / "home", dict.fromkeys(("import", "index", "encode"), 0)
    try:
        sample = folder / "sample" / "corpus.jsonl"
        sample.parent.mkdir()
        papers = excerpt(arguments.corpus, sample, arguments.papers)
        for number in range(3 * arguments.rounds):
            if sum(killed.values()) == arguments.rounds:
                break
            what = ("import", "index", "encode")[number % 3]
            if what == "import" and stored(home)[0] == papers:
                shutil.rmtree(home)
            command = {
                "import": ["import", str(sample)],
                "index": ["index", "rebuild", "--words-only"],
                "encode": ["work"],
            }[what]
            command += ["--home", str(home)]
            killed[what] += kill_after([*BROADSHEET, *command], rng.uniform(0.5, 3.0))
            verify(home)
            print(f"round {number + 1}: {what}, {stored(home)[1]:,} papers, sound", flush=True)
        ask("import", str(sample), "--home", str(home))
        verify(home)
        counted, records, distinct = stored(home)
        if not counted == records == distinct == papers:
            raise SystemExit(f"{counted=} {records=} {distinct=} {papers=}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"killed {sum(killed.values())} times ({killed}); nothing lost, nothing twice")


def verify(home: Path) -> None:
    if not (home / "catalog.sqlite3").exists():
        return
    done = subprocess.run(
        [*BROADSHEET, "index", "build", "--words-only", "--home", str(home)],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"the index does not come back: {done.stderr.decode()}")
    ask("index", "check", "--home", str(home))
    counted, records, distinct = stored(home)
    if not counted == records == distinct:
        raise SystemExit(f"{counted} counted, {records} stored, {distinct} of them distinct")
    time.sleep(0.05)


if __name__ == "__main__":
    main()
