"""Pages in the form that ``Accept`` asks for: Markdown, or the citations of their papers.

They say so by ``Vary``. Each form is at the page's address with a suffix, to which the request is
led.
"""

from __future__ import annotations

import re
from urllib.parse import urlencode

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from broadsheet.web.citing import EXPORTS, LONGEST_STYLE, MEDIA, TEXT

# The pages that there are in both forms; /papers with ?as=bib is a citation.
_PAGES = re.compile(
    r"/|/editions|/editions/[^/]+|/search|/trending|/lists/[^/]+|/papers|/papers/.+"
)
_OTHERS = (".md", ".atom", ".rss", ".json", *EXPORTS)
# The forms that only their name asks for; the first of two that weigh the same is given.
_FORMS = {"text/markdown": ".md", **MEDIA}
_TEXT_SUFFIX = next(suffix for suffix, (format_, _) in EXPORTS.items() if format_ == TEXT)
_WEIGHT = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.ASCII)
# Commas and semicolons inside a quoted string separate nothing.
_PARTS = {
    mark: re.compile(rf'(?:[^{mark}"]|"(?:[^"\\]|\\.)*"?)+', re.DOTALL) for mark in (",", ";")
}


def preferred(accept: str) -> str:
    """The suffix of the form that a header names no lower than HTML; '' for the page itself.

    Only its name asks for a form: ``text/*`` and ``*/*`` are what browsers send too (RFC 9110,
    12.5.1).
    """
    weights = _weights(accept)
    html = next((weights[kind] for kind in ("text/html", "text/*", "*/*") if kind in weights), 0.0)
    named = [(weights[kind], suffix) for kind, suffix in _FORMS.items() if kind in weights]
    weight, suffix = max(named, key=lambda pair: pair[0], default=(0.0, ""))
    return suffix if weight > 0 and weight >= html else ""


def style_of(accept: str) -> str:
    """The style that a header names beside formatted text, as the DOI's resolvers have it:
    ``text/x-bibliography; style=apa``; '' for none."""
    for part in _PARTS[","].findall(accept[:4000]):
        kind, *parameters = (piece.strip() for piece in _PARTS[";"].findall(part) or [""])
        if MEDIA.get(kind.lower()) != _TEXT_SUFFIX:
            continue
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "style":
                return str(value.strip(' "')[:LONGEST_STYLE])
    return ""


def _weights(accept: str) -> dict[str, float]:
    """The weight of each media range; ranges that do not read are left out."""
    found: dict[str, float] = {}
    for part in _PARTS[","].findall(accept[:4000]):
        kind, *parameters = (piece.strip() for piece in _PARTS[";"].findall(part) or [""])
        weight = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "q":
                value = value.strip()
                weight = float(value) if _WEIGHT.fullmatch(value) else -1.0
                break
        if weight >= 0:
            found[kind.lower()] = max(weight, found.get(kind.lower(), 0.0))
    return found


class Negotiated:
    """Leads a request for a page in another form to the address that has it."""

    def __init__(self, app: ASGIApp, base: str) -> None:
        self._app = app
        self._base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        path = scope["path"].removeprefix(self._base)
        wanted = "" if path != "/papers" else QueryParams(scope["query_string"]).get("as", "")
        if not _PAGES.fullmatch(path) or path.endswith(_OTHERS) or wanted not in ("", "md"):
            await self._app(scope, receive, send)
            return
        accept = ",".join(Headers(scope=scope).getlist("accept"))
        if end := (".md" if wanted else preferred(accept)):
            scope = _led(scope, path, end, style_of(accept) if end == _TEXT_SUFFIX else "")

        async def varied(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).add_vary_header("Accept")
            await send(message)

        await self._app(scope, receive, varied)


def _led(scope: Scope, path: str, end: str, style: str) -> Scope:
    """The request with a suffix behind its path, and its style among what it asks for."""
    if end != ".md" and path in ("/papers", "/editions"):
        if path == "/editions":
            return scope  # a list of days has no papers
        # Ids that no path can hold have their form among the parameters.
        more = f"as={end[1:]}".encode()
        end = ""
    else:
        more, end = b"", f"index{end}" if path == "/" else end
    if path == "/search" and end == ".json":
        end = ".csl.json"  # a search's .json is its feed
    if style:
        more += (b"&" if more else b"") + urlencode({"style": style}).encode()
    led = {**scope, "path": scope["path"] + end}
    if raw := scope.get("raw_path"):
        led["raw_path"] = raw + end.encode()
    if more:
        led["query_string"] = b"&".join(filter(None, (scope["query_string"], more)))
    return led
