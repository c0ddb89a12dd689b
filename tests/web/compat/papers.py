"""Real papers of the starter edition, and records that clients stumble over."""

from __future__ import annotations

import json
import tempfile
from contextlib import closing
from pathlib import Path

from broadsheet.catalog import Catalog, ingest
from broadsheet.settings import Settings
from broadsheet.sources import Arrived, Rejected, read, starter
from broadsheet.worker import Perusing
from tests.web.papers import arrivals
from tests.web.serving import HashedWords, file_papers

LINKED = "2608.95001"
ODD: tuple[dict[str, object], ...] = (
    {
        "id": LINKED,
        "title": "Weights, data and a demonstration of one method",
        "abstract": "All that belongs to this paper is open. " * 5,
        "authors": ["Ada Lovelace", "Emmy Noether"],
        "categories": ["cs.CV"],
        "date": "2026-08-20",
        "published": "2026-08-11",
        "upvotes": 12,
        "ai_keywords": ["open weights", "demonstrations"],
        "license": "http://creativecommons.org/licenses/by/4.0/",
        "githubStars": 7,
        "journal_ref": "Journal of Open Things 3 (2026) 1-9",
        "doi": "10.1234/Open.Things(2026)3",
        "links": [
            {"kind": "model", "url": "https://huggingface.co/lab/open-weights"},
            {"kind": "data", "url": "https://huggingface.co/datasets/lab/open-data"},
            {"kind": "project", "url": "https://huggingface.co/spaces/lab/demo"},
            {"kind": "code", "url": "https://github.com/lab/open"},
        ],
    },
    {
        "id": "math.GT/0309136",
        "title": "Knots “quoted” – naïve Ångström ½ 漢字 🙂 & <tags> 100% \\alpha",
        "abstract": "A\ttab, a quote \" and a slash \\ in it: e=mc² {braces} $x_1^2$.",
        "authors": ["Łukasz Ñuñez-O'Brien", "李小龙"],
        "categories": ["math.GT"],
        "date": "2026-08-19",
    },
    {"id": "10.5555/3454287.3454581", "title": "Known by its DOI alone", "published": "2019"},
    {"id": "P19-1001", "title": "Known by its Anthology id", "published": "2019-07"},
    {"id": "my notes: what? #1 100%", "title": "An id that no address holds as it is"},
    {"id": "a//b/../c", "title": "An id that changes on its way"},
    {"id": "https://example.org/papers/One?id=3&b=c", "title": "Known by an address"},
    {"id": "openreview:abcDEF_123", "title": "Known on OpenReview", "abstract": "Reviewed."},
)  # fmt: skip


def odd() -> list[Arrived | Rejected]:
    """The records as the importer reads them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "odd.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in ODD), "utf-8")
        return list(read(path, format="jsonl", source="odd"))


def fill(settings: Settings) -> None:
    """Takes everything in and files it."""
    with closing(Catalog.open(settings)) as catalog:
        for items, source in (
            (arrivals(), "listings"),
            (odd(), "odd"),
            (list(starter()), "starter"),
        ):
            ingest(
                catalog,
                items,
                path=Path(source),
                source=source,
                rejected_dir=settings.rejected_path,
                progress=None,
            )
        file_papers(settings, catalog, HashedWords())
        Perusing(catalog).all(processes=1)
