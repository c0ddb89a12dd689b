"""What an archive announced on which day: papers, new versions, cross-lists, deletions."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from typing import Literal

Kind = Literal["new", "replace", "deleted"]
CC_BY = "http://creativecommons.org/licenses/by/4.0/"
ARXIV_ONLY = "http://arxiv.org/licenses/nonexclusive-distrib/1.0/"


@dataclass(frozen=True, slots=True)
class Submission:
    """A paper in one version. ``id`` has none; authors are (given, family, affiliation)."""

    id: str
    version: int
    title: str
    abstract: str
    authors: tuple[tuple[str, str, str], ...]
    categories: tuple[str, ...]
    submitted: datetime
    """Of the first version."""
    revised: datetime
    """Of this one."""
    comment: str = ""
    doi: str = ""
    journal_ref: str = ""
    license: str = ARXIV_ONLY


@dataclass(frozen=True, slots=True)
class Announcement:
    """A line of a day's announcement."""

    day: str
    kind: Kind
    paper: Submission


@dataclass(frozen=True, slots=True)
class Archive:
    """All announcements in their order, and the days on which there were any."""

    announcements: tuple[Announcement, ...]
    days: tuple[str, ...]
    by_day: dict[str, list[Announcement]] = field(init=False, repr=False, compare=False)
    _standing: dict[str, dict[str, Announcement]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        by_day: dict[str, list[Announcement]] = {day: [] for day in self.days}
        for one in self.announcements:
            by_day[one.day].append(one)
        object.__setattr__(self, "by_day", by_day)

    def standing(self, today: str) -> dict[str, Announcement]:
        """The last announcement of each id up to a day, by id, in order of that day."""
        known = self._standing.get(today)
        if known is not None:
            return known
        standing: dict[str, Announcement] = {}
        for one in self.announcements:
            if one.day <= today:
                standing.pop(one.paper.id, None)
                standing[one.paper.id] = one
        self._standing.clear()
        self._standing[today] = standing
        return standing

    def last_day(self, today: str) -> str:
        """The last day up to today with an announcement; '' before the first."""
        return max((day for day in self.days if day <= today), default="")

    def day_before(self, day: str) -> str:
        """The announcement day before one; '' for the first."""
        return max((one for one in self.days if one < day), default="")


def in_set(categories: Sequence[str], name: str) -> bool:
    """Whether a paper of these categories is in a set, ``cs`` or ``cs.AI``."""
    return any(one == name or one.startswith(f"{name}.") for one in categories)


def kind_in(announcement: Announcement, name: str) -> str:
    """How the feed of a set announces it: as its own or as a cross-list."""
    own = in_set(announcement.paper.categories[:1], name)
    match announcement.kind:
        case "new":
            return "new" if own else "cross"
        case "replace":
            return "replace" if own else "replace-cross"
        case _:
            return announcement.kind


def starter_papers() -> list[Mapping[str, object]]:
    """The papers of the starter edition."""
    file = resources.files("broadsheet.sources") / "starter" / "papers.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]


def listing_days(first: date, days: int, holidays: Iterable[date] = ()) -> list[date]:
    """The next so many days on which there is a listing: Monday to Friday but holidays."""
    free = frozenset(holidays)
    found: list[date] = []
    day = first
    while len(found) < days:
        if day.weekday() < 5 and day not in free:
            found.append(day)
        day += timedelta(days=1)
    return found


def archive_of(
    papers: Sequence[Mapping[str, object]],
    first: date,
    days: int,
    *,
    categories: Sequence[str] = ("cs.AI", "cs.CL", "cs.CV", "cs.LG", "stat.ML"),
    per_day: int | None = None,
    revised: float = 0.3,
    withdrawn: float = 0.01,
    deleted: int = 2,
    holidays: Iterable[date] = (),
    seed: int = 7,
) -> Archive:
    """An archive in which papers (``title``, ``abstract`` or ``summary``) are announced.

    They come in their order, ``per_day`` a day (by default all, evenly, as weekdays differ).
    A part of them comes again as a new version some days later, a few of these withdrawn, and
    ``deleted`` of them are taken away at the end.
    """
    chance = random.Random(seed)
    calendar = listing_days(first, days, holidays)
    made: list[Announcement] = []
    later: dict[date, list[Submission]] = {day: [] for day in calendar}
    counts = _counts(calendar, len(papers), per_day, chance)
    rest = iter(papers)
    months: dict[str, int] = {}
    for place, (day, count) in enumerate(zip(calendar, counts, strict=True)):
        for record, _ in zip(rest, range(count), strict=False):
            month = f"{day:%y%m}"
            months[month] = months.get(month, 0) + 1
            paper = _submission(record, f"{month}.{months[month]:05}", day, categories, chance)
            made.append(Announcement(day.isoformat(), "new", paper))
            if chance.random() < revised and place + 1 < days:
                later[calendar[chance.randrange(place + 1, days)]].append(paper)
        for paper in later[day]:
            again = _next_version(paper, day, chance.random() < withdrawn / max(revised, 1e-9))
            made.append(Announcement(day.isoformat(), "replace", again))
    gone = [one.paper for one in made if one.kind == "new"][:: max(1, len(papers) // 5)][:deleted]
    made += [Announcement(calendar[-1].isoformat(), "deleted", paper) for paper in gone]
    return Archive(tuple(made), tuple(day.isoformat() for day in calendar))


# What arXiv gets from Monday to Friday, as shares of a week: Tuesday's listing is the longest.
_SHARES = (0.20, 0.23, 0.20, 0.19, 0.18)


def _counts(
    calendar: Sequence[date], papers: int, per_day: int | None, chance: random.Random
) -> Iterator[int]:
    total = papers if per_day is None else per_day * len(calendar)
    weights = [_SHARES[day.weekday()] * chance.uniform(0.9, 1.1) for day in calendar]
    given, weight = 0, 0.0
    for one in weights:
        weight += one
        upto = round(total * weight / sum(weights))
        yield upto - given
        given = upto


def _submission(
    record: Mapping[str, object],
    identity: str,
    day: date,
    categories: Sequence[str],
    chance: random.Random,
) -> Submission:
    own = [one for one in str(record.get("categories") or "").split() if one]
    drawn = own or chance.sample(categories, min(len(categories), chance.choice((1, 1, 2, 2, 3))))
    # What is sent in until 14:00 in New York is announced that evening for the next day.
    moment = datetime.combine(day - timedelta(days=2), time(19), UTC) + timedelta(
        minutes=chance.randrange(60 * 20)
    )
    if day.weekday() == 0:  # Monday lists Friday's
        moment -= timedelta(days=2)
    return Submission(
        id=identity,
        version=1,
        title=str(record.get("title") or ""),
        abstract=str(record.get("abstract") or record.get("summary") or ""),
        authors=_authors(record.get("authors"), chance),
        categories=tuple(drawn),
        submitted=moment,
        revised=moment,
        comment=chance.choice(("", "12 pages, 5 figures", "Accepted at a workshop")),
        license=chance.choice((CC_BY, ARXIV_ONLY)),
    )


def _authors(known: object, chance: random.Random) -> tuple[tuple[str, str, str], ...]:
    if isinstance(known, list) and known:
        names = [str(one.get("name") if isinstance(one, dict) else one) for one in known]
        return tuple((*_parted(name), "") for name in names)
    given = ("Ada", "Grace", "Alan", "Emmy", "Kurt", "Sofia", "Karl", "Rosa")
    family = ("Lovelace", "Hopper", "Turing", "Noether", "Gödel", "Kovalevskaya", "Gauss", "Peter")
    return tuple(
        (chance.choice(given), chance.choice(family), chance.choice(("", "Institute of Examples")))
        for _ in range(chance.randrange(1, 5))
    )


def _parted(name: str) -> tuple[str, str]:
    given, _, family = name.strip().rpartition(" ")
    return given, family


def _next_version(paper: Submission, day: date, withdrawn: bool) -> Submission:
    moment = datetime.combine(day - timedelta(days=1), time(12), UTC)
    version = paper.version + 1
    if withdrawn:
        said = "This paper has been withdrawn by the authors due to an error in Lemma 2."
        return replace(paper, version=version, revised=moment, comment=said)
    return replace(
        paper, version=version, revised=moment, abstract=f"{paper.abstract} Extended results."
    )
