"""What a digest held that did not arrive is told with the next one: all of it, and once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from broadsheet.editions import Digest
from broadsheet.worker import post_health
from tests.worker import mailroom
from tests.worker.mailroom import Home, Mailbox

EVERYTHING = (("category", "cs"), ("category", "astro-ph"))
ADA = "ada@example.org"


@contextmanager
def posted(folder: Path, **changes: Any) -> Iterator[tuple[Home, Mailbox]]:
    with (
        mailroom.mail_server() as (box, port),
        mailroom.home(folder / "home", port, **changes) as home,
    ):
        yield home, box


def picked(home: Home, reader_id: int, key: str) -> list[int]:
    """The papers that a digest in the log holds, in its order."""
    mail = home.office().log.get(reader_id, key)
    assert mail is not None and mail.content
    return [pick.work_id for pick in Digest.loads(mail.content).picks]


def text_of(box: Mailbox, place: int = -1) -> str:
    body = box.taken[place][1].get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def the_next_day(home: Home, day: str, papers: int) -> None:
    # Papers are called by the length of their titles.
    for number in range(papers):
        home.announce(
            day, f"On kernels of {day}{' once more' * number}{'!' * (int(day[-2:]) % 10)}"
        )
    home.clock.now += timedelta(days=1)


@pytest.mark.parametrize("answer", ["452 full", "550 no such mailbox"])
def test_papers_of_a_digest_that_was_not_sent_come_with_the_next(
    tmp_path: Path, answer: str
) -> None:
    with posted(tmp_path) as (home, box):
        ada = home.reader("ada", *EVERYTHING, minutes=3)
        box.data[ADA] = answer
        home.office().run()
        missed = picked(home, ada.id, "daily 2026-08-20")
        assert len(missed) == 4
        the_next_day(home, "2026-08-21", 9)
        box.data.clear()
        assert home.office().run().sent == 1
        told = picked(home, ada.id, "daily 2026-08-21")
        assert len(told) == 8, "four of the day, as many as the minutes hold, and the four missed"
        assert told[4:] == missed
        text = text_of(box)
        assert "FROM AN EARLIER DIGEST THAT COULD NOT BE SENT" in text
        assert "8 papers, about 6 minutes" in text
        assert set(home.readers.shown.of(ada.id)) == set(told)
        the_next_day(home, "2026-08-22", 1)
        home.office().run()
        assert not set(picked(home, ada.id, "daily 2026-08-22")) & set(told)
        assert "EARLIER DIGEST" not in text_of(box)


def test_days_without_a_server_are_all_told_once_there_is_one(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        ada = home.reader("ada", *EVERYTHING, minutes=3)
        box.data[ADA] = "452 full"
        missed: list[int] = []
        for day in range(21, 26):
            home.office().run()
            known = picked(home, ada.id, f"daily 2026-08-{day - 1}")
            assert known[4:] == missed, "those of the day, then what did not arrive, oldest last"
            missed = known
            the_next_day(home, f"2026-08-{day}", 5)
        box.data.clear()
        assert home.office().run().sent == 1
        told = picked(home, ada.id, "daily 2026-08-25")
        assert told[4:] == missed and len(set(told)) == len(told) == 24
        assert len(box.taken) == 1


def test_what_nobody_answered_for_may_not_have_arrived(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        ada = home.reader("ada", *EVERYTHING, minutes=3)
        home.office().run()
        mail = home.office().log.get(ada.id, "daily 2026-08-20")
        assert mail is not None
        # As it stands where the connection ended before an answer came.
        home.office().log.settle(mail, "unanswered", "the connection ended")
        home.readers.shown.forget(ada.id)
        the_next_day(home, "2026-08-21", 9)
        home.office().run()
        told = picked(home, ada.id, "daily 2026-08-21")
        assert told[4:] == picked(home, ada.id, "daily 2026-08-20")
        assert "FROM AN EARLIER DIGEST THAT MAY NOT HAVE ARRIVED" in text_of(box)


def test_what_was_seen_or_judged_meanwhile_is_not_brought_back(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        ada = home.reader("ada", *EVERYTHING, minutes=3)
        box.data[ADA] = "550 no such mailbox"
        home.office().run()
        seen, judged, *others = picked(home, ada.id, "daily 2026-08-20")
        home.readers.shown.mark(ada.id, "for_you", "2026-08-20", [seen])
        home.readers.acts.do(ada.id, "save", judged)
        the_next_day(home, "2026-08-21", 9)
        box.data.clear()
        home.office().run()
        told = picked(home, ada.id, "daily 2026-08-21")
        assert told[4:] == others


def test_a_first_digest_that_failed_shortens_no_later_one(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        ada = home.reader("ada", *EVERYTHING, minutes=3)
        box.data[ADA] = "452 full"
        home.office().run()
        first = home.office().log.get(ada.id, "daily 2026-08-20")
        assert first is not None
        days = Digest.loads(first.content).first
        the_next_day(home, "2026-08-21", 1)
        home.office().run()
        the_next_day(home, "2026-08-22", 1)
        found = home.office().preview(ada)
        assert found is not None and found.first == days


def test_a_digest_of_a_newer_version_keeps_nobody_from_the_next(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        ada = home.reader("ada", *EVERYTHING, minutes=3)
        home.reader("ben", *EVERYTHING, minutes=3)
        home.office().run()
        with home.catalog.database.write() as connection:
            # As a version leaves it that says more of a digest and of each of its papers.
            change = """UPDATE post SET content = replace(replace(content,
                '"reader_id":', '"mood":"calm","reader_id":'), '"why":', '"sure":0.9,"why":')"""
            connection.exec_driver_sql(change)
        told = picked(home, ada.id, "daily 2026-08-20")
        the_next_day(home, "2026-08-21", 3)
        assert home.office().run().sent == 2
        assert len(box.taken) == 4 and told
        assert not set(picked(home, ada.id, "daily 2026-08-21")) & set(told)


def test_a_digest_that_cannot_be_made_keeps_nobody_else_from_theirs(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        ada = home.reader("ada", *EVERYTHING, minutes=3)
        home.reader("ben", *EVERYTHING, minutes=3)
        home.office().run()
        sent = home.office().log.get(ada.id, "daily 2026-08-20")
        assert sent is not None

        def damaged(content: str) -> None:
            with home.catalog.database.write() as connection:
                change = text("UPDATE post SET content = :to WHERE reader_id = :id AND key = :key")
                connection.execute(change, {"to": content, "id": ada.id, "key": sent.key})

        damaged(sent.content[:40])
        the_next_day(home, "2026-08-21", 3)
        tally = home.office().run()
        assert (tally.made, tally.sent, tally.failed) == (1, 1, 1)
        assert box.taken[-1][0] == "ben@example.org"
        assert home.office().run().failed == 0, "it is not tried every few seconds"
        (named,) = home.office().log.given_up("2026-08-21")
        assert named.answer.startswith("it could not be made (JSONDecodeError")
        damaged(sent.content)
        done = home.office().send_now(ada)
        assert done is not None and done.state == "sent"
        assert len(picked(home, ada.id, "daily 2026-08-21")) == 4


def test_who_changes_from_weekly_to_daily_misses_no_day_between(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        ada = home.reader("ada", ("term", "kernels"), digest="weekly")
        home.clock.now += timedelta(days=2)
        home.announce("2026-08-21", "On kernels of the week")
        assert home.office().run().sent == 1
        for day in range(23, 28):
            the_next_day(home, f"2026-08-{day}", 1)
        home.readers.accounts.update(ada.id, digest="daily")
        assert home.office().run().sent == 1
        titles = [f"On kernels of 2026-08-{day}" for day in range(23, 28)]
        assert all(title in text_of(box) for title in titles)
        assert "On kernels of the week" not in text_of(box)
        assert "5 papers were announced" in text_of(box)


def test_a_digest_that_failed_is_sent_when_it_is_asked_for_by_name(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        ada = home.reader("ada", *EVERYTHING, minutes=3)
        box.data[ADA] = "550 quota"
        mail = home.office().send_now(ada)
        assert mail is not None and (mail.state, mail.answer) == ("failed", "550 quota")
        assert home.office().run().sent == 0, "by itself it is not tried again"
        box.data.clear()
        for _ in range(2):
            mail = home.office().send_now(ada)
            assert mail is not None and mail.state == "sent"
        assert len(box.taken) == 1
        the_next_day(home, "2026-08-21", 1)
        home.office().run()
        assert "EARLIER DIGEST" not in text_of(box)


def test_what_another_digest_brought_is_not_sent_again_by_name(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        ada = home.reader("ada", *EVERYTHING, minutes=3)
        home.clock.now += timedelta(days=2)
        box.data[ADA] = "452 full"
        home.office().run()
        box.data.clear()
        weekly = home.readers.accounts.update(ada.id, digest="weekly")
        assert home.office().run().sent == 1
        daily = home.readers.accounts.update(weekly.id, digest="daily")
        mail = home.office().send_now(daily)
        assert mail is not None and mail.answer == "came with weekly 2026-W34"
        assert len(box.taken) == 1


def test_what_is_met_while_a_digest_waits_is_taken_out_of_it(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        ada = home.reader("ada", *EVERYTHING, minutes=3)
        box.data[ADA] = "451 greylisted"
        home.office().run()
        listed, saved, *others = picked(home, ada.id, "daily 2026-08-20")
        home.readers.shown.mark(ada.id, "for_you", "2026-08-20", [listed])
        home.readers.acts.do(ada.id, "save", saved)
        box.data.clear()
        home.clock.now += timedelta(minutes=5)
        assert home.office().run().sent == 1
        assert picked(home, ada.id, "daily 2026-08-20") == others
        assert "2 papers, about 2 minutes" in text_of(box)
        assert set(home.readers.shown.of(ada.id, "digest")) == set(others)


def test_a_waiting_digest_of_which_all_was_met_is_not_sent(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        ada = home.reader("ada", *EVERYTHING, minutes=3)
        box.data[ADA] = "451 greylisted"
        home.office().run()
        home.readers.shown.mark(
            ada.id, "for_you", "2026-08-20", picked(home, ada.id, "daily 2026-08-20")
        )
        box.data.clear()
        home.clock.now += timedelta(minutes=5)
        tally = home.office().run()
        assert (tally.sent, tally.failed) == (0, 0) and not box.taken
        the_next_day(home, "2026-08-21", 1)
        assert home.office().run().sent == 1
        assert "EARLIER DIGEST" not in text_of(box)


def test_the_operator_is_told_of_a_digest_that_was_given_up(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        home.clock.now = datetime.now(UTC)
        home.announce(home.clock.now.date().isoformat(), "On kernels")
        hour = (home.clock.now - timedelta(hours=1)).hour
        home.reader("ben", *EVERYTHING, digest_hour=hour)
        home.reader("ada", *EVERYTHING, digest_hour=hour)
        box.data[ADA] = "452 mailbox full"
        home.office().run()
        for minutes in (1, 2, 4, 8, 16, 32, 64, 128, 240):
            assert home.office().run().failed == 0
            home.clock.now += timedelta(minutes=minutes)
            tally = home.office().run()
        assert tally.failed == 1
        state, seen, todo = post_health(home.settings, home.catalog)
        assert (state, seen) == (
            "warning",
            "1 sent to 127.0.0.1; 1 digest could not be sent: 452 mailbox full",
        )
        assert "come with the next one" in todo
        box.data.clear()
        home.clock.now += timedelta(days=1)
        assert home.office().run().sent == 1
        assert post_health(home.settings, home.catalog)[0] == "ok"
