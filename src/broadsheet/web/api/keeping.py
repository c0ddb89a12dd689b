"""The API of what a reader keeps: settings, follows, saved searches, and all of their data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import Request
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from broadsheet.editions import DigestMaker, public_name, recommending, works_of
from broadsheet.readers import LOCAL, Digest, Follow, Reader, SavedSearch
from broadsheet.web.addresses import address_of
from broadsheet.web.api.common import Call, Given, Name, Number, Room, titled
from broadsheet.web.api.models_own import (
    DigestPreview,
    ExportTold,
    Following,
    Follows,
    FollowTold,
    MailSent,
    Me,
    SearchesKept,
    SearchKept,
)
from broadsheet.web.api.paging import Cursor, PageSize, page_of
from broadsheet.web.desk import State
from broadsheet.web.letters import send_confirmation
from broadsheet.web.policy import allow
from broadsheet.web.visitors import Visitor
from broadsheet.web.withdrawing import withdraw_models
from broadsheet.worker import PostLog, PostOffice


class MeChange(Given):
    """What of the settings is changed; what is left out stays."""

    display: Annotated[str, Field(max_length=200)] | None = None
    timezone: Annotated[str, Field(max_length=100, examples=["Europe/Berlin"])] | None = None
    minutes: Annotated[int, Field(ge=1, le=480)] | None = None
    digest: Digest | None = None
    digest_hour: Annotated[int, Field(ge=0, le=23)] | None = None
    quiet_days: bool | None = None
    public_votes: bool | None = None
    learning: Annotated[
        bool | None, Field(description="Whether this paper may learn from what you like.")
    ] = None


class MailGiven(Given):
    """A mail address; empty removes the one there is."""

    email: Annotated[str, Field(max_length=300, examples=["ada@example.org"])]


class FollowGiven(Given):
    """What is followed; a search by its number, an organisation by its slug."""

    kind: Literal["author", "category", "term", "search", "organisation"]
    value: Annotated[Name, Field(examples=["cs.LG"])]


class SearchGiven(Given):
    """A search to keep."""

    query: Annotated[str, Field(max_length=1000, examples=["graph neural networks"])]
    name: Name = ""


class SearchChange(Given):
    """Another name for a saved search."""

    name: Name


class KeepingApi(Room):
    """Handlers over one site."""

    tag = "You"

    def calls(self) -> Sequence[Call]:
        """What is a reader's own."""
        search = "/searches/{number:int}"
        return (
            Call("GET", "/me", self.me, "Who you are here, and your settings", Me),
            Call("PATCH", "/me", self.change_me, "Change your settings", Me),
            Call("PUT", "/me/email", self.change_email, "Another mail address", MailSent),
            Call(
                "GET",
                "/digest",
                self.digest,
                "Your newest digest: as it was made, or would be now",
                DigestPreview,
            ),
            Call("GET", "/export", self.export, "All of your data", ExportTold),
            Call("GET", "/follows", self.follows, "What you follow", Follows),
            Call("POST", "/follows", self.follow, "Follow something", FollowTold, 201),
            Call("DELETE", "/follows/{number:int}", self.unfollow, "Follow something no longer"),
            Call("GET", "/following", self.following, "What is new of it", Following),
            Call("GET", "/searches", self.searches, "Your saved searches", SearchesKept),
            Call("POST", "/searches", self.keep_search, "Save a search", SearchKept, 201),
            Call("PATCH", search, self.rename_search, "Rename a saved search", SearchKept),
            Call("DELETE", search, self.remove_search, "Remove a saved search"),
            Call(
                "POST",
                f"{search}/renew",
                self.renew_search,
                "Another address for its feed",
                SearchKept,
            ),
        )

    @allow("reader", scope="read")
    async def me(self, request: Request) -> Response:
        """Name, role and settings."""
        return await self.own(request, lambda state, visitor: _me(state, visitor.me))

    @allow("reader", scope="write")
    async def change_me(self, request: Request, given: MeChange) -> Response:
        """What is left out stays."""

        def change(state: State, visitor: Visitor) -> object:
            apart = {"quiet_days", "learning"}
            changes = given.model_dump(exclude_none=True, exclude=apart)
            reader = visitor.me
            if changes:
                reader = state.readers.accounts.update(visitor.id, **changes)
            if given.quiet_days is not None:
                post = PostLog(state.catalog.database)
                post.want_quiet_days(visitor.id, wanted=given.quiet_days)
            if given.learning is not None:
                state.readers.learning.allow(visitor.id, wanted=given.learning)
                withdraw_models(self.site.settings, state.catalog)
            return _me(state, reader)

        return await self.own(request, change)

    @allow("reader", scope="write")
    async def change_email(self, request: Request, given: MailGiven) -> Response:
        """It counts once the link that is sent to it was opened."""
        settings, here = self.site.settings, address_of(self.site, request)

        def change(state: State, visitor: Visitor) -> object:
            secret = state.readers.letters.change_email(visitor.id, given.email)
            if secret:
                link = f"{here}/mail/confirm/{secret}"
                send_confirmation(settings, state, visitor.me, given.email, link)
            return {"sent": bool(secret)}

        return await self.own(request, change)

    @allow("reader", scope="read")
    async def digest(self, request: Request) -> Response:
        """Nothing is sent, and nothing counts as shown."""
        return await self.own(
            request, lambda state, visitor: {"digest": self._digest(state, visitor.me)}
        )

    @allow("reader", scope="read")
    async def export(self, request: Request) -> Response:
        """Every row of yours, by table."""
        return await self.own(request, lambda state, visitor: state.readers.data.export(visitor.id))

    @allow("reader", scope="read")
    async def follows(
        self, request: Request, limit: PageSize = 200, cursor: Cursor = ""
    ) -> Response:
        """In the order they began."""

        def look(state: State, visitor: Visitor) -> object:
            found = state.readers.follows.of(visitor.id)
            shown, more = page_of(request, found, lambda one: (one.id,), cursor, limit)
            return {"follows": [_follow(one) for one in shown], "next": more}

        return await self.own(request, look)

    @allow("reader", scope="write")
    async def follow(self, request: Request, given: FollowGiven) -> Response:
        """A second time changes nothing."""
        return await self.own(
            request,
            lambda state, visitor: _follow(
                state.readers.follows.add(visitor.id, given.kind, given.value)
            ),
            201,
        )

    @allow("reader", scope="write")
    async def unfollow(self, request: Request, number: Number) -> Response:
        """By its number."""

        def drop(state: State, visitor: Visitor) -> object:
            if not state.readers.follows.remove(visitor.id, number):
                raise HTTPException(404, "You do not follow this.")
            return None

        return await self.own(request, drop, 204)

    @allow("reader", scope="read")
    async def following(
        self, request: Request, limit: PageSize = 60, cursor: Cursor = ""
    ) -> Response:
        """The papers of what you follow of the last two weeks, newest first, and what each is
        of."""

        def look(state: State, visitor: Visitor) -> object:
            found = self.site.followed.of(state, visitor.me)
            # Of one day in the order they came in.
            rows = [(one.day, -number) for number, one in found.items()]
            shown, more = page_of(request, rows, lambda row: row, cursor, limit, down=True)
            works = state.recent.get_many([-number for _, number in shown])
            papers = [
                {
                    "id": public_name(work.paper),
                    "title": work.paper.title,
                    "why": found[number].why,
                }
                for number, work in works.items()
            ]
            return {"papers": papers, "next": more}

        return await self.own(request, look)

    @allow("reader", scope="read")
    async def searches(
        self, request: Request, limit: PageSize = 200, cursor: Cursor = ""
    ) -> Response:
        """In the order they were kept."""

        def look(state: State, visitor: Visitor) -> object:
            found = state.readers.searches.of(visitor.id)
            shown, more = page_of(request, found, lambda one: (one.id,), cursor, limit)
            return {"searches": [_search(one) for one in shown], "next": more}

        return await self.own(request, look)

    @allow("reader", scope="write")
    async def keep_search(self, request: Request, given: SearchGiven) -> Response:
        """Under a name, by default the query itself."""
        return await self.own(
            request,
            lambda state, visitor: _search(
                state.readers.searches.add(visitor.id, given.name, given.query)
            ),
            201,
        )

    @allow("reader", scope="write")
    async def rename_search(
        self, request: Request, number: Number, given: SearchChange
    ) -> Response:
        """Its query and its feed stay."""

        def rename(state: State, visitor: Visitor) -> object:
            _own(state, visitor, number)
            return _search(state.readers.searches.rename(visitor.id, number, given.name))

        return await self.own(request, rename)

    @allow("reader", scope="write")
    async def remove_search(self, request: Request, number: Number) -> Response:
        """With it, that it was followed."""

        def remove(state: State, visitor: Visitor) -> object:
            _own(state, visitor, number)
            state.readers.searches.remove(visitor.id, number)
            return None

        return await self.own(request, remove, 204)

    @allow("reader", scope="write")
    async def renew_search(self, request: Request, number: Number) -> Response:
        """The old address of its feed no longer works."""

        def renew(state: State, visitor: Visitor) -> object:
            _own(state, visitor, number)
            return _search(state.readers.searches.renew(visitor.id, number))

        return await self.own(request, renew)

    def _digest(self, state: State, reader: Reader) -> dict[str, Any] | None:
        def maker() -> DigestMaker:
            if state.taste is None:
                return DigestMaker(state.catalog, state.readers)
            picks = recommending(state.catalog, state.readers, state.taste)
            return DigestMaker(state.catalog, state.readers, state.searcher, picks)

        office = PostOffice(self.site.settings, state.catalog, state.readers, maker)
        found = office.preview(reader)
        if found is None:
            return None
        return {
            "cadence": found.cadence,
            "day": found.day,
            "first": found.first,
            "last": found.last,
            "announced": found.announced,
            "late": found.late,
            "left_out": found.left_out,
            "note": found.note,
            "papers": [
                {**titled(state, [work.id])[0], "section": pick.section, "why": pick.why}
                for pick, work in works_of(state.catalog, found)
            ],
        }


def _own(state: State, visitor: Visitor, number: int) -> SavedSearch:
    found = state.readers.searches.get(number)
    if found is None or found.reader_id != visitor.id:
        raise HTTPException(404)
    return found


def _me(state: State, reader: Reader) -> dict[str, Any]:
    return {
        "name": reader.name,
        "display": reader.display,
        "role": reader.role,
        "local": reader.id == LOCAL,
        "email": reader.email,
        "email_confirmed": reader.email_confirmed,
        "timezone": reader.timezone,
        "minutes": reader.minutes,
        "digest": reader.digest,
        "digest_hour": reader.digest_hour,
        "quiet_days": PostLog(state.catalog.database).postbox(reader.id).quiet,
        "public_votes": reader.public_votes,
        "learning": state.readers.learning.allowed(reader.id),
    }


def _follow(found: Follow) -> dict[str, Any]:
    return {"id": found.id, "kind": found.kind, "value": found.value, "at": found.at}


def _search(found: SavedSearch) -> dict[str, Any]:
    return {
        "id": found.id,
        "name": found.name,
        "query": found.query,
        "created_at": found.created_at,
        "feed": f"/feeds/search/{found.secret}.atom",
    }
