"""Papers come in: cleaned, told apart, and stored in short transactions.

The place in the file is committed with the papers up to it, so an import that was interrupted
at any moment goes on behind its last stored paper, and counts nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sqlalchemy import Connection

from broadsheet.catalog import identity, ledger, sightings, titles
from broadsheet.catalog.database import Database, last, take
from broadsheet.catalog.draft import Draft, Kept
from broadsheet.catalog.faces import Stored
from broadsheet.catalog.identity import Outcome, Union
from broadsheet.catalog.joining import Joining, families
from broadsheet.catalog.ledger import Tally
from broadsheet.catalog.namesakes import Namesakes
from broadsheet.catalog.rejects import RejectedFile
from broadsheet.catalog.rows import Prepared, UnfitError, now, prepare
from broadsheet.catalog.values import Counts, ImportResult
from broadsheet.sources import (
    Arrived,
    BrokenStreamError,
    Rejected,
    default_source,
    format_of,
    has_unread_date,
    read,
)

if TYPE_CHECKING:
    from broadsheet.catalog.catalog import Catalog

# A transaction of so many papers, or so many characters, holds the catalog about 0.1 s.
BATCH_PAPERS = 500
BATCH_CHARACTERS = 4_000_000

Progress = Callable[[int], None]


@dataclass(slots=True)
class Batch:
    """What one transaction stores."""

    papers: list[Prepared] = field(default_factory=list)
    rejects: list[tuple[int, str, bytes]] = field(default_factory=list)
    read: int = 0
    line: int = 0
    characters: int = 0


def import_file(
    catalog: Catalog,
    path: Path,
    *,
    rejected_dir: Path,
    format: str | None = None,  # noqa: A002 - the name of the command's option
    source: str | None = None,
    date_is: Literal["announced", "published"] = "announced",
    progress: Progress | None = None,
) -> ImportResult:
    """Imports a file, behind the line where an interrupted import of the same bytes stopped.

    Where the file breaks off, the result says so, and the import goes on when the same command
    is given with the whole file. Raises `CatalogError` also where the interrupted import read
    the file otherwise, or `SourceError` for a file that cannot be read at all.
    """
    source = source or default_source(path)
    format = format_of(path, format)  # noqa: A001
    means = date_is if format == "jsonl" else ""
    tally = ledger.begin(catalog.database, path, source, format=format, date_is=means)
    items = read(path, format=format, source=source, date_is=date_is, start_line=tally.position)
    return _Intake(catalog.database, tally, rejected_dir, progress).run(items)


def ingest(
    catalog: Catalog,
    items: Iterable[Arrived | Rejected],
    *,
    path: Path,
    source: str,
    rejected_dir: Path,
    progress: Progress | None = None,
) -> ImportResult:
    """Stores papers in the order of their lines; see `ImportResult`.

    ``path`` names the import in the ledger. Where it is a file, what an interrupted import of
    the same bytes and source has stored is passed over. ``progress`` takes how many papers of
    the file are dealt with, after each transaction.
    """
    tally = ledger.begin(catalog.database, path, source)
    return _Intake(catalog.database, tally, rejected_dir, progress).run(items)


class _Intake:
    def __init__(
        self, database: Database, tally: Tally, rejected_dir: Path, progress: Progress | None
    ) -> None:
        self._database = database
        self._tally = tally
        self._rejected = RejectedFile(rejected_dir)
        self._progress = progress
        self._problem = ""

    def run(self, items: Iterable[Arrived | Rejected]) -> ImportResult:
        resumed_after = self._tally.position
        try:
            for batch in self._batches(items):
                self._store(batch)
                if self._progress:
                    self._progress(self._tally.counts["read"])
            self._finish()
        finally:
            self._rejected.close()
        tally = self._tally
        rejected_file = Path(tally.rejected_file) if tally.rejected_file else None
        counts = Counts(**tally.counts)
        return ImportResult(tally.import_id, counts, rejected_file, resumed_after, self._problem)

    def _batches(self, items: Iterable[Arrived | Rejected]) -> Iterator[Batch]:
        """Batches that end between two lines: a line is dealt with wholly or not at all."""
        batch = Batch()
        arrived_at = now()
        for item in self._unbroken(items):
            if item.line <= self._tally.position:
                continue
            if _is_full(batch) and item.line > batch.line:
                yield batch
                batch, arrived_at = Batch(), now()
            batch.read += 1
            batch.line = max(batch.line, item.line)
            if isinstance(item, Rejected):
                batch.rejects.append((item.line, item.reason, item.raw))
                continue
            try:
                paper = prepare(item.paper, item.line, self._tally.source, arrived_at)
            except UnfitError as error:
                raw = f"{item.paper.id} {item.paper.title}".encode("utf-8", "replace")
                batch.rejects.append((item.line, str(error), raw))
                continue
            batch.papers.append(paper)
            batch.characters += paper.size
        if batch.read:
            yield batch

    def _unbroken(self, items: Iterable[Arrived | Rejected]) -> Iterator[Arrived | Rejected]:
        """The items up to where their file breaks off."""
        try:
            yield from items
        except BrokenStreamError as error:
            self._problem = str(error)

    def _store(self, batch: Batch) -> None:
        tally = self._tally
        with self._database.write() as connection:
            before = tally.position
            if not tally.import_id:
                ledger.enter(connection, tally, last(connection, "record") + 1)
            self._write_rejects(batch)
            stored = Filing(self._database, connection, tally.import_id)
            last_record = stored.file(batch.papers, tally.counts)
            tally.counts["read"] += batch.read
            tally.counts["rejected"] += len(batch.rejects)
            tally.position = batch.line
            ledger.advance(connection, tally, before, last_record)

    def _write_rejects(self, batch: Batch) -> None:
        if not batch.rejects:
            return
        tally = self._tally
        name = f"import-{tally.import_id}-{Path(tally.path).name[:100]}.jsonl"
        path, tally.rejected_bytes = self._rejected.write(name, tally.rejected_bytes, batch.rejects)
        tally.rejected_file = str(path)

    def _finish(self) -> None:
        with self._database.write() as connection:
            if not self._tally.import_id:
                ledger.enter(connection, self._tally, last(connection, "record") + 1)
            if self._problem:
                ledger.stop(connection, self._tally, self._problem)
            else:
                ledger.finish(connection, self._tally)


def _is_full(batch: Batch) -> bool:
    return batch.read >= BATCH_PAPERS or batch.characters >= BATCH_CHARACTERS


class Filing:
    """Puts the papers of one batch where they belong."""

    def __init__(self, database: Database, connection: Connection, import_id: int) -> None:
        self._connection = connection
        self._import_id = import_id
        self._database = database
        self._draft = Draft(database, connection)
        self._joining = Joining(connection, self._draft)
        self._namesakes = Namesakes(connection, self._draft)
        self._titles: list[tuple[int, int]] = []
        # What became of each paper, in the order they were given.
        self.outcomes: list[Outcome] = []
        # Records of other imports that were found unchanged: see `sightings`.
        self._seen: dict[int, str | None] = {}

    def file(self, papers: list[Prepared], counts: dict[str, int]) -> int:
        """Stores papers and adds to the counts; returns the last number a record was given."""
        draft = self._draft
        draft.load_names({key for paper in papers for key in paper.keys})
        self._namesakes.load(papers)
        draft.load_works({name.work_id for name in draft.names.values()})
        # Numbers for all of them: those that turn out to be known leave gaps.
        number = take(self._connection, "record", len(papers))
        strangers = sum(
            paper.titled or all(key not in draft.names for key in paper.keys) for paper in papers
        )
        work_number = take(self._connection, "work", strangers)
        self._joining.load(paper for paper in papers if not self._says_nothing_new(paper))
        for paper in map(self._namesakes.told_apart, papers):
            found = identity.candidates(draft, paper)
            if not found:
                work = draft.new_work(work_number)
                work_number += 1
                self._add(work, work.id, number, paper)
                outcome = self._recognise(work, number, paper) or Outcome.NEW
            else:
                outcome = self._join(found, number, paper)
            counts[outcome.value] += 1
            counts["undated"] += has_unread_date(paper.told)
            self.outcomes.append(outcome)
            number += 1
        draft.save()
        titles.add(self._database, self._connection, self._titles)
        sightings.note(self._database, self._connection, self._import_id, self._seen)
        return number - 1 if papers else 0

    def _says_nothing_new(self, paper: Prepared) -> bool:
        found = identity.candidates(self._draft, paper)
        works = [self._draft.works[number] for number in found]
        return identity.known(works, paper) is not None

    def _join(self, found: dict[int, str], number: int, paper: Prepared) -> Outcome:
        """A paper of works that are known already."""
        draft = self._draft
        own = draft.names.get(paper.keys[0]) or draft.names[next(iter(found.values()))]
        origin, target = own.origin_id, own.work_id
        known = identity.known([draft.works[work_id] for work_id in found], paper)
        if known is not None:
            if known.import_id != self._import_id:
                same = paper.announced == known.announced
                self._seen[known.id] = None if same else paper.announced
            recounted = paper.counted and draft.recount(known, paper.extra)
            return Outcome.UPDATED if recounted else Outcome.UNCHANGED
        outcome = identity.outcome(draft.works[target], paper)
        if len(found) > 1:
            for union in identity.unions(found, draft, self._kept_apart(found)):
                self._unite(union, number)
                target = union.survivor if union.absorbed == target else target
                outcome = Outcome.MERGED
        self._add(draft.works[target], origin, number, paper)
        return self._recognise(draft.works[target], number, paper) or outcome

    def _recognise(self, own: Kept, number: int, paper: Prepared) -> Outcome | None:
        """Joins the work of a paper with the one that title, authors and abstract say it is."""
        match = self._joining.match(paper, own)
        if match is None:
            return None
        other = self._draft.works[match[0]]
        if not own.is_new and self._were_taken_apart(own, other):
            return None
        for union in identity.unions({own.id: match[1], other.id: match[1]}, self._draft, set()):
            self._unite(union, number)
        return Outcome.MERGED

    def _were_taken_apart(self, one: Kept, other: Kept) -> bool:
        """Whether a person has parted these two, or works that are in them now."""
        mine, theirs = families([one, other]).values()
        apart = identity.taken_apart(self._connection, mine | theirs)
        return any((min(a, b), max(a, b)) in apart for a in mine for b in theirs)

    def _unite(self, union: Union, number: int) -> None:
        identity.merge(self._draft, union)
        ledger.enter_merge(
            self._connection,
            import_id=self._import_id,
            record_id=number,
            survivor=union.survivor,
            absorbed=union.absorbed,
            reason=union.reason,
        )

    def _kept_apart(self, found: dict[int, str]) -> set[tuple[int, int]]:
        return identity.taken_apart(self._connection, found)

    def _add(self, work: Kept, origin: int, number: int, paper: Prepared) -> None:
        tail = paper.tail
        record = Stored(
            number,
            work.id,
            origin,
            self._import_id,
            paper.source,
            paper.keys[0],
            paper.version,
            paper.published,
            paper.announced,
            paper.updated,
            paper.content_hash,
            paper.fullness,
            tail[11],
            paper.categories,
        )
        self._draft.add(work, record, (self._import_id, *tail))
        self._joining.add(record, paper)
        if paper.title_key:
            self._titles.append((paper.title_key, number))
