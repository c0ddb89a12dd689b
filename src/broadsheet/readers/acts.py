"""What readers do to papers: a log that is only added to, so that any past state can be asked.

An act holds until it is undone; the row says when. A later act that contradicts an earlier one
takes its place, and undoing it brings the earlier one back. Works are followed through merges
when acts are read: votes on two works that become one count once, and are two again when the
merge is undone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, and_, case, distinct, func, or_, select

from broadsheet.catalog import chunked, take
from broadsheet.readers import checks
from broadsheet.readers.accounts import the_reader
from broadsheet.readers.errors import ReadersError, ThrottledError
from broadsheet.readers.officers import let_in
from broadsheet.readers.store import COUNTER, Store, families, fit, living, roots
from broadsheet.readers.tables import acts, entries, lists, readers
from broadsheet.readers.values import KINDS, LIBRARY, Act, Kind

MAX_REASON = 500
_OPPOSED: dict[str, tuple[str, ...]] = {
    "upvote": ("not_interested", "rate_down", "hide"),
    "save": ("not_interested", "hide"),
    "rate_up": ("not_interested", "rate_down", "hide"),
    "rate_down": ("upvote", "rate_up"),
    "not_interested": ("upvote", "rate_up"),
    "hide": (),
    "read": (),
    "open": (),
}
_UNSEEN: tuple[str, ...] = ("open",)
_NOTHING: frozenset[str] = frozenset()
_COLUMNS = (
    *(acts.c.id, acts.c.reader_id, acts.c.work_id, acts.c.kind, acts.c.reason),
    *(acts.c.at, acts.c.undone_at),
)


class Acts:
    """The acts of every reader."""

    def __init__(self, store: Store, per_minute: int) -> None:
        self._store = store
        self._per_minute = per_minute

    def do(
        self, reader_id: int, kind: str, work_id: int, reason: str = "", at: str | None = None
    ) -> Act:
        """Does something to a work; a second time returns the first act.

        ``at`` is for histories that are taken in: a past day or time. Raises `ReadersError`
        for an unknown work or kind, `ThrottledError` for a flood.
        """
        checks.one_of(kind, KINDS, "act")
        reason = checks.line(reason, "reason", MAX_REASON, empty=True)
        when = _past(at) if at is not None else ""
        with self._store.write() as (connection, number):
            return record(
                connection, number, reader_id, kind, work_id, reason, when, self._per_minute
            )

    def undo(self, reader_id: int, kind: str, work_id: int) -> Act | None:
        """Takes an act back, on whichever of the merged works it was done; None: there is none.

        `ReadersError` for the saving of a work that is on a list: while it is, it is saved.
        """
        checks.one_of(kind, KINDS, "act")
        with self._store.write() as (connection, _):
            return take_back(connection, reader_id, kind, work_id)

    def undo_last(self, reader_id: int) -> Act | None:
        """Takes the last act back that holds (opening a page is none); None: there is none."""
        query = select(acts.c.kind, acts.c.work_id).where(
            acts.c.reader_id == reader_id, acts.c.undone_at == "", acts.c.kind.not_in(_UNSEEN)
        )
        with self._store.write() as (connection, _):
            row = connection.execute(query.order_by(acts.c.id.desc()).limit(1)).one_or_none()
            if row is None:
                return None
            return take_back(connection, reader_id, row.kind, row.work_id)

    def of(
        self,
        reader_id: int,
        kinds: Sequence[str] | None = None,
        since: str = "",
        until: str = "",
        as_of: str = "",
    ) -> list[Act]:
        """The acts of a reader that hold, or held at ``as_of``, oldest first.

        ``since`` and ``until`` are days or times, both included. Of acts of one kind on works
        that are one now, the first.
        """
        query = select(*_COLUMNS).where(acts.c.reader_id == reader_id, _held(as_of))
        if kinds is not None:
            query = query.where(acts.c.kind.in_(list(kinds)))
        if since:
            query = query.where(acts.c.at >= checks.moment(since))
        if until:
            query = query.where(acts.c.at <= checks.moment(until, end_of_day=True))
        with self._store.read() as connection:
            rows = connection.execute(query.order_by(acts.c.at, acts.c.id)).all()
            return _unique(connection, rows)

    def state(self, reader_id: int, kind: str) -> tuple[int, int]:
        """How many acts of a kind of a reader hold, and the number of the last: another pair where
        one was done or taken back."""
        query = select(func.count(), func.max(acts.c.id)).where(
            acts.c.reader_id == reader_id, acts.c.kind == kind, acts.c.undone_at == ""
        )
        with self._store.read() as connection:
            count, last = connection.execute(query).one()
        return count, last or 0

    def log(self, reader_id: int) -> list[Act]:
        """Everything a reader ever did, what was undone included, newest first."""
        query = select(*_COLUMNS).where(acts.c.reader_id == reader_id)
        with self._store.read() as connection:
            rows = connection.execute(query.order_by(acts.c.id.desc())).all()
            above = roots(connection, {row.work_id for row in rows})
        return [_act(row, above) for row in rows]

    def states(self, reader_id: int, work_ids: Iterable[int]) -> dict[int, frozenset[str]]:
        """What holds between a reader and each of these works; every work asked for is there."""
        asked = list(dict.fromkeys(work_ids))
        with self._store.read() as connection:
            above = roots(connection, asked)
            found = _states(connection, reader_id, families(connection, set(above.values())))
        return {work_id: found.get(above[work_id], _NOTHING) for work_id in asked}

    def standings(
        self, reader_id: int | None, work_ids: Iterable[int]
    ) -> tuple[dict[int, frozenset[str]], dict[int, int]]:
        """`states` and `votes` of the same moment; None is nobody, who did nothing.

        Every page with papers asks for both: merges are followed once for the two.
        """
        asked = list(dict.fromkeys(work_ids))
        with self._store.read() as connection:
            above = roots(connection, asked)
            family = families(connection, set(above.values()))
            done = {} if reader_id is None else _states(connection, reader_id, family)
            votes = _counts(connection, _counting("upvote", ""), family)
        states = {work_id: done.get(above[work_id], _NOTHING) for work_id in asked}
        return states, {work_id: votes.get(above[work_id], 0) for work_id in asked}

    def votes(self, work_ids: Iterable[int], as_of: str = "") -> dict[int, int]:
        """How many readers vote for each of these works, or did at ``as_of``; 0 is said too.

        Votes of disabled accounts do not count.
        """
        return self.counts("upvote", work_ids, as_of)

    def counts(self, kind: str, work_ids: Iterable[int], as_of: str = "") -> dict[int, int]:
        """How many readers did one kind of thing to each of these works."""
        asked = list(dict.fromkeys(work_ids))
        wanted = _counting(kind, as_of)
        with self._store.read() as connection:
            above = roots(connection, asked)
            found = _counts(connection, wanted, families(connection, set(above.values())))
        return {work_id: found.get(above[work_id], 0) for work_id in asked}

    def votes_between(
        self, first: str, last: str, kinds: Sequence[str] = ("upvote", "save", "read")
    ) -> list[tuple[int, int, str, str]]:
        """(work, reader, kind, time) of what was done from one day or time to another, both
        included, and held at the end: the same whenever it is asked again. Oldest first; without
        what came out of a library."""
        end = checks.moment(last, end_of_day=True)
        query = select(*_COLUMNS).where(
            acts.c.at >= checks.moment(first),
            acts.c.at <= end,
            acts.c.kind.in_(list(kinds)),
            acts.c.reason != LIBRARY,
            _held(end),
            let_in(acts.c.reader_id),
        )
        with self._store.read() as connection:
            rows = connection.execute(query.order_by(acts.c.at, acts.c.id)).all()
            found = _unique(connection, rows)
        return [(act.work_id, act.reader_id, act.kind, act.at) for act in found]

    def voters(self, work_id: int, limit: int = 50) -> list[tuple[str, str]]:
        """(name, display name) of those who vote for a work and let it be seen, in that order."""
        with self._store.read() as connection:
            root = roots(connection, [work_id]).get(work_id, work_id)
            query = (
                select(readers.c.name, readers.c.display, func.min(acts.c.id))
                .join_from(acts, readers, readers.c.id == acts.c.reader_id)
                .where(
                    acts.c.work_id.in_(list(families(connection, [root]))),
                    acts.c.kind == "upvote",
                    acts.c.undone_at == "",
                    readers.c.public_votes == 1,
                    readers.c.disabled == 0,
                )
                .group_by(readers.c.id, readers.c.name, readers.c.display)
                .order_by(func.min(acts.c.id))
                .limit(limit)
            )
            return [(row.name, row.display) for row in connection.execute(query)]


def record(
    connection: Connection,
    number: int,
    reader_id: int,
    kind: str,
    work_id: int,
    reason: str,
    when: str,
    per_minute: int,
) -> Act:
    """`Acts.do` in a transaction that has begun; ``number`` is the row's if it makes one."""
    if the_reader(connection, reader_id).disabled:
        raise ReadersError("this account is disabled")
    root = living(connection, work_id)
    family = list(families(connection, [root]))
    mine = and_(acts.c.reader_id == reader_id, acts.c.undone_at == "", acts.c.work_id.in_(family))
    same = select(*_COLUMNS).where(mine, acts.c.kind == kind).order_by(acts.c.at, acts.c.id)
    row = connection.execute(same.limit(1)).one_or_none()
    if row is not None:
        return _act(row, {row.work_id: root})
    if not when and reason != LIBRARY:
        _bound(connection, reader_id, per_minute)
    at = when or checks.now()
    opposed = _OPPOSED[kind]
    if opposed:
        # An act of the past is undone no earlier than it was done.
        undone = case((acts.c.at > at, acts.c.at), else_=at)
        change = acts.update().where(mine, acts.c.kind.in_(opposed))
        connection.execute(change.values(undone_at=undone, replaced_by=number))
    values = (number, reader_id, root, kind, reason, at, "", 0)
    connection.execute(acts.insert(), dict(zip(acts.c.keys(), values, strict=True)))
    return Act(number, reader_id, root, cast("Kind", kind), reason, at, "")


def take_back(connection: Connection, reader_id: int, kind: str, work_id: int) -> Act | None:
    """`Acts.undo` in a transaction that has begun."""
    if not fit(work_id):
        return None
    root = roots(connection, [work_id])[work_id]
    family = list(families(connection, [root]))
    held = and_(
        acts.c.reader_id == reader_id,
        acts.c.kind == kind,
        acts.c.undone_at == "",
        acts.c.work_id.in_(family),
    )
    rows = connection.execute(select(*_COLUMNS).where(held).order_by(acts.c.id)).all()
    if not rows:
        return None
    if kind == "save":
        _require_unlisted(connection, reader_id, family)
    # Never before it was done, even when the clock was set back since.
    undone = max(checks.now(), *(row.at for row in rows))
    connection.execute(acts.update().where(held).values(undone_at=undone))
    _revive(connection, [row.id for row in rows], undone)
    first = rows[0]
    return Act(first.id, reader_id, root, first.kind, first.reason, first.at, undone)


def _require_unlisted(connection: Connection, reader_id: int, family: list[int]) -> None:
    """Taking it off the list is the reader's to say: what they wrote beside it goes with it."""
    query = select(lists.c.name).join(entries, entries.c.list_id == lists.c.id)
    here = (entries.c.reader_id == reader_id) & entries.c.work_id.in_(family)
    name = connection.execute(query.where(here).order_by(lists.c.id).limit(1)).scalar()
    if name is not None:
        raise ReadersError(f"it is saved on your list “{name}”; take it off that list first")


def _revive(connection: Connection, gone: list[int], at: str) -> None:
    """Does again what the acts that are gone had taken the place of."""
    query = select(acts).where(acts.c.replaced_by.in_(gone)).order_by(acts.c.id)
    replaced = connection.execute(query).all()
    rows: dict[tuple[int, str], dict[str, Any]] = {}
    for row in replaced:
        values = dict(row._mapping)
        rows[row.work_id, row.kind] = {**values, "at": at, "undone_at": "", "replaced_by": 0}
    if not rows:
        return
    first = take(connection, COUNTER, len(rows))
    connection.execute(
        acts.insert(), [{**row, "id": first + place} for place, row in enumerate(rows.values())]
    )


def _bound(connection: Connection, reader_id: int, per_minute: int) -> None:
    recent = select(func.count()).where(
        acts.c.reader_id == reader_id,
        acts.c.at > checks.later(seconds=-60),
        acts.c.reason != LIBRARY,
    )
    if connection.execute(recent).scalar_one() >= per_minute:
        raise ThrottledError(
            f"more than {per_minute} acts within a minute: wait a moment, nothing is lost", 60
        )


def _past(at: str) -> str:
    when = checks.moment(at)
    if when > checks.later(seconds=300):
        raise ReadersError("the time of an act lies in the future; see this machine's clock")
    return when


def _held(as_of: str) -> ColumnElement[bool]:
    if not as_of:
        return acts.c.undone_at == ""
    moment = checks.moment(as_of, end_of_day=True)
    return and_(acts.c.at <= moment, or_(acts.c.undone_at == "", acts.c.undone_at > moment))


def _counting(kind: str, as_of: str) -> ColumnElement[bool]:
    """The acts of one kind that count for all to see."""
    return and_(
        acts.c.kind == checks.one_of(kind, KINDS, "act"), _held(as_of), let_in(acts.c.reader_id)
    )


def _states(
    connection: Connection, reader_id: int, family: Mapping[int, int]
) -> dict[int, frozenset[str]]:
    """What holds between a reader and these works, by their roots."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for part in chunked(sorted(family)):
        query = select(acts.c.work_id, acts.c.kind).where(
            acts.c.reader_id == reader_id, acts.c.work_id.in_(part), acts.c.undone_at == ""
        )
        for work_id, kind in connection.execute(query):
            found[family[work_id]].add(kind)
    return {root: frozenset(kinds) for root, kinds in found.items()}


def _counts(
    connection: Connection, wanted: ColumnElement[bool], family: Mapping[int, int]
) -> dict[int, int]:
    """How many readers did what is wanted to these works, by their roots; no 0 is said."""
    sizes = Counter(family.values())
    alone = [number for number in family if sizes[family[number]] == 1]
    merged = [number for number in family if sizes[family[number]] > 1]
    found: dict[int, int] = {}
    people = func.count(distinct(acts.c.reader_id))
    for part in chunked(alone):
        counting = select(acts.c.work_id, people).where(acts.c.work_id.in_(part), wanted)
        found.update(map(tuple, connection.execute(counting.group_by(acts.c.work_id))))
    who: defaultdict[int, set[int]] = defaultdict(set)
    for part in chunked(merged):
        naming = select(acts.c.work_id, acts.c.reader_id)
        for work_id, reader_id in connection.execute(
            naming.where(acts.c.work_id.in_(part), wanted)
        ):
            who[family[work_id]].add(reader_id)
    return found | {root: len(people_) for root, people_ in who.items()}


def _unique(connection: Connection, rows: Sequence[Any]) -> list[Act]:
    """Acts on the works of now, the first of each reader, kind and work."""
    above = roots(connection, {row.work_id for row in rows})
    found: dict[tuple[int, int, str], Act] = {}
    for row in rows:
        act = _act(row, above)
        found.setdefault((act.reader_id, act.work_id, act.kind), act)
    return list(found.values())


def _act(row: Any, above: dict[int, int]) -> Act:
    work_id = above.get(row.work_id, row.work_id)
    return Act(row.id, row.reader_id, work_id, row.kind, row.reason, row.at, row.undone_at)
