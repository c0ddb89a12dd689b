"""The one polite client that every source asks through."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from broadsheet.files import private_folder
from broadsheet.sources.fetching.addressing import parse_address, redirected, shown
from broadsheet.sources.fetching.errors import FetchError
from broadsheet.sources.fetching.gate import Gate
from broadsheet.sources.fetching.manners import group_of, has_terms, origin_of
from broadsheet.sources.fetching.remembering import Kept, Memory
from broadsheet.sources.fetching.resolving import Resolver, resolve
from broadsheet.sources.fetching.retrying import RETRIED, backoff, retry_after
from broadsheet.sources.fetching.values import Answer, Patience, Request

if TYPE_CHECKING:
    import httpx2

MOST_BYTES = 64 << 20
_MOST_HOPS = 5
_KEPT_OF_ERROR = 4096
_REDIRECTS = frozenset((301, 302, 303, 307, 308))


@dataclass(frozen=True, slots=True)
class _Ask:
    method: str
    url: httpx2.URL
    headers: Mapping[str, str]
    content: bytes
    interval: float | None
    accept: str
    most_bytes: int
    kept: Kept | None = None


class Client:
    """Asks other hosts: one request at a time and a host, spaced, retried, bounded, guarded.

    ``folder`` keeps what must outlive the process: for each host the time of its last request
    and the pause it asked for (shared by all processes that use the folder), and answers with
    their ETag. ``private`` names servers (``host:port``) that may be asked although their
    address is not public. ``intervals`` replaces the seconds between requests by host name (or
    ``host:port``), but never shortens what a host's terms ask for. ``contact`` is a mail address
    or page at which the operator can be reached.

    A client is used by one thread at a time.
    """

    def __init__(
        self,
        folder: Path,
        *,
        private: frozenset[str] = frozenset(),
        intervals: Mapping[str, float] | None = None,
        contact: str = "",
        patience: Patience | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        resolver: Resolver = resolve,
    ) -> None:
        private_folder(folder.parent)  # the home, which may not be there yet
        private_folder(folder)  # addresses may hold keys
        self._folder, self._memory = folder, Memory(folder / "answers")
        self._private, self._intervals = private, dict(intervals or {})
        self._patience = patience or Patience()
        self._clock, self._sleep = clock, sleep
        self._agent = f"broadsheet/{version('broadsheet')}" + (f" ({contact})" if contact else "")
        # Its libraries take a tenth of a second to load, and most commands ask no host.
        from broadsheet.sources.fetching.transport import Transport

        self._transport = Transport(resolver, self._patience)

    def now(self) -> float:
        """Seconds since 1970 by the client's clock."""
        return self._clock()

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        interval: float | None = None,
        accept: str = "",
        most_bytes: int = MOST_BYTES,
        remember: bool = False,
    ) -> Answer:
        """The answer to a GET with status 200 to 299; anything else is a `FetchError`.

        ``interval`` is the least seconds between requests to the host, where its own are
        fewer. ``most_bytes`` bounds the body, unpacked. ``remember`` asks only for changes: an
        unchanged answer comes from the folder, marked ``not_modified``.
        """
        target = parse_address(url, params)
        key = f"{accept} {target}"
        kept = self._memory.find(key) if remember else None
        ask = _Ask("GET", target, headers or {}, b"", interval, accept, most_bytes, kept)
        answer = self._persist(ask)
        if remember and not answer.not_modified:
            self._memory.keep(key, dict(answer.headers), answer.content)
        return answer

    def post(
        self,
        url: str,
        content: bytes,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        interval: float | None = None,
        accept: str = "",
        most_bytes: int = MOST_BYTES,
        again: bool = False,
        method: str = "POST",
    ) -> Answer:
        """The answer to a request with a body (``headers`` say its type); redirects are errors.

        It is made once, unless ``again`` says that doing it twice does no harm or the host
        refused it with 429 or 503.
        """
        ask = _Ask(
            method, parse_address(url, params), headers or {}, content, interval, accept, most_bytes
        )
        return self._persist(ask, repeat=again)

    def forget(self, url: str, params: Mapping[str, str] | None = None, accept: str = "") -> None:
        """Drops what is remembered of an answer that turned out to be of no use."""
        self._memory.drop(f"{accept} {parse_address(url, params)}")

    def close(self) -> None:
        """Lets go of connections."""
        self._transport.close()

    def _persist(self, ask: _Ask, *, repeat: bool = True) -> Answer:
        attempt = 0
        while True:
            try:
                return self._follow(ask, attempt)
            except FetchError as error:
                attempt += 1
                final = not error.transient or attempt >= self._patience.attempts
                if not repeat and error.status not in (429, 503):
                    final = True
                if final or (error.retry_after or 0) > self._patience.wait:
                    raise

    def _follow(self, ask: _Ask, attempt: int) -> Answer:
        seen = ask.url
        for _ in range(_MOST_HOPS + 1):
            status, headers, content = self._hop(ask, attempt, trusted=origin_of(seen))
            if status == 304 and ask.kept is not None:
                return Answer(304, ask.kept.headers, ask.kept.content, True, str(ask.url))
            if 200 <= status < 300:
                return Answer(status, headers, content, False, str(ask.url))
            if status not in _REDIRECTS or "location" not in headers:
                raise FetchError(
                    f"{shown(ask.url)}: answered {status}, which says nothing here; check the "
                    "address",
                    transient=False,
                    status=status,
                )
            if ask.method != "GET":
                raise FetchError(
                    f"{shown(ask.url)}: sends on to {headers['location'][:200]!r}; give that "
                    "address in the settings",
                    transient=False,
                    status=status,
                )
            seen = ask.url
            target, along = redirected(ask.url, headers["location"], ask.headers)
            ask = replace(ask, url=target, headers=along)
        raise FetchError(
            f"{shown(seen)}: redirected more than {_MOST_HOPS} times; check the address",
            transient=False,
        )

    def _hop(self, ask: _Ask, attempt: int, *, trusted: str) -> tuple[int, dict[str, str], bytes]:
        group, usual = group_of(ask.url)
        asked = max(usual, ask.interval or 0.0)
        said = self._intervals.get(group, asked)
        interval = max(said, asked) if has_terms(group) else said
        origin = origin_of(ask.url)
        # A private server is asked because the operator named it, never because another says so.
        allowed = origin in self._private and origin == trusted
        gate = Gate(self._folder, group, interval, self._clock, self._sleep)
        with gate.turn(self._patience.wait) as turn:
            try:
                status, headers, content = self._transport.exchange(self._request(ask, allowed))
            except FetchError as error:
                if error.transient:
                    turn.pause(backoff(attempt, self._patience.backoff))
                raise
            if status < 400:
                return status, headers, content
            pause = retry_after(headers, self._clock())
            if status in RETRIED:
                turn.pause(max(pause or 0.0, backoff(attempt, self._patience.backoff)))
            raise _refusal(ask, status, pause, content)

    def _request(self, ask: _Ask, private: bool) -> Request:
        headers = self._headers(ask)
        return Request(ask.method, ask.url, headers, ask.content, private, ask.most_bytes)

    def _headers(self, ask: _Ask) -> list[tuple[bytes, bytes]]:
        values = {
            "host": ask.url.netloc.decode("ascii"),
            "user-agent": self._agent,
            "accept": ask.accept or "*/*",
            "accept-encoding": "gzip",
            "connection": "close",
        }
        if ask.content or ask.method != "GET":
            values["content-length"] = str(len(ask.content))
        if ask.kept is not None:
            values |= ask.kept.conditions()
        values |= {name.lower(): value for name, value in ask.headers.items()}
        return [(name.encode("ascii"), value.encode("utf-8")) for name, value in values.items()]


def _refusal(ask: _Ask, status: int, asked: float | None, content: bytes) -> FetchError:
    where = f"{shown(ask.url)}: answered {status}"
    if status in RETRIED:
        when = f"in {asked:.0f} s" if asked else "later"
        message = f"{where}, the host is busy; try again {when}"
    elif status in (401, 403):
        message = f"{where}: not allowed; check the key or address in the settings"
    elif status in (404, 410):
        message = f"{where}: nothing is there; check the address"
    else:
        message = f"{where}: the request is not one it takes"
    return FetchError(
        message,
        transient=status in RETRIED,
        status=status,
        retry_after=asked,
        content=content[:_KEPT_OF_ERROR],
    )
