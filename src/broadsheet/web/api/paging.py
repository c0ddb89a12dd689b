"""Pages by cursor: opaque, and steady while rows come and go.

A cursor says after which row to go on, not how many rows to skip: what arrives meanwhile moves
nothing, so no row comes twice and none is left out.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar
from urllib.parse import quote, urlencode

from fastapi import Query, Request
from starlette.exceptions import HTTPException

_IN_A_PATH = "/%:@!$&'()*+,;=~-._"

T = TypeVar("T")
Key = tuple[str | int, ...]

Cursor = Annotated[
    str,
    Query(max_length=400, description="Where to go on: taken from `next`, never made up."),
]
PageSize = Annotated[int, Query(ge=1, le=200, description="How many at most.")]


def encoded(kind: str, key: Key) -> str:
    """A cursor; ``kind`` is the list it belongs to."""
    text = json.dumps([kind, *key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decoded(kind: str, cursor: str, like: Key) -> Key | None:
    """The key in a cursor, of the same types as ``like``; None for '', 400 for any other."""
    if not cursor:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        found = json.loads(raw)
    except (ValueError, binascii.Error, RecursionError):
        found = None
    if not isinstance(found, list) or len(found) != len(like) + 1 or found[0] != kind:
        raise _unreadable()
    key = tuple(found[1:])
    if any(type(part) is not type(model) for part, model in zip(key, like, strict=True)):
        raise _unreadable()
    if any(isinstance(part, int) and abs(part) >= 2**62 for part in key):
        raise _unreadable()
    return key


def _unreadable() -> HTTPException:
    return HTTPException(400, "cursor: this is not one of ours, or of another list; leave it out.")


def page_of(
    request: Request,
    rows: Sequence[T],
    key: Callable[[T], Key],
    cursor: str,
    limit: int,
    *,
    down: bool = False,
) -> tuple[Sequence[T], str | None]:
    """A page of rows, which are put in the order of their keys, and the address of the next."""
    ordered = sorted(rows, key=key, reverse=down)
    kind = _kind(request)
    if ordered:
        after = decoded(kind, cursor, key(ordered[0]))
        if after is not None:
            ordered = [row for row in ordered if (key(row) < after if down else key(row) > after)]
    shown = ordered[:limit]
    if len(ordered) <= limit:
        return shown, None
    return shown, onward(request, key(shown[-1]))


def after(request: Request, cursor: str, like: Key) -> Key | None:
    """The key after which this page goes on; None for the first page."""
    return decoded(_kind(request), cursor, like)


def onward(request: Request, key: Key) -> str:
    """The address of the page after a key."""
    return with_query(request, cursor=encoded(_kind(request), key))


def with_query(request: Request, **changed: Any) -> str:
    """The address that was asked for, with other parameters."""
    pairs = [(k, v) for k, v in request.query_params.multi_items() if k not in changed]
    query = urlencode([*pairs, *changed.items()])
    # Nothing that could end the brackets of a Link header, or the header.
    path = quote(request.scope.get("raw_path") or request.url.path.encode(), safe=_IN_A_PATH)
    return f"{path}?{query}"


def _kind(request: Request) -> str:
    route = request.scope.get("route")
    return str(getattr(route, "name", ""))[:40]
