"""Organisations: their papers, and who speaks for them."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.readers import Readers
from broadsheet.web.desk import State
from broadsheet.web.pages.own import OwnPages, Pager
from broadsheet.web.params import whole_number
from broadsheet.web.policy import allow
from broadsheet.web.signatures import signature
from broadsheet.web.visitors import visitor_of

_SHOWN = 200


class OrganisationPages(OwnPages):
    """Handlers over one site."""

    def routes(self) -> list[Route]:
        """Organisations and what is done with them."""
        return [
            Route("/organisations", self.all, methods=["GET"]),
            Route("/organisations", self.make, methods=["POST"]),
            Route("/organisations/{name}", self.one, methods=["GET"]),
            Route("/organisations/{number:int}/claim", self.claim, methods=["POST"]),
            Route("/organisations/{number:int}/leave", self.leave, methods=["POST"]),
            Route("/organisations/{number:int}/edit", self.edit, methods=["POST"]),
            Route("/organisations/{number:int}/papers", self.attach, methods=["POST"]),
        ]

    @allow("anyone")
    async def all(self, request: Request) -> Response:
        """Those with the most papers first."""

        def make(state: State) -> dict[str, object]:
            return {"organisations": state.readers.community.organisations.all(limit=_SHOWN)}

        return await self.show(request, "organisations.html", make)

    @allow("anyone")
    async def one(self, request: Request) -> Response:
        """An organisation and its papers."""
        visitor, name = visitor_of(request), request.path_params["name"]
        page = whole_number(request, "page", 1, 1, 10_000)

        def make(state: State) -> dict[str, object]:
            organisations = state.readers.community.organisations
            found = organisations.by_slug(name)
            if found is None:
                raise HTTPException(404)
            works = organisations.works(found.id)
            pager = Pager.of(len(works), page, f"{self.base}/organisations/{found.slug}")
            members = organisations.members(found.id)
            speakers = [
                (m.reader_id, signature(m.by, m.name)) for m in members if m.state == "confirmed"
            ]
            mine = visitor.reader and next((m for m in members if m.reader_id == visitor.id), None)
            follows = state.readers.follows.of(visitor.id, "organisation") if visitor.reader else []
            return {
                "organisation": found,
                "items": self.items(state, pager.cut(works)),
                "total": len(works),
                "pager": pager,
                "speakers": speakers,
                "mine": mine.state if mine else "",
                "followed": any(f.value == found.slug for f in follows),
            }

        return await self.show(request, "organisation.html", make)

    @allow("reader", accounts=True)
    async def make(self, request: Request) -> Response:
        """An organisation that no affiliation has brought."""
        visitor = visitor_of(request)
        form = visitor.form

        def make(readers: Readers) -> str:
            made = readers.community.organisations.make(
                visitor.id,
                form.text("name", 300),
                form.text("url", 2100),
                form.prose("about", 2000, "About it"),
                twice=True,
            )
            return f"“{made.name}” has a page; an operator confirms that you speak for it"

        return await self.change(request, make, f"{self.base}/organisations")

    @allow("reader", accounts=True)
    async def claim(self, request: Request) -> Response:
        """Asks to speak for an organisation."""
        visitor, number = visitor_of(request), request.path_params["number"]

        def claim(readers: Readers) -> str:
            readers.community.organisations.claim(visitor.id, number)
            return "An operator will confirm it"

        return await self.change(request, claim)

    @allow("reader", accounts=True)
    async def leave(self, request: Request) -> Response:
        """Speaks for an organisation no longer, or takes back that one asked to."""
        visitor, number = visitor_of(request), request.path_params["number"]

        def leave(readers: Readers) -> str:
            readers.community.organisations.leave(visitor.id, number)
            return "You do not speak for it any more"

        # Its page may have gone with who spoke for it.
        return await self.change(request, leave, f"{self.base}/organisations")

    @allow("reader", accounts=True)
    async def edit(self, request: Request) -> Response:
        """Changes what its page says; for those who speak for it."""
        visitor, number = visitor_of(request), request.path_params["number"]
        form = visitor.form

        def edit(readers: Readers) -> str:
            url, about = form.text("url", 2100), form.prose("about", 2000, "About it")
            readers.community.organisations.edit(visitor.id, number, url=url, about=about)
            return "Kept"

        return await self.change(request, edit)

    @allow("reader", accounts=True)
    async def attach(self, request: Request) -> Response:
        """Says that a paper is this organisation's, or takes that back; for those who speak for
        it."""
        visitor, number = visitor_of(request), request.path_params["number"]
        name = visitor.form.text("paper", 1000)
        off = visitor.form.text("do") == "off"
        state = await self.site.state()

        def attach(readers: Readers) -> str:
            works = state.catalog.resolve(name)
            if len(works) != 1:
                raise HTTPException(400, f"“{name[:100]}” is not the id of one paper here.")
            organisations = readers.community.organisations
            organisations.attach(visitor.id, number, works[0], belongs=not off)
            if not off:
                return "The paper is added"
            if works[0] in organisations.works(number):
                return "The paper stays: the affiliations in its record say that it is theirs"
            return "The paper is taken off"

        return await self.change(request, attach)
