"""The API of what a reader does with papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import Query, Request
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from broadsheet.editions import public_name
from broadsheet.readers import KINDS, Act, Kind
from broadsheet.web.api.common import Call, Given, PaperName, Room, names_in, work_named
from broadsheet.web.api.models_own import Acts, ActTold, Standings
from broadsheet.web.api.paging import Cursor, PageSize, page_of
from broadsheet.web.desk import State
from broadsheet.web.pages.papers import find
from broadsheet.web.policy import allow
from broadsheet.web.visitors import Visitor

Ids = Annotated[list[str], Query(min_length=1, max_length=200, examples=[["1706.03762"]])]
Moment = Annotated[str, Query(max_length=30, description="A day or a moment; empty: no bound.")]
Kinds = Annotated[
    str, Query(max_length=200, description=f"Some of {', '.join(KINDS)}, by comma; empty: all.")
]


class ActGiven(Given):
    """An act: what is done to which paper; a reason is for ``not_interested``."""

    paper: PaperName
    kind: Annotated[Kind, Field(examples=["upvote"])]
    reason: Literal["", "topic", "author", "seen", "basic"] = ""


class Undone(Given):
    """An act to take back; without a paper the last one."""

    paper: Annotated[str, Field(max_length=2000)] = ""
    kind: Literal["", Kind] = ""


class ActingApi(Room):
    """Handlers over one site."""

    tag = "Acts"

    def calls(self) -> Sequence[Call]:
        """Acts."""
        return (
            Call("GET", "/acts", self.acts, "What you did with papers", Acts),
            Call("POST", "/acts", self.act, "Do something with a paper", ActTold, 201),
            Call("POST", "/acts/undo", self.undo, "Take an act back, by default the last", ActTold),
            Call("GET", "/standings", self.standings, "Votes, and your acts on papers", Standings),
        )

    @allow("reader", scope="read")
    async def acts(
        self,
        request: Request,
        kind: Kinds = "",
        since: Moment = "",
        until: Moment = "",
        as_of: Moment = "",
        limit: PageSize = 200,
        cursor: Cursor = "",
    ) -> Response:
        """Oldest first. Those that hold, or held at `as_of`: the log can be asked for any past
        moment."""

        def find_acts(state: State, visitor: Visitor) -> object:
            kinds = [part for part in kind.split(",") if part] or None
            if kinds and not set(kinds) <= set(KINDS):
                raise HTTPException(400, f"kind takes {', '.join(KINDS)}, separated by a comma")
            found = state.readers.acts.of(visitor.id, kinds, since, until, as_of)
            shown, more = page_of(request, found, lambda act: (act.id,), cursor, limit)
            names = names_in(state, shown)
            return {"acts": [_act(act, names) for act in shown], "next": more}

        return await self.own(request, find_acts)

    @allow("reader", scope="write")
    async def act(self, request: Request, given: ActGiven) -> Response:
        """A second time changes nothing: the first act is the answer."""

        def do(state: State, visitor: Visitor) -> object:
            work = work_named(state, given.paper)
            act = state.readers.acts.do(visitor.id, given.kind, work.id, given.reason)
            return _act(act, {act.work_id: public_name(work.paper)})

        return await self.own(request, do, 201)

    @allow("reader", scope="write")
    async def undo(self, request: Request, given: Undone) -> Response:
        """The act that was taken back; 404 when there is none."""

        def undo(state: State, visitor: Visitor) -> object:
            acts = state.readers.acts
            if given.paper:
                work = work_named(state, given.paper)
                undone = acts.undo(visitor.id, given.kind, work.id) if given.kind else None
            else:
                undone = acts.undo_last(visitor.id)
            if undone is None:
                raise HTTPException(404, "There is nothing to take back.")
            return _act(undone, names_in(state, [undone]))

        return await self.own(request, undo)

    @allow("anyone", scope="read")
    async def standings(self, request: Request, id: Ids) -> Response:  # noqa: A002  # in the address
        """By paper, as asked for; papers that are not here are left out."""

        def look(state: State, visitor: Visitor) -> object:
            works = {name: found[0].id for name in id if (found := find(state, name).works)}
            votes = state.readers.acts.votes(works.values())
            may = visitor.scopes is None or "read" in visitor.scopes
            mine = (
                state.readers.acts.states(visitor.id, works.values())
                if visitor.reader and may
                else {}
            )
            return {
                "papers": {
                    name: {"votes": votes[work], "mine": sorted(mine.get(work, ()))}
                    for name, work in works.items()
                }
            }

        return await self.own(request, look)


def _act(act: Act, names: Mapping[int, str]) -> dict[str, Any]:
    return {
        "id": act.id,
        "paper": names.get(act.work_id),
        "kind": act.kind,
        "reason": act.reason,
        "at": act.at,
        "undone_at": act.undone_at or None,
    }
