"""Papers of our own making for the tests: three days, four subjects, and some odd records."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from broadsheet.sources import Arrived, Rejected, read

DAYS = ("2026-08-18", "2026-08-19", "2026-08-20")
SUBJECTS = (
    ("cs.CL", "translation", "sentences are turned into another language by a small decoder"),
    ("cs.CV", "segmentation", "pixels of street scenes are given the name of what they show"),
    ("cs.LG", "optimisation", "a step size that follows the curvature of the loss is derived"),
    ("astro-ph.GA", "galaxies", "spectra of distant spirals show how fast their discs turn"),
)
ODD = (
    {
        "id": "2608.90001",
        "title": "<script>alert('title')</script> and <b>bold</b> claims",
        "abstract": "An abstract with <img src=x onerror=alert(1)> & ampersands. " * 3,
        "authors": ["Eve <eve@example.org>"],
        "categories": ["cs.CR", "cs.<svg onload=alert(1)>"],
        "date": "2026-08-20",
    },
    {
        "id": "cs/0501001",
        "title": "An old paper whose id has a slash",
        "abstract": "Old ids name an archive first. We keep them as they are.",
        "authors": [f"Author Number{n}" for n in range(1, 21)],
        "categories": ["cs.DL"],
        "date": "2026-08-19",
    },
    {
        "id": "2608.90002",
        "title": "A bound of order $\\alpha^2 \\leq \\frac{1}{n}$ for kernels",
        "abstract": "We prove $\\|x\\|_2 < \\epsilon$ and fail on $\\undefined{$ gracefully.",
        "authors": ["Ada Lovelace", "Emmy Noether"],
        "categories": ["cs.LG", "stat.ML", "math.ST", "cs.IT"],
        "date": "2026-08-20",
    },
    {
        "id": "2608.90003",
        "title": "A title without an abstract",
        "authors": [],
        "categories": [],
        "date": "2026-08-20",
    },
)


def rows() -> list[dict[str, object]]:
    """The records as a listing has them."""
    found: list[dict[str, object]] = [dict(row) for row in ODD]
    number = 0
    for day in DAYS:
        for category, topic, sentence in SUBJECTS:
            for copy in range(1, 9 if category == "cs.CL" else 4):
                number += 1
                found.append(
                    {
                        "id": f"2608.{number:05}",
                        "title": f"On {topic}, part {number}: what study {copy} found",
                        "abstract": f"In study {copy} of {topic}, {sentence}. "
                        f"Experiment {number} says more about it. " * 4,
                        "authors": [f"Writer{number} Smith", "Jane Doe", "Max Roe"],
                        "categories": [category, "cs.AI"] if copy == 1 else [category],
                        "date": day,
                    }
                )
    return found


def arrivals() -> list[Arrived | Rejected]:
    """The records as the importer reads them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "listings" / "papers.jsonl"
        path.parent.mkdir()
        path.write_text("".join(json.dumps(row) + "\n" for row in rows()), "utf-8")
        return list(read(path, format="jsonl", source="listings"))
