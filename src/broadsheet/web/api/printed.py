"""The API of what is printed for all: editions, what is trending, the ledger, the state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import Path as InPath
from fastapi import Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from broadsheet.editions import Edition, TrendingEntry, parse_key, public_name, trending
from broadsheet.web.api.common import Call, Room
from broadsheet.web.api.models import EditionDays, EditionPage, Ledger, Status, TrendingList
from broadsheet.web.api.paging import Cursor, after, onward
from broadsheet.web.desk import State
from broadsheet.web.pages.about import coverage
from broadsheet.web.pages.ledger import DAYS, MOST_DAYS, ledger_rows
from broadsheet.web.policy import allow
from broadsheet.worker import freshness

_DAY = r"^([12]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]))?$"

Days = Annotated[int, Query(ge=1, le=1000)]
Before = Annotated[str, Query(pattern=_DAY, description="Only days before this one.")]
PageNumber = Annotated[int, Query(ge=1, le=100_000)]
Key = Annotated[
    str,
    InPath(
        pattern=r"^(latest|\d{4}-\d{2}-\d{2}|\d{4}-W\d{2}|\d{4}-\d{2})$",
        description="latest, a day (2026-08-20), a week (2026-W34) or a month (2026-08).",
        examples=["latest"],
    ),
]
AsOf = Annotated[str, Query(pattern=_DAY, description="A past day; empty: now.")]
Category = Annotated[str, Query(max_length=80, examples=["cs.LG"])]
LedgerDays = Annotated[int, Query(ge=1, le=MOST_DAYS, description="How many of the newest days.")]
# PostgreSQL takes no NUL in any text.
Only = Annotated[
    str, Query(max_length=200, pattern=r"^[^\x00]*$", description="Only this one; empty: all.")
]


class PrintedApi(Room):
    """Handlers over one site."""

    tag = "Editions"

    def calls(self) -> Sequence[Call]:
        """Editions and what else is the same for everyone."""
        return (
            Call("GET", "/editions", self.editions, "The days that have an edition", EditionDays),
            Call("GET", "/editions/{key}", self.edition, "An edition", EditionPage),
            Call("GET", "/trending", self.trending, "What readers turn to", TrendingList),
            Call(
                "GET", "/ledger", self.ledger, "What was announced, and what became of it", Ledger
            ),
            Call("GET", "/status", self.status, "What is here, and how far it is filed", Status),
        )

    @allow("anyone", scope="read")
    async def editions(
        self, request: Request, limit: Days = 100, before: Before = "", cursor: Cursor = ""
    ) -> Response:
        """Newest first, with the number of papers announced on each."""
        came = after(request, cursor, ("",))

        def make(state: State) -> object:
            found = state.catalog.days(limit + 1, str(came[0]) if came else before)
            days = [{"date": day, "papers": count} for day, count in found[:limit]]
            more = len(found) > limit
            return {"days": days, "next": onward(request, (found[limit - 1][0],)) if more else None}

        return await self.shared(request, make)

    @allow("anyone", scope="read")
    async def edition(self, request: Request, key: Key, page: PageNumber = 1) -> Response:
        """One page of an edition: leads, then papers in their sections."""
        return await self.shared(request, lambda state: _edition(state, key, page).to_json())

    @allow("anyone", scope="read")
    async def trending(
        self,
        request: Request,
        kind: Literal["day", "week", "month"] = "week",
        as_of: AsOf = "",
        category: Category = "",
        limit: Annotated[int, Query(ge=1, le=200)] = 40,
    ) -> Response:
        """Each score is taken apart. The list of a past day is always the same."""

        def look(state: State, _: object) -> object:
            try:
                found = trending(
                    state.catalog, state.readers, as_of, kind, limit=limit, category=category
                )
            except ValueError as error:
                raise HTTPException(400, str(error)) from error
            return {
                "kind": found.kind,
                "as_of": found.as_of,
                "half_life_days": found.half_life_days,
                "total": found.total,
                "papers": [_trending(entry) for entry in found.entries],
            }

        return await self.own(request, look)

    @allow("anyone", scope="read")
    async def ledger(
        self,
        request: Request,
        days: LedgerDays = DAYS,
        source: Only = "",
        set: Only = "",  # noqa: A002  # in the address
    ) -> Response:
        """Rows newest day first; troubles that are open; to which day the paper is complete."""

        def make(state: State) -> object:
            rows = ledger_rows(state, days, source, set)
            troubles = state.catalog.troubles.all(open_only=True)
            return {
                "freshness": freshness(state.catalog).to_json(),
                "rows": [row.to_json() for row in rows],
                "troubles": [one.to_json() for one in troubles],
            }

        return await self.shared(request, make)

    @allow("anyone", scope="read")
    async def status(self, request: Request) -> Response:
        """Counts, sources and the state of the index."""
        return await self.shared(request, _status)


def _edition(state: State, key: str, page: int) -> Edition:
    span = None if key == "latest" else parse_key(key)
    if span is None and key != "latest":
        raise HTTPException(404, "There is no such day, week or month.")
    found = state.editions.read(span, page) if span else state.editions.latest("day", page)
    if found is None:
        raise HTTPException(404)
    return found


def _trending(entry: TrendingEntry) -> dict[str, Any]:
    return {
        "id": public_name(entry.work.paper),
        "title": entry.work.paper.title,
        "score": entry.score,
        "heat": entry.heat,
        "damped": entry.damped,
        "field": entry.field,
        "typical": entry.typical,
        "parts": [
            {"kind": part.kind, "count": part.count, "heat": part.heat} for part in entry.parts
        ],
    }


def _status(state: State) -> dict[str, object]:
    status = state.status
    index = status and {
        "generation": status.generation,
        "encoder": status.encoder or None,
        "applied_seq": status.applied_seq,
        "papers": status.papers,
        "encoded": status.encoded,
        "pending": status.pending,
        "committed_at": status.committed_at or None,
        "bytes": status.sizes,
    }
    return {
        "papers": state.works,
        "coverage": coverage(state),
        "sources": [{"name": name, "papers": n} for name, n in state.catalog.sources()],
        "index": index,
        "problems": [text for text in (state.index_problem, state.encoder_problem) if text],
    }
