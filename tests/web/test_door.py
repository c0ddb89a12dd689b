"""The door: log-in, sessions, joining, proxies, names of the machine, and what is locked."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from broadsheet.catalog import Catalog
from broadsheet.readers import LOCAL, Readers
from broadsheet.settings import Settings
from tests.web.community import PASSWORD, Things, enter, make_community
from tests.web.serving import Person, Server


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, dict[str, Things]]:
    return make_community(tmp_path_factory.mktemp("door"))


@pytest.fixture(scope="module")
def lab(made: tuple[Settings, dict[str, Things]]) -> Iterator[Server]:
    with Server(made[0]) as server:
        yield server


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(lab: Server) -> None:
    def tried(name: str) -> tuple[int, str]:
        reply = Person(lab).post("/login", {"name": name, "password": "no"}, page="/login")
        # The name that was typed stands in the form again, and the token is each time another.
        text = re.sub(r'value="[^"]*"', "", reply.text)
        return reply.status, text

    assert tried("cem") == tried("nobody-here")
    assert "the name or the password is wrong" in tried("cem")[1].lower()


def test_guessing_is_slowed_down(lab: Server) -> None:
    guesser = Person(lab)
    for _ in range(30):
        reply = guesser.post("/login", {"name": "bob", "password": "guess"}, page="/login")
        if reply.status == 429:
            break
    assert reply.status == 429
    assert int(reply.headers["retry-after"]) >= 1
    right = guesser.post("/login", {"name": "bob", "password": PASSWORD}, page="/login")
    assert right.status == 429, "the right password is not told from a wrong one meanwhile"


def test_the_session_cookie_is_as_strict_as_the_connection_allows(lab: Server) -> None:
    person = Person(lab)
    fields = {"name": "ada", "password": PASSWORD}
    plain = person.post("/login", fields, page="/login")
    cookie = next(c for c in plain.cookies if "session" in c)
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    behind = Person(lab)
    https = {"X-Forwarded-Proto": "https"}
    token = re.search(r'name="csrf" value="([^"]+)"', behind.get("/login", https).text)
    assert token
    reply = behind.post("/login", fields, https, token=token[1])
    cookie = next(c for c in reply.cookies if "session" in c)
    assert cookie.startswith("__Host-broadsheet-session=")
    assert "; Secure" in cookie
    assert "Path=/;" in cookie
    assert "Domain" not in cookie


def test_a_session_can_be_seen_and_ended_from_another(lab: Server) -> None:
    first, second = enter(lab, "dia"), enter(lab, "dia")
    assert first.get("/lists").status == 200
    ended = second.post("/account/sessions", {"session": "others"}, page="/account")
    assert ended.status == 303
    assert first.get("/lists").headers["location"].startswith("/login?next=")
    assert second.get("/lists").status == 200
    second.post("/logout", page="/account")
    assert second.get("/lists").status == 303
    assert not any("session" in name for name in second.cookies)


def test_a_password_is_changed_only_by_who_knows_it(lab: Server) -> None:
    person = enter(lab, "cem")
    other = "nine quiet harbours of slate"
    wrong = person.post("/account/password", {"password": "no", "new": other}, page="/account")
    assert wrong.status == 400
    reply = person.post("/account/password", {"password": PASSWORD, "new": other}, page="/account")
    assert reply.status == 303
    assert person.get("/lists").status == 200, "this session goes on"
    assert Person(lab).log_in("cem", other)
    person.post("/account/password", {"password": other, "new": PASSWORD}, page="/account")


def test_a_log_in_leads_back_to_the_page_that_was_asked_for(lab: Server) -> None:
    person = Person(lab)
    asked = person.get("/lists?x=1")
    assert asked.headers["location"] == "/login?next=%2Flists%3Fx%3D1"
    fields = {"name": "ada", "password": PASSWORD}
    for onward, where in (("/lists?x=1", "/lists?x=1"), ("https://elsewhere.example", "/")):
        reply = Person(lab).post("/login", {**fields, "next": onward}, page="/login")
        assert reply.headers["location"] == where


def test_an_invitation_makes_one_account(lab: Server) -> None:
    operator = enter(lab, "ada")
    operator.post("/admin/registration", {"registration": "closed"}, page="/admin")
    assert "Nobody can be invited while you alone make accounts" in operator.get("/admin").text
    early = operator.post("/admin/invitations", {"role": "reader", "email": ""}, page="/admin")
    assert early.status == 400 and "An invitation makes no account" in early.text
    operator.post("/admin/registration", {"registration": "invitation"}, page="/admin")
    page = operator.post("/admin/invitations", {"role": "reader", "email": ""}, page="/admin")
    address = re.search(r"/join\?code=([\w-]+)", page.text)
    assert address
    assert page.headers["cache-control"] == "no-store"
    fields = {"code": address[1], "name": "eve", "password": PASSWORD, "email": ""}
    new = Person(lab)
    assert new.post("/join", fields, page=f"/join?code={address[1]}").status == 303
    assert new.get("/lists").status == 200
    again = Person(lab).post("/join", {**fields, "name": "eva"}, page="/join")
    assert again.status == 400
    uninvited = Person(lab).post("/join", {**fields, "code": "", "name": "ivo"}, page="/join")
    assert uninvited.status == 400
    page = operator.post("/admin/invitations", {"role": "reader", "email": ""}, page="/admin")
    open_ = re.search(r"/join\?code=([\w-]+)", page.text)
    assert open_
    operator.post("/admin/registration", {"registration": "closed"}, page="/admin")
    assert Person(lab).get("/join").status == 404
    late = {**fields, "code": open_[1], "name": "ivo"}
    assert Person(lab).post("/join", late, page="/login").status == 404
    assert Person(lab).post("/login", {**fields, "name": "ivo"}, page="/login").status == 400


def test_who_is_invited_sees_the_address_that_is_kept_and_may_leave_it_empty(lab: Server) -> None:
    operator = enter(lab, "ada")
    operator.post("/admin/registration", {"registration": "invitation"}, page="/admin")
    for name, kept in (("ida", "ida@example.org"), ("ivy", "")):
        asked = {"role": "reader", "email": f"{name}@example.org"}
        page = operator.post("/admin/invitations", asked, page="/admin")
        (code,) = set(re.findall(r"/join\?code=([\w-]+)", page.text))
        new = Person(lab)
        assert f'value="{name}@example.org"' in new.get(f"/join?code={code}").text
        fields = {"code": code, "name": name, "password": PASSWORD, "email": kept}
        assert new.post("/join", fields, page=f"/join?code={code}").status == 303
        assert (f"{name}@example.org" in new.get("/account").text) == bool(kept)
    operator.post("/admin/registration", {"registration": "closed"}, page="/admin")


def test_an_invitation_that_is_not_valid_is_told_of_before_the_form_is_filled_in(
    made: tuple[Settings, dict[str, Things]], serve: Callable[[Settings], Server]
) -> None:
    lab = serve(made[0])  # a server of its own: tries to join are counted by it
    operator = enter(lab, "ada")
    operator.post("/admin/registration", {"registration": "invitation"}, page="/admin")
    page = operator.post("/admin/invitations", {"role": "reader", "email": ""}, page="/admin")
    (code,) = set(re.findall(r"/join\?code=([\w-]+)", page.text))
    new = Person(lab)
    for _ in range(30):  # opening a good one is no try
        form = new.get(f"/join?code={code}")
        assert form.status == 200
        assert f'name="code" value="{code}"' in form.text
    false = new.get("/join?code=guessed")
    assert false.status == 400
    assert "This link is not valid any more; ask for a new one." in false.text
    assert 'id="f-code"' in false.text and "guessed" not in false.text, "another may be given"
    operator.post("/admin/registration", {"registration": "open"}, page="/admin")
    assert "not valid any more" in new.get("/join?code=guessed").text
    answers = [new.get(f"/join?code=guess{n}").status for n in range(20)]
    assert answers.count(400) == 18
    assert answers[-1] == 429, "guessing by the form is counted with guessing by its answer"
    fields = {"code": code, "name": "eve", "password": PASSWORD, "email": ""}
    assert new.post("/join", fields, page="/login").status == 429
    operator.post("/admin/registration", {"registration": "closed"}, page="/admin")


def test_a_proxy_that_is_trusted_says_who_reads(
    tmp_path: Path,
    made: tuple[Settings, dict[str, Things]],
    serve: Callable[[Settings], Server],
) -> None:
    shutil.copytree(made[0].home, tmp_path / "home")
    header = {"X-Remote-User": "cem"}
    trusting = serve(Settings(home=tmp_path / "home", proxy_header="X-Remote-User"))
    assert "cem" in Person(trusting).get("/account", header).text
    assert Person(trusting).get("/account").status == 303
    far = serve(Settings(home=tmp_path / "home", proxy_header="X-Remote-User", proxies="192.0.2.1"))
    assert Person(far).get("/account", header).status == 303
    assert Person(serve(made[0])).get("/account", header).status == 303, "not set, not believed"


@pytest.fixture
def proxied(
    tmp_path: Path,
    made: tuple[Settings, dict[str, Things]],
    serve: Callable[[Settings], Server],
) -> Server:
    """The community behind a proxy that logs readers in."""
    shutil.copytree(made[0].home, tmp_path / "home")
    return serve(Settings(home=tmp_path / "home", proxy_header="X-Remote-User"))


def test_no_proxy_makes_anyone_the_local_reader_or_one_whose_name_passes_for_the_house(
    proxied: Server,
) -> None:
    for name in ("local", "LOCAL", " local", "admin", "root", "operator"):
        for path in ("/admin", "/account", "/api/v1/me", "/"):
            reply = proxied.get(path, {"X-Remote-User": name})
            assert reply.status == 403, (name, path)
            assert f"“{name.strip()}” cannot be an account here" in reply.text


@pytest.mark.parametrize(
    ("name", "display", "email"),
    [
        ("olga@example.org", "olga@example.org", "olga@example.org"),
        ("Ada Lovelace", "Ada Lovelace", ""),
        ("José Ñúñez", "José Ñúñez", ""),
        ("李明", "李明", ""),
        ("firstname.lastname@department.university.example", None, None),
    ],
)
def test_whoever_a_proxy_names_has_an_account_from_the_first_visit_on(
    proxied: Server, name: str, display: str | None, email: str | None
) -> None:
    with socket.create_connection(("127.0.0.1", proxied.port), timeout=30) as connection:
        lines = f"GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\nX-Remote-User: {name}\r\n"
        connection.sendall(f"{lines}Connection: close\r\n\r\n".encode())
        response = http.client.HTTPResponse(connection)
        response.begin()
        body = response.read()
    assert response.status == 200, body
    me = json.loads(body)
    assert (me["display"], me["email"]) == (display or name, name if email is None else email)
    assert me["role"] == "reader"
    again = proxied.get("/api/v1/me", {"X-Remote-User": name})
    assert again.json()["name"] == me["name"]


def test_requests_that_come_at_once_from_a_new_reader_are_all_answered(proxied: Server) -> None:
    with ThreadPoolExecutor(8) as pool:
        header = {"X-Remote-User": "newcomer"}
        replies = list(pool.map(lambda _: proxied.get("/account", header), range(16)))
    assert {reply.status for reply in replies} == {200}


def test_a_proxy_that_names_two_readers_is_not_believed(proxied: Server) -> None:
    sent = {"X-Remote-User": "ada", "x-remote-user": "cem"}  # one of them from the asker
    assert proxied.get("/account", sent).status == 400


def test_what_the_local_reader_once_had_opens_nothing_where_others_log_in(
    tmp_path: Path,
    made: tuple[Settings, dict[str, Things]],
    serve: Callable[[Settings], Server],
) -> None:
    settings = Settings(home=tmp_path / "home")
    shutil.copytree(made[0].home, settings.home)
    with closing(Catalog.open(settings)) as catalog:
        secret = Readers(catalog).tokens.make(LOCAL, "script", ("read", "admin"))
    reply = serve(settings).get("/api/v1/admin/readers", {"Authorization": f"Bearer {secret}"})
    assert reply.status == 401


def test_the_paper_answers_to_the_name_of_its_public_address(
    tmp_path: Path, home: Settings, serve: Callable[[Settings], Server]
) -> None:
    shutil.copytree(home.home, tmp_path / "home")
    url = "https://Paper.Example.org:8443/news"
    server = serve(Settings(home=tmp_path / "home", public_url=url))
    assert server.get("/", {"Host": "paper.example.org"}).status == 200
    assert server.get("/", {"Host": "paper.example.org:8443"}).status == 200
    other = server.get("/", {"Host": "other.example.org"})
    assert other.status == 421
    assert "public_url" in other.text


@pytest.mark.parametrize("host", ["elsewhere.example", "elsewhere.example:80", "127.0.0.1.nip.io"])
def test_a_name_that_is_not_ours_is_not_answered_to(paper: Server, host: str) -> None:
    for path in ("/", "/lists", "/api/v1/acts", "/api/v1/search?q=a"):
        assert paper.get(path, {"Host": host}).status == 421


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:99", "[::1]:8000", "192.168.1.7"])
def test_the_machines_own_names_are(paper: Server, host: str) -> None:
    assert paper.get("/lists", {"Host": host}).status == 200


def test_bodies_end(paper: Server) -> None:
    person = Person(paper)
    token = person.csrf()
    assert person.post("/lists", {"name": "x" * 200_000}, token=token).status == 413
    chunked = paper.get(
        "/acts",
        {"Transfer-Encoding": "chunked", "Content-Type": "application/x-www-form-urlencoded"},
        "POST",
        b"1ffff\r\n" + b"a" * 0x1FFFF + b"\r\n0\r\n\r\n",
    )
    assert chunked.status in (400, 413)


def test_every_reply_is_locked_down(paper: Server) -> None:
    for path in ("/", "/lists", "/api/v1/acts", "/nothing", "/account"):
        headers = paper.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        page = paper.get(path).text
        assert not re.search(r"<script(?! src=)|<style| style=| on\w+=\"", page)


def test_sessions_are_told_apart_in_words(lab: Server) -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    person = Person(lab)
    fields = {"name": "ada", "password": PASSWORD}
    person.post("/login", fields, {"User-Agent": agent}, page="/login")
    page = person.get("/account").text
    assert "Firefox on Linux" in page
    assert "Mozilla" not in page


def test_a_curator_finds_what_waits_for_a_decision_and_a_reader_is_not_led_there(
    lab: Server,
) -> None:
    assert 'href="/moderation"' in enter(lab, "ada").get("/account").text
    assert 'href="/moderation"' not in enter(lab, "cem").get("/account").text
