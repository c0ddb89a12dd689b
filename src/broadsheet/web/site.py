"""What every handler works with: settings, templates, links, the desk and the page caches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from broadsheet.cache import Cache
from broadsheet.settings import Settings
from broadsheet.web.cookies import DONE
from broadsheet.web.csrf import home_key
from broadsheet.web.desk import Desk, State
from broadsheet.web.dress import Dressing, dressed, standings, works_on
from broadsheet.web.followed import FollowedBook
from broadsheet.web.links import Links
from broadsheet.web.reply import HTML, Body, ready, send
from broadsheet.web.said import Done
from broadsheet.web.templating import Templates
from broadsheet.web.terming import TermBook
from broadsheet.web.visitors import SAFE, Visitor, visitor_of

T = TypeVar("T")

# Searches spend most of their time in code that lets other threads run. More threads than
# this only wait for one another on the machines this is meant for.
_THREADS = 3
_CACHE_BYTES = 48_000_000
# What a body counts at least, what was asked included: 2,000 short ones fill the cache too.
_LEAST = _CACHE_BYTES // 2000


def bodies() -> Cache[str, Body]:
    """Keeps bodies by what was asked, all of one state of the home."""
    return Cache(_CACHE_BYTES, lambda body: max(len(body.content), _LEAST))


class PartMaker(Protocol):
    """Makes the part of a page that depends on its reader; ``about`` is what its mark says."""

    def __call__(self, site: Site, state: State, visitor: Visitor, about: str, back: str) -> bytes:
        """The part as HTML."""
        ...


class ErrorForm(Protocol):
    """Says an error in the protocol that a request was made in; None where it was another."""

    def __call__(
        self, request: Request, status: int, detail: str, headers: Mapping[str, str]
    ) -> Body | None:
        """The reply; ``headers`` are those that are going to be added to it."""
        ...


class Site:
    """One paper, served."""

    def __init__(self, settings: Settings, desk: Desk) -> None:
        self.settings = settings
        self.desk = desk
        self.links = Links(settings.base_path)
        self.templates = Templates(settings)
        self._bodies = bodies()
        self._dressed = bodies()
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="broadsheet-web")
        self._key = b""
        # What marks of further kinds stand for; the pages that use them add them here.
        self.parts: dict[bytes, PartMaker] = {}
        self.terms = TermBook()
        self.followed = FollowedBook()
        # How errors are said in other protocols; whoever speaks one adds its form here.
        self.error_forms: list[ErrorForm] = []

    async def state(self) -> State:
        """What is true now."""
        state = self.desk.fresh()
        return await self.in_thread(self.desk.look) if state is None else state

    async def answer(self, request: Request, key: str, make: Callable[[State], Body]) -> Response:
        """A page that is the same for all but for what each has done with its papers.

        The body comes from the cache, or is made in a thread and kept if it is good; then it is
        dressed for the visitor, and that is kept until anyone does anything.
        """
        state = await self.state()
        body = self._bodies.get(key, state.token)
        if body is None:
            body = await self.in_thread(partial(self._made, request, state, make))
            if body.status == 200:
                self._bodies.put(key, body, state.token)
        return await self._reply(request, state, body, key)

    async def personal(self, request: Request, make: Callable[[State], Body]) -> Response:
        """A page of one reader's own; it is made each time."""
        state = await self.state()
        body = await self.in_thread(partial(self._made, request, state, make))
        return await self._reply(request, state, body, "")

    def bare(self, request: Request, body: Body, *, cache: str) -> Response:
        """A page without papers, which needs nothing from the catalog: errors."""
        if body.media_type == HTML:
            visitor, dressing = visitor_of(request), self._dressing(request)
            worn = dressed(body.content, visitor, {}, dressing, Done(), {})
            body = replace(body, content=worn)
        return send(request, body, cache=cache)

    @staticmethod
    def _made(request: Request, state: State, make: Callable[[State], Body]) -> Body:
        body = make(state)
        return body if body.media_type == HTML else ready(request, body)  # pages are to be dressed

    async def _reply(self, request: Request, state: State, body: Body, key: str) -> Response:
        if body.media_type != HTML or not body.content:
            # A file of one reader's own, or of a paper that strangers do not read, is theirs
            # alone also for a cache between us and them.
            if key and not state.closed:
                return send(request, body)
            response = send(request, body, cache="private, no-cache")
            response.headers["Vary"] = "Accept-Encoding, Cookie"
            return response
        kept = DONE.get(request, self.settings.base_path)
        work = partial(self._dress, request, state, body, key, Done.read(kept))
        response = send(request, await self.in_thread(work), cache="private, no-cache")
        response.headers["Vary"] = "Accept-Encoding, Cookie"
        if kept:
            DONE.clear(request, response, self.settings.base_path)
            response.headers["Cache-Control"] = "no-store"
        return response

    def _dress(self, request: Request, state: State, body: Body, key: str, done: Done) -> Body:
        visitor, dressing = visitor_of(request), self._dressing(request)
        token = name = ""
        if key and not done.verb:
            # What is shown is read after this number, so that it is never older than it says.
            seq = state.readers.seq() if visitor.seq is None else visitor.seq
            token = f"{state.token}|{seq}"
            name = f"{visitor.reader and visitor.reader.id}|{visitor.csrf}|{dressing.back}|{key}"
            if (kept := self._dressed.get(name, token)) is not None:
                return ready(request, kept)
        shown = standings(state.readers, visitor, works_on(body.content))
        parts = {
            kind: partial(make, self, state, visitor, back=dressing.back)
            for kind, make in self.parts.items()
        }
        content = dressed(body.content, visitor, shown, dressing, done, parts)
        worn = Body(content, body.media_type, body.status, body.headers)
        if token and body.status == 200:
            self._dressed.put(name, worn, token)
        return ready(request, worn)

    def _dressing(self, request: Request) -> Dressing:
        raw = request.scope.get("raw_path") or request.url.path.encode()
        if query := request.scope["query_string"]:
            raw += b"?" + query
        back = raw.decode("ascii", "replace")
        base = self.settings.base_path
        return Dressing(base, back if request.method in SAFE and ours(back, base) else f"{base}/")

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Runs blocking work where it does not hold up other requests."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def render(self, template: str, values: dict[str, object], status: int = 200) -> Body:
        """A page from a template."""
        return Body(self.templates.render(template, values), status=status)

    def key(self) -> bytes:
        """The home's own key, for the forms of the local reader."""
        if not self._key:
            self._key = home_key(self.settings.home)
        return self._key

    def see_other(self, request: Request, path: str, done: Done | None = None) -> Response:
        """Sends a reader on after a form, and has the next page say what was done.

        ``path`` is one of ours with the base path; any other leads to the front page.
        """
        base = self.settings.base_path
        response = Response(status_code=303, headers={"Cache-Control": "no-store"})
        response.headers["Location"] = path if ours(path, base) else f"{base}/"
        if done is not None:
            DONE.set(request, response, base, str(done))
        return response

    def open_early(self) -> None:
        """Starts opening everything, so that the first reader does not wait for it.

        What goes wrong here goes wrong again for that reader, who is told.
        """
        self._pool.submit(self.desk.look)

    def close(self) -> None:
        """Ends the threads and closes the desk."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self.terms.close()
        self.desk.close()


def ours(path: str, base: str) -> bool:
    """Whether a path leads to a page of this paper, and nowhere else."""
    return (
        path.startswith(f"{base}/")
        and not path.startswith("//")
        and all(" " < character < "\x7f" and character != "\\" for character in path)
    )
