"""A search within a list, or within all that was saved: the search page over those papers."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.web.desk import State
from broadsheet.web.pages import search as search_pages
from broadsheet.web.pages.own import OwnPages
from broadsheet.web.pages.search_asked import Asked
from broadsheet.web.policy import allow
from broadsheet.web.reply import Body
from broadsheet.web.shelves import Shelf, shelf_of
from broadsheet.web.visitors import enhanced, visitor_of


class ListSearchPages(OwnPages):
    """Handlers over one site."""

    def routes(self) -> list[Route]:
        """The page, and the parts of it that the script asks for."""
        return [
            Route("/lists/{name}/search", self.search, methods=["GET"]),
            Route("/lists/{name}/search/results", self.results, methods=["GET"]),
            Route("/lists/{name}/search/why", self.why, methods=["GET"]),
        ]

    @allow("anyone")
    async def search(self, request: Request) -> Response:
        """The search page over a list."""
        site = self.site
        return await self._over(
            request,
            lambda state, asked, shelf: search_pages.search_page(site, state, asked, shelf),
        )

    @allow("anyone")
    async def results(self, request: Request) -> Response:
        """What the script puts under the box as someone types."""
        site = self.site
        return await self._over(
            request,
            lambda state, asked, shelf: search_pages.search_results(site, state, asked, shelf),
        )

    @allow("anyone")
    async def why(self, request: Request) -> Response:
        """Why a paper is among the results."""
        site, name = self.site, request.query_params.get("id", "")[:2000]
        part = enhanced(request) or request.query_params.get("part") == "1"
        return await self._over(
            request,
            lambda state, asked, shelf: search_pages.search_why_page(
                site, state, asked, name, part=part, shelf=shelf
            ),
        )

    async def _over(
        self, request: Request, make: Callable[[State, Asked, Shelf], Body]
    ) -> Response:
        """An answer from the list that the address names, for who may see it."""
        visitor, name = visitor_of(request), request.path_params["name"]
        asked = Asked.of(request, f"/lists/{quote(name)}/search")

        def answer(state: State) -> Body:
            return make(state, asked, shelf_of(state.readers, visitor, name, self.base))

        return await self.site.personal(request, answer)
