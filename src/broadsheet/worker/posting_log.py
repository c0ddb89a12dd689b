"""The send log: one row a mail, written before anything is sent, so that nothing is sent twice."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import (
    ColumnElement,
    Connection,
    Exists,
    FromClause,
    and_,
    case,
    exists,
    func,
    or_,
    select,
)

from broadsheet.catalog import Database
from broadsheet.editions import Digest
from broadsheet.readers import LETTER, post, postboxes

# prepared: to be sent from `next_at` on. sending: handed to a server just now, or a process was
# killed while it did. unanswered: handed over whole, and no answer came. quiet: nothing to say.
State = Literal["prepared", "sending", "sent", "failed", "unanswered", "quiet"]

_COLUMNS = tuple(post.c)


@dataclass(frozen=True, slots=True)
class Mail:
    """A row of the log. Times are UTC, ``2026-08-21T05:00:00Z``; '' where there is none."""

    reader_id: int
    key: str
    state: State
    message_id: str
    address: str
    content: str
    attempts: int
    next_at: str
    owner: str
    answer: str
    made_at: str
    sent_at: str


@dataclass(frozen=True, slots=True)
class Known:
    """What tells whether a mail is to be made: `Mail` without what it says."""

    state: State
    answer: str
    made_at: str


@dataclass(frozen=True, slots=True)
class Postbox:
    """What is known of a reader's address, and how they want their digests."""

    reader_id: int
    address: str = ""
    failures: int = 0
    bouncing_at: str = ""
    quiet: bool = False
    feed_key: str = ""

    def refuses(self, address: str) -> str:
        """Since when nothing is sent to an address, as it refused mail again and again; '' where
        it takes mail."""
        return self.bouncing_at if address and address == self.address else ""


def stamp(moment: datetime) -> str:
    """A moment as the log stores it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class PostLog:
    """The log of one catalog. Every method is one short transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, mail: Mail) -> bool:
        """Adds a mail; False where this reader has one of this key. A quiet one gives way."""
        with self._database.write() as connection:
            found = self._one(connection, mail.reader_id, mail.key)
            if found is not None and found.state != "quiet":
                return False
            if found is not None:
                connection.execute(post.delete().where(*_is(mail)))
            connection.execute(post.insert(), _values(mail))
            return True

    def get(self, reader_id: int, key: str) -> Mail | None:
        """A reader's mail of a key."""
        with self._database.read() as connection:
            return self._one(connection, reader_id, key)

    def known(self, keys: Sequence[str]) -> dict[tuple[int, str], Known]:
        """What is known of all mails of some keys, by reader and key."""
        query = select(post.c.reader_id, post.c.key, post.c.state, post.c.answer, post.c.made_at)
        with self._database.read() as connection:
            rows = connection.execute(query.where(post.c.key.in_(keys)))
            return {(row[0], row[1]): Known(*row[2:]) for row in rows}

    def set_right(self, now: datetime) -> None:
        """What was made later than now was made under a clock that was ahead: it counts as made
        just before, so that it may be sent, and what is made from now on is later."""
        latest = stamp(now)
        # By the index: what was not to be tried before a moment was made before it.
        wrong = (
            post.c.state.in_(get_args(State)),
            post.c.next_at > latest,
            post.c.made_at > latest,
        )
        with self._database.read() as connection:
            if connection.execute(select(post.c.key).where(*wrong).limit(1)).first() is None:
                return
        before = stamp(now - timedelta(seconds=1))
        times = {"made_at": before, "next_at": before}
        sent_at = case((post.c.sent_at > latest, before), else_=post.c.sent_at)
        with self._database.write() as connection:
            connection.execute(post.update().where(*wrong).values(**times, sent_at=sent_at))

    def latest(
        self, reader_id: int, states: Sequence[State], *, but: str = "", held: bool = False
    ) -> Mail | None:
        """The newest digest of a reader in one of some states; not that of the key ``but``, nor,
        with ``held``, one that holds nothing: it could not be made, or was forgotten."""
        query = select(*_COLUMNS).where(
            post.c.reader_id == reader_id,
            post.c.state.in_(states),
            _is_digest(post),
            post.c.key != but,
        )
        if held:
            query = query.where(post.c.content != "")
        query = query.order_by(post.c.made_at.desc(), post.c.key.desc()).limit(1)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return Mail(**row._mapping) if row is not None else None

    def latest_digest(self, reader_id: int) -> tuple[Mail, Digest] | None:
        """The newest digest made for a reader, sent or not yet, for showing it in the browser."""
        shown: tuple[State, ...] = ("prepared", "sending", "sent", "unanswered", "failed")
        newest = self.latest(reader_id, shown)
        if newest is None or not newest.content:
            return None
        return newest, Digest.loads(newest.content)

    def waiting(self, now: str, limit: int) -> list[Mail]:
        """What may be sent now, the longest waiting first."""
        query = (
            select(*_COLUMNS)
            .where(post.c.state == "prepared", post.c.next_at <= now)
            .order_by(post.c.next_at, post.c.reader_id)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [Mail(**row._mapping) for row in connection.execute(query)]

    def interrupted(self, owner: str) -> list[Mail]:
        """What a process with this journal was sending when it ended."""
        query = select(*_COLUMNS).where(post.c.state == "sending", post.c.owner == owner)
        with self._database.read() as connection:
            return [Mail(**row._mapping) for row in connection.execute(query)]

    def claim(self, mail: Mail, owner: str) -> bool:
        """Takes a prepared mail for sending; False where another process has it."""
        change = (
            post.update()
            .where(*_is(mail), post.c.state == "prepared")
            .values(state="sending", owner=owner, attempts=post.c.attempts + 1)
        )
        with self._database.write() as connection:
            return connection.execute(change).rowcount == 1

    def settle(
        self, mail: Mail, state: State, answer: str, *, sent_at: str = "", next_at: str = ""
    ) -> None:
        """Writes down what became of a mail; the address that took it is forgiven its failures."""
        values: dict[str, Any] = {"state": state, "answer": answer, "owner": ""}
        if mail.key.startswith(LETTER) and state != "prepared":
            values["content"] = ""  # its link is a secret
        if sent_at:
            values["sent_at"] = sent_at
        if next_at:
            values["next_at"] = next_at
        with self._database.write() as connection:
            connection.execute(post.update().where(*_is(mail)).values(**values))
            if state == "sent":
                # A letter goes to another address than the one that refused digests.
                forgiven = postboxes.update().where(
                    postboxes.c.reader_id == mail.reader_id, postboxes.c.address == mail.address
                )
                connection.execute(forgiven.values(failures=0, bouncing_at=""))

    def rewrite(self, mail: Mail, content: str) -> Mail:
        """Has a mail that waits say something else."""
        change = post.update().where(*_is(mail), post.c.state == "prepared")
        with self._database.write() as connection:
            connection.execute(change.values(content=content))
        return replace(mail, content=content)

    def put_back(self, mail: Mail, answer: str, now: str) -> None:
        """A mail that was claimed and that no server was there for waits again, behind the others
        that do: should it be what the server ends at, they have their turn. It is no attempt."""
        change = post.update().where(*_is(mail), post.c.state == "sending")
        values = {"state": "prepared", "owner": "", "answer": answer, "next_at": now}
        with self._database.write() as connection:
            connection.execute(change.values(**values, attempts=post.c.attempts - 1))

    def supersede(self, reader_id: int, key: str) -> None:
        """Gives up digests that still wait: what is in them comes with the one of this key."""
        change = post.update().where(
            post.c.reader_id == reader_id,
            post.c.state == "prepared",
            post.c.key != key,
            _is_digest(post),
        )
        with self._database.write() as connection:
            connection.execute(change.values(state="failed", answer=f"came with {key}"))

    def forget(self, before: str) -> None:
        """Empties the content of old mails; that they were sent stays known. A reader's last
        digest is kept: the next one tells what came since."""
        change = post.update().where(
            post.c.made_at < before,
            post.c.content != "",
            or_(
                post.c.state.in_(("failed", "unanswered", "quiet")),
                and_(post.c.state == "sent", _has_later("sent")),
            ),
        )
        with self._database.write() as connection:
            connection.execute(change.values(content=""))

    def stuck(self, attempts: int) -> list[Mail]:
        """What waits after so many attempts, or because no server was there for it, the newest
        first."""
        no_server = and_(post.c.attempts == 0, post.c.answer != "")
        query = (
            select(*_COLUMNS)
            .where(post.c.state == "prepared", or_(post.c.attempts >= attempts, no_server))
            .order_by(post.c.next_at.desc())
        )
        with self._database.read() as connection:
            return [Mail(**row._mapping) for row in connection.execute(query)]

    def given_up(self, since: str) -> list[Mail]:
        """Digests made since a time that were tried and failed, where their reader's next one has
        not been made yet; the newest first."""
        query = (
            select(*_COLUMNS)
            .where(
                post.c.state == "failed",
                post.c.attempts > 0,
                post.c.made_at >= since,
                _is_digest(post),
                ~_has_later(),
            )
            .order_by(post.c.made_at.desc(), post.c.reader_id)
        )
        with self._database.read() as connection:
            return [Mail(**row._mapping) for row in connection.execute(query)]

    def counts(self, since: str = "") -> dict[str, int]:
        """How many mails are in each state; of those alone that were made since a time."""
        query = select(post.c.state, func.count()).where(post.c.made_at >= since)
        query = query.group_by(post.c.state).order_by(post.c.state)
        with self._database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def postbox(self, reader_id: int) -> Postbox:
        """A reader's postbox; an empty one where nothing is known."""
        query = select(postboxes).where(postboxes.c.reader_id == reader_id)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return _postbox(row) if row is not None else Postbox(reader_id)

    def postboxes(self) -> dict[int, Postbox]:
        """Every postbox that holds anything, by reader."""
        with self._database.read() as connection:
            rows = connection.execute(select(postboxes))
            return {row.reader_id: _postbox(row) for row in rows}

    def by_feed_key(self, key: str) -> int | None:
        """Whose feeds a secret key opens."""
        query = select(postboxes.c.reader_id).where(postboxes.c.feed_key == key)
        with self._database.read() as connection:
            found = connection.execute(query).scalar()
        return int(found) if found is not None and key else None

    def feed_key(self, reader_id: int, *, fresh: bool = False) -> str:
        """The secret of a reader's own feeds, made on first need; ``fresh`` makes another, and
        the addresses given out before lead nowhere."""
        known = self.postbox(reader_id).feed_key
        if known and not fresh:
            return known
        with self._database.write() as connection:
            box = self._box(connection, reader_id)
            if box.feed_key and not fresh:
                return box.feed_key
            key = secrets.token_urlsafe(18)
            _set(connection, reader_id, feed_key=key)
            return key

    def want_quiet_days(self, reader_id: int, *, wanted: bool) -> None:
        """Whether a reader wants a digest also on a day that has nothing for them."""
        with self._database.write() as connection:
            self._box(connection, reader_id)
            _set(connection, reader_id, quiet=int(wanted))

    def refused(self, reader_id: int, address: str, now: str, most: int) -> bool:
        """An address refused a mail for good; True when nothing more is sent to it."""
        with self._database.write() as connection:
            box = self._box(connection, reader_id)
            failures = box.failures + 1 if box.address == address else 1
            bouncing = now if failures >= most else ""
            _set(connection, reader_id, address=address, failures=failures, bouncing_at=bouncing)
            return bool(bouncing)

    def forgive(self, reader_id: int) -> None:
        """Writes to an address again that refused mail: its reader has confirmed it anew."""
        change = postboxes.update().where(postboxes.c.reader_id == reader_id)
        with self._database.write() as connection:
            connection.execute(change.values(failures=0, bouncing_at=""))

    def _one(self, connection: Connection, reader_id: int, key: str) -> Mail | None:
        query = select(*_COLUMNS).where(post.c.reader_id == reader_id, post.c.key == key)
        row = connection.execute(query).first()
        return Mail(**row._mapping) if row is not None else None

    def _box(self, connection: Connection, reader_id: int) -> Postbox:
        """A reader's postbox, made where there is none."""
        query = select(postboxes).where(postboxes.c.reader_id == reader_id)
        row = connection.execute(query).first()
        if row is None:
            values: dict[str, Any] = {"reader_id": reader_id, "address": "", "failures": 0}
            values |= {"bouncing_at": "", "quiet": 0, "feed_key": secrets.token_urlsafe(18)}
            connection.execute(postboxes.insert(), values)
            row = connection.execute(query).one()
        return _postbox(row)


def _is_digest(table: FromClause) -> ColumnElement[bool]:
    return table.c.key.not_like(f"{LETTER}%")


def _has_later(*states: State) -> Exists:
    """Whether a digest was made for the reader after this mail, in one of some states if any."""
    later = post.alias()
    found = exists().where(
        later.c.reader_id == post.c.reader_id,
        _is_digest(later),
        later.c.made_at > post.c.made_at,
    )
    return found.where(later.c.state.in_(states)) if states else found


def _is(mail: Mail) -> tuple[Any, ...]:
    return post.c.reader_id == mail.reader_id, post.c.key == mail.key


def _values(mail: Mail) -> dict[str, Any]:
    return {name: getattr(mail, name) for name in Mail.__dataclass_fields__}


def _postbox(row: Any) -> Postbox:
    values = dict(row._mapping)
    return Postbox(**{**values, "quiet": bool(values["quiet"])})


def _set(connection: Connection, reader_id: int, **values: Any) -> None:
    connection.execute(
        postboxes.update().where(postboxes.c.reader_id == reader_id).values(**values)
    )
