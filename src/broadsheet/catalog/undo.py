"""Taking back: imports, merges and works, in short transactions that each leave a whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, select

from broadsheet.catalog import identity, sightings, titles
from broadsheet.catalog.database import Database
from broadsheet.catalog.draft import Draft
from broadsheet.catalog.errors import CatalogError
from broadsheet.catalog.ledger import UNDOING, UNDONE
from broadsheet.catalog.rows import now
from broadsheet.catalog.sightings import Heir
from broadsheet.catalog.tables import imports, merges, records

BATCH = 500


def undo_import(database: Database, number: int) -> int:
    """Takes back what an import added; returns how many works it changed.

    What another import found here unchanged is that one's from now on. Of the rest merges are
    taken apart and records go, works without a record are gone, others show the version before.
    Interrupted, it goes on when it is called again.
    """
    with database.write() as connection:
        query = select(imports.c.state).where(imports.c.id == number)
        state = connection.execute(query).scalar_one_or_none()
        if state is None:
            raise CatalogError(
                f"there is no import {number}; 'broadsheet import --list' shows those there are"
            )
        if state == UNDONE:
            raise CatalogError(f"import {number} is taken back already")
        connection.execute(imports.update().where(imports.c.id == number).values(state=UNDOING))
    changed: set[int] = set()
    while _undo_merges(database, number, changed):
        pass
    while _remove_records(database, number, changed):
        pass
    with database.write() as connection:
        sightings.forget(connection, number)
        connection.execute(imports.update().where(imports.c.id == number).values(state=UNDONE))
    return len(changed)


def undo_merge(database: Database, number: int) -> None:
    """Takes two works apart for good: no later record joins these two again."""
    with database.write() as connection:
        query = select(merges.c.absorbed_id, merges.c.undone_at).where(merges.c.id == number)
        row = connection.execute(query).one_or_none()
        if row is None:
            raise CatalogError(f"there is no merge {number}")
        if row.undone_at:
            raise CatalogError(f"merge {number} is taken back already")
        _take_apart(database, connection, number, row.absorbed_id, "hand")


def delete(database: Database, work_id: int, *, deleted: bool = True) -> None:
    """Deletes a work by hand, or brings it back.

    Its records stay, so that it remains deleted when its source announces it again.
    """
    with database.write() as connection:
        draft = Draft(database, connection)
        draft.load_works([work_id])
        work = draft.works.get(work_id)
        if work is None or work.merged_into is not None or not work.records:
            raise CatalogError(f"there is no work {work_id}")
        if work.deleted != deleted:
            work.deleted = deleted
            draft.touch(work)
            draft.save()


def _undo_merges(database: Database, number: int, changed: set[int]) -> bool:
    """Takes the newest merges of an import apart, or hands them over; whether there were any."""
    query = (
        select(merges.c.id, merges.c.absorbed_id, merges.c.survivor_id, merges.c.record_id)
        .where(merges.c.import_id == number, merges.c.undone_at == "")
        .order_by(merges.c.id.desc())
        .limit(BATCH // 10)
    )
    with database.write() as connection:
        rows = connection.execute(query).all()
        heirs = sightings.heirs(connection, number, {row.record_id for row in rows})
        for merge_id, absorbed, survivor, record in rows:
            if record in heirs:  # what joined them stays
                change = merges.update().where(merges.c.id == merge_id)
                connection.execute(change.values(import_id=heirs[record].import_id))
                continue
            _take_apart(database, connection, merge_id, absorbed, "import")
            changed.update((absorbed, survivor))
    return bool(rows)


def _take_apart(
    database: Database, connection: Connection, number: int, absorbed: int, by: str
) -> None:
    draft = Draft(database, connection)
    identity.unmerge(draft, connection, absorbed)
    draft.save()
    log = merges.update().where(merges.c.id == number)
    connection.execute(log.values(undone_at=now(), undone_by=by))


def _remove_records(database: Database, number: int, changed: set[int]) -> bool:
    """Removes the newest records of an import, or hands them over; whether there were any."""
    span = select(imports.c.first_record, imports.c.last_record).where(imports.c.id == number)
    with database.write() as connection:
        first, last = connection.execute(span).one()
        query = (
            select(records.c.id, records.c.work_id)
            .where(records.c.id.between(first, last), records.c.import_id == number)
            .order_by(records.c.id.desc())
            .limit(BATCH)
        )
        rows = connection.execute(query).all()
        if not rows:
            return False
        draft = Draft(database, connection)
        heirs = sightings.heirs(connection, number, {row.id for row in rows})
        sightings.inherit(connection, heirs)
        draft.load_works({row.work_id for row in rows})
        gone = {row.id for row in rows}.difference(heirs)
        for work_id in dict.fromkeys(row.work_id for row in rows):
            if _date_again(draft, work_id, heirs) | _remove(draft, work_id, gone):
                changed.add(work_id)
        titles.remove(database, connection, gone)
        draft.save()
        # What is behind is removed: the next batch need not look there.
        change = imports.update().where(imports.c.id == number)
        connection.execute(change.values(last_record=rows[-1].id - 1))
    return True


def _date_again(draft: Draft, work_id: int, heirs: Mapping[int, Heir]) -> bool:
    """Gives records the day of announcement that their heirs state; whether any has another."""
    again = False
    for record in draft.works[work_id].records:
        heir = heirs.get(record.id)
        if heir is not None and heir.announced is not None:
            draft.date(record, heir.announced)
            again = True
    return again


def _remove(draft: Draft, work_id: int, gone: Collection[int]) -> bool:
    """Removes those records of a work that are gone; whether it had any."""
    work = draft.works[work_id]
    leaving = [record for record in work.records if record.id in gone]
    keys = {key for record in leaving for key in record.keys}
    draft.load_names(keys)
    for record in leaving:
        draft.remove(record)
    for key in keys:
        name = draft.names.get(key)
        # Of works that were taken apart, two may carry the same identifier; it leads to one.
        if name is None or name.work_id != work_id:
            continue
        carriers = [record.origin_id for record in work.records if key in record.keys]
        if not carriers:
            draft.forget(key)
        elif name.origin_id not in carriers:
            draft.lead(key, work_id, min(carriers))
    return bool(leaving)
