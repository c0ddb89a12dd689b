"""Whatever is asked in the protocols of others, the answer is theirs and never a 500."""

from __future__ import annotations

from urllib.parse import quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.serving import Server
from tests.web.test_bad_input import QUERIES

PATHS = (
    "/api/papers/",
    "/api/papers/search?q=",
    "/api/papers?cursor=",
    "/api/daily_papers?date=",
    "/api/daily_papers?submitter=",
    "/api/daily_papers?sort=trending&month=",
    "/api/arxiv/",
    "/api/models?filter=arxiv:",
    "/api/collections?item=",
    "/api/collections/",
    "/graph/v1/paper/",
    "/graph/v1/paper/search?query=",
    "/graph/v1/paper/search/bulk?query=",
    "/graph/v1/paper/search/bulk?query=a&token=",
    "/graph/v1/paper/search/match?query=",
    "/graph/v1/paper/autocomplete?query=",
    "/graph/v1/paper/search?query=a&fields=",
    "/graph/v1/paper/search?query=a&year=",
    "/graph/v1/paper/search?query=a&venue=",
    "/recommendations/v1/papers/forpaper/",
)
PAGES = ("/abs/", "/doi/", "/https://", "/10.1234/", "/a.b/")


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(path=st.sampled_from(PATHS), query=QUERIES)
def test_no_query_breaks_a_protocol(library: Server, path: str, query: bytes) -> None:
    reply = library.get(path + quote_from_bytes(query, safe=""))
    assert reply.status < 500
    assert reply.headers["content-type"] == "application/json"
    if reply.status != 200:
        assert isinstance(reply.json()["error"], str)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(path=st.sampled_from(PAGES), query=QUERIES)
def test_no_pasted_address_leads_away(library: Server, path: str, query: bytes) -> None:
    reply = library.get(path + quote_from_bytes(query, safe=b"/:?=&"))
    assert reply.status in (303, 404)
    assert reply.headers.get("location", "/papers").startswith("/papers")


@pytest.mark.parametrize(
    "path", ["/api/papers/" + "x" * 3000, "/graph/v1/paper/" + "/" * 500, "/api/" + "a" * 33_000]
)
def test_endless_addresses_are_refused_in_the_protocol(library: Server, path: str) -> None:
    reply = library.get(path)
    assert reply.status in (404, 414)
    assert isinstance(reply.json()["error"], str)


def test_other_methods_are_told(library: Server) -> None:
    for path in ("/api/daily_papers", "/graph/v1/paper/search", "/recommendations/v1/papers/x"):
        reply = library.get(path, {"Content-Type": "application/json"}, "POST", b"{}")
        assert reply.status in (404, 405)
        assert "error" in reply.json()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/api/query", "GET, HEAD, POST"),
        ("/oai", "GET, HEAD, POST"),
        ("/graph/v1/paper/batch", "POST"),
        ("/api/daily_papers", "GET, HEAD"),
        ("/mcp", "POST"),
    ],
)
def test_a_refused_method_is_told_all_that_the_address_takes(
    library: Server, path: str, told: str
) -> None:
    for method in ("DELETE", "PUT"):
        reply = library.get(path, {}, method)
        assert reply.status == 405
        assert reply.headers["allow"] == told
