"""Papers that come to notice after the day they were announced on."""

from __future__ import annotations

from datetime import date

from sqlalchemy import and_, func, select

from broadsheet.catalog.database import Database
from broadsheet.catalog.tables import identifiers, records, works
from broadsheet.catalog.tables_announcing import announced

_MOST_LATE = 5_000
# Sources take a day or two over weekends, and days end at other hours elsewhere.
_SOON = 3


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
    """Work -> set -> the last day it was cross-listed to that, of works cross-listed on the day
    ``first`` or later that were themselves announced before it, or on no day that is known."""
    day = func.max(announced.c.day)
    query = (
        select(works.c.id, announced.c.set_name, day)
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
        .group_by(works.c.id, announced.c.set_name)
        .order_by(day.desc(), works.c.id)
        .limit(_MOST_LATE)
    )
    found: dict[int, dict[str, str]] = {}
    with database.read() as connection:
        for number, set_name, last in connection.execute(query):
            found.setdefault(number, {})[set_name] = last
    return found


def _days(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def highest(database: Database) -> int:
    """The highest number that a work bears, 0 where there is none."""
    with database.read() as connection:
        return int(connection.execute(select(func.max(works.c.id))).scalar() or 0)
