"""The API of lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from broadsheet.editions import public_name
from broadsheet.readers import (
    Entry,
    List,
    fill_list,
    notes_of,
    references_in,
    saved_entries,
)
from broadsheet.search import SearchRequest, hit_json, result_json, search_kept
from broadsheet.web.api.common import Call, Given, Name, Number, PaperId, Room, names_in, work_named
from broadsheet.web.api.finding import (
    Asked,
    Explain,
    Limit,
    Offset,
    Sorting,
    page_found,
    reached,
    searcher_of,
)
from broadsheet.web.api.models_own import (
    EntryTold,
    FilledTold,
    FoundKept,
    ListPage,
    Lists,
    ListTold,
)
from broadsheet.web.api.paging import Cursor, PageSize, page_of
from broadsheet.web.desk import State
from broadsheet.web.params import query_text
from broadsheet.web.policy import allow
from broadsheet.web.visitors import Visitor

_REFERENCES_BYTES = 2_000_000

Tag = Annotated[str, Query(max_length=100, description="Only papers with this tag.")]
Note = Annotated[str, Field(max_length=10_000)]


def _kept_asked(
    q: Asked = "",
    limit: Limit = 10,
    offset: Offset = 0,
    explain: Explain = False,
    sort: Sorting = "relevance",
) -> SearchRequest:
    return SearchRequest(query_text(q)[0], limit, offset, explain=explain, sort=sort)


# What a search among papers that were kept takes, whichever these are.
KeptAsked = Annotated[SearchRequest, Depends(_kept_asked)]


class ListGiven(Given):
    """A list."""

    name: Annotated[Name, Field(examples=["To read"])]
    note: Note = ""
    public: bool = False


class ListChange(Given):
    """What of a list is changed; what is left out stays."""

    name: Name | None = None
    note: Note | None = None
    public: bool | None = None


class EntryGiven(Given):
    """What stands beside a paper in a list; what is left out stays."""

    note: Note | None = None
    tags: Annotated[list[str], Field(max_length=30)] | None = None


class ReferencesGiven(Given):
    """Papers by line (ids, DOIs, addresses, titles), or the content of a BibTeX, RIS or CSL-JSON
    file."""

    references: Annotated[str, Field(max_length=1_000_000, examples=["1706.03762\n2401.00001"])]


class ShelvingApi(Room):
    """Handlers over one site."""

    tag = "Lists"

    def calls(self) -> Sequence[Call]:
        """Lists and their papers."""
        one = "/lists/{number:int}"
        entry = f"{one}/papers/{{paper_id:path}}"
        return (
            Call("GET", "/lists", self.lists, "Your lists", Lists),
            Call("POST", "/lists", self.make_list, "Make a list", ListTold, 201),
            Call("GET", one, self.list, "A list with its papers", ListPage),
            Call("GET", f"{one}/search", self.search_list, "Search a list", FoundKept),
            Call(
                "GET", "/lists/saved/search", self.search_saved, "Search what you saved", FoundKept
            ),
            Call("POST", f"{one}/fill", self.fill_list, "Put many papers in a list", FilledTold),
            Call("PATCH", one, self.change_list, "Change a list", ListTold),
            Call("DELETE", one, self.delete_list, "Delete a list"),
            Call("POST", f"{one}/renew", self.renew_list, "Another address for its feed", ListTold),
            Call("PUT", entry, self.put_paper, "Put a paper in a list", EntryTold),
            Call("DELETE", entry, self.take_paper, "Take a paper out"),
        )

    @allow("reader", scope="read")
    async def lists(self, request: Request, limit: PageSize = 200, cursor: Cursor = "") -> Response:
        """By name."""

        def look(state: State, visitor: Visitor) -> object:
            found = state.readers.lists.of(visitor.id)
            shown, more = page_of(
                request, found, lambda one: (one.name.casefold(), one.id), cursor, limit
            )
            return {"lists": [_list(one) for one in shown], "next": more}

        return await self.own(request, look)

    @allow("reader", scope="write")
    async def make_list(self, request: Request, given: ListGiven) -> Response:
        """An empty one."""

        def make(state: State, visitor: Visitor) -> object:
            return _list(
                state.readers.lists.make(
                    visitor.id, given.name, public=given.public, note=given.note
                )
            )

        return await self.own(request, make, 201)

    @allow("anyone", scope="read")
    async def list(
        self,
        request: Request,
        number: Number,
        tag: Tag = "",
        limit: PageSize = 100,
        cursor: Cursor = "",
    ) -> Response:
        """The papers put in last first. Another reader’s list opens when it is public."""

        def look(state: State, visitor: Visitor) -> object:
            found = _readable(state, visitor, number)
            entries = state.readers.lists.entries(number)
            if tag:
                entries = [entry for entry in entries if tag in entry.tags]
            shown, more = page_of(
                request,
                entries,
                lambda entry: (entry.added_at, entry.work_id),
                cursor,
                limit,
                down=True,
            )
            names = names_in(state, shown)
            mine = visitor.reader is not None and found.reader_id == visitor.id
            return {
                **_list(found, mine=mine),
                "papers": [_entry(entry, names) for entry in shown],
                "next": more,
            }

        return await self.own(request, look)

    @allow("anyone", scope="read")
    async def search_list(
        self,
        request: Request,
        number: Number,
        asked: KeptAsked,
        cursor: Cursor = "",
    ) -> Response:
        """Its papers by meaning and by word; words of the note and the tags beside a paper count
        as its own. Another reader’s list can be searched when it is public."""
        came = reached(request, cursor)

        def look(state: State, visitor: Visitor) -> object:
            found = _readable(state, visitor, number)
            return _found(request, state, asked, came, state.readers.lists.entries(found.id))

        return await self.own(request, look)

    @allow("reader", scope="read")
    async def search_saved(
        self, request: Request, asked: KeptAsked, cursor: Cursor = ""
    ) -> Response:
        """All that you saved, in whatever list, with the notes and tags of your lists."""
        came = reached(request, cursor)

        def look(state: State, visitor: Visitor) -> object:
            entries = saved_entries(state.readers, visitor.id)
            return _found(request, state, asked, came, entries)

        return await self.own(request, look)

    @allow("reader", scope="write")
    async def change_list(self, request: Request, number: Number, given: ListChange) -> Response:
        """Name, note, and whether everyone may see it."""

        def change(state: State, visitor: Visitor) -> object:
            _own(state, visitor, number)
            changed = state.readers.lists.change(
                number,
                name=given.name,
                note=given.note,
                public=given.public,
                owner=visitor.id,
            )
            return _list(changed)

        return await self.own(request, change)

    @allow("reader", scope="write")
    async def delete_list(self, request: Request, number: Number) -> Response:
        """With its notes and tags; this cannot be undone."""

        def delete(state: State, visitor: Visitor) -> object:
            _own(state, visitor, number)
            state.readers.lists.delete(number, owner=visitor.id)
            return None

        return await self.own(request, delete, 204)

    @allow("reader", scope="write")
    async def renew_list(self, request: Request, number: Number) -> Response:
        """The old address of its feed no longer works."""

        def renew(state: State, visitor: Visitor) -> object:
            _own(state, visitor, number)
            return _list(state.readers.lists.renew(number, owner=visitor.id))

        return await self.own(request, renew)

    @allow("reader", scope="write", body=_REFERENCES_BYTES)
    async def fill_list(self, request: Request, number: Number, given: ReferencesGiven) -> Response:
        """What is here comes onto the list, by identifiers or by title and authors; `missing` is
        what is not. At most 1,000 at once."""

        def fill(state: State, visitor: Visitor) -> object:
            _own(state, visitor, number)
            papers = references_in(given.references)
            filled = fill_list(state.readers, number, papers, owner=visitor.id)
            missing = [one.title or one.id for one in filled.missing]
            return {"new": filled.new, "there": filled.there, "missing": missing}

        return await self.own(request, fill)

    @allow("reader", scope="write")
    async def put_paper(
        self, request: Request, number: Number, paper_id: PaperId, given: EntryGiven
    ) -> Response:
        """Or changes the note and the tags it has there."""

        def put(state: State, visitor: Visitor) -> object:
            _own(state, visitor, number)
            work = work_named(state, paper_id)
            entry = state.readers.lists.put(
                number, work.id, given.note, given.tags, owner=visitor.id
            )
            return _entry(entry, {entry.work_id: public_name(work.paper)})

        return await self.own(request, put)

    @allow("reader", scope="write")
    async def take_paper(self, request: Request, number: Number, paper_id: PaperId) -> Response:
        """404 when it is not in the list."""

        def take(state: State, visitor: Visitor) -> object:
            _own(state, visitor, number)
            work = work_named(state, paper_id)
            if not state.readers.lists.take(number, work.id, owner=visitor.id):
                raise HTTPException(404, "The paper is not in this list.")
            return None

        return await self.own(request, take, 204)


def _found(
    request: Request,
    state: State,
    asked: SearchRequest,
    came: tuple[int, int] | None,
    entries: Sequence[Entry],
) -> dict[str, object]:
    """A page of what a search finds among these, with what stands beside each."""
    find = partial(search_kept, searcher_of(state), notes=notes_of(entries))
    result, more = page_found(request, find, asked, came)
    works = state.recent.get_many([hit.work_id for hit in result.hits])
    beside = {entry.work_id: entry for entry in entries}
    hits = [
        {
            **hit_json(hit, works[hit.work_id]),
            "note": beside[hit.work_id].note,
            "tags": list(beside[hit.work_id].tags),
            "noted": hit.noted,
        }
        for hit in result.hits
        if hit.work_id in works
    ]
    return {**result_json(result, works), "hits": hits, "next": more}


def _own(state: State, visitor: Visitor, number: int) -> List:
    found = state.readers.lists.get(number)
    if found is None or found.reader_id != visitor.id:
        raise HTTPException(404)
    return found


def _readable(state: State, visitor: Visitor, number: int) -> List:
    """A list that this asker may see; the same error for one that is another's and for none."""
    found = state.readers.lists.get(number)
    reads = visitor.scopes is None or "read" in visitor.scopes
    if found is not None and visitor.reader and found.reader_id == visitor.id and reads:
        return found
    if found is None or not (visitor.accounts and state.readers.lists.everyones(found.id)):
        raise HTTPException(404 if visitor.reader else 401)
    return found


def _list(found: List, *, mine: bool = True) -> dict[str, Any]:
    return {
        "id": found.id,
        "name": found.name,
        "note": found.note,
        "public": found.public,
        "size": found.size,
        "created_at": found.created_at,
        "feed": f"/feeds/list/{found.secret}.atom" if mine else None,
    }


def _entry(entry: Entry, names: Mapping[int, str]) -> dict[str, Any]:
    return {
        "paper": names.get(entry.work_id),
        "note": entry.note,
        "tags": [*entry.tags],
        "added_at": entry.added_at,
    }
