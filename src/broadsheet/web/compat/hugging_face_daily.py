"""The daily papers of Hugging Face's API: which papers, in which order.

A batch of a day, a week or a month is ordered by upvotes, then as it was listed. Without one the
newest come first. ``trending`` puts what readers turn to first and lets the rest follow.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import select
from starlette.exceptions import HTTPException
from starlette.requests import Request

from broadsheet.catalog import metadata
from broadsheet.editions import STARTER, Span, TrendingKind, parse_key, trending
from broadsheet.web.compat.hugging_face_papers import counted
from broadsheet.web.compat.replies import choice, number, text
from broadsheet.web.desk import State

USUAL, MOST = 50, 100
_LAST_PAGE = 100_000
# Their day ends when the next one's papers are out.
_NEW_YORK = ZoneInfo("America/New_York")
_ROLLOVER = timedelta(hours=24) - timedelta(hours=21, minutes=30)
_MOST_TRENDING = 1_000
_FIRST, _LAST = "0", "9999-12-31"
_KINDS: dict[str, TrendingKind] = {"day": "day", "week": "week", "month": "month"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the daily papers is asked for; no span: all of them."""

    span: Span | None
    submitter: str
    trending: bool
    page: int
    limit: int

    @staticmethod
    def of(request: Request) -> Asked:
        """Read from an address; 400 where it does not read."""
        return Asked(
            _span(request),
            text(request, "submitter", 200),
            choice(request, "sort", ("publishedAt", "trending"), "publishedAt") == "trending",
            number(request, "p", 0, 0, _LAST_PAGE),
            number(request, "limit", USUAL, 1, MOST),
        )


def feed_day(now: datetime) -> str:
    """The day whose papers are today's: it begins at 21:30 in New York on the evening before."""
    return (now.astimezone(_NEW_YORK) + _ROLLOVER).date().isoformat()


def _span(request: Request) -> Span | None:
    given = {
        name: value
        for name in ("date", "week", "month")
        if (value := request.query_params.get(name)) is not None
    }
    if len(given) > 1:
        raise HTTPException(400, "Give one of date, week and month, not several.")
    for name, value in given.items():
        key = feed_day(datetime.now(UTC)) if (name, value) == ("date", "today") else value
        found = parse_key(key)
        if found is None or found.kind != {"date": "day"}.get(name, name):
            example = {"date": "2025-02-28", "week": "2025-W09", "month": "2025-02"}[name]
            raise HTTPException(400, f"{name}: {example} is the form that is wanted")
        return found
    return None


def daily(state: State, asked: Asked) -> tuple[list[int], bool]:
    """The works of one page, and whether more follow."""
    start, end = asked.page * asked.limit, (asked.page + 1) * asked.limit
    if asked.span is None and not asked.submitter and not asked.trending:
        found = _newest(state, start, asked.limit + 1)
        return found[: asked.limit], len(found) > asked.limit
    if asked.span is None and asked.trending and not asked.submitter:
        first = _hot(state, None)
        seen = set(first)
        rest = _newest(state, 0, end + 1)
        ids = first + [number_ for number_ in rest if number_ not in seen]
        return ids[start:end], len(ids) > end
    ids = _batch(state, asked)
    if asked.trending:
        order = {number_: place for place, number_ in enumerate(_hot(state, asked.span))}
        ids.sort(key=lambda number_: order.get(number_, len(order)))
    return ids[start:end], len(ids) > end


def _newest(state: State, offset: int, limit: int) -> list[int]:
    """The newest day's first; the shelf of a home that has met no listing."""
    if state.catalog.days(1):
        return state.catalog.between(_FIRST, _LAST, offset=offset, limit=limit)
    sources = [name for name, _ in state.catalog.sources()]
    if not sources:
        return []
    source = STARTER if STARTER in sources else sources[0]
    return state.catalog.shelf(source, offset=offset, limit=limit)


def _batch(state: State, asked: Asked) -> list[int]:
    """All works of a span, or those of a submitter in it, most upvotes first."""
    if asked.submitter:
        works = _submitted(state, asked.submitter)
        days = {number_: work.announced for number_, work in state.catalog.get_many(works).items()}
        if asked.span is not None:
            first, last = asked.span.first, asked.span.last
            days = {number_: day for number_, day in days.items() if first <= day <= last}
        ids = sorted(days, key=lambda number_: (days[number_], -number_), reverse=True)
        if asked.span is None:
            return ids
    else:
        span = asked.span
        ids = [one.work_id for one in state.catalog.listing(span.first, span.last)] if span else []
    votes = _votes(state, ids, asked.span)
    return sorted(ids, key=lambda number_: -votes.get(number_, 0))


def _submitted(state: State, name: str) -> list[int]:
    reader = state.readers.accounts.by_name(name)
    if reader is None:
        return []
    submissions = state.readers.community.submissions.of(reader.id)
    return list(dict.fromkeys(one.work_id for one in submissions if one.state == "here"))


def _votes(state: State, ids: list[int], span: Span | None) -> dict[int, int]:
    """Readers' votes, and those that sources counted."""
    found = dict(state.readers.acts.votes(ids)) if ids else {}
    for number_, votes in _counted_outside(state, ids, span).items():
        found[number_] = found.get(number_, 0) + votes
    return found


def _counted_outside(state: State, ids: Iterable[int], span: Span | None) -> dict[int, int]:
    """What sources counted, read from the records alone that say something of it."""
    if span is None:
        return {}
    works, records = metadata.tables["works"], metadata.tables["records"]
    query = (
        select(works.c.id, records.c.extra)
        .join(records, records.c.id == works.c.record_id)
        .where(
            works.c.alive == 1,
            works.c.announced >= span.first,
            works.c.announced <= span.last,
            records.c.extra.contains('"upvotes"', autoescape=True),
        )
    )
    wanted = set(ids)
    with state.catalog.database.read() as connection:
        rows = [row for row in connection.execute(query) if row[0] in wanted]
    return {number_: counted(orjson.loads(extra).get("upvotes")) for number_, extra in rows}


def _hot(state: State, span: Span | None) -> list[int]:
    """What readers turn to, hottest first: now, or at the end of a span."""
    kind: TrendingKind = _KINDS[span.kind] if span else "week"
    last = span.last if span else ""
    as_of = last if last and last < datetime.now(UTC).date().isoformat() else ""
    found = trending(state.catalog, state.readers, as_of, kind, limit=_MOST_TRENDING)
    return [entry.work.id for entry in found.entries]
