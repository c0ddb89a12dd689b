"""Mail of readers who go, and of the local reader once an account has taken over from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from broadsheet.catalog import Catalog
from broadsheet.readers import LOCAL, Reader, Readers
from broadsheet.settings import Settings
from broadsheet.worker import adopt_local, delete_reader
from tests.worker import mailroom
from tests.worker.mailroom import Home, Mailbox

GALAXIES = ("term", "galaxies")


def files(home: Home) -> list[str]:
    return sorted(path.name for path in home.settings.outbox_path.iterdir())


def subscribe_local(home: Home) -> Reader:
    home.readers.follows.add(LOCAL, *GALAXIES)
    return home.readers.accounts.update(LOCAL, digest="daily", digest_hour=7, timezone="UTC")


def test_mails_in_the_outbox_go_with_their_reader(tmp_path: Path) -> None:
    with mailroom.home(tmp_path / "home") as home:
        ada, ben = home.reader("ada", GALAXIES), home.reader("ben", GALAXIES)
        subscribe_local(home)
        link = ("Confirm", ["Somebody gave this address."], "https://paper.example.org/x")
        letter = home.office().writing.letter(ben, "b@example.org", *link, "2026-08-20T08:00:00Z")
        home.office().log.put(letter)
        home.office().run()
        begun = home.settings.outbox_path / f"{ben.id}-ben-daily-2026-08-19.eml.new"
        begun.write_text("To: ben")
        assert len(files(home)) == 5
        delete_reader(home.settings, home.readers, ben.id)
        rest = ["1-local-daily-2026-08-20.eml", f"{ada.id}-ada-daily-2026-08-20.eml"]
        assert files(home) == rest
        delete_reader(home.settings, home.readers, LOCAL)
        assert files(home) == rest[1:]


def test_a_round_clears_what_was_left_of_readers_who_went_before(tmp_path: Path) -> None:
    with mailroom.home(tmp_path / "home") as home:
        home.reader("ada", GALAXIES)
        home.office().run()
        mine = files(home)
        for name in ("77-ben-daily-2026-08-13.eml", "77-ben-daily-2026-08-18.eml.new", "note.eml"):
            (home.settings.outbox_path / name).write_text("To: ben")
        home.office().run()
        assert files(home) == [*mine, "note.eml"]


class Deleting(Mailbox):
    """Deletes a reader while their mail is on its way."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder, self.reader_id = folder, 0

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: object
    ) -> str:
        with closing(Catalog.open(Settings(home=self.folder))) as catalog:
            delete_reader(Settings(home=self.folder), Readers(catalog), self.reader_id)
        return await super().handle_RCPT(server, session, envelope, address, options)


@pytest.mark.parametrize("answer", ["250 taken", "550 no such mailbox"])
@pytest.mark.parametrize("who", ["ada", "local"])
def test_of_a_reader_who_goes_while_their_mail_is_sent_nothing_is_written_again(
    tmp_path: Path, answer: str, who: str
) -> None:
    box = Deleting(tmp_path / "home")
    with (
        mailroom.mail_server(box=box) as (_, port),
        mailroom.home(tmp_path / "home", port) as home,
    ):
        reader = home.reader("ada", GALAXIES)
        if who == "local":
            home.readers.accounts.update(reader.id, digest="off")
            reader = subscribe_local(home)
            mailroom.confirm(home.readers, reader)
            with home.catalog.database.write() as connection:
                connection.exec_driver_sql("UPDATE readers SET email = 'me@example.org'")
        box.reader_id = reader.id
        if not answer.startswith("250"):
            box.data = {"ada@example.org": answer, "me@example.org": answer}
        tally = home.office().run()
        assert (tally.made, tally.sent) == (1, 0)
        tables = home.readers.data.export(LOCAL)["tables"]
        assert not tables["post"] and not tables["postboxes"] and not tables["shown"]
        with home.catalog.database.read() as connection:
            for table in ("post", "postboxes", "shown"):
                left = f"SELECT count(*) FROM {table} WHERE reader_id = {reader.id}"
                assert connection.exec_driver_sql(left).scalar() == 0, table


def test_an_account_that_takes_over_is_sent_the_digests_and_the_local_reader_none(
    tmp_path: Path,
) -> None:
    with mailroom.home(tmp_path / "home") as home:
        subscribe_local(home)
        home.office().run()
        lena = home.readers.accounts.add("lena", "a long and quiet river", "operator")
        adopt_local(home.settings, home.readers, lena.id)
        home.readers.accounts.set_mode("accounts")
        assert files(home) == [f"{lena.id}-lena-daily-2026-08-20.eml"]
        # As a home has it whose account took over before settings went with that.
        home.readers.accounts.update(LOCAL, digest="daily", digest_hour=7)
        home.announce("2026-08-21", "On galaxies, once more")
        home.clock.now += timedelta(days=1)
        tally = home.office().run()
        assert (tally.made, tally.sent) == (1, 1)
        assert files(home)[-1] == f"{lena.id}-lena-daily-2026-08-21.eml"
        latest = home.office().log.latest_digest(lena.id)
        assert latest is not None and len(latest[1].picks) == 1, "what was told stays told"
        home.readers.accounts.set_mode("single")
        home.clock.now += timedelta(days=1)
        home.announce("2026-08-22", "Galaxies in single mode")
        home.office().run()
        assert "1-local-daily-2026-08-22.eml" in files(home)


def test_a_digest_of_the_local_reader_that_waits_is_given_up_once_accounts_are_on(
    tmp_path: Path,
) -> None:
    with accounts_home(tmp_path) as (home, box):
        tally = home.office().run()
        assert (tally.sent, tally.failed) == (0, 1)
        assert box.taken == []


@contextmanager
def accounts_home(folder: Path) -> Iterator[tuple[Home, Mailbox]]:
    """A home that has just got accounts; a digest of the local reader could not go out before."""
    with (
        mailroom.mail_server() as (box, port),
        mailroom.home(folder / "home", port) as home,
    ):
        secret = home.readers.letters.change_email(LOCAL, "me@example.org")
        home.readers.letters.confirm_email(secret)
        subscribe_local(home)
        box.rcpt["me@example.org"] = "451 later"
        assert home.office().run().put_off == 1
        box.rcpt.clear()
        home.clock.now += timedelta(minutes=5)
        home.readers.accounts.add("olga", "a long and quiet river", "operator")
        home.readers.accounts.set_mode("accounts")
        yield home, box


def test_a_letter_to_another_address_does_not_open_one_that_refuses(tmp_path: Path) -> None:
    with (
        mailroom.mail_server() as (_, port),
        mailroom.home(tmp_path / "home", port) as home,
    ):
        ada = home.reader("ada", GALAXIES)
        log = home.office().log
        for _ in range(3):
            log.refused(ada.id, ada.email, "2026-08-20T08:00:00Z", 3)
        words = ("Confirm", ["Open this."], "https://paper.example.org/mail/confirm/x")
        office = home.office()
        log.put(office.writing.letter(ada, "new@example.org", *words, "2026-08-20T08:00:00Z"))
        assert office.run().sent == 1
        assert log.postbox(ada.id).bouncing_at, "nobody confirmed the address that refuses"
        again = ("Reset", ["Open this."], "https://paper.example.org/reset/x")
        log.put(office.writing.letter(ada, ada.email, *again, "2026-08-20T08:00:00Z"))
        office.run()
        assert not log.postbox(ada.id).bouncing_at, "it took a mail"
