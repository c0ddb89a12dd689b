"""What is new and a reader's is told, or counted, however much there is of it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from broadsheet.catalog import ingest
from broadsheet.editions import DigestMaker
from broadsheet.sources import read
from tests.worker import mailroom
from tests.worker.mailroom import Home

WEEK = 300


def announce_many(home: Home, folder: Path, day: str) -> None:
    """More papers of one subject than anybody reads, all of them wanted by two subjects."""
    path = folder / "many.jsonl"
    rows = [
        {
            "id": f"2608.{number:05}",
            "title": f"Kernels of the week, part {number}",
            "abstract": f"Kernels, part {number}. " * 9,
            "categories": ["cs.LG", "stat.ML"],
            "date": day,
        }
        for number in range(50_000, 50_000 + WEEK)
    ]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    ingest(home.catalog, read(path), path=path, source="listings", rejected_dir=folder)


def test_what_is_new_is_told_however_much_of_the_week_is_wanted_more(tmp_path: Path) -> None:
    with mailroom.home(tmp_path / "home") as home:
        announce_many(home, tmp_path, "2026-08-19")
        ada = home.reader("ada", ("category", "cs.LG"), minutes=3)
        first = home.office().preview(ada)
        assert first is not None and len(first.picks) == 4
        everything = home.catalog.listing("2026-08-18", "2026-08-20")
        theirs = sum("cs.LG" in item.categories for item in everything)
        assert first.left_out == theirs - 4 > WEEK - 4
        home.office().run()
        home.announce("2026-08-21", "On kernels, the newest")
        home.clock.now += timedelta(days=1)
        second = home.office().preview(ada)
        assert second is not None, "the newest of a followed subject makes a digest"
        newest = home.catalog.listing("2026-08-21", "2026-08-21")[0].work_id
        assert second.picks[0].work_id == newest
        assert second.announced == 1
        maker = DigestMaker(home.catalog, home.readers)
        assert len(maker.followed(ada, "2026-08-18", "2026-08-21")) == theirs + 1
