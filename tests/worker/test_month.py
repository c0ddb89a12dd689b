"""A short month with the worst of its faults: at its end the catalog is what was announced."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from benchmarks.month import INTERVAL, Month, plan, starter_archive, verdict

from broadsheet.worker import ALARM_RATE, THRESHOLD, expectation, lists
from broadsheet.worker.schedule import Hours, deferred, newest_listing

WANTED = ("stale batch all day", "papers cut out of the feed", "storm of 429",
          "killed while harvesting")  # fmt: skip


def test_a_month_of_faults_loses_nothing(tmp_path: Path) -> None:
    archive = starter_archive("2026-02-09", 30)
    faults = [one for one in plan() if one.name in WANTED]
    for place, one in enumerate(faults):
        one.place = place
    month = Month(tmp_path, archive, archive.days[-5], scale=400.0, faults=faults)
    month.run()
    found = verdict(month)
    assert found.equal, (found.lost, found.outdated, found.extra, found.missing_in_ledger)
    assert found.unnamed == ()
    assert found.open_troubles == () and found.false_alarms == ()
    assert found.closest >= INTERVAL and month.killed == 1


@pytest.mark.parametrize(
    ("evening", "put_off"),
    [
        ("2025-12-25", True), ("2025-12-30", True), ("2025-12-31", False),
        # A holiday on a Friday puts off Sunday's mailing.
        ("2026-06-21", True), ("2026-07-05", True), ("2026-06-18", False),
        # Years whose holidays are not published yet: the usual ones.
        ("2028-11-23", True), ("2028-09-04", True), ("2028-01-17", True), ("2028-01-18", False),
    ],
)  # fmt: skip
def test_holidays_put_mailings_off(evening: str, put_off: bool) -> None:
    day = date.fromisoformat(evening)
    assert deferred(day) == put_off
    assert lists(day + timedelta(days=1)) == (not put_off and day.weekday() not in (4, 5))


def test_the_hours_of_new_york_follow_its_summer_time() -> None:
    from datetime import UTC, datetime, time

    from broadsheet.worker import NEW_YORK

    hours = Hours((time(0, 20),), NEW_YORK, frozenset(range(5)))
    winter = hours.after(datetime(2026, 3, 5, 12, tzinfo=UTC))
    summer = hours.after(datetime(2026, 3, 7, 12, tzinfo=UTC))
    assert (winter, summer) == (
        datetime(2026, 3, 6, 5, 20, tzinfo=UTC),
        datetime(2026, 3, 9, 4, 20, tzinfo=UTC),
    )
    assert newest_listing(datetime(2026, 1, 20, 12, tzinfo=UTC)) == date(2026, 1, 19)


def test_a_quiet_day_has_a_probability() -> None:
    shares = {0: 100, 1: 150, 2: 100, 3: 95, 4: 90}
    start = date(2026, 3, 2)
    days = [start + timedelta(days=n) for n in range(80)]
    past = [(d.isoformat(), shares[d.weekday()] + (d.day % 7) * 4) for d in days if lists(d)]
    monday = expectation(past, "2026-05-25")
    tuesday = expectation(past, "2026-05-26")
    assert monday and tuesday and 1.3 < tuesday.mean / monday.mean < 1.7
    # As many as on any Monday are nothing to speak of on a Tuesday either; a fifth is.
    assert tuesday.at_most(100) > 10 * ALARM_RATE
    assert tuesday.at_most(30) < THRESHOLD
    assert tuesday.at_most(10_000) == pytest.approx(1.0)
    assert expectation(past[:10], "2026-05-25") is None
