"""Which scripts of other sites may read the API (CORS, Fetch standard): chosen by the operator.

Cookies are never asked for, so no answer holds what a session would open; a token does.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from broadsheet.settings import Settings

_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
_SENT = "Authorization, Content-Type, Idempotency-Key, If-None-Match"
_TOLD = "Link, ETag, Location, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate"
_SECONDS = "600"


class CrossOrigin:
    """Adds the headers of CORS under ``/api/v1``, and answers the browser's question before."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        base = settings.base_path
        self._paths = (f"{base}/api/v1/", f"{base}/.well-known/openapi.json")
        self._all = settings.api_origins == "*"
        self._origins = frozenset(
            part.strip().lower() for part in settings.api_origins.split(",") if part.strip()
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        allowed = self._allowed(scope)
        if not allowed:
            await self._app(scope, receive, send)
            return
        headers = {"Access-Control-Allow-Origin": allowed, "Vary": "Origin"}
        asked = Headers(scope=scope).get("access-control-request-method")
        if scope["method"] == "OPTIONS" and asked:
            headers |= {
                "Access-Control-Allow-Methods": _METHODS,
                "Access-Control-Allow-Headers": _SENT,
                "Access-Control-Max-Age": _SECONDS,
            }
            await Response(status_code=204, headers=headers)(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = MutableHeaders(scope=message)
                found["Access-Control-Allow-Origin"] = allowed
                found["Access-Control-Expose-Headers"] = _TOLD
                found.add_vary_header("Origin")
            await send(message)

        await self._app(scope, receive, told)

    def _allowed(self, scope: Scope) -> str:
        """What the header says, '' for none."""
        if scope["type"] != "http" or not self._origins:
            return ""
        if not scope["path"].startswith(self._paths):
            return ""
        origin = Headers(scope=scope).get("origin", "")
        if not origin:
            return ""
        if self._all:
            return "*"
        return origin if origin.lower() in self._origins else ""
