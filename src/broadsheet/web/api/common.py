"""What the handlers of the API have in common: how they answer, and how papers are named."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from fastapi import Request
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.responses import Response

from broadsheet.catalog import Work
from broadsheet.editions import public_name
from broadsheet.web.desk import State
from broadsheet.web.limits import Allowance
from broadsheet.web.pages.papers import find
from broadsheet.web.reply import JSON, Body, send
from broadsheet.web.site import Site
from broadsheet.web.visitors import Visitor, visitor_of

_FLOOD = Allowance(burst=400, rate=5.0)


class Given(BaseModel):
    """What is sent to us; a field that is not known is refused."""

    model_config = ConfigDict(extra="forbid")


async def answer(
    site: Site, request: Request, work: Callable[[State, Visitor], object], status: int = 200
) -> Response:
    """JSON of what a piece of work gives, for this asker only."""
    visitor = visitor_of(request)
    if request.method not in ("GET", "HEAD"):
        _FLOOD.require(visitor.id if visitor.reader else request.client and request.client.host)
    state = await site.state()
    result = await site.in_thread(lambda: work(state, visitor))
    if status == 204:
        return Response(status_code=204, headers={"Cache-Control": "no-store"})
    content = json.dumps(result, ensure_ascii=False).encode("utf-8", "replace")
    return send(request, Body(content, JSON, status), cache="private, no-cache")


def work_named(state: State, name: str) -> Work:
    """The only work of a name; 404 or 400 otherwise."""
    works = find(state, name).works
    if not works:
        raise HTTPException(404, f"There is no paper “{name[:200]}” here.")
    if len(works) > 1:
        raise HTTPException(400, f"“{name[:200]}” names {len(works)} papers; write source:id.")
    return works[0]


def names_of(state: State, ids: Iterable[int]) -> dict[int, str]:
    """The public names of works that are here."""
    works = state.catalog.get_many(list(dict.fromkeys(ids)))
    return {number: public_name(work.paper) for number, work in works.items()}
