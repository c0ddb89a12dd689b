"""How fast a reader's own front page is, out of all papers of a home.

    python benchmarks/for_you.py --home HOME [--likes 20] [--rounds 5]

HOME is copied aside first; it can be made by ``benchmarks/search.py --corpus ...
--synthetic-vectors``. A reader likes papers of earlier days, then the list of the newest day is
made: *cold* in a process that read nothing of the home yet; *started* by a fresh `Taste` over
an index that is open; *ahead* once the server built the profile after its start; *new papers*
when the index has a new commit, which is how the first page of a day finds it; *repeated*.
Milliseconds, the median and the largest of the rounds, and the median of the processor's own
time. One line of JSON is printed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from broadsheet.catalog import Catalog, ingest
from broadsheet.editions import for_you
from broadsheet.index import open_index, open_writer
from broadsheet.papers import Paper
from broadsheet.readers import Readers, Taste
from broadsheet.settings import Settings
from broadsheet.sources import Arrived

LEFT_BEHIND = ("backups", "rejected", "outbox")
APART = 50  # papers between two that are liked
NEW = 100  # papers that arrive between two rounds


def copied(home: Path, folder: Path) -> Settings:
    """The home without backups; its database copied as one state."""
    skipped = shutil.ignore_patterns(*LEFT_BEHIND, "catalog.sqlite3*", "*.lock")
    shutil.copytree(home, folder, ignore=skipped)
    source = sqlite3.connect(f"file:{home / 'catalog.sqlite3'}?mode=ro", uri=True)
    with closing(source), closing(sqlite3.connect(folder / "catalog.sqlite3")) as target:
        source.backup(target)
    return Settings(home=folder, database="")


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds that passed, and those of the processor: others may use the machine."""
    started, busy = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - started) * 1e3, (time.process_time() - busy) * 1e3


def summary(ms: Sequence[tuple[float, float]]) -> dict[str, float]:
    passed, busy = zip(*ms, strict=True)
    found = {
        "median": statistics.median(passed),
        "largest": max(passed),
        "processor": statistics.median(busy),
    }
    return {name: round(value, 1) for name, value in found.items()}


def measure(settings: Settings, likes: int, rounds: int) -> dict[str, object]:
    took: dict[str, list[tuple[float, float]]] = {}
    with closing(Catalog.open(settings)) as catalog, closing(open_index(settings)) as index:
        readers = Readers(catalog)
        reader = readers.accounts.add("measured", None)
        day = catalog.days(1)[0][0]
        liked = [int(i) for i in index.newest(None, APART * likes, offset=3_000)[::APART]]
        for work_id in liked:
            readers.acts.do(reader.id, "upvote", work_id)

        def page(taste: Taste) -> Callable[[], object]:
            return lambda: for_you(readers, taste, catalog, reader, day)

        def note(name: str, ms: tuple[float, float]) -> None:
            took.setdefault(name, []).append(ms)

        taste = Taste(readers, catalog, index)
        note("cold", timed(page(taste)))
        for number in range(rounds):
            taste = Taste(readers, catalog, index)
            note("started", timed(page(taste)))
            taste = Taste(readers, catalog, index)
            taste.ahead()
            note("ahead", timed(page(taste)))
            commit(settings, catalog, number, day)
            index.refresh()
            note("new papers", timed(page(taste)))
            note("repeated", timed(page(taste)))
        found = for_you(readers, taste, catalog, reader, day)
        return {
            "papers": index.size,
            "likes": len(liked),
            "interests": len(taste.profile(reader.id).interests),
            "shown": len(found.entries),
            "weighed": len(found.entries) + found.left_out + found.below,
            "ms": {name: summary(ms) for name, ms in took.items()},
        }


def commit(settings: Settings, catalog: Catalog, number: int, day: str) -> None:
    """More papers of the day, filed by their words: what was remembered of the index is old."""
    papers = (
        Paper(
            id=f"measured-{number}-{n}",
            source="measured",
            title=f"A study of measured things, part {number}.{n}",
            abstract="What a list takes to make, when there are papers it has not seen.",
            announced=day,
        )
        for n in range(NEW)
    )
    arrived = [Arrived(paper, line) for line, paper in enumerate(papers, 1)]
    rejected = settings.rejected_path
    ingest(catalog, arrived, path=Path("measured"), source="measured", rejected_dir=rejected)
    meta = open_index(settings)
    with closing(meta):
        key, dimensions = meta.encoder, meta.vectors(np.empty(0, np.int64)).shape[1]
    with open_writer(settings, key, dimensions) as writer:
        writer.sync(catalog)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--likes", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="broadsheet-bench-") as folder:
        settings = copied(asked.home, Path(folder) / "home")
        print(json.dumps(measure(settings, asked.likes, asked.rounds)))


if __name__ == "__main__":
    main()
