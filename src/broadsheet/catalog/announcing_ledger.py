"""What became of what was announced: counted from the catalog as it is now, nothing kept twice.

So an import that is taken back, a merge or a deletion shows in the ledger at once, and no count
can drift away from the papers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    Case,
    ColumnElement,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from broadsheet.catalog.announcing import ledger_seq
from broadsheet.catalog.announcing_listing import FRESH, STALE
from broadsheet.catalog.announcing_values import NEW_KINDS, REPLACED_KINDS, DayCount, LedgerRow
from broadsheet.catalog.database import Database
from broadsheet.catalog.ledger import UNDOING, UNDONE
from broadsheet.catalog.rows import latest_day
from broadsheet.catalog.tables import identifiers, imports, records, works
from broadsheet.catalog.tables_announcing import announced, listings
from broadsheet.papers import Identifier

_COUNTED = (
    *("announced", "new", "fetched", "stored", "merged", "rejected"),
    *("undone", "indexed", "deleted"),
)
_KINDS = (*NEW_KINDS, *REPLACED_KINDS, "listed")
_JOINED = (
    announced.outerjoin(
        identifiers,
        and_(identifiers.c.value == announced.c.value, identifiers.c.scheme == announced.c.scheme),
    )
    .outerjoin(works, works.c.id == identifiers.c.work_id)
    .outerjoin(
        imports,
        and_(imports.c.id == announced.c.import_id, imports.c.state.in_((UNDONE, UNDOING))),
    )
)
_LISTED = announced.c.kind.in_(_KINDS)
_DISTINCT = (announced.c.value, announced.c.scheme)


def _is_stored() -> ColumnElement[bool]:
    """Whether the catalog has what a line announces: the paper, and the version it names.

    A record that bears no version is taken to be the one announced when it arrived on that day
    or later.
    """
    at_least = or_(
        func.length(records.c.version) > func.length(announced.c.version),
        and_(
            func.length(records.c.version) == func.length(announced.c.version),
            records.c.version >= announced.c.version,
        ),
        and_(records.c.version == "", records.c.arrived_at >= announced.c.day),
    )
    version = exists().where(records.c.work_id == identifiers.c.work_id, at_least)
    of_replacement = and_(
        announced.c.kind.in_(REPLACED_KINDS), announced.c.version != "", works.c.deleted == 0
    )
    return and_(identifiers.c.work_id.is_not(None), or_(~of_replacement, version))


_STORED = _is_stored()


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    one: Case[int] = case((condition, 1), else_=0)
    return func.coalesce(func.sum(one), 0)


class Completeness:
    """The ledger of a catalog, as it is at the moment it is asked."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def seq(self) -> int:
        """A number that grows whenever the ledger may look different."""
        return ledger_seq(self._database)

    def rows(
        self,
        first: str,
        last: str,
        *,
        listing: str = "",
        set_name: str = "",
        applied_seq: int = -1,
    ) -> list[LedgerRow]:
        """The ledger of these days (ISO, both included), newest day first, then by name.

        ``applied_seq`` is how far the index has followed the catalog.
        """
        where = _where(announced, first, last, listing, set_name)
        filed = or_(works.c.seq <= literal(applied_seq), works.c.alive == 0)
        counts = (
            _sum(_LISTED),
            _sum(announced.c.kind.in_(NEW_KINDS)),
            _sum(and_(_LISTED, or_(announced.c.outcome != "", _STORED))),
            _sum(and_(_LISTED, _STORED)),
            _sum(and_(_LISTED, _STORED, announced.c.outcome == "merged")),
            _sum(and_(_LISTED, ~func.coalesce(_STORED, False), announced.c.outcome == "rejected")),
            _sum(and_(_LISTED, ~func.coalesce(_STORED, False), imports.c.id.is_not(None))),
            _sum(and_(_LISTED, _STORED, filed)),
            _sum(announced.c.kind == "deleted"),
        )
        key = (announced.c.listing, announced.c.set_name, announced.c.day)
        query = select(*key, *counts).select_from(_JOINED).where(*where).group_by(*key)
        said = select(listings).where(*_where(listings, first, last, listing, set_name))
        with self._database.read() as connection:
            found = {tuple(row[:3]): row[3:] for row in connection.execute(query).all()}
            batches = {(b.listing, b.set_name, b.day): b for b in connection.execute(said).all()}
        ledger = [_row(key, found.get(key), batches.get(key)) for key in {*found, *batches}]
        ledger.sort(key=lambda row: (row.listing, row.set))
        ledger.sort(key=lambda row: row.day, reverse=True)
        return ledger

    def day_counts(self, listing: str, first: str, last: str) -> list[DayCount]:
        """All sets of a listing together, a paper counted once a day; oldest day first."""
        missing = and_(~func.coalesce(_STORED, False), imports.c.id.is_(None))
        name = announced.c.scheme + "\t" + announced.c.value
        query = (
            select(
                announced.c.day,
                func.count(name.distinct()),
                func.count(case((missing, name)).distinct()),
                func.max(case((announced.c.kind.in_(NEW_KINDS), 1), else_=0)),
            )
            .select_from(_JOINED)
            .where(
                announced.c.listing == listing,
                announced.c.day >= first,
                announced.c.day <= last,
                _LISTED,
            )
            .group_by(announced.c.day)
            .order_by(announced.c.day)
        )
        with self._database.read() as connection:
            return [
                DayCount(day, count, gone, bool(news))
                for day, count, gone, news in connection.execute(query)
            ]

    def missing(self, listing: str, day: str, set_name: str = "", limit: int = 10_000) -> list[str]:
        """The ids that were announced on a day and are not here, as ``scheme<TAB>value``; without
        those an operator took back."""
        query = (
            select(announced.c.scheme, announced.c.value)
            .distinct()
            .select_from(_JOINED)
            .where(
                announced.c.listing == listing,
                announced.c.day == day,
                _LISTED,
                ~func.coalesce(_STORED, False),
                imports.c.id.is_(None),
            )
            .order_by(announced.c.value)
            .limit(limit)
        )
        if set_name:
            query = query.where(announced.c.set_name == set_name)
        with self._database.read() as connection:
            return [f"{scheme}\t{value}" for scheme, value in connection.execute(query)]

    def unread(self, listing: str, days: Sequence[str], limit: int = 10_000) -> list[str]:
        """The ids that were announced on these days in records which could not be taken, and that
        have not come since, as ``scheme<TAB>value``; without those an operator took back."""
        query = (
            select(announced.c.scheme, announced.c.value)
            .distinct()
            .select_from(_JOINED)
            .where(
                announced.c.listing == listing,
                announced.c.day.in_(days),
                _LISTED,
                announced.c.outcome == "rejected",
                imports.c.id.is_(None),
            )
            .order_by(announced.c.value)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [f"{scheme}\t{value}" for scheme, value in connection.execute(query)]

    def answered(self, listing: str) -> tuple[str, str]:
        """When a source last built a listing, by its clock and by this machine's, ISO; both ''
        where it never did."""
        query = (
            select(listings.c.built, listings.c.last_at)
            .where(listings.c.listing == listing)
            .order_by(listings.c.built.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return ("", "") if row is None else (row.built, row.last_at)

    def works_announced(self, listing: str, day: str, set_name: str) -> list[int]:
        """The works that a set of a listing announced on a day and that are here."""
        query = (
            select(works.c.id)
            .distinct()
            .select_from(_JOINED)
            .where(
                announced.c.listing == listing,
                announced.c.day == day,
                announced.c.set_name == set_name,
                _LISTED,
                works.c.alive == 1,
            )
        )
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    def new_counts(
        self, listing: str, set_name: str, before: str, limit: int
    ) -> list[tuple[str, int]]:
        """How many papers were new to a set on each of the last days before one, oldest first.

        Only days that have a listing which is not stale.
        """
        query = (
            select(
                listings.c.day,
                func.count(announced.c.value),
            )
            .select_from(
                listings.outerjoin(
                    announced,
                    and_(
                        announced.c.listing == listings.c.listing,
                        announced.c.day == listings.c.day,
                        announced.c.set_name == listings.c.set_name,
                        announced.c.kind.in_(NEW_KINDS),
                    ),
                )
            )
            .where(
                listings.c.listing == listing,
                listings.c.set_name == set_name,
                listings.c.day < before,
                listings.c.state == FRESH,
            )
            .group_by(listings.c.day)
            .order_by(listings.c.day.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            return [(day, int(count)) for day, count in connection.execute(query)][::-1]

    def named_on(
        self, listing: str, first: str, last: str, kinds: Sequence[str], set_name: str
    ) -> set[str]:
        """The values of the ids that a set of a listing named on these days, of some kinds."""
        query = select(announced.c.value).where(
            announced.c.listing == listing,
            announced.c.set_name == set_name,
            announced.c.day >= first,
            announced.c.day <= last,
        )
        if kinds:
            query = query.where(announced.c.kind.in_(kinds))
        with self._database.read() as connection:
            return set(connection.execute(query).scalars())

    def first_announced(self, listing: str, day: str, set_name: str) -> set[str]:
        """The values of the ids that a listing's set names about a day (two before it to it) and
        whose papers were, as far as we know, announced on that day for the first time."""
        before = (date.fromisoformat(day) - timedelta(days=2)).isoformat()
        query = (
            select(announced.c.value)
            .select_from(_JOINED)
            .where(
                announced.c.listing == listing,
                announced.c.set_name == set_name,
                announced.c.day >= before,
                announced.c.day <= day,
                announced.c.kind != "deleted",
                works.c.announced == day,
            )
        )
        with self._database.read() as connection:
            return set(connection.execute(query).scalars())

    def brought(self, import_id: int, until: str) -> int:
        """How many papers published up to a day nothing but this import has brought."""
        span = select(imports.c.first_record, imports.c.last_record).where(
            imports.c.id == import_id
        )
        query = (
            select(func.count())
            .select_from(records.join(works, works.c.record_id == records.c.id))
            .where(
                records.c.id.between(bindparam("first"), bindparam("last")),
                records.c.import_id == import_id,
                records.c.published != "",
                records.c.published <= until,
                works.c.versions == 1,
                works.c.alive == 1,
            )
        )
        with self._database.read() as connection:
            row = connection.execute(span).one_or_none()
            if row is None:
                return 0
            return int(connection.execute(query, {"first": row[0], "last": row[1]}).scalar_one())

    def gone(self, names: Sequence[Identifier]) -> tuple[str, str] | None:
        """The listing that said last of a paper of these identifiers that its source has it no
        more, and on what day; None where what was said of it last is something else."""
        deleted = announced.c.kind == "deleted"
        pair = tuple_(announced.c.value, announced.c.scheme)
        query = select(announced.c.listing, announced.c.day, announced.c.kind).where(
            # By the values alone SQLite looks into the index; by pairs it would read everything.
            announced.c.value.in_([name.value for name in names]),
            pair.in_([(name.value, name.scheme) for name in names]),
        )
        with self._database.read() as connection:
            last = connection.execute(
                query.order_by(announced.c.day.desc(), deleted.desc())
            ).first()
        return (last.listing, last.day) if last and last.kind == "deleted" else None

    def first_day(self, listing: str) -> str:
        """The first day that a listing was heard of; '' for never."""
        query = select(func.min(listings.c.day)).where(listings.c.listing == listing)
        with self._database.read() as connection:
            return connection.execute(query).scalar_one() or ""

    def last_day(self) -> str:
        """The newest day that has come and that a listing named something new for, or anything;
        '' for none."""
        query = select(func.max(announced.c.day)).where(announced.c.day <= latest_day())
        with self._database.read() as connection:
            for asked in (query.where(announced.c.kind.in_(NEW_KINDS)), query):
                if day := connection.execute(asked).scalar_one():
                    return str(day)
        return ""

    def listing_names(self, first: str) -> list[tuple[str, str]]:
        """Every listing and set that was heard of since a day."""
        query = (
            select(listings.c.listing, listings.c.set_name)
            .distinct()
            .where(listings.c.day >= first)
            .order_by(listings.c.listing, listings.c.set_name)
        )
        lines = (
            select(announced.c.listing, announced.c.set_name)
            .distinct()
            .where(announced.c.day >= first, announced.c.set_name != "")
        )
        with self._database.read() as connection:
            found = {tuple(row) for row in connection.execute(query)}
            found |= {tuple(row) for row in connection.execute(lines)}
        return sorted(found)


def _where(
    table: Any, first: str, last: str, listing: str, set_name: str
) -> list[ColumnElement[bool]]:
    where = [table.c.day >= first, table.c.day <= last]
    if listing:
        where.append(table.c.listing == listing)
    if set_name:
        where.append(table.c.set_name == set_name)
    return where


def _row(key: tuple[str, ...], counts: Sequence[int] | None, batch: Any) -> LedgerRow:
    listing, set_name, day = key
    row = LedgerRow(
        listing,
        set_name,
        day,
        total=None if batch is None or batch.total < 0 else batch.total,
        stale=batch is not None and batch.state == STALE,
    )
    if counts is None:
        return row
    named: dict[str, Any] = dict(zip(_COUNTED, map(int, counts), strict=True))
    return replace(row, **named)
