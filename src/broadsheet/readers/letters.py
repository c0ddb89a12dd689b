"""Secrets that are sent to someone: invitations, and what confirms an address or a reset.

Each is worth something once, for a time, and is kept as a hash. Who sends it is not this room's
matter: calls return the secret.
"""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Row, func, select

from broadsheet.readers import checks, keys, passwords
from broadsheet.readers.accounts import ends_doors, insert, prepared, the_reader
from broadsheet.readers.errors import ReadersError, ThrottledError
from broadsheet.readers.officers import require_operator
from broadsheet.readers.store import Store
from broadsheet.readers.tables import letters, readers
from broadsheet.readers.values import LOCAL, ROLES, Invitation, Reader, Role

INVITED_DAYS, CONFIRM_DAYS, RESET_HOURS = 14, 2, 1
MAX_INVITATIONS, MAX_LETTERS = 200, 5
_LAPSED = "this link is not valid any more; ask for a new one"


def write(
    connection: Connection,
    number: int,
    reader_id: int,
    purpose: str,
    subject: str,
    address: str,
    days: float,
) -> str:
    """Stores a letter and returns its secret."""
    gone = letters.delete().where(letters.c.expires_at <= checks.now())
    connection.execute(gone)
    secret = keys.fresh()
    row = {
        "id": number,
        "reader_id": reader_id,
        "purpose": purpose,
        "secret_hash": keys.hashed(secret),
        "subject": subject,
        "address": address,
        "created_at": checks.now(),
        "expires_at": checks.later(days=days),
    }
    connection.execute(letters.insert(), row)
    return secret


def find(connection: Connection, purpose: str, secret: str) -> Row[Any]:
    """The letter with a secret; raises `ReadersError` for a forged, used or expired one."""
    query = select(letters).where(
        letters.c.secret_hash == keys.hashed(secret[:200]),
        letters.c.purpose == purpose,
        letters.c.expires_at > checks.now(),
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise ReadersError(_LAPSED)
    return row


def use(connection: Connection, letter: Row[Any]) -> None:
    """Makes a letter worthless."""
    connection.execute(letters.delete().where(letters.c.id == letter.id))


def lapse(connection: Connection, which: ColumnElement[bool]) -> None:
    """Makes letters worthless that others take the place of; they are counted until they expire."""
    connection.execute(letters.update().where(which).values(purpose="lapsed"))


def require_few(connection: Connection, reader_id: int, purpose: str) -> None:
    """Raises `ThrottledError` where a reader had so many letters of a purpose sent within an hour:
    they go to addresses whose owners have not asked for them."""
    sent = select(func.count()).where(
        letters.c.reader_id == reader_id,
        letters.c.purpose.in_((purpose, "lapsed")),
        letters.c.created_at > checks.later(seconds=-3600),
    )
    if connection.execute(sent).scalar_one() >= MAX_LETTERS:
        raise ThrottledError(
            f"{MAX_LETTERS} mails to be confirmed were sent within an hour: go on later", 3600
        )


class Letters:
    """Invitations, confirmed addresses, forgotten passwords."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def invite(
        self, by: int, role: str = "reader", email: str = "", days: int = INVITED_DAYS
    ) -> str:
        """An invitation's secret, for one account of this role; ``email`` is who it is for."""
        checks.one_of(role, ROLES, "role")
        email = checks.email_address(email)
        checks.between(days, 1, 365, "days an invitation is valid")
        with self._store.write() as (connection, number):
            require_operator(connection, by)
            open_ = select(func.count()).where(
                letters.c.purpose == "invitation", letters.c.expires_at > checks.now()
            )
            if connection.execute(open_).scalar_one() >= MAX_INVITATIONS:
                raise ReadersError(f"{MAX_INVITATIONS} invitations are open; withdraw one first")
            return write(connection, number, by, "invitation", role, email, days)

    def invitations(self) -> list[Invitation]:
        """The invitations that are open, newest first; never their secrets."""
        query = (
            select(letters)
            .where(letters.c.purpose == "invitation", letters.c.expires_at > checks.now())
            .order_by(letters.c.id.desc())
        )
        with self._store.read() as connection:
            return [_invitation(row) for row in connection.execute(query)]

    def invitation(self, secret: str) -> Invitation:
        """The invitation with a secret; raises `ReadersError` when it is not valid."""
        with self._store.read() as connection:
            return _invitation(find(connection, "invitation", secret))

    def withdraw(self, by: int, invitation_id: int) -> None:
        """Makes an invitation worthless."""
        which = (letters.c.id == invitation_id) & (letters.c.purpose == "invitation")
        with self._store.write() as (connection, _):
            require_operator(connection, by)
            if connection.execute(letters.delete().where(which)).rowcount != 1:
                raise ReadersError("there is no such invitation; it may have been used")

    def join(
        self,
        secret: str,
        name: str,
        password: str | None,
        email: str | None = None,
        display: str = "",
    ) -> Reader:
        """Makes an account with an invitation, which is used up; ``email`` None is whom it was
        for."""
        invited = self.invitation(secret)
        email = invited.email if email is None else email
        values = prepared(name, password, invited.role, email, display)
        with self._store.write() as (connection, _):
            use(connection, find(connection, "invitation", secret))
            return insert(connection, values)

    def change_email(self, reader_id: int, email: str) -> str:
        """The secret that confirms a new address; until then the old one stays.

        An empty address is taken at once, and '' returned. Whoever owns the address has not asked
        for the mail: raises `ThrottledError` after a few within an hour.
        """
        email = checks.email_address(email)
        with self._store.write() as (connection, number):
            the_reader(connection, reader_id)
            if email:
                require_few(connection, reader_id, "email")
            lapse(connection, (letters.c.reader_id == reader_id) & (letters.c.purpose == "email"))
            if not email:
                change = readers.update().where(readers.c.id == reader_id)
                connection.execute(change.values(email="", email_confirmed=0, digest="off"))
                return ""
            return write(connection, number, reader_id, "email", email, email, CONFIRM_DAYS)

    def confirm_email(self, secret: str) -> Reader:
        """Takes the address that a letter was sent to; each is one reader's only."""
        with self._store.write() as (connection, _):
            letter = find(connection, "email", secret)
            use(connection, letter)
            address = letter.subject
            others = (readers.c.email == address) & (readers.c.id != letter.reader_id)
            held = select(readers.c.id).where(others, readers.c.email_confirmed == 1)
            if connection.execute(held).first() is not None:
                raise ReadersError("this address is another reader's already")
            change = readers.update().where(readers.c.id == letter.reader_id)
            connection.execute(change.values(email=address, email_confirmed=1))
            return the_reader(connection, letter.reader_id)

    def forgot(self, name_or_address: str) -> tuple[Reader, str] | None:
        """Whom to send a reset's secret to, and the secret; None: nobody, and nobody is told.

        Only a confirmed address is written to.
        """
        text = name_or_address.strip().lower()
        if not text or not text.isascii() or not text.isprintable():
            return None
        # What stands before the @ may differ by case: a mail to either reaches one person.
        known = (readers.c.name == text) | (func.lower(readers.c.email) == text)
        query = select(readers.c.id).where(
            known, readers.c.email_confirmed == 1, readers.c.disabled == 0, readers.c.id != LOCAL
        )
        with self._store.write() as (connection, number):
            found = list(connection.execute(query).scalars())
            if len(found) != 1:
                return None
            sent = select(func.count()).where(
                letters.c.reader_id == found[0],
                letters.c.purpose == "password",
                letters.c.expires_at > checks.now(),
            )
            if connection.execute(sent).scalar_one() >= MAX_LETTERS:
                return None
            reader = the_reader(connection, found[0])
            days = RESET_HOURS / 24
            return reader, write(connection, number, reader.id, "password", "", reader.email, days)

    def require_reset(self, secret: str) -> None:
        """Raises `ReadersError` for a secret that sets no password."""
        with self._store.read() as connection:
            find(connection, "password", secret)

    def reset(self, secret: str, password: str) -> Reader:
        """Sets a new password with a reset's secret; every session ends, every link lapses."""
        with self._store.read() as connection:
            letter = find(connection, "password", secret)
            reader = the_reader(connection, letter.reader_id)
        passwords.check(password, reader.name, reader.email.partition("@")[0])
        stored = passwords.hashed(password)
        with self._store.write() as (connection, _):
            letter = find(connection, "password", secret)
            change = readers.update().where(readers.c.id == letter.reader_id)
            connection.execute(change.values(password=stored))
            ends_doors(connection, letter.reader_id)
            return the_reader(connection, letter.reader_id)


def _invitation(row: Row[Any]) -> Invitation:
    role = cast("Role", row.subject)
    return Invitation(row.id, row.reader_id, role, row.address, row.created_at, row.expires_at)
