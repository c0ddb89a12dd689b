"""A reader's newest digest as a page: as it was made for them, else as it would be now."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.editions import (
    FOLLOWED,
    FOR_YOU,
    DigestMaker,
    long_date,
    recommending,
    works_of,
)
from broadsheet.web.desk import State
from broadsheet.web.pages.own import OwnPages
from broadsheet.web.policy import allow
from broadsheet.web.views import Item, item
from broadsheet.web.visitors import visitor_of
from broadsheet.worker import PostOffice


class DigestPages(OwnPages):
    """Handlers over one site."""

    def routes(self) -> list[Route]:
        """The page."""
        return [Route("/digest", self.preview, methods=["GET"])]

    @allow("reader")
    async def preview(self, request: Request) -> Response:
        """What was sent, or would be; nothing is, and nothing counts as shown."""
        visitor = visitor_of(request)

        def make(state: State) -> dict[str, object]:
            reader = visitor.me

            def maker() -> DigestMaker:
                if state.taste is None:
                    return DigestMaker(state.catalog, state.readers)
                picks = recommending(state.catalog, state.readers, state.taste)
                return DigestMaker(state.catalog, state.readers, state.searcher, picks)

            office = PostOffice(self.site.settings, state.catalog, state.readers, maker)
            found, mail = office.newest(reader)
            sections: dict[str, list[tuple[Item, str]]] = {}
            if found is not None:
                papers = works_of(state.catalog, found)
                read = state.recent.readings(work.id for _, work in papers)
                for pick, work in papers:
                    shown = item(work, self.site.links, read.get(work.id), dated=True)
                    sections.setdefault(pick.section, []).append((shown, pick.why))
            return {
                "here": "/account",
                "digest": found,
                "day": long_date(found.day) if found else "",
                "sections": list(sections.items()),
                "follows_wait": found is not None and FOLLOWED in found.waits,
                "picks_wait": found is not None and FOR_YOU in found.waits,
                "mail": mail,
                "mailed": bool(self.site.settings.smtp_host),
                "refused": office.log.postbox(reader.id).refuses(reader.email),
            }

        return await self.show(request, "digest.html", make)
