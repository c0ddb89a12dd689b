"""Hugging Face Daily Papers, against a server that pages and traps as the Hub does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from broadsheet.papers import Identifier, Link
from broadsheet.sources import FetchError, Want
from broadsheet.sources.daily_papers import DailyPapers, newest_day
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
    settings_for,
)

NOON = datetime(2026, 8, 21, 16, tzinfo=UTC)


def entry(number: int, votes: int = 0, **more: Any) -> dict[str, Any]:
    """As the Hub nests it: some fields in the wrapper, some in ``paper``, some in both."""
    return {
        "paper": {
            "id": f"2608.{number:05}",
            "authors": [{"name": "Ada Lee", "hidden": False}, {"name": "Bo", "hidden": True}],
            "publishedAt": "2026-08-18T17:00:00.000Z",
            "submittedOnDailyAt": "2026-08-20T00:00:00.000Z",
            "summary": f"What paper {number} says.",
            "upvotes": votes,
            "githubRepo": "https://github.com/a/b",
            "githubStars": 7,
            "projectPage": "https://a.github.io",
            "ai_keywords": ["graphs", "trees"],
            "ai_summary": "A machine's sentence.",
            **more,
        },
        "title": f"Paper {number} of the day",
        "publishedAt": "2026-08-18T17:00:00.000Z",
        "numComments": 2,
        "submittedBy": {"_id": "1", "name": "ada", "fullname": "Ada L.", "isPro": False},
        "organization": {"name": "lab", "fullname": "The Lab"},
    }


class Hub:
    def __init__(self) -> None:
        self.lists: dict[str, list[Any]] = {}
        self.before_page = lambda asked: None

    def __call__(self, asked: Asked) -> Reply:
        assert asked.path == "/api/daily_papers"
        self.before_page(asked)
        limit, page = int(asked.query["limit"]), int(asked.query["p"])
        if not 0 < limit <= 100:
            return as_json({"error": "limit must be at most 100"}, 400)
        period = asked.query.get("date") or asked.query.get("week") or asked.query.get("month")
        entries = self.lists.get(str(period), [])
        return as_json(entries[page * limit : (page + 1) * limit])


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def host(hub: Hub) -> Iterator[Host]:
    with serving(hub) as running:
        yield running


def source(host: Host, **options: str) -> DailyPapers:
    return DailyPapers(settings_for("daily-papers", host, **options), lambda: NOON)


def test_a_day_is_a_page_with_votes_and_links(hub: Hub, host: Host, tmp_path: Path) -> None:
    hub.lists["2026-08-20"] = [entry(1, 31), entry(2, 0)]
    want = Want(since="2026-08-20", until="2026-08-20")
    (page,) = everything(source(host), client_for(tmp_path, host), want)
    first, second = papers([page])
    assert page.cursor == ""
    assert (first.id, first.announced, first.published) == (
        "2608.00001",
        "2026-08-20",
        "2026-08-18",
    )
    assert first.identifiers == (Identifier("arxiv", "2608.00001"),)
    assert first.title == "Paper 1 of the day"
    assert [author.name for author in first.authors] == ["Ada Lee"]
    assert Link("code", "https://github.com/a/b") in first.links
    assert Link("project", "https://a.github.io") in first.links
    assert first.extra["upvotes"] == 31 and second.extra["upvotes"] == 0
    assert first.extra["numComments"] == 2 and first.extra["githubStars"] == 7
    assert first.extra["ai_keywords"] == ["graphs", "trees"]
    assert first.extra["submittedBy"] == {"name": "ada", "fullname": "Ada L."}
    assert first.summary == ""  # what machines wrote is no summary of ours
    assert [(line.day, line.id) for line in page.announced] == [
        ("2026-08-20", "2608.00001"),
        ("2026-08-20", "2608.00002"),
    ]
    assert page.listings[0].total == 2


def test_a_long_day_is_paged_and_each_paper_counted_once(
    hub: Hub, host: Host, tmp_path: Path
) -> None:
    hub.lists["2026-08-20"] = [entry(number) for number in range(230)]
    want = Want(since="2026-08-20", until="2026-08-20")
    pages = everything(source(host), client_for(tmp_path, host), want)
    assert len({paper.id for paper in papers(pages)}) == len(papers(pages)) == 230


def test_papers_that_move_between_pages_are_not_lost(hub: Hub, host: Host, tmp_path: Path) -> None:
    hub.lists["2026-08-20"] = [entry(number) for number in range(150)]

    def vote(asked: Asked) -> None:
        # While page 1 is asked for, its first paper has gone up to page 0.
        if asked.query["p"] == "1" and len(host.asked) == 2:
            listed = hub.lists["2026-08-20"]
            listed.insert(0, listed.pop(100))

    hub.before_page = vote
    want = Want(since="2026-08-20", until="2026-08-20")
    pages = everything(source(host), client_for(tmp_path, host), want)
    assert len({paper.id for paper in papers(pages)}) == 150


def test_days_are_gone_on_with_where_a_sync_stopped(hub: Hub, host: Host, tmp_path: Path) -> None:
    for day in range(17, 22):
        hub.lists[f"2026-08-{day}"] = [entry(day * 10), entry(day * 10 + 1)]
    want = Want(since="2026-08-17", until="2026-08-21")
    client = client_for(tmp_path, host)
    whole = everything(source(host), client, want)
    asked = len(host.asked)
    parts = resumed(source(host), client, want)
    assert [page.cursor for page in parts] == [page.cursor for page in whole]
    assert papers(parts) == papers(whole) and len(papers(parts)) == 10
    assert len(host.asked) - asked == asked  # no day was asked for twice


def test_weeks_and_months_are_asked_for_at_once(hub: Hub, host: Host, tmp_path: Path) -> None:
    hub.lists["2026-W34"] = [entry(1)]
    hub.lists["2026-07"], hub.lists["2026-08"] = [entry(2)], [entry(3), entry(1)]
    want = Want(("weekly", "monthly"), since="2026-07-30", until="2026-08-21")
    pages = everything(source(host), client_for(tmp_path, host), want)
    assert [paper.id for paper in papers(pages)] == [
        "2608.00001",
        "2608.00002",
        "2608.00003",
        "2608.00001",
    ]
    assert papers(pages)[0].announced == "2026-08-20"  # the day the entry names
    assert {asked.query.get("month") for asked in host.asked} == {None, "2026-07", "2026-08"}


def test_hostile_entries_are_rejected_with_a_reason(hub: Hub, host: Host, tmp_path: Path) -> None:
    hub.lists["2026-08-20"] = [
        entry(1),
        None,
        "a text",
        {"paper": None},
        {"paper": {"id": 7, "title": "No text for an id"}},
        {"paper": {"id": "2608.00009", "title": None, "summary": None}},
        entry(2, authors=None, upvotes="many", ai_keywords="x", githubRepo="javascript:alert(1)"),
        {"id": "2608.00010", "title": "A flat one", "upvotes": 3},
    ]
    want = Want(since="2026-08-20", until="2026-08-20")
    pages = everything(source(host), client_for(tmp_path, host), want)
    assert [paper.id for paper in papers(pages)] == ["2608.00001", "2608.00002", "2608.00010"]
    assert "upvotes" not in papers(pages)[1].extra
    assert all(link.url.startswith("https://") for link in papers(pages)[1].links)
    assert papers(pages)[2].extra["upvotes"] == 3
    assert rejected(pages) == [
        "is not an object",
        "is not an object",
        "has no id",
        "has no id",
        "has neither title nor abstract",
    ]


def test_one_text_that_is_no_unicode_does_not_lose_the_list(host: Host, tmp_path: Path) -> None:
    host.first = [
        Reply(
            b'[{"id": "2608.00001", "title": "half \\ud800"},'
            b' {"id": "2608.00002", "title": "\xff"}]'
        )
    ]
    want = Want(since="2026-08-20", until="2026-08-20")
    found = papers(everything(source(host), client_for(tmp_path, host), want))
    assert [paper.id for paper in found] == ["2608.00001", "2608.00002"]


def test_a_busy_hub_is_waited_for(hub: Hub, host: Host, tmp_path: Path) -> None:
    hub.lists["2026-08-20"] = [entry(1)]
    host.first = [as_json({"error": "slow down"}, 429, Retry_After="7")]
    want = Want(since="2026-08-20", until="2026-08-20")
    assert len(papers(everything(source(host), client_for(tmp_path, host), want))) == 1


@pytest.mark.parametrize("body", [b"<html>log in</html>", b'{"error": "no"}', b'[{"paper": '])
def test_an_answer_of_another_form_is_an_error_in_one_line(
    host: Host, tmp_path: Path, body: bytes
) -> None:
    host.first = [Reply(body)]
    with pytest.raises(FetchError) as caught:
        everything(source(host), client_for(tmp_path, host), Want(since="2026-08-20"))
    assert "\n" not in str(caught.value) and "/api/daily_papers" in str(caught.value)


def test_the_newest_list_turns_at_half_past_nine_in_new_york() -> None:
    assert newest_day(datetime(2026, 8, 22, 1, 29, tzinfo=UTC)).isoformat() == "2026-08-21"
    assert newest_day(datetime(2026, 8, 22, 1, 31, tzinfo=UTC)).isoformat() == "2026-08-22"


def test_no_day_before_the_first_list_and_none_to_come_is_asked_for(
    hub: Hub, host: Host, tmp_path: Path
) -> None:
    remote = DailyPapers(
        settings_for("daily-papers", host), lambda: datetime(2023, 5, 5, 12, tzinfo=UTC)
    )
    everything(remote, client_for(tmp_path, host), Want(since="2000-01-01", until="2030-01-01"))
    assert [asked.query["date"] for asked in host.asked] == ["2023-05-04", "2023-05-05"]


def test_a_key_is_sent_where_one_is_set(hub: Hub, host: Host, tmp_path: Path) -> None:
    everything(source(host, token="hf_x"), client_for(tmp_path, host), Want(since="2026-08-21"))
    assert host.asked[0].headers["authorization"] == "Bearer hf_x"
