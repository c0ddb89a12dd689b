"""Pages and the API over a catalog in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from broadsheet.settings import Settings
from tests.catalog.conftest import new_database, server
from tests.web.serving import Server

__all__ = ["new_database", "server"]

pytestmark = pytest.mark.postgres


def test_an_address_with_a_nul_is_none_of_ours_and_no_fault_of_the_catalog(
    tmp_path: Path, new_database: Callable[..., str], serve: Callable[..., Server]
) -> None:
    paper = serve(Settings(home=tmp_path, database=new_database()))
    for path, status in (
        ("/feeds/mine/a%00b/for-you.atom", 404),
        ("/feeds/mine/a%00b/feeds.opml", 404),
        ("/acronyms/a%00b", 404),
        ("/papers/a%00b", 404),
        ("/api/v1/ledger?source=a%00b", 400),
        ("/api/v1/ledger?set=a%00b", 400),
        ("/search?q=a%00b", 200),
    ):
        assert paper.get(path).status == status, path
