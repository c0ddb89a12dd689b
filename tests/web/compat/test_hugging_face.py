"""huggingface_hub, unmodified, asks our server."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import UTC, datetime

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import BadRequestError, HfHubHTTPError
from huggingface_hub.hf_api import PaperInfo

from broadsheet.catalog import Catalog, Readings, Work
from broadsheet.editions import public_name
from broadsheet.text import Reading
from broadsheet.web.compat.hugging_face_daily import feed_day
from broadsheet.web.compat.naming import hub_name
from tests.web.compat.papers import LINKED
from tests.web.papers import DAYS, rows
from tests.web.serving import Person, Server

HEX = re.compile(r"[0-9a-f]{24}")


@pytest.fixture(scope="module")
def hub(library: Server) -> HfApi:
    # A token of their own, as everyone has who is logged in there: it is no concern of ours.
    return HfApi(endpoint=library.url, token="hf_" + "a" * 34)


@pytest.fixture(scope="module")
def kept(library: Server) -> list[Work]:
    """Every work of the home, as the catalog has it."""
    with closing(Catalog.open(library.settings)) as catalog:
        return [change.work for change in catalog.changes(0, 10_000) if change.work]


def moment(iso: str) -> datetime:
    year, month, day = (*map(int, iso.split("-")), 1, 1)[:3]
    return datetime(year, month, day, tzinfo=UTC)


@pytest.fixture(scope="module")
def readings(library: Server, kept: list[Work]) -> dict[int, Reading]:
    """What was read from them."""
    with closing(Catalog.open(library.settings)) as catalog:
        return Readings(catalog).get_many([work.id for work in kept])


def same(found: PaperInfo, work: Work, reading: Reading) -> list[str]:
    """What the client has of a paper that is not what the catalog has."""
    paper = work.paper
    dated = work.published or work.announced
    expected = {
        "title": paper.title,
        "summary": paper.abstract,
        "authors": [author.name for author in paper.authors] or None,
        "published_at": moment(dated) if dated else None,
        "submitted_at": moment(work.announced) if work.announced else None,
        "upvotes": 12 if paper.id == LINKED else 0,
        "comments": 0,
        "source": paper.source,
        "ai_summary": (
            paper.abstract[reading.summary.start : reading.summary.end]
            if reading.summary
            else paper.summary or None
        ),
        "ai_keywords": [keyword.text for keyword in reading.keywords]
        or paper.extra.get("ai_keywords"),
        "submitted_by": None,
        "organization": None,
    }
    told = {name: getattr(found, name) for name in expected}
    told["authors"] = found.authors and [author.name for author in found.authors]
    return [
        f"{paper.id} {name}: {told[name]!r}" for name in expected if told[name] != expected[name]
    ]


def test_papers_arrive_by_their_ids_with_every_field(
    hub: HfApi, kept: list[Work], readings: dict[int, Reading]
) -> None:
    wrong = []
    # Every listed and odd one, and some of the starter edition.
    for work in [*kept[:80], *kept[80::9]]:
        # A client puts an id into the address as it is: those that it cannot are asked by number.
        name = public_name(work.paper)
        fits = not re.search(r"[?#%\\]|//|\.\.", name)
        wrong += same(hub.paper_info(name if fits else f"{work.id:024x}"), work, readings[work.id])
    assert wrong == []
    assert len(kept) > 540


def test_whatever_is_listed_is_found_again_by_the_id_it_is_listed_with(
    hub: HfApi, library: Server, kept: list[Work]
) -> None:
    titles: list[tuple[str, str]] = []
    address = f"{library.url}/api/papers?limit=100"
    while address:
        reply = library.get(address.removeprefix(library.url))
        titles += [(item["paper"]["id"], item["title"]) for item in reply.json()]
        found = re.fullmatch(r'<(.+)>; rel="next"', reply.headers.get("link", ""))
        address = found[1] if found else ""
    assert len(titles) == len(kept) == len({name for name, _ in titles})
    for name, title in [*titles[-70:], *titles[:-70:9]]:
        assert hub.paper_info(name).title == title


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("cs/0501001", "An old paper whose id has a slash"),
        ("cs/0501001v3", "An old paper whose id has a slash"),
        ("math/0309136", "Knots"),
        ("math.GT/0309136", "Knots"),
        ("2608.90003v2", "A title without an abstract"),
        ("10.5555/3454287.3454581", "Known by its DOI alone"),
        ("P19-1001", "Known by its Anthology id"),
        ("arXiv:2608.90003", "A title without an abstract"),
    ],
)
def test_ids_of_every_form_lead_to_the_paper(hub: HfApi, name: str, title: str) -> None:
    assert (hub.paper_info(name).title or "").startswith(title)
    assert hub.read_paper(name).startswith("# ")


def test_a_listing_has_what_each_paper_has_alone(
    hub: HfApi, kept: list[Work], readings: dict[int, Reading]
) -> None:
    by_name = {hub_name(work.paper, work.id): work for work in kept}
    wrong = []
    found = [*hub.list_daily_papers(date=DAYS[2], limit=100), *hub.list_papers(query="galaxies")]
    for paper in found:
        wrong += same(paper, by_name[paper.id], readings[by_name[paper.id].id])
    assert wrong == []
    assert len(found) > 30


def test_a_day_a_week_and_a_month_have_their_papers(hub: HfApi) -> None:
    listed = {day: {str(row["id"]) for row in rows() if row["date"] == day} for day in DAYS}
    day = [paper.id for paper in hub.list_daily_papers(date=DAYS[2], limit=100)]
    assert set(day) == listed[DAYS[2]] | {LINKED}
    assert day[0] == LINKED  # the most upvotes first
    everything = set().union(*listed.values()) | {LINKED, "math/0309136"}
    for span in ({"week": "2026-W34"}, {"month": "2026-08"}):
        assert {paper.id for paper in hub.list_daily_papers(**span, limit=100)} == everything
    assert list(hub.list_daily_papers(date="2026-08-21")) == []
    assert list(hub.list_daily_papers(month="2031-01")) == []


def test_pages_follow_one_another_without_a_gap_and_the_link_says_when_to_end(
    hub: HfApi, library: Server
) -> None:
    whole = [paper.id for paper in hub.list_daily_papers(limit=100)]
    paged: list[str] = []
    for number in range(20):
        page = [paper.id for paper in hub.list_daily_papers(p=number, limit=7)]
        if not page:
            break
        paged += page
    assert paged == whole
    assert len(set(paged)) == len(paged) == 57
    address, followed = "/api/daily_papers?limit=7&week=2026-W34", []
    while address:
        reply = library.get(address)
        followed += [item["paper"]["id"] for item in reply.json()]
        found = re.fullmatch(r'<http://[^/]+(/[^>]+)>; rel="next"', reply.headers.get("link", ""))
        address = found[1] if found else ""
    assert sorted(followed) == sorted(whole)


def test_without_a_day_the_newest_come_first_and_fifty_at_most(hub: HfApi) -> None:
    found = list(hub.list_daily_papers())
    assert len(found) == 50
    days = [paper.submitted_at for paper in found if paper.submitted_at]
    assert days == sorted(days, reverse=True)
    assert len(list(hub.list_papers())) == 20
    assert len(list(hub.list_papers(query="study", limit=33))) == 33


def test_what_is_linked_to_a_paper_arrives_at_both_levels(hub: HfApi, library: Server) -> None:
    alone = hub.paper_info(LINKED)
    assert [model.id for model in alone.linked_models or []] == ["lab/open-weights"]
    assert [data.id for data in alone.linked_datasets or []] == ["lab/open-data"]
    assert [space.id for space in alone.linked_spaces or []] == ["lab/demo"]
    assert (alone.num_total_models, alone.num_total_datasets) == (1, 1)
    listed = next(p for p in hub.list_daily_papers(date=DAYS[2]) if p.id == LINKED)
    for paper in (alone, listed):
        assert paper.github_repo == "https://github.com/lab/open"
        assert paper.github_stars == 7
        assert paper.project_page == "https://huggingface.co/spaces/lab/demo"
        assert paper.__dict__["license"] == "http://creativecommons.org/licenses/by/4.0/"
    assert hub.paper_info("2608.90003").linked_models == []
    repositories = library.get(f"/api/arxiv/{LINKED}/repos").json()
    assert [one["id"] for one in repositories["spaces"]] == ["lab/demo"]
    found = list(hub.list_models(filter=f"arxiv:{LINKED}"))
    assert [model.id for model in found] == ["lab/open-weights"]
    assert [data.id for data in hub.list_datasets(filter=f"arxiv:{LINKED}")] == ["lab/open-data"]
    assert [space.id for space in hub.list_spaces(filter=f"arxiv:{LINKED}")] == ["lab/demo"]
    assert list(hub.list_models(filter="arxiv:9999.99999")) == []


def test_the_forms_that_break_the_client_are_not_sent(library: Server) -> None:
    for item in library.get("/api/daily_papers?limit=100").json():
        assert isinstance(item["paper"], dict)
        assert "authors" not in item  # the client would take it over the parsed ones
        assert item["upvotes"] == item["paper"]["upvotes"]
        assert all(value is not None for value in (*item.values(), *item["paper"].values()))
        for name, value in (*item.items(), *item["paper"].items()):
            if name.endswith("At") or name == "submittedOnDailyAt":
                assert re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z", value)
        assert HEX.fullmatch(item["paper"]["_id"])


def test_a_summary_says_whose_words_it_is(hub: HfApi, kept: list[Work]) -> None:
    ours = next(work for work in kept if work.paper.source == "starter")
    found = hub.paper_info(public_name(ours.paper))
    assert found.ai_summary == ours.paper.summary
    assert "editors" in found.__dict__["ai_summary_model"]
    assert found.summary == ""
    theirs = hub.paper_info("2608.00007")
    assert theirs.ai_summary
    assert theirs.ai_summary in (theirs.summary or "")
    assert theirs.__dict__["ai_summary_model"].startswith("broadsheet-extract")


@pytest.mark.parametrize(
    "asked",
    [
        {"date": "yesterday"},
        {"date": "2026-02-30"},
        {"date": "2026-W01"},
        {"week": "2026-W99"},
        {"month": "2026-13"},
        {"month": "2026-08-20"},
        {"sort": "heat"},
        {"limit": 0},
        {"limit": 101},
        {"limit": -1},
        {"p": -1},
        {"p": 10**12},
        {"date": "2026-08-20", "week": "2026-W34"},
        {"submitter": "x" * 300},
    ],
)
def test_what_does_not_read_is_a_bad_request_that_says_why(
    hub: HfApi, asked: dict[str, object]
) -> None:
    with pytest.raises(BadRequestError) as caught:
        list(hub.list_daily_papers(**asked))  # type: ignore[arg-type]
    said = str(caught.value.server_message)
    assert next(iter(asked)) in said or "date" in said
    assert caught.value.response.headers["content-type"] == "application/json"


def test_long_queries_and_unknown_papers_are_said_in_their_form(
    hub: HfApi, library: Server
) -> None:
    with pytest.raises(BadRequestError, match="250"):
        list(hub.list_papers(query="a" * 251))
    assert list(hub.list_papers(query=("model " * 42)[:250]))
    for limit in (0, 121):
        with pytest.raises(BadRequestError, match="limit"):
            list(hub.list_papers(query="a", limit=limit))
    for name in ("9999.99999", "no such thing", "%00", "%F0%9F%99%82"):
        with pytest.raises(HfHubHTTPError) as caught:
            hub.paper_info(name)
        assert caught.value.response.status_code == 404
        assert set(caught.value.response.json()) == {"error"}
        assert "X-Error-Message" in caught.value.response.headers
    for path in ("/api/nothing", "/api/papers?cursor=x", "/api/models", "/api/models?filter=x"):
        reply = library.get(path)
        assert reply.status in (400, 404)
        assert set(reply.json()) == {"error"}
    assert library.get("/api/papers/search?q=a", method="DELETE").json()["error"]


def test_nothing_from_a_parameter_gets_into_a_header(library: Server) -> None:
    reply = library.get("/api/daily_papers?limit=7&submitter=x%0d%0aSet-Cookie:%20a=b")
    assert not reply.cookies
    assert reply.status == 200
    reply = library.get("/api/papers/%0d%0aSet-Cookie:%20a=b")
    assert not reply.cookies
    assert reply.status == 404


def test_today_begins_in_the_evening_before_in_new_york() -> None:
    assert feed_day(datetime(2026, 7, 1, 1, 29, tzinfo=UTC)) == "2026-06-30"  # 21:29 there
    assert feed_day(datetime(2026, 7, 1, 1, 30, tzinfo=UTC)) == "2026-07-01"  # 21:30
    assert feed_day(datetime(2026, 1, 1, 2, 29, tzinfo=UTC)) == "2025-12-31"  # in winter
    assert feed_day(datetime(2026, 1, 1, 2, 30, tzinfo=UTC)) == "2026-01-01"


def test_the_registry_of_harnesses_is_one_the_client_keeps(library: Server) -> None:
    found = library.get("/api/agent-harnesses").json()
    assert found == {"standardEnvVars": ["AI_AGENT", "AGENT"], "harnesses": {}}


def test_a_vote_on_a_page_is_an_upvote_in_the_answer_at_once(
    hub: HfApi, library: Server, kept: list[Work]
) -> None:
    work = next(work for work in kept if work.paper.id == "2608.00007")
    assert hub.paper_info("2608.00007").upvotes == 0
    person = Person(library)
    assert person.act(f"upvote {work.id}").status == 303
    try:
        assert hub.paper_info("2608.00007").upvotes == 1
        first = next(iter(hub.list_daily_papers(date=DAYS[0])))
        assert (first.id, first.upvotes) == ("2608.00007", 1)
        trending = [paper.id for paper in hub.list_daily_papers(sort="trending", limit=100)]
        assert trending[0] == "2608.00007"
        assert len(trending) == len(set(trending)) == 57
    finally:
        person.act(f"-upvote {work.id}")


def test_a_licence_is_shown_where_it_is_known_and_no_full_text_is(
    hub: HfApi, library: Server
) -> None:
    page, text = library.get(f"/papers/{LINKED}").text, hub.read_paper(LINKED)
    assert "CC BY 4.0" in page
    assert "Licence: CC BY 4.0" in text
    assert "Full text: not kept here" in text
    assert "Licence" not in hub.read_paper("2608.90003")
    asked = library.get(f"/papers/{LINKED}", {"Accept": "text/markdown"})
    assert asked.headers["content-type"].startswith("text/markdown")
    assert "Accept" in asked.headers["vary"]
    assert asked.text == text
