"""The API of what is made for a reader: for you, trending, their profile; submissions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from broadsheet.editions import for_you, public_name, trending
from broadsheet.readers import Submission
from broadsheet.web.api.common import Given, answer, work_named
from broadsheet.web.desk import State
from broadsheet.web.pages.for_you import taste_of, today_of
from broadsheet.web.policy import allow
from broadsheet.web.site import Site
from broadsheet.web.visitors import Visitor

Minutes = Annotated[int | None, Query(ge=1, le=480)]
_PROFILE_BYTES = 4_000_000


class SubmissionGiven(Given):
    """A paper to hand in."""

    paper: Annotated[str, Field(min_length=1, max_length=1000)]
    why: Annotated[str, Field(max_length=2000)] = ""


class CommentGiven(Given):
    """A comment."""

    body: Annotated[str, Field(min_length=1, max_length=20_000)]
    parent: int = 0


class TastingApi:
    """Handlers over one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def add_to(self, api: APIRouter) -> None:
        """Adds the routes."""
        for method, path, handler, summary in (
            ("GET", "/for-you", self.for_you, "Your list of today: it fits your minutes, and ends"),
            ("GET", "/trending", self.trending, "What readers turn to, each score taken apart"),
            ("GET", "/profile", self.profile, "Your interests, to read and to take along"),
            ("POST", "/profile", self.import_profile, "Take an exported profile in"),
            ("GET", "/papers/{paper_id:path}/why", self.why, "Why a paper is for you"),
            ("POST", "/submissions", self.submit, "Hand in a paper"),
            ("GET", "/submissions", self.submissions, "What you handed in"),
            ("GET", "/papers/{paper_id:path}/comments", self.comments, "What is said on a paper"),
            ("POST", "/papers/{paper_id:path}/comments", self.comment, "Say something on a paper"),
        ):
            api.add_api_route(path, handler, methods=[method], summary=summary)

    @allow("reader", scope="read")
    async def for_you(
        self, request: Request, minutes: Minutes = None, again: bool = False
    ) -> Response:
        """Asking for it does not count as having been shown it."""

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

        return await answer(self._site, request, look)

    @allow("anyone", scope="read")
    async def trending(
        self,
        request: Request,
        kind: Literal["day", "week", "month"] = "week",
        as_of: Annotated[str, Query(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = "",
        category: Annotated[str, Query(max_length=80)] = "",
        limit: Annotated[int, Query(ge=1, le=200)] = 40,
    ) -> Response:
        """The list of a past day is the same whenever it is asked for."""

        def look(state: State, _: Visitor) -> object:
            try:
                found = trending(
                    state.catalog, state.readers, as_of, kind, limit=limit, category=category
                )
            except ValueError as error:
                raise HTTPException(400, str(error)) from error
            return {
                "kind": found.kind,
                "as_of": found.as_of,
                "half_life_days": found.half_life_days,
                "total": found.total,
                "papers": [
                    {
                        "id": public_name(entry.work.paper),
                        "title": entry.work.paper.title,
                        "score": entry.score,
                        "heat": entry.heat,
                        "damped": entry.damped,
                        "field": entry.field,
                        "typical": entry.typical,
                        "parts": [
                            {"kind": part.kind, "count": part.count, "heat": part.heat}
                            for part in entry.parts
                        ],
                    }
                    for entry in found.entries
                ],
            }

        return await answer(self._site, request, look)

    @allow("reader", scope="read")
    async def profile(self, request: Request) -> Response:
        """In the form that is taken in again."""
        return await answer(
            self._site,
            request,
            lambda state, visitor: taste_of(state).editing.export(visitor.id),
        )

    @allow("reader", scope="write", body=_PROFILE_BYTES)
    async def import_profile(self, request: Request, given: dict[str, Any]) -> Response:
        """Beside what there is; how much of it is known here."""
        return await answer(
            self._site,
            request,
            lambda state, visitor: taste_of(state).editing.import_(visitor.id, given),
        )

    @allow("reader", scope="read")
    async def why(self, request: Request, paper_id: str) -> Response:
        """The parts of its score; 404 for a paper that was judged already."""

        def look(state: State, visitor: Visitor) -> object:
            work = work_named(state, paper_id)
            found = taste_of(state).recommend(visitor.id, np.asarray([work.id], np.int64), 1)
            if not found:
                raise HTTPException(404, "You have judged this paper, or have no interests yet.")
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

        return await answer(self._site, request, look)

    @allow("reader", scope="write", accounts=True)
    async def submit(self, request: Request, given: SubmissionGiven) -> Response:
        """By an id or an address."""
        return await answer(
            self._site,
            request,
            lambda state, visitor: _submission(
                state.readers.community.submissions.submit(visitor.id, given.paper, given.why)
            ),
            201,
        )

    @allow("reader", scope="read", accounts=True)
    async def submissions(self, request: Request) -> Response:
        """The newest first."""
        return await answer(
            self._site,
            request,
            lambda state, visitor: {
                "submissions": [
                    _submission(found)
                    for found in state.readers.community.submissions.of(visitor.id)
                ]
            },
        )

    @allow("anyone", scope="read", accounts=True)
    async def comments(self, request: Request, paper_id: str) -> Response:
        """In the order they were made; Markdown, and safe HTML of it."""

        def look(state: State, _: Visitor) -> object:
            found = state.readers.community.comments.on(work_named(state, paper_id).id)
            return {
                "comments": [
                    {
                        "id": one.id,
                        "parent": one.parent_id or None,
                        "by": one.by,
                        "body": one.body if one.state == "shown" else None,
                        "html": one.html or None,
                        "state": one.state,
                        "at": one.at,
                        "edited_at": one.edited_at or None,
                    }
                    for one in found
                ]
            }

        return await answer(self._site, request, look)

    @allow("reader", scope="write", accounts=True)
    async def comment(self, request: Request, paper_id: str, given: CommentGiven) -> Response:
        """As its reader."""

        def say(state: State, visitor: Visitor) -> object:
            work = work_named(state, paper_id)
            made = state.readers.community.comments.add(
                visitor.id, work.id, given.body, parent_id=given.parent
            )
            return {"id": made.id, "at": made.at}

        return await answer(self._site, request, say, 201)


def _submission(found: Submission) -> dict[str, Any]:
    return {
        "id": found.id,
        "paper": found.source_text,
        "why": found.why,
        "state": found.state,
        "answer": found.answer,
        "at": found.at,
    }
