"""What waits for a decision: reported comments, submissions, claims, organisations' speakers."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.readers import Readers
from broadsheet.web.desk import State
from broadsheet.web.pages.own import OwnPages
from broadsheet.web.policy import allow
from broadsheet.web.signatures import signature_of
from broadsheet.web.views import title_of
from broadsheet.web.visitors import visitor_of

# Of each kind, the oldest first. What is decided makes room for what waits behind it, so that
# nobody has to turn pages; five hundred comments would take a page of megabytes.
_AT_ONCE = 50


class ModerationPages(OwnPages):
    """Handlers over one site."""

    def routes(self) -> list[Route]:
        """The desk of curators and operators."""
        return [
            Route("/moderation", self.desk, methods=["GET"]),
            Route("/moderation/submissions/{number:int}", self.submission, methods=["POST"]),
            Route("/moderation/claims/{number:int}", self.claim, methods=["POST"]),
            Route("/moderation/members", self.member, methods=["POST"]),
            Route("/works/{number:int}/lock", self.lock, methods=["POST"]),
        ]

    @allow("curator", accounts=True)
    async def desk(self, request: Request) -> Response:
        """The first of all that waits."""
        visitor = visitor_of(request)

        def make(state: State) -> dict[str, object]:
            community = state.readers.community
            reports = community.comments.reported(_AT_ONCE)
            submissions = community.submissions.waiting(_AT_ONCE)
            operator = visitor.me.is_operator
            claims = community.claims.waiting(_AT_ONCE) if operator else []
            named = [r.comment.work_id for r in reports] + [c.work_id for c in claims]
            works = state.recent.get_many(named)
            papers = {
                number: (title_of(work.paper), self.site.links.paper(work.paper))
                for number, work in works.items()
            }
            organisations = community.organisations
            members = organisations.members(waiting=True, limit=_AT_ONCE) if operator else []
            return {
                "here": "/account",
                "reports": reports,
                "claims": [(c, signature_of(state.readers, c.reader_id)) for c in claims],
                "papers": papers,
                "submissions": [(s, signature_of(state.readers, s.reader_id)) for s in submissions],
                "members": [(m, organisations.get(m.organisation_id)) for m in members],
                "waiting": {
                    **community.undecided_of(operator=operator),
                    "submissions": community.submissions.undecided(),
                },
            }

        return await self.show(request, "moderation.html", make)

    @allow("curator", accounts=True)
    async def submission(self, request: Request) -> Response:
        """Declines one that waits."""
        visitor, number = visitor_of(request), request.path_params["number"]

        def refuse(readers: Readers) -> str:
            answer = visitor.form.text("answer", 500)
            readers.community.submissions.refuse(visitor.id, number, answer)
            return "The submission is declined"

        return await self.change(request, refuse, f"{self.base}/moderation")

    @allow("operator", accounts=True)
    async def claim(self, request: Request) -> Response:
        """Confirms or refuses a claim."""
        visitor, number = visitor_of(request), request.path_params["number"]
        good = visitor.form.text("do") == "confirm"

        def decide(readers: Readers) -> str:
            answer = visitor.form.text("answer", 500)
            readers.community.claims.decide(visitor.id, number, good=good, answer=answer)
            return "The claim is confirmed" if good else "The claim is refused"

        return await self.change(request, decide, f"{self.base}/moderation")

    @allow("operator", accounts=True)
    async def member(self, request: Request) -> Response:
        """Confirms who speaks for an organisation, or declines."""
        visitor = visitor_of(request)
        form = visitor.form
        good = form.text("do") == "confirm"
        organisation, reader = form.number("organisation"), form.number("reader")

        def decide(readers: Readers) -> str:
            readers.community.organisations.decide(visitor.id, organisation, reader, good=good)
            return "Confirmed" if good else "Declined"

        return await self.change(request, decide, form.text("back") or f"{self.base}/moderation")

    @allow("curator", accounts=True)
    async def lock(self, request: Request) -> Response:
        """Ends the discussion of a paper, or opens it again."""
        visitor, number = visitor_of(request), request.path_params["number"]
        form = visitor.form
        what = form.text("do")
        if what not in ("lock", "open"):
            raise HTTPException(400, "A discussion is locked or opened.")

        def lock(readers: Readers) -> str:
            readers.community.comments.lock(
                visitor.id, number, form.text("why", 500), locked=what == "lock"
            )
            return "The discussion is closed" if what == "lock" else "The discussion is open"

        return await self.change(request, lock)
