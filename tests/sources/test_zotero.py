"""Zotero libraries read and written, against a server that pyzotero takes for the real one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from broadsheet.citations import references
from broadsheet.papers import Author, Identifier, Paper
from broadsheet.sources import FetchError, RemoteSettings, Want
from broadsheet.sources.zotero import Zotero
from broadsheet.sources.zotero_collections import matches, paths_of
from broadsheet.sources.zotero_sending import item_of, key_of, send
from tests.sources.hosts import (
    Host,
    Reply,
    Time,
    as_json,
    client_for,
    everything,
    papers,
    rejected,
    resumed,
    serving,
)
from tests.sources.zotero_host import ZoteroHost

WANT = Want(("users/7",))


@pytest.fixture
def zotero() -> ZoteroHost:
    return ZoteroHost()


@pytest.fixture
def host(zotero: ZoteroHost) -> Iterator[Host]:
    with serving(zotero) as running:
        yield running


def settings(host: Host, key: str = "secret", **options: str) -> RemoteSettings:
    addresses = {"zotero": host.address, "zotero-local": f"{host.address}/api"}
    named = {f"zotero.{name}": said for name, said in options.items()}
    return RemoteSettings(addresses, {"zotero.key": key, **named})


def source(host: Host, **options: str) -> Zotero:
    return Zotero(settings(host, **options))


def test_an_item_becomes_a_paper(zotero: ZoteroHost, host: Host, tmp_path: Path) -> None:
    year = zotero.collect("2026")
    survey = zotero.collect("survey", year)
    zotero.put(
        "On graphs",
        creators=[
            {"creatorType": "author", "firstName": "Ada", "lastName": "Lee"},
            {"creatorType": "author", "name": "The Graph Group"},
            {"creatorType": "editor", "firstName": "No", "lastName": "Author"},
        ],
        date="May 2024",
        DOI="10.1234/x",
        extra="arXiv:2405.00001 [cs]\nCitation Key: lee2024",
        url="https://a.example/x",
        tags=[{"tag": "to read"}],
        collections=[survey],
    )
    (page,) = everything(source(host), client_for(tmp_path, host), WANT)
    (paper,) = papers([page])
    assert paper.id.startswith("users/7/items/") and paper.source == "zotero"
    assert set(paper.identifiers[1:]) == {
        Identifier("doi", "10.1234/x"),
        Identifier("arxiv", "2405.00001"),
    }
    assert [one.name for one in paper.authors] == ["Ada Lee", "The Graph Group"]
    assert (paper.published, paper.announced) == ("2024-05", "")
    assert paper.extra["collections"] == ["2026/survey"]
    assert paper.extra["keywords"] == ["to read"]
    assert host.asked[0].headers["zotero-api-version"] == "3"


def test_an_item_is_cited_as_what_it_is(zotero: ZoteroHost, host: Host, tmp_path: Path) -> None:
    zotero.put("Talk", itemType="conferencePaper", conferenceName="NeurIPS 2017", pages="1-9")
    zotero.put("Essay", itemType="thesis", university="Princeton", thesisType="Master's thesis")
    zotero.put("Paper", itemType="journalArticle", publicationTitle="Proceedings of the Academy")
    zotero.put("Report", itemType="report", institution="NIST")
    zotero.put("Preprint", itemType="preprint", extra="arXiv:2405.00001\nStatus: withdrawn")
    (page,) = everything(source(host), client_for(tmp_path, host), WANT)
    said = {paper.title: references([paper])[0] for paper in papers([page])}
    assert {title: one.kind for title, one in said.items()} == {
        "Talk": "meeting",
        "Essay": "thesis",
        "Paper": "article",
        "Report": "report",
        "Preprint": "preprint",
    }
    assert (said["Essay"].house, said["Essay"].master, said["Essay"].venue) == (
        "Princeton",
        True,
        "",
    )
    assert said["Report"].house == "NIST"
    assert [title for title, one in said.items() if one.withdrawn] == ["Preprint"]


def test_collections_are_chosen_by_patterns_over_their_paths(
    zotero: ZoteroHost, host: Host, tmp_path: Path
) -> None:
    year, other = zotero.collect("2026"), zotero.collect("2025")
    survey, ignored = zotero.collect("survey", year), zotero.collect("ignore", year)
    deep = zotero.collect("topic", survey)
    for name, places in {
        "in": [survey],
        "deep": [deep, other],
        "ignored": [ignored],
        "both": [deep, ignored],
        "other": [other],
        "nowhere": [],
    }.items():
        zotero.put(name, collections=places)
    client = client_for(tmp_path, host)

    def titles(**options: str) -> set[str]:
        return {paper.title for paper in papers(everything(source(host, **options), client, WANT))}

    assert titles(include="2026/**", ignore="2026/ignore/**") == {"in", "deep"}
    assert titles(include="*/survey; 2025") == {"in", "deep", "other"}
    assert titles(ignore="2026/**") == {"other", "nowhere"}
    assert len(titles()) == 6


def test_only_changes_are_asked_for_the_next_time(
    zotero: ZoteroHost, host: Host, tmp_path: Path
) -> None:
    keys = [zotero.put(f"Paper {number}") for number in range(5)]
    zotero.put("A web page", itemType="webpage")
    client = client_for(tmp_path, host)
    first = everything(source(host), client, WANT)
    assert len(papers(first)) == 5
    zotero.put("Paper 1, changed", keys[1])
    zotero.remove(keys[2])
    zotero.put("", keys[3], deleted=1)  # into the bin
    asked = len(host.asked)
    again = everything(source(host), client, WANT, first[-1].cursor)
    assert [paper.title for paper in papers(again)] == ["Paper 1, changed"]
    assert set(again[-1].deleted) == {f"users/7/items/{key}" for key in keys[2:4]}
    versions = next(one for one in host.asked[asked:] if one.query.get("format") == "versions")
    assert int(versions.query["since"]) == zotero.version - 3
    quiet = everything(source(host), client, WANT, again[-1].cursor)
    assert papers(quiet) == [] and quiet[-1].deleted == ()
    # Other collections are wanted: everything is looked at again.
    other = everything(source(host, ignore="x"), client, WANT, quiet[-1].cursor)
    assert len(papers(other)) == 3


def test_a_library_that_changes_while_it_is_read_is_read_whole(
    zotero: ZoteroHost, host: Host, tmp_path: Path
) -> None:
    keys = sorted(zotero.put(f"Paper {number}") for number in range(120))
    client = client_for(tmp_path, host)
    remote = source(host)
    pages = remote.pages(client, WANT, "")
    given = [next(pages)]
    zotero.put("Changed when it had been given", keys[0])
    added = zotero.put("New")
    zotero.remove(keys[-1])
    given += list(remote.pages(client, WANT, given[-1].cursor))  # killed, gone on with
    given += everything(remote, client, WANT, given[-1].cursor)
    last = {paper.id: paper.title for paper in papers(given)}
    assert last[f"users/7/items/{keys[0]}"] == "Changed when it had been given"
    assert f"users/7/items/{added}" in last
    assert set(last) >= {f"users/7/items/{key}" for key in zotero.items}
    assert f"users/7/items/{keys[-1]}" in given[-1].deleted


def test_many_items_and_collections_are_paged_and_gone_on_from(
    zotero: ZoteroHost, host: Host, tmp_path: Path
) -> None:
    places = [zotero.collect(f"c{number}") for number in range(230)]
    for number in range(130):
        zotero.put(f"Paper {number}", collections=[places[number + 100]])
    client = client_for(tmp_path, host)
    whole = everything(source(host, include="c*"), client, WANT)
    assert [len(page.items) for page in whole] == [50, 50, 30]
    assert papers(whole)[0].extra["collections"] != []
    assert papers(resumed(source(host, include="c*"), client, WANT)) == papers(whole)
    starts = [one.query["start"] for one in host.asked if one.path.endswith("collections")]
    assert starts[:3] == ["0", "100", "200"]


def test_a_server_under_load_is_left_alone_as_long_as_it_asks(
    zotero: ZoteroHost, host: Host, tmp_path: Path
) -> None:
    zotero.put("Paper")
    zotero.backoff = "40"
    host.first = [Reply(b"", 503, {"Retry-After": "25"})]
    time = Time()
    assert len(papers(everything(source(host), client_for(tmp_path, host, time=time), WANT))) == 1
    assert any(25 <= pause < 30 for pause in time.slept)
    assert any(39 <= pause <= 40 for pause in time.slept)


def test_the_program_on_this_machine_is_asked_without_a_key(
    zotero: ZoteroHost, host: Host, tmp_path: Path
) -> None:
    zotero.put("Paper")
    client = client_for(tmp_path, host)
    remote = source(host, library="local")
    first = everything(remote, client)
    assert papers(first)[0].id.startswith("local/items/")
    assert all("zotero-api-key" not in asked.headers for asked in host.asked)
    assert papers(everything(remote, client, cursor=first[-1].cursor)) == []
    zotero.server_id = "another"  # another profile: its versions mean nothing
    assert len(papers(everything(remote, client, cursor=first[-1].cursor))) == 1


def test_it_is_not_asked_unless_its_private_address_is_allowed(host: Host, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="private"):
        everything(source(host, library="local"), client_for(tmp_path))
    assert host.asked == []


def test_hostile_items_are_rejected_and_odd_answers_errors(
    zotero: ZoteroHost, host: Host, tmp_path: Path
) -> None:
    zotero.put("", abstractNote=None, creators=None, tags="x", collections=7)
    zotero.put("Odd", creators=[None, 5, {}], collections=[None, "x"], date=7, DOI="no doi")
    loop = zotero.collect("a")
    zotero.collections[loop]["data"]["parentCollection"] = loop
    client = client_for(tmp_path, host)
    pages = everything(source(host), client, WANT)
    assert [paper.title for paper in papers(pages)] == ["Odd"]
    assert rejected(pages) == ["has neither title nor abstract"]
    for reply in (Reply(b"<html>"), as_json({}), as_json(None)):
        host.first = [reply]
        with pytest.raises(FetchError):
            everything(source(host), client, WANT)
    with pytest.raises(FetchError, match="answered 403"):
        everything(Zotero(settings(host, key="wrong")), client, WANT)
    with pytest.raises(FetchError, match="is no library"):
        everything(source(host), client, Want(("users/../groups/1",)))
    with pytest.raises(FetchError, match="name a library"):
        everything(source(host), client)


def paper(number: int, **more: object) -> Paper:
    values = {
        "id": f"2405.{number:05}",
        "source": "arxiv",
        "title": f"Paper {number}",
        "abstract": "Words.",
        "authors": (Author("Ada B. Lee"), Author("The Graph Group")),
        "categories": ("cs.LG",),
        "identifiers": (Identifier("arxiv", f"2405.{number:05}"),),
        "published": "2024-05-01",
        "version": "v2",
    }
    return Paper(**(values | more))  # type: ignore[arg-type]


def test_papers_are_sent_in_batches_into_a_collection_that_is_made(
    zotero: ZoteroHost, host: Host, tmp_path: Path
) -> None:
    zotero.collect("2026")
    client = client_for(tmp_path, host)
    many = [paper(number) for number in range(120)]
    sent = send(client, settings(host), "users/7", many, "2026/from Broadsheet")
    assert (sent.written, sent.there, sent.refused) == (120, 0, [])
    paths = paths_of(zotero.collections.values())
    assert sorted(paths.values()) == ["2026", "2026/from Broadsheet"]
    item = zotero.items[key_of(many[0])]["data"]
    assert item["itemType"] == "preprint" and item["archiveID"] == "arXiv:2405.00000v2"
    assert [paths[key] for key in item["collections"]] == ["2026/from Broadsheet"]
    assert item["creators"] == [
        {"creatorType": "author", "firstName": "Ada B.", "lastName": "Lee"},
        {"creatorType": "author", "name": "The Graph Group"},
    ]
    posts = [asked for asked in host.asked if asked.method == "POST"]
    assert len(posts) == 4 and len(posts[0].headers["zotero-write-token"]) == 32
    again = send(client, settings(host), "users/7", many, "2026/from Broadsheet")
    assert (again.written, again.there) == (0, 120) and len(zotero.items) == 120
    # What was sent can be read back, and is the same paper.
    read = papers(everything(source(host), client, WANT))
    assert {one.identifiers[1] for one in read} == {one.identifiers[0] for one in many}


def test_a_refused_item_does_not_hold_up_the_others(
    zotero: ZoteroHost, host: Host, tmp_path: Path
) -> None:
    long = paper(1, title="x" * 600)
    sent = send(client_for(tmp_path, host), settings(host), "users/7", [long, paper(2), paper(2)])
    assert sent.written == 1
    assert [(one.title, why) for one, why in sent.refused] == [(long.title, "'title' is too long")]


def test_an_answer_that_was_lost_doubles_nothing(
    zotero: ZoteroHost, host: Host, tmp_path: Path
) -> None:
    client = client_for(tmp_path, host)
    host.first = [Reply(b"", 503)]  # refused before anything was written
    sent = send(client, settings(host), "users/7", [paper(1)])
    assert (sent.written, len(zotero.items)) == (1, 1)
    zotero.lost_answers = 1  # written, and then the server said that it was busy
    sent = send(client, settings(host), "users/7", [paper(2)])
    assert (sent.written, sent.there, len(zotero.items)) == (0, 1, 2)


def test_sending_needs_a_key_and_a_library_on_the_web(host: Host, tmp_path: Path) -> None:
    client = client_for(tmp_path, host)
    for how, library, match in (
        (settings(host, key=""), "users/7", "right to write"),
        (settings(host), "local", "sent to zotero.org"),
        (settings(host), "me", "is no library"),
    ):
        with pytest.raises(FetchError, match=match):
            send(client, how, library, [paper(1)])
    assert host.asked == []


def test_a_kind_of_item_follows_from_the_venue() -> None:
    doi = (Identifier("doi", "10.1234/x"),)
    journal = item_of(paper(1, identifiers=doi, extra={"venue": "Journal of Works"}))
    assert (journal["itemType"], journal["publicationTitle"]) == (
        "journalArticle",
        "Journal of Works",
    )
    meeting = item_of(paper(1, extra={"venue": "Proceedings of the ACL"}))
    assert (meeting["itemType"], meeting["proceedingsTitle"]) == (
        "conferencePaper",
        "Proceedings of the ACL",
    )
    several = item_of(
        paper(1, identifiers=(Identifier("acl", "P19-1001"),), extra={"venue": ["ACL", "IJCNLP"]})
    )
    assert (several["itemType"], several["proceedingsTitle"]) == ("conferencePaper", "ACL, IJCNLP")
    extra = {"journal": "A Journal", "volume": "3", "number": 2, "pages": "405–418"}
    article = item_of(paper(1, identifiers=(Identifier("acl", "Q15-1029"),), extra=extra))
    assert (article["itemType"], article["publicationTitle"]) == ("journalArticle", "A Journal")
    assert (article["volume"], article["issue"], article["pages"]) == ("3", "2", "405–418")
    posted = item_of(paper(1, identifiers=doi, extra={"venue": "bioRxiv"}))
    assert (posted["itemType"], posted["repository"]) == ("preprint", "bioRxiv")


@pytest.mark.parametrize(
    ("path", "pattern", "expected"),
    [
        ("2026/survey/topic", "2026/survey/**", True),
        ("2026/survey", "2026/survey/**", True),
        ("2026/surveys", "2026/survey/**", False),
        ("2026/survey/topic", "2026/*", False),
        ("a/b/c", "**/c", True),
        ("c", "**/c", True),
        ("a/b", "a/**/b", True),
        ("a/b", "**", True),
        ("week1", "week[0-9]", True),
        ("week1", "week[!0-9]", False),
        ("[z-a]", "[z-a]", True),
        ("a.b", "a?b", True),
    ],
)
def test_patterns_mean_what_they_do_in_zotero_arxiv_daily(
    path: str, pattern: str, expected: bool
) -> None:
    assert matches(path, pattern) is expected


def test_pyzotero_takes_the_server_for_the_real_one(zotero: ZoteroHost, host: Host) -> None:
    pyzotero = pytest.importorskip("pyzotero")
    client = pyzotero.Zotero("7", "user", "secret")
    client.endpoint = host.address
    made = client.create_collections([{"name": "From pyzotero"}])
    place = made["success"]["0"]
    item = {"itemType": "preprint", "title": "Sent by pyzotero", "collections": [place]}
    assert client.create_items([item])["success"]
    for number in range(130):
        zotero.put(f"Paper {number}")
    assert len(client.everything(client.items(limit=100))) == 131
    assert [one["data"]["name"] for one in client.collections()] == ["From pyzotero"]
    assert client.last_modified_version() == zotero.version


def test_a_withdrawn_paper_is_sent_with_its_status() -> None:
    arxiv = (Identifier("arxiv", "2401.00001"),)
    gone = item_of(paper(1, identifiers=arxiv, extra={"withdrawn": "Lemma 3 is wrong."}))
    assert str(gone["extra"]).endswith("\nStatus: withdrawn")
    assert "Status" not in str(item_of(paper(1, identifiers=arxiv))["extra"])
