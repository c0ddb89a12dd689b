"""What programs get."""

from __future__ import annotations

import re

from starlette.routing import Route

from broadsheet.web import create_app
from tests.web.papers import DAYS, rows
from tests.web.serving import Server


def test_a_search_has_the_shape_of_the_contract(paper: Server) -> None:
    reply = paper.get("/api/v1/search?q=galaxies&limit=3&explain=true")
    assert reply.headers["content-type"] == "application/json"
    answer = reply.json()
    assert {"query", "total", "took_ms", "hits"} <= set(answer)
    assert answer["query"] == "galaxies"
    assert len(answer["hits"]) == 3
    for hit in answer["hits"]:
        assert set(hit) == {"id", "title", "score", "probability", "explanation", "withdrawn"}
        assert hit["withdrawn"] == ""
        assert hit["probability"] is None or 0 <= hit["probability"] <= 1
        assert hit["explanation"]["shares"]
    scores = [hit["score"] for hit in answer["hits"]]
    assert scores == sorted(scores, reverse=True)


def test_pages_of_results_do_not_overlap(paper: Server) -> None:
    first = paper.get("/api/v1/search?q=translation&limit=5").json()["hits"]
    second = paper.get("/api/v1/search?q=translation&limit=5&offset=5").json()["hits"]
    assert len({hit["id"] for hit in [*first, *second]}) == 10


def test_a_leg_can_be_left_out(paper: Server) -> None:
    url = "/api/v1/search?q=galaxies&explain=true&legs="
    words = paper.get(url + "lexical").json()["hits"][0]["explanation"]
    meaning = paper.get(url + "dense").json()["hits"][0]["explanation"]
    assert words["dense"] is None
    assert not words["shares"].get("dense")
    assert meaning["lexical"] is None
    assert not meaning["shares"].get("lexical")


def test_a_paper_is_told_with_all_its_names(paper: Server) -> None:
    found = paper.get("/api/v1/papers/arXiv:cs/0501001v1").json()
    assert found["id"] == "cs/0501001"
    assert found["identifiers"] == ["arxiv:cs/0501001"]
    assert len(found["authors"]) == 20


def test_similar_papers_leave_the_paper_itself_out(paper: Server) -> None:
    hits = paper.get("/api/v1/papers/2608.00001/similar?limit=5").json()["hits"]
    assert 0 < len(hits) <= 5
    assert "2608.00001" not in [hit["id"] for hit in hits]


def test_editions_are_listed_and_told(paper: Server) -> None:
    days = paper.get("/api/v1/editions").json()["days"]
    assert [day["date"] for day in days] == sorted(DAYS, reverse=True)
    latest = paper.get("/api/v1/editions/latest").json()
    assert latest["key"] == DAYS[-1]
    assert latest["previous"] == DAYS[-2]
    assert latest["next"] is None
    papers = [p["id"] for s in latest["sections"] for p in s["papers"]]
    papers += [p["id"] for p in latest["leads"]]
    assert sorted(papers) == sorted(row["id"] for row in rows() if row["date"] == DAYS[-1])


def test_the_status_counts(paper: Server) -> None:
    status = paper.get("/api/v1/status").json()
    assert status["papers"] == status["index"]["papers"] == status["index"]["encoded"]
    assert {source["name"] for source in status["sources"]} == {"listings", "starter"}
    assert status["problems"] == []


def test_what_is_wrong_is_said_as_problem_json(paper: Server) -> None:
    for path, status in (
        ("/api/v1/search?limit=0", 400),
        ("/api/v1/search?limit=many", 400),
        ("/api/v1/search?offset=-1", 400),
        ("/api/v1/search?limit=99999999999999999999", 400),
        ("/api/v1/search?legs=psychic", 400),
        ("/api/v1/search?q=" + "a" * 3000, 400),
        ("/api/v1/papers/nothing", 404),
        ("/api/v1/editions/someday", 400),
        ("/api/v1/editions/1999-01-01", 404),
        ("/api/v1/nothing", 404),
    ):
        reply = paper.get(path)
        assert reply.status == status, path
        assert reply.headers["content-type"] == "application/problem+json"
        problem = reply.json()
        assert problem["status"] == status
        assert problem["detail"]


def test_the_description_names_every_route(paper: Server) -> None:
    described = paper.get("/api/v1/openapi.json").json()
    app = create_app(paper.settings, encoder=None)
    paths = {re.sub(r":\w+}", "}", route.path) for route in app.routes if isinstance(route, Route)}
    served = {path for path in paths if path.startswith("/api/v1/")}
    assert set(described["paths"]) == served - {"/api/v1/openapi.json"}
    assert {"/api/v1/search", "/api/v1/acts", "/api/v1/lists/{number}"} <= served


def test_a_search_is_sorted_turned_spread_and_counted_as_on_its_page(paper: Server) -> None:
    base = "/api/v1/search?q=translation&limit=20"
    plain = paper.get(base).json()
    assert plain["facets"] == {}
    newest = paper.get(base + "&sort=newest&facets=true").json()
    assert [hit["id"] for hit in newest["hits"]] != [hit["id"] for hit in plain["hits"]]
    assert newest["facets"]["category"]
    disliked = plain["hits"][0]["id"]
    turned = paper.get(f"{base}&less={disliked}").json()
    assert disliked not in [hit["id"] for hit in turned["hits"]]
    liked = plain["hits"][-1]["id"]
    towards = paper.get(f"{base}&more={liked}").json()
    assert [hit["id"] for hit in towards["hits"]] != [hit["id"] for hit in plain["hits"]]
    assert paper.get(base + "&diverse=true").json()["vendi"]
    for wrong in ("&sort=loudest", "&diverse=perhaps", "&more=" + "&more=".join("abcdefghi")):
        assert paper.get(base + wrong).status == 400, wrong
    unknown = paper.get(base + "&more=no-such-paper")
    assert unknown.status == 404
    assert "no-such-paper" in unknown.json()["detail"]
