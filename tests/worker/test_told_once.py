"""A paper is told once: not after it was judged, not in two places, not under two records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from broadsheet.catalog import Catalog
from broadsheet.editions import FOLLOWED, FOR_YOU, Digest, DigestMaker, ForYou, for_you
from broadsheet.index import open_index
from broadsheet.papers import Identifier, Paper
from broadsheet.readers import KINDS, Reader, Readers, Taste
from broadsheet.settings import Settings
from broadsheet.worker import PostOffice, post_office
from tests.readers.taste_home import keep
from tests.web.conftest import make_home
from tests.web.serving import HashedWords, Server
from tests.worker import mailroom
from tests.worker.mailroom import Home

GALAXIES = ("term", "galaxies")
DAY = "2026-08-20"


def told_now(home: Home, reader: Reader) -> set[int]:
    """The papers of the digest that a reader would be sent now."""
    found = home.office().preview(reader)
    return {pick.work_id for pick in found.picks} if found is not None else set()


def test_what_a_reader_judged_is_no_news_to_them(tmp_path: Path) -> None:
    with mailroom.home(tmp_path / "home") as home:
        ada = home.reader("ada", GALAXIES, minutes=60)
        about = sorted(told_now(home, ada))
        assert len(about) == 9
        for kind, work in zip(KINDS, about, strict=False):
            home.readers.acts.do(ada.id, kind, work)
        opened = about[KINDS.index("open")]
        assert told_now(home, ada) == {opened, about[8]}
        home.readers.acts.undo(ada.id, "save", about[KINDS.index("save")])
        assert told_now(home, ada) == {opened, about[8], about[KINDS.index("save")]}


@dataclass
class Told:
    """A home with one reader who likes galaxies, what their list holds, and their post."""

    catalog: Catalog
    readers: Readers
    taste: Taste
    post: PostOffice

    @property
    def reader(self) -> Reader:
        found = self.readers.accounts.get(1)
        assert found is not None
        return found

    def list(
        self, minutes: float = 400, *, day: str = DAY, again: bool = False, mark: bool = False
    ) -> ForYou:
        room = (self.readers, self.taste, self.catalog, self.reader)
        return for_you(*room, day, minutes, again=again, mark=mark)

    def listed(self) -> set[int]:
        return {work.id for work in self.list().works}

    def send(self) -> set[int]:
        mail = self.post.send_now(self.reader)
        assert mail is not None and mail.state == "sent"
        return {pick.work_id for pick in Digest.loads(mail.content).picks}


@contextmanager
def told(folder: Path) -> Iterator[Told]:
    settings = make_home(folder, shelf=False)
    with closing(Catalog.open(settings)) as catalog:
        readers = Readers(catalog)
        works = catalog.get_many(range(1, 70))
        about = [n for n, work in works.items() if "galaxies" in work.paper.title]
        for work in about[:3]:
            readers.acts.do(1, "upvote", work)
        readers.accounts.update(1, digest="daily", minutes=3)
        taste = Taste(readers, catalog, open_index(settings), HashedWords())
        with post_office(settings, catalog, HashedWords) as post:
            yield Told(catalog, readers, taste, post)


def test_for_you_leaves_out_what_a_digest_told_and_the_other_way_round(tmp_path: Path) -> None:
    with told(tmp_path / "home") as home:
        before = home.listed()
        sent = home.send()
        assert sent and sent < before
        assert home.listed() == before - sent
        assert {work.id for work in home.list(again=True).works} == before
        home.list(mark=True)
        assert home.listed() == before - sent, "the list of a day can be opened again"
        home.readers.accounts.update(1, digest="weekly", minutes=60)
        found = home.post.preview(home.reader)
        assert found is None or not before & {pick.work_id for pick in found.picks}
        home.readers.shown.forget(1)
        assert home.listed() == before


def more_galaxies(folder: Path) -> None:
    """Sixty long papers on galaxies, of the newest day."""
    settings = make_home(folder, shelf=False, filed=False)
    papers = [
        Paper(
            id=f"2608.{number}",
            source="made",
            title=f"On galaxies, part {number}: what study 3 found",
            abstract="In study 3 of galaxies, spectra of distant spirals show how fast their discs"
            f" turn. Experiment {number % 30} says more about it. " * 20,
            identifiers=(Identifier("arxiv", f"2608.{number}"),),
            categories=("astro-ph.GA",),
            announced=DAY,
        )
        for number in range(20_000, 20_060)
    ]
    with closing(Catalog.open(settings)) as catalog:
        keep(catalog, settings, papers)


def test_what_is_followed_and_to_their_taste_is_counted_once(tmp_path: Path) -> None:
    more_galaxies(tmp_path / "home")
    with told(tmp_path / "home") as home:
        home.readers.follows.add(1, "category", "astro-ph")
        found = home.post.preview(home.reader)
        assert found is not None
        listed = home.catalog.listing(found.first, found.last)
        followed = {item.work_id for item in listed if "astro-ph.GA" in item.categories}
        room = (home.readers, home.taste, home.catalog, home.reader)
        rate = home.taste.built(1).profile.rate
        listing = for_you(*room, DAY, 400, first=found.first)
        liked = {e.work.id for e in listing.entries if e.recommendation.probability >= rate}
        assert len(liked & followed) > 60
        theirs = (liked | followed) - {act.work_id for act in home.readers.acts.of(1)}
        assert len(found.picks) + found.left_out == len(theirs) <= found.announced
        assert found.waits == (FOLLOWED,), "what of the rest is to their taste is followed too"
        for follow in home.readers.follows.of(1):
            home.readers.follows.remove(1, follow.id)
        found = home.post.preview(home.reader)
        assert found is not None and found.waits == (FOR_YOU,)
        mail = home.post.written(home.reader, found)
        assert "/for-you" in mail and "/following" not in mail


def test_for_you_shows_a_paper_of_a_digest_again_with_another_text(tmp_path: Path) -> None:
    with told(tmp_path / "home") as home:
        sent = sorted(home.send())
        assert len(sent) > 1
        paper = home.catalog.get_many(sent[:1])[sent[0]].paper
        new = replace(paper, version="v2", abstract=f"{paper.abstract} Dust too.")
        keep(home.catalog, Settings(home=tmp_path / "home"), [new])
        assert sent[0] in home.listed()
        assert not home.listed() & set(sent[1:])


def test_a_paper_told_under_one_record_is_not_told_again_once_it_is_joined(
    tmp_path: Path,
) -> None:
    with mailroom.home(tmp_path / "home") as home:
        ada = home.reader("ada", GALAXIES, minutes=60)
        about = told_now(home, ada)
        home.readers.accounts.update(ada.id, minutes=3)
        home.office().run()
        told_first = sorted(home.readers.shown.of(ada.id))
        others = sorted(about - set(told_first))
        assert len(told_first) == 4
        kept = {
            home.catalog.join(told_first[0], others[-1], "the same"),
            home.catalog.join(others[0], told_first[-1], "the same"),
        }
        assert kept == {told_first[0], others[0]}
        home.readers.accounts.update(ada.id, minutes=60)
        home.announce("2026-08-21", "On galaxies, once more")
        home.clock.now += timedelta(days=1)
        again = told_now(home, ada)
        assert again and not again & {*kept, *told_first}


def test_a_list_does_not_bring_back_a_paper_for_having_been_joined(tmp_path: Path) -> None:
    more_galaxies(tmp_path / "home")
    with told(tmp_path / "home") as home:
        first = home.list(2, mark=True)
        shown, left = {work.id for work in first.works}, set(first.left)
        younger, older = max(shown), min(left)
        assert home.catalog.join(older, younger, "the same") == older
        found = {work.id for work in home.list(day="2026-08-21").works}
        assert found == left - {older}, "what was left comes, and what was shown does not"


def test_papers_joined_while_a_digest_waits_are_told_once_and_not_lost(tmp_path: Path) -> None:
    with (
        mailroom.mail_server() as (box, port),
        mailroom.home(tmp_path / "home", port) as home,
    ):
        ada = home.reader("ada", GALAXIES, minutes=60)
        box.rcpt[ada.email] = "451 later"
        home.office().run()
        waiting = home.office().log.get(ada.id, f"daily {DAY}")
        assert waiting is not None and waiting.state == "prepared"
        picks = [pick.work_id for pick in Digest.loads(waiting.content).picks]
        works = home.catalog.get_many(range(1, 70))
        elsewhere = next(n for n in sorted(works) if n not in picks)
        # Two of the digest become one; a third goes on under a work that is not in it.
        twin = home.catalog.join(picks[0], picks[1], "the same")
        other = home.catalog.join(elsewhere, picks[2], "the same")
        assert other == elsewhere, "the older one stays"
        box.rcpt.clear()
        home.clock.now += timedelta(minutes=5)
        assert home.office().run().sent == 1
        body = box.taken[0][1].get_body(("plain",))
        assert body is not None
        links = [line for line in str(body.get_content()).splitlines() if "/papers/" in line]
        assert len(links) == len(set(links)) == len(picks) - 1
        assert set(home.readers.shown.of(ada.id)) == {twin, other, *picks[3:]}


def test_what_was_shown_names_digests_too(tmp_path: Path) -> None:
    with told(tmp_path / "home") as home:
        (told_one,) = list(home.send())[:1]
        title = home.catalog.get_many([told_one])[told_one].paper.title
        with Server(Settings(home=tmp_path / "home"), HashedWords()) as server:
            assert title in server.get("/for-you/shown").text
            shown = server.get("/api/v1/for-you/shown").json()
            assert len(shown["papers"]) == len(home.readers.shown.of(1, "digest"))


def test_a_digest_counts_what_was_announced_since_and_not_what_only_changed(tmp_path: Path) -> None:
    with (
        mailroom.mail_server() as (box, port),
        mailroom.home(tmp_path / "home", port) as home,
    ):
        ada = home.reader("ada", GALAXIES)

        def ending() -> str:
            home.clock.now += timedelta(days=1)
            assert home.office().run().sent == 1
            body = box.taken[-1][1].get_body(("plain",))
            assert body is not None
            return str(body.get_content()).partition("That is all.")[2]

        home.office().run()
        home.announce("2026-08-21", "On galaxies, once more")
        (changed,) = home.catalog.get_many([1]).values()
        assert changed.announced == "2026-08-20" and not home.readers.shown.of(ada.id).get(1)
        newer = replace(changed.paper, version="v2", abstract=f"{changed.paper.abstract} Dust.")
        keep(home.catalog, home.settings, [newer])
        assert "1 paper was announced, 21 August 2026." in ending()
        home.announce("2026-08-20", "Galaxies that came late")
        home.announce("2026-08-22", "And galaxies of the new day")
        assert "2 papers were announced, 20 August 2026 to 22 August 2026." in ending()


def test_after_a_digest_of_an_earlier_version_what_came_late_is_counted(tmp_path: Path) -> None:
    with mailroom.home(tmp_path / "home") as home:
        ada = home.reader("ada", GALAXIES)
        office = home.office()
        slot = office.slot(ada)
        maker = DigestMaker(home.catalog, home.readers)
        first = maker.make(ada, slot)
        assert first is not None and first.newest
        home.announce(first.last, "Galaxies that came late")
        maker = DigestMaker(home.catalog, home.readers)
        for before in (first, replace(first, newest=0)):
            found = maker.make(ada, slot, before=before)
            assert found is not None and found.announced == 1
