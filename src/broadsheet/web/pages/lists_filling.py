"""Many papers put on a list at once: named by line, or out of a reference manager's file."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.papers import Paper
from broadsheet.readers import (
    Filled,
    List,
    ReadersError,
    fill_list,
    references_in,
    references_of_file,
)
from broadsheet.text import plain
from broadsheet.web.pages.own import OwnPages
from broadsheet.web.policy import allow
from broadsheet.web.said import Done
from broadsheet.web.shelves import own_list
from broadsheet.web.visitors import Form, visitor_of

_FILE_BYTES = 6_000_000
_LONGEST_TEXT = 100_000
_MISSING_SHOWN = 200


class ListFillingPages(OwnPages):
    """Handlers over one site."""

    def routes(self) -> list[Route]:
        """The one way in."""
        return [Route("/lists/{number:int}/fill", self.fill, methods=["POST"])]

    @allow("reader", body=_FILE_BYTES)
    async def fill(self, request: Request) -> Response:
        """Puts what is here on the list, and names what is not."""
        visitor, number = visitor_of(request), request.path_params["number"]
        state = await self.site.state()

        def fill() -> tuple[List, Filled]:
            found = own_list(state.readers, visitor, number)
            papers = _named(visitor.form)
            return found, fill_list(state.readers, number, papers, owner=visitor.id)

        found, filled = await self.site.in_thread(fill)
        line, path = _line(found, filled), f"{self.base}/lists/{number}"
        if not filled.missing:
            return self.site.see_other(request, path, Done("kept", note=line))
        said = [plain(one.title[:300]) or one.id for one in filled.missing[:_MISSING_SHOWN]]
        values: dict[str, object] = {
            "list": found,
            "line": line,
            "path": path,
            "missing": [{"text": text, "url": self.site.links.search(text)} for text in said],
            "rest": len(filled.missing) - len(said),
        }
        return await self.show(request, "list_filled.html", lambda _: values)


def _line(found: List, filled: Filled) -> str:
    came = f"{_papers(filled.new)} came on “{found.name}”"
    return f"{came}; {_papers(filled.there)} stood there already" if filled.there else came


def _named(form: Form) -> list[Paper]:
    if file := form.file("file"):
        return references_of_file(file[1], file[0])
    text = form.prose("papers", _LONGEST_TEXT, "Papers")
    if not text:
        raise ReadersError("name papers by line, or choose a file of references")
    return references_in(text)


def _papers(count: int) -> str:
    return f"{count:,} paper{'' if count == 1 else 's'}"
