"""The API of what is made for a reader: their list of the day, and the profile behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from fastapi import Query, Request
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from broadsheet.editions import for_you, public_name
from broadsheet.readers import Profile as Taken
from broadsheet.readers import ReadersError
from broadsheet.web.api.common import (
    LARGEST,
    Call,
    Given,
    Number,
    PaperId,
    PaperName,
    Room,
    names_of,
    titled,
    work_named,
)
from broadsheet.web.api.models_own import (
    ForYouList,
    Interests,
    Profile,
    ProfileTaken,
    SeedsTaken,
    Shown,
    ToRate,
    WhyTold,
)
from broadsheet.web.api.paging import Cursor, PageSize, page_of
from broadsheet.web.desk import State
from broadsheet.web.pages.for_you import taste_ids, taste_of, today_of
from broadsheet.web.policy import allow
from broadsheet.web.visitors import Visitor

_PROFILE_BYTES = 4_000_000
_FILE_BYTES = 5_000_000
_RATED = 10

Minutes = Annotated[int | None, Query(ge=1, le=480, description="By default those of your day.")]
Interest = Annotated[int, Query(ge=0, le=LARGEST, description="Only this interest; 0: all.")]


class InterestChange(Given):
    """What of an interest is changed; what is left out stays."""

    name: Annotated[str, Field(max_length=200)] | None = None
    weight: Annotated[float, Field(gt=0, le=4)] | None = None
    muted: bool | None = None


class Merged(Given):
    """Interests that become one: the first keeps its number and name."""

    interests: Annotated[list[Annotated[int, Field(ge=1, le=LARGEST)]], Field(min_length=2)]


class PaperMoved(Given):
    """A liked paper that becomes an interest of its own, or part of another."""

    paper: PaperName
    interest: Annotated[int, Field(ge=0, le=LARGEST)] = 0


class SeedGiven(Given):
    """One of three: a sentence, an author's name, or a file of own papers with its name."""

    sentence: Annotated[str, Field(max_length=2000)] = ""
    author: Annotated[str, Field(max_length=300)] = ""
    file: Annotated[str, Field(max_length=4_000_000)] = ""
    file_name: Annotated[str, Field(max_length=200, examples=["own.bib"])] = ""


class TasteChange(Given):
    """Whether other readers' votes count in one's own order."""

    popularity: bool


class TastingApi(Room):
    """Handlers over one site."""

    tag = "For you"

    def calls(self) -> Sequence[Call]:
        """The list of the day and the profile."""
        one = "/interests/{number:int}"
        return (
            Call("GET", "/for-you", self.for_you, "Your list of today", ForYouList),
            Call("GET", "/for-you/shown", self.shown, "What was shown before", Shown),
            Call("DELETE", "/for-you/shown", self.forget_shown, "Let it all be shown again"),
            Call("GET", "/papers/{paper_id:path}/why", self.why, "Why a paper is for you", WhyTold),
            Call("GET", "/interests", self.interests, "All that is known of them", Interests),
            Call("PATCH", "/interests", self.change_taste, "Whether votes count", Interests),
            Call("DELETE", "/interests", self.reset_interests, "Begin anew"),
            Call("POST", "/interests/merge", self.merge, "Make interests one", Interests),
            Call("POST", "/interests/move", self.move, "Move a liked paper", Interests),
            Call("PATCH", one, self.change_interest, "Name, weigh, mute an interest", Interests),
            Call("POST", f"{one}/split", self.split, "Part an interest in two", Interests),
            Call("POST", "/seeds", self.seed, "Tell of yourself", SeedsTaken, 201),
            Call("DELETE", "/seeds/{number:int}", self.remove_seed, "Take back what was told"),
            Call("GET", "/interests/rate", self.to_rate, "Papers worth rating", ToRate),
            Call("GET", "/profile", self.profile, "Your interests, to take along", Profile),
            Call("POST", "/profile", self.import_profile, "Take a profile in", ProfileTaken),
        )

    @allow("reader", scope="read")
    async def for_you(
        self,
        request: Request,
        minutes: Minutes = None,
        again: bool = False,
        interest: Interest = 0,
    ) -> Response:
        """It fits your minutes, and ends. Asking for it does not count as having been shown it."""

        def look(state: State, visitor: Visitor) -> object:
            reader = visitor.me
            found = for_you(
                state.readers,
                taste_of(state),
                state.catalog,
                reader,
                today_of(state, reader),
                minutes,
                again=again,
                interest=interest or None,
            )
            return {
                "day": found.day,
                "first": found.first,
                "minutes": round(found.minutes, 1),
                "budget_minutes": found.budget_minutes,
                "done": found.done,
                "left_out": found.left_out,
                "catch_up": found.catch_up,
                "newcomer": found.newcomer,
                "papers": [
                    {
                        "id": public_name(entry.work.paper),
                        "title": entry.work.paper.title,
                        "probability": round(entry.recommendation.probability, 4),
                        "interest": entry.recommendation.interest,
                        "because": entry.recommendation.because.sentence(),
                        "storyline": [public_name(work.paper) for work in entry.folded],
                    }
                    for entry in found.entries
                ],
            }

        return await self.own(request, look)

    @allow("reader", scope="read")
    async def shown(self, request: Request, limit: PageSize = 100, cursor: Cursor = "") -> Response:
        """In For you or a digest, so that nothing is lost for having been shown once; the newest
        first."""

        def look(state: State, visitor: Visitor) -> object:
            found = [(day, work) for work, (day, _) in state.readers.shown.of(visitor.id).items()]
            page, more = page_of(request, found, lambda row: row, cursor, limit, down=True)
            names = names_of(state, [work for _, work in page])
            papers = [{"paper": names.get(work), "day": day} for day, work in page]
            return {"papers": papers, "next": more}

        return await self.own(request, look)

    @allow("reader", scope="write")
    async def forget_shown(self, request: Request) -> Response:
        """Everything may be shown again."""
        return await self.own(
            request, lambda state, visitor: state.readers.shown.forget(visitor.id), 204
        )

    @allow("reader", scope="read")
    async def why(self, request: Request, paper_id: PaperId) -> Response:
        """The parts of its score; 404 for a paper that was judged already, or is of their own."""

        def look(state: State, visitor: Visitor) -> object:
            work = work_named(state, paper_id)
            found = taste_of(state).recommend(visitor.id, taste_ids(work.id), 1)
            if not found:
                raise HTTPException(
                    404, "You judged or told of this paper, or have no interests yet."
                )
            one = found[0]
            return {
                "probability": round(one.probability, 4),
                "interest": one.interest,
                "because": one.because.sentence(),
                "near": [
                    {"title": n.title, "similarity": round(n.similarity, 4)}
                    for n in one.because.near
                ],
                "terms": [{"term": t, "share": round(s, 4)} for t, s in one.because.terms],
                "meaning": one.because.meaning,
                "words": one.because.words,
                "dislikes": one.because.dislikes,
            }

        return await self.own(request, look)

    @allow("reader", scope="read")
    async def interests(self, request: Request) -> Response:
        """With the papers that made them."""
        return await self.own(request, lambda state, visitor: _interests(state, visitor.id))

    @allow("reader", scope="write")
    async def change_taste(self, request: Request, given: TasteChange) -> Response:
        """Whether other readers’ votes count in your own order."""

        def change(state: State, visitor: Visitor) -> object:
            taste_of(state).editing.popularity(visitor.id, given.popularity)
            return _interests(state, visitor.id)

        return await self.own(request, change)

    @allow("reader", scope="write")
    async def reset_interests(self, request: Request) -> Response:
        """Edits and what was told go; acts up to now count no more, and stay in lists."""
        return await self.own(
            request, lambda state, visitor: taste_of(state).editing.reset(visitor.id), 204
        )

    @allow("reader", scope="write")
    async def merge(self, request: Request, given: Merged) -> Response:
        """The first one’s number and name stay."""

        def merge(state: State, visitor: Visitor) -> object:
            taste_of(state).editing.merge(visitor.id, given.interests)
            return _interests(state, visitor.id)

        return await self.own(request, merge)

    @allow("reader", scope="write")
    async def move(self, request: Request, given: PaperMoved) -> Response:
        """Interest 0 is one of its own."""

        def move(state: State, visitor: Visitor) -> object:
            work = work_named(state, given.paper)
            taste_of(state).editing.move(visitor.id, work.id, given.interest)
            return _interests(state, visitor.id)

        return await self.own(request, move)

    @allow("reader", scope="write")
    async def change_interest(
        self, request: Request, number: Number, given: InterestChange
    ) -> Response:
        """An empty name names it by its terms again; a weight is 1 as it is, up to 4."""

        def change(state: State, visitor: Visitor) -> object:
            editing = taste_of(state).editing
            if given.name is not None:
                editing.rename(visitor.id, number, given.name)
            if given.weight is not None:
                editing.weigh(visitor.id, number, given.weight)
            if given.muted is not None:
                editing.mute(visitor.id, number, given.muted)
            return _interests(state, visitor.id)

        return await self.own(request, change)

    @allow("reader", scope="write")
    async def split(self, request: Request, number: Number) -> Response:
        """Where its papers are least alike."""

        def split(state: State, visitor: Visitor) -> object:
            taste_of(state).editing.split(visitor.id, number)
            return _interests(state, visitor.id)

        return await self.own(request, split)

    @allow("reader", scope="write", body=_FILE_BYTES)
    async def seed(self, request: Request, given: SeedGiven) -> Response:
        """What you work on, before the first like."""

        def tell(state: State, visitor: Visitor) -> object:
            if sum(map(bool, (given.sentence, given.author, given.file))) != 1:
                raise ReadersError("give one of a sentence, an author or a file")
            seeding = taste_of(state).seeding
            if given.author:
                return {"seeds": seeding.author(visitor.id, given.author)}
            if given.file:
                content = given.file.encode("utf-8", "replace")
                return {"seeds": seeding.papers(visitor.id, content, given.file_name)}
            return {"seeds": [seeding.sentence(visitor.id, given.sentence)]}

        return await self.own(request, tell, 201)

    @allow("reader", scope="write")
    async def remove_seed(self, request: Request, number: Number) -> Response:
        """It no longer counts."""
        return await self.own(
            request,
            lambda state, visitor: taste_of(state).seeding.remove(visitor.id, number),
            204,
        )

    @allow("reader", scope="read")
    async def to_rate(self, request: Request) -> Response:
        """Ten whose ratings would tell most."""

        def look(state: State, visitor: Visitor) -> object:
            judged = {act.work_id for act in state.readers.acts.of(visitor.id)}
            known = np.asarray(sorted(judged), np.int64)
            return {"papers": titled(state, taste_of(state).seeding.to_rate(_RATED, known))}

        return await self.own(request, look)

    @allow("reader", scope="read")
    async def profile(self, request: Request) -> Response:
        """In the form that is taken in again."""
        return await self.own(
            request, lambda state, visitor: taste_of(state).editing.export(visitor.id)
        )

    @allow("reader", scope="write", body=_PROFILE_BYTES)
    async def import_profile(self, request: Request, given: dict[str, Any]) -> Response:
        """Beside what there is; how much of it is known here."""
        return await self.own(
            request, lambda state, visitor: taste_of(state).editing.import_(visitor.id, given)
        )


def _interests(state: State, reader_id: int) -> dict[str, Any]:
    profile: Taken = taste_of(state).profile(reader_id)
    works = [work for one in profile.interests for work in (*one.liked, *one.disliked)]
    names = names_of(state, works)
    return {
        "interests": [
            {
                "id": one.id,
                "name": one.name,
                "terms": list(one.terms),
                "weight": one.weight,
                "muted": one.muted,
                "by_hand": one.by_hand,
                "liked": [names[work] for work in one.liked if work in names],
                "disliked": [names[work] for work in one.disliked if work in names],
                "seeds": list(one.seeds),
            }
            for one in profile.interests
        ],
        "seeds": [
            {"id": seed.id, "kind": seed.kind, "title": seed.title, "text": seed.text}
            for seed in profile.seeds
        ],
        "likes": profile.likes,
        "dislikes": profile.dislikes,
        "rate": round(profile.rate, 4),
        "model": profile.model,
        "popularity": profile.popularity,
    }
