"""What every handler works with: settings, templates, links, the desk and the page cache."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from broadsheet.settings import Settings
from broadsheet.web.desk import Desk, State
from broadsheet.web.links import Links
from broadsheet.web.reply import Body, send
from broadsheet.web.templating import Templates

T = TypeVar("T")

# Searches spend most of their time in code that lets other threads run. More threads than
# this only wait for one another on the machines this is meant for.
_THREADS = 3
_CACHE_ENTRIES = 2000
_CACHE_BYTES = 48_000_000


class Cache:
    """Bodies made from one state of the home; a new state empties it. Least used go first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._token = ""
        self._bodies: OrderedDict[str, Body] = OrderedDict()
        self._size = 0

    def get(self, token: str, key: str) -> Body | None:
        """The body made for a key in this state."""
        with self._lock:
            if token != self._token or key not in self._bodies:
                return None
            self._bodies.move_to_end(key)
            return self._bodies[key]

    def put(self, token: str, key: str, body: Body) -> None:
        """Keeps a body; one that alone would fill the cache is not kept."""
        with self._lock:
            if token != self._token:
                self._token, self._size = token, 0
                self._bodies.clear()
            weight = len(body.content) + len(key)
            if key in self._bodies or weight > _CACHE_BYTES // 8:
                return
            self._bodies[key] = body
            self._size += weight
            while self._size > _CACHE_BYTES or len(self._bodies) > _CACHE_ENTRIES:
                old_key, old = self._bodies.popitem(last=False)
                self._size -= len(old.content) + len(old_key)


class Site:
    """One paper, served."""

    def __init__(self, settings: Settings, desk: Desk) -> None:
        self.settings = settings
        self.desk = desk
        self.links = Links(settings.base_path)
        self.templates = Templates(settings)
        self._cache = Cache()
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="broadsheet-web")

    async def answer(self, request: Request, key: str, make: Callable[[State], Body]) -> Response:
        """Answers from the cache, or makes the body in a thread and keeps it if it is good."""
        state = self.desk.fresh()
        if state is None:
            state = await self.in_thread(self.desk.look)
        kept = self._cache.get(state.token, key)
        if kept is not None:
            return send(request, kept)
        body = await self.in_thread(partial(make, state))
        if body.status == 200:
            self._cache.put(state.token, key, body)
        return send(request, body)

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Runs blocking work where it does not hold up other requests."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def render(self, template: str, values: dict[str, object], status: int = 200) -> Body:
        """A page from a template."""
        return Body(self.templates.render(template, values), status=status)

    def open_early(self) -> None:
        """Starts opening everything, so that the first reader does not wait for it.

        What goes wrong here goes wrong again for that reader, who is told.
        """
        self._pool.submit(self.desk.look)

    def close(self) -> None:
        """Ends the threads and closes the desk."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self.desk.close()
