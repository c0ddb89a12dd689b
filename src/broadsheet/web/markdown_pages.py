"""The pages as Markdown: the same lists as on the pages, at their addresses with ``.md``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.catalog import Readings, Work
from broadsheet.editions import SHELF, Edition, TrendingKind, parse_key, trending
from broadsheet.search import SearchRequest
from broadsheet.web import markdown
from broadsheet.web.addresses import address_of
from broadsheet.web.desk import State
from broadsheet.web.markdown import OPENING, entry, page, pages, paper_markdown
from broadsheet.web.pages import papers as papers_page
from broadsheet.web.pages.about import coverage
from broadsheet.web.pages.own import PAGE as LIST_PAGE
from broadsheet.web.pages.own import Pager
from broadsheet.web.pages.search import likely
from broadsheet.web.pages.search_asked import Asked
from broadsheet.web.params import LAST_OFFSET, PAGE, tidy, whole_number
from broadsheet.web.policy import allow
from broadsheet.web.reply import Body
from broadsheet.web.shelves import shelf_of
from broadsheet.web.site import Site
from broadsheet.web.views import counted
from broadsheet.web.visitors import visitor_of

MEDIA_TYPE = "text/markdown; charset=utf-8"
_LAST_PAGE = 100_000
_SIMILAR = 6
_KINDS: dict[str, TrendingKind] = {"day": "day", "week": "week", "month": "month"}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class MarkdownPages:
    """Handlers over one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        """Each page's address with ``.md`` behind it; the front page's is ``/index.md``."""
        handlers = (
            ("/index.md", self.front),
            ("/editions.md", self.archive),
            ("/editions/{key}.md", self.edition),
            ("/search.md", self.search),
            ("/trending.md", self.trends),
            ("/lists/{name}.md", self.list),
            ("/papers.md", self.paper_by_query),
            ("/papers/{name:path}.md", self.paper),
        )
        return [Route(path, handler, methods=["GET"]) for path, handler in handlers]

    @allow("anyone", scope="read")
    async def front(self, request: Request) -> Response:
        """The latest edition, or the shelf."""
        number, section = _place(request)
        base = self._base(request)

        def make(state: State) -> Body:
            latest = state.editions.latest("day") if number == 1 and section is None else None
            shown = latest or state.editions.shelf(number, section)
            if shown is None:
                return _body(page("The first edition is still to come", ["No papers yet."]))
            return _edition(state, shown, section, base)

        return await self._answer(request, f"front {number} {section}", make)

    @allow("anyone", scope="read")
    async def edition(self, request: Request) -> Response:
        """An edition by its key; ``week`` and ``month`` are the latest ones."""
        key = request.path_params["key"]
        number, section = _place(request)
        base = self._base(request)

        def make(state: State) -> Body:
            span = parse_key(key)
            if span is None and key in ("day", "week", "month"):
                span = state.editions.latest_span(key)
            found = state.editions.read(span, number, section) if span else None
            if found is None:
                raise HTTPException(404)
            return _edition(state, found, section, base)

        return await self._answer(request, f"edition {key} {number} {section}", make)

    @allow("anyone", scope="read")
    async def archive(self, request: Request) -> Response:
        """All days that have an edition."""
        base = self._base(request)

        def make(state: State) -> Body:
            days = state.editions.days()
            lines = [
                f"- {markdown.link(day, f'{base}/editions/{day}.md')} · {counted(count)}"
                for day, count in days
            ]
            return _body(page("Editions", ["\n".join(lines) or "No dated edition yet."]))

        return await self._answer(request, "archive", make)

    @allow("anyone", scope="read")
    async def search(self, request: Request) -> Response:
        """A search's page."""
        base, asked = self._base(request), Asked.of(request)
        return await self._answer(
            request, f"search {asked}", lambda state: _search(state, asked, base)
        )

    @allow("anyone", scope="read")
    async def trends(self, request: Request) -> Response:
        """What readers turn to."""
        kind = _KINDS.get(request.query_params.get("kind", "week"))
        day = request.query_params.get("as_of", "")
        category = tidy(request.query_params.get("category", ""))[:80].strip()
        if kind is None or (day and not _DAY.fullmatch(day)):
            raise HTTPException(400, "kind is day, week or month; as_of is a day, 2026-01-31.")
        base = self._base(request)

        def make(state: State) -> Body:
            try:
                found = trending(state.catalog, state.readers, day, kind, category=category)
            except ValueError as error:
                raise HTTPException(400, str(error)) from error
            lines = [
                entry(one.work, base, number=rank, beside=markdown.escaped(one.sentence()))
                for rank, one in enumerate(found.entries, 1)
            ]
            note = f"By {kind}, as of {found.as_of[:16].replace('T', ' ')}. {found.total} papers."
            return _body(page("Trending", ["\n".join(lines)], note=note))

        return await self._personal(request, make)

    @allow("anyone", scope="read")
    async def list(self, request: Request) -> Response:
        """A reader's list, where it may be seen."""
        visitor, name = visitor_of(request), request.path_params["name"]
        base, number = self._base(request), whole_number(request, "page", 1, 1, 10_000)

        def make(state: State) -> Body:
            if visitor.scopes is not None and "read" not in visitor.scopes:
                raise HTTPException(403, "This token lacks the scope “read”.")
            shelf = shelf_of(state.readers, visitor, name, self._site.settings.base_path)
            path = shelf.path.removeprefix(self._site.settings.base_path)
            pager = Pager.of(len(shelf.entries), number, f"{base}{path}.md")
            kept = pager.cut(shelf.entries)
            works = state.recent.get_many([one.work_id for one in kept])
            first = 1 + (pager.page - 1) * LIST_PAGE
            lines = [
                entry(
                    works[one.work_id],
                    base,
                    number=place,
                    beside=markdown.escaped(" ".join([one.note, *one.tags])),
                )
                for place, one in enumerate(kept, first)
                if one.work_id in works
            ]
            turn = pages({"Previous page": pager.previous, "Next page": pager.next})
            note = counted(len(shelf.entries))
            return _body(page(shelf.name, ["\n".join(lines), turn], note=note))

        return await self._personal(request, make)

    @allow("anyone", scope="read")
    async def paper(self, request: Request) -> Response:
        """A paper by its name; where an id itself ends in ``.md`` this is its page."""
        return await self._paper(request, request.path_params["name"], plain=True)

    @allow("anyone", scope="read")
    async def paper_by_query(self, request: Request) -> Response:
        """The same for ids that no path can hold: ``/papers.md?id=…``."""
        return await self._paper(request, request.query_params.get("id", ""), plain=False)

    async def _paper(self, request: Request, name: str, *, plain: bool) -> Response:
        base = self._base(request)

        def make(state: State) -> Body:
            if plain and papers_page.find(state, f"{name}.md").works:
                return papers_page.paper(self._site, state, f"{name}.md")
            works = papers_page.find(state, name).works
            if len(works) > 1:
                lines = [entry(work, base) for work in works]
                return _body(page("Which of these?", ["\n".join(lines)]), 300)
            work = papers_page.one(papers_page.Found(works))
            versions = state.catalog.versions(work.id)
            reading = Readings(state.catalog).get_many([work.id]).get(work.id)
            near = _near(state, work)
            text = paper_markdown(work, base=base, versions=versions, similar=near, reading=reading)
            return _body(text)

        state = await self._site.state()
        # Papers are read for their terms after they stand here: that changes no other page.
        read = await self._site.in_thread(Readings(state.catalog).seq)
        return await self._answer(request, f"paper {plain} {read} {name}", make)

    def _base(self, request: Request) -> str:
        return address_of(self._site, request)

    async def _answer(self, request: Request, key: str, make: Callable[[State], Body]) -> Response:
        return await self._site.answer(request, f"md {self._base(request)} {key}", make)

    async def _personal(self, request: Request, make: Callable[[State], Body]) -> Response:
        return await self._site.personal(request, make)


def markdown_error(
    request: Request, status: int, detail: str, headers: Mapping[str, str]
) -> Body | None:
    """An error for who asked for Markdown."""
    del headers
    if not request.url.path.endswith(".md"):
        return None
    return _body(f"# Error {status}\n\n{markdown.escaped(detail)}\n", status)


def _search(state: State, asked: Asked, base: str) -> Body:
    here = partial(Asked.address, base=base, path="/search.md")
    if asked.bare:
        note = "Put the question into the address: /search.md?q=WORDS."
        return _body(page("Search", [], note=note))
    if state.searcher is None:
        raise HTTPException(503, state.index_problem or "The index is not made yet.")
    result = state.searcher.search(
        SearchRequest(
            asked.query,
            limit=PAGE,
            offset=asked.offset,
            sort=asked.sort,
            diverse=asked.diverse,
            more_like=_numbers(state, asked.more),
            less_like=_numbers(state, asked.less),
        )
    )
    works = state.recent.get_many([hit.work_id for hit in result.hits])
    lines = [
        entry(works[hit.work_id], base, number=rank, beside=likely(hit.probability), length=OPENING)
        for rank, hit in enumerate(result.hits, asked.offset + 1)
        if hit.work_id in works
    ]
    notes = [*([markdown.NOTHING_LIKELY] if result.nothing and lines else []), *result.notes]
    if result.suggestion:
        notes.append(f"Perhaps meant: {result.suggestion}")
    last = min(result.total, LAST_OFFSET + PAGE)
    turn = pages(
        {
            "Previous page": here(asked.at(asked.offset - PAGE)) if asked.offset else "",
            "Next page": here(asked.at(asked.offset + PAGE))
            if asked.offset + PAGE < last and len(lines) == PAGE
            else "",
        }
    )
    said = " ".join([f"{counted(result.total)}.", *notes])
    return _body(page(f"Search: {asked.query}", ["\n".join(lines), turn], note=said))


def _edition(state: State, edition: Edition, section: str | None, base: str) -> Body:
    parts = []
    if edition.leads:
        parts += ["## Leads", "\n".join(entry(w, base, length=OPENING) for w in edition.leads)]
    for part in edition.sections:
        shown = f"{len(part.works)} of {part.total}" if len(part.works) < part.total else part.total
        parts += [
            f"## {markdown.escaped(part.name or 'Without a subject')} ({shown})",
            "\n".join(entry(work, base, length=OPENING) for work in part.works),
        ]
    shelf = edition.kind == SHELF
    where = f"{base}/index.md" if shelf else f"{base}/editions/{edition.key}.md"

    def at(number: int) -> str:
        if not 1 <= number <= edition.pages:
            return ""
        query: dict[str, str] = {} if section is None else {"section": section}
        query |= {"page": str(number)} if number > 1 else {}
        return where + (f"?{urlencode(query)}" if query else "")

    def other(key: str) -> str:
        return f"{base}/editions/{key}.md" if key else ""

    parts.append(
        pages(
            {
                "Previous page": at(edition.page - 1),
                "Next page": at(edition.page + 1),
                "The edition before": other(edition.previous),
                "The edition after": other(edition.next),
            }
        )
    )
    note = f"{counted(edition.total)}, page {edition.page} of {edition.pages}. {coverage(state)}."
    return _body(page(edition.title, parts, note=note))


def _near(state: State, work: Work) -> Sequence[Work]:
    if state.searcher is None:
        return ()
    hits = state.searcher.similar(work.id, _SIMILAR).hits
    return list(state.recent.get_many([hit.work_id for hit in hits]).values())


def _numbers(state: State, names: Iterable[str]) -> tuple[int, ...]:
    found = (papers_page.find(state, name).works[:1] for name in names)
    return tuple(dict.fromkeys(work.id for works in found for work in works))


def _place(request: Request) -> tuple[int, str | None]:
    section = request.query_params.get("section")
    number = whole_number(request, "page", 1, 1, _LAST_PAGE)
    return number, None if section is None else section[:200]


def _body(text: str, status: int = 200) -> Body:
    return Body(text.encode("utf-8", "replace"), MEDIA_TYPE, status)
