"""The API of decisions: what waits for curators and operators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import Request
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from broadsheet.readers import Reader, Readers
from broadsheet.web.api.common import (
    LARGEST,
    Call,
    Given,
    Number,
    PaperName,
    Room,
    names_in,
    work_named,
)
from broadsheet.web.api.models_together import (
    ClaimTold,
    CommentTold,
    SubmissionTold,
    Waiting,
)
from broadsheet.web.api.offering import submission_json
from broadsheet.web.api.paging import PageSize
from broadsheet.web.api.talking import claim_json, comment_json, member_json
from broadsheet.web.desk import State
from broadsheet.web.policy import allow
from broadsheet.web.visitors import Visitor

Line = Annotated[str, Field(max_length=500)]


class CommentDecided(Given):
    """What becomes of a comment: hidden, shown again, or its reports dismissed."""

    do: Literal["hide", "show", "dismiss"]
    why: Line = ""


class Refused(Given):
    """A submission is declined, with a word on why."""

    answer: Line = ""


class Decided(Given):
    """Whether it is confirmed, with a word on why."""

    confirm: bool
    answer: Line = ""


class MemberDecided(Given):
    """Who speaks for an organisation, or does not."""

    organisation: Annotated[str, Field(max_length=300, description="Its slug.")]
    reader: Annotated[int, Field(ge=1, le=LARGEST)]
    confirm: bool


class Locked(Given):
    """Whether the discussion of a paper is ended."""

    paper: PaperName
    locked: bool
    why: Line = ""


class DecidingApi(Room):
    """Handlers over one site."""

    tag = "Moderation"

    def calls(self) -> Sequence[Call]:
        """Decisions."""
        at = "/moderation"
        return (
            Call("GET", at, self.waiting, "What waits for a decision", Waiting),
            Call(
                "POST",
                f"{at}/comments/{{number:int}}",
                self.decide_comment,
                "Hide a comment, or show it",
                CommentTold,
            ),
            Call(
                "POST",
                f"{at}/submissions/{{number:int}}/refuse",
                self.refuse_submission,
                "Decline a submission",
                SubmissionTold,
            ),
            Call(
                "POST",
                f"{at}/claims/{{number:int}}",
                self.decide_claim,
                "Decide a claim",
                ClaimTold,
            ),
            Call("POST", f"{at}/members", self.decide_member, "Say who speaks for whom"),
            Call("POST", f"{at}/locks", self.lock, "End a discussion, or open it"),
        )

    @allow("curator", scope="moderate", accounts=True)
    async def waiting(self, request: Request, limit: PageSize = 50) -> Response:
        """The oldest reported comments and submissions; for operators also claims and members. Of
        each kind `limit` are told at most; what waits behind them follows as these are decided."""
        return await self.own(request, lambda state, visitor: _waiting(state, visitor.me, limit))

    @allow("curator", scope="moderate", accounts=True)
    async def decide_comment(
        self, request: Request, number: Number, given: CommentDecided
    ) -> Response:
        """Settles what was reported of it."""

        def decide(state: State, visitor: Visitor) -> object:
            comments = state.readers.community.comments
            if given.do != "dismiss":
                hidden = given.do == "hide"
                return comment_json(comments.hide(visitor.id, number, given.why, hidden=hidden))
            dismissed = comments.dismiss(visitor.id, number)
            if dismissed is None:
                raise HTTPException(404, "Nobody has reported such a comment.")
            return comment_json(dismissed)

        return await self.own(request, decide)

    @allow("curator", scope="moderate", accounts=True)
    async def refuse_submission(self, request: Request, number: Number, given: Refused) -> Response:
        """One that waits."""

        def refuse(state: State, visitor: Visitor) -> object:
            submissions = state.readers.community.submissions
            made = submissions.refuse(visitor.id, number, given.answer)
            return submission_json(made, names_in(state, [made]))

        return await self.own(request, refuse)

    @allow("operator", scope="moderate", accounts=True)
    async def decide_claim(self, request: Request, number: Number, given: Decided) -> Response:
        """Confirms or refuses it."""

        def decide(state: State, visitor: Visitor) -> object:
            made = state.readers.community.claims.decide(
                visitor.id, number, good=given.confirm, answer=given.answer
            )
            return claim_json(made, names_in(state, [made]))

        return await self.own(request, decide)

    @allow("operator", scope="moderate", accounts=True)
    async def decide_member(self, request: Request, given: MemberDecided) -> Response:
        """Confirms who speaks for an organisation, or declines."""

        def decide(state: State, visitor: Visitor) -> object:
            organisations = state.readers.community.organisations
            found = organisations.by_slug(given.organisation)
            organisations.decide(
                visitor.id, found.id if found else 0, given.reader, good=given.confirm
            )
            return None

        return await self.own(request, decide, 204)

    @allow("curator", scope="moderate", accounts=True)
    async def lock(self, request: Request, given: Locked) -> Response:
        """What was said stays."""

        def lock(state: State, visitor: Visitor) -> object:
            work = work_named(state, given.paper)
            state.readers.community.comments.lock(
                visitor.id, work.id, given.why, locked=given.locked
            )
            return None

        return await self.own(request, lock, 204)


def _waiting(state: State, me: Reader, limit: int) -> dict[str, Any]:
    community, readers = state.readers.community, state.readers
    organisations = community.organisations
    reports = community.comments.reported(limit)
    submissions = community.submissions.waiting(limit)
    claims = community.claims.waiting(limit) if me.is_operator else []
    members = organisations.members(waiting=True, limit=limit) if me.is_operator else []
    names = names_in(state, [*(r.comment for r in reports), *claims, *submissions])
    return {
        "reports": [
            {
                "comment": comment_json(r.comment),
                "paper": names.get(r.comment.work_id),
                "reasons": list(r.reasons),
                "at": r.at,
            }
            for r in reports
        ],
        "submissions": [
            {**submission_json(one, names), **_by(readers, one.reader_id)} for one in submissions
        ],
        "claims": [{**claim_json(one, names), **_by(readers, one.reader_id)} for one in claims],
        "members": [
            member_json(one, found.slug)
            for one in members
            if (found := organisations.get(one.organisation_id))
        ],
        "counts": {
            **community.undecided_of(operator=me.is_operator),
            "submissions": community.submissions.undecided(),
        },
    }


def _by(readers: Readers, reader_id: int) -> dict[str, str]:
    found = readers.accounts.get(reader_id)
    if found is None:
        return {"by": "someone who has left", "by_name": ""}
    return {"by": found.display, "by_name": found.name}
