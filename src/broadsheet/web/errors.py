"""What is said when something is wrong: a designed page, or problem+json for programs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from broadsheet.catalog import CatalogError
from broadsheet.index import IndexFault
from broadsheet.readers import ReadersError, ThrottledError
from broadsheet.web.links import Links
from broadsheet.web.reply import PROBLEM, Body
from broadsheet.web.site import Site
from broadsheet.web.visitors import SAFE, enhanced, is_api

Handler = Callable[[Request, Exception], Coroutine[Any, Any, Response]]

log = logging.getLogger("broadsheet.web")

# Status -> (title, what happened and what to do).
_WORDS = {
    400: ("That address does not read", "Part of the address is not something we understand."),
    404: (
        "Not in this paper",
        "Nothing is printed under this address. The paper may not have been taken in here, "
        "or the address may have a slip in it.",
    ),
    401: ("Log in first", "This page is someone’s own: log in to see yours."),
    403: ("Not for you to change", ""),
    405: ("That cannot be done here", "This address is not asked in this way."),
    413: ("Too much at once", ""),
    421: ("Asked under another name", ""),
    429: ("Slower, please", ""),
    414: (
        "Too long a question",
        "The address is longer than any query we can read. Ask it in fewer words.",
    ),
    500: (
        "The press has jammed",
        "Something broke while this page was made. It is written to the server’s log; "
        "the rest of the paper stands.",
    ),
    503: (
        "Back in a moment",
        "The catalog is being opened or upgraded. Nothing is lost; try again shortly.",
    ),
}


def problem(status: int, detail: str) -> Body:
    """An error for programs (RFC 9457)."""
    content = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    return Body(orjson.dumps(content), PROBLEM, status)


def message(site: Site, status: int, detail: str = "", *, changed: bool = False) -> Body:
    """An error for people; ``changed`` says that they wanted to change something."""
    title, words = _WORDS.get(status, (HTTPStatus(status).phrase, ""))
    if changed and status == 400:
        title, words = "Not done", "Nothing was changed."
    links = Links(site.settings.base_path)
    base = site.settings.base_path
    values: dict[str, object] = {
        "title": title,
        "kicker": f"Corrections · {status}",
        "lines": [line for line in (words, detail) if line],
        "code": "",
        "links": [
            {"name": "Read today’s edition", "url": links.front()},
            {"name": "Search the papers", "url": f"{base}/search"},
            *([{"name": "Log in", "url": f"{base}/login"}] if status == 401 else []),
        ],
    }
    return site.render("message.html", values, status)


class Errors:
    """Turns exceptions into replies."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def reply(
        self,
        request: Request,
        status: int,
        detail: str,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """The error in the form that the asker reads; who must log in first is sent there."""
        base = self._site.settings.base_path
        if status == 401 and request.method in SAFE and not is_api(request):
            response = self._site.see_other(request, f"{base}/login?{_next(request)}")
            response.headers["Vary"] = "Cookie"
            return response
        if status == 400 and request.method not in SAFE:
            detail = detail or "The form does not read."
        body = (
            problem(status, detail or _WORDS.get(status, ("", HTTPStatus(status).phrase))[1])
            if is_api(request) or enhanced(request)
            else message(self._site, status, detail, changed=request.method not in SAFE)
        )
        if status == 503:
            body.headers["Retry-After"] = "5"
        if status == 405:
            body.headers["Allow"] = "GET, HEAD"
        body.headers.update(headers or {})
        return self._site.bare(request, body, cache="no-store")

    async def http(self, request: Request, error: Exception) -> Response:
        """An error that a handler or the router raised on purpose."""
        assert isinstance(error, HTTPException)  # noqa: S101  # registered for it
        usual = HTTPStatus(error.status_code).phrase
        return self.reply(
            request,
            error.status_code,
            "" if error.detail == usual else str(error.detail),
            error.headers,
        )

    async def invalid(self, request: Request, error: Exception) -> Response:
        """Parameters of the API that do not read."""
        assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for it
        details = "; ".join(f"{found['loc'][-1]}: {found['msg']}" for found in error.errors())
        return self.reply(request, 400, details)

    async def refused(self, request: Request, error: Exception) -> Response:
        """A reader asked for what cannot be done; the text says what to do."""
        if isinstance(error, ThrottledError):
            return self.reply(request, 429, str(error), {"Retry-After": str(error.seconds)})
        return self.reply(request, 400, _sentence(str(error)))

    async def unavailable(self, request: Request, error: Exception) -> Response:
        """Catalog or index cannot be used just now."""
        log.warning("%s", error)
        return self.reply(request, 503, str(error))

    def handlers(self) -> dict[int | type[Exception], Handler]:
        """Exceptions with their handlers, as the application takes them."""
        return {
            HTTPException: self.http,
            RequestValidationError: self.invalid,
            CatalogError: self.unavailable,
            IndexFault: self.unavailable,
            ReadersError: self.refused,
        }


def _next(request: Request) -> str:
    path = (request.scope.get("raw_path") or b"/").decode("ascii", "replace")
    query = request.scope["query_string"].decode("ascii", "replace")
    return urlencode({"next": f"{path}?{query}" if query else path})


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
