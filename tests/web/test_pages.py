"""What the pages say, over HTTP."""

from __future__ import annotations

import gzip
import json
import re
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from broadsheet.catalog import Catalog
from broadsheet.papers import Paper
from broadsheet.settings import Settings
from tests.catalog.kit import store
from tests.web.conftest import make_home
from tests.web.papers import DAYS, rows
from tests.web.serving import Person, Server


def titles(page: str) -> list[str]:
    return re.findall(r'<h3(?: dir="auto")?><a href="[^"]+">(.*?)</a></h3>', page)


def test_the_front_page_is_the_latest_edition(paper: Server) -> None:
    page = paper.get("/").text
    assert "<h1>Thursday 20 August 2026</h1>" in page
    assert "20 papers" in page
    assert 'rel="prev" href="/editions/2026-08-19"' in page
    assert "That is the whole of Thursday’s paper." in page
    assert len(titles(page)) == 20 == len(set(titles(page)))


def test_every_paper_of_a_day_stands_on_its_pages_once(paper: Server) -> None:
    for day in DAYS:
        seen = titles(paper.get(f"/editions/{day}").text)
        assert len(seen) == sum(row["date"] == day for row in rows()) == len(set(seen))


def test_a_section_has_its_own_page(paper: Server) -> None:
    page = paper.get("/editions/2026-08-20?section=cs.CL").text
    assert "Thursday 20 August 2026: Computation and language" in page
    assert len(titles(page)) == 8
    assert "That is all of Computation and language." in page


def test_a_week_and_a_month_gather_their_days(paper: Server) -> None:
    everything = len(rows())
    for key in ("week", "month", "2026-W34", "2026-08"):
        page = paper.get(f"/editions/{key}").text
        assert f"{everything} papers" in page
    assert "August 2026" in paper.get("/editions/2026-08").text


def test_the_archive_leads_to_every_day(paper: Server) -> None:
    page = paper.get("/editions").text
    for day in DAYS:
        assert f'href="/editions/{day}"' in page


def test_a_paper_has_a_page_under_any_of_its_names(paper: Server) -> None:
    for name in ("2608.90002", "arXiv:2608.90002v3", "https://arxiv.org/abs/2608.90002"):
        page = paper.get(f"/papers/{name}")
        assert page.status == 200
        assert "<math" in page.text
        assert '<link rel="canonical" href="/papers/2608.90002">' in page.text
    assert "An old paper whose id has a slash" in paper.get("/papers/cs/0501001").text


def test_a_paper_page_tells_reference_managers_what_it_is(paper: Server) -> None:
    page = paper.get("/papers/2608.90002").text
    assert '<meta name="citation_author" content="Ada Lovelace">' in page
    assert '<meta name="citation_arxiv_id" content="2608.90002">' in page
    assert '<meta name="citation_date" content="2026/08/20">' in page
    assert 'content="https://arxiv.org/pdf/2608.90002"' in page


def test_a_paper_without_an_abstract_says_so(paper: Server) -> None:
    assert "a title and no abstract" in paper.get("/papers/2608.90003").text


def test_a_summary_is_labelled_as_ours(paper: Server) -> None:
    link = re.search(r'href="(/papers/starter:[^"]+)"', paper.get("/search?q=pruning").text)
    assert link
    page = paper.get(link[1]).text
    assert "<h2>In our words</h2>" in page
    assert "no abstract" in page


def test_citations_are_files_in_three_formats(paper: Server) -> None:
    bib = paper.get("/papers/2608.90002.bib")
    assert bib.headers["content-type"].startswith("application/x-bibtex")
    assert "attachment" in bib.headers["content-disposition"]
    assert "Lovelace" in bib.text
    assert "TY  - " in paper.get("/papers/2608.90002.ris").text
    (entry,) = json.loads(paper.get("/papers/2608.90002.json").text)
    assert entry["author"][0]["family"] == "Lovelace"


def test_what_papers_contain_is_shown_and_never_run(paper: Server) -> None:
    for path in ("/", "/papers/2608.90001", "/search?q=bold+claims", "/editions/2026-08"):
        page = paper.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<svg onload" not in page


def test_a_search_shows_what_was_understood_and_links_that_take_parts_away(paper: Server) -> None:
    page = paper.get("/search?q=galaxies+author:smith").text
    assert "Understood as" in page
    assert 'href="/search?q=galaxies"' in page
    assert "On galaxies" in titles(page)[0]
    assert "Why this paper" in page


def test_a_search_that_finds_nothing_offers_to_leave_parts_out(paper: Server) -> None:
    page = paper.get("/search?q=galaxies+author:nobodyhasthisname").text
    assert "Nothing found" in page
    assert "Leave out: by nobody" in page


def test_a_search_by_one_field_that_finds_nothing_says_what_is_not_here(paper: Server) -> None:
    nobody = paper.get("/search?q=author:nobodyhasthisname").text
    assert "No paper here is by nobodyhasthisname. Perhaps the family name alone" in nobody
    assert "No paper here is dated 1066." in paper.get("/search?q=year:1066").text
    for page in (nobody, paper.get("/search?q=cat:cs.ZZ").text):
        assert "whole sentence" not in page


def test_an_empty_search_shows_how_to_ask(paper: Server) -> None:
    assert "Ask in words or in a sentence" in paper.get("/search").text


def test_the_fragment_is_what_the_page_holds(paper: Server) -> None:
    fragment = paper.get("/search/results?q=galaxies").text
    assert not fragment.lstrip().startswith("<!doctype")
    assert titles(fragment) == titles(paper.get("/search?q=galaxies").text)


def test_the_about_page_counts_what_is_here(paper: Server) -> None:
    page = paper.get("/about").text
    total = len(rows()) + 60
    assert f"{total} of {total} (100 %)" in page
    assert "listings" in page


def test_unknown_addresses_are_designed_pages(paper: Server) -> None:
    for path in ("/nowhere", "/papers/nothing", "/editions/tomorrow", "/editions/2026-02-30"):
        reply = paper.get(path)
        assert reply.status == 404
        assert "Not in this paper" in reply.text
        assert "style." in reply.text


def test_a_day_without_papers_says_so_and_leads_on(paper: Server) -> None:
    day = paper.get("/editions/2026-08-22")
    assert day.status == 404
    assert "<h1>No edition for Saturday 22 August 2026</h1>" in day.text
    assert '<a href="/editions/2026-08-20">Thursday 20 August 2026</a>' in day.text
    week = paper.get("/editions/2026-W01")
    assert week.status == 404
    assert '<a href="/editions/2026-W34">Week 34, 17 to 23 August 2026</a>' in week.text


def test_a_home_without_listings_shows_the_shelf(
    tmp_path: Path, serve: Callable[..., Server]
) -> None:
    server = serve(make_home(tmp_path, dated=False))
    page = server.get("/").text
    assert "60 papers" in page
    assert "In our words" in page
    second = server.get("/?page=2").text
    assert len({*titles(page), *titles(second)}) == 60


def test_an_empty_home_says_what_to_do(tmp_path: Path, serve: Callable[..., Server]) -> None:
    server = serve(Settings(home=tmp_path))
    for path in ("/", "/search", "/search?q=a", "/editions", "/editions/week", "/about"):
        assert server.get(path).status == 200
    assert "broadsheet import" in server.get("/").text


def test_papers_that_are_not_filed_yet_can_be_read(
    tmp_path: Path, serve: Callable[..., Server]
) -> None:
    server = serve(make_home(tmp_path, shelf=False, filed=False))
    assert server.get("/").status == 200
    assert server.get("/papers/2608.90002").status == 200
    assert "Not filed yet" in server.get("/search?q=galaxies").text
    assert server.get("/api/v1/search?q=galaxies").status == 503
    (problem,) = server.get("/api/v1/status").json()["problems"]
    assert "the worker does so by itself" in problem and str(tmp_path) not in problem


def test_pages_are_asked_about_again_and_files_are_kept_for_good(paper: Server) -> None:
    page = paper.get("/")
    assert page.headers["cache-control"] == "private, no-cache"
    again = paper.get("/", {"If-None-Match": page.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    sheet = re.search(r'href="(/static/style\.[0-9a-f]+\.css)"', page.text)
    assert sheet
    assert "immutable" in paper.get(sheet[1]).headers["cache-control"]
    assert paper.get("/static/style.css").status == 404


@pytest.mark.parametrize("path", ["/", "/feeds/day.atom", "/api/v1/papers/2608.90002"])
def test_a_tag_is_known_again_by_weak_comparison(paper: Server, path: str) -> None:
    tag = paper.get(path).headers["etag"]
    assert tag.startswith('W/"')
    strong = tag.removeprefix("W/")
    for asked in (tag, strong, f'"another", {strong}', "*"):
        assert paper.get(path, {"If-None-Match": asked}).status == 304, asked
    for asked in ('"another"', strong.strip('"'), '"*"', ""):
        assert paper.get(path, {"If-None-Match": asked}).status == 200, asked


def test_pages_travel_compressed_to_those_who_read_it(paper: Server) -> None:
    packed = paper.get("/", {"Accept-Encoding": "br, gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == paper.get("/").body
    refused = paper.get("/", {"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers


@pytest.mark.parametrize(
    "path", ["/", "/nowhere", "/api/v1/status", "/api/v1/papers/x", "/healthz"]
)
def test_every_reply_forbids_what_pages_do_not_need(paper: Server, path: str) -> None:
    headers = paper.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"


def test_head_answers_like_get_without_a_body(paper: Server) -> None:
    for path in ("/", "/papers/2608.90002", "/api/v1/status"):
        reply = paper.get(path, method="HEAD")
        assert (reply.status, reply.body) == (200, b"")


def test_writing_is_refused(paper: Server) -> None:
    reply = paper.get("/", method="POST")
    assert reply.status == 405
    assert "GET" in reply.headers["allow"]


def test_the_front_page_is_small(paper: Server) -> None:
    assert len(paper.get("/").body) <= 60_000


def test_a_base_path_stands_in_every_link(tmp_path: Path, serve: Callable[..., Server]) -> None:
    make_home(tmp_path)
    server = serve(Settings(home=tmp_path, base_path="/lab/news"))
    for path in (
        "/",
        "/search?q=galaxies",
        "/papers/2608.90002",
        "/about",
        "/editions",
        "/nowhere",
    ):
        page = server.get(f"/lab/news{path}").text
        local = re.findall(r'(?:href|src|action|data-live)="(/[^"]*)"', page)
        assert local
        assert all(address.startswith("/lab/news/") for address in local), local
    assert server.get("/lab/news").headers["location"] == "/lab/news/"
    assert (
        server.get("/lab/news/api/v1/nothing")
        .headers["content-type"]
        .startswith("application/problem+json")
    )


def test_browsers_learn_how_to_search_here(paper: Server) -> None:
    reply = paper.get("/opensearch.xml")
    assert reply.headers["content-type"].startswith("application/opensearchdescription+xml")
    assert f"http://127.0.0.1:{paper.port}/search?q={{searchTerms}}" in reply.text
    assert "Disallow: /search" in paper.get("/robots.txt").text
    assert paper.get("/healthz").body == b"ok\n"


def dated(folder: Path, days: Sequence[str]) -> Settings:
    settings = Settings(home=folder)
    with closing(Catalog.open(settings)) as catalog:
        store(
            catalog, *(Paper(f"x{n}", "lab", f"Paper {n}", announced=d) for n, d in enumerate(days))
        )
    return settings


@pytest.mark.parametrize(
    ("days", "names"),
    [
        (
            ("2025-11-30", "2025-12-31", "2026-01-01", "2026-08-18", "2026-08-20"),
            ["Sun 30 Nov 2025", "Wed 31 Dec 2025", "Thu 1 Jan", "Tue 18 Aug", "Thu 20"],
        ),
        (("2026-08-18", "2026-08-20"), ["Tue 18", "Thu 20"]),
        (("2026-07-31", "2026-08-20"), ["Fri 31 Jul", "Thu 20 Aug"]),
    ],
)
def test_the_strip_of_days_names_a_month_where_it_changes(
    tmp_path: Path, serve: Callable[..., Server], days: Sequence[str], names: list[str]
) -> None:
    page = serve(dated(tmp_path, days)).get("/").text
    strip = page.partition('aria-label="Editions"')[2].partition("</ul>")[0]
    assert re.findall(r">([^<>]+) <span class=\"count\">1</span>", strip) == names


def test_one_paper_is_counted_as_one(tmp_path: Path, serve: Callable[..., Server]) -> None:
    server = serve(dated(tmp_path, ["2026-08-20"]))
    assert "<td>20 August 2026, 1 paper</td>" in server.get("/about").text
    assert "1 paper on 1 day." in server.get("/editions").text
    assert "Search 1 paper<" in server.get("/search").text


def test_headings_stand_in_order_wherever_papers_are_listed(
    tmp_path: Path, serve: Callable[..., Server]
) -> None:
    reader = Person(serve(make_home(tmp_path, shelf=False)))
    (work,) = re.findall(r'data-work="(\d+)"', reader.get("/editions/2026-08-18").text)[:1]
    for act in (f"upvote {work}", f"save {work}", "follow category cs.CL"):
        assert reader.act(act).status == 303
    own = ("/for-you?again=1", f"/for-you/why/{work}", "/taste/rate", "/following", "/trending")
    for path in (*own, "/lists/saved", "/search?q=galaxies", "/"):
        page = reader.get(path).text
        levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
        assert levels.count(1) == 1, path
        assert 3 in levels, path
        assert all(after - before <= 1 for before, after in pairwise(levels)), path


def test_nobody_waits_while_a_page_is_compressed_for_another(
    paper: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop of the server answers all: what takes milliseconds is done beside it."""
    where: set[str] = set()
    compress = gzip.compress

    def noted(content: bytes, *args: int, **rest: int) -> bytes:
        where.add(threading.current_thread().name.rpartition("_")[0])
        return compress(content, *args, **rest)

    monkeypatch.setattr(gzip, "compress", noted)
    for at in (
        "/search?q=compressed+beside",
        "/api/v1/search?q=compressed+beside&limit=50",
        "/api/v1/account",
        "/feeds/week.atom?limit=40",
        "/about",
    ):
        paper.get(at, {"Accept-Encoding": "gzip"})
    assert where == {"broadsheet-web"}
