"""Comments on papers: Markdown as it was written, moderated by curators and operators."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, case, func, select

from broadsheet.readers import checks
from broadsheet.readers.bounds import AT_ONCE, require_room
from broadsheet.readers.errors import ReadersError
from broadsheet.readers.markdown import LONGEST, to_safe_html
from broadsheet.readers.officers import require_active, require_curator
from broadsheet.readers.store import Store, families, fit, living, roots
from broadsheet.readers.tables import readers
from broadsheet.readers.tables_community import comments, locks, reports

AN_HOUR = 30
REPORTS_AN_HOUR = 30
SHOWN, HIDDEN, DELETED = "shown", "hidden", "deleted"


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment; ``html`` is safe to put on a page, and '' unless it is shown.

    ``by`` and ``name`` are the display name and the name of who wrote it.
    """

    id: int
    reader_id: int
    by: str
    name: str
    work_id: int
    parent_id: int
    body: str
    html: str
    state: Literal["shown", "hidden", "deleted"]
    at: str
    edited_at: str
    moderation: str


@dataclass(frozen=True, slots=True)
class Report:
    """A comment that readers asked a moderator to look at."""

    comment: Comment
    reasons: tuple[str, ...]
    at: str


class Comments:
    """What readers say on papers."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, reader_id: int, work_id: int, body: str, *, parent_id: int = 0) -> Comment:
        """Says something on a paper, or in answer to another comment there.

        The same words again at once are the same comment: a button that was pressed twice.
        """
        body = _body(body)
        with self._store.write() as (connection, number):
            require_active(connection, reader_id)
            root = living(connection, work_id)
            self._require_open(connection, root)
            said = select(comments.c.id).where(
                *(comments.c.reader_id == reader_id, comments.c.work_id == root),
                *(comments.c.parent_id == parent_id, comments.c.body == body),
                *(comments.c.state == SHOWN, comments.c.at > checks.later(seconds=-AT_ONCE)),
            )
            if (again := connection.execute(said).scalars().first()) is not None:
                return _comment(_one(connection, again), root)
            require_room(connection, comments, reader_id, AN_HOUR, 1, "comments")
            if parent_id:
                family = families(connection, [root])
                parent = _one(connection, parent_id)
                if parent.work_id not in family or parent.state != SHOWN:
                    raise ReadersError("the comment that this answers is gone")
            values = (number, reader_id, root, parent_id, body, SHOWN, checks.now(), "", 0, "")
            columns = comments.c.keys()
            connection.execute(comments.insert(), dict(zip(columns, values, strict=True)))
            return _comment(_one(connection, number), root)

    def edit(self, reader_id: int, comment_id: int, body: str) -> Comment:
        """Changes one's own comment."""
        body = _body(body)
        with self._store.write() as (connection, _):
            require_active(connection, reader_id)
            row = _own(connection, reader_id, comment_id)
            self._require_open(connection, roots(connection, [row.work_id])[row.work_id])
            if row.state != SHOWN:
                raise ReadersError("this comment was taken away; it cannot be changed")
            change = comments.update().where(comments.c.id == comment_id)
            connection.execute(change.values(body=body, edited_at=checks.now()))
            return _comment(_one(connection, comment_id), row.work_id)

    def delete(self, reader_id: int, comment_id: int) -> None:
        """Deletes one's own comment; nothing of what it said is kept."""
        with self._store.write() as (connection, _):
            _own(connection, reader_id, comment_id)
            change = comments.update().where(comments.c.id == comment_id)
            connection.execute(change.values(body="", state=DELETED, edited_at=checks.now()))

    def report(self, reader_id: int, comment_id: int, reason: str = "") -> None:
        """Asks a moderator to look at a comment; a second time changes the reason, and one that
        was settled waits again: the words may be others by now."""
        reason = checks.line(reason, "reason", 500, empty=True)
        with self._store.write() as (connection, number):
            require_active(connection, reader_id)
            _one(connection, comment_id)
            mine = (reports.c.comment_id == comment_id) & (reports.c.reader_id == reader_id)
            again = case((reports.c.settled == 0, reports.c.at), else_=checks.now())
            change = reports.update().where(mine).values(reason=reason, at=again, settled=0)
            if connection.execute(change).rowcount:
                return
            require_room(connection, reports, reader_id, REPORTS_AN_HOUR, 1, "reports")
            values = (number, comment_id, reader_id, reason, checks.now(), 0)
            connection.execute(reports.insert(), dict(zip(reports.c.keys(), values, strict=True)))

    def hide(self, by: int, comment_id: int, why: str = "", *, hidden: bool = True) -> Comment:
        """Takes a comment from the page, or puts it back; settles the reports of it."""
        why = checks.line(why, "reason", 500, empty=True)
        with self._store.write() as (connection, _):
            require_curator(connection, by)
            row = _one(connection, comment_id)
            if row.state == DELETED:
                raise ReadersError("this comment was deleted by who wrote it")
            change = comments.update().where(comments.c.id == comment_id)
            values = {"state": HIDDEN if hidden else SHOWN, "by_reader": by, "moderation": why}
            connection.execute(change.values(**values))
            self._settle(connection, comment_id)
            return _comment(_one(connection, comment_id), row.work_id)

    def dismiss(self, by: int, comment_id: int) -> Comment | None:
        """Settles the reports of a comment that is well as it is; None where none wait."""
        with self._store.write() as (connection, _):
            require_curator(connection, by)
            if not (fit(comment_id) and self._settle(connection, comment_id)):
                return None
            row = _one(connection, comment_id)
            return _comment(row, living(connection, row.work_id), hidden=True)

    def lock(self, by: int, work_id: int, why: str = "", *, locked: bool = True) -> None:
        """Ends the discussion of a paper, or opens it again."""
        why = checks.line(why, "reason", 500, empty=True)
        with self._store.write() as (connection, _):
            require_curator(connection, by)
            root = living(connection, work_id)
            family = list(families(connection, [root]))
            connection.execute(locks.delete().where(locks.c.work_id.in_(family)))
            if locked:
                row = {"work_id": root, "by_reader": by, "reason": why, "at": checks.now()}
                connection.execute(locks.insert(), row)

    def locked(self, work_id: int) -> str | None:
        """Why the discussion of a paper was ended ('' without a reason); None: it is open."""
        with self._store.read() as connection:
            root = roots(connection, [work_id]).get(work_id, work_id)
            return _lock(connection, root)

    def on(self, work_id: int, *, hidden: bool = False, mine: int = 0) -> list[Comment]:
        """The comments of a paper in the order they were made; ``hidden`` ones for moderators,
        and those of the reader ``mine`` for that reader.

        One that was taken away is there without its words while others answer it.
        """
        with self._store.read() as connection:
            root = roots(connection, [work_id]).get(work_id, work_id)
            family = list(families(connection, [root]))
            query = _query().where(comments.c.work_id.in_(family)).order_by(comments.c.id)
            found = [
                _comment(row, root, hidden=hidden or row.reader_id == mine)
                for row in connection.execute(query)
            ]

        def seen(item: Comment) -> bool:
            own = hidden or item.reader_id == mine
            return item.state == SHOWN or (own and item.state == HIDDEN)

        answered = {item.parent_id for item in found if seen(item)}
        return [item for item in found if seen(item) or item.id in answered]

    def count(self, work_ids: Iterable[int]) -> dict[int, int]:
        """How many comments each of these papers has."""
        asked = list(dict.fromkeys(work_ids))
        found: dict[int, int] = {}
        with self._store.read() as connection:
            above = roots(connection, asked)
            family = families(connection, set(above.values()))
            query = select(comments.c.work_id, func.count()).where(
                comments.c.work_id.in_(list(family)), comments.c.state == SHOWN
            )
            for work_id, number in connection.execute(query.group_by(comments.c.work_id)):
                root = family[work_id]
                found[root] = found.get(root, 0) + number
        return {number: found.get(above[number], 0) for number in asked}

    def of(self, reader_id: int) -> list[Comment]:
        """What a reader said, the newest first."""
        query = _query().where(comments.c.reader_id == reader_id, comments.c.state != DELETED)
        with self._store.read() as connection:
            rows = connection.execute(query.order_by(comments.c.id.desc())).all()
            above = roots(connection, {row.work_id for row in rows})
        return [_comment(row, above[row.work_id], hidden=True) for row in rows]

    def reported(self, limit: int) -> list[Report]:
        """The first ``limit`` comments that wait for a moderator, those reported first at the
        top."""
        first = (
            select(reports.c.comment_id)
            .join_from(reports, comments, comments.c.id == reports.c.comment_id)
            .where(reports.c.settled == 0, comments.c.state != DELETED)
            .group_by(reports.c.comment_id)
            .order_by(func.min(reports.c.id))
            .limit(limit)
        )
        query = select(reports).where(reports.c.settled == 0, reports.c.comment_id.in_(first))
        query = query.order_by(reports.c.id)
        with self._store.read() as connection:
            waiting: dict[int, list[Any]] = {}
            for row in connection.execute(query):
                waiting.setdefault(row.comment_id, []).append(row)
            rows = connection.execute(_query().where(comments.c.id.in_(list(waiting)))).all()
            above = roots(connection, {row.work_id for row in rows})
        found = {row.id: _comment(row, above[row.work_id], hidden=True) for row in rows}
        return [
            Report(
                found[number],
                tuple(dict.fromkeys(row.reason for row in said if row.reason)),
                said[0].at,
            )
            for number, said in waiting.items()
            if number in found and found[number].state != DELETED
        ]

    def undecided(self) -> int:
        """How many comments wait for a moderator: `reported`, counted by the database."""
        query = (
            select(func.count(reports.c.comment_id.distinct()))
            .join_from(reports, comments, comments.c.id == reports.c.comment_id)
            .where(reports.c.settled == 0, comments.c.state != DELETED)
        )
        with self._store.read() as connection:
            return int(connection.execute(query).scalar_one())

    def _require_open(self, connection: Connection, root: int) -> None:
        if _lock(connection, root) is not None:
            raise ReadersError("the discussion of this paper was ended by a moderator")

    def _settle(self, connection: Connection, comment_id: int) -> int:
        """Settles the reports of a comment, and says of how many that was new."""
        of = (reports.c.comment_id == comment_id) & (reports.c.settled == 0)
        return connection.execute(reports.update().where(of).values(settled=1)).rowcount


def _body(body: str) -> str:
    return checks.prose(body, "comment", LONGEST, empty=False)


def _lock(connection: Connection, root: int) -> str | None:
    family = list(families(connection, [root]))
    query = select(locks.c.reason).where(locks.c.work_id.in_(family))
    row = connection.execute(query).first()
    return None if row is None else row.reason


def _query() -> Any:
    return select(comments, readers.c.display, readers.c.name).join_from(
        comments, readers, readers.c.id == comments.c.reader_id
    )


def _one(connection: Connection, comment_id: int) -> Row[Any]:
    row = None
    if fit(comment_id):
        row = connection.execute(_query().where(comments.c.id == comment_id)).one_or_none()
    if row is None:
        raise ReadersError("there is no such comment; it may have been deleted")
    return row


def _own(connection: Connection, reader_id: int, comment_id: int) -> Row[Any]:
    row = _one(connection, comment_id)
    if row.reader_id != reader_id or row.state == DELETED:
        raise ReadersError("there is no such comment of yours; it may have been deleted")
    return row


def _comment(row: Row[Any], work_id: int, *, hidden: bool = False) -> Comment:
    seen = row.state == SHOWN or (hidden and row.state == HIDDEN)
    return Comment(
        row.id,
        row.reader_id,
        row.display,
        row.name,
        work_id,
        row.parent_id,
        row.body if seen else "",
        to_safe_html(row.body) if seen else "",
        row.state,
        row.at,
        row.edited_at,
        row.moderation,
    )
