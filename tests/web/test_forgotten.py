"""A forgotten password, from the form to the mail and back in."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from broadsheet.catalog import Catalog
from broadsheet.readers import Readers
from broadsheet.readers.tables_post import post
from broadsheet.settings import Settings
from tests.web.community import PASSWORD, Things, enter, make_community
from tests.web.serving import Person, Server, soon

NEW = "seven other lanterns over a river"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, dict[str, Things]]:
    settings, things = make_community(tmp_path_factory.mktemp("forgotten"))
    with closing(Catalog.open(settings)) as catalog:
        letters = Readers(catalog).letters
        letters.confirm_email(letters.change_email(things["cem"].reader, "cem@example.org"))
    return settings, things


@pytest.fixture(scope="module")
def lab(made: tuple[Settings, dict[str, Things]]) -> Iterator[Server]:
    with Server(made[0]) as server:
        yield server


def links(settings: Settings) -> list[str]:
    """The links of all letters that wait to be sent."""
    with closing(Catalog.open(settings)) as catalog, catalog.database.read() as connection:
        kept = connection.execute(select(post.c.content).where(post.c.content != "")).scalars()
        return [json.loads(content)["link"] for content in kept]


def test_a_forgotten_password_is_set_anew_by_the_link_in_the_mail_and_by_no_other(
    lab: Server, made: tuple[Settings, dict[str, Things]]
) -> None:
    logged_in = enter(lab, "cem")
    lost = Person(lab)
    assert "/forgotten" in lost.get("/login").text
    # Whoever asks may say any digits in Host: the link must not lead there.
    elsewhere = {"Host": "203.0.113.9", "Origin": "http://203.0.113.9"}
    known = lost.post("/forgotten", {"name": "cem"}, elsewhere, page="/forgotten")
    unknown = lost.post("/forgotten", {"name": "nobody-here"}, page="/forgotten")
    unconfirmed = lost.post("/forgotten", {"name": "dia"}, page="/forgotten")
    assert known.status == unknown.status == unconfirmed.status == 200
    assert known.text == unknown.text == unconfirmed.text
    give_up = time.monotonic() + 5
    while not (sent := links(made[0])) and time.monotonic() < give_up:
        time.sleep(0.02)  # the mail is written after the answer has gone
    (link,) = sent
    start = f"{made[0].public_address}/forgotten/"
    assert link.startswith(start)
    path = link.removeprefix(made[0].public_address)
    page = lost.get(path)
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "same-origin"
    weak = lost.post(path, {"password": "password"}, page=path)
    assert weak.status == 400
    assert "Ask for a new link" not in weak.text, "this one is good still"
    assert 'id="f-password"' in weak.text
    opened = lost.get("/forgotten/forged")
    assert opened.status == 400, "before another password is thought of"
    assert "not valid any more" in opened.text and "f-password" not in opened.text
    forged = lost.post("/forgotten/forged", {"password": NEW}, page="/forgotten")
    assert forged.status == 400
    assert "not valid any more" in forged.text
    assert lost.post(path, {"password": NEW}, page=path).headers["location"] == "/login"
    assert logged_in.get("/lists").status == 303, "every session has ended"
    again = lost.post(path, {"password": PASSWORD}, page="/forgotten")
    assert again.status == 400, "it works once"
    assert "Ask for a new link" in again.text
    assert enter_with(lab, NEW).get("/lists").status == 200


def test_who_joins_with_an_address_is_asked_to_confirm_it(tmp_path: Path) -> None:
    settings, _ = make_community(tmp_path)
    with Server(settings) as lab:
        enter(lab, "ada").post("/admin/registration", {"registration": "open"}, page="/admin")
        new = Person(lab)
        fields = {"name": "eve", "password": PASSWORD, "email": ""}
        assert new.post("/join", fields, page="/join").status == 303
        assert links(settings) == [], "who gave no address is sent nothing"
        new = Person(lab)
        elsewhere = {"Host": "203.0.113.9", "Origin": "http://203.0.113.9"}
        fields |= {"name": "fay", "email": "fay@example.org"}
        assert new.post("/join", fields, elsewhere, page="/join").status == 303
        (link,) = links(settings)
        assert link.startswith(f"{settings.public_address}/mail/confirm/"), "wherever Host says"
        assert "Welcome. The mail lies in the outbox" in new.get("/taste").text
        path = link.removeprefix(settings.public_address)
        (button,) = re.findall(r'action="([^"]*/mail/[^"]+)"', new.get(path).text)
        assert lab.get(button, method="POST").status == 200
        Person(lab).post("/forgotten", {"name": "fay"}, page="/forgotten")
        assert soon(lambda: any("/forgotten/" in one for one in links(settings)))


def enter_with(lab: Server, password: str) -> Person:
    return Person(lab).log_in("cem", password)


def test_asking_for_links_without_end_is_refused(
    tmp_path: Path, made: tuple[Settings, dict[str, Things]]
) -> None:
    with Server(made[0]) as server:
        person = Person(server)
        token = person.csrf("/forgotten")
        statuses = [
            person.post("/forgotten", {"name": f"name-{n}"}, token=token).status for n in range(12)
        ]
    assert statuses[:10] == [200] * 10
    assert statuses[10:] == [429] * 2


def test_false_links_are_opened_no_more_often_than_they_are_used(
    made: tuple[Settings, dict[str, Things]], serve: Callable[[Settings], Server]
) -> None:
    lost = Person(serve(made[0]))
    answers = [lost.get(f"/forgotten/guess{number}").status for number in range(12)]
    assert answers == [400] * 10 + [429] * 2
    reply = lost.post("/forgotten/guess", {"password": NEW}, page="/forgotten")
    assert reply.status == 429
