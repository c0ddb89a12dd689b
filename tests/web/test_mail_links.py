"""Links in mails: following one changes nothing, pressing its button does it once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import feedparser
import pytest

from broadsheet.catalog import Catalog
from broadsheet.editions import MailTokens
from broadsheet.readers import Reader, Readers
from broadsheet.settings import Settings
from broadsheet.worker import PostLog, post_office
from tests.web.conftest import make_home
from tests.web.serving import HashedWords, Person, Server

PASSWORD = "violet tram beneath seven lanterns"


class Mailed:
    """A served home, a reader and the links that a mail to them would hold."""

    def __init__(self, settings: Settings, server: Server, readers: Readers) -> None:
        self.settings, self.server, self.readers = settings, server, readers
        self.tokens = MailTokens.of(settings)
        self.reader: Reader = readers.accounts.get(1) or readers.accounts.all()[0]
        self.work = 5

    def link(self, act: str) -> str:
        return f"/mail/act/{self.tokens.act(self.reader.id, self.work, act)}"  # type: ignore[arg-type]

    def kinds(self) -> list[str]:
        return [act.kind for act in self.readers.acts.of(self.reader.id)]

    def post(self, path: str, **headers: str) -> int:
        return self.server.get(path, headers, method="POST").status


@pytest.fixture(scope="module")
def mailed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailed]:
    settings = make_home(tmp_path_factory.mktemp("mailed"))
    with (
        Server(settings, HashedWords()) as server,
        closing(Catalog.open(settings)) as catalog,
    ):
        yield Mailed(settings, server, Readers(catalog))


@pytest.mark.parametrize(
    ("act", "kind"), [("more", "rate_up"), ("less", "not_interested"), ("save", "save")]
)
def test_looking_changes_nothing_and_pressing_does_it_once(
    mailed: Mailed, act: str, kind: str
) -> None:
    path = mailed.link(act)
    before = mailed.kinds()
    for method in ("GET", "HEAD"):
        assert mailed.server.get(path, method=method).status == 200
    assert mailed.kinds() == before
    page = mailed.server.get(path)
    assert page.text.count('action="/mail/act/') == 1 and f'action="{path}"' in page.text
    for _ in range(2):
        assert mailed.post(path) == 200
    assert mailed.kinds().count(kind) == 1
    assert mailed.post(f"{path}?undo=1") == 200
    assert kind not in mailed.kinds()
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] in ("no-referrer", "same-origin")


def test_the_link_of_the_plain_part_leaves_the_choice(mailed: Mailed) -> None:
    page = mailed.server.get(mailed.link(""))
    actions = re.findall(r'action="(/mail/act/[^"]+)"', page.text)
    assert len(actions) == 3
    assert mailed.post(mailed.link("")) == 200
    assert mailed.kinds() == []
    assert mailed.post(actions[2]) == 200
    assert mailed.kinds() == ["save"]
    assert mailed.post(f"{actions[2]}?undo=1") == 200


@pytest.mark.parametrize("kind", ["act", "unsubscribe", "confirm"])
@pytest.mark.parametrize(
    "token", ["forged", "a.b.c", "%00", "%ff", "x" * 5_000, "WzFd.aaaaaa.bbbb"]
)
def test_a_forged_link_does_nothing_and_says_so(mailed: Mailed, kind: str, token: str) -> None:
    path = f"/mail/{kind}/{token}"
    before = mailed.kinds()
    assert mailed.post(path) == 410
    reply = mailed.server.get(path)
    # A confirmation is only known to be forged when it is tried: looking tells nobody.
    assert reply.status == (200 if kind == "confirm" else 410)
    assert mailed.kinds() == before


def test_a_link_to_a_paper_or_a_reader_that_is_gone_says_so(mailed: Mailed) -> None:
    for reader, work in ((1, 999_999), (999_999, 5)):
        path = f"/mail/act/{mailed.tokens.act(reader, work, 'save')}"
        assert mailed.post(path) == 410
        assert mailed.server.get(path).status == 410


def test_a_link_to_a_paper_that_was_joined_to_another_is_one_to_that(tmp_path: Path) -> None:
    settings = make_home(tmp_path / "home", shelf=False)
    with Server(settings, HashedWords()) as server, closing(Catalog.open(settings)) as catalog:
        readers, tokens = Readers(catalog), MailTokens.of(settings)
        path = f"/mail/act/{tokens.act(1, 9, 'save')}"
        assert catalog.join(4, 9, "the same") == 4
        assert server.get(path).status == 200
        assert server.get(path, method="POST").status == 200
        assert readers.acts.states(1, [4])[4] == {"save"}


def test_links_in_old_mails_act_for_the_account_that_took_over(tmp_path: Path) -> None:
    settings = make_home(tmp_path / "home", shelf=False)
    with Server(settings, HashedWords()) as server, closing(Catalog.open(settings)) as catalog:
        readers, tokens = Readers(catalog), MailTokens.of(settings)
        readers.accounts.update(1, digest="daily")
        save = f"/mail/act/{tokens.act(1, 5, 'save')}"
        end = f"/mail/unsubscribe/{tokens.unsubscribe(1)}"
        fields = {"name": "lena", "password": PASSWORD, "again": PASSWORD, "adopt": "1"}
        assert Person(server).post("/admin/accounts", fields, page="/admin").status == 303
        lena = readers.accounts.by_name("lena")
        assert lena is not None and lena.digest == "daily"
        assert server.get(save, method="POST").status == 200
        assert readers.acts.states(lena.id, [5])[5] == {"save"}
        assert not readers.acts.of(1)
        assert server.get(end, method="POST").status == 200
        found = readers.accounts.get(lena.id)
        assert found is not None and found.digest == "off"


def test_the_mails_of_who_deletes_all_that_is_theirs_are_deleted_too(tmp_path: Path) -> None:
    settings = make_home(tmp_path / "home", shelf=False)
    settings.outbox_path.mkdir()
    mine = settings.outbox_path / "1-local-daily-2026-08-20.eml"
    mine.write_text("To: You")
    other = settings.outbox_path / "11-ada-daily-2026-08-20.eml"
    other.write_text("To: ada")
    with Server(settings, HashedWords()) as server:
        assert Person(server).post("/account/delete", {"sure": "1"}).status == 303
    assert list(settings.outbox_path.iterdir()) == [other]


def test_one_click_unsubscribes_without_a_log_in_and_looking_never_does(mailed: Mailed) -> None:
    accounts = mailed.readers.accounts
    accounts.update(1, digest="daily")
    path = f"/mail/unsubscribe/{mailed.tokens.unsubscribe(1)}"
    for method in ("GET", "HEAD"):
        assert mailed.server.get(path, method=method).status == 200
    assert _digest(accounts) == "daily"
    body = b"List-Unsubscribe=One-Click"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = mailed.server.get(path, form, "POST", body)
    assert reply.status == 200
    assert _digest(accounts) == "off"
    assert mailed.post(path) == 200  # a second time is as good
    reader = accounts.update(1, digest="weekly")
    with post_office(mailed.settings, mailed.readers.catalog, HashedWords) as office:
        assert office.send_now(reader) is not None
    for _ in range(2):
        back = mailed.server.get(path, form, "POST", body).text
        assert f'action="{path}?again=weekly"' in back, "what they had is offered back"
    assert mailed.post(f"{path}?again=weekly") == 200
    assert _digest(accounts) == "weekly"
    assert mailed.post(f"{path}?again=hourly") == 200
    assert _digest(accounts) == "off"


def test_an_address_is_confirmed_by_its_button_once(mailed: Mailed) -> None:
    secret = mailed.readers.letters.change_email(1, "me@example.org")
    path = f"/mail/confirm/{secret}"
    assert mailed.server.get(path).status == 200
    assert not _reader(mailed).email_confirmed
    confirmed = mailed.server.get(path, method="POST")
    assert confirmed.status == 200
    assert 'href="/account#settings">Choose your digests</a>' in confirmed.text
    assert (_reader(mailed).email, _reader(mailed).email_confirmed) == ("me@example.org", True)
    assert mailed.post(path) == 410


def test_a_reader_s_own_feeds_open_with_their_key_until_it_is_renewed(mailed: Mailed) -> None:
    log = PostLog(mailed.readers.catalog.database)
    mailed.readers.follows.add(1, "term", "galaxies")
    mine = mailed.readers.lists.make(1, "To read & keep")
    mailed.readers.lists.put(mine.id, mailed.work, "for Tuesday")
    saved = mailed.readers.searches.add(1, "Turning", "discs turn")
    mailed.readers.follows.add(1, "search", str(saved.id))
    key = log.feed_key(1)
    found = feedparser.parse(mailed.server.get(f"/feeds/mine/{key}/follows.atom").body)
    assert len(found.entries) == 9
    notes = " ".join(entry.content[0].value for entry in found.entries)
    assert "Your saved search “Turning”" in notes
    assert feedparser.parse(mailed.server.get(f"/feeds/mine/{key}/for-you.atom").body).version
    listed = mailed.server.get(f"/feeds/list/{mine.secret}.rss")
    assert listed.headers["cache-control"] == "private, no-cache"
    assert "for Tuesday" in feedparser.parse(listed.body).entries[0].content[0].value
    assert feedparser.parse(mailed.server.get(f"/feeds/search/{saved.secret}.rss").body).entries
    assert mailed.server.get(f"/feeds/lists/local/{mine.slug}.atom").status == 404
    mailed.readers.lists.change(mine.id, public=True)
    assert mailed.server.get(f"/feeds/lists/local/{mine.slug}.atom").status == 200
    outlines = mailed.server.get(f"/feeds/mine/{key}/feeds.opml").text
    assert outlines.count("<outline ") == 6
    for address in re.findall(r'xmlUrl="http://[^/]+([^"]+)"', outlines):
        assert mailed.server.get(address.replace("&amp;", "&")).status == 200, address
    fresh = log.feed_key(1, fresh=True)
    assert mailed.server.get(f"/feeds/mine/{key}/follows.atom").status == 404
    assert mailed.server.get(f"/feeds/mine/{fresh}/follows.atom").status == 200


def test_for_you_and_what_is_trending_are_feeds_with_their_reasons(mailed: Mailed) -> None:
    galaxies = [
        work
        for work in range(1, 70)
        if (found := mailed.readers.catalog.get(work)) and "galaxies" in found.paper.title
    ]
    for work in galaxies[:3]:
        mailed.readers.acts.do(1, "upvote", work)
    key = PostLog(mailed.readers.catalog.database).feed_key(1)
    mine = feedparser.parse(mailed.server.get(f"/feeds/mine/{key}/for-you.atom").body)
    assert mine.entries and "galaxies" in mine.entries[0].title
    assert "<strong>" in mine.entries[0].content[0].value
    hot = feedparser.parse(mailed.server.get("/feeds/trending.rss").body)
    assert {entry.title for entry in hot.entries} >= {
        mailed.readers.catalog.get_many([work])[work].paper.title for work in galaxies[:3]
    }
    assert "heat" in hot.entries[0].content[0].value
    assert mailed.server.get("/feeds/trending-decade.atom").status == 404


def test_a_feed_changes_its_date_as_often_as_its_content(mailed: Mailed) -> None:
    mine = mailed.readers.lists.make(1, "Changing")
    path, seen = f"/feeds/list/{mine.secret}.atom", []
    for work in (7, 8, 9):
        mailed.readers.lists.put(mine.id, work)
        reply = mailed.server.get(path)
        seen.append((reply.headers["etag"], reply.headers["last-modified"]))
        again = mailed.server.get(path, {"If-Modified-Since": seen[-1][1]})
        assert again.status == 304
        for _, older in seen[:-1]:
            assert mailed.server.get(path, {"If-Modified-Since": older}).status == 200
    assert len({tag for tag, _ in seen}) == len({date for _, date in seen}) == 3


def _reader(mailed: Mailed) -> Reader:
    found = mailed.readers.accounts.get(1)
    assert found is not None
    return found


def _digest(accounts: object) -> str:
    return accounts.get(1).digest  # type: ignore[attr-defined, no-any-return]


def test_the_key_of_the_links_is_its_owner_s_alone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    first, again = MailTokens.of(settings), MailTokens.of(settings)
    assert again.read_unsubscribe(first.unsubscribe(4)) == 4
    assert (settings.home / "mail.key").stat().st_mode & 0o077 == 0
