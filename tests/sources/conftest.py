"""A local server that behaves as arXiv does, and clients that may ask it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from benchmarks.upstream import Archive, Upstream, archive_of, starter_papers

from broadsheet.sources import Client, Patience

Ask = Callable[..., Client]


@pytest.fixture(scope="session")
def archive() -> Archive:
    return archive_of(starter_papers(), date(2026, 3, 2), days=20)


@pytest.fixture
def upstream(archive: Archive) -> Iterator[Upstream]:
    with Upstream(archive) as server:
        yield server


@pytest.fixture
def ask(upstream: Upstream, tmp_path: Path) -> Ask:
    """Makes clients that share a folder; ``interval`` and ``patience`` short unless said."""

    def make(interval: float = 0.0, **more: object) -> Client:
        more.setdefault("patience", Patience(backoff=0.01))
        more.setdefault("private", upstream.private)
        return Client(
            tmp_path / "fetching",
            intervals={upstream.origin: interval},
            **more,  # type: ignore[arg-type]
        )

    return make
