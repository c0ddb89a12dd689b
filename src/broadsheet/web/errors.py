"""What is said when something is wrong: a designed page, or problem+json for programs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from broadsheet.catalog import CatalogError
from broadsheet.index import IndexFault
from broadsheet.readers import ReadersError, ThrottledError
from broadsheet.web import csrf
from broadsheet.web.links import Links
from broadsheet.web.reply import PROBLEM, Body
from broadsheet.web.site import Site, ours
from broadsheet.web.visitors import SAFE, enhanced, is_api, is_feed, visitor_of

# A body that is no JSON, or is not there at all.
_UNREAD = ("json_invalid", "missing_body")

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
        "The catalog or the index cannot be used just now, or is being upgraded; try again "
        "shortly. The server’s log, and “broadsheet doctor”, say what it is.",
    ),
}


# What a program is told that says nothing of who it asks for: it has no page to log in on.
_UNKNOWN = (
    "This is for readers with an account: send a personal token as “Authorization: Bearer …”, or "
    "log in."
)

# As RFC 9110 has them; older versions of Python keep the names of RFC 7231.
_PHRASES = {413: "Content Too Large", 414: "URI Too Long", 422: "Unprocessable Content"}


def phrase(status: int) -> str:
    """The name of a status, the same on every version of Python."""
    return _PHRASES.get(status) or HTTPStatus(status).phrase


def problem(status: int, detail: str, errors: Sequence[Mapping[str, str]] = ()) -> Body:
    """An error for programs (RFC 9457); ``errors`` are those of single fields."""
    content: dict[str, object] = {
        "type": "about:blank",
        "title": phrase(status),
        "status": status,
        "detail": detail,
    }
    if errors:
        content["errors"] = errors
    return Body(orjson.dumps(content), PROBLEM, status)


def message(
    site: Site, status: int, detail: str = "", *, changed: bool = False, back: str = ""
) -> Body:
    """An error for people; ``changed`` says that they wanted to change something, ``back`` is the
    page where they did."""
    title, words = _WORDS.get(status, (phrase(status), ""))
    if changed and status == 400:
        title, words = "Not done", "Nothing was changed."
    links = Links(site.settings.base_path)
    base = site.settings.base_path
    log_in = f"{base}/login" + (f"?{urlencode({'next': back})}" if back else "")
    values: dict[str, object] = {
        "title": title,
        "kicker": f"Corrections · {status}",
        "lines": [line for line in (words, detail) if line],
        "code": "",
        "refused": changed,
        "links": [
            *([{"name": "Back to where you were", "url": back, "back": True}] if back else []),
            {"name": "Read today’s edition", "url": links.front()},
            {"name": "Search the papers", "url": f"{base}/search"},
            *([{"name": "Log in", "url": log_in}] if status == 401 else []),
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
        fetched = is_api(request) or _feed_reader(request)
        if status == 401 and request.method in SAFE and not fetched:
            response = self._site.see_other(request, f"{base}/login?{_next(request)}")
            response.headers["Vary"] = "Cookie"
            return response
        if status == 400 and request.method not in SAFE:
            detail = detail or "The form does not read."
        body = self._body(request, status, detail, headers or {})
        if status == 503:
            body.headers["Retry-After"] = "5"
        body.headers.update(headers or {})
        if status == 405 and request.method not in (allowed := _allowed(request)):
            body.headers["Allow"] = ", ".join(allowed)
        if is_feed(request) and status == 401:
            body.headers["WWW-Authenticate"] = 'Basic realm="broadsheet", charset="UTF-8"'
        elif is_api(request) and body.status == 401:
            body.headers.setdefault("WWW-Authenticate", 'Bearer realm="broadsheet"')
        return self._site.bare(request, body, cache="no-store")

    def _body(self, request: Request, status: int, detail: str, headers: Mapping[str, str]) -> Body:
        unknown = _UNKNOWN if status == 401 and is_api(request) else ""
        words = detail or unknown or _WORDS.get(status, ("", ""))[1] or phrase(status)
        for form in self._site.error_forms:
            if (body := form(request, status, words, headers)) is not None:
                return body
        if is_api(request) or enhanced(request):
            return problem(status, words)
        changed = request.method not in SAFE
        back = _came_from(request, self._site.settings.base_path) if changed else ""
        return message(self._site, status, detail, changed=changed, back=back)

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
        """Parameters of the API that do not read (400), or a body that reads and does not fit
        (422)."""
        assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for it
        found = error.errors()
        details = "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in found)
        unread = any(one["loc"][0] != "body" or one["type"] in _UNREAD for one in found)
        body = problem(400 if unread else 422, details, [_field_error(one) for one in found])
        return self._site.bare(request, body, cache="no-store")

    async def refused(self, request: Request, error: Exception) -> Response:
        """A reader asked for what cannot be done; the text says what to do."""
        if isinstance(error, ThrottledError):
            return self.reply(request, 429, str(error), {"Retry-After": str(error.seconds)})
        return self.reply(request, 400, _sentence(str(error)))

    async def unavailable(self, request: Request, error: Exception) -> Response:
        """Catalog or index cannot be used just now: why, with folders, hosts and users in it, is
        for the log and for nobody who asks."""
        log.warning("%s", error)
        return self.reply(request, 503, "")

    def handlers(self) -> dict[int | type[Exception], Handler]:
        """Exceptions with their handlers, as the application takes them."""
        return {
            HTTPException: self.http,
            RequestValidationError: self.invalid,
            CatalogError: self.unavailable,
            IndexFault: self.unavailable,
            ReadersError: self.refused,
        }


def _field_error(found: Mapping[str, Any]) -> dict[str, str]:
    """One error of a body or a parameter, with the place it is about (RFC 6901)."""
    where, *path = (str(part) for part in found["loc"])
    said = {"detail": str(found["msg"])}
    if where == "body":
        steps = (part.replace("~", "~0").replace("/", "~1") for part in path)
        return {**said, "pointer": "".join(["#", *(f"/{step}" for step in steps)])}
    return {**said, "parameter": ".".join(path), "in": where}


def _allowed(request: Request) -> list[str]:
    """The methods that an address is asked with, all routes of its path together: the router
    itself tells those of the first alone. A path that takes any name takes no part in others."""
    methods: set[str] = set()
    path = None
    for route in request.scope["app"].router.routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            path = path or route.path
            methods |= (route.methods or set()) if route.path == path else set()
    return sorted(methods) or ["GET", "HEAD"]


def _feed_reader(request: Request) -> bool:
    """Whether a program asks for a feed: it has no use for the page to log in on."""
    sent = request.headers
    # A browser's Basic is what a proxy in front of us asked for.
    token = sent.get("authorization", "").lower().startswith("bearer ")
    return is_feed(request) and (token or "text/html" not in sent.get("accept", ""))


def _came_from(request: Request, base: str) -> str:
    """The page of ours with the form that was sent: as the form says, or as the browser does."""
    said = visitor_of(request).form.text("back", 2000)
    if said and ours(said, base):
        return said
    page = request.headers.get("referer", "")
    if not csrf.same_host(page, request):
        return ""
    parts = urlsplit(page)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return path if ours(path, base) else ""


def _next(request: Request) -> str:
    path = (request.scope.get("raw_path") or b"/").decode("ascii", "replace")
    query = request.scope["query_string"].decode("ascii", "replace")
    return urlencode({"next": f"{path}?{query}" if query else path})


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
