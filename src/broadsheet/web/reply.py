"""Responses: compressed once, tagged by content, answered with 304 when nothing changed."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from hashlib import blake2b

from starlette.requests import Request
from starlette.responses import Response

HTML = "text/html; charset=utf-8"
JSON = "application/json"
PROBLEM = "application/problem+json"

# Below this a packet holds the reply anyway.
_WORTH_COMPRESSING = 1200
_LEVEL = 4


@dataclass(slots=True)
class Body:
    """A rendered reply, ready to be sent many times; ``timed`` where it says when it was made,
    so that no two are alike and a tag of it would never be met again."""

    content: bytes
    media_type: str = HTML
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    timed: bool = False
    _tag: str = ""
    _compressed: bytes = b""

    @property
    def tag(self) -> str:
        """A weak entity tag: the same words may travel in two encodings."""
        if not self._tag:
            self._tag = f'W/"{blake2b(self.content, digest_size=9).hexdigest()}"'
        return self._tag

    def compressed(self) -> bytes:
        """The content, compressed on first need."""
        if not self._compressed:
            self._compressed = gzip.compress(self.content, _LEVEL, mtime=0)
        return self._compressed


def ready(request: Request, body: Body) -> Body:
    """The same body with all worked out that `send` wants of it. For the thread that made it:
    compressing takes milliseconds, in which the loop of the server would answer nobody."""
    if len(body.content) >= _WORTH_COMPRESSING:
        if body.status == 200 and not body.timed:
            _ = body.tag
        if takes_gzip(request):
            body.compressed()
    return body


def send(request: Request, body: Body, *, cache: str = "no-cache") -> Response:
    """The response to one request. ``cache``: no-cache means kept, but asked about each time."""
    headers = {"Cache-Control": cache, "Vary": "Accept-Encoding", **body.headers}
    content = body.content
    if body.status == 200 and not body.timed:
        headers["ETag"] = body.tag
        if _has(request.headers.get("if-none-match", ""), body.tag):
            return Response(status_code=304, headers=headers)
    if len(content) >= _WORTH_COMPRESSING and takes_gzip(request):
        content = body.compressed()
        headers["Content-Encoding"] = "gzip"
    return Response(content, body.status, headers, body.media_type)


def takes_gzip(request: Request) -> bool:
    """Whether the client reads gzip."""
    for part in request.headers.get("accept-encoding", "").split(","):
        name, _, weight = part.partition(";")
        if name.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0")
    return False


def _has(header: str, tag: str) -> bool:
    """Whether If-None-Match names the tag, by weak comparison (RFC 9110, 13.1.2): what stands
    between may make a strong tag of it, or ask with ``*`` for any."""
    named = {one.strip().removeprefix("W/") for one in header.split(",")}
    return tag.removeprefix("W/") in named or header.strip() == "*"
