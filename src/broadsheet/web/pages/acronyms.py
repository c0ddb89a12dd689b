"""The dictionary of acronyms: short forms from A to Z, and the papers that define each."""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_lowercase
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.catalog import AcronymEntry, Acronyms
from broadsheet.text import short_key
from broadsheet.web.desk import State
from broadsheet.web.pages.own import OwnPages
from broadsheet.web.params import query_text
from broadsheet.web.policy import allow
from broadsheet.web.reply import Body
from broadsheet.web.views import Item, item

_PAGE = 100
_OF_A_MEANING = 3
_MEANINGS = 20
_INITIALS = ("0", *ascii_lowercase)
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Line:
    """A short form of the list, its commonest meanings, and how many more it has."""

    short: str
    url: str
    longs: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class MeaningView:
    """A long form, how many papers define it so, its newest ones, and a search for it."""

    long: str
    count_words: str
    search: str
    papers: tuple[Item, ...]


class AcronymPages(OwnPages):
    """Handlers over one site."""

    def routes(self) -> list[Route]:
        """The list, and every short form."""
        return [
            Route("/acronyms", self.index, methods=["GET"]),
            Route("/acronyms/{name:path}", self.page, methods=["GET"]),
        ]

    @allow("anyone")
    async def index(self, request: Request) -> Response:
        """Short forms of one initial, a page at a time; ``q`` names one."""
        asked, _ = query_text(request.query_params.get("q", ""))
        if asked:
            return self.site.see_other(request, self._address(short_key(asked[:_LONGEST])))
        initial = request.query_params.get("letter", "a").lower()
        after, _ = query_text(request.query_params.get("after", ""))
        if initial not in _INITIALS:
            raise HTTPException(404)

        def make(state: State) -> Body:
            return self._index(state, initial, after)

        return await self.site.answer(request, f"acronyms {initial} {after}", make)

    @allow("anyone")
    async def page(self, request: Request) -> Response:
        """What a short form means, the commonest first, with papers that say so."""
        key = short_key(request.path_params["name"][:_LONGEST])
        if "\0" in key:  # which PostgreSQL takes in no text
            raise HTTPException(404)
        return await self.site.answer(request, f"acronym {key}", lambda s: self._page(s, key))

    def _index(self, state: State, initial: str, after: str) -> Body:
        entries = Acronyms(state.catalog).entries(initial, after=after, limit=_PAGE + 1)
        base = f"{self.site.links.base}/acronyms?letter={initial}"
        more = f"{base}&after={quote(entries[_PAGE - 1].key)}" if len(entries) > _PAGE else ""
        values: dict[str, object] = {
            "here": "/acronyms",
            "initial": initial,
            "initials": [(one, _said(one)) for one in _INITIALS],
            "lines": [self._line(one) for one in entries[:_PAGE]],
            "said": _said(initial),
            "first": base if after else "",
            "more": more,
        }
        return self.site.render("acronyms.html", values)

    def _page(self, state: State, key: str) -> Body:
        dictionary = Acronyms(state.catalog)
        entry = dictionary.entry(key)
        if entry is None:
            raise HTTPException(404, "No paper here defines that acronym.")
        links = self.site.links
        views = []
        for meaning in entry.meanings[:_MEANINGS]:
            ids = dictionary.papers(key, meaning.long, _OF_A_MEANING)
            works = state.recent.get_many(ids)
            papers = tuple(item(works[one], links, dated=True) for one in ids if one in works)
            count = f"{meaning.papers:,.0f} paper{'' if meaning.papers == 1 else 's'}"
            url = links.search(f'"{meaning.long}"')
            views.append(MeaningView(meaning.long, count, url, papers))
        values: dict[str, object] = {
            "here": "/acronyms",
            "short": entry.short,
            "views": views,
            "hidden": entry.senses - len(views),
            "initial": key[0] if key[0] in ascii_lowercase else "0",
            "said": _said(key[0] if key[0] in ascii_lowercase else "0"),
            "address": self._address(key),
        }
        return self.site.render("acronym.html", values)

    def _line(self, entry: AcronymEntry) -> Line:
        longs = tuple(meaning.long for meaning in entry.meanings)
        return Line(entry.short, self._address(entry.key), longs, entry.senses - len(longs))

    def _address(self, key: str) -> str:
        return f"{self.site.links.base}/acronyms/{quote(key, safe='')}"


def _said(initial: str) -> str:
    return "0–9" if initial == "0" else initial.upper()
