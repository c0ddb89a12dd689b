"""For you, and why a paper stands there, as pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from broadsheet.catalog import Catalog
from broadsheet.readers import LOCAL, Readers
from tests.web.conftest import make_home
from tests.web.serving import HashedWords, Person, Server, file_papers

DAY = "/editions/2026-08-20"


@pytest.fixture
def reader(tmp_path: Path, serve: Callable[..., Server]) -> Person:
    settings = make_home(tmp_path, shelf=False, filed=False)
    with closing(Catalog.open(settings)) as catalog:
        file_papers(settings, catalog, HashedWords())
    return Person(serve(settings, HashedWords()))


def works(reader: Person, words: str) -> list[str]:
    """The numbers of the day's papers with words in their titles."""
    cards = re.findall(r'data-work="(\d+)".*?<h3.*?</h3>', reader.get(DAY).text, re.S)
    titles = re.findall(r"<h3.*?>([^<]+)</a></h3>", reader.get(DAY).text)
    return [number for number, title in zip(cards, titles, strict=True) if words in title]


def interests(page: str) -> set[str]:
    return set(re.findall(r'class="because"><b><bdi>(.*?)</bdi>', page))


def test_the_only_interest_is_not_named_at_every_paper(reader: Person) -> None:
    for number in works(reader, "On galaxies")[:3]:
        assert reader.act(f"upvote {number}").status == 303
    page = reader.get("/for-you?minutes=100").text
    assert page.count('class="because"') > 2
    assert "near “On galaxies" in page
    assert not interests(page)
    for told in ("lattice gauge hadrons", "hadrons on a lattice", "gauge theory of hadrons"):
        assert reader.post("/taste/seeds", {"sentence": told}, page="/taste").status == 303
    assert len(interests(reader.get("/for-you?minutes=100").text)) == 2


def test_why_says_why_taste_says_nothing(reader: Person) -> None:
    liked, other = works(reader, "On galaxies")[:2]
    said = reader.get(f"/for-you/why/{liked}").text
    assert "There is no interest yet to judge it by" in said
    reader.act(f"upvote {liked}")
    said = reader.get(f"/for-you/why/{liked}").text
    assert "You have judged this paper already" in said
    assert "no interest" not in said
    assert "You would like it with a probability of" in reader.get(f"/for-you/why/{other}").text


def test_no_paper_is_told_to_be_liked_with_no_chance_at_all(
    tmp_path: Path, serve: Callable[..., Server]
) -> None:
    settings = make_home(tmp_path, filed=False)
    with closing(Catalog.open(settings)) as catalog:
        file_papers(settings, catalog, HashedWords())
        every = [change.work_id for change in catalog.changes(0, 500)]
        texts = dict.fromkeys(every, b"")
        Readers(catalog).shown.mark(LOCAL, "for_you", "2026-08-19", every, texts)
    reader = Person(serve(settings, HashedWords()))
    liked = works(reader, "On galaxies")[0]
    reader.act(f"upvote {liked}")
    said = " ".join(reader.get(f"/for-you/why/{number}").text for number in every[-5:])
    assert "probability of under 1 %" in said and "probability of 0 %" not in said


def test_all_that_was_shown_is_told_a_page_at_a_time(
    tmp_path: Path, serve: Callable[..., Server]
) -> None:
    settings = make_home(tmp_path, filed=False)
    with closing(Catalog.open(settings)) as catalog:
        every = [change.work_id for change in catalog.changes(0, 250)]
        readers = Readers(catalog)
        for day, part in (("2026-08-19", every[:70]), ("2026-08-20", every[70:])):
            texts = dict.fromkeys(part, b"")
            readers.shown.mark(LOCAL, "for_you", day, list(texts), texts)
    reader = Person(serve(settings))
    at, found = "/for-you/shown", list[str]()
    while at:
        page = reader.get(at).text
        assert f"{len(every)} papers, here or in your digests" in page
        found += re.findall(r'<article class="item" id="p(\d+)"', page)
        assert len(page) < 400_000
        onward = re.search(r'rel="next" href="([^"]+)"', page)
        at = onward[1] if onward else ""
    assert sorted(map(int, found)) == sorted(every) and len(found) > 100
