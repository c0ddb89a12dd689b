"""How many papers of a collection say where they appeared, and a sample of it to read.

``python -m trials.venues FILE… [--sample N] [--seed N]``: files of papers as `import` takes them
(``comments``, ``journal_ref`` or ``venue`` beside the rest). Prints how many name a venue, what one
takes to read, the most frequent venues, and papers drawn by chance with what they say.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from pathlib import Path

from broadsheet.citations import appearances
from broadsheet.papers import Paper
from broadsheet.sources import Arrived, read

_NOTES = ("comments", "comment", "journal_ref", "venue")
_SHOWN = 30


def main() -> None:
    """Reads the files and prints what they tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--sample", type=int, default=0, help="papers to read")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    papers = [
        item.paper
        for path in asked.files
        for item in read(path)
        if isinstance(item, Arrived) and any(map(item.paper.extra.get, _NOTES))
    ]
    if not papers:
        raise SystemExit("no paper of these files notes anything")
    started = time.process_time()
    told = [(paper, appearances(paper)) for paper in papers]
    took = (time.process_time() - started) / len(papers)
    found = [(paper, venues) for paper, venues in told if venues]
    print(f"{len(papers):,} papers note something, {len(found):,} of them a venue")
    print(f"{took * 1e6:.0f} microseconds of processor a paper")
    counts = Counter(str(venue) for _, venues in found for venue in venues)
    print(", ".join(f"{name} {count:,}" for name, count in counts.most_common(_SHOWN)))
    drawn = random.Random(asked.seed).sample(  # noqa: S311  # a sample to read
        found, min(asked.sample, len(found))
    )
    for paper, venues in drawn:
        print(f"{paper.id}\t{', '.join(map(str, venues))}\t{_noted(paper)}")


def _noted(paper: Paper) -> str:
    said = (paper.extra.get(name) for name in _NOTES)
    return " | ".join(" ".join(str(one).split())[:200] for one in said if one)


if __name__ == "__main__":
    main()
