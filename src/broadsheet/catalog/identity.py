"""Which records are one work.

Records are one work when they share an identifier. Every work remembers where its records
came from (`origin`), and merges are a forest over works (`merged_into`), so that any merge
can be undone in any order: a record belongs to the root above its origin.

Where identifiers say nothing, title, authors and abstract may: see `joining`. Such a record gets
a work of its own first, which is then merged, so that undoing takes them apart again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from sqlalchemy import Connection, or_, select

from broadsheet.catalog.database import chunked
from broadsheet.catalog.draft import Draft, Kept
from broadsheet.catalog.faces import Stored
from broadsheet.catalog.rows import Prepared
from broadsheet.catalog.tables import merges, works


class Outcome(Enum):
    """What became of an arrived paper; the values are columns of `imports`."""

    NEW = "new"
    UPDATED = "updated"
    MERGED = "merged"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Union:
    """Two works that a paper joins, and what says so."""

    survivor: int
    absorbed: int
    reason: str


def candidates(draft: Draft, paper: Prepared) -> dict[int, str]:
    """The works a paper belongs to, each with the identifier that says so, its own id first."""
    found: dict[int, str] = {}
    for key in paper.keys:
        name = draft.names.get(key)
        if name is not None:
            found.setdefault(name.work_id, key)
    return found


def known(works_: Collection[Kept], paper: Prepared) -> Stored | None:
    """The record that says the same already, announced no later than this one."""
    for work in works_:
        for record in work.records:
            if (
                record.content_hash == paper.content_hash
                and record.source == paper.source
                and record.name == paper.keys[0]
                and (
                    not paper.announced
                    or (record.announced and record.announced <= paper.announced)
                )
            ):
                return record
    return None


def outcome(work: Kept, paper: Prepared) -> Outcome:
    """Whether a paper is a version of a record in a work, or comes to it from elsewhere."""
    for record in work.records:
        if record.source == paper.source and record.name == paper.keys[0]:
            return Outcome.UPDATED
    return Outcome.MERGED


def unions(found: dict[int, str], draft: Draft, kept_apart: set[tuple[int, int]]) -> list[Union]:
    """The merges that a paper found in several works asks for; the oldest living work stays.

    Works that a person took apart are left apart; the paper then goes to the survivor.
    """
    order = sorted(found, key=lambda number: (draft.works[number].deleted, number))
    survivor = order[0]
    return [
        Union(survivor, absorbed, found[absorbed])
        for absorbed in order[1:]
        if (min(survivor, absorbed), max(survivor, absorbed)) not in kept_apart
    ]


def taken_apart(connection: Connection, ids: Collection[int]) -> set[tuple[int, int]]:
    """The pairs among these works whose merge was undone by hand."""
    pairs: set[tuple[int, int]] = set()
    for part in chunked(sorted(ids)):
        query = select(merges.c.survivor_id, merges.c.absorbed_id).where(
            merges.c.undone_by == "hand",
            or_(merges.c.survivor_id.in_(part), merges.c.absorbed_id.in_(part)),
        )
        for one, other in connection.execute(query):
            pairs.add((min(one, other), max(one, other)))
    return pairs


def merge(draft: Draft, union: Union) -> None:
    """Takes the records and identifiers of one work into another."""
    survivor, absorbed = draft.works[union.survivor], draft.works[union.absorbed]
    draft.load_names({key for record in absorbed.records for key in record.keys})
    for record in list(absorbed.records):
        draft.move(record, survivor)
        for key in record.keys:
            name = draft.names.get(key)
            if name is not None and name.work_id == absorbed.id:
                draft.lead(key, survivor.id, name.origin_id)
    absorbed.merged_into = survivor.id
    draft.touch(absorbed)


def unmerge(draft: Draft, connection: Connection, absorbed_id: int) -> None:
    """Takes a merged work out again; its records and identifiers go back to it.

    What was merged into it before goes with it.
    """
    parents = _forest(connection, [absorbed_id])
    survivor_id = _root(parents, absorbed_id)
    draft.load_works([absorbed_id, survivor_id])
    absorbed, survivor = draft.works[absorbed_id], draft.works[survivor_id]
    absorbed.merged_into = None
    draft.touch(absorbed)
    draft.touch(survivor)
    keys = {key for record in survivor.records for key in record.keys}
    draft.load_names(keys)
    origins = {record.origin_id for record in survivor.records}
    origins.update(name.origin_id for name in draft.names.values())
    parents = _forest(connection, origins)
    parents[absorbed_id] = None
    for record in list(survivor.records):
        if _root(parents, record.origin_id) == absorbed_id:
            draft.move(record, absorbed)
    for key, name in draft.names.items():
        draft.lead(key, _root(parents, name.origin_id), name.origin_id)


def _forest(connection: Connection, ids: Collection[int]) -> dict[int, int | None]:
    """Where these works, and those above them, were merged into."""
    parents: dict[int, int | None] = {}
    asked = set(ids)
    while asked:
        above: set[int] = set()
        for part in chunked(sorted(asked)):
            query = select(works.c.id, works.c.merged_into).where(works.c.id.in_(part))
            for number, parent in connection.execute(query):
                parents[number] = parent
                if parent is not None:
                    above.add(parent)
        asked = above.difference(parents)
    return parents


def _root(parents: dict[int, int | None], number: int) -> int:
    while (parent := parents.get(number)) is not None:
        number = parent
    return number
