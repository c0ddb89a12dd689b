"""A real home of a few dozen papers, and the real server over it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from broadsheet.catalog import Catalog, ingest
from broadsheet.settings import Settings
from broadsheet.sources import starter
from tests.web.papers import arrivals
from tests.web.serving import HashedWords, Server, file_papers

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)

QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"),
    *("--disable-component-update", "--disable-sync", "--disable-default-apps"),
)


def make_home(
    folder: Path, *, dated: bool = True, shelf: bool = True, filed: bool = True
) -> Settings:
    """A home; ``dated`` papers have editions, ``shelf`` ones are the starter's."""
    settings = Settings(home=folder)
    with closing(Catalog.open(settings)) as catalog:
        for wanted, items, source in (
            (dated, arrivals(), "listings"),
            (shelf, list(starter())[:60], "starter"),
        ):
            if wanted:
                ingest(
                    catalog,
                    items,
                    path=Path(source),
                    source=source,
                    rejected_dir=settings.rejected_path,
                    progress=None,
                )
        if filed:
            file_papers(settings, catalog, HashedWords())
    return settings


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Dated papers and the starter shelf, filed and encoded."""
    return make_home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def paper(home: Settings) -> Iterator[Server]:
    """The served paper."""
    with Server(home, HashedWords()) as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Its event loop ends with the module: other tests run loops of their own.
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def serve() -> Iterator[Callable[[Settings], Server]]:
    """Serves other homes for one test."""
    servers: list[Server] = []

    def start(settings: Settings, encoder: HashedWords | None = None) -> Server:
        servers.append(Server(settings, encoder).__enter__())
        return servers[-1]

    yield start
    for server in servers:
        server.__exit__(None, None, None)
