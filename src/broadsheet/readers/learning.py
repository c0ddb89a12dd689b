"""Who lets the paper learn from what they like.

A consent has a random number of its own, which is all that a trained model's card knows of the
reader. It goes when the consent is withdrawn or the reader's data deleted, and a model that
learned under a number that is gone is taken out of use and deleted (`learn.withdraw`). Consent
that is given again is another number.
"""

from __future__ import annotations

import secrets

from sqlalchemy import BigInteger, Column, String, Table, select

from broadsheet.catalog import metadata
from broadsheet.readers import checks
from broadsheet.readers.accounts import the_reader
from broadsheet.readers.store import Store, roots
from broadsheet.readers.tables import acts, readers

LIKES = ("upvote", "save", "rate_up")

consents = Table(
    "reader_learning",
    metadata,
    Column("reader_id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", String(32), nullable=False),
    Column("given_at", String(20), nullable=False),
    sqlite_with_rowid=False,
)


class Learning:
    """The consents of a home's readers."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def allowed(self, reader_id: int) -> bool:
        """Whether a reader lets the paper learn from their acts."""
        query = select(consents.c.number).where(consents.c.reader_id == reader_id)
        with self._store.read() as connection:
            return connection.execute(query).first() is not None

    def allow(self, reader_id: int, *, wanted: bool) -> None:
        """Gives consent, or withdraws it; what holds already stays as it is."""
        if self.allowed(reader_id) == wanted:
            return
        with self._store.write() as (connection, _):
            the_reader(connection, reader_id)
            connection.execute(consents.delete().where(consents.c.reader_id == reader_id))
            if wanted:
                row = {"reader_id": reader_id, "number": secrets.token_hex(16)}
                connection.execute(consents.insert().values(**row, given_at=checks.now()))

    def held(self) -> frozenset[str]:
        """The numbers of all consents that hold now."""
        with self._store.read() as connection:
            return frozenset(connection.execute(select(consents.c.number)).scalars())

    def liked(self) -> dict[str, tuple[int, ...]]:
        """By consent the works that its reader likes or keeps, as they are known now; of
        readers who are disabled, none."""
        query = (
            select(consents.c.number, acts.c.work_id)
            .join(acts, acts.c.reader_id == consents.c.reader_id)
            .join(readers, readers.c.id == consents.c.reader_id)
            .where(acts.c.kind.in_(LIKES), acts.c.undone_at == "", readers.c.disabled == 0)
        )
        with self._store.read() as connection:
            rows = connection.execute(query).all()
            above = roots(connection, {row.work_id for row in rows})
        found: dict[str, set[int]] = {}
        for row in rows:
            found.setdefault(row.number, set()).add(above[row.work_id])
        return {number: tuple(sorted(works)) for number, works in sorted(found.items())}
