from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from broadsheet.editions import long_date, parse_key, plain_date, span_of

DAYS = st.dates(date(1, 1, 1), date(9999, 11, 30))


@pytest.mark.parametrize(
    ("key", "first", "last", "title"),
    [
        ("2026-08-20", "2026-08-20", "2026-08-20", "Thursday 20 August 2026"),
        ("2026-W34", "2026-08-17", "2026-08-23", "Week 34, 17 to 23 August 2026"),
        ("2026-W31", "2026-07-27", "2026-08-02", "Week 31, 27 July to 2 August 2026"),
        ("2026-W01", "2025-12-29", "2026-01-04", "Week 1, 29 December 2025 to 4 January 2026"),
        ("2024-02", "2024-02-01", "2024-02-29", "February 2024"),
    ],
)
def test_a_key_names_its_days_and_its_title(key: str, first: str, last: str, title: str) -> None:
    span = parse_key(key)
    assert span is not None
    assert (span.first, span.last, span.title) == (first, last, title)


@pytest.mark.parametrize(
    "key",
    ["", "today", "2026", "2026-13", "2026-02-30", "2026-W54", "2026-W00", "0000-01-01", "2026-8-2",
     "٢٠٢٦-٠٨-٢٠", "2026-08-20\n", "9999-W53"],
)  # fmt: skip
def test_what_is_no_key_names_nothing(key: str) -> None:
    assert parse_key(key) is None


@given(st.dates(), st.sampled_from(["day", "week", "month"]))
@example(date.max, "week")
@example(date.max, "month")
def test_a_day_lies_in_its_edition_and_the_key_leads_back(day: date, kind: str) -> None:
    span = span_of(kind, day.isoformat())  # type: ignore[arg-type]
    assert span.first <= day.isoformat() <= span.last
    assert parse_key(span.key) == span


@given(DAYS)
def test_weeks_begin_on_monday_and_last_seven_days(day: date) -> None:
    span = span_of("week", day.isoformat())
    first = date.fromisoformat(span.first)
    assert first.weekday() == 0
    assert date.fromisoformat(span.last) - first == timedelta(days=6)


def test_dates_are_told_as_precisely_as_they_are_known() -> None:
    assert [plain_date(d) for d in ("2026-08-02", "2026-08", "2026", "")] == [
        "2 August 2026",
        "August 2026",
        "2026",
        "",
    ]
    assert long_date("2026-08-02") == "Sunday 2 August 2026"
