"""Where papers appeared: on their pages, in lists, and as a way to find them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import text

from broadsheet.catalog import Catalog
from broadsheet.papers import Author, Identifier, Paper
from broadsheet.readers import LOCAL, Readers
from broadsheet.settings import Settings
from broadsheet.web.links import Links
from broadsheet.web.pages.venues import Venue, Year, venues_values
from tests.catalog.kit import store
from tests.web.conftest import make_home
from tests.web.serving import HashedWords, Server, file_papers

NOTES = {
    1: "Accepted to ICLR 2026 (oral)",
    2: "iclr 2026, 9 pages",
    3: "Submitted to ICLR 2026",
    4: "ICLR 2025",
    5: "accepted for publication in A&A; see https://example.org/<b>x</b>",
    6: "Workshop on Slopes at ICLR 2026",
}


@pytest.fixture(scope="module")
def noted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A home of papers whose authors say where they appeared."""
    settings = Settings(home=tmp_path_factory.mktemp("venues"))
    with closing(Catalog.open(settings)) as catalog:
        store(
            catalog,
            *(
                Paper(
                    id=f"2601.0000{n}", source="arxiv", title=f"Of slopes, part {n}",
                    abstract=f"Slopes of hill {n} are measured with care.",
                    authors=(Author("Ada Hill"),), announced="2026-01-05",
                    categories=("cs.LG",), extra={"comments": note},
                )
                for n, note in NOTES.items()
            ),
        )  # fmt: skip
        file_papers(settings, catalog, HashedWords())
    with Server(settings, HashedWords()) as server:
        yield server


def found(page: str) -> list[int]:
    return sorted({int(n) for n in re.findall(r'href="/papers/2601\.0000(\d)"', page)})


def test_the_page_of_venues_leads_to_their_papers(noted: Server) -> None:
    page = noted.get("/venues").text
    assert [unescape(one) for one in re.findall(r'<h2 id="y\d+">(.*?)</h2>', page)] == [
        "2026", "2025", "Without a year",
    ]  # fmt: skip
    addresses = dict(re.findall(r'<li><a href="([^"]+)"><bdi>(.*?)</bdi></a><span>', page))
    named = {unescape(name): unescape(url) for url, name in addresses.items()}
    assert found(noted.get(named["A&A"]).text) == [5]
    assert found(noted.get(named["ICLR workshops"]).text) == [6]
    of_2026 = page.split("2026</h2>")[1].split("</section>")[0]
    address, count = re.findall(
        r'href="([^"]+)"><bdi>ICLR</bdi></a><span>(\d+)', of_2026
    )[0]  # fmt: skip
    assert count == "2"  # what was submitted is none of them, nor a workshop's
    assert found(noted.get(unescape(address)).text) == [1, 2]


def test_venues_are_looked_up_by_name_and_year(noted: Server) -> None:
    assert "A&amp;A" not in noted.get("/venues?q=iclr").text
    assert noted.get("/venues?q=iclr").text.count("<bdi>ICLR</bdi>") == 2
    assert noted.get("/venues?year=2025").text.count('<li><a href="/search?q=venue') == 1
    assert "A&amp;A" in noted.get("/venues?year=none").text
    assert "No venue is called “<bdi>&lt;b&gt;</bdi>”" in noted.get("/venues?q=%3Cb%3E").text
    assert "No venue of that year" in noted.get("/venues?year=1066").text


def test_a_paper_says_where_it_appeared_and_what_its_authors_note(noted: Server) -> None:
    page = noted.get("/papers/2601.00001").text
    link = re.search(r'<dt>Appeared at</dt><dd><a href="([^"]+)">ICLR 2026</a>', page)
    assert link is not None
    assert found(noted.get(unescape(link[1])).text) == [1, 2]
    assert "<dt>Comments</dt><dd>Accepted to ICLR 2026 (oral)</dd>" in page
    assert "https://example.org/&lt;b&gt;x" in noted.get("/papers/2601.00005").text
    submitted = noted.get("/papers/2601.00003").text
    assert "Appeared at" not in submitted and "Submitted to ICLR 2026" in submitted
    assert noted.get("/api/v1/papers/2601.00002").json()["appeared"] == ["ICLR 2026"]
    graph = noted.get("/graph/v1/paper/2601.00002?fields=venue,journal").json()
    assert (graph["venue"], graph["journal"]) == ("ICLR 2026", None)
    assert "- Appeared at: ICLR 2026" in noted.get("/papers/2601.00002.md").text


def test_lists_tell_it_beside_the_authors(noted: Server) -> None:
    front = noted.get("/").text
    assert front.count("Ada Hill · ICLR 2026") == 2
    assert front.count("Ada Hill · ICLR workshops 2026") == 1
    assert front.count("Ada Hill · A&amp;A") == 1


def test_a_search_counts_venues_and_narrows_to_one(noted: Server) -> None:
    page = noted.get("/search?q=slopes").text
    facet = page.split("<h2>Appeared at</h2>")[1].split("</section>")[0]
    address = re.search(r'href="([^"]+)">ICLR 2026</a> <span class="count">2<', facet)
    assert address is not None
    narrowed = noted.get(unescape(address[1])).text
    assert found(narrowed) == [1, 2]
    assert "that appeared at ICLR 2026" in narrowed
    assert "<h2>Appeared at</h2>" not in narrowed
    tally = noted.get("/api/v1/search?q=slopes&facets=true").json()["facets"]["venue"]
    assert ["ICLR 2026", 2] in tally
    either = noted.get("/search?q=venue:A%26A+venue:%22ICLR+2025%22").text
    assert found(either) == [4, 5]


def test_a_home_without_venues_says_where_they_come_from(
    tmp_path: Path, serve: Callable[[Settings], Server]
) -> None:
    server = serve(make_home(tmp_path, shelf=False))
    assert "No paper here tells yet where it appeared" in server.get("/venues").text
    json.dumps(server.get("/api/v1/search?q=galaxies&facets=true").json()["facets"]["venue"])


def test_news_of_saved_papers_stand_among_what_is_followed(
    tmp_path: Path, serve: Callable[[Settings], Server]
) -> None:
    settings = make_home(tmp_path, shelf=False)
    with closing(Catalog.open(settings)) as catalog:
        first = Paper(
            id="2608.70001v1", source="arxiv", title="Of kept slopes", announced="2026-08-18",
            version="v1", identifiers=(Identifier("arxiv", "2608.70001"),),
        )  # fmt: skip
        store(catalog, first)
        with catalog.database.write() as connection:
            past = text("UPDATE records SET arrived_at = '2026-08-18T04:00:00Z'")
            connection.execute(past)
        (work,) = catalog.resolve("2608.70001")
        Readers(catalog).acts.do(LOCAL, "save", work, at="2026-08-19T08:00:00Z")
        noted = {"id": "2608.70001v2", "version": "v2", "extra": {"comments": "CVPR 2027"}}
        store(catalog, replace(first, **noted))
    server = serve(settings)
    page = server.get("/following").text
    assert "what became of papers you saved" in page
    assert '<p class="because">You saved this: now at CVPR 2027</p>' in page
    assert "Of kept slopes" in page
    papers = server.get("/api/v1/following").json()["papers"]
    assert [(one["title"], one["why"]) for one in papers] == [
        ("Of kept slopes", "You saved this: now at CVPR 2027")
    ]


def test_many_venues_of_a_year_are_cut_and_lead_to_all_of_them() -> None:
    links = Links("/lab")
    venues = [
        Venue(f"V{n}", str(year), 99 - n, links.venue(f"V{n} {year}"))
        for year in range(2020, 2026)
        for n in range(40)
    ]
    shown = cast("list[Year]", venues_values(venues, links)["years"])
    assert [(one.name, len(one.venues), one.left) for one in shown] == [
        ("2025", 30, 10), ("2024", 30, 10), ("2023", 30, 10),
        ("2022", 8, 32), ("2021", 8, 32), ("2020", 8, 32),
    ]  # fmt: skip
    assert shown[0].more == "/lab/venues?year=2025"
    (one,) = cast("list[Year]", venues_values(venues, links, "2020")["years"])
    assert (len(one.venues), one.more) == (40, "")
