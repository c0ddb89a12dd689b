"""Agents over HTTP: one POST, one answer; no session is kept, so none can be left behind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.web import csrf
from broadsheet.web.addresses import address_of
from broadsheet.web.limits import Allowance, too_many
from broadsheet.web.mcp.asking import Asking
from broadsheet.web.mcp.greeting import instructions
from broadsheet.web.policy import allow
from broadsheet.web.site import Site
from broadsheet.web.visitors import Visitor, visitor_of

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext

    from broadsheet.web.mcp.running import Running

BODY_BYTES = 200_000
_READ_SECONDS = 20.0
_ANSWER_SECONDS = 60.0
_AT_ONCE = 16
_TOLD_SECONDS = 30.0
_WAIT = "broadsheet.wait"


class McpRoutes:
    """The route over one site. A token's scope write brings the tools that change something."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._flood = Allowance(burst=300, rate=5.0)
        self._running: Running | None = None
        self._waiting = 0
        # What the server says of itself, of which state and when.
        self._told = ""
        self._told_of: tuple[str, str] | None = None
        self._told_at = 0.0

    def routes(self) -> list[Route]:
        """``/mcp``."""
        return [
            Route("/mcp", self.talk, methods=["POST"]),
            Route("/mcp", self.silent, methods=["GET", "DELETE", "PUT", "PATCH"]),
        ]

    @allow("anyone", scope="read")
    async def silent(self, request: Request) -> Response:
        """No stream from us and no session to end: as the protocol says, 405."""
        del request
        raise HTTPException(405, "Agents ask here with POST.", {"Allow": "POST"})

    @allow("anyone", scope="read", body=BODY_BYTES)
    async def talk(self, request: Request) -> Response:
        """One message of an agent and the answer to it."""
        if why := csrf.foreign(request):
            raise HTTPException(403, f"Nothing was done: {why}.")
        visitor = visitor_of(request)
        key = visitor.id if visitor.reader else request.client and request.client.host
        # An agent mends what a tool tells it, where a client would only report a status.
        request.scope[_WAIT] = self._flood.take(key)
        if self._waiting >= _AT_ONCE:
            raise too_many(1.0, "Too many agents ask at once. Wait a second.")
        body = await _body(request)
        self._waiting += 1
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                return await self._answered(request, body)
        except TimeoutError as error:
            raise HTTPException(503, "The answer took too long; ask for less.") from error
        finally:
            self._waiting -= 1

    async def _answered(self, request: Request, body: bytes) -> Response:
        if self._running is None:
            from broadsheet.web.mcp.running import Running

            self._running = Running(self._site.settings.name, self._run)
        state = await self._site.state()
        base = address_of(self._site, request)
        name = self._site.settings.name
        key = (state.token, base)
        if key != self._told_of or time.monotonic() - self._told_at > _TOLD_SECONDS:
            self._told = await self._site.in_thread(lambda: instructions(state, name, base))
            self._told_of, self._told_at = key, time.monotonic()
        return await self._running.exchange(request, body, self._told)

    async def _run(self, ctx: ServerRequestContext[Any, Any], work: Callable[[Asking], Any]) -> Any:
        request = ctx.request
        assert isinstance(request, Request)  # noqa: S101  # the library passes ours on
        visitor = visitor_of(request)
        state = await self._site.state()
        base = address_of(self._site, request)
        wait = request.scope.get(_WAIT, 0.0)
        asking = Asking(state, visitor, base, self._site.key(), _writes(visitor), wait)
        return await self._site.in_thread(lambda: work(asking))


async def _body(request: Request) -> bytes:
    """The body of a request, as long as its sender does not take its time over it."""
    try:
        async with asyncio.timeout(_READ_SECONDS):
            return await request.body()
    except TimeoutError as error:
        raise HTTPException(408, "The request did not arrive in time.") from error


def _writes(visitor: Visitor) -> bool:
    """A token's word is needed: whoever can reach a fresh home has no token of its reader."""
    return visitor.scopes is not None and "write" in visitor.scopes
