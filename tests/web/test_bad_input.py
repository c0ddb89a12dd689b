"""Whatever is asked, the answer is never a 500."""

from __future__ import annotations

import socket
import time
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.serving import Server

PATHS = (
    "/search?q=",
    "/search/results?q=",
    "/api/v1/search?q=",
    "/api/v1/search?explain=true&q=",
    "/papers/",
    "/papers?id=",
    "/papers?as=bib&id=",
    "/api/v1/papers/",
    "/editions/",
    "/api/v1/editions/",
    "/editions/2026-08-20?section=",
    "/editions/2026-08-20?page=",
    "/?page=",
    "/search?q=galaxies&from=",
    "/static/",
)
SYNTAX = st.text(alphabet='"-()| :*~^[]{}+&!\\/abOR\0é\u202e\U0001f600', max_size=60)
FIELDS = st.tuples(
    st.sampled_from(["author:", "title:", "cat:", "source:", "year:", "date:", "has:", "arXiv:"]),
    st.text(max_size=12),
).map("".join)
QUERIES = st.one_of(
    st.binary(max_size=120),
    st.text(max_size=120).map(lambda t: t.encode("utf-8", "surrogatepass")),
    st.lists(st.one_of(SYNTAX, FIELDS), max_size=4).map(lambda p: " ".join(p).encode()),
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(path=st.sampled_from(PATHS), query=QUERIES)
def test_no_query_breaks_the_server(paper: Server, path: str, query: bytes) -> None:
    reply = paper.get(path + quote_from_bytes(query, safe=""))
    assert reply.status < 500


@pytest.mark.parametrize(
    "path",
    [
        "/search?q=%00%ff",
        "/search?q=%ed%a0%80",
        "/search?q=" + "%22" * 500,
        "/search?q=" + "a+" * 900,
        "/search?q=" + "(" * 900,
        "/search?q=" + "-" * 900,
        "/search?q=a&from=-20",
        "/search?q=a&from=99999999999999999999",
        "/search?q=a&q=b",
        "/search?q=a;b=c&&&=",
        "/?page=-1",
        "/?page=999999",
        "/editions/2026-08-20?page=999999",
        "/editions/2026-08-20?section=%00",
        "/editions/9999-12",
        "/editions/9999-12-31",
        "/editions/9999-W52",
        "/editions/0001-01-01",
        "/editions/0001-W01",
        "/papers/%00",
        "/papers/..%2f..%2fetc%2fpasswd",
        "/papers/.bib",
        "/papers/" + "x" * 3000,
        "/papers",
        "/papers/",
    ],
)
def test_odd_addresses_get_a_page(paper: Server, path: str) -> None:
    reply = paper.get(path)
    assert reply.status in {200, 400, 404}
    assert "<main" in reply.text


def test_raw_bytes_in_an_address_are_answered(paper: Server) -> None:
    assert paper.get(b"/search?q=\xff\xfe\x80").status in {200, 400}
    assert paper.get(b"/papers/\xff\xfe").status in {400, 404}


def test_a_long_query_is_cut_and_the_page_says_so(paper: Server) -> None:
    page = paper.get("/search?q=" + "galaxies+" * 400)
    assert page.status == 200
    assert "Only the first 2,000 characters" in page.text


def test_a_megabyte_of_query_is_refused_politely(paper: Server) -> None:
    for size in (40_000, 1_000_000):
        reply = paper.get("/search?q=" + "a" * size)
        assert reply.status in {400, 414}
    assert "Too long a question" in paper.get("/search?q=" + "a" * 40_000).text


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/graph/v1/paper/batch", "application/json"),
        ("/api/v1/acts", "application/json"),
        ("/mcp", "application/json"),
        ("/oai", "application/x-www-form-urlencoded"),
        ("/login", "application/x-www-form-urlencoded"),
    ],
)
def test_who_hangs_up_while_sending_breaks_nothing(
    paper: Server, caplog: pytest.LogCaptureFixture, path: str, content: str
) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{paper.port}\r\nContent-Type: {content}\r\n"
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", paper.port)) as connection:
            connection.sendall(f"{head}Content-Length: 100\r\n\r\nverb=".encode())
            time.sleep(0.05)
    assert paper.get("/healthz").status == 200
    time.sleep(0.2)
    assert [one.getMessage() for one in caplog.records if one.exc_info] == []
