"""The API of what readers say and add on papers: comments, links, claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import Request
from pydantic import Field
from starlette.responses import Response

from broadsheet.editions import public_name
from broadsheet.readers import MAX_COMMENT, Claim, Comment, Member, WorkLink
from broadsheet.web.addresses import address_of
from broadsheet.web.api.common import (
    Call,
    Given,
    Number,
    PaperId,
    PaperName,
    Room,
    WholeNumber,
    names_in,
    work_named,
)
from broadsheet.web.api.models_own import MailSent
from broadsheet.web.api.models_together import (
    Authors,
    Claims,
    ClaimTold,
    Comments,
    CommentTold,
    WorkLinks,
    WorkLinkTold,
)
from broadsheet.web.api.paging import Cursor, PageSize, page_of
from broadsheet.web.desk import State
from broadsheet.web.letters import send_claim
from broadsheet.web.policy import allow
from broadsheet.web.visitors import Visitor

Kind = Literal["code", "data", "model", "project"]
Url = Annotated[str, Field(max_length=2100, examples=["https://github.com/example/code"])]
Body = Annotated[str, Field(min_length=1, max_length=MAX_COMMENT, description="Markdown.")]


class CommentGiven(Given):
    """A comment; ``parent`` is the one it answers, 0 for none."""

    body: Body
    parent: WholeNumber = 0


class CommentChange(Given):
    """Other words for one's own comment."""

    body: Body


class ReportGiven(Given):
    """Why a moderator should look at a comment."""

    reason: Annotated[str, Field(max_length=500)] = ""


class LinkGiven(Given):
    """Where a paper's code, data, model or project page is."""

    kind: Kind
    url: Url


class LinkStruck(Given):
    """An address that is not a paper's, and perhaps the one that is."""

    paper: PaperName
    url: Url
    new: Annotated[str, Field(max_length=2100)] = ""
    kind: Kind = "project"


class ClaimGiven(Given):
    """Which of the authors one is."""

    author: Annotated[str, Field(min_length=1, max_length=300)]


class MailGiven(Given):
    """An address that stands in the paper."""

    address: Annotated[str, Field(max_length=300, examples=["ada@example.org"])]


class CodeGiven(Given):
    """The secret from the mail."""

    code: Annotated[str, Field(min_length=1, max_length=200)]


class TalkingApi(Room):
    """Handlers over one site; all of it is there only where accounts are on."""

    tag = "On papers"

    def calls(self) -> Sequence[Call]:
        """Comments, links, claims."""
        paper, comment, claim = (
            "/papers/{paper_id:path}",
            "/comments/{number:int}",
            "/claims/{number:int}",
        )
        links = f"{paper}/links"
        return (
            Call("GET", f"{paper}/comments", self.comments, "What is said on a paper", Comments),
            Call(
                "POST", f"{paper}/comments", self.comment, "Say something on it", CommentTold, 201
            ),
            Call("PATCH", comment, self.edit_comment, "Change your comment", CommentTold),
            Call("DELETE", comment, self.delete_comment, "Delete your comment"),
            Call("POST", f"{comment}/report", self.report_comment, "Have a moderator look at it"),
            Call("GET", links, self.links, "The addresses of a paper", WorkLinks),
            Call("POST", links, self.add_link, "Add an address", WorkLinkTold, 201),
            Call("POST", "/links/strike", self.strike_link, "Correct one, as author", WorkLinks),
            Call("DELETE", "/links/{number:int}", self.remove_link, "Take an added address away"),
            Call("GET", f"{paper}/claims", self.authors, "Who is confirmed as author", Authors),
            Call("POST", f"{paper}/claims", self.claim, "Claim a paper as author", ClaimTold, 201),
            Call("GET", "/claims", self.claims, "Your claims", Claims),
            Call("POST", "/claims/confirm", self.confirm_claim, "Confirm by mail", ClaimTold),
            Call(
                "POST", f"{claim}/mail", self.mail_claim, "Send the mail that proves it", MailSent
            ),
            Call("DELETE", claim, self.withdraw_claim, "Take a claim back"),
        )

    @allow("anyone", scope="read", accounts=True)
    async def comments(
        self, request: Request, paper_id: PaperId, limit: PageSize = 200, cursor: Cursor = ""
    ) -> Response:
        """In the order they were made; Markdown, and safe HTML of it."""

        def look(state: State, _: Visitor) -> object:
            work = work_named(state, paper_id)
            talk = state.readers.community.comments
            shown, more = page_of(request, talk.on(work.id), lambda one: (one.id,), cursor, limit)
            return {
                "comments": [comment_json(one) for one in shown],
                "locked": talk.locked(work.id),
                "next": more,
            }

        return await self.own(request, look)

    @allow("reader", scope="write", accounts=True)
    async def comment(self, request: Request, paper_id: PaperId, given: CommentGiven) -> Response:
        """As its reader."""

        def say(state: State, visitor: Visitor) -> object:
            work = work_named(state, paper_id)
            made = state.readers.community.comments.add(
                visitor.id, work.id, given.body, parent_id=given.parent
            )
            return comment_json(made)

        return await self.own(request, say, 201)

    @allow("reader", scope="write", accounts=True)
    async def edit_comment(
        self, request: Request, number: Number, given: CommentChange
    ) -> Response:
        """The page says that it was changed."""
        return await self.own(
            request,
            lambda state, visitor: comment_json(
                state.readers.community.comments.edit(visitor.id, number, given.body)
            ),
        )

    @allow("reader", scope="write", accounts=True)
    async def delete_comment(self, request: Request, number: Number) -> Response:
        """Its words go; that there was one stays, where others answered."""
        return await self.own(
            request,
            lambda state, visitor: state.readers.community.comments.delete(visitor.id, number),
            204,
        )

    @allow("reader", scope="write", accounts=True)
    async def report_comment(
        self, request: Request, number: Number, given: ReportGiven
    ) -> Response:
        """A second time counts once."""
        return await self.own(
            request,
            lambda state, visitor: state.readers.community.comments.report(
                visitor.id, number, given.reason
            ),
            204,
        )

    @allow("anyone", scope="read", accounts=True)
    async def links(self, request: Request, paper_id: PaperId) -> Response:
        """Those of its sources, its text, its authors and other readers."""
        return await self.own(request, lambda state, _: _links(state, paper_id))

    @allow("reader", scope="write", accounts=True)
    async def add_link(self, request: Request, paper_id: PaperId, given: LinkGiven) -> Response:
        """With your name."""

        def add(state: State, visitor: Visitor) -> object:
            work = work_named(state, paper_id)
            links = state.readers.community.links
            return _link(links.add(visitor.id, work.id, given.kind, given.url))

        return await self.own(request, add, 201)

    @allow("reader", scope="write", accounts=True)
    async def strike_link(self, request: Request, given: LinkStruck) -> Response:
        """For its authors: an address that is not the paper’s, and perhaps the one that is."""

        def strike(state: State, visitor: Visitor) -> object:
            work, links = work_named(state, given.paper), state.readers.community.links
            if given.new:
                links.correct(visitor.id, work.id, given.url, given.kind, given.new)
            else:
                links.strike(visitor.id, work.id, given.url)
            return _links(state, given.paper)

        return await self.own(request, strike)

    @allow("reader", scope="write", accounts=True)
    async def remove_link(self, request: Request, number: Number) -> Response:
        """By whoever added it, the paper’s authors, or a curator."""
        return await self.own(
            request,
            lambda state, visitor: state.readers.community.links.remove(visitor.id, number),
            204,
        )

    @allow("anyone", scope="read", accounts=True)
    async def authors(self, request: Request, paper_id: PaperId) -> Response:
        """Readers of this paper whose claim to it was confirmed."""

        def look(state: State, _: Visitor) -> object:
            work = work_named(state, paper_id)
            claims = state.readers.community.claims.on([work.id]).get(work.id, ())
            readers = [(one, state.readers.accounts.get(one.reader_id)) for one in claims]
            return {
                "authors": [
                    {
                        "author": one.author,
                        "how": one.how,
                        "by": reader.display,
                        "by_name": reader.name,
                    }
                    for one, reader in readers
                    if one.state == "confirmed" and reader
                ]
            }

        return await self.own(request, look)

    @allow("reader", scope="write", accounts=True)
    async def claim(self, request: Request, paper_id: PaperId, given: ClaimGiven) -> Response:
        """It is confirmed at once where your confirmed address stands in the paper."""

        def claim(state: State, visitor: Visitor) -> object:
            work = work_named(state, paper_id)
            made = state.readers.community.claims.claim(visitor.id, work.id, given.author)
            return claim_json(made, {made.work_id: public_name(work.paper)})

        return await self.own(request, claim, 201)

    @allow("reader", scope="read", accounts=True)
    async def claims(
        self, request: Request, limit: PageSize = 200, cursor: Cursor = ""
    ) -> Response:
        """In the order they were made."""

        def look(state: State, visitor: Visitor) -> object:
            found = state.readers.community.claims.of(visitor.id)
            shown, more = page_of(request, found, lambda one: (one.id,), cursor, limit)
            names = names_in(state, shown)
            return {"claims": [claim_json(one, names) for one in shown], "next": more}

        return await self.own(request, look)

    @allow("reader", scope="write", accounts=True)
    async def confirm_claim(self, request: Request, given: CodeGiven) -> Response:
        """With the secret from the mail."""

        def confirm(state: State, visitor: Visitor) -> object:
            made = state.readers.community.claims.confirm(visitor.id, given.code)
            return claim_json(made, names_in(state, [made]))

        return await self.own(request, confirm)

    @allow("reader", scope="write", accounts=True)
    async def mail_claim(self, request: Request, number: Number, given: MailGiven) -> Response:
        """To an address that stands in the paper."""
        here = address_of(self.site, request)

        def send(state: State, visitor: Visitor) -> object:
            secret = state.readers.community.claims.send(visitor.id, number, given.address)
            send_claim(self.site.settings, state, visitor.me, given.address, secret, here)
            return {"sent": True}

        return await self.own(request, send)

    @allow("reader", scope="write", accounts=True)
    async def withdraw_claim(self, request: Request, number: Number) -> Response:
        """One of yours."""
        return await self.own(
            request,
            lambda state, visitor: state.readers.community.claims.withdraw(visitor.id, number),
            204,
        )


def comment_json(one: Comment) -> dict[str, Any]:
    """A comment as everyone may see it."""
    return {
        "id": one.id,
        "parent": one.parent_id or None,
        **_signed(one),
        "body": one.body if one.state == "shown" else None,
        "html": one.html or None,
        "state": one.state,
        "at": one.at,
        "edited_at": one.edited_at or None,
    }


def claim_json(one: Claim, names: Mapping[int, str]) -> dict[str, Any]:
    """A claim."""
    return {
        "id": one.id,
        "paper": names.get(one.work_id),
        "author": one.author,
        "state": one.state,
        "how": one.how,
        "answer": one.answer,
        "at": one.at,
    }


def _links(state: State, name: str) -> dict[str, Any]:
    links = state.readers.community.links.of(work_named(state, name))
    return {"links": [_link(one) for one in links]}


def _link(one: WorkLink) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "url": one.url,
        "origin": one.origin,
        **_signed(one),
        "at": one.at,
    }


def member_json(one: Member, slug: str) -> dict[str, Any]:
    """Who speaks for an organisation, or asks to."""
    told = {"organisation": slug, "reader": one.reader_id, **_signed(one)}
    return {**told, "state": one.state, "at": one.at}


def _signed(one: Comment | WorkLink | Member) -> dict[str, str]:
    """Who did it: two readers may show one name."""
    return {"by": one.by, "by_name": one.name}
