"""Acting on papers: plain forms, undo, and no reader's state on another's page."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from broadsheet.catalog import Catalog
from broadsheet.readers import Readers
from broadsheet.settings import Settings
from broadsheet.web.limits import Allowance
from broadsheet.web.pages import acts
from broadsheet.web.pages.own import PAGE
from tests.web.community import enter, make_community
from tests.web.conftest import make_home
from tests.web.serving import Person, Server

DAY = "/editions/2026-08-19"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return make_home(tmp_path_factory.mktemp("own"), shelf=False)


@pytest.fixture(scope="module")
def served(own: Settings) -> Iterator[Server]:
    with Server(own) as server:
        yield server


@pytest.fixture
def reader(served: Server) -> Person:
    return Person(served)


def works(page: str) -> list[str]:
    return re.findall(r'data-work="(\d+)"', page)


def acts_of(page: str, work: str) -> str:
    """The buttons of a paper on a page."""
    found = re.search(rf'data-work="{work}".*?<span class="acts">(.*?)</span>\n', page, re.S)
    assert found, f"paper {work} has no buttons"
    return found[1]


def test_a_vote_is_a_form_that_leads_back_to_the_paper(reader: Person) -> None:
    work = works(reader.get(DAY).text)[0]
    reply = reader.post("/acts", {"act": f"upvote {work}", "back": DAY})
    assert reply.status == 303
    assert reply.headers["location"] == f"{DAY}#p{work}"
    page = reader.get(DAY).text
    assert f'value="-upvote {work}" aria-pressed="true"' in page
    assert "Voted for." in page
    assert "Voted for." not in reader.get(DAY).text, "the line is said once"
    reader.act(f"upvote {work}")
    assert "<span>Voted</span> 1<" in reader.get(DAY).text, "a second vote is the first"


@pytest.mark.parametrize(
    ("kind", "done", "undone"),
    [
        ("upvote", "Voted for", "Vote taken back"),
        ("save", "Saved", "No longer saved"),
        ("read", "Marked as read", "Marked as unread"),
        ("hide", "Hidden", "Shown again"),
        ("not_interested", "Not interested", "Shown again"),
    ],
)
def test_everything_done_can_be_undone(reader: Person, kind: str, done: str, undone: str) -> None:
    work = works(reader.get(DAY).text)[1]
    before = acts_of(reader.get(DAY).text, work)
    reader.act(f"{kind} {work}")
    page = reader.get(DAY).text
    assert f"<p>{done}." in page
    undo = re.search(r'value="([^"]+)" data-undo', page)
    assert undo
    reader.act(undo[1])
    page = reader.get(DAY).text
    assert f"<p>{undone}." in page
    assert acts_of(page, work) == before


def test_what_is_hidden_keeps_one_line(reader: Person) -> None:
    work = works(reader.get(DAY).text)[2]
    reader.act(f"hide {work}")
    page = reader.get(DAY).text
    assert f'data-work="{work}" data-gone' in page
    assert "Hidden." in acts_of(page, work)
    reader.act(f"-hide {work}")
    assert "data-gone" not in reader.get(DAY).text


def test_a_reason_may_be_given_afterwards(reader: Person) -> None:
    work = works(reader.get(DAY).text)[3]
    reader.act(f"not_interested {work}")
    page = reader.get(DAY).text
    assert f'value="not_interested {work} topic"' in page
    reader.act(f"not_interested {work} topic")
    assert "Because of its topic." in reader.get(DAY).text
    data = json.loads(reader.get("/api/v1/acts?kind=not_interested").body)
    assert [act["reason"] for act in data["acts"]] == ["topic"]
    reader.act("undo")
    assert not reader.get("/api/v1/acts?kind=not_interested").json()["acts"]


def test_our_script_is_told_what_changed(reader: Person) -> None:
    work = works(reader.get(DAY).text)[4]
    reply = reader.post("/acts", {"act": f"save {work}"}, {"X-Enhanced": "1"})
    told = reply.json()
    assert reply.headers["cache-control"] == "no-store"
    assert told["papers"][work]["gone"] is False
    assert f'value="-save {work}" aria-pressed="true">Saved' in told["papers"][work]["acts"]
    assert "data-undo" in told["said"]
    wrong = reader.post("/acts", {"act": "save 99999999"}, {"X-Enhanced": "1"})
    assert wrong.status == 400
    assert "there is no paper" in wrong.json()["detail"].lower()


@pytest.mark.parametrize(
    "act",
    ["", "upvote", "upvote x", "dance 1", "upvote -1", "upvote 9999999999999999", "-undo", "save 0",
     "follow", "follow x y", "follow search 1", "list 1 1", "list 9 x", "not_interested 1 spite",
     "open \0", "upvote 1 topic<script>"],
)  # fmt: skip
def test_acts_that_make_no_sense_are_refused(reader: Person, act: str) -> None:
    assert reader.act(act).status in (303, 400, 404)
    assert reader.get("/").status == 200


@pytest.mark.parametrize(
    "back",
    ["//elsewhere.example/", "https://elsewhere.example/", "/\\elsewhere.example", "javascript:a",
     "/x\r\nSet-Cookie: a=b", "", "relative"],
)  # fmt: skip
def test_nobody_is_sent_elsewhere_after_a_form(reader: Person, back: str) -> None:
    work = works(reader.get(DAY).text)[0]
    reply = reader.post("/acts", {"act": f"save {work}", "back": back})
    assert reply.status == 303
    assert re.fullmatch(r"/(#p\d+)?|/x.*", reply.headers["location"])
    assert "elsewhere" not in reply.headers["location"]
    assert "a=b" not in "".join(reply.cookies)


def test_a_flood_of_votes_is_told_when_to_come_back(
    reader: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acts, "FLOOD", Allowance(burst=3, rate=0.01))
    work = works(reader.get(DAY).text)[0]
    token = reader.csrf()
    replies = [reader.post("/acts", {"act": f"upvote {work}"}, token=token) for _ in range(5)]
    assert [reply.status for reply in replies] == [303, 303, 303, 429, 429]
    assert 90 <= int(replies[-1].headers["retry-after"]) <= 101
    assert "Slower, please" in replies[-1].text


def test_no_page_shows_what_another_has_done(
    tmp_path: Path, serve: Callable[[Settings], Server]
) -> None:
    settings, _ = make_community(tmp_path)
    server = serve(settings)
    cem, dia, nobody = enter(server, "cem"), enter(server, "dia"), Person(server)
    work = works(cem.get(DAY).text)[0]
    for person in (nobody, dia, cem):
        person.get(DAY)  # the body is in the cache now
    cem.act(f"upvote {work}")
    cem.act(f"hide {works(cem.get(DAY).text)[1]}")
    mine, theirs, public = cem.get(DAY), dia.get(DAY), nobody.get(DAY)
    assert "data-gone" in mine.text
    assert "data-gone" not in theirs.text + public.text
    assert 'aria-pressed="true"' not in theirs.text
    assert "<span>Vote</span> 1<" in theirs.text, "the count is everyone’s"
    assert "1 vote" in public.text
    assert "<button form" not in public.text
    assert cem.csrf() not in theirs.text + public.text
    tags = {page.headers["etag"] for page in (mine, theirs, public)}
    assert len(tags) == 3
    for page in (mine, theirs, public):
        assert page.headers["cache-control"] in ("private, no-cache", "no-store")
        assert "Cookie" in page.headers["vary"]
    # A tag of one reader's page brings another theirs, not a 304.
    assert dia.get(DAY, {"If-None-Match": mine.headers["etag"]}).status == 200


def test_the_page_of_a_paper_has_the_same_buttons(reader: Person) -> None:
    page = reader.get("/papers/2608.90002").text
    work = works(page)[0]
    assert f'value="upvote {work}"' in page
    reader.act(f"follow category {'cs.LG'}")
    assert 'value="-follow category cs.LG"' in reader.get("/papers/2608.90002").text
    reader.post("/lists", {"name": "From here", "work": work, "back": "/papers/2608.90002"})
    assert "From here" in reader.get("/papers/2608.90002").text
    assert "Comments" not in page, "one person who reads alone has nobody to talk to"


def test_a_search_is_saved_from_its_page(reader: Person) -> None:
    for path in ("/search?q=galaxies", "/search/results?q=galaxies"):
        page = reader.get(path).text
        assert 'name="back" value="/search?q=galaxies"' in page
    reply = reader.post("/searches", {"query": "galaxies", "back": "/search?q=galaxies"})
    assert (reply.status, reply.headers["location"]) == (303, "/search?q=galaxies")
    assert "The search “galaxies” is kept." in reader.get("/search?q=galaxies").text
    assert "galaxies" in reader.get("/searches").text
    assert ">Follow</button>" in reader.get("/searches").text
    kept = {"query": "galaxies", "back": "/search?q=galaxies", "follow": "on"}
    reader.post("/searches", kept)
    assert ">Unfollow</button>" in reader.get("/searches").text


def test_a_paper_comes_back_to_its_list_with_note_and_tags_and_no_other_one_gets_them(
    reader: Person,
) -> None:
    first, second = works(reader.get(DAY).text)[:2]
    made = reader.post("/lists", {"name": "Undone"}, page="/lists")
    assert made.status == 303
    at = re.findall(r'href="(/lists/\d+)"', reader.get("/lists").text)[-1]
    number = at.rpartition("/")[2]
    beside = {"note": "why <it>\nmatters", "tags": "blue, deep sky", "back": at}
    reader.post(f"{at}/entries", {"work": first, **beside})
    reader.act(f"-list {number} {first}", back=at)
    page = reader.get(at).text
    assert "Nothing stands here yet" in page
    sent = re.findall(r'<input form="act" type="hidden" name="(\w+)" value="([^"]*)"', page)
    hidden = {name: html.unescape(value) for name, value in sent}
    assert hidden["tags"] == "blue,deep sky"
    reader.act(f"list {number} {second}", **{**hidden, "back": at})
    assert "deep sky" not in reader.get(at).text, "another button takes nothing along"
    assert f'value="list {number} {first}"' in page
    reader.act(f"list {number} {first}", **{**hidden, "back": at})
    page = reader.get(at).text
    assert "why &lt;it&gt;\nmatters" in page
    assert page.count('?tag=deep%20sky"') == 2, "beside the paper, and among the tags of the list"


def test_a_note_that_is_changed_is_kept_and_its_reader_stays_where_they_were(
    reader: Person,
) -> None:
    work = works(reader.get(DAY).text)[0]
    reader.post("/lists", {"name": "Noted"}, page="/lists")
    at = re.findall(r'href="(/lists/\d+)"', reader.get("/lists").text)[0]
    tagged = f"{at}?tag=R%26D"
    beside = {"work": work, "note": "first", "tags": "R&D, c++"}
    assert reader.post(f"{at}/entries", {**beside, "back": at}).status == 303
    assert "Put on the list." in reader.get(at).text
    assert f'name="back" value="{tagged}"' in reader.get(tagged).text
    changed = reader.post(f"{at}/entries", {**beside, "note": "second", "back": tagged})
    assert changed.headers["location"] == f"{tagged}#p{work}"
    page = reader.get(tagged).text
    assert "<p>Kept. </p>" in page, "what would be undone is not that it stands on the list"
    assert "second" in page


def test_the_pages_of_a_tag_are_all_of_that_tag(own: Settings, reader: Person) -> None:
    reader.post("/lists", {"name": "Long"}, page="/lists")
    at = re.findall(r'href="(/lists/\d+)"', reader.get("/lists").text)[0]
    with closing(Catalog.open(own)) as catalog:
        found = list(catalog.get_many(range(1, 500)))[: PAGE + 1]
    assert len(found) > PAGE
    for work in found:
        reader.post(f"{at}/entries", {"work": str(work), "tags": "R&D", "back": at})
    first = reader.get(f"{at}?tag=R%26D").text
    (following,) = re.findall(r'rel="next" href="([^"]+)"', first)
    second = reader.get(html.unescape(following)).text
    assert "Page 2 of 2" in second
    assert 'aria-current="true"><bdi>R&amp;D</bdi>' in second


def test_what_is_taken_along_from_a_tag_is_of_that_tag(reader: Person) -> None:
    one, other = works(reader.get(DAY).text)[:2]
    reader.post("/lists", {"name": "Two tags"}, page="/lists")
    (at,) = re.findall(r'href="(/lists/\d+)">(?:<bdi>)?Two tags', reader.get("/lists").text)
    for work, tag in ((one, "R&D"), (other, "c++")):
        reader.post(f"{at}/entries", {"work": str(work), "tags": tag, "back": at})
    page = reader.get(f"{at}?tag=R%26D").text
    (ris,) = re.findall(r'href="([^"]+\.ris[^"]*)"', page)
    assert reader.get(html.unescape(ris)).text.count("TY  -") == 1
    assert '<input type="hidden" name="tag" value="R&amp;D">' in page
    assert "That is all with this tag." in page and "/zotero/send" not in page
    assert reader.get(f"{at}.ris").text.count("TY  -") == 2


def test_older_papers_of_what_is_followed_are_not_denied(
    tmp_path: Path, serve: Callable[..., Server]
) -> None:
    person = Person(serve(make_home(tmp_path, dated=False)))
    assert "Gradient-Based" in person.get("/").text
    person.act("follow term gradient")
    page = person.get("/following").text
    assert "Nothing of what you follow is among the papers of the last two weeks." in page


def test_digests_on_quiet_days_are_asked_for_and_left_out_again(reader: Person) -> None:
    kept = {"timezone": "UTC", "minutes": "15", "digest": "off", "digest_hour": "7"}
    ticked = 'name="quiet_days" checked'
    assert ticked not in reader.get("/account").text
    reader.post("/account", {**kept, "quiet_days": "on"}, page="/account")
    assert ticked in reader.get("/account").text
    reader.post("/account", kept, page="/account")
    assert ticked not in reader.get("/account").text


def test_what_does_not_fit_a_field_is_told_by_its_label(reader: Person) -> None:
    kept = {"timezone": "UTC", "digest": "off", "digest_hour": "7"}
    page = reader.get("/account").text
    (label,) = re.findall(r'<label for="f-minutes">([^<]*)</label>', page)
    for written, problem in (
        ("many", "“many” is not a whole number"),
        ("", "write a whole number"),
    ):
        answer = reader.post("/account", {**kept, "minutes": written}, page="/account")
        assert answer.status == 400
        assert f"<p>{label}: {problem}.</p>" in answer.text
    page = reader.get("/taste").text
    (label,) = re.findall(r'<label for="f-sentence">([^<]*)</label>', page)
    answer = reader.post("/taste/seeds", {"sentence": "x" * 2001}, page="/taste")
    assert f"<p>{label}: 2,001 characters; it takes up to 2,000.</p>" in answer.text


def test_what_was_refused_leads_back_to_its_form(reader: Person) -> None:
    own = f"http://127.0.0.1:{reader.server.port}"
    kept = {"timezone": "UTC", "digest": "off", "digest_hour": "7", "minutes": "0"}

    def led(referer: str, **more: str) -> list[str]:
        sent = {"Referer": referer} if referer else {}
        answer = reader.post("/account", {**kept, **more}, sent, page="/account")
        assert answer.status == 400
        assert "Not done" in answer.text
        return re.findall(r'<a href="([^"]*)">Back to where you were</a>', answer.text)

    assert led(f"{own}/account") == ["/account"]
    assert led(f"{own}/search?q=a&from=20") == ["/search?q=a&amp;from=20"]
    assert led(f"{own}/search?q=a", back="/lists") == ["/lists"], "the form says more surely"
    assert led(f"{own}/account", back="https://elsewhere.example/") == ["/account"]
    for foreign in ("", "https://elsewhere.example/account", f"{own}//elsewhere.example", "::["):
        assert led(foreign) == [], foreign
    old = reader.post("/account", kept, {"Referer": f"{own}/account"}, token="old")
    assert old.status == 403
    assert '<a href="/account">Back to where you were</a>' in old.text
    assert "Back to where you were" not in reader.get("/nowhere", {"Referer": own}).text


def test_who_must_log_in_first_is_led_back_to_the_form_afterwards(
    tmp_path: Path, serve: Callable[..., Server]
) -> None:
    lab = serve(make_community(tmp_path)[0])
    page = {"Referer": f"http://127.0.0.1:{lab.port}/lists?page=2"}
    answer = Person(lab).post("/lists", {"name": "One"}, page, token="none")
    assert answer.status == 401
    assert '<a href="/login?next=%2Flists%3Fpage%3D2">Log in</a>' in answer.text


def test_a_mail_address_goes_only_where_that_is_said(
    tmp_path: Path, serve: Callable[..., Server]
) -> None:
    settings, things = make_community(tmp_path)
    with closing(Catalog.open(settings)) as catalog:
        letters = Readers(catalog).letters
        letters.confirm_email(letters.change_email(things["cem"].reader, "cem@example.org"))
    cem = enter(serve(settings), "cem")
    answer = cem.post("/account/mail", {"email": ""}, page="/account")
    assert answer.status == 400
    assert "The address is empty; write one." in answer.text
    assert "<p>cem@example.org</p>" in cem.get("/account").text, "confirmed as before"
    assert "Remove the address</button>" in cem.get("/account").text
    gone = {"email": "half@typed", "do": "remove"}
    assert cem.post("/account/mail", gone, page="/account").status == 303
    page = cem.get("/account").text
    assert "The address is removed, and no digest is made any more." in page
    assert "None. A digest by mail needs one." in page
    assert "Remove the address" not in page
