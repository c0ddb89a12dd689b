"""Sessions: log-ins that are kept as hashes, listed, ended, and end by themselves.

Guessing is slowed down by the name and by the address, over restarts and over processes. An
attempt counts before its password is looked at, so that many at once are no way around it.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from broadsheet.readers import checks, keys
from broadsheet.readers.accounts import Accounts, the_reader
from broadsheet.readers.errors import ReadersError, ThrottledError
from broadsheet.readers.store import Store
from broadsheet.readers.tables import attempts, sessions
from broadsheet.readers.values import LOCAL, Reader, Session

IDLE_DAYS = 14
ABSOLUTE_DAYS = 90
MAX_SESSIONS = 50
_SEEN_SECONDS = 300
# Failures that are free, and the longest wait after more: at most 70 tries an hour on a name
# (ASVS 2.2.1 allows 100), and its owner is never shut out for longer than a minute.
_NAME = (10, 60)
_ADDRESS = (30, 900)
_FORGOTTEN_DAYS = 1


class Sessions:
    """Who is logged in, and who may try to be."""

    def __init__(
        self, store: Store, accounts: Accounts, idle_days: float, absolute_days: float
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._idle = idle_days
        self._absolute = absolute_days

    def log_in(self, name: str, password: str, *, agent: str = "", address: str = "") -> str:
        """A new session's secret for a name and password.

        Raises `ThrottledError` while one must wait, and the same `ReadersError` whatever else
        is wrong.
        """
        self._count(name, address)
        reader = self._accounts.check(name, password)
        if reader is None:
            raise ReadersError("the name or the password is wrong")
        with self._store.quiet() as connection:
            self._forget(connection, name_key(name))
            self._take_back(connection, _address_key(address))
        return self.start(reader.id, agent, address)

    def ask_again(self, reader_id: int, password: str) -> None:
        """Raises unless this is the reader's password: asked before what cannot be undone.

        A guess here counts as one at the log-in: an open session is no way around the wait.
        """
        reader = self._accounts.get(reader_id)
        name = reader.name if reader else ""
        self._count(name, "")
        if not self._accounts.verify(reader_id, password):
            raise ReadersError("the password is wrong")
        with self._store.quiet() as connection:
            self._forget(connection, name_key(name))

    def start(self, reader_id: int, agent: str, address: str) -> str:
        """A new session's secret; of more than `MAX_SESSIONS` the one unused longest ends."""
        secret, now = keys.fresh(), checks.now()
        with self._store.write() as (connection, number):
            reader = the_reader(connection, reader_id)
            if reader.disabled or reader.id == LOCAL:
                raise ReadersError(f"'{reader.name}' cannot log in")
            self._sweep(connection)
            mine = select(sessions.c.id).where(sessions.c.reader_id == reader_id)
            held = mine.order_by(sessions.c.seen_at.desc(), sessions.c.id.desc())
            surplus = list(connection.execute(held).scalars())[MAX_SESSIONS - 1 :]
            connection.execute(sessions.delete().where(sessions.c.id.in_(surplus)))
            row = {
                "id": number,
                "reader_id": reader_id,
                "secret_hash": keys.hashed(secret),
                "agent": _short(agent, 200),
                "address": _short(address, 60),
                "created_at": now,
                "seen_at": now,
            }
            connection.execute(sessions.insert(), row)
        return secret

    def reader_of(self, secret: str) -> Reader | None:
        """Whose session a secret opens; None when there is none or it has ended."""
        found = self.session_of(secret)
        return self._accounts.get(found.reader_id) if found else None

    def session_of(self, secret: str) -> Session | None:
        """The session that a secret opens; None when there is none or it has ended."""
        if not secret or len(secret) > 100:
            return None
        query = select(sessions).where(sessions.c.secret_hash == keys.hashed(secret))
        with self._store.read() as connection:
            row = connection.execute(query).one_or_none()
            if row is None or not self._holds(row.created_at, row.seen_at):
                return None
            if the_reader(connection, row.reader_id).disabled:
                return None
        now = checks.now()
        if checks.later(start=row.seen_at, seconds=_SEEN_SECONDS) <= now:
            with self._store.quiet() as connection:
                change = sessions.update().where(sessions.c.id == row.id)
                connection.execute(change.values(seen_at=now))
        return _session(row)

    def list(self, reader_id: int) -> list[Session]:
        """The sessions of a reader that hold, the one used last first."""
        query = select(sessions).where(sessions.c.reader_id == reader_id)
        query = query.order_by(sessions.c.seen_at.desc(), sessions.c.id.desc())
        with self._store.read() as connection:
            rows = connection.execute(query).all()
        return [_session(row) for row in rows if self._holds(row.created_at, row.seen_at)]

    def end(self, reader_id: int, session_id: int) -> None:
        """Ends a session of a reader."""
        mine = (sessions.c.id == session_id) & (sessions.c.reader_id == reader_id)
        with self._store.write() as (connection, _):
            if connection.execute(sessions.delete().where(mine)).rowcount != 1:
                raise ReadersError("there is no such session; it may have ended already")

    def end_all(self, reader_id: int, *, but: int = 0) -> None:
        """Ends every session of a reader except one."""
        mine = (sessions.c.reader_id == reader_id) & (sessions.c.id != but)
        with self._store.write() as (connection, _):
            connection.execute(sessions.delete().where(mine))

    def attempts(self, name: str, address: str) -> int:
        """How many seconds a log-in to this name from this address has to wait; 0: none."""
        with self._store.read() as connection:
            return max(
                _wait(connection, name_key(name), *_NAME),
                _wait(connection, _address_key(address), *_ADDRESS),
            )

    def _count(self, name: str, address: str) -> None:
        """Counts an attempt as failed, in advance; raises `ThrottledError` if one must wait."""
        now = checks.now()
        with self._store.quiet() as connection:
            stale = attempts.c.last_at < checks.later(days=-_FORGOTTEN_DAYS)
            connection.execute(attempts.delete().where(stale))
            subjects = [(name_key(name), *_NAME)]
            if address:
                subjects.append((_address_key(address), *_ADDRESS))
            wait = max(_wait(connection, *subject) for subject in subjects)
            if wait:
                raise ThrottledError(f"too many attempts; wait {wait} seconds", wait)
            for subject, _, _ in subjects:
                change = attempts.update().where(attempts.c.subject == subject)
                change = change.values(failures=attempts.c.failures + 1, last_at=now)
                if not connection.execute(change).rowcount:
                    row = {"subject": subject, "failures": 1, "last_at": now}
                    connection.execute(attempts.insert(), row)

    def _forget(self, connection: Connection, subject: str) -> None:
        connection.execute(attempts.delete().where(attempts.c.subject == subject))

    def _take_back(self, connection: Connection, subject: str) -> None:
        # Only this attempt: one's own log-in must not wipe out guesses at others' names.
        change = attempts.update().where(attempts.c.subject == subject, attempts.c.failures > 0)
        connection.execute(change.values(failures=attempts.c.failures - 1))

    def _holds(self, created_at: str, seen_at: str) -> bool:
        now = checks.now()
        return (
            checks.later(start=created_at, days=self._absolute) > now
            and checks.later(start=seen_at, days=self._idle) > now
        )

    def _sweep(self, connection: Connection) -> None:
        old = (sessions.c.created_at <= checks.later(days=-self._absolute)) | (
            sessions.c.seen_at <= checks.later(days=-self._idle)
        )
        connection.execute(sessions.delete().where(old))


def _session(row: object) -> Session:
    names = ("id", "reader_id", "agent", "address", "created_at", "seen_at")
    return Session(*(getattr(row, name) for name in names))


def _wait(connection: Connection, subject: str, free: int, longest: int) -> int:
    query = select(attempts.c.failures, attempts.c.last_at).where(attempts.c.subject == subject)
    row = connection.execute(query).one_or_none()
    if row is None or row.failures < free:
        return 0
    pause = min(longest, 2 ** min(row.failures - free, 20))
    passed = checks.seconds_since(row.last_at)
    # Times have whole seconds; a clock that was set back is no reason to wait for longer.
    return int(min(pause, max(0, pause - passed + 0.999)))


def name_key(name: str) -> str:
    """Under what the attempts to log in to a name are counted."""
    # Hashed: people type passwords into the wrong field, and names of any length.
    return "name:" + keys.hashed(name.strip().lower())


def _address_key(address: str) -> str:
    return "address:" + _short(_network(address), 60)


def _network(address: str) -> str:
    """An IPv6 user has 2^64 addresses: they count as one."""
    import ipaddress

    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return address


def _short(text: str, limit: int) -> str:
    kept = "".join(character if character.isprintable() else " " for character in text[:limit])
    return kept.strip()
