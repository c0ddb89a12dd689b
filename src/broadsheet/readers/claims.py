"""Authors claim their papers: by an address that stands in the paper, or by an operator's word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, select

from broadsheet.papers import Paper
from broadsheet.readers import checks, letters
from broadsheet.readers.bounds import require_room
from broadsheet.readers.errors import ReadersError
from broadsheet.readers.officers import let_in, require_active, require_operator
from broadsheet.readers.store import Store, families, fit, living, roots
from broadsheet.readers.tables import letters as sent
from broadsheet.readers.tables_community import claims

A_DAY = 30
VALID_DAYS = 2
_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.ASCII)
# {ada, emmy}@example.org, as papers print the addresses of several authors.
_GROUP = re.compile(r"\{([^{}@]{1,300})\}@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Claim:
    """A reader's claim to be an author of a paper; ``how``: mail or operator."""

    id: int
    reader_id: int
    work_id: int
    author: str
    state: Literal["waiting", "confirmed", "refused"]
    how: str
    at: str
    by_reader: int
    answer: str


def addresses(paper: Paper) -> tuple[str, ...]:
    """The mail addresses that stand in a paper's record, in small letters."""
    found: dict[str, None] = {}
    texts = [paper.abstract, *(author.affiliation for author in paper.authors)]
    for text in (*texts, *_texts(paper.extra)):
        for names, domain in _GROUP.findall(text):
            for name in names.split(","):
                found[f"{name.strip()}@{domain}".lower()] = None
        for address in _ADDRESS.findall(text):
            found[address.lower()] = None
    return tuple(address for address in found if _ADDRESS.fullmatch(address))


class Claims:
    """Who wrote what, as far as it is confirmed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def claim(self, reader_id: int, work_id: int, author: str) -> Claim:
        """Claims a paper as the author of this printed name.

        Confirmed at once where the reader's confirmed address stands in the paper; otherwise
        it waits, for `send` or for an operator.
        """
        author = checks.line(author, "author's name", 200)
        with self._store.read() as connection:
            root = living(connection, work_id)
        work = self._store.catalog.get(root)
        names = [item.name for item in work.paper.authors] if work else []
        if names and author not in names:
            raise ReadersError("the paper names no such author; write the name as it is printed")
        with self._store.write() as (connection, number):
            reader = require_active(connection, reader_id)
            root = living(connection, work_id)
            row = _mine(connection, reader_id, root)
            if row is not None and row.state != "refused":
                return _claim(row, root)
            if row is not None:
                raise ReadersError(
                    f"this claim was refused{': ' + row.answer if row.answer else ''}; "
                    "ask an operator"
                )
            require_room(connection, claims, reader_id, A_DAY, 24, "claims")
            known = addresses(work.paper) if work else ()
            sure = reader.email_confirmed and reader.email.lower() in known
            state, how = ("confirmed", "mail") if sure else ("waiting", "")
            values = (number, reader_id, root, author, state, how, checks.now(), 0, "")
            connection.execute(claims.insert(), dict(zip(claims.c.keys(), values, strict=True)))
            return _claim(_mine(connection, reader_id, root), root)

    def send(self, reader_id: int, claim_id: int, address: str) -> str:
        """The secret that confirms a claim, to be mailed to an address that stands in the paper."""
        with self._store.read() as connection:
            row = _one(connection, claim_id)
            root = roots(connection, [row.work_id])[row.work_id]
        work = self._store.catalog.get(root)
        address = address.strip().lower()
        if row.reader_id != reader_id or row.state != "waiting":
            raise ReadersError("there is no such claim of yours that waits")
        if work is None or address not in addresses(work.paper):
            raise ReadersError("this address does not stand in the paper; ask an operator")
        with self._store.write() as (connection, number):
            require_active(connection, reader_id)
            mine = (sent.c.reader_id == reader_id) & (sent.c.purpose == "claim")
            same = mine & (sent.c.subject == str(claim_id))
            letters.require_few(connection, reader_id, "claim")
            letters.lapse(connection, same)
            if len(connection.execute(select(sent.c.id).where(mine)).all()) >= A_DAY:
                raise ReadersError("too many claims wait for a mail; answer those first")
            return letters.write(
                connection, number, reader_id, "claim", str(claim_id), address, VALID_DAYS
            )

    def mailed(self, secret: str) -> Claim:
        """The claim that a mailed secret is about; raises `ReadersError` for one not valid."""
        with self._store.read() as connection:
            letter = letters.find(connection, "claim", secret)
            row = _one(connection, int(letter.subject))
            return _claim(row, roots(connection, [row.work_id])[row.work_id])

    def confirm(self, reader_id: int, secret: str) -> Claim:
        """Confirms one's own claim with the secret that was mailed.

        Only whoever claims a paper: another of its authors, who reads the same mailbox or got the
        mail instead, would give it away by opening what they were sent.
        """
        with self._store.write() as (connection, _):
            letter = letters.find(connection, "claim", secret)
            if letter.reader_id != reader_id:
                raise ReadersError("another account claims this paper; log in with that one")
            letters.use(connection, letter)
            row = _one(connection, int(letter.subject))
            if row.state != "waiting":
                raise ReadersError("this claim was decided already")
            change = claims.update().where(claims.c.id == row.id)
            connection.execute(change.values(state="confirmed", how="mail"))
            return _claim(_one(connection, row.id), row.work_id)

    def decide(self, by: int, claim_id: int, *, good: bool, answer: str = "") -> Claim:
        """An operator confirms or refuses a claim, also one that was decided before."""
        answer = checks.line(answer, "answer", 500, empty=True)
        with self._store.write() as (connection, _):
            require_operator(connection, by)
            row = _one(connection, claim_id)
            state = "confirmed" if good else "refused"
            change = claims.update().where(claims.c.id == claim_id)
            connection.execute(
                change.values(state=state, how="operator", by_reader=by, answer=answer)
            )
            return _claim(_one(connection, claim_id), row.work_id)

    def withdraw(self, reader_id: int, claim_id: int) -> None:
        """Takes one's own claim back, unless it was refused."""
        with self._store.write() as (connection, _):
            row = _one(connection, claim_id)
            if row.reader_id != reader_id or row.state == "refused":
                raise ReadersError("there is no such claim of yours")
            connection.execute(claims.delete().where(claims.c.id == claim_id))

    def waiting(self, limit: int) -> list[Claim]:
        """The first ``limit`` claims that wait for an operator, the oldest first."""
        return self._rows(claims.c.state == "waiting", limit)

    def undecided(self) -> int:
        """How many wait for an operator."""
        query = select(func.count()).where(claims.c.state == "waiting")
        with self._store.read() as connection:
            return int(connection.execute(query).scalar_one())

    def of(self, reader_id: int) -> list[Claim]:
        """The claims of a reader, the oldest first."""
        return self._rows(claims.c.reader_id == reader_id)

    def on(self, work_ids: Iterable[int]) -> dict[int, tuple[Claim, ...]]:
        """The confirmed claims on each of these works that has any; none of who is shut out."""
        asked = list(dict.fromkeys(work_ids))
        with self._store.read() as connection:
            above = roots(connection, asked)
            family = list(families(connection, set(above.values())))
        told = (claims.c.state == "confirmed") & let_in(claims.c.reader_id)
        found: dict[int, list[Claim]] = {}
        for claim in self._rows(claims.c.work_id.in_(family) & told):
            found.setdefault(claim.work_id, []).append(claim)
        return {number: tuple(found[above[number]]) for number in asked if above[number] in found}

    def is_author(self, reader_id: int, work_id: int) -> bool:
        """Whether a reader is a confirmed author of a paper."""
        with self._store.read() as connection:
            return writes(connection, reader_id, roots(connection, [work_id]).get(work_id, 0))

    def _rows(self, condition: Any, limit: int | None = None) -> list[Claim]:
        query = select(claims).where(condition).order_by(claims.c.id).limit(limit)
        with self._store.read() as connection:
            rows = connection.execute(query).all()
            above = roots(connection, {row.work_id for row in rows})
        return [_claim(row, above[row.work_id]) for row in rows]


def writes(connection: Connection, reader_id: int, root: int) -> bool:
    """Whether a reader is a confirmed author of a work that is a root."""
    row = _mine(connection, reader_id, root)
    return row is not None and row.state == "confirmed"


def _mine(connection: Connection, reader_id: int, root: int) -> Row[Any] | None:
    family = list(families(connection, [root]))
    query = select(claims).where(claims.c.reader_id == reader_id, claims.c.work_id.in_(family))
    rows = connection.execute(query.order_by(claims.c.id)).all()
    # Of claims on works that became one, the confirmed one speaks.
    return next((row for row in rows if row.state == "confirmed"), rows[0] if rows else None)


def _one(connection: Connection, claim_id: int) -> Row[Any]:
    row = None
    if fit(claim_id):
        row = connection.execute(select(claims).where(claims.c.id == claim_id)).one_or_none()
    if row is None:
        raise ReadersError("there is no such claim; it may have been withdrawn")
    return row


def _claim(row: Row[Any] | None, work_id: int) -> Claim:
    if row is None:
        raise ReadersError("there is no such claim; it may have been withdrawn")
    return Claim(**{**row._mapping, "work_id": work_id})


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
