"""The JSON API, version 1, put together."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from broadsheet.web.api.acting import ActingApi
from broadsheet.web.api.citing import CitingApi
from broadsheet.web.api.common import Room
from broadsheet.web.api.deciding import DecidingApi
from broadsheet.web.api.describing import described
from broadsheet.web.api.finding import FindingApi
from broadsheet.web.api.gate import Gate, Meters
from broadsheet.web.api.keeping import KeepingApi
from broadsheet.web.api.manual import in_markdown, manual
from broadsheet.web.api.offering import OfferingApi
from broadsheet.web.api.printed import PrintedApi
from broadsheet.web.api.records import PaperApi, RecordsApi
from broadsheet.web.api.repeating import Repeats
from broadsheet.web.api.running import RunningApi
from broadsheet.web.api.shelving import ShelvingApi
from broadsheet.web.api.talking import TalkingApi
from broadsheet.web.api.tasting import TastingApi
from broadsheet.web.api.termed import TermsApi
from broadsheet.web.policy import allow, policy_of
from broadsheet.web.reply import JSON, Body, send
from broadsheet.web.site import Site

PREFIX = "/api/v1"
_ROOMS: tuple[type[Room], ...] = (
    FindingApi,
    RecordsApi,
    PrintedApi,
    TermsApi,
    TastingApi,
    ActingApi,
    ShelvingApi,
    KeepingApi,
    TalkingApi,
    OfferingApi,
    DecidingApi,
    RunningApi,
    CitingApi,
    PaperApi,
)


class Api:
    """The API of one site, and what describes it."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._description: Body | None = None

    def routes(self) -> list[BaseRoute]:
        """All operations behind their gate, their description, and the page about them."""
        api = APIRouter(prefix=PREFIX, default_response_class=Response)
        repeats = Repeats()
        for room in _ROOMS:
            room(self._site, repeats).add_to(api)
        told = Route(f"{PREFIX}/openapi.json", self.description, methods=["GET"])
        meters = Meters(self._site.settings)
        for route in (*api.routes, told):
            if isinstance(route, Route):
                route.app = Gate(route.app, policy_of(route), meters)
        return [
            *api.routes,
            told,
            Route("/.well-known/openapi.json", self.description, methods=["GET"]),
            Route("/api", self.page, methods=["GET"]),
            Route("/api.md", self.markdown, methods=["GET"]),
        ]

    @allow("anyone", scope="read")
    async def description(self, request: Request) -> Response:
        """OpenAPI."""
        if self._description is None:
            self._description = Body(described(request.app.routes, self._site.settings), JSON)
        return send(request, self._description)

    @allow("anyone")
    async def page(self, request: Request) -> Response:
        """The API for people."""
        return await self._site.answer(
            request,
            "api page",
            lambda _: self._site.render("api.html", manual(self._told(request))),
        )

    @allow("anyone", scope="read")
    async def markdown(self, request: Request) -> Response:
        """The same in Markdown."""
        return await self._site.answer(
            request,
            "api markdown",
            lambda _: Body(in_markdown(self._told(request)), "text/markdown; charset=utf-8"),
        )

    def _told(self, request: Request) -> bytes:
        return described(request.app.routes, self._site.settings)
