"""A digest is due once a local day, whatever the clocks do."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.editions import is_timely, latest_slot


def at(iso: str) -> datetime:
    return datetime.fromisoformat(iso).astimezone(UTC)


def keys_of_a_year(zone: str, hour: int, start: str = "2026-01-01T00:00:00+00:00") -> list[str]:
    """The digests that a worker which looks every half hour would send."""
    now, sent = at(start), []
    end = now + timedelta(days=366)
    while now < end:
        slot = latest_slot("daily", hour, zone, now)
        if is_timely(slot, now) and slot.key not in sent[-3:]:
            sent.append(slot.key)
        now += timedelta(minutes=30)
    return sent


@pytest.mark.parametrize(
    ("zone", "hour"),
    [
        ("Europe/Berlin", 2),  # skipped in March, twice in October
        ("America/New_York", 1),  # twice in November
        ("America/Santiago", 0),  # midnight itself is skipped
        ("Australia/Lord_Howe", 2),  # half an hour
        ("Asia/Kathmandu", 7),
        ("Pacific/Kiritimati", 23),
    ],
)
def test_every_local_day_of_a_year_has_exactly_one_digest(zone: str, hour: int) -> None:
    sent = keys_of_a_year(zone, hour)
    days = [datetime.fromisoformat(key.removeprefix("daily ")) for key in sent]
    assert len(set(sent)) == len(sent)
    assert all(b - a == timedelta(days=1) for a, b in itertools.pairwise(days))
    assert len(days) in (366, 367)


def test_a_skipped_hour_is_when_the_clock_goes_on() -> None:
    # In Berlin 02:00 to 03:00 did not exist on 29 March 2026.
    slot = latest_slot("daily", 2, "Europe/Berlin", at("2026-03-29T12:00:00+02:00"))
    assert slot.at == at("2026-03-29T03:00:00+02:00")


def test_of_a_repeated_hour_the_first_counts_and_the_second_is_the_same_digest() -> None:
    first = latest_slot("daily", 2, "Europe/Berlin", at("2026-10-25T02:30:00+02:00"))
    second = latest_slot("daily", 2, "Europe/Berlin", at("2026-10-25T02:30:00+01:00"))
    assert first == second
    assert first.at == at("2026-10-25T02:00:00+02:00")


def test_a_day_that_a_zone_leaves_out_has_no_digest_of_its_own() -> None:
    # Samoa went from 29 to 31 December 2011.
    sent = keys_of_a_year("Pacific/Apia", 7, "2011-12-27T00:00:00+00:00")
    assert [key[-2:] for key in sent[1:5]] == ["27", "28", "29", "31"]


def test_a_clock_that_is_set_back_names_the_same_digest() -> None:
    before = latest_slot("daily", 7, "UTC", at("2026-08-20T07:10:00+00:00"))
    set_back = latest_slot("daily", 7, "UTC", at("2026-08-20T06:50:00+00:00"))
    again = latest_slot("daily", 7, "UTC", at("2026-08-20T07:05:00+00:00"))
    assert again.key == before.key
    assert set_back.key == "daily 2026-08-19"
    assert not is_timely(set_back, at("2026-08-20T06:50:00+00:00"))


def test_a_weekly_digest_comes_on_saturday_and_is_named_by_its_week() -> None:
    slot = latest_slot("weekly", 8, "Europe/Berlin", at("2026-08-21T20:00:00+02:00"))
    assert (slot.day, slot.key) == ("2026-08-15", "weekly 2026-W33")
    slot = latest_slot("weekly", 8, "Europe/Berlin", at("2026-08-22T08:00:00+02:00"))
    assert (slot.day, slot.key) == ("2026-08-22", "weekly 2026-W34")


def test_a_machine_that_is_on_in_the_evening_alone_sends_a_digest_a_day() -> None:
    days = range(1, 29)
    evenings = [at(f"2026-08-{day:02}T{hour}:30:00+02:00") for day in days for hour in (19, 23)]
    sent = []
    for now in evenings:
        slot = latest_slot("daily", 7, "Europe/Berlin", now)
        if is_timely(slot, now) and slot.key not in sent:
            sent.append(slot.key)
    assert sent == [f"daily 2026-08-{day:02}" for day in days]
    shortly_before = at("2026-08-29T06:30:00+02:00")
    assert not is_timely(latest_slot("daily", 7, "Europe/Berlin", shortly_before), shortly_before)


def test_a_machine_that_is_on_on_working_days_alone_sends_weekly_digests() -> None:
    monday = at("2026-08-24T09:00:00+02:00")
    slot = latest_slot("weekly", 8, "Europe/Berlin", monday)
    assert slot.key == "weekly 2026-W34"
    assert is_timely(slot, monday)
    friday = at("2026-08-28T09:00:00+02:00")
    assert not is_timely(latest_slot("weekly", 8, "Europe/Berlin", friday), friday)


@pytest.mark.parametrize(
    "name", ["Nowhere/At_All", "../../etc/passwd", "", "Europe", "\0", "x" * 999]
)
def test_a_zone_that_is_none_counts_as_utc(name: str) -> None:
    slot = latest_slot("daily", 7, name, at("2026-08-20T09:00:00+00:00"))
    assert slot.at == at("2026-08-20T07:00:00+00:00")


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    st.integers(0, 23),
    st.sampled_from(["UTC", "America/St_Johns", "Africa/Casablanca", "Asia/Tehran"]),
)
def test_the_newest_digest_is_never_ahead_and_never_two_days_old(
    now: datetime, hour: int, zone: str
) -> None:
    slot = latest_slot("daily", hour, zone, now)
    assert slot.at <= now < slot.at + timedelta(hours=49)
