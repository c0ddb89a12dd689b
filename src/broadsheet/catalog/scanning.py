"""Works that are kept twice, found among all that is stored: shown to a person, or joined.

Equal titles, and abstracts that contain one another under titles that changed. What `joining`
calls sure may be joined at once; the rest is for whoever runs the catalog to decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from broadsheet.catalog import identity, ledger
from broadsheet.catalog.database import Database, chunked
from broadsheet.catalog.draft import Draft
from broadsheet.catalog.errors import CatalogError
from broadsheet.catalog.identity import Union
from broadsheet.catalog.joining import COMPARED, Verdict, compared, families, judge
from broadsheet.catalog.tables import records, titles, works
from broadsheet.catalog.titles import MOST_ALIKE
from broadsheet.papers import Paper
from broadsheet.text import near_duplicates

# Abstracts compared with one another: about 1.3 GB of memory.
MOST_ABSTRACTS = 400_000
_LEAST = 0.5  # of one abstract in the other, to be compared at all
_SHOWN = works.join(records, records.c.id == works.c.record_id)


@dataclass(frozen=True, slots=True)
class Twin:
    """Two works that look like one; ``sure`` as `joining` means it, ``reason`` in words."""

    one: int
    other: int
    sure: bool
    reason: str


def scan(database: Database, *, most: int = MOST_ABSTRACTS) -> list[Twin]:
    """The living works that are there twice, the sure ones first.

    Titles are compared in the whole catalog, abstracts among the newest ``most`` works. Pairs
    that a person took apart are left out. Memory grows with ``most``: about 3 KB each.
    """
    pairs = set(_by_title(database)) | set(_by_abstract(database, most))
    found: list[Twin] = []
    for part in chunked(sorted(pairs)):
        found += _judged(database, part)
    return sorted(found, key=lambda twin: (not twin.sure, twin.one, twin.other))


def join(database: Database, one: int, other: int, reason: str) -> int:
    """Merges two living works; returns the one that stays. Logged, and undone like any merge."""
    with database.write() as connection:
        draft = Draft(database, connection)
        draft.load_works([one, other])
        for number in (one, other):
            work = draft.works.get(number)
            if work is None or not work.records or work.merged_into is not None:
                raise CatalogError(f"there is no work {number}")
        if one == other:
            raise CatalogError(f"work {one} is one already")
        survivor, absorbed = sorted((one, other), key=lambda n: (draft.works[n].deleted, n))
        identity.merge(draft, Union(survivor, absorbed, reason))
        ledger.enter_merge(
            connection,
            import_id=0,
            record_id=0,
            survivor=survivor,
            absorbed=absorbed,
            reason=reason,
        )
        draft.save()
    return survivor


def _by_title(database: Database) -> Iterator[tuple[int, int]]:
    """Pairs of works whose records bear the same title."""
    shared = (
        select(titles.c.title_key)
        .group_by(titles.c.title_key)
        .having(func.count() > 1)
        .order_by(titles.c.title_key)
    )
    query = (
        select(titles.c.title_key, records.c.work_id)
        .join_from(titles, records, records.c.id == titles.c.record_id)
        .where(titles.c.title_key.in_(shared))
        .order_by(titles.c.title_key, records.c.id)
    )
    groups: dict[int, dict[int, None]] = {}
    with database.read() as connection:
        for key, work_id in connection.execute(query):
            groups.setdefault(key, {})[work_id] = None
    for group in groups.values():
        numbers = sorted(list(group)[:MOST_ALIKE])
        for place, one in enumerate(numbers):
            yield from ((one, other) for other in numbers[place + 1 :])


def _by_abstract(database: Database, most: int) -> Iterator[tuple[int, int]]:
    """Pairs of works of which one has half of the other's abstract, or more."""
    query = (
        select(works.c.id, records.c.abstract)
        .select_from(_SHOWN)
        .where(works.c.alive == 1, records.c.fullness >= 2)
        .order_by(works.c.id.desc())
        .limit(most)
    )
    with database.read() as connection:
        rows = [(number, abstract) for number, abstract in connection.execute(query)]
    for near in near_duplicates([abstract for _, abstract in rows], _LEAST):
        one, other = rows[near.one][0], rows[near.other][0]
        yield min(one, other), max(one, other)


def _judged(database: Database, pairs: Sequence[tuple[int, int]]) -> Iterator[Twin]:
    """The pairs that are, or may be, one work."""
    numbers = sorted({number for pair in pairs for number in pair})
    told: dict[int, Paper] = {}
    with database.read() as connection:
        draft = Draft(database, connection)
        draft.load_works(numbers)
        for part in chunked(numbers):
            query = select(works.c.id, *COMPARED).select_from(_SHOWN)
            rows = connection.execute(query.where(works.c.id.in_(part), works.c.alive == 1))
            told |= {number: compared(number, columns) for number, *columns in rows}
        family = families(draft.works.values())
        apart = identity.taken_apart(connection, {n for group in family.values() for n in group})
    parted = {pair for a, b in apart for pair in ((a, b), (b, a))}
    for one, other in pairs:
        if one not in told or other not in told:
            continue
        judged = judge(told[one], told[other])
        if judged.verdict is Verdict.APART:
            continue
        if any((a, b) in parted for a in family[one] for b in family[other]):
            continue
        yield Twin(one, other, judged.verdict is Verdict.JOIN, judged.reason)
