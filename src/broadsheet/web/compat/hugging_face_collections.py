"""Hugging Face's collections, which are the lists of readers here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.catalog import Work
from broadsheet.readers import Entry, List, Reader
from broadsheet.web.api.common import answer
from broadsheet.web.compat.around import around
from broadsheet.web.compat.hugging_face_papers import listed, user
from broadsheet.web.compat.naming import find_by, hub_name, object_id, work_by
from broadsheet.web.compat.replies import choice, number, said, sent
from broadsheet.web.desk import State
from broadsheet.web.policy import allow
from broadsheet.web.reply import JSON, Body, send
from broadsheet.web.site import Site
from broadsheet.web.visitors import Visitor

_MOST_LISTED = 100
_SHOWN_IN_LISTS = 4
_SORTS = ("lastModified", "trending", "upvotes")
_SLUG = re.compile(r"[^/]{1,200}/(?:.{0,300}-)?0*([1-9a-f][0-9a-f]{0,15})", re.ASCII)


class _TakenError(Exception):
    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


class Collections:
    """Handlers over one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        """Lists of lists, a list, and what its reader does with it."""
        handlers = (
            ("GET", "/api/collections", self.all),
            ("POST", "/api/collections", self.make),
            ("POST", "/api/collections/{slug:path}/items", self.put),
            ("PATCH", "/api/collections/{slug:path}/items/{item}", self.note),
            ("DELETE", "/api/collections/{slug:path}/items/{item}", self.take),
            ("GET", "/api/collections/{slug:path}", self.one),
            ("PATCH", "/api/collections/{slug:path}", self.change),
            ("DELETE", "/api/collections/{slug:path}", self.delete),
        )
        return [Route(path, handler, methods=[method]) for method, path, handler in handlers]

    @allow("anyone", scope="read")
    async def all(self, request: Request) -> Response:
        """Those that everyone may see, and one's own; by owner or by a paper that is in them."""
        owners = request.query_params.getlist("owner")[:50]
        items = request.query_params.getlist("item")[:50]
        choice(request, "sort", _SORTS, "lastModified")
        limit = number(request, "limit", _MOST_LISTED, 1, _MOST_LISTED)

        def look(state: State, visitor: Visitor) -> object:
            wanted = {
                work.id for name in items if (work := find_by(state, name.removeprefix("papers/")))
            }
            found = []
            for reader, one in _visible(state, visitor, owners):
                entries = state.readers.lists.entries(one.id)
                if not items or wanted & {entry.work_id for entry in entries}:
                    found.append((reader, one, entries))
            found.sort(key=lambda three: _touched(three[1], three[2]), reverse=True)
            return [
                _collection(state, reader, one, entries[:_SHOWN_IN_LISTS], entries)
                for reader, one, entries in found[:limit]
            ]

        return await answer(self._site, request, look)

    @allow("anyone", scope="read")
    async def one(self, request: Request) -> Response:
        """With all that is in it, each paper as in a listing."""
        slug = request.path_params["slug"]
        return await answer(
            self._site,
            request,
            lambda state, visitor: _whole(state, *_seen(state, visitor, slug)),
        )

    @allow("reader", scope="write")
    async def make(self, request: Request) -> Response:
        """An empty one; 409 with its slug where one of this name is there."""
        given = await sent(request)
        title, namespace = said(given, "title", 500), said(given, "namespace", 200)
        note, private = said(given, "description", 10_000), given.get("private", False)

        def make(state: State, visitor: Visitor) -> object:
            if namespace and namespace != visitor.me.name:
                raise HTTPException(403, f"A list is its reader's: write “{visitor.me.name}”.")
            for known in state.readers.lists.of(visitor.id):
                if known.name.casefold() == title.strip().casefold():
                    raise _TakenError(_slug(visitor.me, known))
            made = state.readers.lists.make(visitor.id, title, public=private is False, note=note)
            return _whole(state, visitor.me, made)

        try:
            return await answer(self._site, request, make)
        except _TakenError as taken:
            content = {"error": "There is a list of this name already.", "slug": taken.slug}
            return send(request, Body(orjson.dumps(content), JSON, 409), cache="no-store")

    @allow("reader", scope="write")
    async def change(self, request: Request) -> Response:
        """Its title, its description and whether everyone may see it."""
        slug, given = request.path_params["slug"], await sent(request)
        title = said(given, "title", 500) if "title" in given else None
        note = said(given, "description", 10_000) if "description" in given else None
        private = given.get("private")

        def change(state: State, visitor: Visitor) -> object:
            found = _own(state, visitor, slug)
            public = not private if isinstance(private, bool) else None
            changed = state.readers.lists.change(
                found.id, name=title, note=note, public=public, owner=visitor.id
            )
            return {"success": True, "data": _whole(state, visitor.me, changed)}

        return await answer(self._site, request, change)

    @allow("reader", scope="write")
    async def delete(self, request: Request) -> Response:
        """With its notes; this cannot be undone."""
        slug = request.path_params["slug"]

        def delete(state: State, visitor: Visitor) -> object:
            state.readers.lists.delete(_own(state, visitor, slug).id, owner=visitor.id)
            return {"success": True}

        return await answer(self._site, request, delete)

    @allow("reader", scope="write")
    async def put(self, request: Request) -> Response:
        """Puts a paper in; 409 where it is in already, 400 for what is no paper."""
        slug, given = request.path_params["slug"], await sent(request)
        item = given.get("item")
        if not isinstance(item, dict) or item.get("type") != "paper":
            raise HTTPException(400, "item: lists hold papers; {id, type: paper} is wanted")
        name, note = said(item, "id"), said(given, "note", 10_000)

        def put(state: State, visitor: Visitor) -> object:
            found = _own(state, visitor, slug)
            work = work_by(state, name)
            if found.id in state.readers.lists.holding(visitor.id, [work.id])[work.id]:
                raise HTTPException(409, "The paper is in this list already.")
            state.readers.lists.put(found.id, work.id, note or None, owner=visitor.id)
            return _whole(state, visitor.me, found)

        return await answer(self._site, request, put)

    @allow("reader", scope="write")
    async def note(self, request: Request) -> Response:
        """Changes what is noted beside a paper; lists here are ordered by day, not by hand."""
        slug, given = request.path_params["slug"], await sent(request)
        item = request.path_params["item"]
        note = said(given, "note", 10_000) if "note" in given else None

        def change(state: State, visitor: Visitor) -> object:
            found = _own(state, visitor, slug)
            work_id = _in_it(state, found, item)
            state.readers.lists.put(found.id, work_id, note, owner=visitor.id)
            return {"success": True}

        return await answer(self._site, request, change)

    @allow("reader", scope="write")
    async def take(self, request: Request) -> Response:
        """Takes a paper out; 404 where it is not in it."""
        slug, item = request.path_params["slug"], request.path_params["item"]

        def take(state: State, visitor: Visitor) -> object:
            found = _own(state, visitor, slug)
            state.readers.lists.take(found.id, _in_it(state, found, item), owner=visitor.id)
            return {"success": True}

        return await answer(self._site, request, take)


def _slug(reader: Reader, found: List) -> str:
    return f"{reader.name}/{found.slug}-{object_id(found.id)}"


def _visible(state: State, visitor: Visitor, owners: list[str]) -> list[tuple[Reader, List]]:
    everyone = state.readers.accounts.all()
    open_ = [one for one in everyone if not one.disabled]
    wanted = [one for one in open_ if not owners or one.name in owners]
    return [
        (reader, found)
        for reader in wanted
        for found in state.readers.lists.of(reader.id, public=not _is(visitor, reader))
    ]


def _is(visitor: Visitor, reader: Reader) -> bool:
    """Whether it is the asker, who has not sent a token that may not read."""
    mine = visitor.reader is not None and visitor.reader.id == reader.id
    return mine and (visitor.scopes is None or "read" in visitor.scopes)


def _seen(state: State, visitor: Visitor, slug: str) -> tuple[Reader, List]:
    match = _SLUG.fullmatch(slug)
    found = state.readers.lists.get(int(match[1], 16)) if match else None
    reader = state.readers.accounts.get(found.reader_id) if found else None
    everyones = found is not None and state.readers.lists.everyones(found.id)
    if found is None or reader is None or not (everyones or _is(visitor, reader)):
        raise HTTPException(404, "There is no such list, or it is not for everyone to see.")
    return reader, found


def _own(state: State, visitor: Visitor, slug: str) -> List:
    reader, found = _seen(state, visitor, slug)
    if reader.id != visitor.id:
        raise HTTPException(403, "This list is another reader's.")
    return found


def _in_it(state: State, found: List, item: str) -> int:
    for entry in state.readers.lists.entries(found.id):
        if object_id(entry.work_id, found.id) == item:
            return entry.work_id
    raise HTTPException(404, "The paper is not in this list.")


def _whole(state: State, reader: Reader, found: List) -> dict[str, Any]:
    entries = state.readers.lists.entries(found.id)
    return _collection(state, reader, found, entries, entries) | {"position": 0}


def _collection(
    state: State, reader: Reader, found: List, shown: list[Entry], entries: list[Entry]
) -> dict[str, Any]:
    works = state.recent.get_many([entry.work_id for entry in shown])
    papers = {item["paper"]["_id"]: item for item in _papers(state, works)}
    return {
        "slug": _slug(reader, found),
        "title": found.name,
        "description": found.note,
        "owner": user(reader),
        "items": [
            _item(works[entry.work_id], entry, found, place, papers)
            for place, entry in enumerate(shown)
            if entry.work_id in works
        ],
        "lastUpdated": _touched(found, entries),
        "private": not found.public,
        "theme": "orange",
        "upvotes": 0,
        "isUpvotedByUser": False,
        "numberItems": len(entries),
    }


def _papers(state: State, works: Mapping[int, Work]) -> list[dict[str, Any]]:
    said_ = around(state, works)
    return [listed(work, said_) for work in works.values()]


def _item(
    work: Work, entry: Entry, found: List, place: int, papers: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    paper = papers[object_id(work.id)]
    item: dict[str, Any] = {
        "_id": object_id(work.id, found.id),
        "id": hub_name(work.paper, work.id),
        "type": "paper",
        "position": place,
        "title": paper["title"],
        "upvotes": paper["upvotes"],
    }
    if "publishedAt" in paper:
        item["publishedAt"] = paper["publishedAt"]
    if entry.note:
        item["note"] = {"text": entry.note}
    return item


def _touched(found: List, entries: list[Entry]) -> str:
    return max([found.created_at, *(entry.added_at for entry in entries)])
