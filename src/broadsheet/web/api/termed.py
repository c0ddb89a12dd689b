"""The API of terms: a week's, one with its months, and its papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Annotated

from fastapi import Path as InPath
from fastapi import Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from broadsheet.catalog import work_json
from broadsheet.web.api.common import Call, Room
from broadsheet.web.api.models_reading import TermPapers, TermTold, TermWeek
from broadsheet.web.api.paging import Cursor, after, onward
from broadsheet.web.desk import State
from broadsheet.web.policy import allow
from broadsheet.web.terming import resolved

# How many newer papers of a term a cursor looks past to find where it was.
_ARRIVED = 300

Key = Annotated[
    str,
    InPath(
        min_length=1,
        max_length=120,
        description="A term’s key, or the term as it is printed; a hyphen stands for a space.",
        examples=["language-model"],
    ),
]
Until = Annotated[
    str,
    Query(
        pattern=r"^([12]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]))?$",
        description="The week’s last day; empty: the newest that has papers.",
    ),
]
Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]


class TermsApi(Room):
    """Handlers over one site."""

    tag = "Terms"

    def calls(self) -> Sequence[Call]:
        """Terms."""
        return (
            Call("GET", "/terms", self.terms, "The terms of a week", TermWeek),
            Call("GET", "/terms/{key}", self.term, "A term, its months and company", TermTold),
            Call("GET", "/terms/{key}/papers", self.term_papers, "A term’s papers", TermPapers),
        )

    @allow("anyone", scope="read")
    async def terms(self, request: Request, until: Until = "", limit: Limit = 40) -> Response:
        """Those that rise against the eight weeks before, and those of most papers."""

        def make(state: State) -> object:
            last = _day(until) if until else _newest(state)
            week = self.site.terms.week(state, last)
            return {
                "first": week.first,
                "last": week.last,
                "papers": week.papers,
                "rising": [asdict(one) for one in week.rising[:limit]],
                "frequent": [asdict(one) for one in week.frequent[:limit]],
            }

        return await self.shared(request, make)

    @allow("anyone", scope="read")
    async def term(self, request: Request, key: Key) -> Response:
        """Shares are of all papers of a month that were read."""

        def make(state: State) -> object:
            found = self.site.terms.known(state, _known(state, key))
            if found is None:
                raise HTTPException(404)
            return {
                "key": found.stats.key,
                "text": found.stats.text,
                "papers": found.stats.papers,
                "first": found.stats.first,
                "months": [asdict(one) for one in found.trend.months],
                "direction": found.trend.direction,
                "company": [asdict(one) for one in found.company],
            }

        return await self.shared(request, make)

    @allow("anyone", scope="read")
    async def term_papers(
        self, request: Request, key: Key, limit: Limit = 40, cursor: Cursor = ""
    ) -> Response:
        """Newest first."""
        came = after(request, cursor, (0, 0))

        def make(state: State) -> object:
            known = _known(state, key)
            start, last = (int(came[0]), int(came[1])) if came else (0, 0)
            ids, end = _papers(state, known, max(start, 0), last, limit)
            works = state.recent.get_many(ids[:limit])
            more = onward(request, (end, ids[limit - 1])) if len(ids) > limit else None
            return {"key": known, "papers": [work_json(w) for w in works.values()], "next": more}

        return await self.shared(request, make)


def _papers(state: State, key: str, start: int, last: int, limit: int) -> tuple[list[int], int]:
    """At most ``limit`` + 1 papers after ``last``, which was before place ``start``; their end."""
    if not (start and last):
        ids = state.readings.of_term(key, offset=start, limit=limit + 1)
        return ids, start + min(limit, len(ids))
    for extra in (0, _ARRIVED):
        ids = state.readings.of_term(key, offset=start - 1, limit=limit + 2 + extra)
        if last in ids:
            break
    place = ids.index(last) if last in ids else 0
    rest = ids[place + 1 : place + 2 + limit]
    return rest, start + place + min(limit, len(rest))


def _known(state: State, name: str) -> str:
    key, known = resolved(state, name)
    if not known:
        raise HTTPException(404, "No paper that was read has this term.")
    return key


def _newest(state: State) -> str:
    days = state.catalog.days(1)
    return days[0][0] if days else date.today().isoformat()


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise HTTPException(400, "until: there is no such day.") from None
