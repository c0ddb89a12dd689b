"""A reader's interests as the paper understands them: read, corrected, carried away."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.readers import Interest, Readers, ReadersError, Seed, Taste
from broadsheet.web.desk import State
from broadsheet.web.pages.for_you import taste_of
from broadsheet.web.pages.own import OwnPages
from broadsheet.web.policy import allow
from broadsheet.web.reply import Body
from broadsheet.web.said import Done
from broadsheet.web.views import title_of
from broadsheet.web.visitors import Form, visitor_of

_FILE_BYTES = 6_000_000
_PAPERS_SHOWN = 30
_RATED = 10
_MODELS = {
    "none": "There is nothing to go by yet.",
    "words": "Ranked by words alone, because meaning is not encoded yet.",
    "generative": "Ranked by what your papers have in common: with few likes that is surest.",
    "discriminative": "Ranked by what parts your papers from others: there are likes enough.",
}


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A paper that an interest is made of."""

    work: int
    title: Markup
    url: str


@dataclass(frozen=True, slots=True)
class InterestView:
    """An interest with the papers it is made of."""

    interest: Interest
    liked: tuple[PaperLine, ...]
    disliked: tuple[PaperLine, ...]
    more: int
    seeds: tuple[Seed, ...]


class TastePages(OwnPages):
    """Handlers over one site."""

    def routes(self) -> list[Route]:
        """The profile and what may be done with it."""
        return [
            Route("/taste", self.page, methods=["GET"]),
            Route("/taste/interests/{number:int}", self.edit, methods=["POST"]),
            Route("/taste/merge", self.merge, methods=["POST"]),
            Route("/taste/seeds", self.tell, methods=["POST"]),
            Route("/taste/seeds/{number:int}/remove", self.remove_seed, methods=["POST"]),
            Route("/taste/popularity", self.popularity, methods=["POST"]),
            Route("/taste/reset", self.reset, methods=["POST"]),
            Route("/taste/profile.json", self.export, methods=["GET"]),
            Route("/taste/import", self.import_, methods=["POST"]),
            Route("/taste/rate", self.rate, methods=["GET"]),
        ]

    @allow("reader")
    async def page(self, request: Request) -> Response:
        """The whole profile."""
        me = visitor_of(request).id

        def make(state: State) -> dict[str, object]:
            taste = taste_of(state)
            profile = taste.profile(me)
            seeds = {seed.id: seed for seed in profile.seeds}
            return {
                "here": "/account",
                "profile": profile,
                "model": _MODELS[profile.model],
                "rate": f"{100 * profile.rate:.0f}",
                "interests": [self._view(state, one, seeds) for one in profile.interests],
                "weights": [("0.25", "a quarter"), ("0.5", "half"), ("1", "as it is"),
                            ("2", "twice"), ("4", "four times")],
            }  # fmt: skip

        return await self.show(request, "taste.html", make)

    @allow("reader")
    async def edit(self, request: Request) -> Response:
        """Renames, weighs, mutes or splits an interest, or takes a paper out of it."""
        visitor, number = visitor_of(request), request.path_params["number"]
        return await self._change(
            request, lambda taste: _edited(taste, visitor.id, number, visitor.form)
        )

    @allow("reader")
    async def merge(self, request: Request) -> Response:
        """Makes several interests one."""
        visitor = visitor_of(request)
        numbers = [int(n) for n in visitor.form.many("interest") if n.isascii() and n.isdigit()]

        def merge(taste: Taste) -> str:
            taste.editing.merge(visitor.id, numbers)
            return "The interests are one now"

        return await self._change(request, merge)

    @allow("reader", body=_FILE_BYTES)
    async def tell(self, request: Request) -> Response:
        """Cold start: a sentence, an author's name, or a file of one's own papers."""
        visitor = visitor_of(request)
        form = visitor.form

        def tell(taste: Taste) -> str:
            if file := form.file("file"):
                found = taste.seeding.papers(visitor.id, file[1], file[0])
            elif name := form.text("author", 300):
                found = taste.seeding.author(visitor.id, name)
            else:
                taste.seeding.sentence(visitor.id, form.prose("sentence", 2_000, "In a sentence"))
                return "Noted"
            return "One paper is noted" if len(found) == 1 else f"{len(found)} papers are noted"

        return await self._change(request, tell)

    @allow("reader")
    async def remove_seed(self, request: Request) -> Response:
        """Takes back what was told."""
        visitor, number = visitor_of(request), request.path_params["number"]

        def remove(taste: Taste) -> str:
            taste.seeding.remove(visitor.id, number)
            return "It no longer counts"

        return await self._change(request, remove)

    @allow("reader")
    async def popularity(self, request: Request) -> Response:
        """Whether other readers' votes count in one's own order."""
        visitor = visitor_of(request)

        def keep(taste: Taste) -> str:
            taste.editing.popularity(visitor.id, visitor.form.has("wanted"))
            return "Kept"

        return await self._change(request, keep)

    @allow("reader")
    async def reset(self, request: Request) -> Response:
        """Begins anew; asked once more."""
        visitor = visitor_of(request)
        if not visitor.form.has("sure"):
            return await self.show(request, "taste_reset.html", lambda _: {"here": "/account"})

        def reset(taste: Taste) -> str:
            taste.editing.reset(visitor.id)
            return "Your interests begin anew"

        return await self._change(request, reset)

    @allow("reader")
    async def export(self, request: Request) -> Response:
        """The profile as a file."""
        me = visitor_of(request).id

        def make(state: State) -> Body:
            data = taste_of(state).editing.export(me)
            text = json.dumps(data, ensure_ascii=False, indent=1)
            disposition = 'attachment; filename="broadsheet-profile.json"'
            headers = {"Content-Disposition": disposition}
            return Body(text.encode("utf-8", "replace"), "application/json", headers=headers)

        return await self.site.personal(request, make)

    @allow("reader", body=_FILE_BYTES)
    async def import_(self, request: Request) -> Response:
        """Takes an exported profile in, beside what there is."""
        visitor = visitor_of(request)
        file = visitor.form.file("file")

        def take_in(taste: Taste) -> str:
            try:
                data = json.loads(file[1]) if file else None
            except (ValueError, RecursionError):
                raise ReadersError("the file is not JSON; choose an exported profile") from None
            counts = taste.editing.import_(visitor.id, data)
            return (
                f"{counts['interests']} interests came in, with {counts['likes']} papers; "
                f"{counts['unknown']} are not here"
            )

        return await self._change(request, take_in)

    @allow("reader")
    async def rate(self, request: Request) -> Response:
        """Ten papers whose ratings tell most."""
        me = visitor_of(request).id

        def make(state: State) -> dict[str, object]:
            judged = {act.work_id for act in state.readers.acts.of(me)}
            known = np.asarray(sorted(judged), np.int64)
            works = taste_of(state).seeding.to_rate(_RATED, known)
            return {"here": "/account", "items": self.items(state, works, 360)}

        return await self.show(request, "rate.html", make)

    async def _change(self, request: Request, work: Callable[[Taste], str]) -> Response:
        state = await self.site.state()
        taste = taste_of(state)

        def change(_: Readers) -> Done:
            return Done("kept", note=work(taste))

        return await self.change(request, change, f"{self.base}/taste")

    def _view(self, state: State, interest: Interest, seeds: dict[int, Seed]) -> InterestView:
        liked, disliked = interest.liked[:_PAPERS_SHOWN], interest.disliked[:_PAPERS_SHOWN]
        works = state.recent.get_many([*liked, *disliked])

        def lines(numbers: tuple[int, ...]) -> tuple[PaperLine, ...]:
            return tuple(
                PaperLine(n, title_of(works[n].paper), self.site.links.paper(works[n].paper))
                for n in numbers
                if n in works
            )

        return InterestView(
            interest,
            lines(liked),
            lines(disliked),
            len(interest.liked) - len(liked),
            tuple(seeds[n] for n in interest.seeds if n in seeds),
        )


def _edited(taste: Taste, me: int, number: int, form: Form) -> str:
    editing = taste.editing
    match form.text("do"):
        case "keep":
            editing.rename(me, number, form.text("name", 200))
            editing.weigh(me, number, _weight(form.text("weight")))
            return "Kept"
        case "mute" | "unmute" as what:
            editing.mute(me, number, what == "mute")
            return "Muted: it stays out of “For you”" if what == "mute" else "It counts again"
        case "split":
            editing.split(me, number)
            return "It is two interests now"
        case "move":
            editing.move(me, form.number("work"), 0)
            return "The paper is an interest of its own now"
        case "forget":
            for kind in ("upvote", "save", "rate_up", "not_interested", "rate_down"):
                taste.readers.acts.undo(me, kind, form.number("work"))
            return "What you did with that paper is taken back"
    raise HTTPException(400, "This is nothing that can be done with an interest.")


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ReadersError("a weight is a number above 0 and up to 4") from None
