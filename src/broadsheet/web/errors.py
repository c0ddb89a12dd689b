"""What is said when something is wrong: a designed page, or problem+json for programs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from broadsheet.catalog import CatalogError
from broadsheet.index import IndexFault
from broadsheet.web.links import Links
from broadsheet.web.reply import PROBLEM, Body, send
from broadsheet.web.site import Site

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
    405: ("That cannot be done here", "This address can only be read."),
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


def message(site: Site, status: int, detail: str = "") -> Body:
    """An error for people."""
    title, words = _WORDS.get(status, (HTTPStatus(status).phrase, ""))
    links = Links(site.settings.base_path)
    values: dict[str, object] = {
        "title": title,
        "kicker": f"Corrections · {status}",
        "lines": [line for line in (words, detail) if line],
        "code": "",
        "links": [
            {"name": "Read today’s edition", "url": links.front()},
            {"name": "Search the papers", "url": f"{site.settings.base_path}/search"},
        ],
    }
    return site.render("message.html", values, status)


class Errors:
    """Turns exceptions into replies."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def reply(self, request: Request, status: int, detail: str) -> Response:
        """The error in the form that the asker reads."""
        body = (
            problem(status, detail or _WORDS.get(status, ("", HTTPStatus(status).phrase))[1])
            if wants_json(request)
            else message(self._site, status, detail)
        )
        if status == 503:
            body.headers["Retry-After"] = "5"
        if status == 405:
            body.headers["Allow"] = "GET, HEAD"
        return send(request, body, cache="no-store")

    async def http(self, request: Request, error: Exception) -> Response:
        """An error that a handler or the router raised on purpose."""
        assert isinstance(error, HTTPException)  # noqa: S101  # registered for it
        usual = HTTPStatus(error.status_code).phrase
        return self.reply(
            request, error.status_code, "" if error.detail == usual else str(error.detail)
        )

    async def invalid(self, request: Request, error: Exception) -> Response:
        """Parameters of the API that do not read."""
        assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for it
        details = "; ".join(f"{found['loc'][-1]}: {found['msg']}" for found in error.errors())
        return self.reply(request, 400, details)

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
        }


def wants_json(request: Request) -> bool:
    """Whether a program asks."""
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    return path.startswith("/api/")
