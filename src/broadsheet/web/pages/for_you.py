"""For you: the list of a day that fits a reader's minutes, says why, and ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.cache import Cache
from broadsheet.editions import ForYou, ForYouEntry, for_you, long_date
from broadsheet.readers import Built, Profile, Reader, Readers, Taste
from broadsheet.text import Reading
from broadsheet.web.desk import State
from broadsheet.web.pages.own import OwnPages, Pager
from broadsheet.web.params import whole_number
from broadsheet.web.policy import allow
from broadsheet.web.reply import Body
from broadsheet.web.site import Site
from broadsheet.web.views import Item, item, title_of
from broadsheet.web.visitors import visitor_of

_OPENING = 420
_KEPT = 500
_CANDIDATES = 600


@dataclass(frozen=True, slots=True)
class EntryView:
    """A paper of the list, why it is there, and those folded under it; ``interest`` is whose it
    is where there are several."""

    item: Item
    because: str
    interest: str
    folded: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    day: str
    minutes: int
    again: bool
    interest: int | None
    mark: bool


class ForYouPages(OwnPages):
    """Handlers over one site."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._made: Cache[tuple[object, ...], tuple[Built, Body]] = Cache(_KEPT)

    def routes(self) -> list[Route]:
        """The list, why a paper is in it, and what was shown."""
        return [
            Route("/for-you", self.page, methods=["GET"]),
            Route("/for-you/why/{number:int}", self.why, methods=["GET"]),
            Route("/for-you/shown", self.shown, methods=["GET"]),
            Route("/for-you/shown", self.forget, methods=["POST"]),
        ]

    @allow("reader")
    async def page(self, request: Request) -> Response:
        """The list of today."""
        visitor = visitor_of(request)
        reader = visitor.me
        minutes = whole_number(request, "minutes", reader.minutes, 1, 480)
        number = whole_number(request, "interest", 0, 0, 1_000_000_000)
        # A page of another site that embeds this address must not use up the list.
        meant = request.headers.get("sec-fetch-site", "none") in ("none", "same-origin")
        again = request.query_params.get("again") == "1"

        def make(state: State) -> Body:
            taste = taste_of(state)
            day = today_of(state, reader)
            asked = _Asked(day, minutes, again, number or None, meant and not again)
            return self._cached(state, taste, reader, asked)

        return await self.site.personal(request, make)

    @allow("reader")
    async def why(self, request: Request) -> Response:
        """Why a paper stands where it does, and what would change that."""
        visitor, number = visitor_of(request), request.path_params["number"]

        def make(state: State) -> dict[str, object]:
            taste = taste_of(state)
            work = state.recent.get_many([number]).get(number)
            if work is None:
                raise HTTPException(404)
            day = today_of(state, visitor.me)
            candidates = taste.candidates(visitor.id, "", day, _CANDIDATES)
            built = taste.built(visitor.id)
            found = taste.recommend(visitor.id, taste_ids(number), 1) if built.lenses else []
            one = found[0] if found else None
            interest = one and built.profile.interest(one.interest)
            return {
                "here": "/for-you",
                "item": item(work, self.site.links, length=_OPENING, dated=True),
                "why": one.because if one else None,
                "unasked": "" if one else _unasked(built, number),
                "likely": _percent(one.probability) if one else "",
                "interest": interest,
                "near": [
                    (title_of(state.recent.get_many([n.work_id])[n.work_id].paper), n)
                    for n in (one.because.near if one else ())
                    if state.recent.get_many([n.work_id])
                ],
                "changes": [
                    change.sentence() for change in taste.what_if(visitor.id, number, candidates)
                ]
                if one
                else [],
            }

        return await self.show(request, "why_for_you.html", make)

    @allow("reader")
    async def shown(self, request: Request) -> Response:
        """What was shown before, here or in a digest, so that nothing is lost for having been
        shown once."""
        visitor = visitor_of(request)
        page = whole_number(request, "page", 1, 1, 10_000)

        def make(state: State) -> dict[str, object]:
            found = state.readers.shown.of(visitor.id)
            newest = sorted(((day, work) for work, (day, _) in found.items()), reverse=True)
            pager = Pager.of(len(newest), page, f"{self.base}/for-you/shown")
            days: dict[str, list[int]] = {}
            for day, work in pager.cut(newest):
                days.setdefault(day, []).append(work)
            return {
                "here": "/for-you",
                "days": [
                    (long_date(day), self.items(state, works, 160)) for day, works in days.items()
                ],
                "total": len(newest),
                "pager": pager,
            }

        return await self.show(request, "shown.html", make)

    @allow("reader")
    async def forget(self, request: Request) -> Response:
        """Lets everything be shown again."""
        me = visitor_of(request).id

        def forget(readers: Readers) -> str:
            readers.shown.forget(me)
            return "Everything may be shown again"

        return await self.change(request, forget, f"{self.base}/for-you")

    def _cached(self, state: State, taste: Taste, reader: Reader, asked: _Asked) -> Body:
        """The page, made again when the reader's taste or the papers have changed."""
        key = (state.token, reader, asked)
        built = taste.built(reader.id)
        kept = self._made.get(key)
        if kept is not None and kept[0] is built:
            return kept[1]
        found = for_you(
            state.readers,
            taste,
            state.catalog,
            reader,
            asked.day,
            asked.minutes,
            again=asked.again,
            interest=asked.interest,
            mark=asked.mark,
        )
        body = self.site.render("for_you.html", self._values(state, found, taste, reader, asked))
        # What is shown counts: the profile that holds from now on is another object.
        self._made.put(key, (taste.built(reader.id), body))
        return body

    def _values(
        self, state: State, found: ForYou, taste: Taste, reader: Reader, asked: _Asked
    ) -> dict[str, object]:
        read = state.recent.readings(entry.work.id for entry in found.entries)
        profile = taste.profile(reader.id)
        return {
            "here": "/for-you",
            "day": long_date(found.day),
            "entries": [
                self._entry(entry, profile, read.get(entry.work.id)) for entry in found.entries
            ],
            "minutes": asked.minutes,
            "used": max(1, round(found.minutes)) if found.entries else 0,
            "ending": found.sentence(),
            "done": found.done,
            "newcomer": found.newcomer,
            "muted": found.muted,
            "catch_up": found.catch_up,
            "since": long_date(found.first) if found.first else "",
            "below": found.below,
            "again": asked.again,
            "interests": [one for one in profile.interests if not one.muted],
            "interest": profile.interest(asked.interest) if asked.interest else None,
        }

    def _entry(self, entry: ForYouEntry, profile: Profile, reading: Reading | None) -> EntryView:
        one = entry.recommendation
        interest = profile.interest(one.interest)
        return EntryView(
            item(entry.work, self.site.links, reading, length=_OPENING, dated=True),
            one.because.sentence(),
            interest.name if interest and len(profile.interests) > 1 else "",
            tuple(item(work, self.site.links, length=120, dated=True) for work in entry.folded),
        )


def _percent(chance: float) -> str:
    """A probability in words that do not say never: a paper may always be liked."""
    return f"{100 * chance:.0f} %" if chance >= 0.005 else "under 1 %"


def _unasked(built: Built, number: int) -> str:
    """Why taste says nothing of a paper."""
    if number in built.judged:
        return "You have judged this paper already or told of it as your own: it judges others."
    if not built.lenses:
        return "There is no interest yet to judge it by: vote for what you like, and there is."
    return "It is not filed by meaning yet, so it cannot be judged."


def taste_of(state: State) -> Taste:
    """The taste of readers; 503 while there is no index to find papers in."""
    if state.taste is None:
        raise HTTPException(503, state.index_problem or "The index is not made yet.")
    return state.taste


def taste_ids(number: int) -> NDArray[np.int64]:
    """One work as candidates."""
    return np.asarray([number], np.int64)


def today_of(state: State, reader: Reader) -> str:
    """The reader's day; the newest edition's where none came since."""
    today = datetime.now(ZoneInfo(reader.timezone)).date().isoformat()
    latest = state.catalog.days(1)
    return min(today, latest[0][0]) if latest else today
