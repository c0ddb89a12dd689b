"""Papers handed in by readers: by id, by address or as a file, with a why.

Nothing is fetched here. What the catalog knows is here at once; the rest waits until a source
brings it (`settle`), or until an operator imports or refuses it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Select, func, select

from broadsheet.catalog import ImportResult, ingest
from broadsheet.papers import parse_identifier
from broadsheet.readers import checks
from broadsheet.readers.bounds import require_room
from broadsheet.readers.errors import ReadersError
from broadsheet.readers.officers import let_in, require_active, require_curator
from broadsheet.readers.store import Store, families, fit, roots
from broadsheet.readers.tables_community import submissions
from broadsheet.sources import Arrived, Rejected, SourceError, read

A_DAY = 50
MAX_PAPERS = 100
MAX_WHY = 2_000
SOURCE = "submitted"


@dataclass(frozen=True, slots=True)
class Submission:
    """A paper that a reader handed in; ``work_id`` is 0 until it is here."""

    id: int
    reader_id: int
    work_id: int
    source_text: str
    why: str
    state: str
    at: str
    by_reader: int
    answer: str


class Submissions:
    """What readers hand in."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def submit(self, reader_id: int, text: str, why: str = "") -> Submission:
        """Hands in an arXiv id, a DOI, an Anthology or OpenReview id, or an address."""
        text = checks.line(text, "id or address", 1_000)
        found = self._store.catalog.resolve(text)
        if len(found) > 1:
            raise ReadersError("several papers have this id; say which source it is of, SOURCE:ID")
        if not found:
            scheme = parse_identifier(text)[0].scheme
            if scheme == "id":
                raise ReadersError(
                    "this is no id or address of a paper; give an arXiv id, a DOI or https://…"
                )
            if scheme == "url":
                checks.web_address(text)
        return self._store_all(reader_id, [(text, found[0] if found else 0)], why)[0]

    def submit_file(
        self, reader_id: int, path: Path, why: str = "", *, rejected_dir: Path, name: str = ""
    ) -> tuple[list[Submission], ImportResult]:
        """Takes the papers of a file in, `MAX_PAPERS` at most, as handed in by a reader, who
        knows the file by ``name``."""
        try:
            items = list(islice(read(path, source=SOURCE), MAX_PAPERS + 1))
        except SourceError as error:
            told = checks.file_name(name, path.name)
            raise ReadersError(str(error).replace(str(path), told)) from error
        return self.take_in(reader_id, items, why, path.name, rejected_dir=rejected_dir)

    def take_in(
        self,
        reader_id: int,
        items: list[Arrived | Rejected],
        why: str,
        name: str,
        *,
        rejected_dir: Path,
    ) -> tuple[list[Submission], ImportResult]:
        """Takes papers in that were read from a file, or typed into a form."""
        papers = [item.paper for item in items if isinstance(item, Arrived)]
        if len(items) > MAX_PAPERS:
            raise ReadersError(
                f"the file holds more than {MAX_PAPERS} papers; 'broadsheet import' takes more"
            )
        if not papers:
            raise ReadersError("the file holds no paper that could be read")
        name = checks.line(name, "name of the file", 200)
        with self._store.read() as connection:
            require_active(connection, reader_id)
            require_room(connection, submissions, reader_id, A_DAY, 24, "papers handed in")
        catalog = self._store.catalog
        # No file behind the name: the same papers may be handed in again.
        result = ingest(
            catalog, items, path=Path(f"{SOURCE}: {name}"), source=SOURCE, rejected_dir=rejected_dir
        )
        rows: dict[int, str] = {}
        for paper in papers:
            work_id = catalog.work_of(paper)
            if work_id is not None:
                rows.setdefault(work_id, paper.id[:1_000])
        stored = [(checks.line(text, "id", 1_000), number) for number, text in rows.items()]
        return self._store_all(reader_id, stored, why), result

    def _store_all(self, reader_id: int, rows: list[tuple[str, int]], why: str) -> list[Submission]:
        why = checks.prose(why, "why", MAX_WHY)
        made = []
        for text, work_id in rows:
            with self._store.write() as (connection, number):
                require_active(connection, reader_id)
                same = submissions.c.source_text == text
                if work_id:
                    same = submissions.c.work_id == work_id
                mine = select(submissions).where(submissions.c.reader_id == reader_id, same)
                row = connection.execute(mine.where(submissions.c.state != "refused")).first()
                if row is not None:
                    made.append(_submission(row))
                    continue
                require_room(connection, submissions, reader_id, A_DAY, 24, "papers handed in")
                state = "here" if work_id else "waiting"
                values = (number, reader_id, work_id, text, why, state, checks.now(), 0, "")
                columns = submissions.c.keys()
                connection.execute(submissions.insert(), dict(zip(columns, values, strict=True)))
                made.append(Submission(*values))
        return made

    def settle(self, limit: int = 200) -> list[Submission]:
        """Finds those that wait among the papers that have come since; returns what was found."""
        found = []
        for waiting in self.waiting(limit):
            works = self._store.catalog.resolve(waiting.source_text)
            if len(works) != 1:
                continue
            with self._store.write() as (connection, _):
                change = submissions.update().where(
                    submissions.c.id == waiting.id, submissions.c.state == "waiting"
                )
                connection.execute(change.values(work_id=works[0], state="here"))
                row = connection.execute(
                    select(submissions).where(submissions.c.id == waiting.id)
                ).one_or_none()
            if row is not None:
                found.append(_submission(row))
        return found

    def refuse(self, by: int, submission_id: int, answer: str = "") -> Submission:
        """Declines one that waits; ``by`` is a curator or operator."""
        answer = checks.line(answer, "answer", 500, empty=True)
        which = submissions.c.id == submission_id
        with self._store.write() as (connection, _):
            require_curator(connection, by)
            change = submissions.update().where(which, submissions.c.state == "waiting")
            values = change.values(state="refused", by_reader=by, answer=answer)
            if connection.execute(values).rowcount != 1:
                raise ReadersError("there is no such paper waiting")
            return _submission(connection.execute(select(submissions).where(which)).one())

    def withdraw(self, reader_id: int, submission_id: int) -> None:
        """Takes back what one handed in and no source has brought yet."""
        mine = (submissions.c.id == submission_id) & (submissions.c.reader_id == reader_id)
        with self._store.write() as (connection, _):
            gone = submissions.delete().where(mine, submissions.c.state == "waiting")
            if not fit(submission_id) or connection.execute(gone).rowcount != 1:
                raise ReadersError("nothing of yours waits here; it may have come meanwhile")

    def waiting(self, limit: int = 200) -> list[Submission]:
        """Those that no source has brought yet, the oldest first."""
        query = select(submissions).where(submissions.c.state == "waiting")
        return self._rows(query.order_by(submissions.c.id).limit(limit))

    def undecided(self) -> int:
        """How many no source has brought yet."""
        query = select(func.count()).where(submissions.c.state == "waiting")
        with self._store.read() as connection:
            return int(connection.execute(query).scalar_one())

    def recent(self, limit: int = 50) -> list[Submission]:
        """Those whose papers are here, the newest first; none of who is shut out."""
        query = _shown().where(submissions.c.state == "here")
        return self._rows(query.order_by(submissions.c.id.desc()).limit(limit))

    def of(self, reader_id: int) -> list[Submission]:
        """What a reader handed in, the newest first."""
        query = select(submissions).where(submissions.c.reader_id == reader_id)
        return self._rows(query.order_by(submissions.c.id.desc()))

    def on(self, work_ids: Iterable[int]) -> dict[int, Submission]:
        """The first submission of each of these works that was handed in; of those of readers who
        are not shut out."""
        asked = list(dict.fromkeys(work_ids))
        found: dict[int, Submission] = {}
        with self._store.read() as connection:
            above = roots(connection, asked)
            family = families(connection, set(above.values()))
            query = _shown().where(submissions.c.work_id.in_(list(family)))
            for row in connection.execute(query.order_by(submissions.c.id)):
                found.setdefault(family[row.work_id], _submission(row))
        return {number: found[above[number]] for number in asked if above[number] in found}

    def _rows(self, query: Any) -> list[Submission]:
        with self._store.read() as connection:
            return [_submission(row) for row in connection.execute(query)]


def _shown() -> Select[Any]:
    """What is told to others: not that someone who is shut out handed a paper in."""
    return select(submissions).where(let_in(submissions.c.reader_id))


def _submission(row: Row[Any]) -> Submission:
    return Submission(*tuple(row))
