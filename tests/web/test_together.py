"""Picks, submissions, links, claims and organisations, as their makers and others see them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.web.community import enter, make_community
from tests.web.serving import Person, Server

PAPER = "/papers/2608.90002"
KEPT = {"timezone": "UTC", "minutes": "15", "digest": "off", "digest_hour": "7"}  # of an account


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings, _ = make_community(tmp_path_factory.mktemp("together"))
    with Server(settings) as server:
        yield server


def show_as(person: Person, display: str, **more: str) -> None:
    """Chooses the name that is shown to others."""
    assert (
        person.post("/account", {**KEPT, "display": display, **more}, page="/account").status == 303
    )


def work_of(person: Person, paper: str) -> str:
    """The number of the work on a page."""
    (number,) = set(re.findall(r'action="/works/(\d+)/comments"', person.get(paper).text))
    return number


def test_nobody_passes_for_another_in_what_they_do_together(served: Server) -> None:
    operator, curator, reader = enter(served, "ada"), enter(served, "bob"), enter(served, "dia")
    number = work_of(reader, PAPER)
    show_as(curator, "Ada")
    show_as(reader, "ada", public_votes="on")
    reader.act(f"upvote {number}")
    reader.post("/submit", {"what": "2608.90002", "why": "Mine"}, page="/submit")
    link = {"kind": "code", "url": "https://github.com/example/bounds", "back": PAPER}
    reader.post(f"/works/{number}/links", link, page=PAPER)
    reader.post(f"/works/{number}/claim", {"author": "Ada Lovelace", "back": PAPER}, page=PAPER)
    picked = {"day": "2026-08-20", "note": "A gem", "to": PAPER}
    curator.post(f"/works/{number}/pick", picked, page=PAPER)
    reader.post("/organisations", {"name": "Analytical Institute"}, page="/organisations")

    waiting = operator.get("/moderation").text
    assert "<bdi>ada</bdi> dia says: I am" in waiting
    assert '<bdi>ada</bdi> dia for <a href="/organisations/analytical-institute"' in waiting
    (claim,) = re.findall(r'action="(/moderation/claims/\d+)"', waiting)
    operator.post(claim, {"do": "confirm"}, page="/moderation")
    named = dict(re.findall(r'name="(organisation|reader)" value="(\d+)"', waiting))
    operator.post("/moderation/members", {**named, "do": "confirm"}, page="/moderation")

    page = operator.get(PAPER).text
    for words in (
        "<h2>Voted for by</h2><p><bdi><bdi>ada</bdi> dia</bdi></p>",
        "Picked by <bdi>Ada</bdi> bob for 2026-08-20",
        "Submitted by <bdi>ada</bdi> dia: <bdi>Mine</bdi>",
        "added by <bdi>ada</bdi> dia",
        "Ada Lovelace (<bdi>ada</bdi> dia)",
    ):
        assert words in page, words
    assert "Picked by <bdi>Ada</bdi> bob:" in operator.get("/editions/2026-08-20").text
    spoken = operator.get("/organisations/analytical-institute").text
    assert "spoken for by <bdi><bdi>ada</bdi> dia</bdi>" in spoken
    show_as(reader, "dia", public_votes="on")
    assert "Submitted by <bdi>dia</bdi>: " in operator.get(PAPER).text, "the account's name alone"
