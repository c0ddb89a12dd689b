"""Picks, submissions, links, claims and organisations, as their makers and others see them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from broadsheet.catalog import Catalog, ingest
from broadsheet.readers import Readers, post
from broadsheet.settings import Settings
from broadsheet.sources import read
from tests.web.community import PASSWORD, Things, enter, make_community
from tests.web.serving import Person, Reply, Server, soon

PAPER = "/papers/2608.90002"
ADDRESSED = {
    "id": "2608.90004",
    "title": "Tides and their addresses",
    "abstract": "We measure tides. Write to noether@uni.example for the figures.",
    "authors": ["Emmy Noether"],
    "categories": ["physics.ao-ph"],
    "date": "2026-08-20",
}
OF_MANY = {
    "id": "2608.90005",
    "title": "Tides as a thousand saw them",
    "authors": [f"Author {number}" for number in range(1_000)],
    "date": "2026-08-20",
}
OF_NOBODY = {"id": "2608.90006", "title": "Tides that nobody signed", "date": "2026-08-20"}
KEPT = {"timezone": "UTC", "minutes": "15", "digest": "off", "digest_hour": "7"}  # of an account


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, dict[str, Things]]:
    folder = tmp_path_factory.mktemp("together")
    settings, things = make_community(folder)
    rows = folder / "addressed.jsonl"
    added = (ADDRESSED, OF_MANY, OF_NOBODY)
    rows.write_text("".join(json.dumps(row) + "\n" for row in added), "utf-8")
    with closing(Catalog.open(settings)) as catalog:
        items = read(rows, source="listings")
        ingest(catalog, items, path=rows, source="listings", rejected_dir=settings.rejected_path)
    return settings, things


@pytest.fixture(scope="module")
def served(made: tuple[Settings, dict[str, Things]]) -> Iterator[Server]:
    with Server(made[0]) as server:
        yield server


def show_as(person: Person, display: str, **more: str) -> None:
    """Chooses the name that is shown to others."""
    assert (
        person.post("/account", {**KEPT, "display": display, **more}, page="/account").status == 303
    )


def work_of(person: Person, paper: str) -> str:
    """The number of the work on a page."""
    (number,) = set(re.findall(r'action="/works/(\d+)/comments"', person.get(paper).text))
    return number


def test_nobody_passes_for_another_in_what_they_do_together(
    made: tuple[Settings, dict[str, Things]], served: Server
) -> None:
    operator, curator, reader = enter(served, "ada"), enter(served, "bob"), enter(served, "dia")
    number = work_of(reader, PAPER)
    show_as(curator, "Ada")
    show_as(reader, "ada", public_votes="on")
    reader.act(f"upvote {number}")
    reader.post("/submit", {"what": "2608.90002", "why": "Mine"}, page="/submit")
    link = {"kind": "code", "url": "https://github.com/example/bounds", "back": PAPER}
    reader.post(f"/works/{number}/links", link, page=PAPER)
    reader.post(f"/works/{number}/claim", {"author": "Ada Lovelace", "back": PAPER}, page=PAPER)
    picked = {"day": "2026-08-20", "note": "A gem", "to": PAPER}
    curator.post(f"/works/{number}/pick", picked, page=PAPER)
    reader.post("/organisations", {"name": "Analytical Institute"}, page="/organisations")

    waiting = operator.get("/moderation").text
    assert "<bdi>ada</bdi> dia says: I am" in waiting
    assert '<bdi>ada</bdi> dia for <a href="/organisations/analytical-institute"' in waiting
    (claim,) = re.findall(r'action="(/moderation/claims/\d+)"', waiting)
    operator.post(claim, {"do": "confirm"}, page="/moderation")
    named = dict(re.findall(r'name="(organisation|reader)" value="(\d+)"', waiting))
    operator.post("/moderation/members", {**named, "do": "confirm"}, page="/moderation")

    told = {"Authorization": f"Bearer {made[1]['ada'].secrets['read']}"}
    at = "/api/v1/papers/2608.90002"
    for where, key in ((f"{at}/links", "links"), (f"{at}/claims", "authors")):
        by = [(one["by"], one["by_name"]) for one in served.get(where, told).json()[key]]
        assert by == [("ada", "dia")], "two may show one name"
    spoken = served.get("/api/v1/organisations/analytical-institute", told).json()
    assert spoken["speakers"] == ["ada (dia)"]

    page = operator.get(PAPER).text
    for words in (
        "<h2>Voted for by</h2><p><bdi><bdi>ada</bdi> dia</bdi></p>",
        "Picked by <bdi>Ada</bdi> bob for 20 August 2026",
        "Submitted by <bdi>ada</bdi> dia: <bdi>Mine</bdi>",
        "added by <bdi>ada</bdi> dia",
        "Ada Lovelace (<bdi>ada</bdi> dia)",
    ):
        assert words in page, words
    assert "Picked by <bdi>Ada</bdi> bob:" in operator.get("/editions/2026-08-20").text
    spoken = operator.get("/organisations/analytical-institute").text
    assert "spoken for by <bdi><bdi>ada</bdi> dia</bdi>" in spoken
    show_as(reader, "dia", public_votes="on")
    assert "Submitted by <bdi>dia</bdi>: " in operator.get(PAPER).text, "the account's name alone"


def test_a_pick_is_taken_back_by_who_made_it_or_by_an_operator_one_at_a_time(
    served: Server,
) -> None:
    operator, curator = enter(served, "ada"), enter(served, "bob")
    page = "/papers/2608.90001"
    number = work_of(curator, page)
    to = f"/works/{number}/pick"
    for who, note in ((operator, "First"), (curator, "Second")):
        who.post(to, {"day": "2026-08-19", "note": note, "to": page}, page=page)

    def offered(person: Person) -> list[str]:
        return re.findall(r">(Take back [^<]*)</button>", person.get(page).text)

    assert offered(curator) == ["Take back the pick for 19 August 2026"]
    assert sorted(offered(operator)) == [
        "Take back the pick for 19 August 2026",
        "Take back what bob picked for 19 August 2026",
    ]
    (theirs,) = set(re.findall(r'name="of" value="(\d+)"', curator.get(page).text))
    (own,) = set(re.findall(r'name="of" value="(\d+)"', operator.get(page).text)) - {theirs}
    back = {"day": "2026-08-19", "back": "1", "to": page}
    curator.post(to, {**back, "of": own}, page=page)
    assert offered(curator) == [], "a curator takes back their own, whatever is asked for"
    curator.post(to, {"day": "2026-08-19", "note": "Second", "to": page}, page=page)
    operator.post(to, {**back, "of": theirs}, page=page)
    assert "Picked by <bdi>ada</bdi> for 19 August 2026" in curator.get(page).text
    again = curator.post(to, back, page=page)
    assert again.status == 400
    assert "Nothing of yours is picked here for that day." in again.text


def test_accounts_are_turned_off_by_who_knows_the_password(
    tmp_path: Path, serve: Callable[[Settings], Server]
) -> None:
    lab = serve(make_community(tmp_path)[0])
    operator = enter(lab, "ada")
    asked = operator.post("/admin/single", page="/admin")
    assert asked.status == 200
    assert f"whoever reaches <b>{lab.url}</b> is its one reader" in asked.text
    wrong = operator.post("/admin/single", {"sure": "yes", "password": "guess"}, page="/admin")
    assert wrong.status == 400
    assert Person(lab).get("/account").status == 303, "accounts are still on"
    right = {"sure": "yes", "password": PASSWORD}
    assert operator.post("/admin/single", right, page="/admin").status == 303
    assert Person(lab).get("/account").status == 200


def test_buttons_of_rows_are_told_apart_by_who_only_hears_them(served: Server) -> None:
    operator, one, other = enter(served, "ada"), enter(served, "cem"), enter(served, "bob")
    page = "/papers/2608.90003"
    number = work_of(one, page)
    operator.post("/admin/registration", {"registration": "invitation"}, page="/admin")
    for who in (one, other):
        sent = f"https://example.org/{who is one}"
        who.post("/submit", {"what": sent, "why": "Good"}, page="/submit")
        say = {"body": f"From {who is one}", "back": page}
        who.post(f"/works/{number}/comments", say, page=page)
        who.post("/organisations", {"name": f"Society {who is one}"}, page="/organisations")
        link = {"kind": "code", "url": f"https://github.com/e/{who is one}", "back": page}
        who.post(f"/works/{number}/links", link, page=page)
        operator.post("/admin/invitations", {"role": "reader", "email": ""}, page="/admin")
    for said in re.findall(r'action="/comments/(\d+)"', operator.get(page).text):
        operator.post(f"/comments/{said}", {"do": "report", "why": "", "back": page}, page=page)

    def heard(path: str, tag: str = "button") -> list[str]:
        text = operator.get(path).text
        rows = "".join(re.findall(r'<ul class="rows plain">.*?</ul>', text, re.DOTALL)) or text
        found = re.findall(rf"<(?:{tag})\b[^>]*>(.*?)</(?:{tag})>", rows)
        return [re.sub(r"<[^>]*>", "", words) for words in found]

    waiting, run = heard("/moderation", "button|label"), heard("/admin")
    assert {"Hide it what cem said", "Hide it what bob said"} <= set(waiting)
    assert len(set(waiting)) == len(waiting) >= 12
    assert "Shut out cem" in run and "End sessions of bob" in run
    open_ = [words for words in run if words.startswith("Withdraw")]
    assert len(set(run)) == len(run) - len(open_) + len(set(open_))
    assert {"Answer or report what cem said", "Answer or report what bob said"} <= set(
        heard(page, "summary")
    )
    links = [words for words in heard(page) if words.startswith("Remove")]
    assert len(links) == len(set(links)) == 2


def letters_to(settings: Settings, address: str) -> list[str]:
    """What the post has for an address and has not sent."""
    query = select(post.c.content).where(post.c.address == address).order_by(post.c.made_at)
    with closing(Catalog.open(settings)) as catalog, catalog.database.read() as connection:
        return list(connection.execute(query).scalars())


def test_no_data_taken_along_opens_what_a_mailbox_opens(
    made: tuple[Settings, dict[str, Things]], served: Server
) -> None:
    settings, things = made
    with closing(Catalog.open(settings)) as catalog:
        letters = Readers(catalog).letters
        letters.confirm_email(letters.change_email(things["cem"].reader, "cem@example.org"))
    reader = enter(served, "cem")
    Person(served).post("/forgotten", {"name": "cem"}, page="/forgotten")
    assert soon(lambda: bool(letters_to(settings, "cem@example.org")))
    reader.post("/account/mail", {"email": "someone@else.example"}, page="/account")
    (sent,) = letters_to(settings, "someone@else.example")
    assert "/mail/confirm/" in sent
    token = {"Authorization": f"Bearer {things['cem'].secrets['read']}"}
    for taken in (reader.get("/account/data.json"), served.get("/api/v1/export", token)):
        assert len(taken.json()["tables"]["post"]) == 2, "that they were written is told"
        assert "/forgotten/" not in taken.text, "or a stolen token would be worth the account"
        assert "/mail/confirm/" not in taken.text, "or anyone's address could be had"


def test_nobody_gives_their_paper_away_by_opening_what_they_were_sent(
    made: tuple[Settings, dict[str, Things]], served: Server
) -> None:
    claimer, author = enter(served, "dia"), enter(served, "cem")
    show_as(claimer, "Ada Lovelace")
    page = "/papers/2608.90004"
    number = work_of(claimer, page)
    claimer.post(f"/works/{number}/claim", {"author": "Emmy Noether", "back": page}, page=page)
    (mail,) = set(re.findall(r'action="(/claims/\d+/mail)"', claimer.get(page).text))
    asked = {"address": "noether@uni.example", "back": page}
    claimer.post(mail, asked, page=page)
    assert "The mail lies in the outbox folder" in claimer.get(page).text, "there is no server"
    (letter,) = letters_to(made[0], "noether@uni.example")
    assert "Ada Lovelace (dia) says that “Tides and their addresses” (2608.90004)" in letter
    assert "If it was not you, there is nothing to do" in letter
    (code,) = re.findall(r"code=([\w-]+)", letter)
    opened = author.get(f"/claims/confirm?code={code}").text
    assert "because <bdi>Ada Lovelace</bdi> dia claims" in opened
    assert f'<a href="{page}"><bdi>Tides and their addresses</bdi></a>' in opened
    assert "Only that account can confirm it." in opened and 'name="code"' not in opened
    refused = author.post("/claims/confirm", {"code": code})
    assert refused.status == 400 and "Another account claims this paper" in refused.text
    assert 'name="code"' in claimer.get(f"/claims/confirm?code={code}").text
    assert claimer.post("/claims/confirm", {"code": code}).status == 303
    assert "Emmy Noether (<bdi>Ada Lovelace</bdi> dia)" in author.get(page).text
    lapsed = claimer.get(f"/claims/confirm?code={code}")
    assert lapsed.status == 400 and "This link is not valid any more" in lapsed.text


def test_a_paper_is_claimed_by_the_thousandth_author_and_where_no_name_is_printed(
    served: Server,
) -> None:
    author = enter(served, "cem")
    for page, name in (("/papers/2608.90005", "Author 999"), ("/papers/2608.90006", "Cem Author")):
        field = re.search(r"<[^>]*\bid=\"ca\"[^>]*>", author.get(page).text)
        assert field and 'name="author"' in field[0] and field[0].startswith("<input"), page
        number = work_of(author, page)
        claimed = {"author": name, "back": page}
        assert author.post(f"/works/{number}/claim", claimed, page=page).status == 303
        text = author.get(page).text
        assert "Your claim waits for the operator" in text
        (back,) = re.findall(r'action="(/claims/\d+/withdraw)"', text)
        assert author.post(back, {"back": page}, page=page).status == 303


def test_who_speaks_for_an_organisation_may_leave_and_its_operator_may_end_it(
    served: Server,
) -> None:
    operator, one, other = enter(served, "ada"), enter(served, "cem"), enter(served, "bob")
    at = "/organisations/society-of-tides"
    one.post("/organisations", {"name": "Society of Tides"}, page="/organisations")
    (number,) = set(re.findall(r"/organisations/(\d+)/leave", one.get(at).text))
    assert "Take it back" in one.get(at).text
    assert one.post(f"/organisations/{number}/leave", page=at).status == 303
    assert one.get(at).status == 404, "nobody speaks for it, and it has no paper"

    one.post("/organisations", {"name": "Society of Tides"}, page="/organisations")
    (number,) = set(re.findall(r"/organisations/(\d+)/leave", one.get(at).text))
    other.post(f"/organisations/{number}/claim", {"back": at}, page=at)
    assert f"/organisations/{number}/edit" not in other.get(at).text
    for person in re.findall(r'name="reader" value="(\d+)"', operator.get("/moderation").text):
        decided = {"organisation": number, "reader": person, "do": "confirm"}
        operator.post("/moderation/members", decided, page="/moderation")
    paper = {"paper": "2608.90004", "back": at}
    one.post(f"/organisations/{number}/papers", paper, page=at)
    page = one.get(at).text
    assert "1 paper · spoken for by" in page
    assert "<bdi><bdi>cem</bdi></bdi>" in page and "bob</bdi>" in page
    assert 'value="off"' in operator.get(at).text, "operators may change it, so they are asked"
    other.post(f"/organisations/{number}/papers", {**paper, "do": "off"}, page=at)
    assert "0 papers" in one.get(at).text
    one.post(f"/organisations/{number}/papers", paper, page=at)
    other.post(f"/organisations/{number}/leave", page=at)
    assert "I speak for it" in other.get(at).text
    (speaker,) = re.findall(r'name="reader" value="(\d+)"', operator.get(at).text)
    ended = {"organisation": number, "reader": speaker, "do": "refuse", "back": "/organisations"}
    operator.post("/moderation/members", ended, page=at)
    assert "spoken for" not in one.get(at).text
    assert "Tides and their addresses" in one.get(at).text, "it has a paper, and stays"


def test_an_organisation_that_is_followed_goes_by_its_name_and_brings_what_it_was_given(
    served: Server,
) -> None:
    operator, reader = enter(served, "ada"), enter(served, "dia")
    operator.post("/organisations", {"name": "Büro für Gezeiten"}, page="/organisations")
    at = "/organisations/buro-fur-gezeiten"
    (number,) = set(re.findall(r"/organisations/(\d+)/papers", operator.get(at).text))
    operator.post(f"/organisations/{number}/papers", {"paper": "2608.90004", "back": at}, page=at)
    assert reader.act("follow organisation buro-fur-gezeiten").status == 303
    page = reader.get("/following").text
    assert f'<a href="{at}"><bdi>Büro für Gezeiten</bdi></a>' in page
    assert "From Büro für Gezeiten, which you follow" in page
    assert "Tides and their addresses" in page


def test_a_list_that_everyone_sees_is_signed_and_goes_while_its_reader_is_shut_out(
    made: tuple[Settings, dict[str, Things]], served: Server
) -> None:
    operator, reader, other = enter(served, "ada"), enter(served, "cem"), enter(served, "dia")
    things = made[1]["cem"]
    at = f"/lists/{things.list}"
    reader.post(f"{at}/change", {"name": "Of tides", "public": "on"}, page=at)
    show_as(reader, "Ada")
    assert "everyone may see this list" in reader.get(at).text
    assert "a list by <bdi>Ada</bdi> cem" in other.get(at).text
    token = {"Authorization": f"Bearer {made[1]['dia'].secrets['read']}"}
    places = (f"/api/v1{at}", "/api/collections?owner=cem")
    assert "Of tides" in "".join(served.get(path, token).text for path in places)
    operator.post(f"/admin/readers/{things.reader}", {"do": "disable"}, page="/admin")
    assert other.get(at).status == 404
    assert other.get(f"{at}.bib").status == other.get(f"{at}.md").status == 404
    assert served.get(places[0], token).status == 404
    assert "Of tides" not in served.get(places[1], token).text
    operator.post(f"/admin/readers/{things.reader}", {"do": "enable"}, page="/admin")
    assert other.get(at).status == 200


def test_who_is_shut_out_has_no_name_on_papers(
    made: tuple[Settings, dict[str, Things]], served: Server
) -> None:
    operator, gone, other = enter(served, "ada"), enter(served, "cem"), enter(served, "dia")
    page, url = "/papers/2608.90001", "https://github.com/example/of-cem"
    number = work_of(gone, page)
    show_as(gone, "Cem of Tides")
    gone.post("/submit", {"what": "2608.90001", "why": "Cem says so"}, page="/submit")
    link = {"kind": "code", "url": url, "back": page}
    gone.post(f"/works/{number}/links", link, page=page)
    as_eve = {"author": "Eve <eve@example.org>", "back": page}
    gone.post(f"/works/{number}/claim", as_eve, page=page)
    (claim,) = re.findall(r'action="(/moderation/claims/\d+)"', operator.get("/moderation").text)
    operator.post(claim, {"do": "confirm"}, page="/moderation")
    told = other.get(page).text
    assert told.count("Cem of Tides") >= 3 and "Cem says so" in told and url in told
    out = f"/admin/readers/{made[1]['cem'].reader}"
    operator.post(out, {"do": "disable"}, page="/admin")
    assert soon(lambda: "Cem of Tides" not in other.get(page).text)
    told = other.get(page).text
    assert "Cem says so" not in told and url not in told
    other.post(f"/works/{number}/links", link, page=page)
    assert "added by <bdi>" in other.get(page).text, "another may say the same"
    operator.post(out, {"do": "enable"}, page="/admin")
    assert "Submitted by <bdi>Cem of Tides</bdi> cem" in other.get(page).text


def test_who_deletes_their_account_leaves_no_pages_in_the_browser(served: Server) -> None:
    operator = enter(served, "ada")
    given = {"name": "gus", "password": PASSWORD, "role": "reader", "email": ""}
    operator.post("/admin/readers", given, page="/admin")
    leaving = enter(served, "gus")
    wrong = leaving.post("/account/delete", {"sure": "yes", "password": "no"}, page="/account")
    assert wrong.status == 400 and "clear-site-data" not in wrong.headers
    gone = leaving.post("/account/delete", {"sure": "yes", "password": PASSWORD}, page="/account")
    assert gone.status == 303
    assert gone.headers["clear-site-data"] == '"cache"'
    assert leaving.get("/account").status == 303


def test_a_button_that_is_pressed_twice_makes_one_list_and_one_organisation(
    served: Server,
) -> None:
    reader, other = enter(served, "cem"), enter(served, "dia")
    for path, page, name in (
        ("/lists", "/lists", "Twice pressed"),
        ("/organisations", "/organisations", "Institute of Pressing"),
    ):
        for _ in range(2):
            reply = reader.post(path, {"name": name}, page=page)
            assert reply.status == 303, reply.text
        assert reader.get(path).text.count(f"{name}</") == 1
    public = reader.post("/lists", {"name": "Twice pressed", "public": "on"}, page="/lists")
    assert public.status == 400 and "named &#39;Twice pressed&#39; already" in public.text
    theirs = other.post("/organisations", {"name": "Institute of Pressing"}, page="/organisations")
    assert theirs.status == 400 and "There is an organisation of this name" in theirs.text


def test_what_waits_is_taken_back_by_who_handed_it_in(
    made: tuple[Settings, dict[str, Things]], served: Server
) -> None:
    reader, other, curator = enter(served, "cem"), enter(served, "dia"), enter(served, "bob")
    wrong = "10.5555/with.a.typing.error"
    reader.post("/submit", {"what": wrong, "why": "Good"}, page="/submit")
    reader.post("/submit", {"what": "2608.90002", "why": "Here"}, page="/submit")
    page = reader.get("/submit").text
    (to,) = re.findall(rf'action="(/submissions/\d+/withdraw)"[^§]*?: {wrong}</span>', page)
    assert page.count("/withdraw") == page.count("waits for a source"), "what is here is here"
    assert '<a href="/papers/2608.90002"><bdi>A' in page, "what is here is called by its title"
    assert wrong in curator.get("/moderation").text
    assert other.post(to, page="/submit").status == 400
    assert reader.post(to, page="/submit").status == 303
    assert wrong not in reader.get("/submit").text
    assert wrong not in curator.get("/moderation").text
    again = reader.post(to, page="/submit")
    assert again.status == 400 and "Nothing of yours waits here" in again.text

    token = {"Authorization": f"Bearer {made[1]['cem'].secrets['write']}"}
    sent = {**token, "Content-Type": "application/json"}
    body = json.dumps({"paper": wrong}).encode()
    number = served.get("/api/v1/submissions", sent, "POST", body).json()["id"]
    at = f"/api/v1/submissions/{number}"
    theirs = {"Authorization": f"Bearer {made[1]['dia'].secrets['write']}"}
    assert served.get(at, theirs, "DELETE").status == 400
    assert served.get(at, token, "DELETE").status == 204
    assert wrong not in served.get("/api/v1/submissions", token).text


def send_file(reader: Person, page: str, name: str, content: str, **fields: str) -> Reply:
    """Sends the form of a page with a file in it."""
    parts = [("csrf", "", reader.csrf(page)), *((key, "", said) for key, said in fields.items())]
    parts.append(("file", f'; filename="{name}"', content))
    body = "".join(
        f'--cut\r\nContent-Disposition: form-data; name="{key}"{more}\r\n\r\n{said}\r\n'
        for key, more, said in parts
    )
    sent = {"Content-Type": "multipart/form-data; boundary=cut", **reader._cookie()}
    return reader._kept(reader.server.get(page, sent, "POST", f"{body}--cut--\r\n".encode()))


def test_papers_of_a_file_are_counted_as_they_are(served: Server) -> None:
    reader = enter(served, "dia")

    def handed_in(rows: list[str]) -> str:
        answer = send_file(reader, "/submit", "ours.jsonl", "\n".join(rows), why="Good")
        assert answer.status == 303, answer.text
        (said,) = re.findall(r"<p>([^<]*handed in[^<]*)\. ?</p>", reader.get("/submit").text)
        return said

    row = {"title": "Currents", "abstract": "We measure currents.", "authors": ["A. Ocean"]}
    one, two, three = (json.dumps({**row, "id": f"ours-{n}", "title": f"C{n}"}) for n in range(3))
    assert handed_in([one]) == "One paper is handed in"
    assert handed_in([two, "{broken", three]) == (
        "2 papers are handed in; one record of the file could not be read"
    )


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("my library.bib", "“my library.bib”: no BibTeX entry found"),
        (r"C:\\fakepath\\ours.bib", "“ours.bib”: no BibTeX entry found"),
        ("<b>.ris", "“&lt;b&gt;.ris”: no RIS record found"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_by_the_name_that_its_reader_knows(
    served: Server, name: str, told: str
) -> None:
    reader = enter(served, "dia")
    answer = send_file(reader, "/submit", name, "no reference", why="")
    assert answer.status == 400
    assert told in answer.text
    assert "ubmitted." not in answer.text
