"""Which days an edition covers, and what it is called.

An edition's key is its ISO date: ``2026-08-20`` (day), ``2026-W34`` (week, from Monday),
``2026-08`` (month).
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Kind = Literal["day", "week", "month"]

_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """The days of one edition, first and last included (ISO)."""

    kind: Kind
    key: str
    first: str
    last: str

    @property
    def title(self) -> str:
        """``Thursday 20 August 2026``, ``Week 34, 17 to 23 August 2026``, ``August 2026``."""
        first, last = date.fromisoformat(self.first), date.fromisoformat(self.last)
        match self.kind:
            case "day":
                return long_date(self.first)
            case "week":
                start = f"{first.day}"
                if first.month != last.month:
                    start += f" {_MONTHS[first.month - 1]}"
                if first.year != last.year:
                    start += f" {first.year}"
                return f"Week {int(self.key[-2:])}, {start} to {plain_date(self.last)}"
            case "month":
                return f"{_MONTHS[first.month - 1]} {first.year}"

    @property
    def possessive(self) -> str:
        """Whose paper it is, for the line that ends it: ``Thursday's``, ``August's``."""
        day = date.fromisoformat(self.first)
        match self.kind:
            case "day":
                return f"{_WEEKDAYS[day.weekday()]}’s"
            case "week":
                return "the week’s"
            case "month":
                return f"{_MONTHS[day.month - 1]}’s"


def weekday(iso: str) -> str:
    """The English name of a day's weekday."""
    return _WEEKDAYS[date.fromisoformat(iso).weekday()]


def plain_date(iso: str) -> str:
    """An ISO date of any precision in words: ``20 August 2026``, ``August 2026``, ``2026``."""
    year, month, day = (*iso.split("-"), "", "")[:3]
    words = [str(int(day)) if day else "", _MONTHS[int(month) - 1] if month else "", year]
    return " ".join(word for word in words if word)


def long_date(iso: str) -> str:
    """A day with its weekday: ``Thursday 20 August 2026``."""
    return f"{weekday(iso)} {plain_date(iso)}"


def span_of(kind: Kind, day: str) -> Span:
    """The edition of a kind that a day belongs to; ValueError for no such day."""
    start = date.fromisoformat(day)
    match kind:
        case "day":
            return Span("day", day, day, day)
        case "week":
            year, week, weekday_number = start.isocalendar()
            first = start - timedelta(days=weekday_number - 1)
            last = first + min(timedelta(days=6), date.max - first)
            return Span("week", f"{year:04}-W{week:02}", first.isoformat(), last.isoformat())
        case "month":
            first = start.replace(day=1)
            last = start.replace(day=monthrange(start.year, start.month)[1])
            return Span("month", day[:7], first.isoformat(), last.isoformat())


def parse_key(key: str) -> Span | None:
    """The span an edition's key names; None when it names none."""
    try:
        if _DAY.fullmatch(key):
            return span_of("day", key)
        if match := _WEEK.fullmatch(key):
            return span_of(
                "week", date.fromisocalendar(int(match[1]), int(match[2]), 1).isoformat()
            )
        if _MONTH.fullmatch(key):
            return span_of("month", f"{key}-01")
    except (ValueError, OverflowError):
        return None
    return None
