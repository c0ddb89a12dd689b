"""The pages of terms: one for each, and the terms that rise this week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from urllib.parse import quote

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from broadsheet.catalog import TermCounts
from broadsheet.editions import plain_date
from broadsheet.text import Month, plain, term_key
from broadsheet.web.desk import State
from broadsheet.web.feed_addresses import term_feed
from broadsheet.web.pages.own import OwnPages, Pager
from broadsheet.web.params import query_text, whole_number
from broadsheet.web.plots import percent, plot, spark, top_of
from broadsheet.web.policy import allow
from broadsheet.web.reply import Body
from broadsheet.web.site import Site
from broadsheet.web.terming import Known, Meaning, Rise, resolved
from broadsheet.web.views import Item, counted
from broadsheet.web.visitors import Visitor

_PAGE = 40
_LAST_PAGE = 10_000
_OF_A_SENSE = 5
_RISING, _FREQUENT = 30, 30
_NEAR = 12
_RECENT = 3  # months, as `trend_direction` compares them
_FOLLOW = Markup('<button class="plain" form="act" name="act" value="{}follow term {}">{}</button>')
_DIRECTIONS = {"rising": "Rising", "falling": "Falling"}


@dataclass(frozen=True, slots=True)
class SenseView:
    """A sense with its first papers; ``url`` leads to all of them, '' where none is left out."""

    name: str
    count_words: str
    url: str
    papers: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class RiseView:
    """A term of the week."""

    text: str
    url: str
    count_words: str
    spark: Markup


class TermPages(OwnPages):
    """Handlers over one site."""

    def routes(self) -> list[Route]:
        """The index, and every term."""
        return [
            Route("/terms", self.index, methods=["GET"]),
            Route("/terms/{name:path}", self.page, methods=["GET"]),
        ]

    @allow("anyone")
    async def index(self, request: Request) -> Response:
        """The terms that rise in the newest week, and those of most papers; ``q`` names one."""
        site = self.site
        asked, _ = query_text(request.query_params.get("q", ""))
        if asked and (key := term_key(asked)):
            return site.see_other(request, site.links.term(key))
        return await site.answer(request, "terms", self._index)

    @allow("anyone")
    async def page(self, request: Request) -> Response:
        """A term's papers, trend, company and senses."""
        site, name = self.site, request.path_params["name"]
        state = await site.state()
        key, known = await site.in_thread(lambda: resolved(state, name))
        if not key:
            raise HTTPException(404)
        if not known:
            return await site.answer(request, f"term {key}", lambda s: self._unknown(s, key))
        address = site.links.term(key)
        within, _ = query_text(request.query_params.get("within", ""))
        if within:
            query = f'"{plain(_text(state, key)).replace(chr(34), " ")}" {within}'
            return site.see_other(request, site.links.search(query))
        if quote(name, safe="") != address.rpartition("/")[2]:
            query = request.scope["query_string"].decode("ascii", "replace")
            return RedirectResponse(address + (f"?{query}" if query else ""), 301)
        page = whole_number(request, "page", 1, 1, _LAST_PAGE)
        sense = whole_number(request, "sense", 0, 0, 99)
        whole = page > 1 or request.query_params.get("all") == "1"
        senses: tuple[Meaning, ...] | None = ()
        if not whole:
            senses = await site.in_thread(lambda: site.terms.senses(state, key))
        return await site.answer(
            request,
            f"term {key} {page} {sense} {whole} {senses is None}",
            lambda s: self._page(s, key, page, sense, whole, senses),
        )

    def _page(
        self,
        state: State,
        key: str,
        page: int,
        sense: int,
        whole: bool,
        senses: Sequence[Meaning] | None,
    ) -> Body:
        found = self.site.terms.known(state, key)
        if found is None:
            return self._unknown(state, key)
        address = self.site.links.term(key)
        values = self._about(found, address)
        values["senses_wait"] = senses is None
        senses = senses or ()
        if sense > len(senses):
            raise HTTPException(404)
        pager = Pager.of(found.stats.papers, page, f"{address}?all=1" if whole else address, _PAGE)
        if pager.page < page:
            raise HTTPException(404)
        values["senses"] = tuple(
            self._sense(state, one, f"{address}?sense={place}")
            for place, one in enumerate(senses, 1)
            if not sense
        )
        values["sense"] = senses[sense - 1].name if sense else ""
        ids: Sequence[int] = ()
        if sense:
            ids, pager = senses[sense - 1].works, Pager.of(0, 1, address)
        elif not senses:
            ids = state.readings.of_term(key, offset=(page - 1) * _PAGE, limit=_PAGE)
        values |= {"items": self.items(state, ids), "pager": pager, "looked": _looked(senses)}
        return self.site.render("term.html", values)

    def _about(self, found: Known, address: str) -> dict[str, object]:
        months = found.trend.months
        text = plain(found.stats.text)
        return {
            "here": "/terms",
            "text": text,
            "key": found.stats.key.replace(" ", "-"),
            "address": address,
            "feed": term_feed(found.stats.key),
            "count_words": counted(found.stats.papers),
            "since": plain_date(found.stats.first) if found.stats.first else "",
            "direction": _DIRECTIONS.get(found.trend.direction, ""),
            "compared": _compared(months),
            "plot": plot(months),
            "top": percent(top_of(months)),
            "months": [_row(month) for month in reversed(months)],
            "ends": (plain_date(months[0].month), plain_date(months[-1].month)) if months else (),
            "company": [
                (plain(one.text), self.site.links.term(one.key), one.papers)
                for one in found.company
            ],
            "asked_papers": found.looked,
        }

    def _sense(self, state: State, meaning: Meaning, url: str) -> SenseView:
        shown = meaning.works[:_OF_A_SENSE]
        return SenseView(
            meaning.name,
            counted(len(meaning.works)),
            url if len(meaning.works) > len(shown) else "",
            tuple(self.items(state, shown)),
        )

    def _unknown(self, state: State, key: str) -> Body:
        lines = [
            "A term has a page as soon as a paper is read that stands for it; "
            "the words may still occur in papers."
        ]
        if waiting := state.readings.waiting():
            lines.append(f"Still to be read: {counted(waiting)}; the worker does so by itself.")
        values: dict[str, object] = {
            "title": f"No paper on “{key}” yet",
            "kicker": "Terms",
            "here": "/terms",
            "lines": lines,
            "code": "",
            "links": [
                {"name": f"Search for “{key}”", "url": self.site.links.search(f'"{key}"')},
                *(
                    {"name": f"{plain(text)}, {counted(papers)}", "url": self.site.links.term(near)}
                    for near, (text, papers) in TermCounts(state.catalog).like(key, _NEAR).items()
                ),
                {"name": "The terms of this week", "url": f"{self.base}/terms"},
            ],
        }
        return self.site.render("message.html", values)

    def _index(self, state: State) -> Body:
        newest = state.catalog.days(1)
        waiting = state.readings.waiting()
        values: dict[str, object] = {
            "here": "/terms",
            "rising": (),
            "frequent": (),
            "span": "",
            "papers": "",
            "waiting": counted(waiting) if waiting else "",
            "dated": bool(newest),
        }
        if newest:
            week = self.site.terms.week(state, newest[0][0])
            rising, frequent = week.rising[:_RISING], week.frequent[:_FREQUENT]
            values |= {
                "rising": self._rises(state, rising, before=True),
                "frequent": self._rises(state, frequent, before=False),
                "span": f"{plain_date(week.first)} to {plain_date(week.last)}",
                "papers": counted(week.papers),
            }
        return self.site.render("terms.html", values)

    def _rises(self, state: State, found: Sequence[Rise], *, before: bool) -> list[RiseView]:
        trends = self.site.terms.trends(state, [one.key for one in found])
        views = []
        for one in found:
            words = counted(one.papers)
            if before:
                earlier = f"{one.before or 'none'} in the eight weeks before"
                words = f"{words}, {earlier}"
            months = trends[one.key].months if one.key in trends else ()
            views.append(
                RiseView(plain(one.text), self.site.links.term(one.key), words, spark(months))
            )
        return views


def term_follow(site: Site, state: State, visitor: Visitor, about: str, back: str) -> bytes:
    """The button that follows a term, where a reader looks at its page."""
    del site, back
    if visitor.reader is None:
        return b""
    key = unescape(about).replace("-", " ")
    values = [f.value for f in state.readers.follows.of(visitor.id, "term")]
    mine = next((value for value in values if term_key(value) == key), "")
    words = "Follow no longer" if mine else "Follow this term"
    value = mine or plain(_text(state, key))
    return _FOLLOW.format("-" if mine else "", value, words).encode()


def _text(state: State, key: str) -> str:
    stats = state.readings.term(key)
    return stats.text if stats else key


def _compared(months: Sequence[Month]) -> str:
    """The share of the last three months beside that of those before; '' for too few."""
    recent, before = months[-_RECENT:], months[:-_RECENT]
    if not recent or len(before) < _RECENT:
        return ""
    shares = [
        sum(month.papers for month in part) / sum(month.total for month in part)
        for part in (recent, before)
    ]
    since = plain_date(before[0].month)
    return (
        f"{percent(shares[0])} of the papers of the last three months, "
        f"{percent(shares[1])} of those before, since {since}"
    )


def _row(month: Month) -> tuple[str, str, str, str]:
    return plain_date(month.month), f"{month.papers:,}", f"{month.total:,}", percent(month.share)


def _looked(senses: Sequence[Meaning]) -> int:
    return sum(len(one.works) for one in senses)


__all__ = ["TermPages", "term_follow"]
