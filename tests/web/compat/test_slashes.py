"""Clients whose base address ends with a slash."""

from __future__ import annotations

import json

import pytest
from sickle import Sickle

from tests.web.serving import Server

BATCH = json.dumps({"ids": ["ARXIV:2602.00001"]}).encode()


@pytest.mark.parametrize(
    "path",
    [
        "/api/query?search_query=all:galaxies&max_results=1",
        "/api/daily_papers?limit=2",
        "/api/papers/search?q=galaxies",
        "/api/collections",
        "/graph/v1/paper/search?query=galaxies&limit=2",
        "/oai?verb=ListMetadataFormats",
    ],
)
def test_a_slash_at_the_end_changes_no_answer(library: Server, path: str) -> None:
    at, mark, query = path.partition("?")
    plain, slashed = library.get(path), library.get(f"{at}/{mark}{query}")
    assert plain.status == slashed.status == 200
    assert len(plain.body) == pytest.approx(len(slashed.body), abs=2)
    assert slashed.headers["content-type"] == plain.headers["content-type"]


def test_what_is_sent_arrives_with_a_slash_too(library: Server) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert library.get("/oai/", form, "POST", b"verb=ListSets").status == 200
    sent = {"Content-Type": "application/json"}
    for end in ("", "/"):
        assert library.get(f"/graph/v1/paper/batch{end}", sent, "POST", BATCH).status == 200


def test_a_harvester_takes_a_base_address_with_a_slash(library: Server) -> None:
    assert {one.setSpec for one in Sickle(f"{library.url}/oai/").ListSets()}


def test_paths_of_our_own_are_as_they_were(library: Server) -> None:
    assert library.get("/api/v1/status/").status == 404
    assert (
        library.get("/api/papers/none-such/").json() == library.get("/api/papers/none-such").json()
    )
