"""OpenAlex, against a server that pages by cursor for keys and by number for all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from broadsheet.papers import Identifier, Link
from broadsheet.sources import FetchError, Want
from broadsheet.sources.openalex import OpenAlex, abstract_of, filter_of
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

WANT = Want(("T10028",), "2026-08-20", "2026-08-20")


def work(number: int, day: str = "2026-08-10", **more: Any) -> dict[str, Any]:
    return {
        "id": f"https://openalex.org/W{number}",
        "doi": f"https://doi.org/10.1234/A.{number}",
        "title": f"Work {number}",
        "display_name": f"Work {number}",
        "publication_date": day,
        "publication_year": 2026,
        "type": "article",
        "language": "en",
        "authorships": [
            {
                "author": {"id": "https://openalex.org/A1", "display_name": "Ada Lee"},
                "raw_author_name": "Ada B. Lee",
                "institutions": [{"display_name": "A University"}],
            },
            {"author": None, "raw_author_name": None, "institutions": None},
        ],
        "primary_location": {
            "landing_page_url": f"https://doi.org/10.1234/A.{number}",
            "pdf_url": None,
            "license": "cc-by",
            "source": {"id": "https://openalex.org/S1", "display_name": "Journal of Works"},
        },
        "best_oa_location": None,
        "locations": [],
        "abstract_inverted_index": {"words": [1, 3], "Some": [0], "are": [2]},
        "is_retracted": False,
        "cited_by_count": 0,
        "primary_topic": {
            "display_name": "Works",
            "subfield": {"display_name": "Artificial Intelligence"},
        },
        "keywords": [{"display_name": "Work"}],
        "biblio": {"volume": "3", "issue": None, "first_page": "1", "last_page": "9"},
        **more,
    }


class Server:
    def __init__(self) -> None:
        self.works: list[Any] = []
        self.key = "good"
        self.stale: set[str] = set()

    def __call__(self, asked: Asked) -> Reply:
        query = asked.query
        if asked.path != "/works" or int(query.get("per_page", 25)) > 100:
            return as_json({"error": "Invalid query parameters error."}, 400)
        if "api_key" in query and query["api_key"] != self.key:
            return as_json({"error": "Invalid API key"}, 401)
        if "cursor" in query and "api_key" not in query:
            return as_json({"error": "Cursor paging needs an API key"}, 401)
        if query.get("cursor") in self.stale:
            self.stale.discard(query["cursor"])
            return as_json({"error": "Invalid cursor"}, 400)
        since, until = re.findall(r"_publication_date:(\d{4}-\d\d-\d\d)", query["filter"])
        found = [
            one
            for one in self.works
            if not isinstance(one, dict) or since <= one["publication_date"] <= until
        ]
        if "cursor" in query:
            start = 0 if query["cursor"] == "*" else int(query["cursor"].removeprefix("at"))
        else:
            start = (int(query["page"]) - 1) * 100
        part = found[start : start + 100]
        meta: dict[str, Any] = {"count": len(found), "per_page": 100}
        if "cursor" in query:
            meta["next_cursor"] = f"at{start + 100}" if part else None
        return as_json({"meta": meta, "results": part})


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def host(server: Server) -> Iterator[Host]:
    with serving(server) as running:
        yield running


def keyed(host: Host) -> OpenAlex:
    return OpenAlex(settings_for("openalex", host, key="good", mailto="me@example.org"))


def test_a_work_becomes_a_paper(server: Server, host: Host, tmp_path: Path) -> None:
    preprint = {
        "landing_page_url": "http://arxiv.org/abs/2408.00001v2",
        "pdf_url": "https://arxiv.org/pdf/2408.00001",
        "source": {"display_name": "arXiv (Cornell University)"},
    }
    server.works = [work(7, locations=[preprint], is_retracted=True)]
    (paper,) = papers(everything(keyed(host), client_for(tmp_path, host), WANT))
    assert paper.id == "W7" and paper.source == "openalex"
    assert paper.identifiers == (
        Identifier("openalex", "W7"),
        Identifier("doi", "10.1234/a.7"),
        Identifier("arxiv", "2408.00001"),
    )
    assert paper.version == ""  # the words are those of the journal, of no version of arXiv's
    assert paper.abstract == "Some words are words"
    assert [(one.name, one.affiliation) for one in paper.authors] == [
        ("Ada B. Lee", "A University")
    ]
    assert paper.published == "2026-08-10" and paper.announced == ""
    assert paper.categories == ("Artificial Intelligence",)
    assert Link("pdf", "https://arxiv.org/pdf/2408.00001") in paper.links
    assert paper.extra["venue"] == "Journal of Works" and paper.extra["cited_by_count"] == 0
    assert paper.extra["withdrawn"] == "retracted" and paper.extra["license"] == "cc-by"
    query = host.asked[0].query
    assert query["mailto"] == "me@example.org" and query["api_key"] == "good"
    assert query["filter"].startswith("topics.id:T10028,type:article|preprint")
    # Works reach OpenAlex late: the last thirty days are looked at each time.
    assert "from_publication_date:2026-07-21,to_publication_date:2026-08-20" in query["filter"]


def test_cursors_page_through_and_are_gone_on_from(
    server: Server, host: Host, tmp_path: Path
) -> None:
    server.works = [work(number) for number in range(250)]
    client = client_for(tmp_path, host)
    want = Want(("T1", "graph, neural | networks"), "2026-08-20", "2026-08-20")
    whole = everything(keyed(host), client, want)
    assert len(papers(whole)) == 500 and whole[-1].cursor == ""
    assert papers(resumed(keyed(host), client, want)) == papers(whole)
    assert any(
        asked.query["filter"].startswith("title_and_abstract.search:graph neural networks,")
        for asked in host.asked
    )


def test_a_cursor_that_is_not_taken_any_more_begins_its_set_again(
    server: Server, host: Host, tmp_path: Path
) -> None:
    server.works = [work(number) for number in range(150)]
    client = client_for(tmp_path, host)
    first = next(iter(keyed(host).pages(client, WANT, "")))
    server.stale.add("at100")
    server.works = [work(number) for number in range(99)]
    assert len(papers(everything(keyed(host), client, WANT, first.cursor))) == 99


def test_without_a_key_days_are_asked_for_by_page_number(
    server: Server, host: Host, tmp_path: Path
) -> None:
    server.works = [work(number, "2026-08-19") for number in range(130)]
    server.works += [work(1000 + number, "2026-08-20") for number in range(5)]
    remote = OpenAlex(settings_for("openalex", host))
    client = client_for(tmp_path, host)
    pages = everything(remote, client, WANT)
    assert len(papers(pages)) == 135 and len(pages) == 31
    assert not any("cursor" in asked.query for asked in host.asked)
    assert papers(resumed(remote, client, WANT)) == papers(pages)


def test_a_bad_key_is_said_in_one_line_that_does_not_hold_it(host: Host, tmp_path: Path) -> None:
    remote = OpenAlex(settings_for("openalex", host, key="wrong-secret"))
    with pytest.raises(FetchError) as caught:
        everything(remote, client_for(tmp_path, host), WANT)
    assert caught.value.status == 401 and "wrong-secret" not in str(caught.value)
    assert "key" in str(caught.value)


def test_a_server_that_is_busy_is_waited_for(server: Server, host: Host, tmp_path: Path) -> None:
    server.works = [work(1)]
    host.first = [as_json({"error": "Rate limit exceeded"}, 429, Retry_After="3")]
    assert len(papers(everything(keyed(host), client_for(tmp_path, host), WANT))) == 1


def test_hostile_works_are_rejected_with_a_reason(
    server: Server, host: Host, tmp_path: Path
) -> None:
    server.works = [
        work(1, title=None, display_name=None, abstract_inverted_index=None),
        work(2, abstract_inverted_index={"a": ["x"]}),
        work(3, abstract_inverted_index=[1]),
        work(4, id=None),
        work(5, authorships=None, primary_location=None, locations=None, biblio=None,
             abstract_inverted_index=None, keywords=None, primary_topic=None, doi=None),
        "x",
    ]  # fmt: skip
    pages = everything(keyed(host), client_for(tmp_path, host), WANT)
    assert [paper.id for paper in papers(pages)] == ["W5"]
    assert rejected(pages) == [
        "has neither title nor abstract",
        "field 'abstract_inverted_index' holds places that are no numbers",
        "field 'abstract_inverted_index' is no object of words",
        "has no id of a work",
        "is not an object",
    ]


def test_a_server_that_gives_the_same_cursor_for_ever_is_not_asked_for_ever(
    host: Host, tmp_path: Path
) -> None:
    stuck = as_json({"meta": {"next_cursor": "at5"}, "results": [work(1)]})
    host.first = [stuck] * 10
    with pytest.raises(FetchError, match="without a cursor to go on from"):
        everything(keyed(host), client_for(tmp_path, host), WANT)
    assert len(host.asked) == 2


def test_sets_are_ids_filters_or_words() -> None:
    assert filter_of("https://openalex.org/S12") == "primary_location.source.id:S12"
    assert filter_of("authorships.author.id:A5,type:review") == (
        "authorships.author.id:A5,type:review"
    )
    assert filter_of("sparse | attention") == "title_and_abstract.search:sparse attention"
    with pytest.raises(FetchError, match="says nothing to look for"):
        filter_of(" ,| ")


def test_no_set_is_an_error_before_anything_is_asked(host: Host, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="name a set"):
        everything(keyed(host), client_for(tmp_path, host))
    assert host.asked == []


def test_words_stand_in_the_order_of_their_places() -> None:
    assert abstract_of({"b": [5], "a": [-1, 9], "": [7]}) == "a b  a"
    assert abstract_of(None) == ""
