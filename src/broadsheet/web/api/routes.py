"""The JSON API, version 1."""

from __future__ import annotations

import json
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from broadsheet.catalog import work_json
from broadsheet.editions import Edition, parse_key
from broadsheet.search import Searcher, SearchRequest, result_json
from broadsheet.web.api.common import work_named
from broadsheet.web.api.keeping import KeepingApi
from broadsheet.web.api.reading import ReadingApi
from broadsheet.web.api.tasting import TastingApi
from broadsheet.web.desk import State
from broadsheet.web.pages.about import coverage
from broadsheet.web.pages.papers import find, one
from broadsheet.web.pages.search_asked import MOST_EXAMPLES, Sort
from broadsheet.web.params import LONGEST_QUERY, query_text
from broadsheet.web.policy import allow
from broadsheet.web.reply import JSON, Body, send
from broadsheet.web.site import Site

LEGS = ("lexical", "dense")
LONGEST_LIST = 100
LAST_OFFSET = 10_000

Asked = Annotated[str, Query(description="Words, a sentence, or fields as on the search page.")]
Limit = Annotated[int, Query(ge=1, le=LONGEST_LIST)]
Offset = Annotated[int, Query(ge=0, le=LAST_OFFSET)]
Legs = Annotated[str, Query(description="lexical, dense, or both by comma (the default).")]
Explain = Annotated[bool, Query(description="Say what carried each hit.")]
Sorting = Annotated[Sort, Query(description="The best first, or the newest of the relevant.")]
Diverse = Annotated[bool, Query(description="Spread the hits over kinds of papers.")]
Facets = Annotated[bool, Query(description="Count years, categories, sources and links.")]
Like = Annotated[
    list[str],
    Query(max_length=MOST_EXAMPLES, description="A paper to turn to; may be given again."),
]
Unlike = Annotated[
    list[str],
    Query(max_length=MOST_EXAMPLES, description="A paper to turn away from; may be given again."),
]
Days = Annotated[int, Query(ge=1, le=1000)]
Before = Annotated[str, Query(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]
PageNumber = Annotated[int, Query(ge=1, le=100_000)]


class Api:
    """Handlers over one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def router(self) -> APIRouter:
        """All routes, each for GET and, undescribed, for HEAD."""
        api = APIRouter(prefix="/api/v1", default_response_class=Response)
        ReadingApi(self._site).add_to(api)
        KeepingApi(self._site).add_to(api)
        TastingApi(self._site).add_to(api)
        for path, handler, summary in (
            ("/search", self.search, "Find papers by meaning and by word"),
            ("/papers/{paper_id:path}/similar", self.similar, "The papers nearest to a paper"),
            ("/papers/{paper_id:path}", self.paper, "A paper by its id, DOI or address"),
            ("/editions", self.days, "The days that have an edition, newest first"),
            ("/editions/{key}", self.edition, "An edition: latest, a day, 2026-W34 or 2026-08"),
            ("/status", self.status, "What is here, and how far it is filed"),
        ):
            api.add_api_route(path, handler, methods=["GET"], summary=summary)
            api.add_api_route(path, handler, methods=["HEAD"], include_in_schema=False)
        api.add_api_route("/openapi.json", self.description, include_in_schema=False)
        return api

    @allow("anyone", scope="read")
    async def search(
        self,
        request: Request,
        q: Asked = "",
        limit: Limit = 10,
        offset: Offset = 0,
        legs: Legs = "",
        explain: Explain = False,
        sort: Sorting = "relevance",
        diverse: Diverse = False,
        facets: Facets = False,
        more: Like = [],  # noqa: B006  # never written to; what it is made from reads no tuple
        less: Unlike = [],  # noqa: B006
    ) -> Response:
        """Hits best first; ``score`` orders this answer and says nothing across queries."""
        query, cut = query_text(q)
        if cut:
            raise HTTPException(400, f"q takes up to {LONGEST_QUERY:,} characters")
        chosen = _legs(legs)

        def make(state: State) -> Body:
            asked = SearchRequest(
                query,
                limit=limit,
                offset=offset,
                legs=chosen,
                explain=explain,
                sort=sort,
                diverse=diverse,
                facets=facets,
                more_like=tuple(work_named(state, name).id for name in more),
                less_like=tuple(work_named(state, name).id for name in less),
            )
            result = _searcher(state).search(asked)
            works = state.recent.get_many([hit.work_id for hit in result.hits])
            return _json(result_json(result, works))

        way = (limit, offset, chosen, explain, sort, diverse, facets, more, less)
        key = f"api search {way} {query}"
        return await self._site.answer(request, key, make)

    @allow("anyone", scope="read")
    async def similar(self, request: Request, paper_id: str, limit: Limit = 10) -> Response:
        """In the form of a search's answer."""

        def make(state: State) -> Body:
            result = _searcher(state).similar(one(find(state, paper_id)).id, limit)
            works = state.recent.get_many([hit.work_id for hit in result.hits])
            return _json(result_json(result, works))

        return await self._site.answer(request, f"api similar {limit} {paper_id}", make)

    @allow("anyone", scope="read")
    async def paper(self, request: Request, paper_id: str) -> Response:
        """The record as it is shown, with all identifiers of the work."""
        return await self._site.answer(
            request,
            f"api paper {paper_id}",
            lambda state: _json(work_json(one(find(state, paper_id)))),
        )

    @allow("anyone", scope="read")
    async def days(self, request: Request, limit: Days = 100, before: Before = "") -> Response:
        """Days with the number of papers announced on each."""

        def make(state: State) -> Body:
            found = state.catalog.days(limit, before)
            return _json({"days": [{"date": day, "papers": count} for day, count in found]})

        return await self._site.answer(request, f"api days {limit} {before}", make)

    @allow("anyone", scope="read")
    async def edition(self, request: Request, key: str, page: PageNumber = 1) -> Response:
        """One page of an edition: leads, then papers in their sections."""
        return await self._site.answer(
            request,
            f"api edition {key} {page}",
            lambda state: _json(_edition(state, key, page).to_json()),
        )

    @allow("anyone", scope="read")
    async def status(self, request: Request) -> Response:
        """Counts, sources and the state of the index."""
        return await self._site.answer(request, "api status", lambda state: _json(_status(state)))

    @allow("anyone", scope="read")
    async def description(self, request: Request) -> Response:
        """OpenAPI."""
        return send(request, _json(request.app.openapi()))


def _json(content: object) -> Body:
    try:
        return Body(orjson.dumps(content), JSON)
    except TypeError:  # numbers beyond 64 bits or half characters in a record's own fields
        return Body(json.dumps(content).encode(), JSON)


def _searcher(state: State) -> Searcher:
    if state.searcher is None:
        raise HTTPException(503, state.index_problem or "the index is not made yet")
    return state.searcher


def _legs(text: str) -> tuple[str, ...]:
    legs = tuple(part.strip() for part in text.split(",") if part.strip()) or LEGS
    if any(leg not in LEGS for leg in legs):
        raise HTTPException(400, "legs takes lexical and dense, separated by a comma")
    return legs


def _edition(state: State, key: str, page: int) -> Edition:
    span = None if key == "latest" else parse_key(key)
    if span is None and key != "latest":
        raise HTTPException(400, "an edition is latest, 2026-08-20, 2026-W34 or 2026-08")
    found = state.editions.read(span, page) if span else state.editions.latest("day", page)
    if found is None:
        raise HTTPException(404)
    return found


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
