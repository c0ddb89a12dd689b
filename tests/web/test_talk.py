"""Comments on a paper's page, as their moderator and others see them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from broadsheet.catalog import Catalog
from broadsheet.readers import Readers
from tests.web.community import enter, make_community
from tests.web.serving import Person, Server
from tests.web.test_api_contract import Program

PAPER = "/papers/2608.90002"
KEPT = {"timezone": "UTC", "minutes": "15", "digest": "off", "digest_hour": "7"}  # of an account


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings, _ = make_community(tmp_path_factory.mktemp("talk"))
    with Server(settings) as server:
        yield server


def test_a_moderator_sees_that_a_comment_is_hidden_and_shows_it_again(served: Server) -> None:
    reader, moderator = enter(served, "cem"), enter(served, "bob")
    (to,) = set(re.findall(r'action="(/works/\d+/comments)"', reader.get(PAPER).text))
    assert reader.post(to, {"body": "Quite so", "back": PAPER}, page=PAPER).status == 303
    (said,) = set(re.findall(r'action="(/comments/\d+)"', moderator.get(PAPER).text))
    assert 'value="show"' not in moderator.get(PAPER).text
    moderator.post(said, {"do": "hide", "why": "rude", "back": PAPER}, page=PAPER)
    for other in (enter(served, "dia"), Person(served)):
        assert "Quite so" not in other.get(PAPER).text
        assert "Hidden by a moderator" not in other.get(PAPER).text, "nobody answered it"
    page = reader.get(PAPER).text
    assert "Hidden by a moderator: rude" in page and "Quite so" in page, "they are told why"
    assert 'value="delete"' in page and 'value="edit"' not in page
    assert 'value="show"' not in page
    page = moderator.get(PAPER).text
    assert "Hidden by a moderator: rude" in page
    assert "Quite so" in page, "to decide again, one must see of what"
    assert 'value="show"' in page
    assert 'name="do" value="hide"' not in page
    moderator.post(said, {"do": "show", "back": PAPER}, page=PAPER)
    assert "Quite so" in reader.get(PAPER).text


def test_a_moderator_counts_what_others_see_and_what_is_hidden_apart(served: Server) -> None:
    reader, moderator = enter(served, "cem"), enter(served, "bob")
    page = "/papers/2608.90001"

    def counted(person: Person) -> str:
        (found,) = re.findall(r'id="talk">Comments(.*?)</h2>', person.get(page).text)
        return re.sub(r"<[^>]*>", "", found).strip()

    def of(person: Person, number: str, what: str) -> None:
        person.post(f"/comments/{number}", {"do": what, "back": page}, page=page)

    assert counted(moderator) == ""
    assert 'href="#talk"' not in reader.get(page).text
    (to,) = set(re.findall(r'action="(/works/\d+/comments)"', reader.get(page).text))
    for words in ("First", "Second", "Third"):
        reader.post(to, {"body": words, "back": page}, page=page)
    first, second, third = re.findall(r'id="c(\d+)"', reader.get(page).text)
    assert counted(moderator) == "3"
    moderator.post(to, {"body": "An answer", "parent": first, "back": page}, page=page)
    of(moderator, second, "hide")
    of(reader, first, "delete")
    assert "Deleted by its author" in reader.get(page).text, "it was answered"
    assert counted(reader) == "2"
    assert '<a href="#talk">2 comments</a>' in reader.get(page).text, "from beside the paper"
    assert counted(moderator) == "2, 1 hidden"
    of(moderator, third, "hide")
    assert (counted(reader), counted(moderator)) == ("1", "1, 2 hidden")


def test_who_decides_is_told_how_much_waits(served: Server) -> None:
    reader, page = enter(served, "dia"), "/papers/2608.90003"

    def told(name: str, at: str) -> list[str]:
        text = enter(served, name).get(at).text
        return re.findall(r"What waits for a decision</a>(?: <span[^>]*>(\d+)<)?", text)

    assert told("bob", "/account") == told("ada", "/admin") == [""]
    (to,) = set(re.findall(r'action="(/works/\d+/comments)"', reader.get(page).text))
    reader.post(to, {"body": "Rather not", "back": page}, page=page)
    (said,) = set(re.findall(r'action="(/comments/\d+)"', reader.get(page).text))
    enter(served, "cem").post(said, {"do": "report", "why": "rude", "back": page}, page=page)
    assert told("bob", "/account") == told("ada", "/account") == told("ada", "/admin") == ["1"]
    assert told("cem", "/account") == []
    waiting = enter(served, "bob").get("/moderation").text
    assert f'href="{page}#c{said.rpartition("/")[2]}"' in waiting, "what stands around it"


def test_a_long_queue_is_shown_by_the_first_that_wait(tmp_path: Path) -> None:
    settings, things = make_community(tmp_path)
    with closing(Catalog.open(settings)) as catalog:
        readers = Readers(catalog)
        talk, work = readers.community.comments, catalog.changes(0, 1)[0].work_id
        said = [
            talk.add(things[n].reader, work, f"No. {k}") for n in ("cem", "dia") for k in range(28)
        ]
        for place, comment in enumerate(said):
            talk.report(things["dia" if place < 28 else "cem"].reader, comment.id, "rude")
        talk.delete(things["cem"].reader, said[0].id)
        for number in range(51):
            readers.community.submissions.submit(
                things["cem" if number < 30 else "dia"].reader, f"2609.{10_000 + number}"
            )
    with Server(settings) as server:
        bob = Program(server, things["bob"].secrets["moderate"])
        told = bob("GET", "/api/v1/moderation").json()
        assert [r["comment"]["id"] for r in told["reports"]] == [c.id for c in said[1:51]]
        assert len(told["submissions"]) == 50
        assert told["counts"] == {"reports": 55, "submissions": 51, "claims": 0, "members": 0}
        assert len(bob("GET", "/api/v1/moderation?limit=200").json()["submissions"]) == 51
        dismiss = f"/api/v1/moderation/comments/{said[55].id}", {"do": "dismiss"}
        assert bob("POST", *dismiss).json()["body"] == "No. 27"
        assert bob("POST", *dismiss).status == 404, "it waits no more"
        moderator = enter(server, "bob")
        page = moderator.get("/moderation").text
        shown = re.findall(r'action="(/comments/\d+)"', page)
        assert shown == [f"/comments/{comment.id}" for comment in said[1:51]]
        assert page.count('action="/moderation/submissions/') == 50
        assert "The first 50 of 54; the others follow as these are decided." in page
        assert "The first 50 of 51;" in page
        for at in shown:
            moderator.post(at, {"do": "dismiss", "back": "/moderation"}, page="/moderation")
        page = moderator.get("/moderation").text
        left = re.findall(r'action="(/comments/\d+)"', page)
        assert left == [f"/comments/{comment.id}" for comment in said[51:55]]
        assert "of 55" not in page


def test_who_says_something_is_shown_it_where_it_stands(served: Server) -> None:
    reader, other, page = enter(served, "cem"), enter(served, "dia"), "/papers/2608.90003"
    (to,) = set(re.findall(r'action="(/works/\d+/comments)"', reader.get(page).text))
    place = reader.post(to, {"body": "Where am I?", "back": page}, page=page).headers["location"]
    assert place.startswith(f"{page}#c")
    number = place.rpartition("#c")[2]
    text = other.get(page).text
    assert f'id="c{number}"' in text
    report = re.search(rf'action="/comments/{number}".*?name="back" value="([^"]*)"', text)
    assert report and report[1] == place
    said = {"do": "report", "why": "", "back": report[1]}
    assert other.post(f"/comments/{number}", said, page=page).headers["location"] == place
    answer = {"body": "Here", "parent": number, "back": page}
    answered = other.post(to, answer, page=page).headers["location"]
    assert answered.startswith(f"{page}#c") and answered != place
    gone = {"do": "delete", "back": answered}
    deleted = other.post(f"/comments/{answered.rpartition('#c')[2]}", gone, page=page)
    assert deleted.headers["location"] == f"{page}#talk"


def test_days_are_told_as_the_rest_of_the_paper_tells_them(served: Server) -> None:
    reader, operator, page = enter(served, "cem"), enter(served, "ada"), "/papers/2608.90003"
    (to,) = set(re.findall(r'action="(/works/\d+/comments)"', reader.get(page).text))
    reader.post(to, {"body": "Noted", "back": page}, page=page)
    said = re.findall(r'action="(/comments/\d+)"', reader.get(page).text)[-1]
    operator.post(said, {"do": "report", "why": "", "back": page}, page=page)
    work = to.removesuffix("/comments")
    operator.post(f"{work}/pick", {"day": "2026-08-19", "note": "", "to": page}, page=page)
    reader.post("/submit", {"what": "2609.90009", "why": ""}, page="/submit")
    operator.post("/admin/invitations", {"email": "", "role": "reader", "days": "7"}, page="/admin")
    for who, at in (
        *((operator, path) for path in (page, "/moderation", "/admin", "/account", "/submit")),
        *((reader, path) for path in (page, "/account", "/submit", "/lists", "/trending")),
    ):
        text = who.get(at).text
        shown = re.sub(r"<[^>]*>", " ", re.sub(r"(?s)<(head|script|style)\b.*?</\1>", "", text))
        assert not re.findall(r"\b\d{4}-\d\d-\d\d\b", shown), at
    assert "for 19 August 2026" in operator.get(page).text


def test_who_shows_another_name_is_told_apart_by_that_of_the_account(served: Server) -> None:
    reader, other = enter(served, "dia"), enter(served, "cem")
    (to,) = set(re.findall(r'action="(/works/\d+/comments)"', reader.get(PAPER).text))
    reader.post(to, {"body": "As myself", "back": PAPER}, page=PAPER)
    assert "<b><bdi>dia</bdi></b> ·" in other.get(PAPER).text
    assert reader.post("/account", {**KEPT, "display": "ada"}, page="/account").status == 303
    page = other.get(PAPER).text
    assert "<b><bdi>ada</bdi></b> dia ·" in page, "ada is the operator, and did not say this"
    (said,) = re.findall(r'id="c(\d+)">\s*<p class="by"><b><bdi>ada', page)
    other.post(f"/comments/{said}", {"do": "report", "why": "", "back": PAPER}, page=PAPER)
    assert "<bdi>ada</bdi> dia on" in enter(served, "bob").get("/moderation").text


def test_an_address_is_its_giver_s_to_remove_not_a_namesake_s(served: Server) -> None:
    reader, other = enter(served, "cem"), enter(served, "dia")
    assert other.post("/account", {**KEPT, "display": "cem"}, page="/account").status == 303
    (to,) = set(re.findall(r'action="(/works/\d+/links)"', reader.get(PAPER).text))
    given = {"kind": "code", "url": "https://github.com/example/galaxies", "back": PAPER}
    assert reader.post(to, given, page=PAPER).status == 303
    removal = re.compile(r'action="/links/\d+/remove"')
    assert removal.search(reader.get(PAPER).text)
    page = other.get(PAPER).text
    assert "github.com" in page and not removal.search(page)


def test_a_comment_that_is_too_long_is_told_how_long_it_may_be(served: Server) -> None:
    reader = enter(served, "cem")
    (to,) = set(re.findall(r'action="(/works/\d+/comments)"', reader.get(PAPER).text))
    answer = reader.post(to, {"body": "x" * 10_001, "back": PAPER}, page=PAPER)
    assert answer.status == 400 and "it takes up to 10,000" in answer.text


def test_a_wrong_password_changes_nothing_and_says_so_once(served: Server) -> None:
    reader = enter(served, "cem")
    asked = {"password": "not the one", "new": "quite another one"}
    answer = reader.post("/account/password", asked, page="/account")
    assert answer.status == 400 and "the password is wrong" in answer.text.lower()
    assert answer.text.lower().count("nothing was changed") == 1
