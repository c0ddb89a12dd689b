"""The API of papers: their records, versions, and what was read from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from broadsheet.catalog import Change, work_json
from broadsheet.editions import public_name
from broadsheet.text import Reading
from broadsheet.web.api.common import LARGEST, Call, PaperId, Room, work_named
from broadsheet.web.api.models import Paper, Papers, Versions
from broadsheet.web.api.models_reading import PaperReading
from broadsheet.web.api.paging import Cursor, after, onward
from broadsheet.web.desk import State
from broadsheet.web.pages.versions import versions_json
from broadsheet.web.policy import allow

FromVersion = Annotated[
    str, Query(alias="from", max_length=100, description="A version’s key, as v1, or its place.")
]
ToVersion = Annotated[str, Query(alias="to", max_length=100, description="The same.")]
Since = Annotated[
    int, Query(ge=0, le=LARGEST, description="Only what changed after this change (`seq`).")
]
Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]


class RecordsApi(Room):
    """Handlers over one site."""

    tag = "Papers"

    def calls(self) -> Sequence[Call]:
        """Papers; the one with nothing after its id comes last, because an id may hold slashes."""
        at = "/papers/{paper_id:path}"
        return (
            Call("GET", "/papers", self.papers, "All papers, as they changed", Papers),
            Call("GET", f"{at}/versions", self.versions, "Versions, and what changed", Versions),
            Call("GET", f"{at}/reading", self.reading, "What was read from it", PaperReading),
        )

    @allow("anyone", scope="read")
    async def papers(
        self, request: Request, since: Since = 0, limit: Limit = 100, cursor: Cursor = ""
    ) -> Response:
        """Every paper once, at its last change: reading on with `since` from the last `seq` seen
        brings what is new, changed or gone since."""
        came = after(request, cursor, (0,))

        def make(state: State) -> object:
            start = int(came[0]) if came else since
            # Before the list: what comes in while it is read is told next time, not never.
            seq = state.catalog.seq()
            if start > seq:
                raise HTTPException(
                    400,
                    f"since: the newest change here is {seq}, so this paper was restored from an "
                    "older one; begin without it.",
                )
            found = state.catalog.changes(start, limit + 1)
            shown = found[:limit]
            return {
                "papers": [_changed(change) for change in shown],
                "seq": seq,
                "next": onward(request, (shown[-1].seq,)) if len(found) > limit else None,
            }

        return await self.shared(request, make)

    @allow("anyone", scope="read")
    async def versions(
        self, request: Request, paper_id: PaperId, old: FromVersion = "", new: ToVersion = ""
    ) -> Response:
        """The oldest first; `changes` are those between the two asked for, or the last."""

        def make(state: State) -> object:
            work = work_named(state, paper_id)
            return versions_json(work, state.catalog.versions(work.id), old, new)

        return await self.shared(request, make)

    @allow("anyone", scope="read")
    async def reading(self, request: Request, paper_id: PaperId) -> Response:
        """Sentences with their roles, problem, idea and result, key terms, acronyms, links;
        places count code points of `abstract`. 404 until the paper has been read."""

        def make(state: State) -> object:
            work = work_named(state, paper_id)
            found = state.readings.get_many([work.id]).get(work.id)
            if found is None:
                raise HTTPException(404, "This paper has not been read yet; it is in turn.")
            return {"id": public_name(work.paper), **_reading(found, work.paper.abstract)}

        return await self.shared(request, make)


class PaperApi(Room):
    """The paper itself, whose path takes all that no other route does."""

    tag = "Papers"

    def calls(self) -> Sequence[Call]:
        """One call."""
        return (
            Call(
                "GET",
                "/papers/{paper_id:path}",
                self.paper,
                "A paper by its id, DOI or address",
                Paper,
            ),
        )

    @allow("anyone", scope="read")
    async def paper(self, request: Request, paper_id: PaperId) -> Response:
        """The record as it is shown, with all identifiers of the work."""
        return await self.shared(request, lambda state: work_json(work_named(state, paper_id)))


def _changed(change: Change) -> dict[str, object]:
    work = change.work
    paper = work_json(work) if work is not None and not work.deleted else None
    return {"seq": change.seq, "work": change.work_id, "paper": paper}


def _reading(found: Reading, abstract: str) -> dict[str, object]:
    def place(start: int, end: int) -> dict[str, object]:
        return {"start": start, "end": end, "text": abstract[start:end]}

    parts = {name: getattr(found, name) for name in ("problem", "idea", "result", "summary")}
    return {
        "sentences": [
            {**place(one.start, one.end), "role": one.role, "sure": round(one.sure, 4)}
            for one in found.sentences
        ],
        **{name: place(span.start, span.end) if span else None for name, span in parts.items()},
        "keywords": [
            {"text": one.text, "key": one.key, "weight": round(one.weight, 4)}
            for one in found.keywords
        ],
        "acronyms": [
            {"short": one.short, "long": one.long, "start": one.start, "end": one.end}
            for one in found.acronyms
        ],
        "denied": [place(one.start, one.end) for one in found.denied],
        "links": [{"kind": one.kind, "url": one.url, "host": one.host} for one in found.links],
    }
