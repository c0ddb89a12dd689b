"""What the pages of a reader's own have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from broadsheet.readers import Readers
from broadsheet.web.desk import State
from broadsheet.web.reply import Body
from broadsheet.web.said import Done
from broadsheet.web.site import Site
from broadsheet.web.views import LIST_OPENING, Item, item
from broadsheet.web.visitors import Visitor, visitor_of

T = TypeVar("T")

PAGE = 50


@dataclass(frozen=True, slots=True)
class Pager:
    """The pages before and after this one, '' where there is none."""

    page: int
    pages: int
    previous: str
    next: str

    @staticmethod
    def of(total: int, page: int, address: str, size: int = PAGE) -> Pager:
        """The pager of a list; ``address`` is its first page, without or with a query."""
        pages = max(1, -(-total // size))
        page = min(page, pages)
        mark = "&" if "?" in address else "?"

        def at(number: int) -> str:
            return address if number == 1 else f"{address}{mark}page={number}"

        return Pager(
            page, pages, at(page - 1) if page > 1 else "", at(page + 1) if page < pages else ""
        )

    def cut(self, found: list[T], size: int = PAGE) -> list[T]:
        """The part of a list that this page shows."""
        return found[(self.page - 1) * size : self.page * size]


class OwnPages:
    """The base of pages that belong to a reader."""

    def __init__(self, site: Site) -> None:
        self.site = site

    @property
    def base(self) -> str:
        """The base path."""
        return self.site.settings.base_path

    def render(self, visitor: Visitor, template: str, values: dict[str, object]) -> Body:
        """A page with the reader and the token of their forms."""
        common: dict[str, object] = {
            "csrf": visitor.csrf,
            "me": visitor.reader,
            "accounts": visitor.accounts,
        }
        return self.site.render(template, common | values)

    async def show(
        self, request: Request, template: str, make: Callable[[State], dict[str, object]]
    ) -> Response:
        """A page from what ``make`` finds."""
        visitor = visitor_of(request)
        return await self.site.personal(
            request, lambda state: self.render(visitor, template, make(state))
        )

    async def change(
        self,
        request: Request,
        work: Callable[[Readers], Done | str | None],
        path: str = "",
    ) -> Response:
        """Changes something and goes on to a page that says so.

        ``work`` returns what to say: what was done, or a line of its own. ``path`` is where to
        go, by default where the form says.
        """
        state = await self.site.state()
        result = await self.site.in_thread(lambda: work(state.readers))
        done = Done("kept", note=result) if isinstance(result, str) else result
        onward = path or visitor_of(request).form.text("back", 2000)
        return self.site.see_other(request, onward, done)

    def items(self, state: State, ids: Iterable[int], length: int = LIST_OPENING) -> list[Item]:
        """Papers as they stand in lists, in this order; those that are gone are left out."""
        works = state.recent.get_many(list(ids))
        read = state.recent.readings(works)
        return [
            item(work, self.site.links, read.get(work.id), length=length, dated=True)
            for work in works.values()
        ]
