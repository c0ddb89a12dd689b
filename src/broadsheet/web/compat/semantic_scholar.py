"""Semantic Scholar's Graph and Recommendations APIs, as the semanticscholar package asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.catalog import Work
from broadsheet.search import SearchRequest
from broadsheet.text import plain
from broadsheet.web.addresses import address_of
from broadsheet.web.compat.naming import find_by, s2_id, work_by
from broadsheet.web.compat.recommending import like
from broadsheet.web.compat.replies import (
    choice,
    json_body,
    names,
    number,
    searcher_of,
    sent,
    text,
)
from broadsheet.web.compat.semantic_scholar_asked import Narrowed
from broadsheet.web.compat.semantic_scholar_bulk import bulk
from broadsheet.web.compat.semantic_scholar_papers import (
    Fields,
    author_fields,
    authors_json,
    paper_json,
    year_of,
)
from broadsheet.web.desk import State
from broadsheet.web.params import LONGEST_QUERY
from broadsheet.web.policy import allow
from broadsheet.web.reply import Body
from broadsheet.web.site import Site

# Their own bounds, which their client keeps to.
_USUAL, _MOST, _LAST = 100, 100, 1_000
_BATCH, _RECOMMENDED, _PARTS = 500, 500, 1_000
_SUGGESTED, _LOOKED_AT = 10, 50
_EXAMPLES = 100


class SemanticScholar:
    """Handlers over one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        """Papers, search in its three kinds, and recommendations."""
        graph, recommended = "/graph/v1/paper", "/recommendations/v1/papers"
        handlers = (
            ("GET", f"{graph}/search", self.search),
            ("GET", f"{graph}/search/bulk", self.bulk),
            ("GET", f"{graph}/search/match", self.match),
            ("GET", f"{graph}/autocomplete", self.suggest),
            ("POST", f"{graph}/batch", self.batch),
            ("GET", graph + "/{name:path}/authors", self.authors),
            ("GET", graph + "/{name:path}/citations", self.neighbours),
            ("GET", graph + "/{name:path}/references", self.neighbours),
            ("GET", graph + "/{name:path}", self.paper),
            ("GET", recommended + "/forpaper/{name:path}", self.like_one),
            ("POST", recommended, self.like_many),
        )
        return [Route(path, handler, methods=[method]) for method, path, handler in handlers]

    @allow("anyone", scope="read")
    async def paper(self, request: Request) -> Response:
        """A paper by any of its ids, with the fields that are asked for."""
        fields, name = Fields.of(request), request.path_params["name"]
        base = address_of(self._site, request)

        def make(state: State) -> Body:
            return json_body(paper_json(state, work_by(state, name), fields, base))

        return await self._site.answer(request, f"s2 paper {base} {fields} {name}", make)

    @allow("anyone", scope="read")
    async def search(self, request: Request) -> Response:
        """The best papers for a text; ``next`` is there while more can be had."""
        query = _query(request)
        fields, narrowed = Fields.of(request), Narrowed.of(request)
        offset = number(request, "offset", 0, 0, _LAST - 1)
        limit = number(request, "limit", _USUAL, 1, _MOST)
        if offset + limit > _LAST:
            raise HTTPException(
                400, f"offset and limit: the first {_LAST:,} papers can be had; bulk gives all"
            )
        base = address_of(self._site, request)

        def make(state: State) -> Body:
            found, total = _found(state, query, narrowed, offset, limit + 1, names=True)
            content: dict[str, Any] = {"total": total, "offset": offset}
            if len(found) > limit and offset + limit < _LAST:
                content["next"] = offset + limit
            content["data"] = [paper_json(state, work, fields, base) for work in found[:limit]]
            return json_body(content)

        key = f"s2 search {base} {fields} {narrowed.named()} {offset} {limit} {query}"
        return await self._site.answer(request, key, make)

    @allow("anyone", scope="read")
    async def bulk(self, request: Request) -> Response:
        """All papers that have the words, a thousand a page; ``token`` leads on."""
        query = text(request, "query", LONGEST_QUERY)
        fields, narrowed = Fields.of(request), Narrowed.of(request)
        sort = text(request, "sort", 40) or "paperId:asc"
        token = text(request, "token", 200)
        base = address_of(self._site, request)

        def make(state: State) -> Body:
            page = bulk(state, query, narrowed, sort, token)
            data = [paper_json(state, work, fields, base) for work in page.works]
            return json_body({"total": page.total, "token": page.token or None, "data": data})

        key = f"s2 bulk {base} {fields} {narrowed.named()} {sort} {token} {query}"
        return await self._site.answer(request, key, make)

    @allow("anyone", scope="read")
    async def match(self, request: Request) -> Response:
        """The one paper whose title is closest to a text; 404 where none is close."""
        query = _query(request)
        fields, narrowed = Fields.of(request), Narrowed.of(request)
        base = address_of(self._site, request)

        def make(state: State) -> Body:
            found, _ = _found(state, query, narrowed, 0, 20)
            scored = [(title_likeness(query, plain(work.paper.title)), work) for work in found]
            score, best = max(scored, key=lambda one: one[0], default=(0.0, None))
            if best is None or score < 0.5:
                raise HTTPException(404, "Title match not found")
            content = paper_json(state, best, fields, base) | {"matchScore": round(score, 4)}
            return json_body({"data": [content]})

        key = f"s2 match {base} {fields} {narrowed.named()} {query}"
        return await self._site.answer(request, key, make)

    @allow("anyone", scope="read")
    async def suggest(self, request: Request) -> Response:
        """Titles for what someone is typing."""
        query = _query(request)

        def make(state: State) -> Body:
            # The last word may be one that is only begun: then those before it find the titles.
            asked = dict.fromkeys((query, query.rpartition(" ")[0] or query))
            ids = [
                hit.work_id
                for words in asked
                for hit in searcher_of(state)
                .search(SearchRequest(words, limit=_LOOKED_AT, syntax=False))
                .hits
            ]
            works = state.recent.get_many(list(dict.fromkeys(ids))).values()
            begun = [work for work in works if _begins(query, work.paper.title)]
            return json_body({"matches": [_suggestion(work) for work in begun[:_SUGGESTED]]})

        return await self._site.answer(request, f"s2 suggest {query}", make)

    @allow("anyone", scope="read")
    async def batch(self, request: Request) -> Response:
        """Papers by their ids in that order; null for each that is not here."""
        fields, base = Fields.of(request), address_of(self._site, request)
        ids = names(await sent(request), "ids", _BATCH)
        if not ids:
            raise HTTPException(400, "ids: a list of ids is wanted")

        def make(state: State) -> Body:
            works = [find_by(state, name) for name in ids]
            return json_body(
                [None if work is None else paper_json(state, work, fields, base) for work in works]
            )

        return await self._personal(request, make)

    @allow("anyone", scope="read")
    async def authors(self, request: Request) -> Response:
        """The authors of a paper, in their order."""
        fields, name = author_fields(request), request.path_params["name"]
        offset = number(request, "offset", 0, 0, 100_000)
        limit = number(request, "limit", _USUAL, 1, _PARTS)

        def make(state: State) -> Body:
            everyone = work_by(state, name).paper.authors
            shown = authors_json(everyone[offset : offset + limit], ("authorId", *fields))
            return json_body(_part(shown, offset, limit, len(everyone)))

        return await self._site.answer(
            request, f"s2 authors {fields} {offset} {limit} {name}", make
        )

    @allow("anyone", scope="read")
    async def neighbours(self, request: Request) -> Response:
        """What cites a paper and what it cites: nothing is known of either here."""
        name = request.path_params["name"]
        offset = number(request, "offset", 0, 0, 100_000)
        limit = number(request, "limit", _USUAL, 1, _PARTS)

        def make(state: State) -> Body:
            work_by(state, name)
            return json_body(_part([], offset, limit, 0))

        return await self._site.answer(request, f"s2 neighbours {offset} {name}", make)

    @allow("anyone", scope="read")
    async def like_one(self, request: Request) -> Response:
        """Papers like one; both of their pools are all papers here."""
        fields, name = Fields.of(request), request.path_params["name"]
        limit = number(request, "limit", _USUAL, 1, _RECOMMENDED)
        choice(request, "from", ("recent", "all-cs"), "recent")
        base = address_of(self._site, request)

        def make(state: State) -> Body:
            return _recommended(state, [work_by(state, name)], [], limit, fields, base)

        return await self._site.answer(request, f"s2 like {base} {fields} {limit} {name}", make)

    @allow("anyone", scope="read")
    async def like_many(self, request: Request) -> Response:
        """Papers like some and unlike others."""
        fields, base = Fields.of(request), address_of(self._site, request)
        limit = number(request, "limit", _USUAL, 1, _RECOMMENDED)
        given = await sent(request)
        wanted = names(given, "positivePaperIds", _EXAMPLES)
        unwanted = names(given, "negativePaperIds", _EXAMPLES)
        if not wanted:
            raise HTTPException(400, "positivePaperIds: at least one id is wanted")

        def make(state: State) -> Body:
            good = [work_by(state, name) for name in wanted]
            bad = [work_by(state, name) for name in unwanted]
            return _recommended(state, good, bad, limit, fields, base)

        return await self._personal(request, make)

    async def _personal(self, request: Request, make: Callable[[State], Body]) -> Response:
        """An answer to what was sent in a body."""
        return await self._site.personal(request, make)


def _query(request: Request) -> str:
    query = text(request, "query", LONGEST_QUERY)
    if not query:
        raise HTTPException(400, "query: a text to look for is wanted")
    return query


def _found(
    state: State, query: str, narrowed: Narrowed, offset: int, limit: int, *, names: bool = False
) -> tuple[list[Work], int]:
    """A stretch of the ranking, and how many papers there are of the kind.

    A deeper ranking is not a longer one in every place: what the first page has shown stands
    first on all, and the rest follows in the order of the deepest ranking there is. With
    ``names`` a text that is the name of an author finds their papers, as in the original.
    """
    asked = SearchRequest(query, limit, filters=narrowed.filters, syntax=False, names=names)
    first = searcher_of(state).search(asked)
    ids = [hit.work_id for hit in first.hits]
    total = first.total
    if offset or narrowed.looks_at_papers or total < _LAST:
        deep = searcher_of(state).search(replace(asked, limit=_LAST))
        ids = list(dict.fromkeys([*ids, *(hit.work_id for hit in deep.hits)]))
        total = len(ids) if total < _LAST else total
    if not narrowed.looks_at_papers:
        return list(state.recent.get_many(ids[offset : offset + limit]).values()), total
    kept = [work for work in state.recent.get_many(ids).values() if narrowed.keeps(work)]
    return kept[offset : offset + limit], len(kept)


def _recommended(
    state: State,
    wanted: Sequence[Work],
    unwanted: Sequence[Work],
    limit: int,
    fields: Fields,
    base: str,
) -> Body:
    works: Mapping[int, Work] = state.recent.get_many(like(state, wanted, unwanted, limit))
    papers = [paper_json(state, work, fields, base) for work in works.values()]
    return json_body({"recommendedPapers": papers})


def _part(shown: list[dict[str, Any]], offset: int, limit: int, total: int) -> dict[str, Any]:
    more = {"next": offset + limit} if offset + limit < total else {}
    return {"offset": offset, **more, "data": shown}


def _suggestion(work: Work) -> dict[str, Any]:
    names_ = [author.name.split()[-1] for author in work.paper.authors if author.name.split()]
    first = f"{names_[0]} et al." if len(names_) > 2 else " and ".join(names_)
    return {
        "id": s2_id(work),
        "title": work.paper.title or work.paper.id,
        "authorsYear": ", ".join(str(part) for part in (first, year_of(work)) if part),
    }


def _begins(query: str, title: str) -> bool:
    """Whether every word someone types begins a word of a title."""
    there = _words(title)
    return all(any(word.startswith(part) for word in there) for part in _words(query))


def title_likeness(one: str, other: str) -> float:
    """How alike two titles are, from 0 to 1: the share of their words that both have (Dice)."""
    mine, theirs = _words(one), _words(other)
    if not mine or not theirs:
        return 0.0
    return 2 * len(mine & theirs) / (len(mine) + len(theirs))


def _words(title: str) -> set[str]:
    return set("".join(c if c.isalnum() else " " for c in title.casefold()).split())
