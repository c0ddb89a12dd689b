"""The API of what a reader keeps: follows, saved searches, and all of their data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from broadsheet.readers import LOCAL, Reader, json_of
from broadsheet.web.api.common import Given, answer
from broadsheet.web.desk import State
from broadsheet.web.policy import allow
from broadsheet.web.site import Site
from broadsheet.web.visitors import Visitor

Name = Annotated[str, Field(max_length=500)]


class FollowGiven(Given):
    """What is followed."""

    kind: Annotated[str, Field(description="author, category, term, search or organisation")]
    value: Name


class SearchGiven(Given):
    """A search to keep."""

    query: Annotated[str, Field(max_length=1000)]
    name: Name = ""


class KeepingApi:
    """Handlers over one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def add_to(self, api: APIRouter) -> None:
        """Adds the routes."""
        for method, path, handler, summary in (
            ("GET", "/me", self.me, "Who the token or session belongs to"),
            ("GET", "/follows", self.follows, "What you follow"),
            ("POST", "/follows", self.follow, "Follow an author, category, term or search"),
            ("DELETE", "/follows/{number}", self.unfollow, "Follow something no longer"),
            ("GET", "/searches", self.searches, "Your saved searches"),
            ("POST", "/searches", self.keep_search, "Save a search"),
            ("DELETE", "/searches/{number}", self.remove_search, "Remove a saved search"),
            ("GET", "/export", self.export, "All of your data"),
        ):
            api.add_api_route(path, handler, methods=[method], summary=summary)

    @allow("reader", scope="read")
    async def me(self, request: Request) -> Response:
        """Name, role and settings."""
        return await self._answer(request, lambda _, visitor: _reader(visitor.me))

    @allow("reader", scope="read")
    async def follows(self, request: Request) -> Response:
        """In the order they began."""
        return await self._answer(
            request,
            lambda state, visitor: {"follows": json_of(state.readers.follows.of(visitor.id))},
        )

    @allow("reader", scope="write")
    async def follow(self, request: Request, given: FollowGiven) -> Response:
        """A second time changes nothing."""
        return await self._answer(
            request,
            lambda state, visitor: json_of(
                state.readers.follows.add(visitor.id, given.kind, given.value)
            ),
            201,
        )

    @allow("reader", scope="write")
    async def unfollow(self, request: Request, number: int) -> Response:
        """By its number."""

        def drop(state: State, visitor: Visitor) -> object:
            if not state.readers.follows.remove(visitor.id, number):
                raise HTTPException(404, "You do not follow this.")
            return None

        return await self._answer(request, drop, 204)

    @allow("reader", scope="read")
    async def searches(self, request: Request) -> Response:
        """In the order they were kept."""
        return await self._answer(
            request,
            lambda state, visitor: {
                "searches": [
                    {"id": s.id, "name": s.name, "query": s.query, "created_at": s.created_at}
                    for s in state.readers.searches.of(visitor.id)
                ]
            },
        )

    @allow("reader", scope="write")
    async def keep_search(self, request: Request, given: SearchGiven) -> Response:
        """Under a name, by default the query itself."""

        def keep(state: State, visitor: Visitor) -> object:
            saved = state.readers.searches.add(visitor.id, given.name, given.query)
            return {"id": saved.id, "name": saved.name, "query": saved.query}

        return await self._answer(request, keep, 201)

    @allow("reader", scope="write")
    async def remove_search(self, request: Request, number: int) -> Response:
        """With it, that it was followed."""

        def remove(state: State, visitor: Visitor) -> object:
            found = state.readers.searches.get(number) if 0 < number < 2**62 else None
            if found is None or found.reader_id != visitor.id:
                raise HTTPException(404)
            state.readers.searches.remove(visitor.id, number)
            return None

        return await self._answer(request, remove, 204)

    @allow("reader", scope="read")
    async def export(self, request: Request) -> Response:
        """Every row of yours."""
        return await self._answer(
            request, lambda state, visitor: state.readers.data.export(visitor.id)
        )

    async def _answer(
        self, request: Request, work: Callable[[State, Visitor], object], status: int = 200
    ) -> Response:
        return await answer(self._site, request, work, status)


def _reader(reader: Reader) -> dict[str, Any]:
    return {
        "name": reader.name,
        "display": reader.display,
        "role": reader.role,
        "local": reader.id == LOCAL,
        "timezone": reader.timezone,
        "minutes": reader.minutes,
        "digest": reader.digest,
        "digest_hour": reader.digest_hour,
        "public_votes": reader.public_votes,
    }
