"""A paper that only its readers read."""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing

import feedparser
import pytest

from broadsheet.catalog import Catalog
from broadsheet.readers import Readers
from broadsheet.settings import Settings
from broadsheet.worker import PostLog
from tests.web.community import Things, enter, make_community
from tests.web.serving import Person, Reply, Server
from tests.web.test_api_contract import JSON
from tests.web.test_policy import NOTHING, ask, filled, refused, routes_of


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, dict[str, Things]]:
    return make_community(tmp_path_factory.mktemp("closed"))


@pytest.fixture(scope="module")
def lab(made: tuple[Settings, dict[str, Things]]) -> Iterator[Server]:
    with Server(made[0]) as server:
        ada = enter(server, "ada")
        assert Person(server).get("/").status == 200
        assert "only who has an account" in ada.get("/admin").text
        reply = ada.post("/admin/registration", {"audience": "readers"}, page="/admin")
        assert reply.status == 303
        yield server


def test_a_stranger_reads_nothing_of_a_closed_paper(
    lab: Server, made: tuple[Settings, dict[str, Things]]
) -> None:
    nobody = Person(lab)
    wrong, ways_in = [], set()
    for method, path, policy in routes_of(made[0]):
        if policy.plain or policy.signed or policy.strangers:
            ways_in.add(path.partition("{")[0])
            continue
        reply = ask(nobody, method, filled(path, NOTHING))
        if not refused(reply) or b"galax" in reply.body.lower():
            wrong.append(f"{method} {path}: {reply.status}")
    assert wrong == []
    # What stays open is known by name: the way in, secret addresses, and nothing of the papers.
    assert ways_in == {
        *("/login", "/join", "/forgotten", "/forgotten/"),
        *("/mail/act/", "/mail/unsubscribe/", "/mail/confirm/"),
        *("/feeds/list/", "/feeds/search/", "/feeds/mine/"),
        *("/healthz", "/opensearch.xml", "/robots.txt", "/favicon.ico", "/static/"),
    }


def test_readers_tokens_and_secret_feeds_still_open_a_closed_paper(
    lab: Server, made: tuple[Settings, dict[str, Things]]
) -> None:
    settings, things = made
    assert enter(lab, "cem").get("/").status == 200
    token = {"Authorization": f"Bearer {things['cem'].secrets['read']}"}
    assert lab.get("/api/v1/search?q=galaxies", token).status == 200
    assert lab.get("/api/v1/search?q=galaxies").status == 401
    assert "read with an account" in lab.get("/login").text
    with closing(Catalog.open(settings)) as catalog:
        readers = Readers(catalog)
        found = readers.lists.get(things["cem"].list)
        assert found is not None
        key = PostLog(catalog.database).feed_key(things["cem"].reader)
        search = readers.searches.of(things["cem"].reader)[0]
    for path in (
        f"/feeds/list/{found.secret}.atom",
        f"/feeds/search/{search.secret}.atom",
        f"/feeds/mine/{key}/follows.atom",
    ):
        assert lab.get(path).status == 200, path
    for path in ("/feeds/day.atom", "/search.atom?q=galaxies", "/feeds/category/cs.LG.rss"):
        assert refused(lab.get(path)), path


FEEDS = ("/feeds/day.atom", "/search.atom?q=galaxies", "/search.json?q=galaxies")
PAPERS = (
    *("/api/v1/search?q=galaxies", "/api/v1/papers/2608.90002", "/api/v1/openapi.json"),
    *("/index.md", "/papers/2608.90002.bib", "/llms.txt", "/graph/v1/paper/search?query=galaxies"),
    *("/api/papers/search?q=galaxies", "/oai?verb=Identify"),
)


def test_a_token_opens_of_a_closed_paper_what_its_scope_says(
    lab: Server, made: tuple[Settings, dict[str, Things]]
) -> None:
    def asked(scope: str, path: str) -> Reply:
        secret = made[1]["cem"].secrets[scope]
        return lab.get(path, {"Authorization": f"Bearer {secret}"})

    for path in FEEDS:
        assert asked("feeds", path).status == 200, path
        assert asked("read", path).status == 200, path
        assert asked("moderate", path).status == 403, path
        assert lab.get(path, {"Authorization": "Bearer bst_forged"}).status == 401, path
    for path in PAPERS:
        assert asked("read", path).status == 200, path
        assert asked("feeds", path).status == 403, path
        assert asked("admin", path).status == 403, path
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    headers["Authorization"] = f"Bearer {made[1]['cem'].secrets['feeds']}"
    assert lab.get("/mcp", headers, "POST", b"{}").status == 403


def test_a_feed_reader_logs_in_as_feed_readers_do(
    lab: Server, made: tuple[Settings, dict[str, Things]]
) -> None:
    def basic(password: str) -> dict[str, str]:
        return {"Authorization": f"Basic {b64encode(f'cem:{password}'.encode()).decode()}"}

    asks = {"Accept": "application/atom+xml, application/rss+xml, */*;q=0.1"}
    secrets = made[1]["cem"].secrets
    for path in FEEDS:
        assert lab.get(path, asks | basic(secrets["feeds"])).status == 200, path
        assert lab.get(path, asks | basic(secrets["moderate"])).status == 403, path
        for given in ({}, basic("bst_forged"), basic("hunter2"), {"Authorization": "Basic ?"}):
            reply = lab.get(path, asks | given)
            assert reply.status == 401, path
            assert reply.headers["www-authenticate"].startswith("Basic "), path
    assert feedparser.parse(
        lab.url.replace("//", f"//cem:{secrets['feeds']}@") + "/feeds/day.atom"
    ).entries
    # A password opens feeds and nothing else; a person who follows a link to one can log in.
    assert lab.get("/api/v1/search?q=galaxies", basic(secrets["read"])).status == 401
    assert lab.get("/", basic(secrets["read"])).status == 303
    assert lab.get("/feeds/day.atom", {"Accept": "text/html,*/*;q=0.8"}).status == 303


def test_the_feeds_that_a_reader_takes_along_open_without_a_password(
    lab: Server, made: tuple[Settings, dict[str, Things]]
) -> None:
    cem = enter(lab, "cem")
    program = {"Authorization": f"Bearer {made[1]['cem'].secrets['write']}", **JSON}
    for kind, value in (("category", "cs.LG"), ("author", "Ada Lovelace"), ("term", "galaxies")):
        given = json.dumps({"kind": kind, "value": value}).encode()
        assert lab.get("/api/v1/follows", program, "POST", given).status == 201
    outlines = cem.get("/account/data.opml").text
    addresses = [
        html.unescape(one) for one in re.findall(r'xmlUrl="http://[^/]+([^"]+)"', outlines)
    ]
    assert len(addresses) >= 6
    for address in addresses:
        reply = lab.get(address)
        assert reply.status == 200, address
        assert reply.headers["cache-control"] == "private, no-cache", address
    forged = re.sub("/mine/[^/]+/", "/mine/forged/", addresses[-1])
    assert lab.get(forged).status == lab.get(addresses[-1].replace("/term/", "/x/")).status == 404


def test_a_program_without_a_token_is_told_to_send_one(lab: Server) -> None:
    for path in PAPERS:
        reply = lab.get(path)
        if path.startswith("/graph/"):  # its client knows 403 for a key that is missing
            assert reply.status == 403
        else:
            assert reply.status == 401
            assert reply.headers["www-authenticate"] == 'Bearer realm="broadsheet"', path
        assert "personal token" in reply.text, path
        assert "someone" not in reply.text, path


def test_an_operator_opens_it_again(lab: Server) -> None:
    ada = enter(lab, "ada")
    ada.post("/admin/registration", {"audience": "anyone"}, page="/admin")
    assert Person(lab).get("/").status == 200
    odd = ada.post("/admin/registration", {"audience": "martians"}, page="/admin")
    assert odd.status == 400


def test_files_of_a_readers_own_are_kept_by_no_shared_cache(
    lab: Server, made: tuple[Settings, dict[str, Things]]
) -> None:
    cem = enter(lab, "cem")
    own = ("/account/data.json", "/account/data.bib", "/account/data.opml", "/lists/saved.bib")
    for path in (*own, f"/lists/{made[1]['cem'].list}.ris", "/taste/profile.json"):
        reply = cem.get(path)
        assert reply.status in (200, 503), path
        assert reply.headers["cache-control"] in ("private, no-cache", "no-store"), path
    assert "Cookie" in cem.get("/account/data.json").headers["vary"]


def test_a_closed_papers_citations_feeds_and_answers_are_kept_by_no_shared_cache(
    lab: Server,
) -> None:
    ada = enter(lab, "ada")
    paths = ("/papers/2608.90002.bib", "/feeds/day.atom", "/api/v1/papers/2608.90002")
    for audience, kept in (("readers", "private, no-cache"), ("anyone", "no-cache")):
        ada.post("/admin/registration", {"audience": audience}, page="/admin")
        for path in paths:
            assert ada.get(path).headers["cache-control"] == kept, (audience, path)
