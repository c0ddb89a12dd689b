"""The API of what a reader does with papers: acts and lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from broadsheet.editions import public_name
from broadsheet.readers import KINDS, REASONS, Act, Entry, List
from broadsheet.web.api.common import Given, answer, names_of, work_named
from broadsheet.web.desk import State
from broadsheet.web.pages.papers import find
from broadsheet.web.policy import allow
from broadsheet.web.site import Site
from broadsheet.web.visitors import Visitor

Name = Annotated[str, Field(max_length=500)]
PaperId = Annotated[str, Field(min_length=1, max_length=2000)]
Ids = Annotated[list[str], Query(max_length=200)]
Day = Annotated[str, Query(max_length=30)]


class ActGiven(Given):
    """An act: what is done to which paper."""

    paper: PaperId
    kind: Annotated[str, Field(description=f"One of {', '.join(KINDS)}.")]
    reason: Annotated[
        str,
        Field(max_length=500, description=f"For not_interested: one of {', '.join(REASONS)}."),
    ] = ""


class Undone(Given):
    """An act to take back; without a paper the last one."""

    paper: Annotated[str, Field(max_length=2000)] = ""
    kind: str = ""


class ListGiven(Given):
    """A list."""

    name: Name
    note: Annotated[str, Field(max_length=10_000)] = ""
    public: bool = False


class ListChange(Given):
    """What of a list is changed; what is left out stays."""

    name: Name | None = None
    note: Annotated[str, Field(max_length=10_000)] | None = None
    public: bool | None = None


class EntryGiven(Given):
    """What stands beside a paper in a list; what is left out stays."""

    note: Annotated[str, Field(max_length=10_000)] | None = None
    tags: Annotated[list[str], Field(max_length=30)] | None = None


class ReadingApi:
    """Handlers over one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def add_to(self, api: APIRouter) -> None:
        """Adds the routes."""
        for method, path, handler, summary in (
            ("GET", "/acts", self.acts, "What you did with papers, oldest first"),
            ("POST", "/acts", self.act, "Do something with a paper"),
            ("POST", "/acts/undo", self.undo, "Take an act back, by default the last"),
            ("GET", "/standings", self.standings, "Your acts on papers, and everyone’s votes"),
            ("GET", "/lists", self.lists, "Your lists"),
            ("POST", "/lists", self.make_list, "Make a list"),
            ("GET", "/lists/{number}", self.list, "A list with its papers"),
            ("PATCH", "/lists/{number}", self.change_list, "Change a list"),
            ("DELETE", "/lists/{number}", self.delete_list, "Delete a list"),
            ("PUT", "/lists/{number}/papers/{paper_id:path}", self.put, "Put a paper in a list"),
            ("DELETE", "/lists/{number}/papers/{paper_id:path}", self.take, "Take a paper out"),
        ):
            api.add_api_route(path, handler, methods=[method], summary=summary)

    @allow("reader", scope="read")
    async def acts(
        self, request: Request, kind: str = "", since: Day = "", until: Day = "", as_of: Day = ""
    ) -> Response:
        """Those that hold, or held at ``as_of``: the log can be asked for any past moment."""

        def find_acts(state: State, visitor: Visitor) -> object:
            kinds = [part for part in kind.split(",") if part] or None
            if kinds and not set(kinds) <= set(KINDS):
                raise HTTPException(400, f"kind takes {', '.join(KINDS)}, separated by a comma")
            found = state.readers.acts.of(visitor.id, kinds, since, until, as_of)
            names = names_of(state, [act.work_id for act in found])
            return {"acts": [_act(act, names) for act in found]}

        return await self._answer(request, find_acts)

    @allow("reader", scope="write")
    async def act(self, request: Request, given: ActGiven) -> Response:
        """A second time changes nothing: the first act is the answer."""

        def do(state: State, visitor: Visitor) -> object:
            work = work_named(state, given.paper)
            act = state.readers.acts.do(visitor.id, given.kind, work.id, given.reason)
            return _act(act, {work.id: public_name(work.paper)})

        return await self._answer(request, do, 201)

    @allow("reader", scope="write")
    async def undo(self, request: Request, given: Undone) -> Response:
        """The act that was taken back; 404 when there is none."""

        def undo(state: State, visitor: Visitor) -> object:
            acts = state.readers.acts
            if given.paper:
                work = work_named(state, given.paper)
                undone = acts.undo(visitor.id, given.kind, work.id)
            else:
                undone = acts.undo_last(visitor.id)
            if undone is None:
                raise HTTPException(404, "There is nothing to take back.")
            return _act(undone, names_of(state, [undone.work_id]))

        return await self._answer(request, undo)

    @allow("anyone", scope="read")
    async def standings(self, request: Request, id: Ids) -> Response:  # noqa: A002  # in the address
        """By paper, as asked for; papers that are not here are left out."""

        def look(state: State, visitor: Visitor) -> object:
            works = {name: found[0].id for name in id if (found := find(state, name).works)}
            votes = state.readers.acts.votes(works.values())
            mine = (
                state.readers.acts.states(visitor.id, works.values())
                if visitor.reader and _may(visitor, "read")
                else {}
            )
            return {
                "papers": {
                    name: {"votes": votes[work], "mine": sorted(mine.get(work, ()))}
                    for name, work in works.items()
                }
            }

        return await self._answer(request, look)

    @allow("reader", scope="read")
    async def lists(self, request: Request) -> Response:
        """By name."""
        return await self._answer(
            request,
            lambda state, visitor: {
                "lists": [_list(found) for found in state.readers.lists.of(visitor.id)]
            },
        )

    @allow("reader", scope="write")
    async def make_list(self, request: Request, given: ListGiven) -> Response:
        """An empty one."""

        def make(state: State, visitor: Visitor) -> object:
            return _list(
                state.readers.lists.make(
                    visitor.id, given.name, public=given.public, note=given.note
                )
            )

        return await self._answer(request, make, 201)

    @allow("reader", scope="read")
    async def list(self, request: Request, number: int) -> Response:
        """The newest papers first."""

        def look(state: State, visitor: Visitor) -> object:
            found = _own(state, visitor, number)
            entries = state.readers.lists.entries(number)
            names = names_of(state, [entry.work_id for entry in entries])
            return {**_list(found), "papers": [_entry(entry, names) for entry in entries]}

        return await self._answer(request, look)

    @allow("reader", scope="write")
    async def change_list(self, request: Request, number: int, given: ListChange) -> Response:
        """Name, note, and whether everyone may see it."""

        def change(state: State, visitor: Visitor) -> object:
            _own(state, visitor, number)
            return _list(
                state.readers.lists.change(
                    number,
                    name=given.name,
                    note=given.note,
                    public=given.public,
                    owner=visitor.id,
                )
            )

        return await self._answer(request, change)

    @allow("reader", scope="write")
    async def delete_list(self, request: Request, number: int) -> Response:
        """With its notes and tags; this cannot be undone."""

        def delete(state: State, visitor: Visitor) -> object:
            _own(state, visitor, number)
            state.readers.lists.delete(number, owner=visitor.id)
            return None

        return await self._answer(request, delete, 204)

    @allow("reader", scope="write")
    async def put(
        self, request: Request, number: int, paper_id: str, given: EntryGiven
    ) -> Response:
        """Or changes the note and the tags it has there."""

        def put(state: State, visitor: Visitor) -> object:
            _own(state, visitor, number)
            work = work_named(state, paper_id)
            entry = state.readers.lists.put(
                number, work.id, given.note, given.tags, owner=visitor.id
            )
            return _entry(entry, {work.id: public_name(work.paper)})

        return await self._answer(request, put)

    @allow("reader", scope="write")
    async def take(self, request: Request, number: int, paper_id: str) -> Response:
        """404 when it is not in the list."""

        def take(state: State, visitor: Visitor) -> object:
            _own(state, visitor, number)
            work = work_named(state, paper_id)
            if not state.readers.lists.take(number, work.id, owner=visitor.id):
                raise HTTPException(404, "The paper is not in this list.")
            return None

        return await self._answer(request, take, 204)

    async def _answer(
        self, request: Request, work: Callable[[State, Visitor], object], status: int = 200
    ) -> Response:
        return await answer(self._site, request, work, status)


def _may(visitor: Visitor, scope: str) -> bool:
    return visitor.scopes is None or scope in visitor.scopes


def _own(state: State, visitor: Visitor, number: int) -> List:
    found = state.readers.lists.get(number) if 0 < number < 2**62 else None
    if found is None or found.reader_id != visitor.id:
        raise HTTPException(404)
    return found


def _act(act: Act, names: dict[int, str]) -> dict[str, Any]:
    return {
        "id": act.id,
        "paper": names.get(act.work_id),
        "kind": act.kind,
        "reason": act.reason,
        "at": act.at,
        "undone_at": act.undone_at or None,
    }


def _list(found: List) -> dict[str, Any]:
    return {
        "id": found.id,
        "name": found.name,
        "note": found.note,
        "public": found.public,
        "size": found.size,
        "created_at": found.created_at,
    }


def _entry(entry: Entry, names: dict[int, str]) -> dict[str, Any]:
    return {
        "paper": names.get(entry.work_id),
        "note": entry.note,
        "tags": list(entry.tags),
        "added_at": entry.added_at,
    }
