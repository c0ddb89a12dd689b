"""A search within a list and within all that was saved: what is found, and for whom."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote

import pytest

from broadsheet.catalog import Catalog
from broadsheet.readers import Readers
from tests.web.community import Things, enter, make_community
from tests.web.serving import HashedWords, Person, Server

SAID = "ask Maria for the seeds"


@pytest.fixture(scope="module")
def community(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, int]]]:
    """A lab, and what Ada keeps there: numbers of lists, and of the papers in them by place."""
    settings, things = make_community(tmp_path_factory.mktemp("lists"))
    with closing(Catalog.open(settings)) as catalog:
        readers = Readers(catalog)
        works = [change.work_id for change in catalog.changes(0, 12)]
        made = kept(readers, things["ada"], works)
    with Server(settings, HashedWords()) as server:
        yield server, made


def kept(readers: Readers, ada: Things, works: list[int]) -> dict[str, int]:
    group = readers.lists.make(ada.reader, "Reading group")
    for work in works[1:8]:
        readers.lists.put(group.id, work)
    readers.lists.put(group.id, works[4], SAID, ("code",))
    shown = readers.lists.make(ada.reader, "For all", public=True)
    readers.lists.put(shown.id, works[9], "worth a seminar")
    readers.acts.do(ada.reader, "save", works[10])
    return {"group": group.id, "shown": shown.id, "noted": works[4], "public": works[9]}


@pytest.fixture
def ada(community: tuple[Server, dict[str, int]]) -> Person:
    return enter(community[0], "ada")


def works_on(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<li class="item" id="p(\d+)"', page)]


def test_words_of_a_note_find_its_paper_first_and_no_paper_of_elsewhere(
    community: tuple[Server, dict[str, int]], ada: Person
) -> None:
    _, made = community
    page = ada.get(f"/lists/{made['group']}/search?q={quote('Maria seeds')}").text
    assert works_on(page)[0] == made["noted"]
    assert len(works_on(page)) == 7
    assert SAID in page
    assert "By what is written beside it" in page
    assert "in “Reading group”" in page
    assert "Keep this search" not in page


def test_the_list_has_the_box_and_all_ways_stay_within_it(
    community: tuple[Server, dict[str, int]], ada: Person
) -> None:
    _, made = community
    at = f"/lists/{made['group']}"
    assert f'action="{at}/search"' in ada.get(at).text
    page = ada.get(f"{at}/search?q=galaxies").text
    links = {html.unescape(link) for link in re.findall(r'href="([^"]*q=galaxies[^"]*)"', page)}
    outside = {link for link in links if not link.startswith(f"{at}/search")}
    assert outside == {"/search?q=galaxies"}, "only the part that is taken away leads out"
    assert any(link.startswith(f"{at}/search/why?") for link in links)
    assert f'data-live="{at}/search/results"' in page
    assert f'href="{at}"' in page


def test_why_says_that_it_is_the_note(
    community: tuple[Server, dict[str, int]], ada: Person
) -> None:
    _, made = community
    page = ada.get(f"/lists/{made['group']}/search?q=Maria").text
    (why,) = re.findall(rf'id="p{made["noted"]}".*?href="([^"]+)" data-why', page, re.S)[:1]
    said = ada.get(html.unescape(why)).text
    assert "What is written beside it has the words of the query that it lacks." in said


def test_what_was_saved_is_searched_with_the_notes_of_all_lists(
    community: tuple[Server, dict[str, int]], ada: Person
) -> None:
    _, made = community
    for query, first in (("Maria", made["noted"]), ("seminar", made["public"])):
        page = ada.get(f"/lists/saved/search?q={query}").text
        assert works_on(page)[0] == first
        assert len(works_on(page)) == 10, "the list made for everyone, seven, one and one saved"
    saved = ada.get("/lists/saved").text
    assert SAID in saved and "worth a seminar" in saved
    assert 'action="/lists/saved/search"' in ada.get("/lists").text


def test_a_list_is_searched_by_those_who_may_see_it(
    community: tuple[Server, dict[str, int]],
) -> None:
    server, made = community
    cem, stranger = enter(server, "cem"), Person(server)
    for rest in ("", "/results", "/why"):
        private = f"/lists/{made['group']}/search{rest}?q=Maria&id=x"
        assert cem.get(private).status == 404
        led = stranger.get(private)
        assert led.status == 401 or led.headers["location"].startswith("/login?")
    assert works_on(cem.get(f"/lists/{made['shown']}/search?q=seminar").text) == [made["public"]]
    assert made["public"] not in works_on(cem.get("/lists/saved/search?q=seminar").text)
    assert cem.get("/lists/x/search?q=a").status == 404
    assert "Disallow: /lists/*/search" in stranger.get("/robots.txt").text


def test_nothing_asked_says_what_can_be(
    community: tuple[Server, dict[str, int]], ada: Person
) -> None:
    _, made = community
    page = ada.get(f"/lists/{made['group']}/search").text
    assert "notes and tags beside them" in page
    assert not works_on(page)


def test_programs_search_a_list_page_by_page(
    community: tuple[Server, dict[str, int]], ada: Person
) -> None:
    _, made = community
    at = f"/api/v1/lists/{made['group']}/search?q=Maria+galaxies&limit=3"
    found = []
    while at:
        answer = ada.get(at).json()
        assert answer["total"] == 7
        found += answer["hits"]
        at = answer["next"]
    assert len({hit["id"] for hit in found}) == len(found) == 7
    noted = [hit for hit in found if hit["note"]]
    assert [(hit["note"], hit["tags"]) for hit in noted] == [(SAID, ["code"])]
    (only,) = [
        hit for hit in ada.get("/api/v1/lists/saved/search?q=Maria").json()["hits"] if hit["noted"]
    ]
    assert only["probability"] is None
    assert only["note"] == SAID


def test_programs_search_no_list_of_another(
    community: tuple[Server, dict[str, int]],
) -> None:
    server, made = community
    cem, stranger = enter(server, "cem"), Person(server)
    assert cem.get(f"/api/v1/lists/{made['group']}/search?q=a").status == 404
    assert stranger.get(f"/api/v1/lists/{made['group']}/search?q=a").status == 401
    assert stranger.get("/api/v1/lists/saved/search?q=a").status == 401
    shown = cem.get(f"/api/v1/lists/{made['shown']}/search?q=seminar").json()
    assert [hit["noted"] for hit in shown["hits"]] == [True]
