"""Are quiet-day alarms as rare as is said? Measured on the real daily counts of arXiv listings.

    python benchmarks/quiet_days.py [--data ../shared/data] [--since DAY] [--until DAY]

Each of the 40 largest sets is followed day by day: the model of `worker/syncing_quiet.py` is
fitted to the days before and asked for the probability of so few papers. The collection was made
by several crawlers that failed now and then, which no listing of arXiv did. Such a gap is told
from a quiet day without the model: the other sets of the same archive together have less than
half of what is usual for that weekday. A set that is cut out alone is told by its own count: less
than a quarter of what is usual where twenty or more are. Both are counted apart.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path

import zstandard

from broadsheet.worker import THRESHOLD, expectation, lists

SETS = 40
Counts = dict[str, Counter[str]]


def counts_of(path: Path) -> Counts:
    """Papers by set and listing day."""
    found: Counts = defaultdict(Counter)
    with (
        path.open("rb") as file,
        zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(file) as packed,
    ):
        for line in io.TextIOWrapper(packed, "utf-8"):
            row = json.loads(line)
            for name in dict.fromkeys(row.get("categories") or ()):
                found[name][row["date"]] += 1
    return found


def usual(counts: Counter[str], days: list[str], place: int) -> float:
    """The median of the same weekday, eight weeks back and forth."""
    weekday = date.fromisoformat(days[place]).weekday()
    near = [
        counts[day]
        for other, day in enumerate(days[max(0, place - 40) : place + 40], max(0, place - 40))
        if other != place and date.fromisoformat(day).weekday() == weekday
    ]
    return statistics.median(near) if near else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--since", default="2025-07-14")
    parser.add_argument("--until", default="2026-06-30")
    given = parser.parse_args()
    counts = counts_of(given.data / "arxiv-2025-2026" / "corpus.jsonl.zst")
    first, last = date(2025, 6, 2), date.fromisoformat(given.until)
    every = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    days = [day.isoformat() for day in every if lists(day)]
    names = sorted(counts, key=lambda name: -counts[name].total())[:SETS]
    archives: Counts = defaultdict(Counter)
    for name, of in counts.items():
        archives[name.split(".")[0]].update(of)
    kinds = {kind: Counter[str]() for kind in ("healthy", "archive cut", "set cut")}
    for name in names:
        own, archive = counts[name], archives[name.split(".")[0]]
        others = Counter({day: archive[day] - own[day] for day in days})
        past: list[tuple[str, int]] = []
        for place, day in enumerate(days):
            expected = expectation(past, day) if day >= given.since else None
            past.append((day, own[day]))
            if expected is None:
                continue
            rest, here = usual(others, days, place), usual(own, days, place)
            kind = "healthy"
            if rest >= 8 and others[day] < rest / 2:
                kind = "archive cut"
            elif here >= 20 and own[day] < here / 4:
                kind = "set cut"
            tally, chance = kinds[kind], expected.at_most(own[day])
            tally["days"] += 1
            for rate in (0.1, 0.01, 0.001, THRESHOLD):
                tally[str(rate)] += chance < rate
    for kind, tally in kinds.items():
        shares = ", ".join(
            f"p < {rate}: {tally[str(rate)]} ({tally[str(rate)] / max(tally['days'], 1):.4f})"
            for rate in (0.1, 0.01, 0.001, THRESHOLD)
        )
        print(f"{kind:12} {tally['days']:6,} days of sets; {shares}")


if __name__ == "__main__":
    main()
