"""Papers that come to notice after the day they were announced on."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from sqlalchemy import Connection, Select, and_, exists, func, or_, select

from broadsheet.catalog.database import Database, chunked
from broadsheet.catalog.rows import split_lines
from broadsheet.catalog.tables import identifiers, imports, records, works
from broadsheet.catalog.tables_announcing import announced, syncs
from broadsheet.sources import in_set

_MOST_LATE = 5_000
# Sources take a day or two over weekends, and days end at other hours elsewhere.
_SOON = 3
# What is older is an archive that is filled in.
_LATE_DAYS = 30
# Papers of a file that tell whether it names all categories: one in two of arXiv has several.
_SAMPLE = 500
# Of all records: so many new ones are looked through by an index of all. A row costs four times as
# much as an entry there.
_LARGE_SHARE = 4


def arrived_late(database: Database, first: str, before: str, since: str) -> dict[int, str]:
    """Work -> day it was announced on, of works announced from the day ``first`` to one before
    the day ``before`` of which nothing was here before the day ``since``, nor within three days
    of its own; the newest first, and no more than 5,000."""
    of_work = select(func.min(records.c.arrived_at)).where(records.c.work_id == works.c.id)
    arrived = of_work.scalar_subquery()
    query = (
        select(works.c.id, works.c.announced, arrived)
        .where(
            works.c.alive == 1,
            works.c.announced >= first,
            works.c.announced < before,
            arrived >= since,
        )
        .order_by(works.c.announced.desc(), works.c.id)
        .limit(_MOST_LATE)
    )
    with database.read() as connection:
        rows = connection.execute(query).all()
    return {number: day for number, day, at in rows if _days(day, at[:10]) >= _SOON}


def cross_listed(database: Database, first: str) -> dict[int, dict[str, str]]:
    """Work -> set or category -> the last day it was cross-listed to that, of works cross-listed
    on the day ``first`` or later that were themselves announced before it, or on no day that is
    known.

    A feed says so of a set; a harvest does by a record with a category that none before had, and
    a file by one that states a later day besides. In
    place of a group that a paper was in before (``cs``) stand the categories that it got in it.
    """
    day = func.max(announced.c.day)
    query = (
        select(works.c.id, works.c.categories, announced.c.set_name, day)
        .join(
            identifiers,
            and_(
                identifiers.c.value == announced.c.value,
                identifiers.c.scheme == announced.c.scheme,
            ),
        )
        .join(works, works.c.id == identifiers.c.work_id)
        .where(
            announced.c.kind == "cross",
            announced.c.day >= first,
            works.c.alive == 1,
            works.c.announced < first,
        )
        .group_by(works.c.id, works.c.categories, announced.c.set_name)
        .order_by(day.desc(), works.c.id)
        .limit(_MOST_LATE)
    )
    found: dict[int, dict[str, str]] = {}
    filed: dict[int, tuple[str, ...]] = {}
    with database.read() as connection:
        for number, categories, set_name, last in connection.execute(query):
            found.setdefault(number, {})[set_name] = last
            filed[number] = split_lines(categories[1:-1])
        _name_within_groups(connection, found, filed, first)
        for number, category, last in _refiled(connection, first):
            before = found.setdefault(number, {}).get(category, "")
            found[number][category] = max(before, last)
    return found


def _name_within_groups(
    connection: Connection,
    found: dict[int, dict[str, str]],
    filed: dict[int, tuple[str, ...]],
    first: str,
) -> None:
    """Puts the categories that works got since the day ``first`` in place of the groups of them
    that a feed named; a group of which nothing was known before stays."""
    groups = {
        number: [name for name in sets if name not in filed[number]]
        for number, sets in found.items()
    }
    groups = {number: names for number, names in groups.items() if names}
    had: dict[int, set[str]] = defaultdict(set)
    for part in chunked(list(groups)):
        query = select(records.c.work_id, records.c.categories).where(
            records.c.work_id.in_(part), records.c.arrived_at < first
        )
        for number, categories in connection.execute(query):
            had[number].update(split_lines(categories))
    for number, names in groups.items():
        for name in names:
            if not in_set(tuple(had[number]), name):
                continue
            day = found[number].pop(name)
            for one in filed[number]:
                if in_set((one,), name) and one not in had[number]:
                    found[number][one] = max(found[number].get(one, ""), day)
        if not found[number]:
            del found[number]


def _refiled(connection: Connection, first: str) -> list[tuple[int, str, str]]:
    """The categories that syncs and imports since the day ``first`` brought to works of before
    it, which none of their records from the same source had: (work, category, day)."""
    if (since := _first_record(connection, first)) is None:
        return []
    came = _came_again(connection, since)
    query = (
        select(
            *(records.c.work_id, records.c.source, records.c.name, records.c.import_id),
            *(records.c.announced, records.c.updated, records.c.arrived_at, records.c.categories),
        )
        .join(works, works.c.id == records.c.work_id)
        .where(works.c.alive == 1, works.c.announced < first)
        .where(records.c.work_id.in_(came))
    )
    origins = _Origins(connection)
    long_ago = _late_days_before(first)
    had: dict[tuple[int, str, str], tuple[set[str], str, str]] = {}
    found = []
    for number, source, name, import_id, *days, at, categories in connection.execute(query).all():
        now = split_lines(categories)
        if not origins.names_all(import_id, now):
            continue
        key, states = (number, source, name), max(day[:10] for day in days)
        before, came_on, stated = had.get(key, (set[str](), "", ""))
        further = [one for one in now if one not in before]
        if before and further and at >= first:
            if origins.is_synced(import_id):
                day = _changed_on(connection, name, came_on, at[:10])
            else:
                # Two copies of an archive do not say when between them it was.
                day = min(states, at[:10]) if states > max(stated, long_ago) else ""
            found += [(number, one, day) for one in further if day]
        had[key] = (before | set(now), at[:10], max(stated, states))
    return found[-_MOST_LATE:]


def _came_again(connection: Connection, since: int) -> Select[int]:
    """The works of which a record from the number ``since`` on is not the first."""
    last = int(connection.execute(select(func.max(records.c.id))).scalar() or 0)
    if last - since > last // _LARGE_SHARE:
        # After a mass import: the index by work alone is read, none of the long rows.
        every = select(records.c.work_id).group_by(records.c.work_id)
        return every.having(func.count() > 1, func.max(records.c.id) >= since)
    older = records.alias("older")
    return select(records.c.work_id).where(
        records.c.id >= since,
        exists().where(older.c.work_id == records.c.work_id, older.c.id < records.c.id),
    )


def _first_record(connection: Connection, first: str) -> int | None:
    """A record before all that arrived since the day ``first``; None where none did."""
    query = (
        select(func.min(imports.c.first_record))
        .outerjoin(syncs, syncs.c.import_id == imports.c.id)
        .where(
            or_(
                syncs.c.moved_at >= first,
                imports.c.finished_at >= first,
                # Cut short, it has ended at no time: it began not long ago, or is given up.
                and_(imports.c.finished_at == "", imports.c.started_at >= _late_days_before(first)),
            )
        )
    )
    return connection.execute(query).scalar()


class _Origins:
    """Where records came from: files may name the first category of a paper alone."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._synced: dict[int, bool] = {}
        self._whole: dict[int, bool] = {}

    def is_synced(self, import_id: int) -> bool:
        """Whether a sync brought the records of an import."""
        if import_id not in self._synced:
            query = select(syncs.c.id).where(syncs.c.import_id == import_id)
            self._synced[import_id] = self._connection.execute(query).first() is not None
        return self._synced[import_id]

    def names_all(self, import_id: int, categories: tuple[str, ...]) -> bool:
        """Whether a record of an import with these categories has all that its paper had."""
        if len(categories) > 1 or self.is_synced(import_id):
            return True
        if import_id not in self._whole:
            self._whole[import_id] = self._names_several(import_id)
        return self._whole[import_id]

    def _names_several(self, import_id: int) -> bool:
        query = select(imports.c.format, imports.c.first_record).where(imports.c.id == import_id)
        for format_, start in self._connection.execute(query):
            some = select(records.c.categories).where(
                records.c.id.between(start, start + _SAMPLE), records.c.import_id == import_id
            )
            said = self._connection.execute(some).scalars()
            return format_ == "arxiv-snapshot" or any("\n" in one for one in said)
        return False


def _changed_on(connection: Connection, name: str, before: str, came: str) -> str:
    """The day that a source states for a record that came on a day, and the one before it on
    another; where it states none, the day it came."""
    scheme, _, value = name.partition("\t")
    query = select(func.max(announced.c.day)).where(
        announced.c.value == value,
        announced.c.scheme == scheme,
        announced.c.day >= before,
        announced.c.day <= came,
    )
    return connection.execute(query).scalar() or came


def _late_days_before(first: str) -> str:
    return (date.fromisoformat(first) - timedelta(days=_LATE_DAYS)).isoformat()


def _days(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def highest(database: Database) -> int:
    """The highest number that a work bears, 0 where there is none."""
    with database.read() as connection:
        return int(connection.execute(select(func.max(works.c.id))).scalar() or 0)
