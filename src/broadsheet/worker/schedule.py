"""When each source is asked, and on which days arXiv announces.

arXiv announces Sunday to Thursday at 20:00 in New York; its OAI-PMH records carry that about
22:30, its feeds at midnight under the date that begins then. A mailing that is deferred (a
holiday) leaves the next morning without a listing.
https://info.arxiv.org/help/availability.html
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

LISTINGS = ("arxiv-rss", "arxiv-atom")
"""The sources that are daily announcements: a listing is expected on each announcing day."""

NEW_YORK = ZoneInfo("America/New_York")
_DAY = timedelta(days=1)
_EVENINGS = frozenset((6, 0, 1, 2, 3))  # Sunday to Thursday
_ANY = frozenset(range(7))

# The holidays that arXiv published, year by year. On a Friday there is no mailing to defer:
# then it is Sunday's.
_HOLIDAYS = {
    2023: "0116 0614 0619 0704 0817 0904 1123 1225 1227",
    2024: "0115 0522 0619 0704 0902 1008 1128 1225 1226 1231",
    2025: "0101 0120 0619 0706 0901 1127 1225 1230",
    2026: "0101 0119 0619 0703 0907 1126 1225 1229 1231",
}


def deferred(evening: date) -> bool:
    """Whether arXiv puts off its mailing of this evening."""
    days = {evening}
    if evening.weekday() == 6:
        days |= {evening - _DAY, evening - 2 * _DAY}
    return any(day in _holidays(day.year) for day in days)


def _holidays(year: int) -> set[date]:
    said = _HOLIDAYS.get(year)
    if said is not None:
        return {date(year, int(day[:2]), int(day[2:])) for day in said.split()}
    return {
        date(year, 1, 1),
        _nth(year, 1, 0, 3),
        date(year, 6, 19),
        date(year, 7, 4),
        _nth(year, 9, 0, 1),
        _nth(year, 11, 3, 4),
        date(year, 12, 25),
        date(year, 12, 31),
    }


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def announces(evening: date) -> bool:
    """Whether arXiv announces papers on this evening in New York."""
    return evening.weekday() in _EVENINGS and not deferred(evening)


def lists(day: date) -> bool:
    """Whether arXiv's feeds bear a listing with this date: the morning after a mailing."""
    return announces(day - _DAY)


def newest_listing(moment: datetime, grace: timedelta = timedelta()) -> date:
    """The newest listing day whose feed has been there for ``grace`` at a moment."""
    day = (moment - grace).astimezone(NEW_YORK).date()
    while not lists(day):
        day -= _DAY
    return day


@dataclass(frozen=True, slots=True)
class Hours:
    """Times of day in a zone, on certain weekdays (0 is Monday)."""

    times: tuple[time, ...]
    zone: tzinfo = UTC
    weekdays: frozenset[int] = _ANY

    def after(self, moment: datetime) -> datetime:
        """The first of them later than a moment, in UTC.

        A local time that daylight saving skips is taken at the same distance from midnight; one
        that comes twice counts once.
        """
        day = moment.astimezone(self.zone).date() - _DAY
        while True:
            for at in self.times if day.weekday() in self.weekdays else ():
                found = datetime.combine(day, at, self.zone).astimezone(UTC)
                if found > moment:
                    return found
            day += _DAY


@dataclass(frozen=True, slots=True)
class Job:
    """One source, asked at its hours."""

    remote: str
    hours: Hours


_ARXIV = (
    Job(
        "arxiv-rss",
        Hours((time(0, 20), time(1, 40), time(5, 0)), NEW_YORK, frozenset(range(5))),
    ),
    Job("arxiv", Hours((time(22, 50),), NEW_YORK, _EVENINGS)),
    # The witness: what neither listing nor records had shows only here.
    Job("arxiv-api", Hours((time(7, 30),), NEW_YORK, frozenset((5,)))),
)
_EVERY_DAY = Hours((time(5, 40),))
_OTHERS = {
    # The day's list grows until it is put away at 21:30 in New York.
    "daily-papers": Hours((time(9, 0), time(15, 0), time(21, 10)), NEW_YORK),
    "feed": Hours((time(5, 10), time(11, 10), time(17, 10), time(23, 10))),
}


def jobs_of(source: str) -> tuple[Job, ...]:
    """What is asked when a source is followed: arXiv by listing, records and witness."""
    if source == "arxiv":
        return _ARXIV
    return (Job(source, _OTHERS.get(source, _EVERY_DAY)),)
