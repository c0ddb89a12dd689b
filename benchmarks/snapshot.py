"""arXiv's metadata snapshot at its full size: records a second, and how memory grows.

    .venv/bin/python benchmarks/snapshot.py DATA --records 2800000

The file is generated from real records: every copy has an id, a title and words of its own, so
that works are told apart, and one in fifty repeats an earlier one under another id, so that some
are joined. ``--keep`` writes the file alone. Memory is of all processes of the import together.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import zstandard
from processes import memory

REAL = ("arxiv-1993-2019", "arxiv-2025-2026")
MONTHS = 12 * 35
TWIN = 50
KEPT = ("title", "abstract", "authors", "categories")
_LETTERS = "bacedifoguhajekilomunaperisotuvawexiyozu"
SYLLABLES = [_LETTERS[place : place + 2] for place in range(0, len(_LETTERS), 2)]


def real_records(data: Path) -> list[dict[str, Any]]:
    """Records with title, abstract and authors, as the data folder has them."""
    found = []
    for name in REAL:
        with (
            (data / name / "corpus.jsonl.zst").open("rb") as file,
            zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(file) as plain,
        ):
            for line in io.BufferedReader(plain):
                row = orjson.loads(line)
                if row.get("title") and row.get("abstract") and row.get("authors"):
                    found.append({key: row.get(key) for key in KEPT})
    return found


def generated(real: list[dict[str, Any]], records: int) -> Iterator[bytes]:
    """Lines of a snapshot; the same each time."""
    made: list[int] = []
    chance = random.Random(7)
    order = list(range(len(real)))
    chance.shuffle(order)
    for number in range(records):
        original = number
        if number % TWIN == TWIN - 1:
            original = made[chance.randrange(len(made))]
        elif number % 7 == 0:
            made.append(number)
        row = real[order[original % len(order)]]
        yield orjson.dumps(snapshot_row(row, original, number)) + b"\n"


def snapshot_row(row: dict[str, Any], original: int, number: int) -> dict[str, Any]:
    """One record in the snapshot's form; ``original`` says which work, ``number`` which id."""
    word = "".join(SYLLABLES[(original // 20**place) % 20] for place in range(6))
    month = number * MONTHS // 3_000_000
    stamp = f"{(1991 + month // 12) % 100:02}{month % 12 + 1:02}.{number % 100_000:05}"
    people = [name.rpartition(" ") for name in row["authors"]]
    body = row["abstract"].split()
    # Words of its own, spread over the text: abstracts of two copies share few triples.
    told = " ".join(w if place % 4 else f"{w} {word}{place % 3}" for place, w in enumerate(body))
    day = f"Mon, {number % 28 + 1} Jan {1991 + month // 12} 10:00:00 GMT"
    return {
        "id": stamp,
        "submitter": row["authors"][0],
        "authors": ", ".join(row["authors"]),
        "title": f"{row['title']} {word}",
        "comments": "12 pages",
        "journal-ref": None,
        "doi": None,
        "report-no": None,
        "categories": " ".join(row["categories"] or ["cs.LG"]),
        "license": None,
        "abstract": told,
        "versions": [{"version": "v1", "created": day}],
        "update_date": f"{1991 + month // 12}-01-{number % 28 + 1:02}",
        "authors_parsed": [[family, given, ""] for given, _, family in people],
    }


def pour(lines: Iterator[bytes], target: BinaryIO, written: list[int]) -> None:
    with target:
        batch: list[bytes] = []
        for line in lines:
            batch.append(line)
            if len(batch) == 1_000:
                written[0] += target.write(b"".join(batch))
                batch.clear()
        written[0] += target.write(b"".join(batch))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--records", type=int, default=2_800_000)
    parser.add_argument("--keep", type=Path, help="write the file there, and import nothing")
    arguments = parser.parse_args()
    lines = generated(real_records(arguments.data), arguments.records)
    written = [0]
    if arguments.keep:
        pour(lines, arguments.keep.open("wb"), written)
        print(f"{written[0] / 1e9:.2f} GB")
        return
    with tempfile.TemporaryDirectory(prefix="broadsheet-snapshot-") as folder:
        measure(lines, arguments.records, Path(folder), written)


def measure(lines: Iterator[bytes], records: int, folder: Path, written: list[int]) -> None:
    home = folder / "home"
    plain = folder / "snapshot.json"
    started = time.perf_counter()
    pour(lines, plain.open("wb"), written)
    print(f"{written[0] / 1e9:.2f} GB generated in {time.perf_counter() - started:.0f} s")
    command = [sys.executable, "-m", "broadsheet", "import", str(plain), "--json"]
    command += ["--format", "arxiv-snapshot", "--source", "arxiv", "--home", str(home)]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    samples = Samples(process.pid)
    output, _ = process.communicate()
    seconds = time.perf_counter() - started
    samples.stop()
    if process.returncode:
        raise SystemExit(process.returncode)
    counts = json.loads(output)
    print(
        f"{counts['read']:,} records in {seconds:.0f} s: {counts['read'] / seconds:,.0f}/s;"
        f" {counts['new']:,} new, {counts['merged']:,} joined, {counts['rejected']:,} rejected"
    )
    slope = samples.slope(records)
    print(f"peak {samples.peak / 1e6:,.0f} MB; then {slope:+,.1f} MB per 100,000 records")
    size = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
    print(f"home {size / 1e9:.2f} GB")


class Samples:
    """Memory of a process and its children, each second."""

    def __init__(self, root: int) -> None:
        self.taken: list[int] = []
        self._root = root
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._end.wait(1.0):
            self.taken.append(memory(self._root))

    def stop(self) -> None:
        self._end.set()
        self._thread.join()

    @property
    def peak(self) -> int:
        return max(self.taken, default=0)

    def slope(self, records: int) -> float:
        """MB per 100,000 records, by least squares over the last two thirds."""
        points = list(enumerate(self.taken))[len(self.taken) // 3 :]
        if len(points) < 3:
            return 0.0
        middle = sum(x for x, _ in points) / len(points)
        mean = sum(y for _, y in points) / len(points)
        spread = sum((x - middle) ** 2 for x, _ in points)
        second = sum((x - middle) * (y - mean) for x, y in points) / spread
        return second * len(self.taken) / records * 100_000 / 1e6


if __name__ == "__main__":
    main()
