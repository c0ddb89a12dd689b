"""What readers do for one another: comments, links, claims, picks and submissions."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.catalog import Work
from broadsheet.editions import plain_date
from broadsheet.readers import MAX_COMMENT, Readers, ReadersError
from broadsheet.web.addresses import address_of
from broadsheet.web.desk import State
from broadsheet.web.letters import posted, send_claim
from broadsheet.web.pages.own import OwnPages
from broadsheet.web.policy import allow
from broadsheet.web.said import Done
from broadsheet.web.signatures import signature_of
from broadsheet.web.uploads import kept_file
from broadsheet.web.views import title_of
from broadsheet.web.visitors import visitor_of

_FILE_BYTES = 5_000_000


class CommunityPages(OwnPages):
    """Handlers over one site; all of it is there only where accounts are on."""

    def routes(self) -> list[Route]:
        """What readers add to papers, and what they hand in."""
        return [
            Route("/works/{number:int}/comments", self.comment, methods=["POST"]),
            Route("/comments/{number:int}", self.change_comment, methods=["POST"]),
            Route("/works/{number:int}/links", self.add_link, methods=["POST"]),
            Route("/links/{number:int}/remove", self.remove_link, methods=["POST"]),
            Route("/works/{number:int}/links/strike", self.strike_link, methods=["POST"]),
            Route("/works/{number:int}/claim", self.claim, methods=["POST"]),
            Route("/claims/{number:int}/mail", self.mail_claim, methods=["POST"]),
            Route("/claims/{number:int}/withdraw", self.withdraw_claim, methods=["POST"]),
            Route("/claims/confirm", self.confirm_page, methods=["GET"]),
            Route("/claims/confirm", self.confirm_claim, methods=["POST"]),
            Route("/works/{number:int}/pick", self.pick, methods=["POST"]),
            Route("/submit", self.submit_page, methods=["GET"]),
            Route("/submit", self.submit, methods=["POST"]),
            Route("/submissions/{number:int}/withdraw", self.withdraw, methods=["POST"]),
        ]

    @allow("reader", accounts=True)
    async def comment(self, request: Request) -> Response:
        """Says something on a paper, and shows it where it stands now."""
        visitor, number = visitor_of(request), request.path_params["number"]
        form = visitor.form
        parent = form.number("parent") if form.text("parent") else 0

        def say(readers: Readers) -> int:
            body = form.prose("body", MAX_COMMENT, "Your comment")
            return readers.community.comments.add(visitor.id, number, body, parent_id=parent).id

        state = await self.site.state()
        made = await self.site.in_thread(lambda: say(state.readers))
        onward = f"{form.text('back', 2000)}#c{made}"
        return self.site.see_other(request, onward, Done("kept", note="Your comment is printed"))

    @allow("reader", accounts=True)
    async def change_comment(self, request: Request) -> Response:
        """Edits, deletes or reports a comment; curators hide one or show it again."""
        visitor, number = visitor_of(request), request.path_params["number"]
        form, what = visitor.form, visitor.form.text("do")

        def change(readers: Readers) -> str:
            comments = readers.community.comments
            match what:
                case "edit":
                    comments.edit(
                        visitor.id, number, form.prose("body", MAX_COMMENT, "Your comment")
                    )
                    return "The comment is changed"
                case "delete":
                    comments.delete(visitor.id, number)
                    return "The comment is deleted"
                case "report":
                    comments.report(visitor.id, number, form.text("why", 500))
                    return "A moderator will look at it"
                case "hide" | "show":
                    comments.hide(visitor.id, number, form.text("why", 500), hidden=what == "hide")
                    return "The comment is hidden" if what == "hide" else "It is shown again"
                case "dismiss":
                    comments.dismiss(visitor.id, number)
                    return "The reports are settled"
            raise HTTPException(400, "This is nothing that can be done with a comment.")

        back = form.text("back", 2000)
        if what == "delete":  # it is gone from the page, unless it was answered
            back = back.replace(f"#c{number}", "#talk")
        return await self.change(request, change, back)

    @allow("reader", accounts=True)
    async def add_link(self, request: Request) -> Response:
        """Adds where a paper's code, data, model or project page is."""
        visitor, number = visitor_of(request), request.path_params["number"]
        form = visitor.form

        def add(readers: Readers) -> str:
            kind, url = form.text("kind"), form.text("url", 2100)
            readers.community.links.add(visitor.id, number, kind, url)
            return "The link is added, with your name"

        return await self.change(request, add)

    @allow("reader", accounts=True)
    async def remove_link(self, request: Request) -> Response:
        """Takes a link away that one may take away."""
        visitor, number = visitor_of(request), request.path_params["number"]

        def remove(readers: Readers) -> str:
            readers.community.links.remove(visitor.id, number)
            return "The link is removed"

        return await self.change(request, remove)

    @allow("reader", accounts=True)
    async def strike_link(self, request: Request) -> Response:
        """An author says that an address is not this paper's, and perhaps which one is."""
        visitor, number = visitor_of(request), request.path_params["number"]
        form = visitor.form
        url, new = form.text("url", 2100), form.text("new", 2100)

        def strike(readers: Readers) -> str:
            links = readers.community.links
            if new:
                links.correct(visitor.id, number, url, form.text("kind"), new)
            else:
                links.strike(visitor.id, number, url)
            return "The link is corrected"

        return await self.change(request, strike)

    @allow("reader", accounts=True)
    async def claim(self, request: Request) -> Response:
        """Claims a paper as one of its authors."""
        visitor, number = visitor_of(request), request.path_params["number"]

        def claim(readers: Readers) -> str:
            made = readers.community.claims.claim(
                visitor.id, number, visitor.form.text("author", 300)
            )
            if made.state == "confirmed":
                return "The paper is yours: your address stands in it"
            return "The claim waits for the operator"

        return await self.change(request, claim)

    @allow("reader", accounts=True)
    async def mail_claim(self, request: Request) -> Response:
        """Sends the proof of a claim to an address that stands in the paper."""
        visitor, number = visitor_of(request), request.path_params["number"]
        address = visitor.form.text("address", 300)
        state = await self.site.state()
        here = address_of(self.site, request)

        def send(readers: Readers) -> str:
            secret = readers.community.claims.send(visitor.id, number, address)
            send_claim(self.site.settings, state, visitor.me, address, secret, here)
            return posted(self.site.settings, address)

        return await self.change(request, send)

    @allow("reader", accounts=True)
    async def withdraw_claim(self, request: Request) -> Response:
        """Takes one's claim back."""
        visitor, number = visitor_of(request), request.path_params["number"]

        def withdraw(readers: Readers) -> str:
            readers.community.claims.withdraw(visitor.id, number)
            return "The claim is taken back"

        return await self.change(request, withdraw)

    @allow("reader", accounts=True)
    async def confirm_page(self, request: Request) -> Response:
        """Where the mail about a claim leads: opening it changes nothing."""
        visitor, code = visitor_of(request), request.query_params.get("code", "")[:200]

        def make(state: State) -> dict[str, object]:
            claim = state.readers.community.claims.mailed(code)
            work = state.recent.get_many([claim.work_id]).get(claim.work_id)
            return {
                "code": code,
                "by": signature_of(state.readers, claim.reader_id),
                "mine": claim.reader_id == visitor.id,
                "title": title_of(work.paper) if work else "",
                "url": self.site.links.paper(work.paper) if work else "",
            }

        return await self.show(request, "claim_confirm.html", make)

    @allow("reader", accounts=True)
    async def confirm_claim(self, request: Request) -> Response:
        """Confirms a claim with the secret from the mail."""
        visitor = visitor_of(request)

        def confirm(readers: Readers) -> str:
            readers.community.claims.confirm(visitor.id, visitor.form.text("code"))
            return "The paper is yours now: you may correct its links"

        return await self.change(request, confirm, f"{self.base}/account")

    @allow("curator", accounts=True)
    async def pick(self, request: Request) -> Response:
        """Picks a paper for a day's edition, or takes the pick back."""
        visitor, number = visitor_of(request), request.path_params["number"]
        form = visitor.form
        day = form.text("day") or datetime.now(UTC).date().isoformat()

        def pick(readers: Readers) -> str:
            if form.has("back"):
                of = form.number("of") if form.has("of") else visitor.id
                if not readers.community.picks.unpick(visitor.id, number, day, of=of):
                    raise ReadersError("nothing of yours is picked here for that day")
                return "The pick is taken back"
            made = readers.community.picks.pick(visitor.id, number, day, form.text("note", 600))
            return f"Picked for {plain_date(made.day)}"

        return await self.change(request, pick, form.text("to", 2000))

    @allow("reader", accounts=True)
    async def submit_page(self, request: Request) -> Response:
        """Handing in a paper, and what became of those handed in."""
        visitor = visitor_of(request)

        def make(state: State) -> dict[str, object]:
            submissions = state.readers.community.submissions
            submissions.settle()
            mine = submissions.of(visitor.id)
            works = state.recent.get_many([s.work_id for s in mine if s.work_id])
            return {
                "here": "/account",
                "mine": [(s, *self._told(works.get(s.work_id))) for s in mine],
            }

        return await self.show(request, "submit.html", make)

    def _told(self, work: Work | None) -> tuple[str, str]:
        """Where a paper that was handed in stands, and what it is called; '' for one that waits."""
        return (self.site.links.paper(work.paper), title_of(work.paper)) if work else ("", "")

    @allow("reader", accounts=True, body=_FILE_BYTES)
    async def submit(self, request: Request) -> Response:
        """Takes an id, an address or a bibliography file."""
        visitor = visitor_of(request)
        form = visitor.form
        file = form.file("file")

        def submit(readers: Readers) -> str:
            submissions = readers.community.submissions
            why = form.prose("why", 2_000, "Why others should read it")
            if file and file[1]:
                return self._submit_file(readers, visitor.id, file, why)
            if not form.text("what", 1_100):
                raise ReadersError("name a paper by its id or address, or choose a file")
            made_one = submissions.submit(visitor.id, form.text("what", 1_100), why)
            return "Thank you: it is here" if made_one.work_id else "Thank you: it waits its turn"

        return await self.change(request, submit, f"{self.base}/submit")

    @allow("reader", accounts=True)
    async def withdraw(self, request: Request) -> Response:
        """Takes back what one handed in and no source has brought yet."""
        visitor, number = visitor_of(request), request.path_params["number"]

        def withdraw(readers: Readers) -> str:
            readers.community.submissions.withdraw(visitor.id, number)
            return "It is taken back"

        return await self.change(request, withdraw, f"{self.base}/submit")

    def _submit_file(self, readers: Readers, me: int, file: tuple[str, bytes], why: str) -> str:
        """Takes the papers of a file in; what to say of it."""
        folder, rejected = self.site.settings.home / "uploads", self.site.settings.rejected_path
        with kept_file(folder, *file) as path:
            submissions = readers.community.submissions
            made, result = submissions.submit_file(
                me, path, why, rejected_dir=rejected, name=file[0]
            )
        said = "One paper is" if len(made) == 1 else f"{len(made)} papers are"
        unread = result.counts.rejected
        records = "one record" if unread == 1 else f"{unread} records"
        left = f"; {records} of the file could not be read" if unread else ""
        return f"{said} handed in{left}"
