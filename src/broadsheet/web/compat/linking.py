"""Plain linking: an address of a paper elsewhere, put behind this one's, leads to its page here.

``/abs/2301.00001``, ``/pdf/…``, ``/doi/…``, ``/10.1234/…``, ``/https://arxiv.org/abs/…``,
``/arxiv.org/abs/…``. Only ever to a page of ours: what is not known here is said on a page that
helps to search for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlencode

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.papers import identifier_url, parse_identifier
from broadsheet.web.desk import State
from broadsheet.web.params import tidy
from broadsheet.web.policy import allow
from broadsheet.web.reply import Body
from broadsheet.web.site import Site

_LONGEST = 2_000
_ARXIV = re.compile(r"(?<![\w.])(\d{4}\.\d{4,5}|[a-z][a-z-]+(?:\.[A-Z]{2})?/\d{7})(?=v\d|\D|$)")
_DOI = re.compile(r"10\.\d{4,9}/[^\s?#]+", re.ASCII)
# What publishers put behind a DOI in their addresses, and preprint servers behind a version.
_BEHIND = re.compile(
    r"(?:/(?:abstract|full|pdf|epdf|html|meta|references|full-text|fulltext|pdfdirect)"
    r"|\.(?:full|pdf|abstract|full-text|full\.pdf)|v\d{1,3})$",
    re.IGNORECASE,
)
_ACL = re.compile(r"aclanthology\.org/(?:papers/\w/\w+/)?([\w.-]+?)(?:v\d)?(?:\.pdf|\.bib)?/?$")
_OPENREVIEW = re.compile(r"openreview\.net/\w+\?(?:.*&)?id=([\w-]+)")


class _Dotted(Convertor[str]):
    """A segment with a dot in it: a host, the beginning of a DOI, an arXiv id."""

    regex = r"[^/]+\.[^/]+"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("dotted", _Dotted())


class Linking:
    """Handlers over one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        """They come after all others: an address of ours is never taken for one elsewhere."""
        paths = (
            *("/abs/{rest:path}", "/pdf/{rest:path}", "/html/{rest:path}", "/doi/{rest:path}"),
            *("/https:/{rest:path}", "/http:/{rest:path}"),
            *("/{first:dotted}/{rest:path}", "/{first:dotted}"),
        )
        return [Route(path, self.lead, methods=["GET"]) for path in paths]

    @allow("anyone")
    async def lead(self, request: Request) -> Response:
        """To the paper's page, or to what helps to find it."""
        pasted = _pasted(request, self._site.settings.base_path)
        state = await self._site.state()
        path = await self._site.in_thread(lambda: self._page(state, pasted))
        if path:
            response = self._site.see_other(request, path)
            response.headers["Cache-Control"] = "no-cache"
            return response
        return await self._site.answer(request, f"lead {pasted}", lambda _: self._unknown(pasted))

    def _page(self, state: State, pasted: str) -> str:
        """The address of the page that a pasted address means; '' for none."""
        for name in meanings(pasted):
            ids = state.catalog.resolve(name)
            works = state.catalog.get_many(ids)
            if len(works) == 1:
                return self._site.links.paper(next(iter(works.values())).paper)
            if works:
                return f"{self._site.settings.base_path}/papers?{urlencode({'id': name})}"
        return ""

    def _unknown(self, pasted: str) -> Body:
        base = self._site.settings.base_path
        name = next(iter(meanings(pasted)), pasted)
        found, _ = parse_identifier(name)
        known = found.scheme in ("arxiv", "doi", "acl", "openreview")
        asked = found.value if known else pasted
        links = [
            {"name": "Search for it here", "url": self._site.links.search(asked[:300])},
            {"name": "Read today’s edition", "url": f"{base}/"},
        ]
        if known:
            links.append({"name": "Where it comes from", "url": identifier_url(found)})
        values: dict[str, object] = {
            "title": "Not in this paper",
            "kicker": "Corrections · 404",
            "lines": [
                f"No paper here is “{asked[:200]}”.",
                "A paper is found under the addresses it has elsewhere once it was taken in.",
            ],
            "code": "",
            "links": links,
        }
        return self._site.render("message.html", values, 404)


def meanings(pasted: str) -> Iterator[str]:
    """The names of papers that an address may mean, the surest first; all of them bounded."""
    found: dict[str, None] = {}
    for way in (pasted, unquote(pasted)):
        for pattern, prefix in ((_OPENREVIEW, "openreview:"), (_ACL, "")):
            if match := pattern.search(way):
                found[prefix + match[1]] = None
        if match := _ARXIV.search(way):
            found[f"arxiv:{match[1]}"] = None
        if match := _DOI.search(way):
            doi = match[0].rstrip(".,;/")
            found[f"doi:{doi}"] = None
            while (shorter := _BEHIND.sub("", doi)) != doi:
                doi = shorter
                found[f"doi:{doi}"] = None
        found[way] = None
        found[re.sub(r"^https?://", "", way)] = None
    yield from found


def _pasted(request: Request, base: str) -> str:
    """What stands behind our address, its query with it, as an address or an id."""
    path = request.url.path.removeprefix(base).lstrip("/")
    first, _, rest = path.partition("/")
    query = request.scope["query_string"].decode("ascii", "replace")
    if first in ("abs", "pdf", "html", "doi"):
        path = rest
    elif first in ("https:", "http:"):
        # A proxy may have made one slash of two.
        path = f"{first}//{rest.lstrip('/')}"
    return tidy(f"{path}?{query}" if query else path)[:_LONGEST].strip()
