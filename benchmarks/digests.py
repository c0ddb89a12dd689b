"""Makes and writes the digests of a thousand readers of a real week.

    .venv/bin/python benchmarks/digests.py ../shared/data/arxiv-2025-2026/corpus.jsonl.zst

The readers follow authors, terms and categories drawn from the papers and keep a search each;
every other one has liked five papers, so that their taste picks as well (by words: the index of
the benchmark has no vectors).
Without a mail server each digest becomes a file, synced to the disk, so the time covers finding,
writing, signing and storing, and the send log's commits.
"""

from __future__ import annotations

import argparse
import collections
import io
import json
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import zstandard

from broadsheet.catalog import Catalog, ingest
from broadsheet.settings import Settings
from broadsheet.sources import read
from broadsheet.worker import post_office

WORD = re.compile(r"[a-z]{6,}")


def newest(corpus: Path, days: int) -> list[dict[str, object]]:
    by_day: dict[str, list[dict[str, object]]] = collections.defaultdict(list)
    with (
        corpus.open("rb") as file,
        zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(file) as packed,
    ):
        for line in io.TextIOWrapper(packed, "utf-8"):
            row = json.loads(line)
            by_day[str(row.get("date", ""))].append(row)
    return [row for day in sorted(by_day)[-days:] for row in by_day[day]]


def fill(settings: Settings, rows: list[dict[str, object]], folder: Path) -> None:
    path = folder / "papers.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    with closing(Catalog.open(settings)) as catalog:
        found = read(path, format="jsonl", source="arxiv")
        ingest(catalog, found, path=path, source="arxiv", rejected_dir=folder)
    command = [sys.executable, "-m", "broadsheet", "index", "build", "--words-only"]
    subprocess.run([*command, "--home", str(settings.home)], check=True, stdout=subprocess.DEVNULL)


def enrol(settings: Settings, rows: list[dict[str, object]], readers: int, seed: int) -> None:
    """Readers who are due, and what they follow."""
    rng = random.Random(seed)
    hour = (datetime.now(UTC) - timedelta(hours=1)).hour
    now = "2026-01-01T00:00:00Z"
    people, follows, searches, acts = [], [], [], []
    for number in range(1000, 1000 + readers):
        liked = rng.sample(rows, 6)
        name = f"r{number}"
        people.append((number, name, name, f"{name}@example.org", hour, now))
        words = [WORD.findall(str(row["title"]).lower()) or ["learning"] for row in liked]
        wishes = [("author", _author(liked[0])), ("author", _author(liked[1]))]
        wishes += [("term", rng.choice(words[2])), ("term", rng.choice(words[3]))]
        wishes.append(("category", str((liked[4].get("categories") or ["cs.LG"])[0])))
        follows += [
            (10 * number + place, number, kind, value, now)
            for place, (kind, value) in enumerate(dict.fromkeys(wishes))
        ]
        query = " ".join(words[5][:2])
        if number % 2:  # every other reader has liked papers of one category before
            same = [
                n
                for n, row in enumerate(rows, 1)
                if row.get("categories") == liked[4]["categories"]
            ]
            acts += [
                (20 * number + place, number, work, "upvote", "", now, "", 0)
                for place, work in enumerate(rng.sample(same, min(5, len(same))))
            ]
        searches.append((10 * number, number, query, query, f"s{number}", now))
    with sqlite3.connect(settings.catalog_path) as database:
        values = "?,?,?,?,1,'reader','',0,'UTC',15,'daily',?,?,0"
        database.executemany(f"INSERT INTO readers VALUES ({values})", people)
        database.executemany("INSERT INTO follows VALUES (?,?,?,?,?)", follows)
        database.executemany("INSERT INTO saved_searches VALUES (?,?,?,?,?,?)", searches)
        database.executemany("INSERT INTO acts VALUES (?,?,?,?,?,?,?,?)", acts)


def _author(row: dict[str, object]) -> str:
    first = (row.get("authors") or ["Ada Lovelace"])[0]
    return str(first.get("name") if isinstance(first, dict) else first)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--readers", type=int, default=1_000)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="broadsheet-digests-"))
    try:
        settings = Settings(home=folder / "home", model_hub=False)
        rows = newest(arguments.corpus, arguments.days)
        fill(settings, rows, folder)
        enrol(settings, rows, arguments.readers, arguments.seed)
        begun, used = time.monotonic(), time.process_time()
        with (
            closing(Catalog.open(settings)) as catalog,
            post_office(settings, catalog) as office,
        ):
            tally = office.run()
        took, cpu = time.monotonic() - begun, time.process_time() - used
        files = list(settings.outbox_path.glob("*.eml"))
        size = sum(file.stat().st_size for file in files) / max(1, len(files)) / 1000
        print(f"{len(rows):,} papers of {arguments.days} days, {arguments.readers:,} readers")
        print(f"{tally.made:,} made, {tally.sent:,} written ({size:.0f} kB each) in {took:.1f} s")
        print(f"{cpu:.1f} s of one core, {1000 * took / max(1, tally.made):.1f} ms a digest")
        if tally.sent != len(files):
            raise SystemExit(f"{len(files)} files")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
