"""Many papers put on a list at once, from ids by line or a reference manager's file."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from contextlib import closing

import pytest

from broadsheet.catalog import Catalog, Work
from broadsheet.readers import Readers
from tests.web.community import enter, make_community
from tests.web.serving import Person, Reply, Server


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, list[Work], int]]:
    """A lab, some papers of it, and the number of Ada's list."""
    settings, things = make_community(tmp_path_factory.mktemp("filling"))
    with closing(Catalog.open(settings)) as catalog:
        works = [one.work for one in catalog.changes(0, 12) if one.work]
    with Server(settings) as server:
        yield server, works, things["ada"].list


@pytest.fixture
def ada(lab: tuple[Server, list[Work], int]) -> Person:
    return enter(lab[0], "ada")


def entry_of(work: Work, key: str = "x") -> str:
    names = " and ".join(author.name for author in work.paper.authors)
    return f"@article{{{key}, title={{{work.paper.title}}}, author={{{names}}}, year={{2026}}}}\n"


def on_list(page: str) -> set[int]:
    return {int(number) for number in re.findall(r'<article class="item" id="p(\d+)"', page)}


def test_ids_and_addresses_by_line_come_onto_the_list(
    lab: tuple[Server, list[Work], int], ada: Person
) -> None:
    _, works, number = lab
    at = f"/lists/{number}"
    lines = f"{works[1].paper.id}\r\n\r\nsee https://arxiv.org/abs/{works[2].paper.id}v1, good"
    reply = ada.post(f"{at}/fill", {"papers": lines}, page=at)
    assert (reply.status, reply.headers["location"]) == (303, at)
    page = ada.get(at).text
    assert "2 papers came on “List of ada”" in page
    assert {works[0].id, works[1].id, works[2].id} <= on_list(page)
    again = ada.post(f"{at}/fill", {"papers": lines}, page=at)
    assert again.status == 303
    assert "0 papers came on “List of ada”; 2 papers stood there already" in ada.get(at).text


def test_what_is_not_here_is_named_and_the_rest_comes(
    lab: tuple[Server, list[Work], int], ada: Person
) -> None:
    _, works, number = lab
    at = f"/lists/{number}"
    strange = "@book{y, title={A book that nobody here has read}, author={Nobody, N.}}"
    text = entry_of(works[3]) + strange
    page = html.unescape(ada.post(f"{at}/fill", {"papers": text}, page=at).text)
    assert "1 paper came on “List of ada”" in page
    assert "A book that nobody here has read" in page
    assert works[3].paper.title not in page
    assert works[3].id in on_list(ada.get(at).text)


@pytest.mark.parametrize("wrong", ["", "@article{broken", "[1, 2", "1" * 100_001])
def test_what_names_nothing_is_said_in_a_line_and_changes_nothing(
    lab: tuple[Server, list[Work], int], ada: Person, wrong: str
) -> None:
    at = f"/lists/{lab[2]}"
    before = on_list(ada.get(at).text)
    reply = ada.post(f"{at}/fill", {"papers": wrong}, page=at)
    assert reply.status == 400
    assert "Traceback" not in reply.text
    assert on_list(ada.get(at).text) == before


def test_programs_fill_a_list_and_are_told_what_is_missing(
    lab: tuple[Server, list[Work], int],
) -> None:
    server, works, number = lab
    with closing(Catalog.open(server.settings)) as catalog:
        readers = Readers(catalog)
        ada = readers.accounts.by_name("ada")
        assert ada is not None
        token = readers.tokens.make(ada.id, "filling", ("write",))

    def fill(references: str) -> Reply:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        body = json.dumps({"references": references}).encode()
        return server.get(f"/api/v1/lists/{number}/fill", headers, "POST", body)

    told = fill(f"{works[8].paper.id}\n{works[9].paper.title}\n2401.99999").json()
    assert told == {"new": 2, "there": 0, "missing": ["2401.99999"]}
    assert fill(works[8].paper.id).json() == {"new": 0, "there": 1, "missing": []}
    assert fill("\n".join(f"2401.{n:05}" for n in range(1_001))).status == 400


def test_nobody_fills_the_list_of_another(lab: tuple[Server, list[Work], int]) -> None:
    server, works, number = lab
    reply = enter(server, "cem").post(f"/lists/{number}/fill", {"papers": works[5].paper.id})
    assert reply.status == 404
