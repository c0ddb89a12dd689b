"""The addresses of the pages."""

from __future__ import annotations

from typing import Literal

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from broadsheet.editions import SHELF, Edition, Span, parse_key
from broadsheet.web.citing import LONGEST_STYLE
from broadsheet.web.desk import State
from broadsheet.web.pages import about as about_page
from broadsheet.web.pages import papers as papers_page
from broadsheet.web.pages import search as search_pages
from broadsheet.web.pages import versions as versions_pages
from broadsheet.web.pages.editions import archive_values, edition_values
from broadsheet.web.pages.search_asked import Asked
from broadsheet.web.pages.venues import venues_of, venues_values
from broadsheet.web.params import whole_number
from broadsheet.web.policy import allow
from broadsheet.web.reply import Body, send, takes_gzip
from broadsheet.web.site import Site
from broadsheet.web.statics import by_hashed_name
from broadsheet.web.visitors import enhanced

_FOREVER = "public, max-age=31536000, immutable"
_DAYS_SHOWN = 5
_LAST_PAGE = 100_000


class Pages:
    """Handlers over one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        """All pages, and the files that go with them."""
        handlers = (
            ("/", self.front),
            ("/editions", self.archive),
            ("/editions/{key}", self.edition),
            ("/venues", self.venues),
            ("/search", self.search),
            ("/search/results", self.results),
            ("/search/why", self.why),
            ("/papers", self.paper_by_query),
            ("/papers/{name:path}", self.paper),
            ("/versions", self.versions),
            ("/about", self.about),
            ("/healthz", self.healthz),
            ("/opensearch.xml", self.opensearch),
            ("/robots.txt", self.robots),
            ("/favicon.ico", self.favicon),
            ("/static/{name}", self.static),
        )
        return [Route(path, handler, methods=["GET"]) for path, handler in handlers]

    @allow("anyone")
    async def front(self, request: Request) -> Response:
        """The latest edition; the shelf in a home without one."""
        page, section = _place(request)

        def make(state: State) -> Body:
            latest = state.editions.latest("day") if page == 1 and section is None else None
            shown = latest or state.editions.shelf(page, section)
            if shown is None:
                if page > 1 or section is not None:
                    raise HTTPException(404)
                return self._first_run()
            return self._edition(state, shown, section, front=page == 1 and section is None)

        return await self._site.answer(request, f"front {page} {section}", make)

    @allow("anyone")
    async def edition(self, request: Request) -> Response:
        """An edition by its key; ``week`` and ``month`` are the latest ones."""
        key = request.path_params["key"]
        page, section = _place(request)
        by: Literal["topic", "subject"] = (
            "subject" if request.query_params.get("by") == "subject" else "topic"
        )
        kind = key if key in ("week", "month") else ""
        span = None if kind else parse_key(key)
        if not kind and span is None:
            raise HTTPException(404)

        def make(state: State) -> Body:
            at = span or _latest_span(state, kind)
            found = state.editions.read(at, page, section, by=by) if at else None
            if found is None:
                if kind:
                    return self._no_edition(kind)
                if at is None or state.editions.read(at) is not None:
                    raise HTTPException(404)
                return self._without_papers(state, at)
            return self._edition(state, found, section, front=False, by=by)

        return await self._site.answer(request, f"edition {key} {by} {page} {section}", make)

    @allow("anyone")
    async def archive(self, request: Request) -> Response:
        """All days that have an edition."""

        def make(state: State) -> Body:
            days = state.catalog.days(_LAST_PAGE)
            undated = state.works - sum(count for _, count in days)
            values = archive_values(days, undated, self._site.links)
            return self._site.render("archive.html", values)

        return await self._site.answer(request, "archive", make)

    @allow("anyone")
    async def venues(self, request: Request) -> Response:
        """The meetings and journals that papers appeared at; ``?year=`` of one year, ``?q=`` by
        name."""
        site = self._site
        year, asked = (request.query_params.get(key, "")[:100] for key in ("year", "q"))

        def make(state: State) -> Body:
            found = venues_of(state.index, site.links) if state.index else []
            return site.render("venues.html", venues_values(found, site.links, year, asked))

        return await site.answer(request, f"venues {year} {asked}", make)

    @allow("anyone")
    async def search(self, request: Request) -> Response:
        """The search page."""
        site, asked = self._site, Asked.of(request)
        return await site.answer(
            request,
            f"search {asked}",
            lambda state: search_pages.search_page(site, state, asked),
        )

    @allow("anyone")
    async def results(self, request: Request) -> Response:
        """What the script puts under the box as someone types."""
        site, asked = self._site, Asked.of(request)
        return await site.answer(
            request,
            f"results {asked}",
            lambda state: search_pages.search_results(site, state, asked),
        )

    @allow("anyone")
    async def why(self, request: Request) -> Response:
        """Why a paper is among the results; our script asks for the part that it opens."""
        site, asked = self._site, Asked.of(request)
        name = request.query_params.get("id", "")[:2000]
        part = enhanced(request) or request.query_params.get("part") == "1"
        return await site.answer(
            request,
            f"why {part} {name} {asked}",
            lambda state: search_pages.search_why_page(site, state, asked, name, part=part),
        )

    @allow("anyone")
    async def paper(self, request: Request) -> Response:
        """A paper's page or, with a suffix, its citation."""
        return await self._paper(request, request.path_params["name"], "")

    @allow("anyone")
    async def paper_by_query(self, request: Request) -> Response:
        """The same for ids that no path can hold: ``/papers?id=…``."""
        suffix = f".{request.query_params.get('as', '')}"
        known = suffix if suffix in papers_page.EXPORTS else ""
        return await self._paper(request, request.query_params.get("id", ""), known)

    async def _paper(self, request: Request, name: str, suffix: str) -> Response:
        site, style = self._site, request.query_params.get("style", "")[:LONGEST_STYLE]
        return await site.answer(
            request,
            f"paper {suffix} {style!r} {name}",
            lambda state: papers_page.paper(site, state, name, suffix, style),
        )

    @allow("anyone")
    async def versions(self, request: Request) -> Response:
        """What changed between two versions: ``/versions?id=…&from=v1&to=v2``."""
        site = self._site
        name, old, new = (request.query_params.get(key, "")[:2000] for key in ("id", "from", "to"))
        return await site.answer(
            request,
            f"versions {old} {new} {name}",
            lambda state: versions_pages.versions_page(site, state, name, old, new),
        )

    @allow("anyone")
    async def about(self, request: Request) -> Response:
        """About and status."""
        site = self._site
        return await site.answer(request, "about", lambda state: about_page.about(site, state))

    @allow("anyone", plain=True)
    async def healthz(self, request: Request) -> Response:
        """Answers when the paper is served; 503 when the catalog cannot be read."""
        await self._site.in_thread(self._site.desk.look)
        return send(request, Body(b"ok\n", "text/plain"), cache="no-store")

    @allow("anyone", plain=True)
    async def opensearch(self, request: Request) -> Response:
        """Lets browsers and reference managers search here."""
        base = f"{request.url.scheme}://{request.url.netloc}{self._site.settings.base_path}"
        body = self._site.render("opensearch.xml", {"address": base})
        body.media_type = "application/opensearchdescription+xml"
        return send(request, body)

    @allow("anyone", plain=True)
    async def robots(self, request: Request) -> Response:
        """Search pages are endless: crawlers leave them alone."""
        base = self._site.settings.base_path
        closed = ("/search", "/lists/*/search", "/api/")
        text = "\n".join(["User-agent: *", *(f"Disallow: {base}{path}" for path in closed), ""])
        return send(request, Body(text.encode(), "text/plain"))

    @allow("anyone", plain=True)
    async def favicon(self, request: Request) -> Response:
        """Where browsers look that do not read the page."""
        del request
        base = self._site.settings.base_path
        icon = next(a for a in by_hashed_name().values() if a.media_type == "image/svg+xml")
        return RedirectResponse(f"{base}/static/{icon.name}", 301)

    @allow("anyone", plain=True)
    async def static(self, request: Request) -> Response:
        """A file whose name carries a hash of its content."""
        asset = by_hashed_name().get(request.path_params["name"])
        if asset is None:
            raise HTTPException(404)
        headers = {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
        content = asset.body
        if takes_gzip(request):
            content, headers["Content-Encoding"] = asset.compressed, "gzip"
        return Response(content, 200, headers, asset.media_type)

    def _edition(
        self,
        state: State,
        edition: Edition,
        section: str | None,
        *,
        front: bool,
        by: Literal["topic", "subject"] = "topic",
    ) -> Body:
        days: list[tuple[str, int]] = []
        if edition.kind == "day":
            days = state.editions.days_around(edition.key, _DAYS_SHOWN)
        values = edition_values(
            edition,
            self._site.links,
            front=front,
            section=section,
            days=days,
            coverage=about_page.coverage(state),
            readings=state.recent.readings(
                work.id
                for works in (edition.leads, *(part.works for part in edition.sections))
                for work in works
            ),
            by="subject" if by == "subject" else "",
        )
        return self._site.render("edition.html", values)

    def _first_run(self) -> Body:
        values: dict[str, object] = {
            "title": "The first edition is still to come",
            "kicker": "An empty home",
            "here": "/",
            "lines": [
                "No papers are here yet. Take in a file of them, a saved listing or a "
                "collection; this page shows them as soon as they are stored."
            ],
            "code": "broadsheet import FILE.jsonl.zst",
            "links": [{"name": "Status", "url": f"{self._site.settings.base_path}/about"}],
        }
        return self._site.render("message.html", values)

    def _no_edition(self, kind: str) -> Body:
        values: dict[str, object] = {
            "title": f"No edition of the {kind} yet",
            "kicker": "Nothing announced",
            "here": f"/editions/{kind}",
            "lines": [
                "Editions are made of papers with an announced day, and this home has none. "
                "Daily listings bring them."
            ],
            "code": "broadsheet import FILE.jsonl.zst",
            "links": [{"name": "What is here", "url": self._site.links.front()}],
        }
        return self._site.render("message.html", values)

    def _without_papers(self, state: State, span: Span) -> Body:
        """A day, week or month on which nothing was announced, with the ways to the next ones."""
        near = (parse_key(key) for key in state.editions.neighbours(span))
        links, base = self._site.links, self._site.settings.base_path
        ways = [{"name": at.title, "url": links.edition(at.key)} for at in near if at is not None]
        ways.append({"name": "All editions", "url": f"{base}/editions"})
        values: dict[str, object] = {
            "title": f"No edition for {span.title}",
            "kicker": "Nothing announced · 404",
            "lines": ["No paper here was announced then."],
            "code": "",
            "links": [*ways, {"name": "What sources announced", "url": f"{base}/ledger"}],
        }
        return self._site.render("message.html", values, 404)


def _place(request: Request) -> tuple[int, str | None]:
    """The page and the section asked for; '' is the section of papers without a subject."""
    page = whole_number(request, "page", 1, 1, _LAST_PAGE)
    section = request.query_params.get("section")
    return page, None if section is None else section[:200]


def _latest_span(state: State, kind: str) -> Span | None:
    return state.editions.latest_span("week" if kind == "week" else "month")


__all__ = ["SHELF", "Pages"]
