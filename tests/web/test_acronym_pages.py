"""The dictionary of acronyms on the pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from broadsheet.catalog import Catalog
from broadsheet.worker import Perusing
from tests.web.conftest import make_home
from tests.web.serving import Person, Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = make_home(tmp_path_factory.mktemp("home"))
    with closing(Catalog.open(settings)) as catalog:
        Perusing(catalog).all(processes=1)
    with Server(settings) as running:
        yield running


def test_the_dictionary_lists_what_papers_define(server: Server) -> None:
    page = Person(server).get("/acronyms?letter=l").text
    assert ">LLM</a>" in page and "language models" in page.lower()


def test_an_acronym_has_a_page_with_papers(server: Server) -> None:
    answer = Person(server).get("/acronyms/llm")
    assert answer.status == 200
    assert "<h1>LLM</h1>" in answer.text and "/papers/" in answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/acronyms", 200),
        ("/acronyms?letter=0", 200),
        ("/acronyms?letter=zz", 404),
        ("/acronyms?letter=", 404),
        ("/acronyms?letter=a&after=%FF%00", 200),
        ("/acronyms/no-such-thing-here", 404),
        ("/acronyms/%22%3E%3Cscript%3E", 404),
    ],
)
def test_no_address_is_too_odd(server: Server, path: str, status: int) -> None:
    answer = Person(server).get(path)
    assert answer.status == status
    assert "<script>" not in answer.text
