"""What changed between versions, and a withdrawn paper, as pages and API tell it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from broadsheet.catalog import Catalog, ingest
from broadsheet.papers import Author, Paper
from broadsheet.settings import Settings
from broadsheet.sources import Arrived
from tests.web.serving import Server

PEOPLE = (Author("Ada Lovelace"), Author("Emmy Noether"))
FIRST = "Maps are hard to read. Our method removes one third of all heads <b>without</b> $x^2$."
SECOND = "Our method removes one half of all heads <b>without</b> $x^2$. Maps are hard to read."
GONE = "This paper has been withdrawn by the author due to a crucial error in Lemma 5."
PAPERS = (
    Paper("2401.00001v1", "arxiv", "Pruning heads", FIRST, authors=PEOPLE, published="2024-01-02"),
    Paper(
        "2401.00001v2",
        "arxiv",
        "Pruning all heads",
        SECOND,
        authors=(PEOPLE[1], PEOPLE[0], Author("Grace Hopper")),
        categories=("cs.CL",),
        published="2024-01-02",
        updated="2024-03-04",
    ),
    Paper("2401.00002v1", "arxiv", "On what is not so", FIRST, authors=PEOPLE),
    Paper("2401.00002v2", "arxiv", "On what is not so", GONE, authors=PEOPLE, updated="2024-05-01"),
    Paper("2401.00004v1", "arxiv", "On what was", FIRST, authors=PEOPLE),
    Paper("2401.00004v2", "arxiv", "On what was", FIRST, authors=PEOPLE, extra={"comments": GONE}),
    Paper("2401.00003v1", "arxiv", "On what stands", "It stands.", announced="2024-01-03"),
)


@pytest.fixture
def versions(tmp_path: Path, serve: Callable[[Settings], Server]) -> Server:
    settings = Settings(home=tmp_path / "home")
    with closing(Catalog.open(settings)) as catalog:
        items = [Arrived(paper, line) for line, paper in enumerate(PAPERS, 1)]
        ingest(catalog, items, path=Path("x"), source="arxiv", rejected_dir=tmp_path / "rejected")
    return serve(settings)


def test_the_paper_page_says_what_changed(versions: Server) -> None:
    page = versions.get("/papers/2401.00001").text
    assert '<ins><span class="hidden">added: </span>all</ins>' in page
    assert "<dt>Authors added</dt><dd><bdi>Grace Hopper</bdi></dd>" in page
    assert "in another order" in page
    assert '<span class="was-moved">(moved)</span>' in page
    assert "<b>without</b>" not in page.split("<details")[1].split("<dl")[1]


def test_a_paper_of_one_version_says_nothing_of_changes(versions: Server) -> None:
    assert "What changed" not in versions.get("/papers/2401.00003").text
    assert "one version" in versions.get("/versions?id=2401.00003").text


def test_any_two_versions_can_be_compared_by_address(versions: Server) -> None:
    page = versions.get("/versions?id=2401.00001&from=v2&to=v1").text
    assert '<ins><span class="hidden">added: </span>third' in page
    assert "Authors removed" in page
    assert "These two say the same." in versions.get("/versions?id=2401.00001&from=1&to=1").text


@pytest.mark.parametrize(
    "query", ["id=2401.00001&from=v9&to=v1", "id=nothing", "", "id=2401.00001&to=v1", "id=%00"]
)
def test_a_version_that_is_not_there_is_not_found(versions: Server, query: str) -> None:
    assert versions.get(f"/versions?{query}").status == 404


def test_the_api_tells_versions_and_changes(versions: Server) -> None:
    told = versions.get("/api/v1/papers/2401.00001/versions?from=v1&to=v2").json()
    assert [version["key"] for version in told["versions"]] == ["v1", "v2"]
    assert told["changes"]["title"][1] == {"kind": "added", "text": "all"}
    assert told["changes"]["authors"] == {"added": ["Grace Hopper"], "removed": []}
    assert versions.get("/api/v1/papers/2401.00003/versions").json()["changes"] is None
    assert versions.get("/api/v1/papers/2401.00001/versions?from=x&to=y").status == 404


def test_a_withdrawn_paper_is_marked_and_its_last_abstract_stays_readable(versions: Server) -> None:
    page = versions.get("/papers/2401.00002").text
    assert '<span class="withdrawn" dir="ltr">Withdrawn</span>' in page
    assert page.count(GONE) == 1 + page.count(f'content="{GONE}"')
    assert "removes one third of all heads" in page
    told = versions.get("/api/v1/papers/2401.00002").json()
    assert told["extra"]["withdrawn"] == GONE


def test_an_abstract_that_stayed_when_a_paper_was_withdrawn_is_shown_once(versions: Server) -> None:
    page = versions.get("/papers/2401.00004").text
    assert f"<b>Withdrawn.</b> <bdi>{GONE}</bdi>" in page
    assert "Abstract before that" not in page
    assert "<h2>Abstract</h2>" in page
