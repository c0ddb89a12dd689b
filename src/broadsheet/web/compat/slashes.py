"""A slash at the end of another service's path says nothing there: clients whose base address ends
with one are answered as those whose does not."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from broadsheet.web.visitors import is_foreign


class Slashless:
    """Takes the slashes off the end of foreign paths, before anything is looked up by them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] == "http" and scope["path"].endswith("/"):
            raw = (scope.get("raw_path") or b"").rstrip(b"/")
            without = {**scope, "path": scope["path"].rstrip("/"), "raw_path": raw}
            scope = without if is_foreign(Request(without)) else scope
        await self._app(scope, receive, send)
