"""Personal tokens: a program acts for its reader, within scopes, until a day or for good."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from broadsheet.readers import checks, keys
from broadsheet.readers.accounts import the_reader
from broadsheet.readers.errors import ReadersError
from broadsheet.readers.store import Store
from broadsheet.readers.tables import tokens
from broadsheet.readers.values import SCOPES, Reader, Token

PREFIX = "bst_"
MAX_TOKENS = 50
# Its use is noted no more often than this: reading must not write.
_NOTED_SECONDS = 600


class Tokens:
    """The tokens of every reader."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def make(
        self, reader_id: int, name: str, scopes: Sequence[str] = ("read",), expires: str = ""
    ) -> str:
        """A new token's secret, which cannot be shown again; ``expires``: a day, or '' for never.

        ``write`` includes ``read``.
        """
        name = checks.line(name, "name of the token", 80)
        if isinstance(scopes, str) or not scopes:
            raise ReadersError(f"a token has one or more of the scopes {', '.join(SCOPES)}")
        kept = [checks.one_of(scope, SCOPES, "scope") for scope in dict.fromkeys(scopes)]
        if "write" in kept and "read" not in kept:
            kept.insert(0, "read")
        if expires:
            expires = checks.moment(expires, "day it expires", end_of_day=True)
            if expires <= checks.now():
                raise ReadersError("the day it expires has passed; choose a later one")
        secret = keys.fresh(PREFIX)
        with self._store.write() as (connection, number):
            the_reader(connection, reader_id)
            mine = select(func.count()).where(tokens.c.reader_id == reader_id)
            if connection.execute(mine).scalar_one() >= MAX_TOKENS:
                raise ReadersError(f"you have {MAX_TOKENS} tokens; revoke one first")
            row = {
                "id": number,
                "reader_id": reader_id,
                "name": name,
                "secret_hash": keys.hashed(secret),
                "scopes": "\n".join(kept),
                "created_at": checks.now(),
                "expires_at": expires,
                "used_at": "",
            }
            connection.execute(tokens.insert(), row)
        return secret

    def check(self, secret: str) -> tuple[Reader, frozenset[str]] | None:
        """Whose token this is and what it may do; None for one that is not valid."""
        if not secret.startswith(PREFIX) or len(secret) > 100:
            return None
        query = select(tokens).where(tokens.c.secret_hash == keys.hashed(secret))
        now = checks.now()
        with self._store.read() as connection:
            row = connection.execute(query).one_or_none()
            if row is None or (row.expires_at and row.expires_at <= now):
                return None
            reader = the_reader(connection, row.reader_id)
        if reader.disabled:
            return None
        if not row.used_at or checks.later(start=row.used_at, seconds=_NOTED_SECONDS) <= now:
            with self._store.quiet() as connection:
                change = tokens.update().where(tokens.c.id == row.id)
                connection.execute(change.values(used_at=now))
        return reader, frozenset(row.scopes.split("\n"))

    def list(self, reader_id: int) -> list[Token]:
        """The tokens of a reader, newest first; never their secrets."""
        query = select(tokens).where(tokens.c.reader_id == reader_id).order_by(tokens.c.id.desc())
        with self._store.read() as connection:
            return [
                Token(
                    row.id,
                    row.reader_id,
                    row.name,
                    tuple(row.scopes.split("\n")),
                    row.created_at,
                    row.expires_at,
                    row.used_at,
                )
                for row in connection.execute(query)
            ]

    def revoke(self, reader_id: int, token_id: int) -> None:
        """Makes a token worthless."""
        mine = (tokens.c.id == token_id) & (tokens.c.reader_id == reader_id)
        with self._store.write() as (connection, _):
            if connection.execute(tokens.delete().where(mine)).rowcount != 1:
                raise ReadersError("there is no such token; it may be revoked already")
