"""The door: log-in, sessions, joining, proxies, names of the machine, and what is locked."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

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
    operator.post("/admin/registration", {"registration": "closed"}, page="/admin")
    assert Person(lab).get("/join").status == 404


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
