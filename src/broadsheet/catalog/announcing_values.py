"""What the completeness ledger hands out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

from broadsheet.catalog.values import Counts

TroubleKind = Literal[
    "gap", "stale", "quiet", "absent", "disagreement",
    "broken", "throttled", "unreachable", "interrupted",
]  # fmt: skip

NEW_KINDS = ("new", "cross")
REPLACED_KINDS = ("replace", "replace-cross")


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """What became of one listing's set on one day; every count is of papers.

    ``announced`` is what the source's own listing names, ``new`` those of it that are new to the
    set (cross-lists included). ``stored`` are in the catalog now; ``merged`` of them joined a
    work that was known by another name; ``undone`` were taken back by an operator. ``missing``
    is what was announced and is neither here nor taken back. ``encoded`` is None where nobody
    asked. ``total`` is the source's own count, None where it states none; ``stale``: the source
    served an earlier day's batch under this date, so its lines do not count.
    """

    listing: str
    set: str
    day: str
    announced: int = 0
    new: int = 0
    fetched: int = 0
    stored: int = 0
    merged: int = 0
    rejected: int = 0
    undone: int = 0
    indexed: int = 0
    encoded: int | None = None
    deleted: int = 0
    total: int | None = None
    stale: bool = False

    @property
    def missing(self) -> int:
        """Announced, and neither stored nor taken back."""
        return max(0, self.announced - self.stored - self.undone)

    def to_json(self) -> dict[str, object]:
        """Flat values."""
        return {**asdict(self), "missing": self.missing}


@dataclass(frozen=True, slots=True)
class DayCount:
    """All sets of a listing together on a day; a paper counts once."""

    day: str
    announced: int
    missing: int
    # Whether its listing says what is new (else it lists whatever has changed).
    news: bool


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something wrong with a source's listing; ``closed_at`` is '' while it is so."""

    id: int
    source: str
    set: str
    day: str
    kind: TroubleKind
    sentence: str
    figures: Mapping[str, object]
    opened_at: str
    told_at: str
    closed_at: str
    ending: str

    def to_json(self) -> dict[str, object]:
        """Flat values; times that have not come are null."""
        row = asdict(self)
        return {**row, **{name: row[name] or None for name in ("told_at", "closed_at")}}


@dataclass(frozen=True, slots=True)
class SyncRun:
    """A sync; state: running (or interrupted), finished, failed. Its papers are its import's."""

    id: int
    remote: str
    source: str
    sets: tuple[str, ...]
    since: str
    until: str
    state: str
    import_id: int
    pages: int
    announced: int
    resumed: int
    problem: str
    started_at: str
    moved_at: str
    finished_at: str
    cursor: str = field(default="", repr=False)
    counts: Counts = field(default_factory=Counts)

    def to_json(self) -> dict[str, object]:
        """Flat values, the counts of its papers among them; the cursor is nobody's matter."""
        return {
            "id": self.id,
            "source": self.remote,
            "sets": list(self.sets),
            "since": self.since or None,
            "until": self.until or None,
            "state": self.state,
            "import": self.import_id or None,
            "pages": self.pages,
            "announced": self.announced,
            "resumed": self.resumed,
            "problem": self.problem or None,
            **asdict(self.counts),
            "started": self.started_at,
            "finished": self.finished_at or None,
        }


@dataclass(frozen=True, slots=True)
class Reach:
    """What a sync without an end asked for: all since an ISO day ('': all there is), at a time.

    The time is that of this machine's clock, which may have been wrong.
    """

    since: str
    started_at: str


@dataclass(frozen=True, slots=True)
class SyncTime:
    """When a source was asked, and when it is asked next; times are UTC, '' for never."""

    remote: str
    tried_at: str = ""
    done_at: str = ""
    next_at: str = ""
    failures: int = 0
    problem: str = ""
