"""OpenReview, against a server that pages notes by id in both forms of the API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from broadsheet.papers import Identifier, Link
from broadsheet.sources import FetchError, RemoteSettings, Want
from broadsheet.sources.openreview import OpenReview
from tests.sources.hosts import (
    Asked,
    Host,
    Reply,
    as_json,
    client_for,
    everything,
    papers,
    rejected,
    resumed,
    serving,
)

VENUE = "ICLR.cc/2026/Conference"
ALL = f"{VENUE}/-/Submission"
AUGUST_20 = 1_787_184_000_000  # ms


def note(number: int, venue: str = VENUE, **more: Any) -> dict[str, Any]:
    content = {
        "title": f"Submission {number}",
        "abstract": f"What submission {number} says.",
        "authors": ["Ada Lee", "Bo Wu"],
        "keywords": ["graphs"],
        "TLDR": "Short.",
        "venue": "ICLR 2026 Poster",
        "venueid": venue,
        "pdf": "/pdf/abc.pdf",
    }
    content |= more.pop("content", {})
    return {
        "id": f"note{number:06}",
        "forum": f"note{number:06}",
        "invitations": [ALL, f"{VENUE}/-/Edit"],
        "cdate": AUGUST_20,
        "tcdate": AUGUST_20,
        "mdate": AUGUST_20,
        "tmdate": AUGUST_20,
        "odate": AUGUST_20,
        "pdate": None,
        "license": "CC BY 4.0",
        "content": {name: {"value": said} for name, said in content.items()},
        **more,
    }


class Server:
    def __init__(self) -> None:
        self.notes: list[Any] = []
        self.old: list[Any] = []
        self.before = lambda asked: None

    def __call__(self, asked: Asked) -> Reply:
        self.before(asked)
        query = asked.query
        notes = self.old if asked.path == "/v1/notes" else self.notes
        if int(query["limit"]) > 1000 or query.get("sort") != "id":
            return as_json({"name": "ValidationError", "status": 400}, 400)
        venue, invitation = query.get("content.venueid"), query.get("invitation")
        found = []
        for one in notes:
            content = one.get("content") or {} if isinstance(one, dict) else {}
            said = content.get("venueid")
            said = said.get("value") if isinstance(said, dict) else said
            named = (*one.get("invitations", ()), one.get("invitation")) if content else (ALL,)
            if (venue and said == venue) or (invitation and invitation in named):
                found.append(one)
        found.sort(key=lambda one: one["id"] if isinstance(one, dict) and "id" in one else "")
        after = query.get("after", "")
        if after:
            found = [one for one in found if isinstance(one, dict) and one.get("id", "") > after]
        return as_json({"notes": found[: int(query["limit"])]})


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def host(server: Server) -> Iterator[Host]:
    with serving(server) as running:
        yield running


def source(host: Host) -> OpenReview:
    addresses = {"openreview": f"{host.address}/v2", "openreview-1": f"{host.address}/v1"}
    return OpenReview(RemoteSettings(addresses))


def test_a_note_becomes_a_paper(server: Server, host: Host, tmp_path: Path) -> None:
    people = [
        {"fullname": "Ada Lee", "institutions": [{"name": "A University"}]},
        {"fullname": "Bo Wu"},
    ]
    server.notes = [
        note(1, content={"authors": people, "code": "https://github.com/a/b"},
             externalIds=["arxiv:2408.00001", "dblp:x"])
    ]  # fmt: skip
    (page,) = everything(source(host), client_for(tmp_path, host), Want((VENUE,)))
    (paper,) = papers([page])
    assert paper.id == "openreview:note000001"
    assert paper.identifiers == (
        Identifier("openreview", "note000001"),
        Identifier("arxiv", "2408.00001"),
    )
    assert [(one.name, one.affiliation) for one in paper.authors] == [
        ("Ada Lee", "A University"),
        ("Bo Wu", ""),
    ]
    assert (paper.published, paper.announced, paper.updated) == ("2026-08-20", "2026-08-20", "")
    assert Link("pdf", "https://openreview.net/pdf?id=note000001") in paper.links
    assert Link("code", "https://github.com/a/b") in paper.links
    assert paper.extra["venue"] == "ICLR 2026 Poster" and paper.extra["tldr"] == "Short."
    assert page.announced[0].day == "2026-08-20" and page.cursor == ""


def test_a_venue_is_what_it_accepted_and_an_invitation_all_with_marks(
    server: Server, host: Host, tmp_path: Path
) -> None:
    server.notes = [
        note(1),
        note(2, f"{VENUE}/Withdrawn_Submission"),
        note(3, f"{VENUE}/Desk_Rejected_Submission"),
        note(4, f"{VENUE}/Rejected_Submission"),
        note(5, f"{VENUE}/Submission"),
    ]
    client = client_for(tmp_path, host)
    assert len(papers(everything(source(host), client, Want((VENUE,))))) == 1
    found = papers(everything(source(host), client, Want((ALL,))))
    assert [one.extra.get("status", "") for one in found] == [
        "",
        "withdrawn",
        "desk rejected",
        "rejected",
        "",
    ]
    assert [one.extra.get("withdrawn") for one in found] == [
        None,
        "withdrawn",
        "desk rejected",
        None,
        None,
    ]


def test_pages_go_on_after_the_last_id_whatever_is_added_meanwhile(
    server: Server, host: Host, tmp_path: Path
) -> None:
    server.notes = [note(number) for number in range(100, 1250)]
    server.before = lambda asked: server.notes.append(note(len(host.asked)))  # before all others
    client = client_for(tmp_path, host)
    pages = everything(source(host), client, Want((VENUE,)))
    ids = [paper.id for paper in papers(pages)]
    assert len(ids) == len(set(ids)) and len(pages) == 2
    assert {f"openreview:note{number:06}" for number in range(100, 1250)} <= set(ids)
    server.before = lambda asked: None
    whole = papers(everything(source(host), client, Want((VENUE, ALL))))
    assert papers(resumed(source(host), client, Want((VENUE, ALL)))) == whole


def test_a_venue_of_old_is_asked_for_in_the_old_form(
    server: Server, host: Host, tmp_path: Path
) -> None:
    old = note(
        1, "ICLR.cc/2021/Conference", invitation="ICLR.cc/2021/Conference/-/Blind_Submission"
    )
    del old["invitations"]
    old["content"] = {name: said["value"] for name, said in old["content"].items()}
    gone = {**old, "id": "note000002", "forum": "note000002",
            "invitation": "ICLR.cc/2021/Conference/-/Withdrawn_Submission"}  # fmt: skip
    server.old = [old, gone]
    found = papers(
        everything(source(host), client_for(tmp_path, host), Want(("ICLR.cc/2021/Conference",)))
    )
    assert [one.title for one in found] == ["Submission 1", "Submission 1"]
    assert [one.extra.get("withdrawn") for one in found] == [None, "withdrawn"]
    assert [one.name for one in found[0].authors] == ["Ada Lee", "Bo Wu"]
    assert [asked.path for asked in host.asked] == ["/v2/notes", "/v1/notes"]


def test_what_did_not_change_is_passed_over_and_what_is_gone_is_named(
    server: Server, host: Host, tmp_path: Path
) -> None:
    later = AUGUST_20 + 86_400_000
    server.notes = [note(1), note(2, tmdate=later), note(3, tmdate=later, ddate=later)]
    want = Want((VENUE,), since="2026-08-21")
    (page,) = everything(source(host), client_for(tmp_path, host), want)
    assert [paper.id for paper in papers([page])] == ["openreview:note000002"]
    assert papers([page])[0].updated == ""  # its reviews changed, not the submission itself
    assert page.deleted == ("openreview:note000003",)


def test_replies_are_no_papers_and_hostile_notes_are_rejected(
    server: Server, host: Host, tmp_path: Path
) -> None:
    server.notes = [
        note(1),
        note(2, replyto="note000001"),
        {"id": "note000003", "content": None},
        {"content": {"title": "x"}, "invitations": [ALL]},
        note(4, content={"title": None, "abstract": 5}),
        note(5, cdate="yesterday", odate=10**30, mdate=None, content={"authors": None}),
        3,
    ]
    pages = everything(source(host), client_for(tmp_path, host), Want((ALL,)))
    assert [paper.id for paper in papers(pages)] == [
        "openreview:note000001",
        "openreview:note000005",
    ]
    assert set(rejected(pages)) == {
        "has no content",
        "has no id",
        "has neither title nor abstract",
        "is not an object",
    }


def test_a_server_that_ignores_the_place_is_not_asked_for_ever(host: Host, tmp_path: Path) -> None:
    host.first = [as_json({"notes": [note(number) for number in range(1000)]})] * 5
    with pytest.raises(FetchError, match="without a note to go on from"):
        everything(source(host), client_for(tmp_path, host), Want((VENUE,)))
    assert len(host.asked) == 2


def test_limits_are_waited_for_and_refusals_said_in_one_line(host: Host, tmp_path: Path) -> None:
    host.first = [as_json({"name": "RateLimitError"}, 429, Retry_After="20")]
    client = client_for(tmp_path, host)
    assert everything(source(host), client, Want((VENUE,)))[0].items == ()
    host.first = [as_json({"name": "ForbiddenError"}, 403)]
    with pytest.raises(FetchError, match="answered 403"):
        everything(source(host), client, Want((VENUE,)))
    host.first = [Reply(b"<!doctype html>")]
    with pytest.raises(FetchError, match="not JSON"):
        everything(source(host), client, Want((VENUE,)))
