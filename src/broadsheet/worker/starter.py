"""A fresh home is given the starter edition, so that there is something to read and search."""

from __future__ import annotations

from pathlib import Path

from broadsheet.catalog import Catalog, ingest
from broadsheet.settings import Settings
from broadsheet.sources import starter

NAME = "starter"


def fill_with_starter(catalog: Catalog, settings: Settings) -> int:
    """Stores the starter edition in a home that has never held a paper; returns how many."""
    if catalog.seq() > 0:
        # Papers that were here and were taken back also count: nobody wants them again.
        return 0
    result = ingest(
        catalog, starter(), path=Path(NAME), source=NAME, rejected_dir=settings.rejected_path
    )
    return result.counts.new
