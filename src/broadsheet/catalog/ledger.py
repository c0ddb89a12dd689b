"""The ledger of imports: what was read from where, how far, and what became of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select

from broadsheet.catalog.database import Database, take
from broadsheet.catalog.errors import CatalogError, reported
from broadsheet.catalog.rows import now
from broadsheet.catalog.tables import imports, merges
from broadsheet.catalog.values import Counts, ImportRun, Merge

_CHUNK = 1 << 20
RUNNING, FINISHED, UNDOING, UNDONE = "running", "finished", "undoing", "undone"


@dataclass(slots=True)
class Tally:
    """An import while it runs; ``position`` is the last line that is dealt with."""

    path: str
    fingerprint: str
    source: str
    format: str = ""
    date_is: str = ""
    size: int = 0
    import_id: int = 0
    position: int = 0
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(Counts.__dataclass_fields__, 0)
    )
    rejected_file: str = ""
    rejected_bytes: int = 0
    first_record: int = 0


def fingerprint(path: Path, size: int | None = None) -> str:
    """Names a file by its bytes, or by the first ``size`` of them; '' for what is no file."""
    if not path.is_file():
        return ""
    left = path.stat().st_size if size is None else size
    digest = hashlib.blake2b(digest_size=16)
    with reported(str(path)), path.open("rb", buffering=0) as file:
        while left > 0 and (chunk := file.read(min(left, _CHUNK))):
            digest.update(chunk)
            left -= len(chunk)
    return digest.hexdigest()


def begin(
    database: Database,
    path: Path,
    source: str,
    *,
    format: str = "",  # noqa: A002
    date_is: str = "",
) -> Tally:
    """The interrupted import of the same bytes from the same source, or a new one.

    One that was interrupted because its file broke off goes on with a file that begins with the
    same bytes. ``format`` and ``date_is`` say how the file is read, '' where that is not known.
    Raises `CatalogError` where the interrupted import read the file otherwise: its papers would
    be of two kinds.
    """
    tally = Tally(str(path.absolute()), fingerprint(path), source, format=format, date_is=date_is)
    if not tally.fingerprint:
        return tally
    tally.size = path.stat().st_size
    row = _interrupted(database, path, tally)
    if row is None:
        return tally
    if row.state == UNDOING:
        raise CatalogError(
            f"{path}: import {row.id} of this file is being taken back; "
            f"end that first with 'broadsheet import --undo {row.id}'"
        )
    for stated, here, option in ((row.format, format, "format"), (row.date_is, date_is, "date-is")):
        if stated and here and stated != here:
            raise CatalogError(
                f"{path}: import {row.id} of this file was begun with --{option} {stated} and "
                f"interrupted after line {row.position:,}; give that again, or take it back first "
                f"with 'broadsheet import --undo {row.id}'"
            )
    if row.fingerprint != tally.fingerprint:
        with database.write() as connection:
            change = imports.update().where(imports.c.id == row.id, imports.c.state == RUNNING)
            now_whole = {"path": tally.path, "fingerprint": tally.fingerprint, "size": tally.size}
            connection.execute(change.values(**now_whole, problem=""))
    return _taken_up(tally, row)


def _interrupted(database: Database, path: Path, tally: Tally) -> Row[Any] | None:
    """The newest import of a file that has not ended."""
    query = (
        select(imports)
        .where(
            imports.c.source == tally.source,
            imports.c.state.in_((RUNNING, UNDOING)),
            or_(
                imports.c.fingerprint == tally.fingerprint,
                and_(imports.c.problem != "", imports.c.size.between(1, tally.size - 1)),
            ),
        )
        .order_by(imports.c.id.desc())
    )
    with database.read() as connection:
        rows = connection.execute(query).all()
    for row in rows:
        if row.fingerprint in (tally.fingerprint, fingerprint(path, row.size)):
            return row
    return None


def going_on(database: Database, number: int) -> Tally | None:
    """An import that is still running, by its number; None when it ended or was taken back."""
    query = select(imports).where(imports.c.id == number, imports.c.state == RUNNING)
    with database.read() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else _taken_up(Tally(row.path, row.fingerprint, row.source), row)


def _taken_up(tally: Tally, row: Row[Any]) -> Tally:
    tally.import_id, tally.position, tally.first_record = row.id, row.position, row.first_record
    tally.counts = {name: getattr(row, name) for name in tally.counts}
    tally.rejected_file, tally.rejected_bytes = row.rejected_file, row.rejected_bytes
    return tally


def enter(connection: Connection, tally: Tally, first_record: int) -> None:
    """Gives an import its number and its line in the ledger."""
    tally.import_id = take(connection, "import", 1)
    tally.first_record = first_record
    row = {
        "id": tally.import_id,
        "path": tally.path,
        "fingerprint": tally.fingerprint,
        "source": tally.source,
        "format": tally.format,
        "date_is": tally.date_is,
        "size": tally.size,
        "state": RUNNING,
        "position": 0,
        "first_record": first_record,
        "last_record": 0,
        **dict.fromkeys(tally.counts, 0),
        "rejected_file": "",
        "rejected_bytes": 0,
        "problem": "",
        "started_at": now(),
        "finished_at": "",
    }
    connection.execute(imports.insert(), row)


def advance(connection: Connection, tally: Tally, before: int, last_record: int) -> None:
    """Writes how far an import is, in the transaction that stores what it read.

    Raises `CatalogError` when another process has moved it on since.
    """
    values: dict[str, Any] = {
        "position": tally.position,
        "rejected_file": tally.rejected_file,
        "rejected_bytes": tally.rejected_bytes,
        **tally.counts,
    }
    if last_record:
        values["last_record"] = last_record
    change = imports.update().where(
        imports.c.id == tally.import_id,
        imports.c.position == before,
        imports.c.state == RUNNING,
    )
    if connection.execute(change.values(values)).rowcount != 1:
        raise CatalogError(
            f"{tally.path}: another process imports or takes back this file; wait for its end"
        )


def finish(connection: Connection, tally: Tally) -> None:
    """Closes an import."""
    change = imports.update().where(imports.c.id == tally.import_id, imports.c.state == RUNNING)
    connection.execute(change.values(state=FINISHED, finished_at=now(), problem=""))


def stop(connection: Connection, tally: Tally, problem: str) -> None:
    """Leaves an import open whose file breaks off: see `begin`."""
    change = imports.update().where(imports.c.id == tally.import_id, imports.c.state == RUNNING)
    connection.execute(change.values(problem=problem))


def runs(database: Database) -> list[ImportRun]:
    """Every import, newest first."""
    with database.read() as connection:
        rows = connection.execute(select(imports).order_by(imports.c.id.desc())).all()
    return [_run(row) for row in rows]


def _run(row: Row[Any]) -> ImportRun:
    counts = Counts(**{name: getattr(row, name) for name in Counts.__dataclass_fields__})
    return ImportRun(
        row.id,
        row.path,
        row.source,
        row.state,
        row.position,
        counts,
        row.rejected_file,
        row.started_at,
        row.finished_at,
        row.problem,
    )


def enter_merge(
    connection: Connection,
    *,
    import_id: int,
    record_id: int,
    survivor: int,
    absorbed: int,
    reason: str,
) -> None:
    """Logs a merge."""
    row = {
        "id": take(connection, "merge", 1),
        "import_id": import_id,
        "record_id": record_id,
        "survivor_id": survivor,
        "absorbed_id": absorbed,
        "reason": reason.replace("\t", ":"),
        "merged_at": now(),
        "undone_at": "",
        "undone_by": "",
    }
    connection.execute(merges.insert(), row)


def merge_log(database: Database) -> list[Merge]:
    """Every merge there was, newest first."""
    columns = (
        merges.c.id,
        merges.c.survivor_id,
        merges.c.absorbed_id,
        merges.c.reason,
        merges.c.import_id,
        merges.c.merged_at,
        merges.c.undone_at,
        merges.c.undone_by,
    )
    with database.read() as connection:
        rows = connection.execute(select(*columns).order_by(merges.c.id.desc())).all()
    return [Merge(*row) for row in rows]
