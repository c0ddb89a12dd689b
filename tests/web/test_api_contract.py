"""What every answer of the API has in common: pages, errors, limits, repeats, other sites."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from broadsheet.catalog import Catalog, ingest
from broadsheet.readers import Readers
from broadsheet.settings import Settings
from broadsheet.sources import read
from tests.web.community import Things, make_community
from tests.web.serving import HashedWords, Person, Reply, Server, file_papers, soon

JSON = {"Content-Type": "application/json"}
ELSEWHERE = "https://lab.example.org"


@pytest.fixture(scope="module")
def community(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, dict[str, Things]]:
    return make_community(tmp_path_factory.mktemp("community"))


@pytest.fixture(scope="module")
def lab(community: tuple[Settings, dict[str, Things]]) -> Iterator[Server]:
    with Server(community[0], HashedWords()) as server:
        yield server


class Program:
    """A program with a token."""

    def __init__(self, server: Server, token: str = "") -> None:
        self.server = server
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def __call__(self, method: str, path: str, given: object = None, **more: str) -> Reply:
        body = b"" if given is None else json.dumps(given).encode()
        headers = {**self.headers, **(JSON if body else {}), **more}
        return self.server.get(path, headers, method, body)


@pytest.fixture
def cem(lab: Server, community: tuple[Settings, dict[str, Things]]) -> Program:
    return Program(lab, community[1]["cem"].secrets["write"])


def pages(ask: Callable[[str], Reply], path: str, what: str) -> list[list[Any]]:
    """All pages of a list, by the addresses that each gives for the next."""
    found, at = [], path
    for _ in range(60):
        reply = ask(at)
        assert reply.status == 200, reply.text
        answer = reply.json()
        found.append(answer[what])
        link = reply.headers.get("link", "")
        assert link == (f'<{answer["next"]}>; rel="next"' if answer["next"] else "")
        if answer["next"] is None:
            return found
        at = answer["next"]
    raise AssertionError("the pages do not end")


def test_a_copy_that_is_kept_misses_nothing_that_comes_in_while_it_reads(
    tmp_path: Path, serve: Callable[..., Server]
) -> None:
    settings = Settings(home=tmp_path / "home")

    def bring(name: str) -> None:
        path = tmp_path / f"{name}.jsonl"
        path.write_text(json.dumps({"id": name, "title": f"Paper {name}"}), encoding="utf-8")
        with closing(Catalog.open(settings)) as catalog:
            items = read(path, source="listings")
            ingest(catalog, items, path=path, source="listings",
                   rejected_dir=settings.rejected_path, progress=None)  # fmt: skip

    late = ["2609.00002"]

    def changed(*asked: object) -> None:
        if "works.seq > " in str(asked[2]) and "LIMIT" in str(asked[2]) and late:
            bring(late.pop())

    bring("2609.00001")
    server = serve(settings)
    event.listen(Engine, "after_cursor_execute", changed)
    try:
        first = server.get("/api/v1/papers").json()
    finally:
        event.remove(Engine, "after_cursor_execute", changed)
    assert late == [], "a paper came in right after the list was read"
    second = server.get(f"/api/v1/papers?since={first['seq']}").json()
    copied = {one["paper"]["id"] for one in (*first["papers"], *second["papers"])}
    assert copied == {"2609.00001", "2609.00002"}


def test_a_copy_of_what_was_here_before_a_restore_is_told_to_begin_anew(cem: Program) -> None:
    newest = cem("GET", "/api/v1/papers?limit=1").json()["seq"]
    assert cem("GET", f"/api/v1/papers?since={newest}").json()["papers"] == []
    reply = cem("GET", f"/api/v1/papers?since={newest + 1}")
    assert reply.status == 400
    assert "begin without it" in reply.json()["detail"]


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("/api/v1/papers?limit=20", "papers"),
        ("/api/v1/editions?limit=1", "days"),
        ("/api/v1/search?q=translation&limit=7", "hits"),
    ],
)
def test_the_pages_of_a_list_are_the_list(paper: Server, path: str, what: str) -> None:
    found = pages(paper.get, path, what)
    assert len(found) > 1
    rows = [json.dumps(row, sort_keys=True) for page in found for row in page]
    assert len(rows) == len(set(rows))
    whole = paper.get(path.split("limit=")[0] + "limit=100").json()[what]
    key = {"papers": "work", "days": "date", "hits": "id"}[what]
    assert [row[key] for page in found for row in page][: len(whole)] == [r[key] for r in whole]


def test_own_lists_come_in_pages_too(cem: Program) -> None:
    for number in range(7):
        assert cem("POST", "/api/v1/searches", {"query": f"kernels {number}"}).status == 201
    found = pages(lambda path: cem("GET", path), "/api/v1/searches?limit=3", "searches")
    assert [len(page) for page in found][:2] == [3, 3]
    ids = [one["id"] for page in found for one in page]
    assert ids == sorted(set(ids))
    # What was shown goes meanwhile: the next page still begins where the first ended.
    first = cem("GET", "/api/v1/searches?limit=3").json()
    assert cem("DELETE", f"/api/v1/searches/{first['searches'][0]['id']}").status == 204
    after = cem("GET", first["next"]).json()["searches"]
    assert [one["id"] for one in after] == ids[3:6]


def test_papers_that_arrive_move_no_page_of_a_search(
    tmp_path: Path, serve: Callable[[Settings, HashedWords], Server]
) -> None:
    settings, _ = make_community(tmp_path)
    server = serve(settings, HashedWords())
    first = server.get("/api/v1/search?q=galaxies&limit=4&legs=lexical").json()
    rest = server.get(first["next"]).json()["hits"]
    path = tmp_path / "new.jsonl"
    rows = [{"id": f"2609.0000{n}", "title": "Galaxies galaxies galaxies"} for n in range(1, 6)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with closing(Catalog.open(settings)) as catalog:
        items = read(path, source="listings")
        ingest(catalog, items, path=path, source="listings",
               rejected_dir=settings.rejected_path, progress=None)  # fmt: skip
        file_papers(settings, catalog, HashedWords())

    def newest_lead() -> bool:
        reply = server.get("/api/v1/search?q=galaxies&limit=4&legs=lexical")
        assert reply.status == 200, (reply.status, reply.headers, reply.body)
        return str(reply.json()["hits"][0]["id"]).startswith("2609.")

    assert soon(newest_lead)
    assert [h["id"] for h in server.get(first["next"]).json()["hits"]] == [h["id"] for h in rest]


@pytest.mark.parametrize("cursor", ["x", "WyJhY3RzIiwxXQ", "W1tbW1s", "bnVsbA", "%00", "%C3%A9"])
def test_a_cursor_that_is_not_ours_is_refused(paper: Server, cursor: str) -> None:
    reply = paper.get(f"/api/v1/search?q=galaxies&cursor={cursor}")
    assert reply.status == 400
    assert "cursor" in reply.json()["detail"]


# RFC 9110, section 15.5; Python learnt these names in 3.13.
TITLES = {413: "Content Too Large", 414: "URI Too Long", 422: "Unprocessable Content"}


def test_errors_are_problem_details(lab: Server, cem: Program) -> None:
    nobody = Program(lab)
    long = {"name": "x" * 200_000}
    for reply, status in (
        (nobody("GET", "/api/v1/acts"), 401),
        (nobody("GET", "/api/v1/acts", Authorization="Bearer bst_forged"), 401),
        (cem("GET", "/api/v1/moderation"), 403),
        (cem("GET", "/api/v1/nothing"), 404),
        (cem("DELETE", "/api/v1/search"), 405),
        (cem("POST", "/api/v1/lists", long), 413),
        (cem("GET", "/api/v1/search?q=" + "a" * 40_000), 414),
        (cem("POST", "/api/v1/lists", {"name": "a"}, **{"Content-Type": "text/plain"}), 415),
        (cem("POST", "/api/v1/lists", {"nome": "a"}), 422),
        (cem("GET", "/api/v1/search?limit=0"), 400),
        (nobody("GET", "/api/v1/search", Host="elsewhere.example"), 421),
    ):
        assert reply.status == status, reply.text
        assert reply.headers["content-type"] == "application/problem+json"
        problem = reply.json()
        assert problem["status"] == status
        assert problem["type"] == "about:blank"
        assert problem["detail"]
        assert problem["title"] == TITLES.get(status, HTTPStatus(status).phrase)
    assert cem("DELETE", "/api/v1/search").headers["allow"] == "GET, HEAD"
    assert cem("PUT", "/api/v1/lists/1").headers["allow"] == "DELETE, GET, HEAD, PATCH"
    assert "Bearer" in nobody("GET", "/api/v1/acts").headers["www-authenticate"]
    wrong = cem("POST", "/api/v1/acts", {"paper": "2608.90002", "kind": "shout"}).json()
    assert wrong["errors"][0]["pointer"] == "#/kind"
    wrong = cem("GET", "/api/v1/search?limit=0").json()
    assert (wrong["errors"][0]["in"], wrong["errors"][0]["parameter"]) == ("query", "limit")


def test_strangers_have_a_limit_and_are_told_of_it(
    community: tuple[Settings, dict[str, Things]],
    serve: Callable[[Settings], Server],
) -> None:
    server = serve(community[0].model_copy(update={"api_limit": 5, "api_writes": 2}))
    stranger = Program(server)
    first = stranger("GET", "/api/v1/status")
    assert first.headers["ratelimit-policy"] == '"strangers";q=5;w=60'
    assert first.headers["ratelimit"].startswith('"strangers";r=4;t=')
    for _ in range(4):
        stranger("GET", "/api/v1/status")
    refused = stranger("GET", "/api/v1/status")
    assert refused.status == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert 1 <= int(refused.headers["retry-after"]) <= 13
    assert refused.headers["ratelimit"].startswith('"strangers";r=0;t=')
    reader = Program(server, community[1]["dia"].secrets["write"])
    assert reader("GET", "/api/v1/status").status == 200
    assert "ratelimit" not in reader("GET", "/api/v1/status").headers
    given = {"paper": "2608.90002", "kind": "read"}
    assert [reader("POST", "/api/v1/acts", given).status for _ in range(3)] == [201, 201, 429]


def test_a_paper_of_one_reader_has_no_limit(
    home: Settings, serve: Callable[[Settings], Server]
) -> None:
    server = serve(home.model_copy(update={"api_limit": 1}))
    for _ in range(4):
        reply = server.get("/api/v1/status")
        assert reply.status == 200
        assert "ratelimit" not in reply.headers


def test_a_write_that_is_sent_twice_is_done_once(cem: Program) -> None:
    before = len(cem("GET", "/api/v1/lists").json()["lists"])
    key = {"Idempotency-Key": "my-first-list"}
    made = [cem("POST", "/api/v1/lists", {"name": "Once"}, **key) for _ in range(3)]
    assert [reply.status for reply in made] == [201] * 3
    assert len({reply.body for reply in made}) == 1
    assert len(cem("GET", "/api/v1/lists").json()["lists"]) == before + 1
    assert cem("POST", "/api/v1/lists", {"name": "Other"}, **key).status == 422
    # What failed may be sent again as it was.
    key = {"Idempotency-Key": "failed"}
    assert cem("POST", "/api/v1/lists", {"name": "Once"}, **key).status == 400
    gone = cem("DELETE", f"/api/v1/lists/{made[0].json()['id']}")
    assert gone.status == 204
    assert cem("POST", "/api/v1/lists", {"name": "Once"}, **key).status == 201
    for wrong in ("", "a b", "x" * 300):
        reply = cem("POST", "/api/v1/lists", {"name": "N"}, **{"Idempotency-Key": wrong})
        assert reply.status == 400, wrong


def test_an_answer_that_has_not_changed_is_not_sent_again(cem: Program) -> None:
    for path in ("/api/v1/status", "/api/v1/me", "/api/v1/openapi.json"):
        tag = cem("GET", path).headers["etag"]
        again = cem("GET", path, **{"If-None-Match": tag})
        assert again.status == 304
        assert again.body == b""


def test_other_sites_read_nothing_unless_the_operator_says_so(paper: Server) -> None:
    reply = paper.get("/api/v1/status", {"Origin": ELSEWHERE})
    assert "access-control-allow-origin" not in reply.headers
    asked = {"Origin": ELSEWHERE, "Access-Control-Request-Method": "GET"}
    assert paper.get("/api/v1/status", asked, "OPTIONS").status == 405


@pytest.mark.parametrize(("origins", "told"), [("*", "*"), (f"http://a.b, {ELSEWHERE}", ELSEWHERE)])
def test_other_sites_read_what_is_everyones_and_no_more(
    home: Settings, serve: Callable[[Settings], Server], origins: str, told: str
) -> None:
    server = serve(home.model_copy(update={"api_origins": origins}))
    from_there = {"Origin": ELSEWHERE, "Sec-Fetch-Site": "cross-site"}
    asked = {**from_there, "Access-Control-Request-Method": "PUT"}
    before = server.get("/api/v1/lists/1/papers/x", asked, "OPTIONS")
    assert before.status == 204
    assert before.headers["access-control-allow-origin"] == told
    assert "Authorization" in before.headers["access-control-allow-headers"]
    reply = server.get("/api/v1/status", from_there)
    assert reply.status == 200
    assert reply.headers["access-control-allow-origin"] == told
    assert "origin" in reply.headers["vary"].lower()
    # The one reader of this machine is not who a page elsewhere speaks for.
    assert server.get("/api/v1/me", from_there).status == 401
    assert server.get("/api/v1/export", from_there).status == 401
    written = server.get("/api/v1/lists", from_there | JSON, "POST", b'{"name": "theirs"}')
    assert written.status == 403
    for headers in (before.headers, reply.headers):
        assert "access-control-allow-credentials" not in headers
    assert "access-control-allow-origin" not in server.get("/", from_there).headers
    if told != "*":
        other = server.get("/api/v1/status", {"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers


def test_a_script_elsewhere_brings_a_token(
    community: tuple[Settings, dict[str, Things]], serve: Callable[[Settings], Server]
) -> None:
    server = serve(community[0].model_copy(update={"api_origins": ELSEWHERE}))
    from_there = {"Origin": ELSEWHERE, "Sec-Fetch-Site": "cross-site"}
    program = Program(server, community[1]["cem"].secrets["write"])
    assert program("GET", "/api/v1/me", **from_there).json()["name"] == "cem"
    assert program("PATCH", "/api/v1/me", {"minutes": 20}, **from_there).status == 200
    logged_in = Person(server).log_in("dia", "violet tram beneath seven lanterns")
    assert logged_in.get("/api/v1/me", from_there).status == 401
    assert logged_in.get("/api/v1/me").status == 200


def test_scopes_bound_what_an_officer_s_token_decides(
    lab: Server, community: tuple[Settings, dict[str, Things]]
) -> None:
    bob, ada = community[1]["bob"], community[1]["ada"]
    assert Program(lab, bob.secrets["write"])("GET", "/api/v1/moderation").status == 403
    assert Program(lab, bob.secrets["moderate"])("GET", "/api/v1/moderation").status == 200
    refused = Program(lab, bob.secrets["admin"])("GET", "/api/v1/admin/readers")
    assert refused.status == 403
    assert refused.json()["detail"] == "This is for an operator of the paper."
    assert Program(lab, ada.secrets["moderate"])("GET", "/api/v1/admin/readers").status == 403
    readers = Program(lab, ada.secrets["admin"])("GET", "/api/v1/admin/readers").json()["readers"]
    assert {"ada", "bob", "cem", "dia"} <= {one["name"] for one in readers}


def test_what_readers_do_for_one_another_is_all_there(
    lab: Server, community: tuple[Settings, dict[str, Things]], cem: Program
) -> None:
    things = community[1]
    bob = Program(lab, things["bob"].secrets["moderate"])
    at = "/api/v1/papers/2608.90002"
    said = cem("POST", f"{at}/comments", {"body": "I *like* it"}).json()
    assert said["html"] == "<p>I <em>like</em> it</p>"
    assert cem("PATCH", f"/api/v1/comments/{said['id']}", {"body": "Well"}).json()["edited_at"]
    dia = Program(lab, things["dia"].secrets["write"])
    assert dia("POST", f"/api/v1/comments/{said['id']}/report", {"reason": "hm"}).status == 204
    waiting = bob("GET", "/api/v1/moderation").json()["reports"]
    assert [(r["comment"]["id"], r["paper"]) for r in waiting] == [(said["id"], "2608.90002")]
    decided = bob("POST", f"/api/v1/moderation/comments/{said['id']}", {"do": "hide"}).json()
    assert (decided["state"], decided["body"]) == ("hidden", None)
    link = {"kind": "code", "url": "https://github.com/example/bound"}
    added = cem("POST", f"{at}/links", link).json()
    assert (added["by"], added["by_name"]) == ("cem", "cem")
    assert link["url"] in [one["url"] for one in cem("GET", f"{at}/links").json()["links"]]
    assert cem("DELETE", f"/api/v1/links/{added['id']}").status == 204
    picked = {"paper": "2608.90002", "day": "2026-08-20", "note": "read this"}
    assert bob("POST", "/api/v1/picks", picked).status == 201
    found = cem("GET", "/api/v1/picks?since=2026-08-20&until=2026-08-20").json()["picks"]
    assert [(one["paper"], one["by"]) for one in found] == [("2608.90002", "bob")]
    assert bob("DELETE", "/api/v1/picks/2026-08-20/2608.90002").status == 204
    made = cem("POST", "/api/v1/organisations", {"name": "Institute of Kernels"}).json()
    ada = Program(lab, things["ada"].secrets["moderate"])
    asked = {"organisation": made["slug"], "reader": things["cem"].reader, "confirm": True}
    assert ada("POST", "/api/v1/moderation/members", asked).status == 204
    paper = {"paper": "2608.90002"}
    assert cem("POST", f"/api/v1/organisations/{made['slug']}/papers", paper).status == 204
    told = cem("GET", f"/api/v1/organisations/{made['slug']}").json()
    assert (told["papers"], told["speakers"]) == (["2608.90002"], ["cem"])
    at = f"/api/v1/organisations/{made['slug']}"
    assert cem("DELETE", f"{at}/papers/2608.90002").status == 204
    assert cem("GET", at).json()["papers"] == []
    assert cem("DELETE", f"{at}/claim").status == 204
    assert cem("GET", at).status == 404, "an empty one that nobody speaks for any more"
    assert cem("DELETE", f"{at}/claim").status == 404


def test_settings_and_interests_can_be_changed(
    lab: Server, cem: Program, community: tuple[Settings, dict[str, Things]]
) -> None:
    changed = cem("PATCH", "/api/v1/me", {"digest_hour": 9, "quiet_days": True}).json()
    assert (changed["digest_hour"], changed["quiet_days"]) == (9, True)
    assert changed["learning"] is False
    assert cem("PATCH", "/api/v1/me", {"learning": True}).json()["learning"] is True
    assert cem("GET", "/api/v1/me").json()["learning"] is True
    assert cem("PATCH", "/api/v1/me", {"minutes": 20}).json()["learning"] is True
    assert cem("PATCH", "/api/v1/me", {"learning": False}).json()["learning"] is False
    assert cem("PATCH", "/api/v1/me", {"digest_hour": 24}).status == 422
    assert cem("PATCH", "/api/v1/me", {"timezone": "Mars/Olympus"}).status == 400
    seeded = cem("POST", "/api/v1/seeds", {"sentence": "I work on galaxies and their spectra"})
    assert seeded.status == 201
    told = cem("GET", "/api/v1/interests").json()
    assert [seed["kind"] for seed in told["seeds"]] == ["sentence"]
    number = told["interests"][0]["id"]
    named = cem("PATCH", f"/api/v1/interests/{number}", {"name": "Skies", "weight": 2}).json()
    assert (named["interests"][0]["name"], named["interests"][0]["weight"]) == ("Skies", 2)
    with closing(Catalog.open(community[0])) as catalog:
        assert Readers(catalog).accounts.by_name("cem") is not None
