"""A machine whose clock was far ahead once: nothing is silent or told again when it is right."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from broadsheet.worker.posting_log import stamp
from tests.worker.test_posting import GALAXIES, logged, posted, text_of

_AHEAD = timedelta(days=800)


def test_what_a_server_put_off_under_a_clock_ahead_is_sent_when_it_is_right(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        ada = home.reader("ada", GALAXIES, digest="off")
        right = home.clock.now
        home.clock.now += _AHEAD
        office, link = home.office(), "https://paper.example.org/mail/confirm/secret"
        words = ("Confirm your address", ["Somebody gave this address."])
        made = stamp(home.clock.now)
        office.log.put(office.writing.letter(ada, "ada@example.org", *words, link, made))
        box.data["ada@example.org"] = "452 full"
        assert home.office().run().put_off == 1
        home.clock.now = right + timedelta(hours=1)
        box.data.clear()
        assert home.office().run().sent == 1
        assert len(box.taken) == 1


def test_a_digest_that_did_not_arrive_comes_with_the_next_after_the_clock_was_ahead(
    tmp_path: Path,
) -> None:
    with posted(tmp_path) as (home, box):
        home.reader("ada", GALAXIES)
        right = home.clock.now
        home.clock.now += _AHEAD
        home.office().run()
        assert len(box.taken) == 1
        home.clock.now = right + timedelta(days=1)
        home.announce("2026-08-21", "On galaxies, one that is refused")
        box.data["ada@example.org"] = "554 no"
        assert home.office().run().failed == 1
        box.data.clear()
        home.announce("2026-08-22", "On galaxies, the one after it")
        home.clock.now = right + timedelta(days=2)
        assert home.office().run().sent == 1
        assert "the one after it" in text_of(box)
        assert "one that is refused" in text_of(box), "it was told under no other"


def test_each_digest_counts_what_came_since_the_one_before_it(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        home.reader("ada", GALAXIES)
        right = home.clock.now
        home.clock.now += _AHEAD
        home.office().run()
        for days, title in ((1, "On galaxies, once"), (2, "On galaxies, and twice")):
            home.clock.now = right + timedelta(days=days)
            home.announce(f"2026-08-{20 + days}", title)
            assert home.office().run().sent == 1
            assert f"1. {title}" in text_of(box)
            assert f"1 paper was announced, {20 + days} August 2026." in text_of(box)


def test_the_day_that_was_told_too_early_has_its_digest_too(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        ada = home.reader("ada", GALAXIES)
        right = home.clock.now
        home.clock.now += timedelta(days=30)
        assert home.office().run().sent == 1
        early = logged(home, ada.id, "daily 2026-09-19")
        home.clock.now = right + timedelta(hours=1)
        assert home.office().run().sent == 0
        home.announce("2026-09-19", "On galaxies, a month later")
        home.clock.now = right + timedelta(days=30)
        assert home.office().run().sent == 1
        assert home.office().run().sent == 0
        assert "a month later" in text_of(box)
        assert len(set(box.ids())) == 2, "one that had this id would be taken for the same mail"
        assert logged(home, ada.id, "daily 2026-09-19").message_id == early.message_id


def test_a_clock_set_back_by_hours_gives_no_second_digest(tmp_path: Path) -> None:
    with posted(tmp_path) as (home, box):
        home.reader("ada", GALAXIES)
        home.office().run()
        home.clock.now -= timedelta(minutes=50)
        assert home.office().run().sent == 0
        home.clock.now += timedelta(hours=3)
        home.announce("2026-08-20", "On galaxies, later that day")
        assert home.office().run().sent == 0
        assert len(box.taken) == 1
