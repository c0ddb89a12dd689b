"""When a reader's digest is due: at their local hour, once a day or once a week.

A digest is named by the local date it belongs to, and a name is used once. So an hour that
daylight saving skips or repeats, a clock that is set back and a reader who travels all give one
digest a day: never two, and none is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Cadence = Literal["daily", "weekly"]

# Saturday: the week's listings are all there, and it is read at the weekend.
WEEKLY_ON = 6
# A machine that is on in the evening alone, or on working days alone, sends what fell due before;
# one that starts shortly before the next digest leaves it to that. Five sixths of the period.
_LATE = {"daily": timedelta(hours=20), "weekly": timedelta(hours=140)}


@dataclass(frozen=True, slots=True)
class Slot:
    """A digest that is due: ``key`` names it (``daily 2026-08-21``, ``weekly 2026-W34``), ``day``
    is its local date and ``at`` the moment it fell due (UTC)."""

    key: str
    cadence: Cadence
    day: str
    at: datetime


def zone_of(name: str) -> ZoneInfo:
    """A time zone by its name; UTC for what names none."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # no such zone, a folder's name, a path
        return ZoneInfo("UTC")


def local_hour(day: date, hour: int, zone: ZoneInfo) -> datetime:
    """The moment (UTC) at which a local hour begins on a day.

    Of a repeated hour the first one; a skipped hour begins where the clock goes on: the offset
    from before the gap (PEP 495, fold=0) puts it exactly there.
    """
    return datetime.combine(day, time(hour), zone).astimezone(UTC)


def latest_slot(cadence: Cadence, hour: int, timezone: str, now: datetime) -> Slot:
    """The newest digest whose time has come; ``now`` with its zone."""
    zone = zone_of(timezone)
    day = now.astimezone(zone).date()
    while True:
        if cadence == "daily" or day.isoweekday() == WEEKLY_ON:
            at = local_hour(day, hour, zone)
            if at <= now:
                return Slot(_key(cadence, day), cadence, day.isoformat(), at)
        day -= timedelta(days=1)


def is_timely(slot: Slot, now: datetime) -> bool:
    """Whether a digest may still be sent: up to twenty hours late, a weekly one till Friday."""
    return slot.at <= now < slot.at + _LATE[slot.cadence]


def _key(cadence: Cadence, day: date) -> str:
    if cadence == "daily":
        return f"daily {day.isoformat()}"
    year, week, _ = day.isocalendar()
    return f"weekly {year:04}-W{week:02}"
