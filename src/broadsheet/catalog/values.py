"""What the catalog hands out."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path

from broadsheet.papers import Identifier, Paper


@dataclass(frozen=True, slots=True)
class Work:
    """A work as it stands: one paper, however many records of it have arrived.

    ``paper`` is the record shown, cleaned; ``paper.id`` is the id that output prints.
    Dates are the work's: the first day it was published and announced, the last it changed.
    ``text_hash`` is the 16-byte `text.text_hash` of the paper.
    """

    id: int
    seq: int
    paper: Paper
    identifiers: tuple[Identifier, ...]
    sources: tuple[str, ...]
    published: str
    announced: str
    updated: str
    versions: int
    deleted: bool
    text_hash: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """The latest state of a work in the change log; no work: it is gone."""

    seq: int
    work_id: int
    work: Work | None


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list of a day needs to know of a work; ``complete``: has title and abstract."""

    work_id: int
    announced: str
    categories: tuple[str, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the papers of an import.

    new: a new work; updated: another version of a known record; merged: joined a work that
    was known from another source or under another id, or joined several into one; undated: those
    of them all that state a date which could not be read.
    """

    read: int = 0
    new: int = 0
    updated: int = 0
    merged: int = 0
    unchanged: int = 0
    rejected: int = 0
    undated: int = 0


@dataclass(frozen=True, slots=True)
class ImportRun:
    """An import in the ledger; state: running (or interrupted), finished, undoing, undone.

    ``problem``: why a running one has stopped, where its file breaks off.
    """

    id: int
    path: str
    source: str
    state: str
    position: int
    counts: Counts
    rejected_file: str
    started: str
    finished: str
    problem: str = ""

    def to_json(self) -> dict[str, object]:
        """Flat values, the counts among them."""
        return {
            "id": self.id,
            "path": self.path,
            "source": self.source,
            "state": self.state,
            **asdict(self.counts),
            "rejected_file": self.rejected_file or None,
            "started": self.started,
            "finished": self.finished or None,
            "problem": self.problem or None,
        }


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did; the counts are those of the whole file, earlier runs included.

    ``problem``: where the file breaks off; the import is not finished then.
    """

    import_id: int
    counts: Counts = field(default_factory=Counts)
    rejected_file: Path | None = None
    resumed_after: int = 0
    problem: str = ""

    def to_json(self) -> dict[str, object]:
        """The counts, where the rejected ones are, and the import's number to undo it by."""
        return {
            **asdict(self.counts),
            "rejected_file": str(self.rejected_file) if self.rejected_file else None,
            "import": self.import_id,
            "resumed_after": self.resumed_after,
            "problem": self.problem or None,
        }


@dataclass(frozen=True, slots=True)
class Merge:
    """Two works that became one; ``undone_by``: hand, import, or '' while it holds."""

    id: int
    survivor: int
    absorbed: int
    reason: str
    import_id: int
    merged_at: str
    undone_at: str
    undone_by: str
