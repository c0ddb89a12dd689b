"""What programs do for their reader in Hugging Face's way: hand in, link, claim; who they are."""

from __future__ import annotations

import re
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.catalog import Work
from broadsheet.readers import Reader
from broadsheet.web.api.common import answer
from broadsheet.web.compat.around import around
from broadsheet.web.compat.hugging_face_papers import info, user
from broadsheet.web.compat.naming import hub_name, object_id, work_by
from broadsheet.web.compat.replies import said, sent
from broadsheet.web.desk import State
from broadsheet.web.policy import allow
from broadsheet.web.site import Site
from broadsheet.web.visitors import Visitor

_ARXIV = re.compile(r"\d{4}\.\d{4,5}(?:v\d{1,3})?|[a-z][a-z-]+(?:\.[A-Z]{2})?/\d{7}", re.ASCII)


class Writing:
    """Handlers over one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        """What changes something, and whose name it is done in."""
        return [
            Route("/api/whoami-v2", self.whoami, methods=["GET"]),
            Route("/api/papers/index", self.index, methods=["POST"]),
            Route("/api/papers/{name:path}/links", self.links, methods=["POST"]),
            Route("/api/settings/papers/claim", self.claim, methods=["POST"]),
        ]

    @allow("reader", scope="read")
    async def whoami(self, request: Request) -> Response:
        """The reader of the token that is sent; of a home with one reader, that one."""
        return await answer(self._site, request, lambda _, visitor: _me(visitor))

    @allow("reader", scope="write")
    async def index(self, request: Request) -> Response:
        """Hands a paper in by its arXiv id: the paper where it is here, else 202 and it waits."""
        name = said(await sent(request), "arxivId", 100).strip()
        if not _ARXIV.fullmatch(name):
            raise HTTPException(400, "arxivId: an arXiv id is wanted, as 2301.00001")
        state = await self._site.state()
        known = await self._site.in_thread(lambda: state.catalog.resolve(name))

        def hand_in(state: State, visitor: Visitor) -> object:
            found = state.readers.community.submissions.submit(visitor.id, name)
            work = state.catalog.get(found.work_id) if found.work_id else None
            if work is None:
                return {"id": name, "status": found.state}
            return info(work, around(state, {work.id: work}))

        return await answer(self._site, request, hand_in, 200 if known else 202)

    @allow("reader", scope="write", accounts=True)
    async def links(self, request: Request) -> Response:
        """Adds the project page and the code of a paper, and says whose paper it is."""
        given, name = await sent(request), request.path_params["name"]
        added = {"project": said(given, "projectPage"), "code": said(given, "githubRepo")}
        organisation = said(given, "organizationId", 200)

        def add(state: State, visitor: Visitor) -> object:
            work, community = work_by(state, name), state.readers.community
            if organisation:
                found = community.organisations.by_slug(organisation)
                if found is None:
                    raise HTTPException(404, "organizationId: there is no such organisation here")
                community.organisations.attach(visitor.id, found.id, work.id)
            for kind, url in added.items():
                if url:
                    community.links.add(visitor.id, work.id, kind, url)
            return info(work, around(state, {work.id: work}))

        return await answer(self._site, request, add)

    @allow("reader", scope="write", accounts=True)
    async def claim(self, request: Request) -> Response:
        """Claims a paper as one of its authors, for oneself."""
        given = await sent(request)
        name, author = said(given, "paperId"), said(given, "claimAuthorId", 200)
        target = said(given, "targetUserId", 200)

        def claim(state: State, visitor: Visitor) -> object:
            if target and target not in (visitor.me.name, object_id(visitor.id)):
                raise HTTPException(403, "A reader claims papers for themselves alone.")
            work = work_by(state, name)
            claims = state.readers.community.claims
            made = claims.claim(visitor.id, work.id, _author(work, author))
            state_ = "claimed_verified" if made.state == "confirmed" else "claimed"
            return {
                "paperId": hub_name(work.paper, work.id),
                "author": made.author,
                "status": state_,
                "user": user(visitor.me),
            }

        return await answer(self._site, request, claim)


def _author(work: Work, given: str) -> str:
    """The printed name that an author's number in our answers, or the name itself, means."""
    for place, author in enumerate(work.paper.authors, 1):
        if given in (object_id(work.id, place), author.name):
            return author.name
    raise HTTPException(400, "claimAuthorId: the paper has no such author")


def _me(visitor: Visitor) -> dict[str, Any]:
    reader: Reader = visitor.me
    found: dict[str, Any] = {
        "type": "user",
        "id": object_id(reader.id),
        "name": reader.name,
        "fullname": reader.display or reader.name,
        "avatarUrl": "",
        "isPro": False,
        "orgs": [],
    }
    if visitor.scopes is not None:
        role = "write" if "write" in visitor.scopes else "read"
        found["auth"] = {
            "type": "access_token",
            "accessToken": {"displayName": "Broadsheet", "role": role},
        }
    return found
