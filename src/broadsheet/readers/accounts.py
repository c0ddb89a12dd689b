"""Accounts: who reads here, how they are known, and how the home takes in new ones.

A fresh home is in mode ``single``: one local reader, no log-in. In mode ``accounts`` the others
log in, and the local reader is only what was there before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import Connection, func, select

from broadsheet.catalog import take
from broadsheet.readers import checks, passwords
from broadsheet.readers.errors import ReadersError
from broadsheet.readers.store import Store, fit
from broadsheet.readers.tables import letters, meta, readers, sessions
from broadsheet.readers.values import LOCAL, ROLES, Audience, Mode, Reader, Registration

MAX_DISPLAY = 80
MAX_READERS = 100_000
_MODE, _REGISTRATION = "readers.mode", "readers.registration"
_AUDIENCE = "readers.audience"
# The account that took over from the local reader.
_HEIR = "readers.heir"
# The settings that everyone begins with; the local reader is displayed as this.
FRESH: Mapping[str, Any] = {
    "email": "", "email_confirmed": 0, "public_votes": 0, "timezone": "UTC", "minutes": 15,
    "digest": "off", "digest_hour": 7,
}  # fmt: skip
LOCAL_DISPLAY = "You"
_COLUMNS = (
    *(readers.c.id, readers.c.name, readers.c.display, readers.c.email),
    *(readers.c.email_confirmed, readers.c.role, readers.c.public_votes, readers.c.timezone),
    *(readers.c.minutes, readers.c.digest, readers.c.digest_hour, readers.c.created_at),
    *(readers.c.disabled, readers.c.password),
)


def to_reader(row: Any) -> Reader:
    """A row of `_COLUMNS`."""
    values = dict(row._mapping)
    password = values.pop("password")
    for name in ("email_confirmed", "public_votes", "disabled"):
        values[name] = bool(values[name])
    return Reader(**values, has_password=bool(password))


def the_reader(connection: Connection, reader_id: int) -> Reader:
    """A reader; raises `ReadersError` where there is none."""
    row = None
    if fit(reader_id):
        query = select(*_COLUMNS).where(readers.c.id == reader_id)
        row = connection.execute(query).one_or_none()
    if row is None:
        raise ReadersError(f"there is no reader {reader_id}; the account may have been deleted")
    return to_reader(row)


def folded_name(text: str) -> str:
    """A typed name as it would be stored; '' for what no name can be."""
    name = text.strip().lower()
    return name if name.isascii() and name.isprintable() and len(name) <= 40 else ""


def ends_doors(connection: Connection, reader_id: int, *, but: int = 0) -> None:
    """Ends every session of a reader except one, and withdraws what was sent to them."""
    mine = (sessions.c.reader_id == reader_id) & (sessions.c.id != but)
    connection.execute(sessions.delete().where(mine))
    sent = (letters.c.reader_id == reader_id) & (letters.c.purpose != "invitation")
    connection.execute(letters.delete().where(sent))


class Accounts:
    """The readers of a home."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, reader_id: int) -> Reader | None:
        """A reader by number."""
        return self._one(readers.c.id == reader_id) if fit(reader_id) else None

    def meant(self, reader_id: int) -> Reader | None:
        """The reader whom a number means that was given out earlier, in a mail.

        Where accounts are on, that of the local reader means the account that took over from
        it, and nobody where none did.
        """
        if reader_id == LOCAL and self.mode() == "accounts":
            reader_id = int(self._meta(_HEIR, "0"))
        return self.get(reader_id)

    def by_name(self, name: str) -> Reader | None:
        """A reader by name, in any case."""
        return self._one(readers.c.name == folded_name(name))

    def by_email(self, address: str) -> Reader | None:
        """The reader whose confirmed address this is."""
        try:
            address = checks.email_address(address, empty=False)
        except ReadersError:
            return None
        return self._one((readers.c.email == address) & (readers.c.email_confirmed == 1))

    def all(self) -> list[Reader]:
        """Every reader, the local one first, then by name."""
        query = select(*_COLUMNS).order_by(readers.c.id != LOCAL, readers.c.name)
        with self._store.read() as connection:
            return [to_reader(row) for row in connection.execute(query)]

    def add(
        self,
        name: str,
        password: str | None = None,
        role: str = "reader",
        email: str = "",
        *,
        display: str = "",
    ) -> Reader:
        """A new account; without a password it can only be entered by token or proxy."""
        values = prepared(name, password, role, email, display)
        with self._store.write() as (connection, _):
            return insert(connection, values)

    def check(self, name: str, password: str) -> Reader | None:
        """The reader who has this name and password.

        None otherwise, after the same work: for unknown names, for accounts without a
        password, and for disabled ones.
        """
        query = select(readers.c.id, readers.c.password, readers.c.disabled).where(
            readers.c.name == folded_name(name)
        )
        with self._store.read() as connection:
            row = connection.execute(query).one_or_none()
        stored = row.password if row is not None and not row.disabled else ""
        good = len(password) <= passwords.LONGEST and passwords.matches(stored, password)
        if len(password) > passwords.LONGEST:
            passwords.matches("", "")
        if row is None or not good:
            return None
        if passwords.is_old(stored):
            self._store_hash(row.id, stored, passwords.hashed(password))
        return self.get(row.id)

    def verify(self, reader_id: int, password: str) -> bool:
        """Whether this is the reader's password: asked again before what cannot be undone."""
        query = select(readers.c.password).where(readers.c.id == reader_id)
        with self._store.read() as connection:
            stored = connection.execute(query).scalar_one_or_none() or ""
        return len(password) <= passwords.LONGEST and passwords.matches(stored, password)

    def set_password(self, reader_id: int, password: str, *, session: int = 0) -> None:
        """Changes a password; every session but ``session`` ends, sent links lapse."""
        with self._store.read() as connection:
            reader = the_reader(connection, reader_id)
        if reader.id == LOCAL:
            raise ReadersError("the local reader has no log-in; 'user add' makes an account")
        passwords.check(password, reader.name, reader.email.partition("@")[0])
        stored = passwords.hashed(password)
        with self._store.write() as (connection, _):
            the_reader(connection, reader_id)
            change = readers.update().where(readers.c.id == reader_id)
            connection.execute(change.values(password=stored))
            ends_doors(connection, reader_id, but=session)

    def rename(self, reader_id: int, name: str) -> Reader:
        """Gives an account another name."""
        name = checks.account_name(name)
        if reader_id == LOCAL:
            raise ReadersError("the local reader keeps its name")
        with self._store.write() as (connection, _):
            the_reader(connection, reader_id)
            _require_free(connection, name, but=reader_id)
            change = readers.update().where(readers.c.id == reader_id)
            connection.execute(change.values(name=name))
            return the_reader(connection, reader_id)

    def update(self, reader_id: int, **settings: Any) -> Reader:
        """Changes settings: display, public_votes, timezone, minutes, digest, digest_hour."""
        values = _settings(settings)
        with self._store.write() as (connection, _):
            the_reader(connection, reader_id)
            if values:
                change = readers.update().where(readers.c.id == reader_id)
                connection.execute(change.values(**values))
            return the_reader(connection, reader_id)

    def set_role(self, reader_id: int, role: str) -> Reader:
        """Makes an account a reader's, a curator's or an operator's."""
        checks.one_of(role, ROLES, "role")
        with self._store.write() as (connection, _):
            found = the_reader(connection, reader_id)
            if found.id == LOCAL:
                raise ReadersError("the local reader keeps its role")
            if role != "operator":
                keep_an_operator(connection, found)
            change = readers.update().where(readers.c.id == reader_id)
            connection.execute(change.values(role=role))
            return the_reader(connection, reader_id)

    def disable(self, reader_id: int, *, disabled: bool = True) -> Reader:
        """Shuts an account out, or lets it in again; its votes do not count meanwhile."""
        with self._store.write() as (connection, _):
            found = the_reader(connection, reader_id)
            if found.id == LOCAL:
                raise ReadersError("the local reader cannot be disabled")
            if disabled:
                keep_an_operator(connection, found)
                ends_doors(connection, reader_id)
            change = readers.update().where(readers.c.id == reader_id)
            connection.execute(change.values(disabled=int(disabled)))
            return the_reader(connection, reader_id)

    def mode(self) -> Mode:
        """Whether one person reads here without a log-in, or several with accounts."""
        return cast("Mode", self._meta(_MODE, "single"))

    def set_mode(self, mode: str) -> None:
        """Turns accounts on or off; there must be an operator who can log in."""
        checks.one_of(mode, ("single", "accounts"), "mode")
        with self._store.write() as (connection, _):
            if mode == "accounts" and not _operators(connection):
                raise ReadersError(
                    "nobody could run this home then: first make an operator with a password, "
                    "'broadsheet user add NAME --role operator'"
                )
            if mode == "single":
                connection.execute(sessions.delete())
            _put_meta(connection, _MODE, mode)

    def registration(self) -> Registration:
        """How new accounts come about: by the operator alone, by invitation, or by anyone."""
        return cast("Registration", self._meta(_REGISTRATION, "closed"))

    def require_invitations(self) -> None:
        """Raises `ReadersError` where an invitation would make no account."""
        if self.registration() == "closed":
            raise ReadersError(
                "an invitation makes no account while the operator alone makes them; let "
                "newcomers in by invitation first"
            )

    def set_registration(self, registration: str) -> None:
        """Says who may make an account."""
        checks.one_of(registration, ("closed", "invitation", "open"), "registration")
        with self._store.write() as (connection, _):
            _put_meta(connection, _REGISTRATION, registration)

    def audience(self) -> Audience:
        """Who may read where accounts are on: anyone, or only those who have one."""
        return cast("Audience", self._meta(_AUDIENCE, "anyone"))

    def set_audience(self, audience: str) -> None:
        """Says who may read; nothing changes where one person reads without a log-in."""
        checks.one_of(audience, ("anyone", "readers"), "audience")
        with self._store.write() as (connection, _):
            _put_meta(connection, _AUDIENCE, audience)

    def _one(self, condition: Any) -> Reader | None:
        with self._store.read() as connection:
            row = connection.execute(select(*_COLUMNS).where(condition)).first()
        return to_reader(row) if row is not None else None

    def _store_hash(self, reader_id: int, before: str, stored: str) -> None:
        change = readers.update().where(readers.c.id == reader_id, readers.c.password == before)
        with self._store.quiet() as connection:
            connection.execute(change.values(password=stored))

    def _meta(self, name: str, default: str) -> str:
        with self._store.read() as connection:
            value = connection.execute(select(meta.c.value).where(meta.c.name == name)).scalar()
        return str(value or default)


def keep_an_operator(connection: Connection, reader: Reader) -> None:
    """Raises `ReadersError` when nobody could run the home without this reader."""
    found = connection.execute(select(meta.c.value).where(meta.c.name == _MODE)).scalar()
    if found == "accounts" and _operators(connection) == [reader.id]:
        raise ReadersError(f"'{reader.name}' is the last operator; make another reader one first")


def prepared(
    name: str, password: str | None, role: str, email: str, display: str = ""
) -> dict[str, Any]:
    """The columns of a new account, checked and hashed outside of any transaction."""
    name = checks.account_name(name)
    checks.one_of(role, ROLES, "role")
    email = checks.email_address(email)
    if password is not None:
        passwords.check(password, name, email.partition("@")[0])
    return {
        "name": name,
        "display": checks.line(display, "display name", MAX_DISPLAY, empty=True) or name,
        "role": role,
        "password": passwords.hashed(password) if password is not None else "",
        "created_at": checks.now(),
        "disabled": 0,
        **FRESH,
        "email": email,
    }


def insert(connection: Connection, values: Mapping[str, Any]) -> Reader:
    """Stores a new account in a transaction that has begun."""
    _require_free(connection, values["name"])
    if connection.execute(select(func.count()).select_from(readers)).scalar_one() > MAX_READERS:
        raise ReadersError(f"this home has {MAX_READERS:,} accounts; it takes no more")
    reader_id = take(connection, "reader", 1)
    connection.execute(readers.insert(), {"id": reader_id, **values})
    return the_reader(connection, reader_id)


def take_over(connection: Connection, heir: Reader) -> None:
    """Gives an account the local reader's settings, where it has none of its own yet, and the
    local reader those of a fresh home."""
    local = the_reader(connection, LOCAL)
    kept = {name: getattr(local, name) for name in FRESH if getattr(heir, name) == FRESH[name]}
    if heir.email and heir.email != local.email:
        kept.pop("email_confirmed", None)  # it was another address that was confirmed
    if heir.display == heir.name and local.display != LOCAL_DISPLAY:
        kept["display"] = local.display
    values = {
        name: int(value) if isinstance(value, bool) else value for name, value in kept.items()
    }
    make_fresh(connection)
    if values:
        connection.execute(readers.update().where(readers.c.id == heir.id).values(**values))
    _put_meta(connection, _HEIR, str(heir.id))


def make_fresh(connection: Connection) -> None:
    """Gives the local reader the settings of a fresh home."""
    change = readers.update().where(readers.c.id == LOCAL)
    connection.execute(change.values(display=LOCAL_DISPLAY, **FRESH))


def forget_heir(connection: Connection, reader_id: int) -> None:
    """Forgets that a reader took over from the local one."""
    mine = (meta.c.name == _HEIR) & (meta.c.value == str(reader_id))
    connection.execute(meta.delete().where(mine))


def _settings(given: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in given.items():
        match name:
            case "display":
                values[name] = checks.line(value, "display name", MAX_DISPLAY)
            case "public_votes":
                values[name] = int(bool(value))
            case "timezone":
                values[name] = checks.timezone(value)
            case "minutes":
                values[name] = checks.between(value, 1, 480, "minutes a day")
            case "digest":
                values[name] = checks.one_of(value, ("off", "daily", "weekly"), "digest")
            case "digest_hour":
                values[name] = checks.between(value, 0, 23, "hour of the digest")
            case _:
                raise ReadersError(f"there is no setting '{name[:40]}' of a reader")
    return values


def _require_free(connection: Connection, name: str, but: int = 0) -> None:
    query = select(readers.c.id).where(readers.c.name == name, readers.c.id != but)
    if connection.execute(query).first() is not None:
        raise ReadersError(f"the name '{name}' is taken; choose another")


def _operators(connection: Connection) -> list[int]:
    query = select(readers.c.id).where(
        readers.c.role == "operator", readers.c.disabled == 0, readers.c.password != ""
    )
    return list(connection.execute(query).scalars())


def _put_meta(connection: Connection, name: str, value: str) -> None:
    connection.execute(meta.delete().where(meta.c.name == name))
    connection.execute(meta.insert(), {"name": name, "value": value})
