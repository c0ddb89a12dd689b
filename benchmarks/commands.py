"""What a command costs before it does anything: processor time of whole processes.

    python benchmarks/commands.py [--rounds N]

On a home of its own with the local reader and no papers. The verbs take turns, so that a busy
machine slows all of them alike; the least of a verb's rounds compares best.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile

COMMANDS = (
    ("--version",),
    ("search", "goals", "--limt", "3"),
    ("show", "2401.00001"),
    ("user", "list"),
    ("doctor",),
)


def seconds(command: tuple[str, ...], home: str) -> float:
    """Processor seconds of a command, start and end of its process included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "broadsheet", *command],
        env={**os.environ, "BROADSHEET_HOME": home},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    took: dict[tuple[str, ...], list[float]] = {command: [] for command in COMMANDS}
    with tempfile.TemporaryDirectory() as home:
        seconds(("user", "mode", "single"), home)
        for _ in range(rounds):
            for command, found in took.items():
                found.append(seconds(command, home))
    for command, found in took.items():
        least, middle = min(found), statistics.median(found)
        print(f"{' '.join(command):28} {least:5.2f} s least {middle:5.2f} s median")


if __name__ == "__main__":
    main()
