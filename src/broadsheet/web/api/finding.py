"""The API of search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Literal

from fastapi import Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from broadsheet.search import Hit, Searcher, SearchRequest, SearchResult, result_json
from broadsheet.web.api.common import Call, PaperId, Room, work_named
from broadsheet.web.api.models import Found, FoundPage
from broadsheet.web.api.paging import Cursor, after, onward
from broadsheet.web.desk import State
from broadsheet.web.pages.search_asked import MOST_EXAMPLES, Sort
from broadsheet.web.params import LONGEST_QUERY, query_text
from broadsheet.web.policy import allow

LONGEST_LIST = 100
LAST_OFFSET = 10_000
# How many papers that arrived meanwhile a cursor looks past to find where it was.
_ARRIVED = 200

Asked = Annotated[
    str,
    Query(
        max_length=LONGEST_QUERY,
        description="Words, a sentence, or fields as on the search page.",
        examples=["attention without recurrence"],
    ),
]
Limit = Annotated[int, Query(ge=1, le=LONGEST_LIST)]
Offset = Annotated[
    int, Query(ge=0, le=LAST_OFFSET, description="How many to skip; `cursor` is steadier.")
]
Legs = Annotated[
    Literal["", "lexical", "dense", "lexical,dense", "dense,lexical"],
    Query(description="By words, by meaning, or both (the default)."),
]
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


class FindingApi(Room):
    """Handlers over one site."""

    tag = "Search"

    def calls(self) -> Sequence[Call]:
        """Searching, and what is near a paper."""
        return (
            Call("GET", "/search", self.search, "Find papers by meaning and by word", FoundPage),
            Call(
                "GET",
                "/papers/{paper_id:path}/similar",
                self.similar,
                "The papers nearest to a paper",
                Found,
            ),
        )

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
        cursor: Cursor = "",
    ) -> Response:
        """The best first. `total` counts all that match; `probability` is how often somebody who
        judged such hits called them relevant."""
        came = reached(request, cursor)

        def make(state: State) -> object:
            asked = SearchRequest(
                query_text(q)[0],
                limit=limit,
                offset=offset,
                legs=tuple(part for part in legs.split(",") if part) or ("lexical", "dense"),
                explain=explain,
                sort=sort,
                diverse=diverse,
                facets=facets,
                more_like=tuple(work_named(state, name).id for name in more),
                less_like=tuple(work_named(state, name).id for name in less),
            )
            result, onto = page_found(request, searcher_of(state).search, asked, came)
            works = state.recent.get_many([hit.work_id for hit in result.hits])
            return {**result_json(result, works), "next": onto}

        return await self.shared(request, make)

    @allow("anyone", scope="read")
    async def similar(
        self,
        request: Request,
        paper_id: PaperId,
        limit: Limit = 10,
        sort: Sorting = "relevance",
    ) -> Response:
        """In the form of a search’s answer; the paper itself and its doubles are left out."""

        def make(state: State) -> object:
            work = work_named(state, paper_id)
            result = searcher_of(state).similar(work.id, limit, sort=sort)
            works = state.recent.get_many([hit.work_id for hit in result.hits])
            return result_json(result, works)

        return await self.shared(request, make)


def reached(request: Request, cursor: str) -> tuple[int, int] | None:
    """The place and the work up to which a cursor of a search has come; None without one."""
    came = after(request, cursor, (0, 0))
    return (int(came[0]), int(came[1])) if came else None


def page_found(
    request: Request,
    find: Callable[[SearchRequest], SearchResult],
    asked: SearchRequest,
    came: tuple[int, int] | None,
) -> tuple[SearchResult, str | None]:
    """The hits behind where a cursor has come, else those that are asked for, and the path of
    the next page."""
    result, end = _page(find, asked, *(came or (asked.offset, 0)))
    if not result.hits or len(result.hits) < asked.limit or end >= min(result.total, LAST_OFFSET):
        return result, None
    return result, onward(request, (end, result.hits[-1].work_id))


def _page(
    find: Callable[[SearchRequest], SearchResult], asked: SearchRequest, start: int, last: int
) -> tuple[SearchResult, int]:
    """The hits after ``last``, which was the hit before place ``start``, and where they end.

    Papers that arrived meanwhile move it down: it is looked for from where it was. Where it is
    gone, or the page is spread over kinds anew, the place counts.
    """
    start = min(max(start, 0), LAST_OFFSET)
    if not (start and last) or asked.diverse:
        result = find(replace(asked, offset=start))
        return result, start + len(result.hits)
    wide = replace(asked, offset=start - 1, limit=asked.limit + 1)
    for extra in (0, _ARRIVED):
        result = find(replace(wide, limit=wide.limit + extra))
        place = _place(result.hits, last)
        if place is not None and len(result.hits) - place > asked.limit:
            break
    place = 0 if place is None else place
    hits = result.hits[place + 1 : place + 1 + asked.limit]
    return replace(result, hits=hits), start + place + len(hits)


def _place(hits: Sequence[Hit], work: int) -> int | None:
    return next((n for n, hit in enumerate(hits) if hit.work_id == work), None)


def searcher_of(state: State) -> Searcher:
    """The searcher; 503 while there is no index."""
    if state.searcher is None:
        raise HTTPException(503, state.index_problem or "the index is not made yet")
    return state.searcher
