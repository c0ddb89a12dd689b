"""Lists: what a reader has saved, with notes and tags, as pages, citations and feeds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet import citations
from broadsheet.readers import Readers
from broadsheet.web.citing import LONGEST_STYLE, cited
from broadsheet.web.desk import State
from broadsheet.web.pages.own import PAGE, OwnPages, Pager
from broadsheet.web.pages.papers import EXPORTS
from broadsheet.web.params import tidy, whole_number
from broadsheet.web.policy import allow
from broadsheet.web.reply import Body
from broadsheet.web.said import Done
from broadsheet.web.shelves import Shelf, own_list, shelf_of
from broadsheet.web.views import Item, item
from broadsheet.web.visitors import visitor_of

_TAGS_SHOWN = 60


@dataclass(frozen=True, slots=True)
class EntryView:
    """A paper in a list, with what its reader wrote beside it."""

    item: Item
    note: str
    tags: tuple[str, ...]


class ListPages(OwnPages):
    """Handlers over one site."""

    def routes(self) -> list[Route]:
        """Lists and what may be done with them."""
        return [
            Route("/lists", self.all, methods=["GET"]),
            Route("/lists", self.make, methods=["POST"]),
            Route("/lists/{name}", self.one, methods=["GET"]),
            Route("/lists/{number:int}/change", self.change_list, methods=["POST"]),
            Route("/lists/{number:int}/delete", self.delete, methods=["POST"]),
            Route("/lists/{number:int}/renew", self.renew, methods=["POST"]),
            Route("/lists/{number:int}/entries", self.put, methods=["POST"]),
        ]

    @allow("reader")
    async def all(self, request: Request) -> Response:
        """All lists of a reader."""
        me = visitor_of(request).id

        def make(state: State) -> dict[str, object]:
            saved = state.readers.acts.of(me, ["save"])
            return {
                "here": "/lists",
                "saved": len({act.work_id for act in saved}),
                "lists": state.readers.lists.of(me),
            }

        return await self.show(request, "lists.html", make)

    @allow("reader")
    async def make(self, request: Request) -> Response:
        """A new list, perhaps with a first paper."""
        visitor = visitor_of(request)
        name, work = visitor.form.text("name", 200), visitor.form.text("work")

        def make(readers: Readers) -> str:
            public = visitor.form.has("public")
            found = readers.lists.make(visitor.id, name, public=public, twice=True)
            if work:
                number = visitor.form.number("work")
                readers.lists.put(found.id, number, owner=visitor.id)
            return f"The list “{found.name}” is made"

        return await self.change(request, make, "" if work else f"{self.base}/lists")

    @allow("anyone")
    async def one(self, request: Request) -> Response:
        """A list, or with a suffix (``12.bib``) its citations."""
        visitor = visitor_of(request)
        stem, dot, ending = request.path_params["name"].rpartition(".")
        suffix = f".{ending}" if dot else ""
        if suffix and suffix not in EXPORTS:
            raise HTTPException(404)
        name = stem if suffix else request.path_params["name"]
        page = whole_number(request, "page", 1, 1, 10_000)
        tag = tidy(request.query_params.get("tag", ""))[:100]
        style = request.query_params.get("style", "")[:LONGEST_STYLE]

        def make(state: State) -> Body:
            shelf = shelf_of(state.readers, visitor, name, self.base)
            if tag:
                kept = [entry for entry in shelf.entries if tag in entry.tags]
                shelf = replace(shelf, entries=kept)
            if suffix:
                return _cited(state, shelf, suffix, style)
            return self.render(visitor, "list.html", self._values(state, shelf, tag, page))

        return await self.site.personal(request, make)

    @allow("reader")
    async def change_list(self, request: Request) -> Response:
        """Name, note, and who may see it."""
        visitor, number = visitor_of(request), request.path_params["number"]
        form = visitor.form

        def change(readers: Readers) -> str:
            readers.lists.change(
                number,
                name=form.text("name", 500),
                note=form.prose("note", 10_000, "About it"),
                public=form.has("public"),
                owner=visitor.id,
            )
            return "Kept"

        return await self.change(request, change, f"{self.base}/lists/{number}")

    @allow("reader")
    async def renew(self, request: Request) -> Response:
        """Another secret address for the list's feed."""
        visitor, number = visitor_of(request), request.path_params["number"]

        def renew(readers: Readers) -> str:
            readers.lists.renew(number, owner=visitor.id)
            return "The feed has a new address; the old one no longer works"

        return await self.change(request, renew, f"{self.base}/lists/{number}")

    @allow("reader")
    async def delete(self, request: Request) -> Response:
        """Deletes a list: asked once more, because this cannot be undone."""
        visitor, number = visitor_of(request), request.path_params["number"]
        if not visitor.form.has("sure"):
            return await self.show(
                request,
                "list_delete.html",
                lambda state: {"list": own_list(state.readers, visitor, number)},
            )

        def delete(readers: Readers) -> str:
            found = own_list(readers, visitor, number)
            readers.lists.delete(number, owner=visitor.id)
            return f"The list “{found.name}” is deleted"

        return await self.change(request, delete, f"{self.base}/lists")

    @allow("reader")
    async def put(self, request: Request) -> Response:
        """Puts a paper into a list, or changes its note and tags there."""
        visitor, number = visitor_of(request), request.path_params["number"]
        form = visitor.form
        work = form.number("work")
        note = form.prose("note", 10_000, "Note")
        tags = [tag for tag in (part.strip() for part in form.text("tags", 2000).split(",")) if tag]

        def put(readers: Readers) -> Done | str:
            there = number in readers.lists.holding(visitor.id, [work])[work]
            readers.lists.put(number, work, note, tags, owner=visitor.id)
            # To undo "put on the list" takes the paper off, and what stood beside it before.
            return "Kept" if there else Done("list", f"{number} {work}")

        back = form.text("back", 2000)
        return await self.change(request, put, f"{back}#p{work}" if back else "")

    def _values(self, state: State, shelf: Shelf, tag: str, page: int) -> dict[str, object]:
        tagged = f"?tag={quote(tag)}" if tag else ""
        pager = Pager.of(len(shelf.entries), page, shelf.path + tagged)
        entries = pager.cut(shelf.entries)
        works = state.recent.get_many([entry.work_id for entry in entries])
        read = state.recent.readings(works)
        views = [
            EntryView(
                item(works[entry.work_id], self.site.links, read.get(entry.work_id), dated=True),
                entry.note,
                entry.tags,
            )
            for entry in entries
            if entry.work_id in works
        ]
        tags = sorted({word for entry in shelf.entries for word in entry.tags}, key=str.casefold)
        return {
            "here": "/lists",
            "shelf": shelf,
            "entries": views,
            "total": len(shelf.entries),
            "lost": len(entries) - len(views),
            "tags": tags[:_TAGS_SHOWN],
            "tag": tag,
            "pager": pager,
            "page_size": PAGE,
            "exports": [
                (name, f"{shelf.path}{citations.SUFFIXES[format_]}{tagged}")
                for format_, name in (("bibtex", "BibTeX"), ("ris", "RIS"), ("csl", "CSL-JSON"))
            ],
            "styles": list(citations.STYLES.items()),
            "note": shelf.made.note if shelf.made else "",
        }


def _cited(state: State, shelf: Shelf, suffix: str, style: str) -> Body:
    works = state.catalog.get_many([entry.work_id for entry in shelf.entries])
    papers = [work.paper for work in works.values()]
    return cited(papers, suffix, shelf.made.slug if shelf.made else "saved", style)
