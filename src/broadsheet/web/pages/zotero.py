"""A reader's Zotero library: named once, then papers and lists are sent there with a button."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.papers import Paper
from broadsheet.readers import Readers, ZoteroLibrary
from broadsheet.web.desk import State
from broadsheet.web.pages.own import OwnPages
from broadsheet.web.policy import allow
from broadsheet.web.said import Done
from broadsheet.web.sending import Sender
from broadsheet.web.shelves import shelf_of
from broadsheet.web.site import Site
from broadsheet.web.visitors import Visitor, visitor_of


class ZoteroPages(OwnPages):
    """Handlers over one site."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._sender = Sender(site.settings)

    def routes(self) -> list[Route]:
        """The library, and sending to it."""
        return [
            Route("/zotero", self.page, methods=["GET"]),
            Route("/zotero", self.keep, methods=["POST"]),
            Route("/zotero/forget", self.forget, methods=["POST"]),
            Route("/zotero/send", self.send, methods=["POST"]),
        ]

    @allow("reader")
    async def page(self, request: Request) -> Response:
        """Which library it is; the key is never shown."""
        me = visitor_of(request).id
        return await self.show(
            request, "zotero.html", lambda state: {"library": state.readers.zotero.of(me)}
        )

    @allow("reader")
    async def keep(self, request: Request) -> Response:
        """Names the library."""
        visitor = visitor_of(request)
        form = visitor.form

        def keep(readers: Readers) -> str:
            library = readers.zotero.keep(
                visitor.id,
                form.text("library", 60),
                form.secret("key")[:200],
                form.text("collection", 600),
            )
            return f"Papers are sent to {library.library}"

        return await self.change(request, keep, f"{self.base}/zotero")

    @allow("reader")
    async def forget(self, request: Request) -> Response:
        """Forgets library and key."""
        visitor = visitor_of(request)

        def forget(readers: Readers) -> str:
            gone = readers.zotero.forget(visitor.id)
            return "The library and its key are forgotten" if gone else "None was named"

        return await self.change(request, forget, f"{self.base}/zotero")

    @allow("reader")
    async def send(self, request: Request) -> Response:
        """Sends a paper (``work``) or a list (``list``)."""
        visitor = visitor_of(request)
        state = await self.site.state()
        library, papers = await self.site.in_thread(lambda: self._asked(state, visitor))
        if library is None:
            done = Done("kept", note="Name your library first; then send again")
            return self.site.see_other(request, f"{self.base}/zotero", done)
        note = await self._sender.send(library, papers) if papers else "Nothing is on this list"
        onward = visitor.form.text("back", 2000)
        return self.site.see_other(request, onward, Done("kept", note=note))

    def _asked(self, state: State, visitor: Visitor) -> tuple[ZoteroLibrary | None, list[Paper]]:
        form = visitor.form
        library = state.readers.zotero.of(visitor.id)
        if form.has("list"):
            shelf = shelf_of(state.readers, visitor, form.text("list"), self.base)
            numbers = [entry.work_id for entry in shelf.entries]
        else:
            numbers = [form.number("work")]
        works = state.catalog.get_many(numbers)
        papers = [work.paper for work in works.values() if not work.deleted]
        if not papers and not form.has("list"):
            raise HTTPException(404)
        return library, papers
