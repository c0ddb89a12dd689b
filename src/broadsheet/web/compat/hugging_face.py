"""Hugging Face's papers API, as huggingface_hub and the hf command ask for it."""

from __future__ import annotations

import base64
import binascii
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.catalog import Work, metadata
from broadsheet.search import SearchRequest
from broadsheet.web.compat.around import around
from broadsheet.web.compat.hugging_face_daily import MOST, Asked, daily
from broadsheet.web.compat.hugging_face_papers import info, linked, listed
from broadsheet.web.compat.naming import find_by, work_by
from broadsheet.web.compat.replies import here, json_body, number, searcher_of, text
from broadsheet.web.desk import State
from broadsheet.web.policy import allow
from broadsheet.web.reply import Body
from broadsheet.web.site import Site

LONGEST_QUERY = 250
_USUAL_FOUND, _MOST_FOUND = 20, 120
_USUAL_LISTED = 50
# It cools by itself: a trending list of some minutes ago is another one.
_TRENDING_SECONDS = 900
# No harness is told apart here: their client asks once a day and goes on.
_HARNESSES = {"standardEnvVars": ["AI_AGENT", "AGENT"], "harnesses": {}}
_FILTER = re.compile(r"arxiv:(.{1,200})", re.IGNORECASE)


class HuggingFace:
    """What is read; handlers over one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        """Papers, listings, search, and the repositories linked to papers."""
        handlers = (
            ("/api/agent-harnesses", self.harnesses),
            ("/api/daily_papers", self.daily),
            ("/api/papers", self.all),
            ("/api/papers/search", self.search),
            ("/api/papers/{name:path}", self.paper),
            ("/api/arxiv/{name:path}/repos", self.repositories),
            ("/api/models", self.linked),
            ("/api/datasets", self.linked),
            ("/api/spaces", self.linked),
        )
        return [Route(path, handler, methods=["GET"]) for path, handler in handlers]

    @allow("anyone", scope="read")
    async def harnesses(self, request: Request) -> Response:
        """The programs that a client might run in."""
        return await self._site.answer(request, "hf harnesses", lambda _: json_body(_HARNESSES))

    @allow("anyone", scope="read")
    async def daily(self, request: Request) -> Response:
        """The papers of a day, a week, a month, or the newest; perhaps of one submitter."""
        asked = Asked.of(request)
        onward = here(request, p=asked.page + 1)
        at = int(time.time() // _TRENDING_SECONDS) if asked.trending else ""

        def make(state: State) -> Body:
            ids, more = daily(state, asked)
            return _listing(state, ids, onward if more else "")

        return await self._answer(request, f"daily {asked} {at} {onward}", make)

    @allow("anyone", scope="read")
    async def search(self, request: Request) -> Response:
        """The best papers for a query; without one the newest."""
        query = text(request, "q", LONGEST_QUERY)
        limit = number(request, "limit", _USUAL_FOUND, 1, _MOST_FOUND)

        def make(state: State) -> Body:
            if not query:
                found, _ = daily(state, Asked(None, "", False, 0, limit))
                return _listing(state, found)
            result = searcher_of(state).search(SearchRequest(query, limit=limit))
            return _listing(state, [hit.work_id for hit in result.hits])

        return await self._answer(request, f"search {limit} {query}", make)

    @allow("anyone", scope="read")
    async def paper(self, request: Request) -> Response:
        """A paper by any of its ids, with or without a version."""
        name = request.path_params["name"]

        def make(state: State) -> Body:
            work = work_by(state, name)
            return json_body(info(work, around(state, {work.id: work})))

        return await self._answer(request, f"paper {name}", make)

    @allow("anyone", scope="read")
    async def all(self, request: Request) -> Response:
        """All papers, the last to arrive first; ``Link`` leads on."""
        limit = number(request, "limit", _USUAL_LISTED, 1, MOST)
        before = _from_cursor(request.query_params.get("cursor"))

        def make(state: State) -> Body:
            ids = _arrived_before(state, before, limit + 1)
            more = len(ids) > limit
            onward = here(request, cursor=_cursor(ids[limit - 1])) if more else ""
            return _listing(state, ids[:limit], onward)

        return await self._answer(request, f"papers {here(request)}", make)

    @allow("anyone", scope="read")
    async def repositories(self, request: Request) -> Response:
        """The models, data and spaces on Hugging Face that are linked to a paper."""
        name = request.path_params["name"]

        def make(state: State) -> Body:
            work = work_by(state, name)
            found = linked(state.readers.community.links.of(work))
            return json_body({kind: _repositories(found[kind], name) for kind in found})

        return await self._answer(request, f"repos {name}", make)

    @allow("anyone", scope="read")
    async def linked(self, request: Request) -> Response:
        """The same by one kind and ``filter=arxiv:ID``; of other filters nothing is known."""
        kind = request.url.path.rpartition("/")[2]
        given = _FILTER.fullmatch(request.query_params.get("filter", ""))
        if given is None:
            raise HTTPException(400, f"Of {kind} only filter=arxiv:ID is known here.")
        name = given[1]

        def make(state: State) -> Body:
            work = find_by(state, name)
            links = state.readers.community.links.of(work) if work else ()
            return json_body(_repositories(linked(links)[kind], name))

        return await self._answer(request, f"linked {kind} {name}", make)

    async def _answer(self, request: Request, key: str, make: Callable[[State], Body]) -> Response:
        """From the cache while neither papers nor what readers did has changed."""
        state = await self._site.state()
        return await self._site.answer(request, f"hf {state.readers.seq()} {key}", make)


def _listing(state: State, ids: Sequence[int], onward: str = "") -> Body:
    works = state.recent.get_many(ids)
    return listing(state, works, onward)


def listing(state: State, works: Mapping[int, Work], onward: str = "") -> Body:
    """Papers in their order; ``onward`` is the address of the next page."""
    said = around(state, works)
    content = [listed(work, said) for work in works.values()]
    return json_body(content, {"Link": f'<{onward}>; rel="next"'} if onward else None)


def _repositories(names: Sequence[str], paper: str) -> list[dict[str, Any]]:
    return [
        {"_id": name, "id": name, "author": name.split("/")[0], "tags": [f"arxiv:{paper}"]}
        for name in names
    ]


def _arrived_before(state: State, before: int, limit: int) -> list[int]:
    works = metadata.tables["works"]
    query = select(works.c.id).where(works.c.alive == 1)
    if before:
        query = query.where(works.c.id < before)
    with state.catalog.database.read() as connection:
        rows = connection.execute(query.order_by(works.c.id.desc()).limit(limit))
        return list(rows.scalars())


def _cursor(last: int) -> str:
    return base64.urlsafe_b64encode(f"before:{last}".encode()).decode()


def _from_cursor(given: str | None) -> int:
    if given is None:
        return 0
    try:
        told = base64.b64decode(given.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        told = ""
    match = re.fullmatch(r"before:(\d{1,15})", told, re.ASCII)
    if match is None:
        raise HTTPException(400, "cursor: not one of ours; begin without it")
    return int(match[1])
