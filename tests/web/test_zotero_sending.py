"""Papers and lists sent to Zotero with a button, to a server that keeps what it is sent."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from html import unescape
from pathlib import Path

import pytest
from pydantic import SecretStr

from broadsheet.catalog import Catalog
from broadsheet.readers import Readers
from broadsheet.settings import Settings
from broadsheet.sources import Arrived, Want, client_of, remote_settings, remotes
from tests.catalog.kit import everything, paper, store, take
from tests.sources.hosts import Host, Reply, serving
from tests.sources.zotero_host import ZoteroHost
from tests.web.community import PASSWORD, make_community
from tests.web.conftest import make_home
from tests.web.serving import Person, Server

pyzotero = pytest.importorskip("pyzotero")


@pytest.fixture
def zotero() -> ZoteroHost:
    return ZoteroHost()


@pytest.fixture
def host(zotero: ZoteroHost) -> Iterator[Host]:
    with serving(zotero) as running:
        yield running


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("papers") / "home"
    make_home(folder, shelf=False, filed=False)
    return folder


@pytest.fixture
def home(papers: Path, tmp_path: Path, host: Host) -> Settings:
    """A home of its own, whose Zotero is the local one."""
    shutil.copytree(papers, tmp_path / "home")
    return Settings(home=tmp_path / "home", upstream={"zotero": host.address})


def name(me: Person, **fields: str) -> None:
    library = {"library": "7", "key": "secret", "collection": "", **fields}
    assert me.post("/zotero", library, page="/zotero").status == 303


def send(me: Person, page: str, **fields: str) -> str:
    """Presses a button; the line that the next page says."""
    reply = me.post("/zotero/send", {"back": page, **fields}, page="/zotero")
    assert reply.status == 303, reply.text[:500]
    shown = me.get(reply.headers["location"]).text
    found = re.search(r"<p>([^<]*)\. </p>", shown)
    assert found, shown[-3000:]
    return unescape(found[1])


@pytest.fixture
def me(home: Settings, serve: Callable[[Settings], Server]) -> Person:
    return Person(serve(home))


def test_a_paper_is_sent_once_and_never_twice(me: Person, zotero: ZoteroHost) -> None:
    page = "/cite?id=2608.90002"
    assert 'href="/zotero"' in me.get(page).text
    name(me, collection="Reading/This week")
    button = re.search(r'name="work" value="(\d+)">Send it to users/7, R', me.get(page).text)
    assert button
    assert send(me, page, work=button[1]) == "1 paper sent to users/7"
    (item,) = zotero.items.values()
    assert item["data"]["itemType"] == "preprint"
    assert item["data"]["archiveID"] == "arXiv:2608.90002"
    assert [one["lastName"] for one in item["data"]["creators"]] == ["Lovelace", "Noether"]
    paths = {one["data"]["name"]: one for one in zotero.collections.values()}
    assert set(paths) == {"Reading", "This week"}
    assert item["data"]["collections"] == [paths["This week"]["key"]]
    again = send(me, page, work=button[1])
    assert again == "0 papers sent to users/7; 1 was there already"
    assert len(zotero.items) == 1


def test_a_list_is_sent_whole(me: Person, home: Settings, zotero: ZoteroHost) -> None:
    name(me)
    with closing(Catalog.open(home)) as catalog:
        readers = Readers(catalog)
        made = readers.lists.make(1, "For the group")
        for change in catalog.changes(0, 30):
            readers.lists.put(made.id, change.work_id, owner=1)
    page = f"/lists/{made.id}"
    assert f'name="list" value="{made.id}">Send it to Zotero' in me.get(page).text
    assert send(me, page, list=str(made.id)) == "30 papers sent to users/7"
    assert len(zotero.items) == 30
    saved = send(me, "/lists/saved", list="saved")  # what is on a list is saved
    assert saved == "0 papers sent to users/7; 30 were there already"


def test_what_was_sent_comes_back_as_the_same_papers(
    me: Person, home: Settings, host: Host
) -> None:
    name(me)
    with closing(Catalog.open(home)) as catalog:
        readers = Readers(catalog)
        made = readers.lists.make(1, "All")
        for number in everything(catalog):
            readers.lists.put(made.id, number, owner=1)
        sent = {frozenset(map(str, work.identifiers)) for work in everything(catalog).values()}
        send(me, "/lists", list=str(made.id))
        told = home.model_copy(update={"upstream_options": {"zotero.key": SecretStr("secret")}})
        remote = remotes(remote_settings(told))["zotero"]()
        pages = remote.pages(client_of(home), Want(sets=("users/7",)), "")
        back = [item for page in pages for item in page.items if isinstance(item, Arrived)]
        assert len(back) == len(sent)
        arxiv = {
            frozenset(str(one) for one in item.paper.identifiers if one.scheme == "arxiv")
            for item in back
        }
        assert arxiv == sent
        take(catalog, back, "zotero")
        assert len(everything(catalog)) == len(sent)
    client = pyzotero.Zotero("7", "user", "secret")
    client.endpoint = host.address
    titles = {item["data"]["title"] for item in client.everything(client.items(limit=100))}
    assert len(titles) == len(sent)


def test_the_key_is_never_shown_again(me: Person, home: Settings) -> None:
    name(me, key="MySecretKey123")
    for path in ("/zotero", "/cite?id=2608.90002", "/account", "/account/data.json"):
        assert "MySecretKey123" not in me.get(path).text
    assert "the key stays" in me.get("/zotero").text
    name(me, key="", collection="Elsewhere")
    with closing(Catalog.open(home)) as catalog:
        kept = Readers(catalog).zotero.of(1)
        assert kept and (kept.key, kept.collection) == ("MySecretKey123", "Elsewhere")
        assert "MySecretKey123" not in repr(kept)
    # Another library is another key's: the old one is not sent there.
    refused = me.post("/zotero", {"library": "groups/8", "key": "", "collection": ""})
    assert refused.status == 400 and "key is of letters and digits" in refused.text
    assert me.post("/zotero/forget", page="/zotero").status == 303
    with closing(Catalog.open(home)) as catalog:
        assert Readers(catalog).zotero.of(1) is None


def test_what_is_no_library_is_refused(me: Person) -> None:
    token = me.csrf("/zotero")
    for library in (
        "", "local", "users/", "users/7/../8", "http://evil.example", "users/7?x", "7\r\nX: y", "-1"
    ):  # fmt: skip
        fields = {"library": library, "key": "secret", "collection": ""}
        reply = me.post("/zotero", fields, token=token)
        assert reply.status == 400 and "Nothing was changed" in reply.text, library


def test_what_goes_wrong_is_said_in_a_line(me: Person, host: Host) -> None:
    page = "/cite?id=2608.90002"
    button = re.search(r'name="work" value="(\d+)"', (name(me), me.get(page).text)[1])
    assert button
    name(me, key="WrongKey")
    said = send(me, page, work=button[1])
    assert said.startswith("Not sent: ") and "403" in said and "WrongKey" not in said
    name(me)
    host.first.append(Reply(b"<html>busy", 200))
    assert send(me, page, work=button[1]).startswith("Not sent: ")
    host.first.append(Reply(b"", 503, {"Retry-After": "3000"}))
    assert send(me, page, work=button[1]).startswith("Not sent: ")


def test_a_title_too_long_is_refused_for_that_paper_alone(
    me: Person, zotero: ZoteroHost, home: Settings
) -> None:
    name(me)
    with closing(Catalog.open(home)) as catalog:
        store(catalog, paper("2", title="Long " * 200), paper("3", title="Short"))
        readers = Readers(catalog)
        made = readers.lists.make(1, "Two")
        for number in list(everything(catalog))[-2:]:
            readers.lists.put(made.id, number, owner=1)
    said = send(me, "/lists", list=str(made.id))
    assert said.startswith("1 paper sent to users/7; 1 refused: “Long Long")
    assert "too long" in said and len(zotero.items) == 1


def test_without_a_library_one_is_asked_for(me: Person) -> None:
    me.get("/")
    reply = me.post("/zotero/send", {"work": "1", "back": "/"}, page="/zotero")
    assert reply.headers["location"] == "/zotero"


def test_what_is_not_there_cannot_be_sent(me: Person) -> None:
    name(me)
    token = me.csrf("/zotero")
    asked: list[tuple[dict[str, str], int]] = [
        ({}, 400), ({"work": "x"}, 400), ({"work": "999999"}, 404), ({"list": "999"}, 404)
    ]  # fmt: skip
    for fields, status in asked:
        assert me.post("/zotero/send", fields, token=token).status == status, fields


def test_each_reader_sends_to_their_own_library_only_what_they_may_see(
    tmp_path: Path, host: Host, zotero: ZoteroHost, serve: Callable[[Settings], Server]
) -> None:
    settings, things = make_community(tmp_path / "lab")
    server = serve(settings.model_copy(update={"upstream": {"zotero": host.address}}))
    cem = Person(server).log_in("cem", PASSWORD)
    name(cem)
    theirs = cem.post("/zotero/send", {"list": str(things["ada"].list)}, page="/zotero")
    assert theirs.status == 404 and not zotero.items
    assert send(cem, "/lists", list=str(things["cem"].list)) == "1 paper sent to users/7"
    dia = Person(server).log_in("dia", PASSWORD)
    assert "users/7" not in dia.get("/zotero").text
    assert server.get("/zotero").status == 303
    assert server.get("/zotero/send", method="POST").status in (401, 403)
