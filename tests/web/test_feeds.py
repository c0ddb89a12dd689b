"""Every list is a feed that feed readers read, and asking again costs nothing."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import feedparser
import pytest

from broadsheet.catalog import Catalog, ingest
from broadsheet.papers import Author, Identifier, Paper
from broadsheet.settings import Settings
from broadsheet.sources import Arrived
from tests.web.serving import HashedWords, Server, file_papers

LISTS = (
    "/feeds/day",
    "/feeds/week",
    "/feeds/month",
    "/feeds/category/cs.CL",
    "/feeds/author/Jane%20Doe",
)


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(("kind", "version"), [("atom", "atom10"), ("rss", "rss20")])
def test_a_feed_parser_reads_every_list(paper: Server, path: str, kind: str, version: str) -> None:
    reply = paper.get(f"{path}.{kind}")
    assert reply.status == 200
    ElementTree.fromstring(reply.body)
    found = feedparser.parse(reply.body)
    assert (found.bozo, found.version) == (False, version)
    assert found.entries
    assert all(entry.id and entry.title and entry.link for entry in found.entries)
    assert len({entry.id for entry in found.entries}) == len(found.entries)
    assert all(entry.published_parsed.tm_year == 2026 for entry in found.entries)


@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_a_json_feed(paper: Server, path: str) -> None:
    reply = paper.get(f"{path}.json")
    assert reply.headers["content-type"].startswith("application/feed+json")
    found = json.loads(reply.body)
    assert found["version"] == "https://jsonfeed.org/version/1.1"
    assert found["feed_url"].endswith(f"{path}.json")
    assert all(item["id"] and item["url"] and item["content_html"] for item in found["items"])


def test_asking_again_is_answered_with_nothing(paper: Server) -> None:
    first = paper.get("/feeds/day.atom")
    tag, since = first.headers["etag"], first.headers["last-modified"]
    for headers in (
        {"If-None-Match": tag},
        {"If-Modified-Since": since},
        {"If-None-Match": tag, "If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    ):
        again = paper.get("/feeds/day.atom", headers)
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"] == tag
    for headers in (
        {"If-None-Match": '"another"', "If-Modified-Since": since},
        {"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"If-Modified-Since": "the day before yesterday"},
    ):
        assert paper.get("/feeds/day.atom", headers).status == 200


@pytest.mark.parametrize("kind", ["atom", "rss", "json"])
def test_a_list_is_told_in_parts_that_lead_on(paper: Server, kind: str) -> None:
    whole = json.loads(paper.get("/feeds/day.json?limit=500").body)["items"]
    address, told, seen = f"/feeds/day.{kind}?limit=25", [], []
    while address:
        seen.append(address)
        reply = paper.get(address)
        if kind == "json":
            found = json.loads(reply.body)
            told += [item["id"] for item in found["items"]]
            own, following = found["feed_url"], found.get("next_url", "")
        else:
            found = feedparser.parse(reply.body)
            told += [entry.id for entry in found.entries]
            links = {link.rel: link.href for link in found.feed.links}
            own, following = links["self"], links.get("next", "")
            assert ("first" in links) == (len(seen) > 1)
        assert own == f"{paper.url}{address}"
        address = following.removeprefix(paper.url)
    assert told == [item["id"] for item in whole] and len(seen) == -(-len(whole) // 25) > 2


@pytest.mark.parametrize("path", ["/feeds/day", "/feeds/category/cs"])
def test_what_is_new_is_told_whole_for_the_newest_day(
    tmp_path: Path, serve: Callable[..., Server], path: str
) -> None:
    settings = Settings(home=tmp_path / "busy")
    with closing(Catalog.open(settings)) as catalog:
        papers = [
            Arrived(
                Paper(
                    id=f"2608.{number:05}",
                    source="busy",
                    title=f"Paper {number}",
                    abstract="Of a busy day.",
                    categories=("cs.LG",),
                    identifiers=(Identifier("arxiv", f"2608.{number:05}"),),
                    announced="2026-08-20" if number < 230 else "2026-08-19",
                ),
                number,
            )
            for number in range(1, 260)
        ]
        ingest(
            catalog,
            papers,
            path=Path("busy"),
            source="busy",
            rejected_dir=settings.rejected_path,
        )
    server = serve(settings)
    first = json.loads(server.get(f"{path}.json").body)
    assert [item["date_published"][:10] for item in first["items"]] == ["2026-08-20"] * 229
    assert first["feed_url"] == f"{server.url}{path}.json"
    rest = json.loads(server.get(first["next_url"].removeprefix(server.url)).body)
    assert [item["date_published"][:10] for item in rest["items"]] == ["2026-08-19"] * 30
    assert "next_url" not in rest


def test_head_says_what_get_would(paper: Server) -> None:
    got = paper.get("/feeds/day.rss")
    asked = paper.get("/feeds/day.rss", method="HEAD")
    assert (asked.status, asked.body) == (200, b"")
    for name in ("etag", "last-modified", "content-type", "content-length"):
        assert asked.headers[name] == got.headers[name]


def test_a_search_is_a_feed_of_what_it_means_newest_first(paper: Server) -> None:
    found = feedparser.parse(paper.get("/search.atom?q=galaxies").body)
    assert found.entries
    assert all("galax" in f"{entry.title} {entry.summary}".lower() for entry in found.entries)
    days = [entry.published for entry in found.entries]
    announced = [day for day in days if day < "2026-08-21"]
    assert announced and announced == sorted(announced, reverse=True)
    assert not feedparser.parse(paper.get("/search.atom?q=zzzznothing").body).entries
    empty = paper.get("/search.rss?q=")
    assert empty.status == 200 and not feedparser.parse(empty.body).bozo


def test_the_newest_of_a_search_are_in_its_feed_however_many_fit_better(tmp_path: Path) -> None:
    rows = [("Language models", "Language models learn language.", "2026-07-20")] * 130
    rows += [
        ("Folding", "Towels, and more. Then language models are named. " * 3, "2026-08-20")
    ] * 30
    items = [
        Arrived(
            Paper(
                id=f"2608.{number:05}",
                source="listings",
                title=f"{title}, part {number}",
                abstract=abstract,
                authors=(Author(f"Writer {number}"),),
                announced=day,
            ),
            number,
        )
        for number, (title, abstract, day) in enumerate(rows, 1)
    ]
    settings = Settings(home=tmp_path)
    with closing(Catalog.open(settings)) as catalog:
        rejected = settings.rejected_path
        ingest(catalog, items, path=tmp_path, source="listings", rejected_dir=rejected)
        file_papers(settings, catalog, HashedWords())
    with Server(settings, HashedWords()) as server:
        few = json.loads(server.get("/search.json?q=language+models&limit=20").body)["items"]
        every = json.loads(server.get("/search.json?q=language+models&limit=500").body)["items"]
    assert len(few) == 20 and all(item["title"].startswith("Folding") for item in few)
    assert len(every) == 160


def test_an_entry_is_named_without_its_version_and_its_text_is_harmless(paper: Server) -> None:
    found = feedparser.parse(paper.get("/feeds/day.atom").body)
    by_id = {entry.id: entry for entry in found.entries}
    assert "info:arxiv/2608.90001" in by_id
    assert by_id["info:arxiv/2608.90001"].title == (
        "<script>alert('title')</script> and bold claims"  # text, and declared as text
    )
    raw = json.loads(paper.get("/feeds/day.json").body)
    hostile = next(item for item in raw["items"] if item["id"].endswith("90001"))
    assert "<script" not in hostile["content_html"] and "<img" not in hostile["content_html"]
    formula = next(item for item in raw["items"] if item["id"].endswith("90002"))
    assert formula["title"].startswith("A bound of order α²")


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/day.pdf",
        "/feeds/year.atom",
        "/feeds/.atom",
        "/feeds/list/forged.atom",
        "/feeds/search/forged.atom",
        "/feeds/lists/local/nothing.atom",
        "/feeds/mine/forged/follows.atom",
        "/feeds/mine/forged/feeds.opml",
        "/feeds/mine/%00/follows.atom",
        "/feeds/list/%ff%fe.atom",
    ],
)
def test_what_is_no_feed_is_not_found(paper: Server, path: str) -> None:
    assert paper.get(path).status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/day.atom?limit=999999999",
        "/feeds/day.atom?limit=",
        "/feeds/day.atom?from=999999999",
        "/feeds/author/%22%22%22.atom",
        "/feeds/author/%F0%9F%98%80.rss",
        "/feeds/category/%09%00cs.CL.json",
        "/feeds/category/..%2F..%2Fetc.atom",
        "/search.json?q=" + "a" * 5_000,
        "/search.rss?q=%00%ff%22)(",
    ],
)
def test_odd_questions_get_a_feed(paper: Server, path: str) -> None:
    reply = paper.get(path)
    assert reply.status == 200
    if "json" not in path:
        assert not feedparser.parse(reply.body).bozo


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/feeds/day.atom?limit=many", "limit: “many” is not a whole number from 1 on."),
        ("/feeds/day.json?limit=0", "limit: “0” is not a whole number from 1 on."),
        ("/search.rss?q=a&limit=-4", "limit: “-4” is not a whole number from 1 on."),
        ("/feeds/day.rss?from=+1", "from: “ 1” is not a whole number from 0 on."),
        ("/search.bib?q=a&limit=1e3", "limit: “1e3” is not a whole number from 1 on."),
    ],
)
def test_a_number_that_does_not_read_is_told_and_not_passed_over(
    paper: Server, path: str, problem: str
) -> None:
    reply = paper.get(path)
    assert reply.status == 400
    assert problem in reply.text


@pytest.mark.parametrize(
    "path", ["/", "/editions/week", "/editions/month", "/search?q=a+%22b%22+%26"]
)
def test_pages_say_where_their_feeds_are(paper: Server, path: str) -> None:
    page = paper.get(path).text
    named = re.findall(r'<link rel="alternate" type="([^"]+)" title="[^"]*" href="([^"]+)">', page)
    kinds = ("application/atom+xml", "application/rss+xml", "application/feed+json")
    found = [(kind, address) for kind, address in named if kind in kinds]
    assert sorted(kind for kind, _ in found) == sorted(kinds)
    for media_type, address in found:
        reply = paper.get(html.unescape(address))
        assert reply.status == 200
        assert reply.headers["content-type"].startswith(media_type)


def test_what_a_paper_says_is_no_html_to_readers_of_rss(paper: Server) -> None:
    channel = ElementTree.fromstring(paper.get("/feeds/day.rss?limit=500").body)
    said = [node.text or "" for node in channel.iter("description")]
    assert any("&lt;" in text for text in said), "the day has a paper with marks in it"
    assert not any(re.search("<[a-z/]", text) for text in said), "RSS takes descriptions for HTML"
