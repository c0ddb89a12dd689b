"""What is asked of the catalog; each answers from an index."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any
from urllib.parse import unquote, unquote_plus

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    func,
    or_,
    select,
    tuple_,
)

from broadsheet.catalog.database import Database, chunked, last
from broadsheet.catalog.namesakes import own_keys
from broadsheet.catalog.rows import (
    UnfitError,
    latest_day,
    now,
    prepare,
    split_lines,
    to_authors,
    to_work,
)
from broadsheet.catalog.tables import counters, identifiers, records, works
from broadsheet.catalog.values import Change, Listed, Work
from broadsheet.papers import Paper, Version, parse_identifier, said_withdrawn

WORK_COLUMNS = (
    *(works.c.id, works.c.seq, works.c.published, works.c.announced, works.c.updated),
    *(works.c.versions, works.c.deleted, works.c.sources, works.c.identifiers),
    *(records.c.source, records.c.external_id, records.c.version, records.c.published),
    *(records.c.announced, records.c.updated, records.c.text_hash, records.c.identifiers),
    *(records.c.categories, records.c.title, records.c.authors, records.c.links),
    *(records.c.extra, records.c.summary, records.c.abstract),
)
# A paper's page here, or in another Broadsheet; its name tells its kind, as those of pages do.
_PAGE = re.compile(r"https?://[^?#]*?/papers(?:/([^?#]+)|\?id=([^&#]+))")
_WITH_RECORD = works.join(records, records.c.id == works.c.record_id)
# Every page asks for works: composing this statement would cost more than running it.
_ASKED = (
    select(*WORK_COLUMNS)
    .select_from(_WITH_RECORD)
    .where(works.c.id.in_(bindparam("ids", expanding=True)))
)
_THESE = _ASKED.where(works.c.alive == 1)
_THESE_OR_DELETED = _ASKED.where(
    (works.c.alive == 1) | ((works.c.deleted == 1) & works.c.merged_into.is_(None))
)


def _resolved(*, deleted: bool, bare: bool) -> Select[Any]:
    pair = tuple_(identifiers.c.value, identifiers.c.scheme)
    named = pair.in_(bindparam("pairs", expanding=True))
    condition = or_(named, identifiers.c.value == bindparam("bare")) if bare else named
    return (
        select(works.c.id)
        .join_from(identifiers, works, works.c.id == identifiers.c.work_id)
        .where(condition, works.c.alive == 1 if not deleted else works.c.record_id.is_not(None))
        .distinct()
        .order_by(works.c.id)
    )


# By whether the deleted are meant too, and whether the text may be a source's bare id.
_RESOLVED = {
    (deleted, bare): _resolved(deleted=deleted, bare=bare)
    for deleted in (False, True)
    for bare in (False, True)
}
_LISTED = (works.c.id, works.c.announced, works.c.categories, works.c.complete)


def seq(database: Database) -> int:
    """The number of the last change."""
    with database.read() as connection:
        return last(connection, "seq")


def changes(database: Database, after: int, limit: int) -> list[Change]:
    """The latest state of the works that changed after a number, in the order of change."""
    query = (
        select(works.c.alive, works.c.id, works.c.seq, *WORK_COLUMNS)
        .select_from(works.outerjoin(records, records.c.id == works.c.record_id))
        .where(works.c.seq > after)
        .order_by(works.c.seq)
        .limit(limit)
    )
    with database.read() as connection:
        return [
            Change(number, work_id, to_work(rest) if alive else None)
            for alive, work_id, number, *rest in connection.execute(query)
        ]


def get_many(database: Database, ids: Sequence[int], *, deleted: bool = False) -> dict[int, Work]:
    """Works by their number, in the order asked for; those that are gone are left out.

    ``deleted`` also gives those that were deleted by hand.
    """
    found: dict[int, Work] = {}
    query = _THESE_OR_DELETED if deleted else _THESE
    with database.read() as connection:
        for part in chunked(list(dict.fromkeys(ids))):
            for row in connection.execute(query, {"ids": part}):
                found[row[0]] = to_work(row)
    return {number: found[number] for number in ids if number in found}


def resolve(database: Database, text: str, *, deleted: bool = False) -> list[int]:
    """The works that an id, DOI or address may mean; several when it is ambiguous."""
    text = text.strip()
    if not text or "\0" in text:
        return []
    identifier, _ = parse_identifier(text)
    pairs = {(identifier.value, identifier.scheme)}
    # SOURCE:id, wherever its source's name ends.
    colons = [place for place, letter in enumerate(text) if letter == ":"][:8]
    pairs.update((text[place + 1 :], text[:place]) for place in colons)
    bare = identifier.scheme == "id"
    values: dict[str, Any] = {"pairs": sorted(pairs)} | ({"bare": text} if bare else {})
    with database.read() as connection:
        try:
            found = list(connection.execute(_RESOLVED[deleted, bare], values).scalars())
        except UnicodeEncodeError:  # half a character: no id holds one
            return []
    page = None if found else _PAGE.fullmatch(text)
    name = (unquote(page[1]) if page[1] else unquote_plus(page[2])) if page else ""
    if not name:
        return found
    # Bare names of pages are OpenReview's; a source's own id may be anyone's: /papers/12.
    bare = ":" not in name and parse_identifier(name)[0].scheme == "id"
    return resolve(database, f"openreview:{name}" if bare else name, deleted=deleted)


def work_of(database: Database, paper: Paper) -> int | None:
    """The living work that a paper was filed under, as it arrived."""
    try:
        told = prepare(paper, 0, paper.source, now())
    except UnfitError:
        return None
    # Where another has the name of its title, it is named by its authors too, and by its year.
    keys = [*own_keys(told), *told.keys]
    pair = tuple_(identifiers.c.scheme, identifiers.c.value)
    query = select(identifiers.c.scheme, identifiers.c.value, works.c.id).join_from(
        identifiers, works, works.c.id == identifiers.c.work_id
    )
    asked = [tuple(key.split("\t", 1)) for key in keys]
    with database.read() as connection:
        rows = connection.execute(query.where(pair.in_(asked), works.c.alive == 1)).all()
    found = {f"{scheme}\t{value}": number for scheme, value, number in rows}
    return next((found[key] for key in keys if key in found), None)


def versions(database: Database, work_id: int) -> list[Version]:
    """Every record of a work, in the order they arrived."""
    with database.read() as connection:
        return _versions(connection, [work_id]).get(work_id, [])


def renewed(
    database: Database, ids: Sequence[int], after: int, since: str
) -> dict[int, list[Version]]:
    """The works among these with a record behind one, and since a moment; with all records."""
    found: list[int] = []
    with database.read() as connection:
        for part in chunked(ids):
            query = select(records.c.work_id).where(
                records.c.work_id.in_(part), records.c.id > after, records.c.arrived_at > since
            )
            found += connection.execute(query.distinct()).scalars()
        return _versions(connection, found)


def _versions(connection: Connection, ids: Sequence[int]) -> dict[int, list[Version]]:
    """The records of works, each work's in the order they arrived."""
    columns = (
        *(records.c.source, records.c.external_id, records.c.version, records.c.title),
        *(records.c.abstract, records.c.published, records.c.announced, records.c.updated),
        *(records.c.arrived_at, records.c.authors, records.c.categories, records.c.extra),
        records.c.id,
    )
    found: dict[int, list[Version]] = {}
    for part in chunked(ids):
        query = select(records.c.work_id, *columns).where(records.c.work_id.in_(part))
        for number, *row in connection.execute(query.order_by(records.c.id)):
            found.setdefault(number, []).append(_version(row))
    return found


def _version(row: Sequence[Any]) -> Version:
    (
        source, external_id, label, title, abstract, published, announced, updated, arrived_at,
        authors, categories, extra, number,
    ) = row  # fmt: skip
    said = orjson.loads(extra) if extra else {}
    return Version(
        source,
        external_id,
        label,
        title,
        abstract,
        published,
        announced,
        updated,
        arrived_at,
        tuple([author.name for author in to_authors(authors)]),
        split_lines(categories),
        said_withdrawn(said),
        said,
        number,
    )


def last_record(database: Database) -> int:
    """The highest number of a record; 0 without any."""
    with database.read() as connection:
        return connection.execute(select(func.max(records.c.id))).scalar() or 0


def count(database: Database) -> int:
    """How many works there are."""
    with database.read() as connection:
        return last(connection, "works")


def sources(database: Database) -> list[tuple[str, int]]:
    """Every source with its works, the largest first."""
    query = (
        select(counters)
        .where(counters.c.name.like("source:%"), counters.c.value > 0)
        .order_by(counters.c.value.desc(), counters.c.name)
    )
    with database.read() as connection:
        return [(row.name.removeprefix("source:"), row.value) for row in connection.execute(query)]


def days(database: Database, limit: int, before: str = "") -> list[tuple[str, int]]:
    """Announced days that have come, with how many works each has, newest first, those before a
    day."""
    earlier = (counters.c.name < f"day:{before}",) if before else ()
    query = (
        select(counters)
        .where(
            counters.c.name > "day:",
            counters.c.name <= f"day:{latest_day()}",
            *earlier,
            counters.c.value > 0,
        )
        .order_by(counters.c.name.desc())
        .limit(limit)
    )
    with database.read() as connection:
        return [(row.name.removeprefix("day:"), row.value) for row in connection.execute(query)]


def listing(database: Database, first: str, last_: str) -> list[Listed]:
    """What was announced from one day to another, newest day first, then as it arrived."""
    query = select(*_LISTED).where(*_announced(first, last_))
    query = query.order_by(works.c.announced.desc(), works.c.id)
    with database.read() as connection:
        return [
            Listed(number, announced, split_lines(categories[1:-1]), bool(complete))
            for number, announced, categories, complete in connection.execute(query)
        ]


def between(
    database: Database, first: str, last_: str, *, category: str, offset: int, limit: int
) -> list[int]:
    """The works of `listing`, one page of them."""
    query = select(*_LISTED).where(*_announced(first, last_))
    query = query.order_by(works.c.announced.desc(), works.c.id)
    with database.read() as connection:
        if not category:
            page = query.with_only_columns(works.c.id).offset(offset).limit(limit)
            return list(connection.execute(page).scalars())
        return _page(_in_category(connection, query, category), offset, limit)


def _announced(first: str, last_: str) -> tuple[ColumnElement[bool], ...]:
    """The works of some days; a day that has not come has none yet."""
    last_ = min(last_, latest_day())
    return works.c.alive == 1, works.c.announced >= first, works.c.announced <= last_


def ahead(database: Database) -> list[int]:
    """The works under a day that has not come, the next day first."""
    query = select(works.c.id).where(works.c.alive == 1, works.c.announced > latest_day())
    with database.read() as connection:
        found = connection.execute(query.order_by(works.c.announced, works.c.id))
        return list(found.scalars())


def categories_between(database: Database, first: str, last_: str) -> list[tuple[str, int]]:
    """How many works of some days each category has, the most frequent first."""
    counted: dict[str, int] = {}
    query = select(works.c.categories).where(*_announced(first, last_))
    with database.read() as connection:
        for categories in connection.execute(query).scalars():
            for name in dict.fromkeys(split_lines(categories[1:-1])):
                counted[name] = counted.get(name, 0) + 1
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))


def count_between(database: Database, first: str, last_: str) -> int:
    """How many works were announced from one day to another."""
    query = select(func.count()).where(*_announced(first, last_))
    with database.read() as connection:
        return int(connection.execute(query).scalar_one())


def shelf(database: Database, source: str, *, offset: int, limit: int) -> list[int]:
    """The works of a source in the order they arrived."""
    query = (
        select(records.c.work_id)
        .distinct()
        .join_from(records, works, works.c.id == records.c.work_id)
        .where(records.c.source == source, works.c.alive == 1)
        .order_by(records.c.work_id)
        .offset(offset)
        .limit(limit)
    )
    with database.read() as connection:
        return list(connection.execute(query).scalars())


def _in_category(connection: Connection, query: Select[Any], category: str) -> Iterator[int]:
    """``cs`` is also said of everything in ``cs.LG``."""
    exact, below = f"\n{category}\n", f"\n{category}."
    for number, _, categories, _ in connection.execute(query):
        if exact in categories or below in categories:
            yield number


def _page(found: Iterator[int], offset: int, limit: int) -> list[int]:
    return list(islice(found, offset, offset + limit))
