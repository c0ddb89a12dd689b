"""bioRxiv and medRxiv, against a server with the habits of api.biorxiv.org."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from broadsheet.papers import Identifier
from broadsheet.sources import FetchError, Page, Want
from broadsheet.sources.biorxiv import Preprints
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

DAY = Want(since="2026-08-20", until="2026-08-20")


def post(number: int, version: int = 1, day: str = "2026-08-20", **more: Any) -> dict[str, Any]:
    return {
        "title": f"Cells and their number {number}",
        "authors": "Lee, A. B.; van der Berg, C.; The Cell Consortium",
        "author_corresponding": "Ada Lee",
        "author_corresponding_institution": "A University",
        "doi": f"10.64898/2026.08.15.{number:06}",
        "date": day,
        "version": str(version),
        "type": "new results",
        "license": "cc_by_nc",
        "category": "cell biology",
        "jatsxml": "https://www.biorxiv.org/content/x.source.xml",
        "abstract": f"Abstract of {number}.",
        "funder": "NA",
        "published": "NA",
        "server": "bioRxiv",
        **more,
    }


class Server:
    """30 a page, whatever the offset; counts as texts; more stated than can be had."""

    def __init__(self) -> None:
        self.posts: list[Any] = []
        self.overstated = 0
        self.before = lambda asked: None

    def __call__(self, asked: Asked) -> Reply:
        self.before(asked)
        _, details, server, since, until, offset, form = asked.path.split("/")
        assert (details, form) == ("details", "json")
        category = asked.query.get("category", "").replace("_", " ")
        found = [
            one
            for one in self.posts
            if not isinstance(one, dict)
            or (
                since <= str(one.get("date", since)) <= until
                and one.get("server", "bioRxiv").lower() == server
                and category in ("", one.get("category"))
            )
        ]
        part = found[int(offset) : int(offset) + 30]
        if not part:
            return as_json({"messages": [{"status": "no posts found"}], "collection": []})
        message = {
            "status": "ok",
            "interval": f"{since}:{until}",
            "cursor": offset,
            "count": len(part),
            "count_new_papers": "1",
            "total": str(len(found) + self.overstated),
        }
        return as_json({"messages": [message], "collection": part})


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def host(server: Server) -> Iterator[Host]:
    with serving(server) as running:
        yield running


def of_day(pages: list[Page], day: str = "2026-08-20") -> list[Page]:
    return [page for page in pages if page.listings and page.listings[0].day == day]


def test_a_post_becomes_a_paper(server: Server, host: Host, tmp_path: Path) -> None:
    server.posts = [post(1), post(2, 3, published="10.1038/S41-2", license="cc_no")]
    remote = Preprints("biorxiv", settings_for("biorxiv", host))
    (page,) = of_day(everything(remote, client_for(tmp_path, host), DAY))
    first, second = papers([page])
    assert first.id == "doi:10.64898/2026.08.15.000001"
    assert (first.version, first.announced, first.published) == ("v1", "2026-08-20", "2026-08-20")
    assert [one.name for one in first.authors] == [
        "A. B. Lee",
        "C. van der Berg",
        "The Cell Consortium",
    ]
    assert first.categories == ("cell biology",)
    assert first.extra["license"] == "CC BY NC"
    assert first.links[1].url.endswith("10.64898/2026.08.15.000001v1.full.pdf")
    # A revision: posted that day, submitted on the day its DOI bears.
    assert (second.version, second.published, second.updated) == (
        "v3",
        "2026-08-15",
        "2026-08-20",
    )
    assert second.identifiers[1] == Identifier("doi", "10.1038/s41-2")
    assert "license" not in second.extra
    assert [line.kind for line in page.announced] == ["new", "replace"]
    assert page.listings[0].total == 2


def test_steps_go_by_what_came(server: Server, host: Host, tmp_path: Path) -> None:
    server.posts = [post(number) for number in range(95)]
    pages = everything(
        Preprints("biorxiv", settings_for("biorxiv", host)), client_for(tmp_path, host), DAY
    )
    assert len({paper.id for paper in papers(pages)}) == len(papers(pages)) == 95
    offsets = [asked.path.split("/")[5] for asked in host.asked if "08-20/2026" in asked.path]
    assert offsets == ["0", "30", "60", "90"]


def test_a_total_that_cannot_be_had_is_not_claimed(
    server: Server, host: Host, tmp_path: Path
) -> None:
    server.posts, server.overstated = [post(number) for number in range(40)], 9
    pages = everything(
        Preprints("biorxiv", settings_for("biorxiv", host)), client_for(tmp_path, host), DAY
    )
    assert len(papers(pages)) == 40
    assert of_day(pages)[0].listings[0].total is None


def test_a_post_that_appears_while_pages_are_turned_pushes_none_out(
    server: Server, host: Host, tmp_path: Path
) -> None:
    server.posts = [post(number) for number in range(70)]

    def appear(asked: Asked) -> None:
        if asked.path.endswith("2026-08-20/2026-08-20/30/json") and len(server.posts) == 70:
            server.posts.insert(0, post(500))

    server.before = appear
    pages = everything(
        Preprints("biorxiv", settings_for("biorxiv", host)), client_for(tmp_path, host), DAY
    )
    assert len({paper.id for paper in papers(pages)}) == len(papers(pages)) == 71


def test_two_versions_on_a_day_are_two_records(server: Server, host: Host, tmp_path: Path) -> None:
    server.posts = [post(1, 1), post(1, 2)]
    pages = everything(
        Preprints("biorxiv", settings_for("biorxiv", host)), client_for(tmp_path, host), DAY
    )
    assert [paper.version for paper in papers(pages)] == ["v1", "v2"]


def test_a_withdrawn_post_is_marked_and_a_paper_about_withdrawal_is_not(
    server: Server, host: Host, tmp_path: Path
) -> None:
    server.posts = [
        post(1, title="WITHDRAWN: Cells"),
        post(2, abstract="The authors have withdrawn this manuscript because of an error."),
        post(3, abstract="Withdrawn patients were analysed; the authors have withdrawn nothing."),
    ]
    pages = everything(
        Preprints("biorxiv", settings_for("biorxiv", host)), client_for(tmp_path, host), DAY
    )
    assert [paper.extra.get("withdrawn") for paper in papers(pages)] == [
        "withdrawn",
        "withdrawn",
        None,
    ]


def test_medrxiv_and_a_category_are_asked_for_by_name(
    server: Server, host: Host, tmp_path: Path
) -> None:
    server.posts = [
        post(1, server="medRxiv", category="cardiovascular medicine"),
        post(2, server="medRxiv", category="oncology"),
        post(3),
    ]
    remote = Preprints("medrxiv", settings_for("medrxiv", host))
    want = Want(("cardiovascular medicine",), "2026-08-20", "2026-08-20")
    pages = everything(remote, client_for(tmp_path, host), want)
    (paper,) = papers(pages)
    assert paper.source == "medrxiv" and paper.links[0].url.startswith("https://www.medrxiv.org/")
    assert pages[0].announced == () and pages[-1].announced[0].set == "cardiovascular medicine"


def test_a_sync_begins_two_days_earlier_and_goes_on_where_it_stopped(
    server: Server, host: Host, tmp_path: Path
) -> None:
    server.posts = [post(day, day=f"2026-08-{day}") for day in range(15, 21)]
    remote = Preprints("biorxiv", settings_for("biorxiv", host))
    client = client_for(tmp_path, host)
    want = Want(since="2026-08-18", until="2026-08-20")
    whole = everything(remote, client, want)
    assert [page.listings[0].day[-2:] for page in whole] == ["16", "17", "18", "19", "20"]
    assert papers(resumed(remote, client, want)) == papers(whole)


def test_hostile_posts_are_rejected_with_a_reason(
    server: Server, host: Host, tmp_path: Path
) -> None:
    server.posts = [
        post(1),
        7,
        post(2, doi=None),
        post(3, title=None, abstract=None),
        post(4, authors=None, version="x", category=None, published=None, license=None),
    ]
    pages = everything(
        Preprints("biorxiv", settings_for("biorxiv", host)), client_for(tmp_path, host), DAY
    )
    assert len(papers(pages)) == 2 and papers(pages)[1].version == "v1"
    assert set(rejected(pages)) == {
        "is not an object",
        "has no DOI",
        "has neither title nor abstract",
    }


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"<html>502</html>"),
        as_json({"messages": [{"status": "Error: unknown category"}], "collection": []}),
        as_json([]),
        as_json({"collection": None}),
    ],
)
def test_an_answer_of_another_form_is_an_error_in_one_line(
    host: Host, tmp_path: Path, reply: Reply
) -> None:
    host.first = [reply]
    remote = Preprints("biorxiv", settings_for("biorxiv", host))
    with pytest.raises(FetchError) as caught:
        everything(remote, client_for(tmp_path, host), DAY)
    assert "\n" not in str(caught.value) and "/details/biorxiv/" in str(caught.value)
