"""Import plus lexical index of a collection: papers a second and peak memory.

    .venv/bin/python benchmarks/intake.py ../shared/data/arxiv-2025-2026/corpus.jsonl.zst

The whole command is timed, start-up included; memory is of all its processes together.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from processes import Peak


def run(corpus: Path) -> tuple[float, float, int]:
    with tempfile.TemporaryDirectory(prefix="broadsheet-intake-") as home:
        command = [sys.executable, "-m", "broadsheet", "import", str(corpus), "--json"]
        started = time.perf_counter()
        process = subprocess.Popen([*command, "--home", home], stdout=subprocess.PIPE)
        peak = Peak(process)
        output, _ = process.communicate()
        seconds = time.perf_counter() - started
        memory = peak.stop()
        if process.returncode:
            raise SystemExit(process.returncode)
        counts = json.loads(output)
        if counts["searchable"] != counts["new"]:
            raise SystemExit(f"not all papers are searchable: {counts}")
        return counts["read"] / seconds, seconds, memory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    rows = [run(arguments.corpus) for _ in range(arguments.runs)]
    for rate, seconds, memory in rows:
        print(f"{rate:8,.0f} papers/s  {seconds:6.1f} s  peak {memory / 1e6:,.0f} MB")
    rates = [row[0] for row in rows]
    print(
        f"median   {statistics.median(rates):,.0f} papers/s ({min(rates):,.0f}..{max(rates):,.0f})"
    )


if __name__ == "__main__":
    main()
