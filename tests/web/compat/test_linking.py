"""Addresses of papers elsewhere, pasted behind ours."""

from __future__ import annotations

import json
from contextlib import closing
from urllib.parse import quote

import pytest

from broadsheet.catalog import Catalog
from broadsheet.editions import paper_path, public_name
from tests.web.compat.papers import LINKED
from tests.web.serving import Person, Server

OLD, OPEN, KNOTS = "/papers/cs/0501001", f"/papers/{LINKED}", "/papers/math/0309136"


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/abs/2608.90003", "/papers/2608.90003"),
        ("/abs/2608.90003v2", "/papers/2608.90003"),
        ("/abs/cs/0501001", OLD),
        ("/abs/math.GT/0309136v1", KNOTS),
        ("/pdf/cs/0501001", OLD),
        ("/pdf/2608.90003v1.pdf", "/papers/2608.90003"),
        ("/html/2608.90003v1", "/papers/2608.90003"),
        ("/2608.90003", "/papers/2608.90003"),
        ("/arXiv:2608.90003v3", "/papers/2608.90003"),
        ("/https://arxiv.org/abs/cs/0501001", OLD),
        ("/https:/arxiv.org/abs/cs/0501001v2", OLD),
        ("/http://www.arxiv.org/pdf/cs/0501001.pdf", OLD),
        ("/arxiv.org/abs/cs/0501001", OLD),
        ("/export.arxiv.org/abs/2608.90003", "/papers/2608.90003"),
        ("/https%3A%2F%2Farxiv.org%2Fabs%2F2608.90003", "/papers/2608.90003"),
        ("/https://huggingface.co/papers/2608.90003", "/papers/2608.90003"),
        ("/https://www.alphaxiv.org/abs/2608.90003v1", "/papers/2608.90003"),
        ("/doi/10.1234/Open.Things(2026)3", OPEN),
        ("/10.1234/open.things(2026)3", OPEN),
        ("/https://doi.org/10.1234/OPEN.things(2026)3", OPEN),
        ("/https://doi.org/10.48550/arXiv.2608.90003", "/papers/2608.90003"),
        ("/10.48550/arXiv.2608.90003", "/papers/2608.90003"),
        ("/dx.doi.org/10.5555/3454287.3454581", "/papers/10.5555/3454287.3454581"),
        ("/https://dl.acm.org/doi/pdf/10.5555/3454287.3454581", "/papers/10.5555/3454287.3454581"),
        (
            "/https://www.biorxiv.org/content/10.5555/3454287.3454581v2.full",
            "/papers/10.5555/3454287.3454581",
        ),
        ("/https://aclanthology.org/P19-1001/", "/papers/P19-1001"),
        ("/https://aclanthology.org/P19-1001.pdf", "/papers/P19-1001"),
        ("/https://openreview.net/forum?id=abcDEF_123", "/papers/abcDEF_123"),
        ("/https://openreview.net/pdf?x=1&id=abcDEF_123", "/papers/abcDEF_123"),
    ],
)
def test_an_address_elsewhere_leads_to_the_page_here(library: Server, path: str, page: str) -> None:
    reply = library.get(path)
    assert (reply.status, reply.headers.get("location")) == (303, page)
    assert library.get(page).status == 200
    assert library.get(path, method="HEAD").status == 303


def test_an_address_that_is_a_papers_own_leads_there_with_its_query(library: Server) -> None:
    reply = library.get("/https://example.org/papers/One?id=3&b=c")
    assert reply.status == 303
    assert "Known by an address" in library.get(reply.headers["location"]).text


@pytest.mark.parametrize(
    "path",
    [
        "/abs/9999.99999",
        "/abs/",
        "/pdf/nothing",
        "/10.9999/nothing",
        "/https://evil.example/",
        "/https://evil.example/papers",
        "/https:/",
        "/http://",
        "/evil.example/x",
        "/evil.example",
        "/abs/%00",
        "/abs/<script>alert(1)</script>",
        "/https://evil.example/%22onmouseover=alert(1)",
        "/doi/" + "x" * 3000,
        "/abs/" + quote("\u202e漢\ud83d", errors="surrogatepass"),
    ],
)
def test_what_is_not_here_gets_a_page_that_helps_and_never_leads_elsewhere(
    library: Server, path: str
) -> None:
    reply = library.get(path)
    assert reply.status == 404
    assert "location" not in reply.headers
    assert "/search?q=" in reply.text
    assert "<script>alert" not in reply.text
    assert 'href="https://evil' not in reply.text
    assert '"onmouseover' not in reply.text


def test_lines_and_ways_upward_are_no_addresses(library: Server) -> None:
    for path in ("/abs/%0d%0aLocation:%20https://evil.example", "/..%2f..%2fetc.d"):
        reply = library.get(path)
        assert reply.status == 404
        assert "location" not in reply.headers


def test_where_a_known_kind_of_id_comes_from_is_said(library: Server) -> None:
    page = library.get("/abs/9999.99999").text
    assert 'href="https://arxiv.org/abs/9999.99999"' in page
    assert "/search?q=9999.99999" in page


def test_no_address_of_ours_is_taken_for_one_elsewhere(library: Server) -> None:
    for path in ("/opensearch.xml", "/robots.txt", "/feeds/day.atom", "/llms.txt"):
        assert library.get(path).status == 200
    assert library.get("/favicon.ico").status == 301
    assert library.get("/api/v1/nothing").headers["content-type"] == "application/problem+json"
    assert library.get("/nothing").status == 404


def test_nobody_is_sent_away_from_a_form(library: Server) -> None:
    assert Person(library).post("/abs/2608.90003").status == 405


def test_the_address_of_a_papers_page_names_it_everywhere(library: Server) -> None:
    with closing(Catalog.open(library.settings)) as catalog:
        works = [change.work for change in catalog.changes(0, 10_000) if change.work]
        for work in works:
            page = f"https://paper.example/under/it{paper_path(work.paper)}"
            assert catalog.resolve(page) == [work.id], page
        for elsewhere in ("https://other.example/papers/17", "https://other.example/papers/"):
            assert catalog.resolve(elsewhere) == []
    address = quote(f"{library.url}{paper_path(works[0].paper)}", safe="")
    told = json.loads(library.get(f"/api/v1/papers/{address}").body)
    assert told["id"] == public_name(works[0].paper)
