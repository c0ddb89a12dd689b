"""The catalog of a home: what is kept, in one object."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import text

from broadsheet.catalog import (
    archive,
    latecomers,
    ledger,
    queries,
    referring,
    scanning,
    schema,
    undo,
)
from broadsheet.catalog.announcing import Syncs
from broadsheet.catalog.announcing_ledger import Completeness
from broadsheet.catalog.announcing_troubles import Troubles
from broadsheet.catalog.database import Database, connect
from broadsheet.catalog.errors import CatalogError, reported
from broadsheet.catalog.scanning import Twin
from broadsheet.catalog.values import Change, ImportRun, Listed, Merge, Work
from broadsheet.files import private_folder
from broadsheet.papers import Paper, Version
from broadsheet.settings import Settings


class Catalog:
    """Works and their records; safe to share between threads.

    Every method raises `CatalogError` when the database cannot do what is asked of it.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    @staticmethod
    def open(settings: Settings) -> Catalog:
        """Opens the catalog of a home, and makes it where there is none.

        An older one is upgraded after a backup into the home's ``backups``; a newer one, and
        what is no catalog, raises `CatalogError`.
        """
        with reported(str(settings.home)):
            private_folder(settings.home)
        database = connect(settings)
        try:
            copies = settings.backups_path
            schema.prepare(
                database,
                lambda: archive.alone(copies),
                lambda revision: archive.keep(database, copies, revision),
            )
        except BaseException:
            database.close()
            raise
        return Catalog(database)

    def close(self) -> None:
        """Closes every connection."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def seq(self) -> int:
        """The number of the last change; it only grows."""
        return queries.seq(self.database)

    def changes(self, after: int, limit: int) -> list[Change]:
        """The latest state of at most ``limit`` works that changed after ``after``, by `seq`.

        A work is told once, however often it changed; a change without a work says that it
        is gone (deleted, merged into another, or without records).
        """
        return queries.changes(self.database, after, limit)

    def get(self, work_id: int, *, deleted: bool = False) -> Work | None:
        """A work; None when it is gone. ``deleted`` also gives one that was deleted by hand."""
        return queries.get_many(self.database, [work_id], deleted=deleted).get(work_id)

    def get_many(self, ids: Sequence[int], *, deleted: bool = False) -> dict[int, Work]:
        """Works by number, in the order asked for; what is gone is left out."""
        return queries.get_many(self.database, ids, deleted=deleted)

    def resolve(self, text: str, *, deleted: bool = False) -> list[int]:
        """The works an id, DOI or address may mean, or a bare id as it came from any source; an
        address may also be that of a paper's page here.

        None for what is not known; several when it is ambiguous. Never raises for any text.
        """
        return queries.resolve(self.database, text, deleted=deleted)

    def work_of(self, paper: Paper) -> int | None:
        """The work that a paper, as it arrived, was filed under; None where it was not."""
        return queries.work_of(self.database, paper)

    def meant(self, papers: Sequence[Paper]) -> list[int]:
        """The living work that each reference means, by its identifiers, else by title and
        authors; 0 where none is here, or where several might be meant. Texts are clean."""
        return referring.meant(self.database, papers)

    def versions(self, work_id: int) -> list[Version]:
        """Every record of a work, in the order of arrival."""
        return queries.versions(self.database, work_id)

    def renewed(
        self, ids: Sequence[int], *, after: int = 0, since: str = ""
    ) -> dict[int, list[Version]]:
        """The works among these that got a record behind the record number ``after``, later than
        a moment (UTC), with every record of them in the order of arrival."""
        return queries.renewed(self.database, ids, after, since)

    def last_record(self) -> int:
        """The number of the record that arrived last; 0 without any."""
        return queries.last_record(self.database)

    def count(self) -> int:
        """How many works there are."""
        return queries.count(self.database)

    def sources(self) -> list[tuple[str, int]]:
        """Every source with the number of its works, the largest first."""
        return queries.sources(self.database)

    def days(self, limit: int, before: str = "") -> list[tuple[str, int]]:
        """Announced days with the number of their works, newest first, those before ``before``.

        Days that have not come (later than tomorrow, UTC) are left out, here and wherever works
        are asked for by day: a paper under such a day waits for it.
        """
        return queries.days(self.database, limit, before)

    def ahead(self) -> list[int]:
        """The works that wait for their announced day, the next day first."""
        return queries.ahead(self.database)

    def on_day(
        self, day: str, *, category: str = "", offset: int = 0, limit: int = 40
    ) -> list[int]:
        """The works announced on a day, in the order of arrival; ``cs`` includes ``cs.LG``."""
        return self.between(day, day, category=category, offset=offset, limit=limit)

    def categories_on(self, day: str) -> list[tuple[str, int]]:
        """Every category of a day with the number of its works, the most frequent first."""
        return queries.categories_between(self.database, day, day)

    def between(
        self, first: str, last: str, *, category: str = "", offset: int = 0, limit: int = 40
    ) -> list[int]:
        """The works announced on these days and those between, newest day first."""
        return queries.between(
            self.database, first, last, category=category, offset=offset, limit=limit
        )

    def categories_between(self, first: str, last: str) -> list[tuple[str, int]]:
        """`categories_on` for several days."""
        return queries.categories_between(self.database, first, last)

    def count_between(self, first: str, last: str) -> int:
        """How many works were announced on these days."""
        return queries.count_between(self.database, first, last)

    def listing(self, first: str, last: str) -> list[Listed]:
        """All works of `between` with what a plan of pages needs: no text is read."""
        return queries.listing(self.database, first, last)

    def arrived_late(self, first: str, before: str, since: str) -> dict[int, str]:
        """Work -> day it was announced on, of works announced from the day ``first`` to one
        before the day ``before`` of which nothing was here before the day ``since``, nor within
        three days of its own."""
        return latecomers.arrived_late(self.database, first, before, since)

    def cross_listed(self, first: str) -> dict[int, dict[str, str]]:
        """Work -> set -> day, of works announced before the day ``first``, or on no day that is
        known, that a source's listing gave a further set since."""
        return latecomers.cross_listed(self.database, first)

    def highest(self) -> int:
        """The highest number that a work bears; later ones bear higher ones."""
        return latecomers.highest(self.database)

    def shelf(self, source: str, *, offset: int = 0, limit: int = 40) -> list[int]:
        """The works of a source in the order of arrival, dated or not."""
        return queries.shelf(self.database, source, offset=offset, limit=limit)

    def delete(self, work_id: int) -> None:
        """Deletes a work by hand: it stays away when its source announces it again."""
        undo.delete(self.database, work_id)

    def undelete(self, work_id: int) -> None:
        """Brings a work back that was deleted by hand."""
        undo.delete(self.database, work_id, deleted=False)

    def imports(self) -> list[ImportRun]:
        """The ledger of imports, newest first."""
        return ledger.runs(self.database)

    def undo_import(self, number: int) -> int:
        """Takes an import back; returns how many works it changed. Goes on when interrupted."""
        return undo.undo_import(self.database, number)

    def merges(self) -> list[Merge]:
        """The log of merges, newest first."""
        return ledger.merge_log(self.database)

    def undo_merge(self, number: int) -> None:
        """Takes two works apart; they are not merged again."""
        undo.undo_merge(self.database, number)

    def twins(self) -> list[Twin]:
        """Works that look like one and are two, the sure ones first; minutes for 300,000."""
        return scanning.scan(self.database)

    def join(self, one: int, other: int, reason: str) -> int:
        """Merges two works by hand; returns the one that stays."""
        return scanning.join(self.database, one, other, reason)

    def syncs(self, rejected_dir: Path) -> Syncs:
        """The syncs with other hosts; what they cannot take is written into ``rejected_dir``."""
        return Syncs(self.database, rejected_dir)

    @property
    def completeness(self) -> Completeness:
        """What was announced, and what became of it."""
        return Completeness(self.database)

    @property
    def troubles(self) -> Troubles:
        """What is wrong with the listings of sources."""
        return Troubles(self.database)

    def integrity(self) -> str:
        """What is wrong with the database file, in one line; '' when it is sound."""
        if not self.database.is_sqlite:
            self.count()
            return ""
        try:
            with self.database.read() as connection:
                found = connection.execute(text("PRAGMA integrity_check(1)")).scalar_one()
        except CatalogError as error:
            return str(error)
        return "" if found == "ok" else f"{self.database.where}: {' '.join(found.split())}"
