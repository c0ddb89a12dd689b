"""Citations of whole pages, one paper's in every form, and unAPI for reference managers.

Each page that shows papers has them as a file at its own address with ``.bib``, ``.ris``,
``.json`` (CSL-JSON; of a search ``.csl.json``) or ``.txt`` (``?style=ieee``) behind it; papers
and lists do so where they stand (`papers`, `lists`), the others here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from xml.sax.saxutils import quoteattr

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet import citations
from broadsheet.catalog import Work
from broadsheet.editions import Edition, parse_key, public_name, trending
from broadsheet.papers import Paper
from broadsheet.search import SearchRequest
from broadsheet.web.citing import EXPORTS, LONGEST_STYLE, MOST, USUAL_STYLE, cited, worded
from broadsheet.web.desk import State
from broadsheet.web.pages.own import OwnPages
from broadsheet.web.pages.papers_found import find, one
from broadsheet.web.pages.search import numbers
from broadsheet.web.pages.search_asked import Asked
from broadsheet.web.pages.trending import asked_for
from broadsheet.web.params import asked_number
from broadsheet.web.policy import allow
from broadsheet.web.reply import Body
from broadsheet.web.views import title_of
from broadsheet.web.visitors import visitor_of

_XML = "application/xml; charset=utf-8"
_LONGEST_ID = 2000
# A search's own .json is its feed.
_BESIDE_FEED = {".json": ".csl.json"}
_USUAL_HITS, _MOST_HITS = 100, 1000
# In the order in which Zotero's unAPI translator prefers them; the names are those it knows.
_UNAPI = {
    "rdf_zotero": (citations.ZOTERO_RDF, "https://www.zotero.org/support/dev/exposing_metadata"),
    "ris": (citations.MEDIA_TYPES["ris"], "http://www.refman.com/support/risformat_intro.asp"),
    "bibtex": (citations.MEDIA_TYPES["bibtex"], "https://info.arxiv.org/help/hypertex/bibstyles/"),
    "csl": (citations.MEDIA_TYPES["csl"], "https://docs.citationstyles.org/"),
}


class CitingPages(OwnPages):
    """Handlers over one site."""

    def routes(self) -> list[Route]:
        """Files of pages, the page of one paper's citations, and unAPI."""
        handlers = [
            ("/unapi", self.unapi),
            ("/cite", self.page),
        ]
        for suffix in EXPORTS:
            handlers += [
                (f"/index{suffix}", self.front),
                (f"/editions/{{key}}{suffix}", self.edition),
                (f"/search{_BESIDE_FEED.get(suffix, suffix)}", self.search),
                (f"/trending{suffix}", self.trends),
            ]
        return [Route(path, handler, methods=["GET"]) for path, handler in handlers]

    @allow("anyone")
    async def front(self, request: Request) -> Response:
        """The latest edition, or the shelf where nothing is dated."""
        section = _section(request)

        def make(state: State) -> Body:
            found = state.editions.latest("day", 1, section) or state.editions.shelf(1, section)
            return self._edition(request, state, found, section)

        return await self._file(request, f"front {section}", make)

    @allow("anyone")
    async def edition(self, request: Request) -> Response:
        """All papers of a day, a week or a month, or of one of its sections."""
        key, section = request.path_params["key"], _section(request)

        def make(state: State) -> Body:
            span = parse_key(key)
            if span is None and key in ("day", "week", "month"):
                span = state.editions.latest_span(key)
            found = state.editions.read(span, 1, section) if span else None
            return self._edition(request, state, found, section)

        return await self._file(request, f"edition {key} {section}", make)

    def _edition(
        self, request: Request, state: State, first: Edition | None, section: str | None
    ) -> Body:
        if first is None:
            raise HTTPException(404)
        if first.total > MOST:
            raise HTTPException(
                400,
                f"{first.title} has {first.total:,} papers; one file holds {MOST:,}. Take a day, "
                "or a section of it (?section=…).",
            )
        span = parse_key(first.key)
        works: dict[int, Work] = {}
        for number in range(1, first.pages + 1):
            page: Edition | None = first
            if number > 1:
                page = (
                    state.editions.read(span, number, section)
                    if span
                    else state.editions.shelf(number, section)
                )
            if page is not None:
                shown = (page.leads, *(part.works for part in page.sections))
                works |= {work.id: work for part in shown for work in part}
        return _cited(request, works.values(), f"broadsheet-{first.key}")

    @allow("anyone")
    async def search(self, request: Request) -> Response:
        """The hits of a search, a hundred of them or ``limit``."""
        asked = Asked.of(request)
        limit = asked_number(request, "limit", _USUAL_HITS, 1, _MOST_HITS)

        def make(state: State) -> Body:
            if asked.bare:
                raise HTTPException(400, "A search needs words: /search.bib?q=WORDS")
            if state.searcher is None:
                raise HTTPException(503, state.index_problem or "The index is not made yet.")
            wanted = SearchRequest(
                asked.query,
                limit=limit,
                offset=asked.offset,
                sort=asked.sort,
                diverse=asked.diverse,
                more_like=numbers(state, asked.more),
                less_like=numbers(state, asked.less),
            )
            hits = state.searcher.search(wanted).hits
            works = state.recent.get_many([hit.work_id for hit in hits])
            return _cited(request, works.values(), f"search-{asked.query[:60]}")

        return await self._file(request, f"search {limit} {asked}", make)

    @allow("anyone")
    async def trends(self, request: Request) -> Response:
        """What readers turn to, as on the page."""
        kind, day, category = asked_for(request)

        def make(state: State) -> Body:
            try:
                found = trending(state.catalog, state.readers, day, kind, category=category)
            except ValueError as error:
                raise HTTPException(400, str(error)) from error
            return _cited(request, [entry.work for entry in found.entries], f"trending-{kind}")

        return await self.site.personal(request, make)

    async def _file(self, request: Request, key: str, make: Callable[[State], Body]) -> Response:
        name = f"cited {_suffix(request)} {_style(request)!r} {key}"
        return await self.site.answer(request, name, make)

    @allow("anyone")
    async def unapi(self, request: Request) -> Response:
        """unAPI, revision 3 (unapi.info): formats, those of one paper, or a paper in one.

        The pages name papers by their numbers here: Zotero puts the id into the address as it
        stands, so that it must be one that needs no escaping. Other names are known too.
        """
        id_ = request.query_params.get("id", "")[:_LONGEST_ID]
        format_ = request.query_params.get("format", "")[:100]

        def make(state: State) -> Body:
            if not id_:
                return _formats("", 200)
            work = _named(state, id_)
            if not format_:
                return _formats(id_, 300)
            if format_ not in _UNAPI:
                raise HTTPException(406, f"format takes {', '.join(_UNAPI)}.")
            papers = [work.paper]
            if format_ == "rdf_zotero":
                text = citations.zotero_rdf(papers)
            else:
                text = citations.export(papers, format_)
            return Body(text.encode("utf-8", "replace"), _UNAPI[format_][0])

        return await self.site.answer(request, f"unapi {format_!r} {id_}", make)

    @allow("anyone")
    async def page(self, request: Request) -> Response:
        """One paper in a style and in every format, to be copied; where a reader may send it."""
        visitor = visitor_of(request)
        name = request.query_params.get("id", "")[:_LONGEST_ID]
        style = _style(request) or USUAL_STYLE

        def make(state: State) -> dict[str, object]:
            work = one(find(state, name))
            library = state.readers.zotero.of(visitor.reader.id) if visitor.reader else None
            return {
                "title": title_of(work.paper),
                "paper_url": self.site.links.paper(work.paper),
                "work": work.id,
                "name": public_name(work.paper),
                "style": style,
                "styles": _styles(style),
                "line": "\n".join(worded([work.paper], style)),
                "exports": _written(work.paper, self.site.links.paper),
                "library": library,
            }

        return await self.show(request, "cite.html", make)


def _styles(chosen: str) -> list[tuple[str, str]]:
    """The styles that are offered; one that was asked for by name is among them."""
    offered = list(citations.STYLES.items())
    known = {name for name, _ in offered} | {called.lower() for _, called in offered}
    return offered if chosen.lower() in known else [(chosen, chosen), *offered]


def _written(paper: Paper, address: Callable[[Paper, str], str]) -> list[tuple[str, str, str]]:
    names = {"bibtex": "BibTeX", "ris": "RIS", "csl": "CSL-JSON"}
    return [
        (names[format_], address(paper, suffix), citations.export([paper], format_))
        for format_, suffix in citations.SUFFIXES.items()
    ]


def _cited(request: Request, works: Iterable[Work], name: str) -> Body:
    papers = [work.paper for work in works]
    return cited(papers, _suffix(request), name, _style(request))


def _named(state: State, name: str) -> Work:
    """The work of a number, else of any name of a paper."""
    if name.isascii() and name.isdigit() and len(name) <= 15:
        work = state.recent.get_many([int(name)]).get(int(name))
        if work is not None and not work.deleted:
            return work
    return one(find(state, name))


def _formats(id_: str, status: int) -> Body:
    about = f" id={quoteattr(id_)}" if id_ else ""
    lines = [
        f"<format name={quoteattr(name)} type={quoteattr(kind)} docs={quoteattr(docs)}/>"
        for name, (kind, docs) in _UNAPI.items()
    ]
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<formats{about}>{"".join(lines)}</formats>\n'
    return Body(text.encode("utf-8", "replace"), _XML, status)


def _suffix(request: Request) -> str:
    return next(suffix for suffix in EXPORTS if request.url.path.endswith(suffix))


def _style(request: Request) -> str:
    return request.query_params.get("style", "")[:LONGEST_STYLE]


def _section(request: Request) -> str | None:
    section = request.query_params.get("section")
    return None if section is None else section[:200]
