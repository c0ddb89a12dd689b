"""What a page says was announced, entered into the ledger; stale batches are known for what
they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from broadsheet.catalog.database import chunked
from broadsheet.catalog.rows import MAX_ID, latest_day
from broadsheet.catalog.tables_announcing import announced, listings
from broadsheet.papers import Identifier, parse_identifier
from broadsheet.sources import Announced, Listing, Page

FRESH, STALE = "fresh", "stale"

# A source announces a paper as new to a set once. Where so many of a day's were announced as new
# on an earlier day, the batch is an old one: real listings repeat less than one in a hundred.
_OVERLAP = 0.5
_FEWEST = 3

# (value, scheme) -> (kind, version), and those by (set, day).
_Entries = dict[tuple[str, str], tuple[str, str]]
_Batches = dict[tuple[str, str], _Entries]


def name_of(id_: str, source: str) -> tuple[Identifier, str]:
    """The identifier an announced id stands for, as papers of that source get it, and its
    version."""
    return parse_identifier(id_.removeprefix(f"{source}:"), source)


def names_in(page: Page, source: str, raws: Sequence[bytes]) -> list[str]:
    """The announced papers of a page (``scheme<TAB>value``) that are named in records which
    could not be taken."""
    found = []
    for line in page.announced if raws else ():
        identifier, _ = name_of(line.id, source)
        value = identifier.value.encode("utf-8", "replace")
        if any(value in raw for raw in raws):
            found.append(f"{identifier.scheme}\t{identifier.value}")
    return found


def enter_listings(connection: Connection, listing: str, source: str, page: Page, at: str) -> int:
    """Enters what a page announced at a moment; returns how many lines are new to the ledger.

    The lines of a stale batch are not entered: they are of another day, which has them already.
    """
    by_batch = _by_batch(connection, listing, source, page, at)
    states: dict[tuple[str, str], str] = {}
    for batch in _come(page.listings, by_batch, at):
        key = (batch.set, batch.day)
        states[key] = _enter_batch(connection, listing, batch, by_batch.get(key, {}), at)
    entered = 0
    for (set_name, day), entries in by_batch.items():
        if (states.get((set_name, day)) or _state(connection, listing, set_name, day)) == STALE:
            continue
        entered += _enter_lines(connection, listing, set_name, day, entries)
    return entered + _enter_deleted(connection, listing, source, page, at[:10])


def _by_batch(connection: Connection, listing: str, source: str, page: Page, at: str) -> _Batches:
    """What a page announced, by set and day.

    What it announces for a day that has not come is announced when it is first heard.
    """
    by_batch: _Batches = defaultdict(dict)
    early: dict[str, _Entries] = defaultdict(dict)
    for line in page.announced:
        if entry := _entry(line, source):
            waits = line.day > latest_day(at)
            (early[line.set] if waits else by_batch[line.set, line.day]).setdefault(*entry)
    for set_name, entries in early.items():
        heard: set[tuple[str, str]] = set()
        for part in chunked([value for value, _ in entries]):
            query = select(announced.c.value, announced.c.scheme).where(
                announced.c.value.in_(part),
                announced.c.listing == listing,
                announced.c.set_name == set_name,
            )
            heard |= {(value, scheme) for value, scheme in connection.execute(query)}
        for name, said in entries.items():
            if name not in heard:
                by_batch[set_name, at[:10]].setdefault(name, said)
    return by_batch


def _come(batches: Iterable[Listing], by_batch: _Batches, at: str) -> Iterable[Listing]:
    """The batches of a page, those of a day that has not come under the newest day of their
    lines; without lines there is nothing to tell of."""
    for batch in batches:
        if batch.day <= latest_day(at):
            yield batch
        elif days := [day for set_name, day in by_batch if set_name == batch.set]:
            yield replace(batch, day=max(days))


def mark_outcomes(connection: Connection, outcomes: dict[str, str], import_id: int) -> None:
    """Writes down what became of papers, wherever they were announced and still awaited."""
    rows = []
    for name, outcome in outcomes.items():
        scheme, _, value = name.partition("\t")
        rows.append({"v": value, "s": scheme, "outcome": outcome, "import_id": import_id})
    if rows:
        change = announced.update().where(
            announced.c.value == bindparam("v"),
            announced.c.scheme == bindparam("s"),
            (announced.c.outcome == "") | (announced.c.outcome == "rejected"),
        )
        connection.execute(change, rows)


def _entry(line: Announced, source: str) -> tuple[tuple[str, str], tuple[str, str]] | None:
    """(value, scheme), (kind, version); None for what cannot be an id."""
    identifier, version = name_of(line.id, source)
    if not identifier.value.isprintable() or not 0 < len(identifier.value) <= MAX_ID:
        return None
    return (identifier.value, identifier.scheme), (line.kind, version)


def _enter_batch(
    connection: Connection,
    listing: str,
    batch: Listing,
    entries: _Entries,
    at: str,
) -> str:
    """Writes down what a source says of a batch; returns whether this one is stale."""
    here = (
        (listings.c.listing == listing)
        & (listings.c.set_name == batch.set)
        & (listings.c.day == batch.day)
    )
    known = connection.execute(select(listings).where(here)).one_or_none()
    state = STALE if _is_stale(connection, listing, batch, entries) else FRESH
    if known is not None and known.state == FRESH and state == STALE:
        return STALE  # one of the source's machines is behind; what the others said holds
    values = {
        "built": batch.built[:100],
        "fingerprint": batch.fingerprint,
        "total": -1 if batch.total is None else batch.total,
        "state": state,
        "last_at": at,
    }
    if known is None:
        key = {"listing": listing, "set_name": batch.set, "day": batch.day, "first_at": at}
        connection.execute(listings.insert(), {**key, **values})
    else:
        connection.execute(listings.update().where(here).values(values))
    return state


def _is_stale(
    connection: Connection,
    listing: str,
    batch: Listing,
    entries: _Entries,
) -> bool:
    """Whether a batch is an earlier day's: the same ids, or ids that were new before."""
    before = (
        select(listings.c.fingerprint)
        .where(
            listings.c.listing == listing,
            listings.c.set_name == batch.set,
            listings.c.day < batch.day,
            listings.c.state == FRESH,
        )
        .order_by(listings.c.day.desc())
        .limit(1)
    )
    fingerprint = connection.execute(before).scalar_one_or_none()
    if entries and fingerprint is not None and fingerprint == batch.fingerprint:
        return True
    fresh = [value for (value, _), (kind, _) in entries.items() if kind == "new"]
    if len(fresh) < _FEWEST:
        return False
    again = 0
    for part in chunked(fresh):
        query = select(func.count(announced.c.value.distinct())).where(
            announced.c.value.in_(part),
            announced.c.listing == listing,
            announced.c.set_name == batch.set,
            announced.c.day < batch.day,
            announced.c.kind == "new",
        )
        again += int(connection.execute(query).scalar_one())
    return again >= _OVERLAP * len(fresh)


def _state(connection: Connection, listing: str, set_name: str, day: str) -> str:
    query = select(listings.c.state).where(
        listings.c.listing == listing, listings.c.set_name == set_name, listings.c.day == day
    )
    return connection.execute(query).scalar_one_or_none() or FRESH


def _enter_lines(
    connection: Connection,
    listing: str,
    set_name: str,
    day: str,
    entries: _Entries,
) -> int:
    there = select(announced.c.value, announced.c.scheme).where(
        announced.c.listing == listing, announced.c.day == day, announced.c.set_name == set_name
    )
    known = {(value, scheme) for value, scheme in connection.execute(there)}
    rows: list[dict[str, Any]] = [
        {
            "listing": listing,
            "day": day,
            "set_name": set_name,
            "value": value,
            "scheme": scheme,
            "kind": kind,
            "version": version,
            "outcome": "",
            "import_id": 0,
        }
        for (value, scheme), (kind, version) in entries.items()
        if (value, scheme) not in known
    ]
    if rows:
        connection.execute(announced.insert(), rows)
    return len(rows)


def _enter_deleted(connection: Connection, listing: str, source: str, page: Page, day: str) -> int:
    """What a source no longer has and its listing does not say, under the day we heard of it."""
    said = {line.id for line in page.announced if line.kind == "deleted"}
    lines: Iterable[Announced] = (
        Announced("", day, id_, "deleted") for id_ in page.deleted if id_ not in said
    )
    entries = dict(entry for line in lines if (entry := _entry(line, source)))
    return _enter_lines(connection, listing, "", day, entries) if entries else 0
