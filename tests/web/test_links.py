from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.papers import Identifier, Paper
from broadsheet.web.links import Links


def a_paper(scheme: str, value: str) -> Paper:
    return Paper(id=value, source="here", identifiers=(Identifier(scheme, value),))


@pytest.mark.parametrize(
    ("scheme", "value", "path"),
    [
        ("arxiv", "2501.00001", "/papers/2501.00001"),
        ("arxiv", "cs/0501001", "/papers/cs/0501001"),
        ("doi", "10.1000/a<b>#c", "/papers/10.1000/a%3Cb%3E%23c"),
        ("cranfield", "12", "/papers/cranfield:12"),
    ],
)
def test_a_papers_address_is_its_identifier(scheme: str, value: str, path: str) -> None:
    assert Links("").paper(a_paper(scheme, value)) == path


def test_every_address_stands_under_the_base_path() -> None:
    links = Links("/lab/news")
    paper = a_paper("arxiv", "2501.00001")
    for address in (
        links.paper(paper),
        links.edition("2026-08"),
        links.front(),
        links.search("a"),
        links.paper(a_paper("x", "..")),
    ):
        assert address.startswith("/lab/news/")


@given(st.text(min_size=1, max_size=80).filter(lambda t: t.isprintable()))
def test_an_address_says_the_name_again_whatever_is_in_it(value: str) -> None:
    address = Links("").paper(a_paper("odd", value), ".bib")
    parts = urlsplit(address)
    if parts.path == "/papers":
        query = parse_qs(parts.query)
        assert query == {"id": [f"odd:{value}"], "as": ["bib"]}
    else:
        assert unquote(parts.path) == f"/papers/odd:{value}.bib"
        assert not {".", "..", ""} & set(parts.path.split("/")[1:])
        assert not parts.query
        assert not parts.fragment


def test_a_search_address_keeps_the_query() -> None:
    query = 'a&b=c "d" +é #x'
    assert parse_qs(urlsplit(Links("").search(query, offset=20)).query) == {
        "q": [query],
        "from": ["20"],
    }
