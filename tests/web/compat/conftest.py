"""A home that the clients of other services ask, and one with accounts that they write to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from broadsheet.settings import Settings
from tests.web.community import Things, make_community
from tests.web.compat.papers import fill
from tests.web.serving import HashedWords, Server


@pytest.fixture(scope="package")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Listed papers, odd ones, and the whole starter edition."""
    settings = Settings(home=tmp_path_factory.mktemp("library"))
    fill(settings)
    with Server(settings, HashedWords()) as server:
        yield server


@pytest.fixture(scope="package")
def members(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, Things]]]:
    """A paper with accounts, and what each reader has."""
    settings, things = make_community(tmp_path_factory.mktemp("members"))
    with Server(settings, HashedWords()) as server:
        yield server, things
