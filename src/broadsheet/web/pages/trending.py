"""Trending: what readers turn to, with each score taken apart, as of any day."""

from __future__ import annotations

import re
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.editions import TrendingEntry, TrendingKind, category_name, trending
from broadsheet.text import Reading
from broadsheet.web.desk import State
from broadsheet.web.pages.own import OwnPages
from broadsheet.web.params import tidy
from broadsheet.web.policy import allow
from broadsheet.web.reply import Body
from broadsheet.web.templating import moment_of
from broadsheet.web.views import Item, item

_KINDS: dict[TrendingKind, str] = {"day": "today", "week": "this week", "month": "this month"}
_PARTS = {
    "upvote": ("vote", "votes"),
    "save": ("save", "saves"),
    "read": ("read", "reads"),
    "open": ("opening", "openings"),
    "external": ("vote elsewhere", "votes elsewhere"),
}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class TrendingView:
    """A paper of the list, its score taken apart."""

    rank: int
    item: Item
    score: str
    parts: tuple[tuple[str, str], ...]
    heat: str
    damped: str
    field: str
    typical: str


class TrendingPages(OwnPages):
    """Handlers over one site."""

    def routes(self) -> list[Route]:
        """The list."""
        return [Route("/trending", self.page, methods=["GET"])]

    @allow("anyone")
    async def page(self, request: Request) -> Response:
        """The list as of a day, by default now."""
        kind, day, category = asked_for(request)

        def make(state: State) -> Body:
            try:
                found = trending(state.catalog, state.readers, day, kind, category=category)
            except ValueError as error:
                raise HTTPException(400, str(error)) from error
            read = state.recent.readings(entry.work.id for entry in found.entries)
            values: dict[str, object] = {
                "here": "/trending",
                "kind": kind,
                "kinds": list(_KINDS.items()),
                "as_of": day,
                "moment": moment_of(found.as_of),
                "category": category,
                "half_life": f"{found.half_life_days:g}",
                "entries": [
                    self._view(rank, entry, read.get(entry.work.id))
                    for rank, entry in enumerate(found.entries, 1)
                ],
                "total": found.total,
            }
            return self.site.render("trending.html", values)

        return await self.site.personal(request, make)

    def _view(self, rank: int, entry: TrendingEntry, reading: Reading | None) -> TrendingView:
        return TrendingView(
            rank,
            item(entry.work, self.site.links, reading, dated=True),
            f"{entry.score:.2f}",
            tuple((_counted(part.kind, part.count), f"{part.heat:.2f}") for part in entry.parts),
            f"{entry.heat:.2f}",
            f"{entry.damped:.2f}" if entry.damped >= 0.005 else "",
            category_name(entry.field) if entry.field else "",
            f"{entry.typical:.2f}",
        )


def asked_for(request: Request) -> tuple[TrendingKind, str, str]:
    """Kind, day ('' is now) and subject that an address asks for; 400 for others."""
    asked = request.query_params.get("kind", "week")
    kind = next((known for known in _KINDS if known == asked), None)
    day = request.query_params.get("as_of", "")
    category = tidy(request.query_params.get("category", ""))[:80].strip()
    if kind is None or (day and not _DAY.fullmatch(day)):
        raise HTTPException(400, "kind is day, week or month; as_of is a day, 2026-01-31.")
    return kind, day, category


def _counted(kind: str, count: int) -> str:
    one, more = _PARTS.get(kind, (kind, kind))
    return f"{count:,} {one if count == 1 else more}"
