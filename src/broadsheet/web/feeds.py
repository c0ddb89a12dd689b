"""The feeds: every list of papers as Atom, RSS and JSON Feed, asked for as often as one likes.

A feed reader asks again and again, and nearly always nothing is new: the entity tag is that of the
bytes, and Last-Modified the moment at which this list was first seen to read so. It is not the
date of the newest paper, which says only the day: two arrivals on one day would look like one.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from typing import cast, get_args
from urllib.parse import quote, urlencode
from uuid import NAMESPACE_URL, uuid5

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.editions import (
    MEDIA_TYPES,
    MOST_ENTRIES,
    OPML,
    FeedEntry,
    FeedHead,
    FeedKind,
    feed,
    opml,
    paper_path,
)
from broadsheet.readers import Reader
from broadsheet.web import feed_lists
from broadsheet.web.addresses import address_of
from broadsheet.web.desk import State
from broadsheet.web.feed_addresses import reader_feeds
from broadsheet.web.feed_lists import FeedList, Part
from broadsheet.web.params import asked_number, query_text
from broadsheet.web.policy import allow
from broadsheet.web.reply import Body, ready, send
from broadsheet.web.site import Site, bodies
from broadsheet.worker import PostLog

_STAMPS = 5_000
_LATEST = 10**9
_PRIVATE = "private, no-cache"
_OWN_FEEDS = ("for-you", "follows", "day")

Make = Callable[[State, Part], FeedList | None]

_SHELVES: dict[str, Callable[[State, str, Part], FeedList | None]] = {
    "category": feed_lists.category,
    "author": lambda state, name, part: feed_lists.author(state, name, part.most),
    "term": lambda state, name, part: feed_lists.term(state, name, part.most),
}


class Stamps:
    """When each list was first seen to read as it does. Least lately asked for go first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, tuple[str, int]] = OrderedDict()

    def of(self, key: str, tag: str) -> int:
        """Seconds since the epoch; a list that changes twice in a second is dated a second on,
        so that no two readings of it share a date."""
        now = int(time.time())
        with self._lock:
            known, since = self._seen.pop(key, ("", 0))
            if known != tag:
                known, since = tag, max(now, since + 1)
            self._seen[key] = (known, since)
            while len(self._seen) > _STAMPS:
                self._seen.popitem(last=False)
            return since


class Feeds:
    """Handlers over one site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._bodies = bodies()
        self._stamps = Stamps()

    def routes(self) -> list[Route]:
        """All feeds."""
        handlers = (
            ("/feeds/category/{file:path}", self.category),
            ("/feeds/author/{file:path}", self.author),
            ("/feeds/term/{file:path}", self.term),
            ("/feeds/lists/{reader}/{file}", self.public_list),
            ("/feeds/list/{file}", self.list_by_secret),
            ("/feeds/search/{file}", self.saved_search),
            ("/feeds/mine/{key}/{file}", self.mine),
            ("/feeds/mine/{key}/{shelf}/{file:path}", self.mine_too),
            ("/feeds/{file}", self.edition),
            ("/search.{kind}", self.search),
        )
        return [Route(path, handler, methods=["GET"]) for path, handler in handlers]

    @allow("anyone", scope="feeds")
    async def edition(self, request: Request) -> Response:
        """The papers of the day, the week, the month, and what readers turn to in them."""
        name, kind = _file(request)
        if name.startswith("trending"):
            return await self._trending(request, name.removeprefix("trending"), kind)
        if name not in ("day", "week", "month"):
            raise HTTPException(404)
        span = cast("feed_lists.SpanKind", name)
        make: Make = lambda s, p: feed_lists.edition(s, span, p)  # noqa: E731
        return await self._answer(request, kind, make, shared=True, parted=span == "day")

    async def _trending(self, request: Request, which: str, kind: FeedKind) -> Response:
        spans: dict[str, feed_lists.SpanKind] = {"": "week", "-day": "day", "-month": "month"}
        if which not in spans:
            raise HTTPException(404)
        # It cools by itself: a list of some minutes ago is another one.
        hour = f"{int(time.time() // 900)}"
        span = spans[which]
        make: Make = lambda s, p: feed_lists.trending_now(s, span, p.most)  # noqa: E731
        return await self._answer(request, kind, make, at=hour)

    @allow("anyone", scope="feeds")
    async def category(self, request: Request) -> Response:
        """A category's papers."""
        return await self._shelf(request, "category", shared=True, parted=True)

    @allow("anyone", scope="feeds")
    async def author(self, request: Request) -> Response:
        """An author's papers."""
        return await self._shelf(request, "author", shared=True)

    @allow("anyone", scope="feeds")
    async def term(self, request: Request) -> Response:
        """The papers of a term."""
        return await self._shelf(request, "term", shared=True)

    @allow("anyone", scope="feeds")
    async def search(self, request: Request) -> Response:
        """What a query means."""
        query, _ = query_text(request.query_params.get("q", ""))
        kind = _kind(request.path_params["kind"])
        return await self._answer(
            request, kind, lambda s, p: feed_lists.search(s, query, p.most), shared=True
        )

    @allow("anyone", scope="feeds")
    async def public_list(self, request: Request) -> Response:
        """A list that its reader shows to everyone."""
        slug, kind = _file(request)
        reader = request.path_params["reader"]
        make: Make = lambda s, p: feed_lists.public_list(s, reader, slug, p.most)  # noqa: E731
        return await self._answer(request, kind, make)

    @allow("anyone", scope="feeds", strangers=True)
    async def list_by_secret(self, request: Request) -> Response:
        """A reader's list at its secret address."""
        secret, kind = _file(request)
        make: Make = lambda s, p: feed_lists.saved_list(s, secret, p.most)  # noqa: E731
        return await self._answer(request, kind, make, private=True)

    @allow("anyone", scope="feeds", strangers=True)
    async def saved_search(self, request: Request) -> Response:
        """A saved search at its secret address."""
        secret, kind = _file(request)
        make: Make = lambda s, p: feed_lists.saved_search(s, secret, p.most)  # noqa: E731
        return await self._answer(request, kind, make, private=True)

    @allow("anyone", scope="feeds", strangers=True)
    async def mine(self, request: Request) -> Response:
        """A reader's own feeds, and the list of them all, at a secret address."""
        key, file = request.path_params["key"], request.path_params["file"]
        if file == "feeds.opml":
            return await self._opml(request, key)
        name, kind = _file(request)
        if name not in _OWN_FEEDS:
            raise HTTPException(404)
        reader = await self._reader(key)
        if name == "day":
            newest: Make = lambda s, p: feed_lists.edition(s, "day", p)  # noqa: E731
            return await self._answer(request, kind, newest, private=True, parted=True)
        chosen = feed_lists.chosen_for if name == "for-you" else feed_lists.follows
        make: Make = lambda s, p: chosen(s, reader, p.most)  # noqa: E731
        return await self._answer(request, kind, make, private=True)

    @allow("anyone", scope="feeds", strangers=True)
    async def mine_too(self, request: Request) -> Response:
        """A feed that everyone has, at a reader's secret address: of a closed paper it is read
        without a password."""
        shelf = request.path_params["shelf"]
        if shelf not in _SHELVES:
            raise HTTPException(404)
        await self._reader(request.path_params["key"])
        return await self._shelf(request, shelf, private=True)

    async def _shelf(
        self,
        request: Request,
        shelf: str,
        *,
        private: bool = False,
        shared: bool = False,
        parted: bool = False,
    ) -> Response:
        """A feed of `_SHELVES`, by the name in its path."""
        make = _SHELVES[shelf]
        name, kind = _file(request)
        chosen: Make = lambda s, p: make(s, name, p)  # noqa: E731
        return await self._answer(
            request, kind, chosen, private=private, shared=shared, parted=parted
        )

    async def _reader(self, key: str) -> Reader:
        # Asked each time, also where the feed itself is kept: a key that was renewed is worthless.
        state = await self._site.state()
        reader = await self._site.in_thread(lambda: _owner(state, key))
        if reader is None:
            raise HTTPException(404)
        return reader

    async def _answer(
        self,
        request: Request,
        kind: FeedKind,
        make: Make,
        *,
        private: bool = False,
        at: str = "",
        shared: bool = False,
        parted: bool = False,
    ) -> Response:
        """A feed, from the cache where nothing has changed since it was made; ``parted``: one
        that is told in parts."""
        site = self._site
        state = await site.state()
        start = asked_number(request, "from", 0, 0, _LATEST) if parted else 0
        part = Part(asked_number(request, "limit", 0, 1, MOST_ENTRIES), start)
        query = request.query_params.get("q", "")
        where = f"{request.url.path}?{query}"
        base = address_of(self._site, request)
        # What readers do changes no list of papers as such: those are kept through it.
        token = "" if shared else str(state.readers.seq())
        key = f"{base} {part} {where}"
        body = self._bodies.get(f"{key} {at} {token}", state.token)
        if body is None:
            body = await site.in_thread(partial(self._made, request, state, kind, make, part, base))
            self._bodies.put(f"{key} {at} {token}", body, state.token)
        return self._sent(request, body, key, private=private, closed=state.closed)

    def _made(
        self, request: Request, state: State, kind: FeedKind, make: Make, part: Part, base: str
    ) -> Body:
        found = make(state, part)
        if found is None:
            raise HTTPException(404)
        path = request.url.path.removeprefix(self._site.settings.base_path)
        asked = {"q": request.query_params.get("q", ""), "limit": part.limit}

        def at(start: int) -> str:
            told = {name: value for name, value in (asked | {"from": start}).items() if value}
            return f"{base}{quote(path)}" + (f"?{urlencode(told)}" if told else "")

        head = FeedHead(
            identity=f"urn:uuid:{uuid5(NAMESPACE_URL, f'{base} {found.name}')}",
            title=f"{found.title} · {self._site.settings.name}",
            page=f"{base}{found.page}",
            address=at(part.start),
            subtitle=found.subtitle,
            made=found.made,
            first=at(0) if part.start else "",
            following=at(found.rest) if found.rest else "",
        )
        came = {**feed_lists.arrivals(state, found.works), **found.came}
        entries = [
            FeedEntry(
                work,
                f"{base}{paper_path(work.paper)}",
                found.notes.get(work.id, ""),
                came.get(work.id, ""),
            )
            for work in found.works
        ]
        body = Body(feed(kind, head, entries), f"{MEDIA_TYPES[kind]}; charset=utf-8")
        return ready(request, body)

    async def _opml(self, request: Request, key: str) -> Response:
        state = await self._site.state()
        base = address_of(self._site, request)

        def make() -> Body:
            reader = _owner(state, key)
            if reader is None:
                raise HTTPException(404)
            outlines = reader_feeds(state, reader, base, key)
            name = f"{self._site.settings.name}: the feeds of {reader.display or reader.name}"
            body = Body(opml(name, outlines), f"{OPML}; charset=utf-8")
            body.headers["Content-Disposition"] = 'attachment; filename="feeds.opml"'
            return body

        body = await self._site.in_thread(lambda: ready(request, make()))
        return self._sent(request, body, f"{base} opml {key}", private=True)

    def _sent(
        self, request: Request, body: Body, key: str, *, private: bool, closed: bool = False
    ) -> Response:
        since = self._stamps.of(key, body.tag)
        headers = {
            "Last-Modified": format_datetime(datetime.fromtimestamp(since, UTC), usegmt=True)
        }
        if private:
            headers["X-Robots-Tag"] = "noindex"
        cache = _PRIVATE if private or closed else "no-cache"
        if "if-none-match" not in request.headers and not _modified(request, since):
            headers |= {"Cache-Control": cache, "ETag": body.tag, "Vary": "Accept-Encoding"}
            return Response(status_code=304, headers=headers)
        response = send(request, body, cache=cache)
        response.headers.update(headers)
        return response


def _owner(state: State, key: str) -> Reader | None:
    if not key.isascii() or not key.isprintable() or len(key) > 100:
        return None
    return feed_lists.reader_of(state, PostLog(state.catalog.database).by_feed_key(key))


def _file(request: Request) -> tuple[str, FeedKind]:
    """The name and the format of ``NAME.atom``."""
    name, _, suffix = request.path_params["file"].rpartition(".")
    name, cut = query_text(name)
    if not name or cut:
        raise HTTPException(404)
    return name, _kind(suffix)


def _kind(suffix: str) -> FeedKind:
    if suffix not in get_args(FeedKind):
        raise HTTPException(404)
    return cast("FeedKind", suffix)


def _modified(request: Request, since: int) -> bool:
    """Whether the list changed after the date that the asker names (RFC 9110, 13.1.3)."""
    given = request.headers.get("if-modified-since", "")
    try:
        asked = parsedate_to_datetime(given)
    except (ValueError, TypeError, OverflowError):
        return True
    if asked.tzinfo is None:
        asked = asked.replace(tzinfo=UTC)
    return since > asked.timestamp()
