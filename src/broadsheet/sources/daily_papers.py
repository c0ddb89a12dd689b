"""Hugging Face Daily Papers: what its readers put forward each day, with their votes.

The papers are arXiv's, so they join the works that are held already; what is new about them are
the day, the votes and what belongs to them. All of it stays in ``extra`` under the names that
the API has for it: ``upvotes``, ``numComments``, ``githubRepo``, ``githubStars``,
``projectPage``, ``ai_keywords``, ``ai_summary`` (with ``ai_summary_model``: machines wrote
these), ``submittedBy``, ``organization``, ``discussionId``, ``daily``.

https://huggingface.co/docs/hub/api; the dialect as `huggingface_hub` 2.4 speaks it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from broadsheet.sources.answers import (
    Fields,
    arrival,
    at,
    day_of,
    days,
    from_cursor,
    json_of,
    listed,
    number,
    text,
    to_cursor,
    unusable,
    whole_batch,
)
from broadsheet.sources.arrival import Arrived, Rejected
from broadsheet.sources.fetching import (
    Announced,
    Client,
    FetchError,
    Listing,
    Page,
    RemoteSettings,
    Want,
    fingerprint,
)
from broadsheet.sources.records import FieldError

NAME = "daily-papers"
ADDRESS = "https://huggingface.co"
FIRST_DAY = "2023-05-04"
"""The first day that has a list."""

_LIMIT = 100  # the most a page may have
_MOST_PAGES = 100
_A_WEEK = 7
# The list of a day is the next one's from 21:30 in New York on.
_TURNS = timedelta(hours=2, minutes=30)
_ZONE = "America/New_York"
_PERIODS = {"daily": "date", "weekly": "week", "monthly": "month"}
_COUNTS = ("upvotes", "numComments", "githubStars")
_KEPT = ("githubRepo", "projectPage", "ai_summary", "ai_summary_model", "discussionId")
_PERSON = ("name", "fullname", "type")


def newest_day(now: datetime) -> date:
    """The day whose list is being made at a moment (with its zone)."""
    return (now.astimezone(ZoneInfo(_ZONE)) + _TURNS).date()


def daily_record(item: Fields, day: str = "") -> dict[str, object]:
    """An entry of the list as a record; ``day`` is that of the list ('': as the entry says).

    The API puts some fields into the wrapper, some into ``paper``, some into both; a flat
    entry (as the search gives it) has no wrapper.
    """
    inner = item.get("paper")
    paper = inner if isinstance(inner, Mapping) else item
    identity = text(paper, "id") or text(item, "id")
    if not identity:
        raise FieldError("has no id")
    record: dict[str, object] = {
        "id": identity,
        "title": text(paper, "title") or text(item, "title"),
        "abstract": text(paper, "summary") or text(item, "summary"),
        "authors": [name for name in map(_author, _either(listed, paper, item, "authors")) if name],
        "published": text(paper, "publishedAt") or text(item, "publishedAt"),
        "announced": day or _day(item, paper),
        "daily": day or _day(item, paper),
        "links": _links(paper, item, identity),
        **signal(item),
    }
    if text(paper, "withdrawnAt"):
        record["withdrawn"] = "withdrawn"
    return record


def signal(item: Fields) -> dict[str, object]:
    """What readers there did with a paper, and what they tied to it, under stable names.

    A count that is not stated is left out: nothing said is not zero.
    """
    inner = item.get("paper")
    paper = inner if isinstance(inner, Mapping) else item
    told: dict[str, object] = {}
    for name in _COUNTS:
        value = number(paper, name)
        value = value if value is not None else number(item, name)
        if value is not None and value >= 0:
            told[name] = value
    for name in _KEPT:
        told[name] = text(paper, name) or text(item, name)
    words = _either(listed, paper, item, "ai_keywords")
    told["ai_keywords"] = [word for word in words if isinstance(word, str) and word.strip()]
    submitter = at(item, "submittedBy") or at(paper, "submittedOnDailyBy")
    told["submittedBy"] = _person(submitter)
    told["organization"] = _person(at(item, "organization") or at(paper, "organization"))
    media = _either(listed, item, paper, "mediaUrls")
    told["mediaUrls"] = [one for one in media if isinstance(one, str)]
    return {name: value for name, value in told.items() if value or type(value) is int}


class DailyPapers:
    """The list by day; the sets ``weekly`` and ``monthly`` ask for longer periods at once.

    A period is small enough to be one page of a sync, which goes on with the next period.
    """

    name = NAME
    description = "Hugging Face Daily Papers: papers that readers put forward, with votes"
    default_sets = ("daily",)

    def __init__(
        self,
        settings: RemoteSettings | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        settings = settings or RemoteSettings()
        self._address = settings.address(NAME, ADDRESS)
        self._token = settings.option(f"{NAME}.token")
        self._clock = clock
        self.host = self._address.partition("://")[2]

    def pages(self, client: Client, want: Want, cursor: str) -> Iterator[Page]:
        """One page a day, week or month from ``since`` (default: a week ago) on."""
        sets = want.sets or self.default_sets
        for name in sets:
            if name not in _PERIODS:
                raise FetchError(
                    f"{NAME}: set {name!r} is not known; known are {', '.join(_PERIODS)}",
                    transient=False,
                )
        newest = newest_day(self._clock())
        since = max(want.since, FIRST_DAY) if want.since else ""
        periods = [
            (name, period)
            for name in sets
            for period in dict.fromkeys(
                _period(name, day) for day in days(since, want.until, newest, _A_WEEK)
            )
        ]
        done = from_cursor(cursor).get("done")
        if isinstance(done, list) and tuple(done) in periods:
            periods = periods[periods.index(tuple(done)) + 1 :]
        for place, (name, period) in enumerate(periods, 1):
            items = self._items(client, name, period)
            following = to_cursor(done=[name, period]) if place < len(periods) else ""
            yield _page(items, name, period, following)
        if not periods:
            yield Page((), cursor="")

    def _items(self, client: Client, name: str, period: str) -> list[object]:
        def walk() -> tuple[list[object], int | None]:
            items: list[object] = []
            for page in range(_MOST_PAGES):
                part = self._ask(client, {_PERIODS[name]: period}, page)
                items += part
                if len(part) < _LIMIT:
                    return items, len(items) if page == 0 else None
            return items, None

        return whole_batch(walk, _key)

    def _ask(self, client: Client, period: dict[str, str], page: int) -> list[object]:
        params = {"p": str(page), "limit": str(_LIMIT), "sort": "publishedAt", **period}
        headers = {"authorization": f"Bearer {self._token}"} if self._token else {}
        answer = client.get(
            f"{self._address}/api/daily_papers", params, headers, accept="application/json"
        )
        data = json_of(answer)
        if not isinstance(data, list):
            raise unusable(answer, "a list of papers")
        return data


def _page(items: Sequence[object], name: str, period: str, cursor: str) -> Page:
    day = period if name == "daily" else ""
    arrived: list[Arrived | Rejected] = [
        arrival(lambda raw: daily_record(raw, day), item, place, NAME)
        for place, item in enumerate(items, 1)
    ]
    papers = [one.paper for one in arrived if isinstance(one, Arrived)]
    announced = [
        Announced(name, paper.announced, paper.id, "listed") for paper in papers if paper.announced
    ]
    listing = Listing(name, day, "", fingerprint(paper.id for paper in papers), len(items))
    return Page(tuple(arrived), tuple(announced), (listing,) if day else (), cursor)


def _period(name: str, day: str) -> str:
    if name == "daily":
        return day
    if name == "monthly":
        return day[:7]
    year, week, _ = day_of(day).isocalendar()
    return f"{year}-W{week:02}"


def _key(item: object) -> object:
    return text(item, "paper", "id") or text(item, "id") or repr(item)


def _either(
    read: Callable[..., list[object]], one: object, other: object, name: str
) -> list[object]:
    return read(one, name) or read(other, name)


def _day(item: Fields, paper: Fields) -> str:
    return (text(paper, "submittedOnDailyAt") or text(item, "submittedOnDailyAt"))[:10]


def _author(author: object) -> str:
    """A name; those that the paper's page hides are hidden here too."""
    if at(author, "hidden") is True:
        return ""
    return author.strip() if isinstance(author, str) else text(author, "name")


def _person(value: object) -> dict[str, str]:
    if isinstance(value, str):
        return {"name": value}
    named = {name: text(value, name) for name in _PERSON}
    named["name"] = named["name"] or text(value, "user")
    return {name: said for name, said in named.items() if said}


def _links(paper: Fields, item: Fields, identity: str) -> list[dict[str, str]]:
    found = [
        (text(paper, "githubRepo") or text(item, "githubRepo"), "code"),
        (text(paper, "projectPage") or text(item, "projectPage"), "project"),
        (f"{ADDRESS}/papers/{identity}", "other"),
    ]
    return [
        {"url": url, "kind": kind}
        for url, kind in found
        if url.lower().startswith(("http://", "https://"))
    ]
