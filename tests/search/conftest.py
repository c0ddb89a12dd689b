from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from search_home import PAPERS, Home, WordEncoder

from broadsheet.search import Searcher


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The papers of `search_home`, all encoded; not to be changed."""
    made = Home(tmp_path_factory.mktemp("home"), WordEncoder())
    made.file(PAPERS)
    yield made
    made.catalog.close()


@pytest.fixture
def words_home(tmp_path: Path) -> Iterator[Home]:
    """An empty home that has no encoder."""
    made = Home(tmp_path)
    yield made
    made.catalog.close()


@pytest.fixture
def empty_home(tmp_path: Path) -> Iterator[Home]:
    """An empty home with an encoder."""
    made = Home(tmp_path, WordEncoder())
    yield made
    made.catalog.close()


@pytest.fixture
def searcher(home: Home) -> Iterator[Searcher]:
    """A searcher of `home` that nothing was asked yet."""
    made, index = home.open()
    yield made
    index.close()
