"""One request and its answer, by connections that reach no private network."""

from __future__ import annotations

import time
import zlib
from collections.abc import Mapping

import httpcore2
import httpx2

from broadsheet.sources.fetching.addressing import shown
from broadsheet.sources.fetching.errors import FetchError
from broadsheet.sources.fetching.guard import ForbiddenAddressError, Guard
from broadsheet.sources.fetching.resolving import Resolver
from broadsheet.sources.fetching.values import Patience, Request

_PIECE = 1 << 18


class Transport:
    """Sends requests one after another, each within its time, and keeps no connection: several
    processes must not hold one each to the same host."""

    def __init__(self, resolver: Resolver, patience: Patience) -> None:
        self._patience = patience
        self._guard = Guard(resolver)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(),
            max_connections=1,
            max_keepalive_connections=0,
            network_backend=self._guard,
        )

    def close(self) -> None:
        """Lets go of connections."""
        self._pool.close()

    def exchange(self, asked: Request) -> tuple[int, dict[str, str], bytes]:
        """Status, headers by lower-case name and body of an answer, whatever its status.

        Raises `FetchError` where none came in time, or none that can be read.
        """
        patience = self._patience
        self._guard.deadline = time.monotonic() + patience.total
        port = asked.url.port or (443 if asked.url.scheme == "https" else 80)
        self._guard.allow = (asked.url.raw_host.decode("ascii"), port) if asked.private else None
        timeouts = {
            "connect": patience.connect,
            "read": patience.read,
            "write": patience.read,
            "pool": patience.connect,
        }
        url = httpcore2.URL(
            scheme=asked.url.raw_scheme,
            host=asked.url.raw_host,
            port=asked.url.port,
            target=asked.url.raw_path,
        )
        where = shown(asked.url)
        try:
            with self._pool.stream(
                asked.method,
                url,
                headers=asked.headers,
                content=asked.content or None,
                extensions={"timeout": timeouts},
            ) as response:
                headers = _header_map(response.headers)
                content = _body(response, headers, asked.most_bytes, where)
                return response.status, headers, content
        except ForbiddenAddressError as error:
            raise FetchError(
                f"{where}: {error}; a private server is asked only if the settings name it",
                transient=False,
            ) from None
        except httpcore2.TimeoutException as error:
            reason = str(error) or "no answer in time"
            raise FetchError(f"{where}: {reason}; try again later", transient=True) from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            said = _one_line(error)
            # A wrong certificate is no passing trouble: somebody else answers for that name.
            passing = "CERTIFICATE_VERIFY_FAILED" not in said
            advice = "the network, or try again later" if passing else "its address and this clock"
            raise FetchError(f"{where}: {said}; check {advice}", transient=passing) from None


def _body(response: httpcore2.Response, headers: Mapping[str, str], most: int, where: str) -> bytes:
    """The body, unpacked piece by piece so that a bomb is noticed before it has gone off."""
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "", "gzip", "x-gzip"):
        raise FetchError(f"{where}: answers in coding {coding[:40]!r}; only gzip is read",
                         transient=False)  # fmt: skip
    unpack = zlib.decompressobj(wbits=31) if "gzip" in coding else None
    pieces: list[bytes] = []
    size = 0
    for raw in response.iter_stream():
        rest = raw
        while rest:
            if unpack is None:
                piece, rest = rest, b""
            else:
                try:
                    piece = unpack.decompress(rest, _PIECE)
                except zlib.error as error:
                    raise FetchError(
                        f"{where}: the gzip stream is damaged ({error}); try again later",
                        transient=True,
                    ) from None
                rest = unpack.unconsumed_tail
            size += len(piece)
            if size > most:
                raise FetchError(
                    f"{where}: answers with more than {most:,} bytes; ask for less at once",
                    transient=False,
                    status=response.status,
                )
            pieces.append(piece)
    if unpack is not None and not unpack.eof and size:
        raise FetchError(f"{where}: the gzip stream is cut off; try again later", transient=True)
    return b"".join(pieces)


def _header_map(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
