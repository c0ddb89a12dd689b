"""Pages of a sync are stored: papers, what was announced, and the cursor, all or nothing.

A sync is an import: its papers go the same way, are counted in the same ledger and are taken
back by the same command. What it adds is where to go on (the cursor, committed with the page
before it), and what the source's own listing named, against which the catalog is compared.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select

from broadsheet.catalog import ledger
from broadsheet.catalog.announcing_listing import enter_listings, mark_outcomes, names_in
from broadsheet.catalog.announcing_values import Reach, SyncRun, SyncTime
from broadsheet.catalog.database import Database, last, take
from broadsheet.catalog.errors import CatalogError
from broadsheet.catalog.intake import BATCH_PAPERS, Filing
from broadsheet.catalog.ledger import FINISHED, RUNNING, Tally
from broadsheet.catalog.rejects import RejectedFile
from broadsheet.catalog.rows import Prepared, UnfitError, now, prepare
from broadsheet.catalog.tables import imports
from broadsheet.catalog.tables_announcing import announced, sync_times, syncs
from broadsheet.catalog.values import Counts
from broadsheet.sources import Arrived, Page, Rejected, Want

COUNTER = "ledger"
# How `_wanted` ends where there is no last day.
_WITHOUT_END = '"until":""}'
FAILED = "failed"


class Syncs:
    """The syncs of a catalog: begun, gone on with, stored page by page, ended."""

    def __init__(
        self, database: Database, rejected_dir: Path, clock: Callable[[], str] = now
    ) -> None:
        self._database = database
        self._rejected_dir = rejected_dir
        self._clock = clock

    def begin(self, remote: str, source: str, want: Want) -> SyncRun:
        """The interrupted sync that wanted the same, or a new one.

        One whose papers were taken back in the meantime has ended with that: a new one begins.
        """
        wanted = _wanted(want)
        here = (syncs.c.remote == remote, syncs.c.state == RUNNING, syncs.c.want == wanted)
        query = select(syncs).where(*here).order_by(syncs.c.id.desc())
        with self._database.write() as connection:
            for row in connection.execute(query).all():
                if _goes_on(connection, row):
                    change = syncs.update().where(syncs.c.id == row.id)
                    connection.execute(change.values(resumed=row.resumed + 1))
                    return replace(_run(connection, row), resumed=row.resumed + 1)
            values = {
                "id": take(connection, "sync", 1),
                "remote": remote,
                "want": wanted,
                "source": source,
                "cursor": _left(connection, remote, wanted),
                "state": RUNNING,
                "import_id": 0,
                "pages": 0,
                "announced": 0,
                "resumed": 0,
                "problem": "",
                "started_at": self._clock(),
                "moved_at": "",
                "finished_at": "",
            }
            connection.execute(syncs.insert(), values)
            query = select(syncs).where(syncs.c.id == values["id"])
            return _run(connection, connection.execute(query).one())

    def store(self, run: SyncRun, page: Page) -> SyncRun:
        """Stores a page and where to go on; storing it again changes nothing more.

        Papers of a large page go in several short transactions; what was announced and the
        cursor are in the last of them, so that a kill in between reads the page again, finds
        its first papers known, and loses nothing.
        """
        papers, rejects = _prepared(page.items, run.source, self._clock())
        names = names_in(page, run.source, [raw for _, _, raw in rejects])
        outcomes: dict[str, str] = dict.fromkeys(names, "rejected")
        tally = self._tally(run)
        rejected = RejectedFile(self._rejected_dir)
        try:
            while len(papers) > BATCH_PAPERS:
                part, papers = papers[:BATCH_PAPERS], papers[BATCH_PAPERS:]
                with self._database.write() as connection:
                    outcomes |= self._file(connection, tally, run, part)
            with self._database.write() as connection:
                if rejects:
                    self._reject(connection, tally, run, rejects, rejected)
                if papers:
                    outcomes |= self._file(connection, tally, run, papers)
                told = enter_listings(connection, run.remote, run.source, page, self._clock())
                mark_outcomes(connection, outcomes, tally.import_id)
                return self._move(connection, run, tally, page.cursor, told)
        finally:
            rejected.close()

    def interrupted(self, remote: str) -> list[SyncRun]:
        """The syncs of a source that were begun and not ended and can be gone on with, oldest
        first."""
        here = (syncs.c.remote == remote, syncs.c.state == RUNNING)
        query = select(syncs).where(*here).order_by(syncs.c.id)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
            return [_run(connection, row) for row in rows if _goes_on(connection, row)]

    def end(self, run: SyncRun, problem: str = "", *, final: bool = True) -> SyncRun:
        """Closes a sync. One with a problem can be gone on with later unless it is ``final``:
        what it wanted can never be had."""
        with self._database.write() as connection:
            values: dict[str, Any] = {"problem": problem}
            if not problem or final:
                state = FAILED if problem else FINISHED
                # A source may leave a mark for its next sync: see `_left`.
                cursor = "" if problem else run.cursor
                values |= {"state": state, "finished_at": self._clock(), "cursor": cursor}
                if run.import_id:
                    tally = Tally("", "", run.source, import_id=run.import_id)
                    ledger.finish(connection, tally)
            connection.execute(syncs.update().where(syncs.c.id == run.id).values(values))
            take(connection, COUNTER, 1)
            return _run(connection, connection.execute(_by_id(run.id)).one())

    def runs(self, limit: int = 50) -> list[SyncRun]:
        """The newest syncs."""
        query = select(syncs).order_by(syncs.c.id.desc()).limit(limit)
        with self._database.read() as connection:
            return [_run(connection, row) for row in connection.execute(query).all()]

    def latest(self, remote: str) -> SyncRun | None:
        """The newest sync of a source that has finished."""
        query = (
            select(syncs)
            .where(syncs.c.remote == remote, syncs.c.state == FINISHED)
            .order_by(syncs.c.id.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
            return None if row is None else _run(connection, row)

    def heard(self) -> set[tuple[str, str]]:
        """Every source and set that a paper was named in; an empty listing names none."""
        named = announced.c.listing, announced.c.set_name
        query = select(*named).distinct().where(announced.c.set_name != "")
        with self._database.read() as connection:
            return {(row.listing, row.set_name) for row in connection.execute(query)}

    def reaches(self, remote: str, sets: Collection[str]) -> list[Reach]:
        """What each sync of a source asked for that has finished, had no end and was of these
        sets at least, newest first."""
        query = (
            select(syncs.c.want, syncs.c.started_at)
            .where(
                syncs.c.remote == remote,
                syncs.c.state == FINISHED,
                syncs.c.want.like(f"%{_WITHOUT_END}"),
            )
            .order_by(syncs.c.id.desc())
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        wanted = [(orjson.loads(want), started_at) for want, started_at in rows]
        return [
            Reach(want["since"], started_at)
            for want, started_at in wanted
            if set(sets) <= set(want["sets"])
        ]

    def times(self) -> dict[str, SyncTime]:
        """When each source was asked, and when it is asked next."""
        with self._database.read() as connection:
            return {row.remote: SyncTime(*row) for row in connection.execute(select(sync_times))}

    def set_time(self, time: SyncTime) -> None:
        """Keeps when a source is asked next."""
        with self._database.write() as connection:
            connection.execute(sync_times.delete().where(sync_times.c.remote == time.remote))
            connection.execute(
                sync_times.insert(),
                {
                    "remote": time.remote,
                    "tried_at": time.tried_at,
                    "done_at": time.done_at,
                    "next_at": time.next_at,
                    "failures": time.failures,
                    "problem": time.problem,
                },
            )

    def _tally(self, run: SyncRun) -> Tally:
        """The import of a sync; a new one until it has brought a paper."""
        if not run.import_id:
            return Tally(" ".join(("sync", run.remote, *run.sets)), "", run.source)
        tally = ledger.going_on(self._database, run.import_id)
        if tally is None:
            raise CatalogError(
                f"sync {run.remote}: its import {run.import_id} was taken back meanwhile; "
                "start the sync again"
            )
        return tally

    def _enter(self, connection: Connection, tally: Tally, run: SyncRun) -> None:
        if not tally.import_id:
            ledger.enter(connection, tally, last(connection, "record") + 1)
            change = syncs.update().where(syncs.c.id == run.id)
            connection.execute(change.values(import_id=tally.import_id))

    def _file(
        self, connection: Connection, tally: Tally, run: SyncRun, papers: list[Prepared]
    ) -> dict[str, str]:
        """Files papers; returns what became of each, by its name."""
        self._enter(connection, tally, run)
        before = tally.position
        filing = Filing(self._database, connection, tally.import_id)
        last_record = filing.file(papers, tally.counts)
        tally.counts["read"] += len(papers)
        tally.position += len(papers)
        ledger.advance(connection, tally, before, last_record)
        pairs = zip(papers, filing.outcomes, strict=True)
        return {paper.keys[0]: outcome.value for paper, outcome in pairs}

    def _reject(
        self,
        connection: Connection,
        tally: Tally,
        run: SyncRun,
        rejects: list[tuple[int, str, bytes]],
        file: RejectedFile,
    ) -> None:
        self._enter(connection, tally, run)
        before = tally.position
        name = f"import-{tally.import_id}-sync-{run.remote}.jsonl"
        path, tally.rejected_bytes = file.write(name, tally.rejected_bytes, rejects)
        tally.rejected_file = str(path)
        tally.counts["read"] += len(rejects)
        tally.counts["rejected"] += len(rejects)
        tally.position += len(rejects)
        ledger.advance(connection, tally, before, 0)

    def _move(
        self, connection: Connection, run: SyncRun, tally: Tally, cursor: str, told: int
    ) -> SyncRun:
        values = {
            "cursor": cursor,
            "import_id": tally.import_id,
            "pages": syncs.c.pages + 1,
            "announced": syncs.c.announced + told,
            "moved_at": self._clock(),
            "problem": "",
        }
        connection.execute(syncs.update().where(syncs.c.id == run.id).values(values))
        take(connection, COUNTER, 1)
        return _run(connection, connection.execute(_by_id(run.id)).one())


def ledger_seq(database: Database) -> int:
    """A number that grows whenever the ledger may look different."""
    with database.read() as connection:
        return last(connection, COUNTER)


def _prepared(
    items: Iterable[Arrived | Rejected], source: str, arrived_at: str
) -> tuple[list[Prepared], list[tuple[int, str, bytes]]]:
    """Papers made ready outside of any transaction, and what could not be taken."""
    papers: list[Prepared] = []
    rejects: list[tuple[int, str, bytes]] = []
    for item in items:
        if isinstance(item, Rejected):
            rejects.append((item.line, item.reason, item.raw))
            continue
        try:
            papers.append(prepare(item.paper, item.line, source, arrived_at))
        except UnfitError as error:
            raw = f"{item.paper.id} {item.paper.title}".encode("utf-8", "replace")
            rejects.append((item.line, str(error), raw))
    return papers, rejects


def _wanted(want: Want) -> str:
    return orjson.dumps(
        {"sets": sorted(want.sets), "since": want.since, "until": want.until}
    ).decode()


def _by_id(number: int) -> Any:
    return select(syncs).where(syncs.c.id == number)


def _left(connection: Connection, remote: str, wanted: str) -> str:
    """The cursor that the last finished sync of the same sets left, '' for none.

    Everything such syncs stored must still be there: once a part of it was taken back, all is
    asked for again.
    """
    finished = (syncs.c.remote == remote, syncs.c.state == FINISHED)
    parts = select(imports.c.id).join(syncs, syncs.c.import_id == imports.c.id)
    if connection.execute(parts.where(*finished, imports.c.state != FINISHED)).first():
        return ""
    sets = orjson.loads(wanted)["sets"]
    query = select(syncs.c.want, syncs.c.cursor).where(*finished).order_by(syncs.c.id.desc())
    for want, cursor in connection.execute(query):
        if orjson.loads(want)["sets"] == sets:
            return str(cursor)
    return ""


def _goes_on(connection: Connection, row: Row[Any]) -> bool:
    if not row.import_id:
        return True
    query = select(imports.c.state).where(imports.c.id == row.import_id)
    return connection.execute(query).scalar_one_or_none() == RUNNING


def _run(connection: Connection, row: Row[Any]) -> SyncRun:
    want = orjson.loads(row.want)
    counts = Counts()
    if row.import_id:
        columns: Sequence[Any] = [imports.c[name] for name in Counts.__dataclass_fields__]
        query = select(*columns).where(imports.c.id == row.import_id)
        if (found := connection.execute(query).one_or_none()) is not None:
            counts = Counts(*found)
    return SyncRun(
        row.id,
        row.remote,
        row.source,
        tuple(want["sets"]),
        want["since"],
        want["until"],
        row.state,
        row.import_id,
        row.pages,
        row.announced,
        row.resumed,
        row.problem,
        row.started_at,
        row.moved_at,
        row.finished_at,
        row.cursor,
        counts,
    )
