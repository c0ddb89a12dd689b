"""Digests go out once, whatever servers and clocks do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from broadsheet.catalog import Catalog
from broadsheet.readers import Readers, post
from broadsheet.worker import Mail, PostingLocked, PostRounds, post_health, post_office
from tests.web.conftest import make_home
from tests.web.serving import HashedWords, file_papers
from tests.worker import mailroom
from tests.worker.mailroom import Home, Mailbox

GALAXIES = ("term", "galaxies")


@contextmanager
def posted(folder: Path, **changes: Any) -> Iterator[tuple[Home, Mailbox]]:
    with (
        mailroom.mail_server() as (box, port),
        mailroom.home(folder / "home", port, **changes) as home,
    ):
        yield home, box


def logged(home: Home, reader_id: int, key: str = "daily 2026-08-20") -> Mail:
    mail = home.office().log.get(reader_id, key)
    assert mail is not None
    return mail


def text_of(box: Mailbox, place: int = -1) -> str:
    body = box.taken[place][1].get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_a_due_reader_gets_one_digest_of_what_they_follow(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        ada = home.reader("ada", GALAXIES)
        tally = home.office().run()
        assert (tally.made, tally.sent) == (1, 1)
        assert home.office().run().sent == 0
        assert [address for address, _ in box.taken] == ["ada@example.org"]
        assert "galaxies" in text_of(box) and "segmentation" not in text_of(box)
        assert "That is all." in text_of(box)
        assert logged(home, ada.id).state == "sent"
        assert str(box.taken[0][1]["Message-ID"]) == logged(home, ada.id).message_id


def test_nothing_is_told_twice_and_a_quiet_day_has_no_mail(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        ada = home.reader("ada", GALAXIES)
        home.office().run()
        home.clock.now += timedelta(days=1)
        assert home.office().run().sent == 0
        assert logged(home, ada.id, "daily 2026-08-21").state == "quiet"
        home.office().log.want_quiet_days(ada.id, wanted=True)
        home.clock.now += timedelta(days=1)
        assert home.office().run().sent == 1
        assert "A quiet day" in text_of(box)


def test_a_quiet_week_is_not_called_a_day(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        ada = home.reader("ada", ("term", "nothing of the kind"), digest="weekly")
        home.office().log.want_quiet_days(ada.id, wanted=True)
        home.clock.now = datetime(2026, 8, 22, 8, tzinfo=UTC)
        assert home.office().run().sent == 1
        said = "The week to Saturday 22 August 2026, a quiet week"
        assert said in str(box.taken[0][1]["Subject"])
        assert "A quiet week: nothing new that you follow" in text_of(box)


def test_what_did_not_fit_the_minutes_comes_behind_what_is_new(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        home.reader("ada", GALAXIES, minutes=3)
        home.office().run()
        assert "5 more papers of the past week fit you" in text_of(box)
        home.clock.now += timedelta(days=1)
        assert home.office().run().sent == 0  # what is left over alone makes no mail
        home.announce("2026-08-22", "On galaxies, the newest")
        home.clock.now += timedelta(days=1)
        home.office().run()
        told = [
            line for n in range(2) for line in text_of(box, n).splitlines() if "/papers/" in line
        ]
        assert len(told) == len(set(told)) == 8
        assert "1. On galaxies, the newest" in text_of(box)
        assert "1 paper was announced, 22 August 2026." in text_of(box)


def test_one_who_follows_nothing_is_told_what_leads(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        home.reader("ada")
        assert home.office().run().sent == 1
        assert "You follow nothing yet" in text_of(box)


def test_only_confirmed_addresses_that_want_it_at_this_hour_are_written_to(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        home.reader("ada", GALAXIES, digest="off")
        home.reader("ben", GALAXIES, digest_hour=9)
        home.reader("eve", GALAXIES, timezone="America/New_York")  # it is four in the morning
        loose = home.readers.accounts.add("loose", email="loose@example.org")
        home.readers.accounts.update(loose.id, digest="daily", digest_hour=7, timezone="UTC")
        gone = home.reader("gone", GALAXIES)
        home.readers.accounts.disable(gone.id)
        assert home.office().run().made == 0
        home.clock.now += timedelta(hours=3)
        home.office().run()
        assert sorted(address for address, _ in box.taken) == ["ben@example.org", "eve@example.org"]


def test_a_server_that_says_later_is_asked_again_later(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        ada, ben = home.reader("ada", GALAXIES), home.reader("ben", GALAXIES)
        box.rcpt["ada@example.org"] = "451 busy"
        assert home.office().run().sent == 1
        assert logged(home, ben.id).state == "sent"
        assert (logged(home, ada.id).state, logged(home, ada.id).answer) == ("prepared", "451 busy")
        assert home.office().run().put_off == 0
        box.rcpt.clear()
        home.clock.now += timedelta(minutes=2)
        assert home.office().run().sent == 1
        assert len(box.taken) == 2


def test_a_later_digest_takes_the_place_of_one_that_still_waits(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        ada = home.reader("ada", GALAXIES)
        box.data["ada@example.org"] = "452 full"
        home.office().run()
        home.clock.now += timedelta(days=1)
        box.data.clear()
        assert home.office().run().sent == 1
        assert len(box.taken) == 1
        assert logged(home, ada.id).answer == "came with daily 2026-08-21"


def test_an_address_that_refuses_three_times_is_left_alone_until_confirmed(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        ada = home.reader("ada", GALAXIES)
        home.office().log.want_quiet_days(ada.id, wanted=True)
        box.rcpt["ada@example.org"] = "550 no such mailbox"
        for _ in range(5):
            home.office().run()
            home.clock.now += timedelta(days=1)
        box_of = home.office().log.postbox(ada.id)
        assert (box_of.failures, bool(box_of.bouncing_at)) == (3, True)
        assert logged(home, ada.id).answer == "550 no such mailbox"
        assert home.office().log.get(ada.id, "daily 2026-08-23") is None
        box.rcpt.clear()
        assert home.office().run().made == 0
        home.office().log.forgive(ada.id)
        assert home.office().run().sent == 1


@pytest.mark.parametrize("greeting", [b"", b"220 hello\r\n", b"554 go away\r\n", b"\xff\x00noise"])
def test_a_server_that_hangs_or_raves_costs_its_timeout_and_no_digest(
    tmp_path: Path, greeting: bytes
) -> None:
    with (
        mailroom.silent_server(greeting) as port,
        mailroom.home(tmp_path / "home", port, smtp_timeout=0.3) as home,
    ):
        ada, ben = home.reader("ada", GALAXIES), home.reader("ben", GALAXIES)
        begun = datetime.now(UTC)
        assert home.office().run().sent == 0
        assert datetime.now(UTC) - begun < timedelta(seconds=10)
        assert {logged(home, r.id).state for r in (ada, ben)} == {"prepared"}
    with mailroom.mail_server() as (box, port):
        home_again = mailroom.home(tmp_path / "home", port)
        with home_again as home:
            home.clock.now += timedelta(hours=1)
            assert home.office().run().sent == 2
            assert len(set(box.ids())) == 2


def test_no_server_at_all_is_said_and_waited_for(tmp_path: Path) -> None:
    with mailroom.mail_server() as (_, port):
        pass
    with mailroom.home(tmp_path / "home", port) as home:
        ada = home.reader("ada", GALAXIES)
        office = home.office()
        assert office.run().put_off == 1
        assert "refused" in logged(home, ada.id).answer.lower()
        assert office.run() == type(office.run())()  # it rests before it asks again


def test_a_password_is_not_sent_in_the_open(tmp_path: Path) -> None:
    with mailroom.home(tmp_path / "home", 25, smtp_host="mail.example.org") as home:
        ada = home.reader("ada", GALAXIES)
        assert home.office(smtp_user="ada").run().sent == 0
        assert logged(home, ada.id).attempts == 0


def test_without_a_server_digests_are_files_in_the_outbox(tmp_path: Path) -> None:
    with mailroom.home(tmp_path / "home", name="The\r\nPaper") as home:
        reader = home.readers.accounts.update(1, digest="daily", digest_hour=7, timezone="UTC")
        home.readers.follows.add(reader.id, "category", "cs.CV")
        assert home.office().run().sent == 1
        assert home.office().run().sent == 0
        (file,) = home.settings.outbox_path.iterdir()
        assert file.name == "1-local-daily-2026-08-20.eml"
        assert (file.stat().st_mode & 0o077) == 0
        assert b"That is all." in file.read_bytes()
        found = home.office().log.latest_digest(reader.id)
        assert found is not None and len(found[1].picks) == 9


def test_one_process_sends_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("broadsheet.worker.posting_outbox._PATIENCE_SECONDS", 0.1)
    with posted(tmp_path) as (home, box):
        home.reader("ada", GALAXIES)
        with home.office()._open(), pytest.raises(PostingLocked, match="try again"):
            home.office().run()
        assert home.office().run().sent == 1
        assert len(box.taken) == 1


def test_a_letter_goes_out_once_and_its_link_is_forgotten(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        ada = home.reader("ada", digest="off")
        office = home.office()
        words = ("Confirm your address", ["Somebody gave this address."])
        link = "https://paper.example.org/mail/confirm/secret"
        for _ in range(2):
            letter = office.writing.letter(
                ada, "new@example.org", *words, link, "2026-08-20T08:00:00Z"
            )
            office.log.put(letter)
        office.run()
        office.run()
        ((address, message),) = box.taken
        assert address == "new@example.org"
        assert str(message["Date"]) == "Thu, 20 Aug 2026 08:00:00 +0000"
        assert link in text_of(box)
        assert logged(home, ada.id, letter.key).content == ""


def test_the_operator_is_told_what_is_wrong_with_the_mail(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        ada = home.reader("ada", GALAXIES)

        def health(**changes: Any) -> tuple[str, str]:
            settings = home.settings.model_copy(update=changes)
            return post_health(settings, home.catalog)[:2]

        assert health(mail_from="")[0] == "failed"
        box.rcpt["ada@example.org"] = "451 try later"
        for _ in range(2):
            home.office().run()
            home.clock.now += timedelta(hours=1)
        assert health() == ("warning", "1 waits for 127.0.0.1: 451 try later")
        box.rcpt.clear()
        home.office().run()
        assert health() == ("ok", "1 sent to 127.0.0.1")
        box.rcpt["ada@example.org"] = "550 no such user"
        home.clock.now += timedelta(days=1)
        home.announce("2026-08-21", "Galaxies at last")
        home.office().run()
        said = "1 sent to 127.0.0.1; 1 address refused the last mail: 550 no such user"
        assert health() == ("warning", said)
        home.office().log.refused(ada.id, "ada@example.org", "2026-08-20T08:00:00Z", 1)
        assert health() == ("warning", "1 sent to 127.0.0.1; 1 address refuses mail")


def test_a_mail_that_was_not_answered_long_ago_is_no_trouble_now(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, _):
        home.clock.now = datetime.now(UTC)
        home.announce(home.clock.now.date().isoformat(), "Galaxies of today")
        hour = (home.clock.now - timedelta(hours=1)).hour
        ada = home.reader("ada", GALAXIES, digest_hour=hour)
        home.office().run()
        mail = home.office().log.latest(ada.id, ("sent",))
        assert mail is not None
        home.office().log.settle(mail, "unanswered", "the connection ended")
        assert post_health(home.settings, home.catalog)[0] == "warning"
        with home.catalog.database.write() as connection:
            connection.execute(post.update().values(made_at="2026-01-01T00:00:00Z"))
        assert post_health(home.settings, home.catalog)[0] == "ok"


def test_taste_and_saved_searches_fill_a_digest_with_their_reasons(tmp_path: Path) -> None:
    settings = make_home(tmp_path / "home", shelf=False)
    with closing(Catalog.open(settings)) as catalog:
        readers = Readers(catalog)
        about = {
            topic: [
                n for n, work in catalog.get_many(range(1, 70)).items() if topic in work.paper.title
            ]
            for topic in ("galaxies", "optimisation")
        }
        for work in about["galaxies"][:3]:
            readers.acts.do(1, "upvote", work)
        saved = readers.searches.add(1, "Step sizes", "curvature loss")
        readers.follows.add(1, "search", str(saved.id))
        readers.searches.add(1, "For its feed alone", "translation")
        with post_office(settings, catalog, HashedWords) as office:
            reader = readers.accounts.get(1)
            assert reader is not None
            found = office.preview(reader)
        assert found is not None
        told = {
            pick.section: [p for p in found.picks if p.section == pick.section]
            for pick in found.picks
        }
        assert {pick.work_id for pick in told["What you follow"]} <= set(about["optimisation"])
        assert told["What you follow"][0].why == "Your saved search “Step sizes”"
        assert told["For you"][0].work_id in about["galaxies"][3:]
        assert "near “On galaxies" in told["For you"][0].why


def test_the_worker_s_rounds_send_what_is_due_beside_its_other_work(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        home.reader("ada", GALAXIES, digest_hour=(datetime.now(UTC) - timedelta(hours=1)).hour)
        with PostRounds(home.settings, home.catalog, None, index_seconds=0):
            mailroom.wait_for(lambda: len(box.taken) == 1)
        assert "galaxies" in text_of(box)


def test_digests_wait_for_the_index_that_the_worker_makes(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        hour = (datetime.now(UTC) - timedelta(hours=1)).hour
        ada = home.reader("ada", GALAXIES, digest_hour=hour, minutes=60)
        saved = home.readers.searches.add(ada.id, "Step sizes", "curvature loss")
        home.readers.follows.add(ada.id, "search", str(saved.id))
        rounds = PostRounds(home.settings, home.catalog, None)
        rounds.round()
        assert not box.taken, "without an index what is searched for would be left out"
        file_papers(home.settings, home.catalog, None)
        for _ in range(2):
            rounds.round()
        assert len(box.taken) == 1
        assert "Your saved search “Step sizes”" in " ".join(text_of(box).split())


class Killer(Mailbox):
    """Kills the client at one point of the dialogue, the first time."""

    def __init__(self, at: str) -> None:
        super().__init__()
        self.at, self.victim = at, 0

    def _strike(self, place: str) -> None:
        if self.at == place and self.victim:
            os.kill(self.victim, signal.SIGKILL)
            self.victim = 0

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        self._strike("recipient")
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        self._strike("taken")
        return answer


@pytest.mark.parametrize("at", ["recipient", "taken"])
def test_a_killed_run_sends_each_reader_exactly_one(tmp_path: Path, at: str) -> None:
    killer = Killer(at)
    with (
        mailroom.mail_server(box=killer) as (box, port),
        mailroom.home(tmp_path / "home", port) as home,
    ):
        hour = (datetime.now(UTC) - timedelta(hours=1)).hour
        readers = [home.reader(f"r{n}", GALAXIES, digest_hour=hour) for n in range(3)]
        variables = {
            f"BROADSHEET_{name.upper()}": str(getattr(home.settings, name))
            for name in ("smtp_host", "smtp_port", "smtp_security", "mail_from", "public_url")
        }
        command = [sys.executable, "-m", "broadsheet", "digest", "--due"]
        command += ["--home", str(home.settings.home)]
        statuses = []
        for _ in range(2):
            process = subprocess.Popen(command, env={**os.environ, **variables})
            killer.victim = killer.victim if statuses else process.pid
            statuses.append(process.wait(60))
        assert statuses == [-signal.SIGKILL, 0]
        assert sorted(address for address, _ in box.taken) == [r.email for r in readers]
        told = Readers(home.catalog).shown
        assert all(told.of(reader.id, "digest") for reader in readers)
