"""What the client writes with a token of ours: lists, papers handed in, links, claims."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import BadRequestError, HfHubHTTPError
from semanticscholar import SemanticScholar

from broadsheet.catalog import Catalog
from broadsheet.readers import Readers
from tests.web.community import Things
from tests.web.serving import Reply, Server

Members = tuple[Server, dict[str, Things]]


@pytest.fixture
def api(members: Members) -> Callable[..., HfApi]:
    """The client of a reader, with a token of a scope."""
    server, things = members

    def of(name: str, scope: str = "write") -> HfApi:
        return HfApi(endpoint=server.url, token=things[name].secrets[scope] if name else False)

    return of


def send(members: Members, path: str, body: object, name: str, scope: str = "write") -> Reply:
    server, things = members
    headers = {"Content-Type": "application/json"}
    if name:
        headers["Authorization"] = f"Bearer {things[name].secrets[scope]}"
    return server.get(path, headers, "POST", json.dumps(body).encode())


def status(call: Callable[[], Any]) -> int:
    with pytest.raises(HfHubHTTPError) as caught:
        call()
    return caught.value.response.status_code


def test_a_list_is_a_collection_from_its_making_to_its_end(api: Callable[..., HfApi]) -> None:
    hub = api("cem")
    assert hub.whoami()["name"] == "cem"
    made = hub.create_collection("Read on the train", description="short ones")
    assert (made.title, made.description, made.private) == (
        "Read on the train",
        "short ones",
        False,
    )
    assert made.owner["name"] == "cem"  # type: ignore[index]
    again = hub.create_collection("read on the TRAIN", exists_ok=True)
    assert again.slug == made.slug
    assert status(lambda: hub.create_collection("Read on the train")) == 409
    put = hub.add_collection_item(made.slug, "cs/0501001", "paper", note="the old one")
    assert [(item.item_id, item.item_type, item.note) for item in put.items] == [
        ("cs/0501001", "paper", "the old one")
    ]
    assert status(lambda: hub.add_collection_item(made.slug, "cs/0501001v2", "paper")) == 409
    kept = hub.add_collection_item(made.slug, "cs/0501001", "paper", exists_ok=True)
    assert len(kept.items) == 1
    hub.add_collection_item(made.slug, "2608.90003", "paper")
    hub.update_collection_item(made.slug, put.items[0].item_object_id, note="read twice")
    found = api("", "").get_collection(made.slug)
    notes = {item.item_id: item.note for item in found.items}
    assert notes == {"cs/0501001": "read twice", "2608.90003": None}
    changed = hub.update_collection_metadata(made.slug, title="Read at home", private=True)
    assert (changed.title, changed.private) == ("Read at home", True)
    assert status(lambda: api("dia").get_collection(made.slug)) == 404
    hub.delete_collection_item(made.slug, put.items[0].item_object_id)
    assert [item.item_id for item in hub.get_collection(made.slug).items] == ["2608.90003"]
    hub.delete_collection(made.slug)
    assert status(lambda: hub.get_collection(made.slug)) == 404


def test_collections_are_listed_by_owner_and_by_what_is_in_them(api: Callable[..., HfApi]) -> None:
    hub = api("dia")
    made = hub.create_collection("For everyone")
    hub.add_collection_item(made.slug, "2608.90002", "paper")
    private = hub.create_collection("For me", private=True)
    try:
        seen = {one.slug for one in api("").list_collections(owner="dia")}
        assert seen == {made.slug}
        assert {one.slug for one in hub.list_collections(owner="dia")} > {made.slug, private.slug}
        holding = [one.slug for one in api("").list_collections(item="papers/2608.90002")]
        assert holding == [made.slug]
        assert list(api("").list_collections(item="papers/9999.99999")) == []
    finally:
        hub.delete_collection(made.slug)
        hub.delete_collection(private.slug)


def test_a_token_does_what_its_scope_says_and_for_its_reader_only(
    api: Callable[..., HfApi], members: Members
) -> None:
    made = api("cem").create_collection("Mine")
    reading = api("cem", "read")
    assert reading.get_collection(made.slug).title == "Mine"
    assert status(lambda: reading.add_collection_item(made.slug, "cs/0501001", "paper")) == 403
    assert status(lambda: api("dia").add_collection_item(made.slug, "cs/0501001", "paper")) == 403
    assert status(lambda: api("dia").delete_collection(made.slug)) == 403
    namespace = lambda: api("dia").create_collection("x", namespace="cem")  # noqa: E731
    assert status(namespace) == 403
    feeds = {one.slug for one in api("cem", "feeds").list_collections(owner="cem")}
    assert made.slug in feeds
    assert len(feeds) == 1  # what is private is not read with a token for feeds
    for item in ({"id": "x", "type": "model"}, {"id": "nothing", "type": "paper"}, "cs/0501001"):
        reply = send(members, f"/api/collections/{made.slug}/items", {"item": item}, "cem")
        assert reply.status in (400, 404)
        assert set(reply.json()) == {"error"}
    forged = HfApi(endpoint=members[0].url, token="bst_forged")
    assert status(lambda: list(forged.list_papers(query="x"))) == 401
    theirs = HfApi(endpoint=members[0].url, token="hf_" + "a" * 34)
    assert len(list(theirs.list_papers(query="galaxies"))) == 20
    assert status(theirs.whoami) == 401
    api("cem").delete_collection(made.slug)


def test_a_paper_is_handed_in_by_its_id(api: Callable[..., HfApi], members: Members) -> None:
    reply = send(members, "/api/papers/index", {"arxivId": "2608.00001"}, "dia")
    assert reply.status == 200
    assert reply.json()["id"] == "2608.00001"
    assert reply.json()["submittedBy"]["user"] == "dia"
    found = list(api("").list_daily_papers(submitter="dia"))
    assert [paper.id for paper in found] == ["2608.00001"]
    assert found[0].submitted_by is not None
    assert (found[0].submitted_by.username, found[0].submitted_by.fullname) == ("dia", "dia")
    assert [p.id for p in api("").list_daily_papers(submitter="dia", week="2026-W34")]
    assert list(api("").list_daily_papers(submitter="dia", date="2026-08-20")) == []
    waits = send(members, "/api/papers/index", {"arxivId": "2701.00001"}, "dia")
    assert (waits.status, waits.json()) == (202, {"id": "2701.00001", "status": "waiting"})
    for name in ("nothing", "", "10.1/x", "https://arxiv.org/abs/2301.00001"):
        assert send(members, "/api/papers/index", {"arxivId": name}, "dia").status == 400
    assert send(members, "/api/papers/index", {"arxivId": 3}, "dia").status == 400
    assert send(members, "/api/papers/index", {"arxivId": "2608.00001"}, "").status == 401
    assert (
        send(members, "/api/papers/index", {"arxivId": "2608.00001"}, "dia", "read").status == 403
    )


def test_links_and_claims_show_in_what_is_told_of_the_paper(
    api: Callable[..., HfApi], members: Members
) -> None:
    name = "2608.90002"
    links = {"projectPage": "https://example.org/bound", "githubRepo": "https://github.com/a/b"}
    assert send(members, f"/api/papers/{name}/links", links, "cem").status == 200
    told = api("").paper_info(name)
    assert told.project_page == links["projectPage"]
    assert told.github_repo == links["githubRepo"]
    number = members[0].get(f"/api/papers/{name}").json()
    ada = number["authors"][0]["_id"]
    assert send(members, f"/api/papers/{number['_id']}/links", {}, "cem").status == 200
    claim = {"paperId": name, "claimAuthorId": ada, "targetUserId": "ada"}
    reply = send(members, "/api/settings/papers/claim", claim, "ada")
    assert (reply.status, reply.json()["status"]) == (200, "claimed")
    with closing(Catalog.open(members[0].settings)) as catalog:
        readers = Readers(catalog)
        waiting = readers.community.claims.waiting(50)
        by = members[1]["ada"].reader
        readers.community.claims.decide(by, waiting[0].id, good=True)
    author = (api("").paper_info(name).authors or [])[0]
    assert (author.name, author.status) == ("Ada Lovelace", "claimed_verified")
    assert author.user is not None
    assert author.user.username == "ada"
    assert author.status_last_changed_at is not None
    claim["targetUserId"] = "cem"
    assert send(members, "/api/settings/papers/claim", claim, "dia").status == 403
    for wrong in ({"paperId": name}, {"paperId": "x", "claimAuthorId": ada}, {}):
        assert send(members, "/api/settings/papers/claim", wrong, "dia").status in (400, 404)
    bad = {"projectPage": "javascript:alert(1)"}
    assert send(members, f"/api/papers/{name}/links", bad, "cem").status == 400


def test_a_flood_of_writing_is_told_when_to_come_back(
    api: Callable[..., HfApi], members: Members
) -> None:
    server, things = members
    bearer = {"Authorization": f"Bearer {things['bob'].secrets['write']}"}
    for _ in range(600):
        if server.get("/api/collections/bob/nothing", bearer, "DELETE").status == 429:
            break
    with pytest.raises(HfHubHTTPError, match="reached your 'api' rate limit") as caught:
        for _ in range(20):
            api("bob").create_collection("One more", exists_ok=True)
    headers = caught.value.response.headers
    assert headers["RateLimit"].startswith('"api";r=0;t=')
    assert headers["RateLimit-Policy"] == '"fixed window";"api";q=400;w=80'
    assert int(headers["Retry-After"]) >= 1


def test_a_key_in_the_other_clients_header_is_one_of_ours(members: Members) -> None:
    server, things = members
    named = SemanticScholar(api_url=server.url, api_key=things["cem"].secrets["read"], retry=False)
    assert named.get_paper("cs/0501001").title
    theirs = SemanticScholar(api_url=server.url, api_key="an old key of theirs", retry=False)
    assert theirs.get_paper("cs/0501001").title
    forged = SemanticScholar(api_url=server.url, api_key="bst_forged", retry=False)
    with pytest.raises(PermissionError):
        forged.get_paper("cs/0501001")


def test_bad_bodies_are_bad_requests(members: Members) -> None:
    server, things = members
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {things['cem'].secrets['write']}",
    }
    for path in ("/api/collections", "/api/papers/index", "/api/settings/papers/claim"):
        for body in (b"{", b"[]", b"null", b"\xff", b'{"title": 3}', b'{"title": ""}'):
            reply = server.get(path, headers, "POST", body)
            assert 400 <= reply.status < 500
            assert set(reply.json()) == {"error"}


def test_the_client_says_a_bad_request_in_our_words(api: Callable[..., HfApi]) -> None:
    with pytest.raises(BadRequestError, match="date: 2025-02-28 is the form that is wanted"):
        list(api("").list_daily_papers(date="2026"))
