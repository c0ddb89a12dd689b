"""What a reader follows, with the newest papers of it; and their saved searches."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.editions import category_name
from broadsheet.readers import Follow, Readers, SavedSearch
from broadsheet.text import term_key
from broadsheet.web.desk import State
from broadsheet.web.feed_addresses import author_feed, category_feed, term_feed
from broadsheet.web.pages.own import OwnPages, Pager
from broadsheet.web.params import whole_number
from broadsheet.web.policy import allow
from broadsheet.web.said import Done
from broadsheet.web.visitors import visitor_of

_NEWEST = 60  # papers of a page
_KINDS = ("author", "category", "term", "search", "organisation")
_KIND_WORDS = {
    "author": "Authors",
    "category": "Subjects",
    "term": "Terms",
    "search": "Saved searches",
    "organisation": "Organisations",
}


@dataclass(frozen=True, slots=True)
class FollowView:
    """Something followed, with its page and its feed."""

    kind: str
    value: str
    name: str
    url: str
    feed: str


class FollowPages(OwnPages):
    """Handlers over one site."""

    def routes(self) -> list[Route]:
        """Following and saved searches."""
        return [
            Route("/following", self.following, methods=["GET"]),
            Route("/following", self.follow, methods=["POST"]),
            Route("/searches", self.searches, methods=["GET"]),
            Route("/searches", self.keep, methods=["POST"]),
            Route("/searches/{number:int}/rename", self.rename, methods=["POST"]),
            Route("/searches/{number:int}/renew", self.renew, methods=["POST"]),
            Route("/searches/{number:int}/remove", self.remove, methods=["POST"]),
        ]

    @allow("reader")
    async def following(self, request: Request) -> Response:
        """All that is followed, and what is new of it."""
        visitor = visitor_of(request)
        page = whole_number(request, "page", 1, 1, 10_000)

        def make(state: State) -> dict[str, object]:
            followed = state.readers.follows.of(visitor.id)
            searches = {str(s.id): s for s in state.readers.searches.of(visitor.id)}
            slugs = [f.value for f in followed if f.kind == "organisation"]
            named = state.readers.community.organisations.names(slugs)
            groups = [
                (
                    _KIND_WORDS[kind],
                    [self._view(f, searches, named) for f in followed if f.kind == kind],
                )
                for kind in _KINDS
            ]
            notes = self.site.followed.of(state, visitor.me)
            pager = Pager.of(len(notes), page, f"{self.base}/following", _NEWEST)
            works = pager.cut(list(notes), _NEWEST)
            return {
                "here": "/following",
                "groups": [(name, views) for name, views in groups if views],
                "items": [(item, notes[item.work].why) for item in self.items(state, works)],
                "pager": pager,
            }

        return await self.show(request, "following.html", make)

    @allow("reader")
    async def follow(self, request: Request) -> Response:
        """Follows an author, a subject or a term that was typed."""
        visitor = visitor_of(request)
        kind, value = visitor.form.text("kind"), visitor.form.text("value", 300)
        if kind not in ("author", "category", "term"):
            raise HTTPException(400, "What is followed is an author, a subject or a term.")

        def follow(readers: Readers) -> Done:
            added = readers.follows.add(visitor.id, kind, value)
            return Done("follow", f"{kind} {added.value}")

        return await self.change(request, follow, f"{self.base}/following")

    @allow("reader")
    async def searches(self, request: Request) -> Response:
        """The saved searches."""
        me = visitor_of(request).id

        def make(state: State) -> dict[str, object]:
            followed = {f.value for f in state.readers.follows.of(me, "search")}
            return {
                "here": "/searches",
                "searches": [
                    (saved, self.site.links.search(saved.query), str(saved.id) in followed)
                    for saved in state.readers.searches.of(me)
                ],
                "query": request.query_params.get("q", "")[:1000],
            }

        return await self.show(request, "searches.html", make)

    @allow("reader")
    async def keep(self, request: Request) -> Response:
        """Keeps a search under a name."""
        visitor = visitor_of(request)
        form = visitor.form
        # From the search page, which sends its query and stays where it is.
        here = form.text("query", 1200)

        def keep(readers: Readers) -> str:
            query = here or form.text("q", 1200)
            saved = readers.searches.add(visitor.id, form.text("name", 300), query)
            if form.has("follow"):
                readers.follows.add(visitor.id, "search", str(saved.id))
            return f"The search “{saved.name}” is kept"

        return await self.change(request, keep, "" if here else f"{self.base}/searches")

    @allow("reader")
    async def rename(self, request: Request) -> Response:
        """Gives a search another name."""
        visitor, number = visitor_of(request), request.path_params["number"]

        def rename(readers: Readers) -> str:
            readers.searches.rename(visitor.id, number, visitor.form.text("name", 300))
            return "Kept"

        return await self.change(request, rename, f"{self.base}/searches")

    @allow("reader")
    async def renew(self, request: Request) -> Response:
        """Another secret address for the search's feed."""
        visitor, number = visitor_of(request), request.path_params["number"]

        def renew(readers: Readers) -> str:
            readers.searches.renew(visitor.id, number)
            return "The feed has a new address; the old one no longer works"

        return await self.change(request, renew, f"{self.base}/searches")

    @allow("reader")
    async def remove(self, request: Request) -> Response:
        """Forgets a search."""
        visitor, number = visitor_of(request), request.path_params["number"]

        def remove(readers: Readers) -> str:
            readers.searches.remove(visitor.id, number)
            return "The search is removed"

        return await self.change(request, remove, f"{self.base}/searches")

    def _view(
        self, follow: Follow, searches: dict[str, SavedSearch], named: dict[str, str]
    ) -> FollowView:
        links, value, name = self.site.links, follow.value, follow.value
        feed = ""
        match follow.kind:
            case "author":
                url, feed = links.search(f'author:"{value}"'), f"{author_feed(value)}.atom"
            case "category":
                name = category_name(value)
                url, feed = links.search(f"cat:{value}"), f"{category_feed(value)}.atom"
            case "search" if value in searches:
                name = searches[value].name
                url = links.search(searches[value].query)
                feed = f"/feeds/search/{searches[value].secret}.atom"
            case "organisation":
                name = named.get(value, value)
                url = f"{self.base}/organisations/{value}"
            case "term" if term_key(value):
                url, feed = links.term(term_key(value)), f"{term_feed(value)}.atom"
            case _:
                url = links.search(f'"{value}"')
        return FollowView(follow.kind, value, name, url, f"{self.base}{feed}" if feed else "")
