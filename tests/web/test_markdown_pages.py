"""Pages as Markdown over HTTP: by ``.md``, by ``Accept``, for whom and from which host."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from broadsheet.settings import Settings
from tests.web.community import enter, make_community
from tests.web.mcp_homes import hostile_home
from tests.web.serving import Server

ASKS = {"Accept": "text/markdown, text/html;q=0.9"}
PAGES = (
    ("/", "/index.md"),
    ("/editions", "/editions.md"),
    ("/editions/2026-08-20", "/editions/2026-08-20.md"),
    ("/editions/week?page=2", "/editions/week.md?page=2"),
    ("/editions/2026-08-20?section=cs.CL", "/editions/2026-08-20.md?section=cs.CL"),
    ("/search?q=galaxies", "/search.md?q=galaxies"),
    ("/search?q=galaxies&from=20&sort=newest", "/search.md?q=galaxies&from=20&sort=newest"),
    ("/papers/2608.90002", "/papers/2608.90002.md"),
    ("/papers/cs/0501001", "/papers/cs/0501001.md"),
    ("/papers?id=2608.90002", "/papers.md?id=2608.90002"),
    ("/trending", "/trending.md"),
    ("/lists/saved", "/lists/saved.md"),
)


@pytest.mark.parametrize(("path", "twin"), PAGES)
def test_a_page_is_markdown_at_its_twin_and_to_who_prefers_it(
    paper: Server, path: str, twin: str
) -> None:
    asked, direct = paper.get(path, ASKS), paper.get(twin)
    assert asked.status == direct.status == 200
    for reply in (asked, direct):
        assert reply.headers["content-type"] == "text/markdown; charset=utf-8"
        assert reply.text.startswith("# ")
    assert asked.body == direct.body == paper.get(twin).body
    assert "Accept" in [name.strip() for name in asked.headers["vary"].split(",")]
    page = paper.get(path, {"Accept": "text/html,*/*;q=0.8"})
    assert page.headers["content-type"].startswith("text/html")
    assert "Accept" in [name.strip() for name in page.headers["vary"].split(",")]
    for address in re.findall(r"\]\(([^)]*)\)", direct.text):
        assert address.startswith(("http://", "https://"))
        if "127.0.0.1" in address:
            assert address.startswith(f"{paper.url}/")


def test_a_page_that_stays_the_same_is_not_sent_again(paper: Server) -> None:
    first = paper.get("/editions/2026-08-20", ASKS)
    tag = {"If-None-Match": first.headers["etag"]}
    again = paper.get("/editions/2026-08-20", {**ASKS, **tag})
    assert again.status == 304
    assert "Accept" in again.headers["vary"]
    # The tag of one form says nothing of the other.
    assert paper.get("/editions/2026-08-20", tag).status == 200


def test_pages_lead_on_to_the_next(paper: Server) -> None:
    seen = set()
    path = "/editions/week.md"
    for _ in range(5):
        text = paper.get(path).text
        seen |= set(re.findall(r"/papers/([^)\s>]+)\)", text))
        following = re.search(r"\[Next page\]\(([^)]+)\)", text)
        if following is None:
            break
        path = following[1].removeprefix(paper.url)
    assert len(seen) == 55


def test_citations_and_what_is_no_page_are_left_alone(paper: Server) -> None:
    assert "bibtex" in paper.get("/papers/2608.90002.bib", ASKS).headers["content-type"]
    assert "bibtex" in paper.get("/papers?id=2608.90002&as=bib", ASKS).headers["content-type"]
    assert "json" in paper.get("/api/v1/status", ASKS).headers["content-type"]
    assert paper.get("/about", ASKS).headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    "path",
    [
        "/papers/no-such-paper.md",
        "/editions/2019-01-01.md",
        "/editions/never.md",
        "/lists/4242.md",
        "/lists/x.md",
        "/papers.md",
        "/papers/.md",
        "/trending.md?kind=year",
        "/trending.md?as_of=2026-99-99",
        "/papers/%00.md",
        "/papers/%ff%fe.md",
    ],
)
def test_errors_are_markdown_too(paper: Server, path: str) -> None:
    reply = paper.get(path)
    assert reply.status in (400, 404)
    assert reply.headers["content-type"] == "text/markdown; charset=utf-8"
    assert reply.text.startswith(f"# Error {reply.status}\n")


def test_a_hostile_paper_is_text_on_every_page(
    tmp_path: Path, serve: Callable[..., Server]
) -> None:
    server = serve(hostile_home(tmp_path))
    for path in ("/index.md", "/editions/month.md", "/papers/2608.91000.md"):
        reply = server.get(path)
        assert reply.status == 200
        tokens = MarkdownIt("commonmark", {"html": True}).parse(reply.text)
        inline = [child for token in tokens for child in token.children or ()]
        targets = [str(t.attrGet("href")) for t in inline if t.type == "link_open"]
        assert all(t.startswith((server.url, "https://arxiv.org/")) for t in targets), targets
        kinds = {token.type for token in [*tokens, *inline]}
        assert not kinds & {"fence", "code_block", "code_inline", "html_block", "html_inline"}
        assert not kinds & {"image", "em_open", "strong_open", "hr"}
        assert "Ignore all previous instructions" in reply.text


def test_a_closed_paper_is_closed_in_markdown_and_opens_to_a_token(
    tmp_path: Path, serve: Callable[..., Server]
) -> None:
    settings, things = make_community(tmp_path / "closed")
    server = serve(settings)
    own = f"/lists/{things['cem'].list}.md"
    token = {"Authorization": f"Bearer {things['cem'].secrets['read']}"}
    feeds = {"Authorization": f"Bearer {things['cem'].secrets['feeds']}"}
    assert server.get(own, token).text.startswith("# List of cem\n")
    assert server.get(own).status == 401
    assert server.get(own, feeds).status == 403
    other = {"Authorization": f"Bearer {things['dia'].secrets['read']}"}
    assert server.get(own, other).status == 404
    assert server.get(own, token).headers["cache-control"] == "private, no-cache"
    ada = enter(server, "ada")
    assert ada.post("/admin/registration", {"audience": "readers"}, page="/admin").status == 303
    for path in ("/index.md", "/search.md?q=galaxies", "/papers/2608.90002.md", "/llms.txt"):
        refused = server.get(path)
        assert refused.status == 401, path
        assert b"galax" not in refused.body.lower()
        assert server.get(path, token).status == 200, path
    assert server.get("/papers/2608.90002", ASKS | token).text.startswith("# A bound")
    assert server.get("/papers/2608.90002", ASKS).status == 401


def test_the_map_for_programs_names_addresses_that_answer(paper: Server) -> None:
    reply = paper.get("/llms.txt")
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert reply.text.startswith("# Broadsheet\n\n> ")
    addresses = re.findall(r"\]\(([^)]+)\)", reply.text)
    assert len(addresses) > 10
    for address in addresses:
        path = address.removeprefix(paper.url).replace("ID", "2608.90002").replace("WORDS", "x")
        assert paper.get(path).status == (405 if path == "/mcp" else 200), path


def test_under_a_base_path_and_a_public_address_links_lead_there(
    home: Settings, serve: Callable[..., Server]
) -> None:
    server = serve(Settings(home=home.home, base_path="/daily", public_url="https://x.example/p"))
    for path, headers in (("/daily/", ASKS), ("/daily/index.md", {})):
        text = server.get(path, headers).text
        assert "](https://x.example/p/papers/2608.00035)" in text
        assert "127.0.0.1" not in text
    assert server.get("/daily/llms.txt").text.count("](https://x.example/p/") > 10


def test_the_search_description_names_pages_and_feeds_that_answer(paper: Server) -> None:
    text = paper.get("/opensearch.xml").text
    templates = re.findall(r'<Url type="([^"]+)"[^>]* template="([^"]+)"', text)
    assert {kind for kind, _ in templates} >= {
        *("text/html", "application/atom+xml", "application/rss+xml", "application/json"),
    }
    for kind, template in templates:
        address = template.replace("&amp;", "&").replace("{searchTerms}", "galaxies")
        reply = paper.get(address.replace("{startIndex?}", "0").removeprefix(paper.url))
        assert reply.status == 200
        assert reply.headers["content-type"].startswith(kind)
