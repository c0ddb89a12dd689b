"""A mail server that cannot be used is asked again soon, and costs no digest its chances."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from broadsheet.worker import PostRounds, post_health
from broadsheet.worker.posting_rest import Rest
from tests.worker import mailroom
from tests.worker.mailroom import Mailbox

GALAXIES = ("term", "galaxies")


@contextmanager
def slamming_server() -> Iterator[tuple[list[int], int]]:
    """A server that ends every connection at once; how many there were, and its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    calls: list[int] = []

    def take() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            calls.append(1)
            connection.close()

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    try:
        yield calls, listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def test_digests_go_out_soon_after_their_server_is_back(tmp_path: Path) -> None:
    rest = Rest()
    with slamming_server() as (calls, port), mailroom.home(tmp_path / "home", port) as home:
        ada, ben = home.reader("ada", GALAXIES), home.reader("ben", GALAXIES)
        for _ in range(5 * 60):
            home.office(rest=rest).run()
            home.clock.now += timedelta(minutes=1)
        assert len(calls) < 40, "it rests for a quarter of an hour in the end"
        state, seen, _ = post_health(home.settings, home.catalog)
        assert state == "warning" and seen.startswith("2 wait for 127.0.0.1: ")
    with mailroom.mail_server() as (box, port), mailroom.home(tmp_path / "home", port) as home:
        home.clock.now += timedelta(hours=5, minutes=15)
        # It is greylisting, as servers that come back are: that is the first it says.
        box.rcpt[ada.email] = "451 come back in a minute"
        tally = home.office(rest=rest).run()
        assert (tally.sent, tally.put_off, tally.failed) == (1, 1, 0)
        box.rcpt.clear()
        home.clock.now += timedelta(minutes=1)
        assert home.office(rest=rest).run().sent == 1
        assert sorted(address for address, _ in box.taken) == [ada.email, ben.email]


def test_the_rounds_of_the_worker_remember_that_the_server_rests(tmp_path: Path) -> None:
    with slamming_server() as (calls, port), mailroom.home(tmp_path / "home", port) as home:
        hour = (datetime.now(UTC) - timedelta(hours=1)).hour
        for name in ("ada", "ben", "eve"):
            home.reader(name, GALAXIES, digest_hour=hour)
        rounds = PostRounds(home.settings, home.catalog, None, index_seconds=0)
        for _ in range(3):
            rounds.round()
        assert len(calls) == 1


class Mute(Mailbox):
    """Takes a message and hangs up instead of answering."""

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert server.transport is not None
        server.transport.close()
        return await super().handle_DATA(server, session, envelope)


def test_a_digest_that_nobody_answered_for_is_not_said_to_wait(tmp_path: Path) -> None:
    with (
        mailroom.mail_server(box=Mute()) as (box, port),
        mailroom.home(tmp_path / "home", port) as home,
    ):
        ada, ben = home.reader("ada", GALAXIES), home.reader("ben", GALAXIES)
        tally = home.office().run()
        assert (tally.made, tally.sent, tally.put_off, tally.failed) == (2, 0, 0, 1)
        states = [home.office().log.get(who.id, "daily 2026-08-20") for who in (ada, ben)]
        assert [mail.state for mail in states if mail] == ["unanswered", "prepared"]
        assert len(box.taken) == 1, "the others wait until it is asked again"
