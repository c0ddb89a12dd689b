"""What the handlers of the API have in common: how they answer, and how papers are named."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

import orjson
from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from broadsheet.catalog import Work
from broadsheet.editions import public_name
from broadsheet.web.api.repeating import Repeats
from broadsheet.web.desk import State
from broadsheet.web.limits import Allowance
from broadsheet.web.pages.papers import find
from broadsheet.web.reply import JSON, Body, ready, send
from broadsheet.web.site import Site
from broadsheet.web.visitors import SAFE, Visitor, visitor_of

_FLOOD = Allowance(burst=400, rate=5.0)
LARGEST = 2**53 - 1  # the whole numbers that every reader of JSON keeps

PaperId = Annotated[
    str,
    Path(
        min_length=1,
        max_length=2000,
        description="An arXiv id in any form, a DOI, an id of another source, or an address.",
        examples=["1706.03762"],
    ),
]
Number = Annotated[int, Path(ge=1, le=LARGEST)]
Name = Annotated[str, Field(max_length=500)]
PaperName = Annotated[str, Field(min_length=1, max_length=2000, examples=["1706.03762"])]
WholeNumber = Annotated[int, Field(ge=0, le=LARGEST)]


class Given(BaseModel):
    """What is sent to us; a field that is not known is refused, and so is one of another type."""

    model_config = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, slots=True)
class Call:
    """One operation; without ``gives`` the answer is empty (204)."""

    method: str
    path: str
    handler: Callable[..., Awaitable[Response]]
    summary: str
    gives: type[BaseModel] | None = None
    status: int = 200


class Room(ABC):
    """A part of the API over one site; ``tag`` heads it in the description."""

    tag = ""

    def __init__(self, site: Site, repeats: Repeats) -> None:
        self.site = site
        self._repeats = repeats

    @abstractmethod
    def calls(self) -> Sequence[Call]:
        """Its operations."""

    def add_to(self, api: APIRouter) -> None:
        """Adds the routes; what is read can also be asked for with HEAD, undescribed."""
        for call in self.calls():
            api.add_api_route(
                call.path,
                call.handler,
                methods=[call.method],
                summary=call.summary,
                operation_id=call.handler.__name__,
                tags=[self.tag],
                response_class=JSONResponse if call.gives else Response,
                response_model=call.gives,
                status_code=call.status if call.gives else 204,
            )
            if call.method == "GET":
                api.add_api_route(
                    call.path, call.handler, methods=["HEAD"], include_in_schema=False
                )

    async def shared(self, request: Request, make: Callable[[State], object]) -> Response:
        """An answer that is the same for everyone; kept until something changes."""

        def body(state: State) -> Body:
            return _body(make(state))

        key = f"api {request.url.path}?{request.url.query}"
        return await self.site.answer(request, key, body)

    async def own(
        self, request: Request, work: Callable[[State, Visitor], object], status: int = 200
    ) -> Response:
        """An answer for this asker only. A write that was sent before under the same
        ``Idempotency-Key`` is answered as it was then, and not done again."""
        return await _answered(self.site, request, work, status, self._repeats)


async def answer(
    site: Site, request: Request, work: Callable[[State, Visitor], object], status: int = 200
) -> Response:
    """JSON of what a piece of work gives, for this asker only, and a flood of writing ends.

    For protocols of others, which do not pass our gate.
    """
    visitor = visitor_of(request)
    if request.method not in SAFE:
        _FLOOD.require(visitor.id if visitor.reader else request.client and request.client.host)
    return await _answered(site, request, work, status, None)


async def _answered(
    site: Site,
    request: Request,
    work: Callable[[State, Visitor], object],
    status: int,
    repeats: Repeats | None,
) -> Response:
    visitor = visitor_of(request)

    async def do() -> Body:
        state = await site.state()
        return await site.in_thread(lambda: made(state))

    def made(state: State) -> Body:
        result = work(state, visitor)
        return Body(b"", JSON, 204) if status == 204 else ready(request, _body(result, status))

    key = request.headers.get("idempotency-key")
    if repeats and key is not None and request.method == "POST" and visitor.reader:
        asked = (visitor.id, request.url.path, key)
        body = await repeats.once(asked, await request.body(), do)
    else:
        body = await do()
    if body.status == 204:
        return Response(status_code=204, headers={"Cache-Control": "no-store"})
    cache = "private, no-cache" if request.method in ("GET", "HEAD") else "no-store"
    return send(request, body, cache=cache)


def _body(result: object, status: int = 200) -> Body:
    headers: dict[str, str] = {}
    if isinstance(result, dict) and str(onward := result.get("next") or "").startswith("/"):
        headers["Link"] = f'<{onward}>; rel="next"'
    return Body(as_json(result), JSON, status, headers)


def as_json(value: object) -> bytes:
    """A value as JSON in UTF-8; half characters of a record become question marks."""
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:  # numbers beyond 64 bits or half characters in a record's own fields
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


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


class HasWork(Protocol):
    """A row that names a work."""

    @property
    def work_id(self) -> int:
        """The work; 0 for none."""
        ...


def names_in(state: State, rows: Iterable[HasWork]) -> Mapping[int, str]:
    """`names_of` for the works that rows name."""
    return names_of(state, [row.work_id for row in rows if row.work_id])


def titled(state: State, ids: Iterable[int]) -> list[dict[str, Any]]:
    """Papers by name and title, in this order; those that are gone are left out."""
    works = state.recent.get_many(list(ids))
    return [{"id": public_name(w.paper), "title": w.paper.title} for w in works.values()]
