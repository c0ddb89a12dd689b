"""What the tests of syncs share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from benchmarks.month import CutFeed
from benchmarks.upstream import Archive, Upstream, archive_of, starter_papers

from broadsheet import settings as settings_
from broadsheet.catalog import Catalog
from tests.worker.stage import SETS, Stage


@pytest.fixture(scope="module")
def archive() -> Archive:
    return archive_of(
        starter_papers()[:150], date(2026, 3, 2), days=6, categories=SETS, deleted=0, withdrawn=0.0
    )


@pytest.fixture
def stage(archive: Archive, tmp_path: Path) -> Iterator[Stage]:
    CutFeed.ids = frozenset()
    with Upstream(archive) as upstream:
        settings = settings_.load(
            home=tmp_path / "home",
            upstream=upstream.addresses(),
            sync={"arxiv": SETS},
            model_hub=False,
        )
        with closing(Catalog.open(settings)) as catalog:
            yield Stage(settings, upstream, catalog)
    CutFeed.ids = frozenset()
