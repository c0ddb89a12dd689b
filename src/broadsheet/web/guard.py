"""The outermost layer: what holds for every reply, whoever makes it."""

from __future__ import annotations

import logging

from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from broadsheet.web.errors import Errors
from broadsheet.web.params import LONGEST_ADDRESS
from broadsheet.web.visitors import PEER

log = logging.getLogger("broadsheet.web")

# Nothing but our own files, no inline script or style, no framing, no addresses to others.
SECURITY_HEADERS = [
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        b"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    # Not "no-referrer": browsers would then hide from us where our own forms come from.
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
]


class Guard:
    """Adds the security headers, refuses endless addresses and catches what nobody did."""

    def __init__(self, app: ASGIApp, errors: Errors, base: str, proxies: str) -> None:
        # The address and the scheme that a reverse proxy tells of, if it is one of ours.
        self._app: ASGIApp = ProxyHeadersMiddleware(app, proxies)  # type: ignore[arg-type, assignment]
        self._errors = errors
        self._base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Where we stand behind a proxy: the router takes this off the path.
        scope = {**scope, "root_path": self._base, PEER: scope.get("client")}
        started = False

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message.get("headers", ()), *SECURITY_HEADERS]
            await send(message)

        request = Request(scope, receive)
        try:
            if len(scope["query_string"]) + len(scope.get("raw_path") or b"") > LONGEST_ADDRESS:
                response = self._errors.reply(request, 414, "")
                await response(scope, receive, guarded)
            elif self._base and scope["path"] == self._base:
                await RedirectResponse(f"{self._base}/", 308)(scope, receive, guarded)
            else:
                await self._app(scope, receive, guarded)
        except ClientDisconnect:
            return  # nobody is left to be answered, and nothing is wrong here
        except Exception:
            log.exception("%s %r failed", scope["method"], scope["path"])
            if started:
                raise
            await self._errors.reply(request, 500, "")(scope, receive, guarded)
