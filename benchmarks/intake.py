"""Import plus lexical index of a collection: papers a second and peak memory.

    .venv/bin/python benchmarks/intake.py ../shared/data/arxiv-2025-2026/corpus.jsonl.zst

The whole command is timed, start-up included; memory and processor time are of all its processes
together. On a busy machine only processor time compares.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from processes import Peak


def run(corpus: Path) -> tuple[float, float, float, int]:
    with tempfile.TemporaryDirectory(prefix="broadsheet-intake-") as home:
        command = [sys.executable, "-m", "broadsheet", "import", str(corpus), "--json"]
        started, before = time.perf_counter(), seconds_of_ended()
        process = subprocess.Popen([*command, "--home", home], stdout=subprocess.PIPE)
        peak = Peak(process)
        output, _ = process.communicate()
        seconds = time.perf_counter() - started
        memory = peak.stop()
        if process.returncode:
            raise SystemExit(process.returncode)
        counts = json.loads(output)
        busy = (seconds_of_ended() - before) / counts["read"]
        if counts["searchable"] < counts["new"]:  # changes: papers that were joined count again
            raise SystemExit(f"not all papers are searchable: {counts}")
        return counts["read"] / seconds, seconds, busy, memory


def seconds_of_ended() -> float:
    """Processor time of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    rows = [run(arguments.corpus) for _ in range(arguments.runs)]
    for rate, seconds, busy, memory in rows:
        print(
            f"{rate:8,.0f} papers/s  {seconds:6.1f} s  {busy * 1e6:,.0f} us of processor a paper"
            f"  peak {memory / 1e6:,.0f} MB"
        )
    rates = [row[0] for row in rows]
    print(
        f"median   {statistics.median(rates):,.0f} papers/s ({min(rates):,.0f}..{max(rates):,.0f})"
    )


if __name__ == "__main__":
    main()
