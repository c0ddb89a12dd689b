"""What a digest is: one reader's papers at one time, each with its reason, and what is counted."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

import orjson

from broadsheet.editions.digest_times import Cadence

# Title, authors and two sentences, and a look at what stands out: 45 seconds a paper.
MINUTES_A_PAPER = 0.75

FOLLOWED, FOR_YOU, LEADING = "What you follow", "For you", "Leading papers"
LATE = "Arrived late"
KEPT = "News of papers you saved"
UNSENT = "From an earlier digest that could not be sent"
UNSURE = "From an earlier digest that may not have arrived"

# Where what did not fit a digest comes from: as far back as it looks.
_PAST: dict[Cadence, str] = {"daily": "the past week", "weekly": "the past two weeks"}
# What a digest without papers calls its time.
QUIET: dict[Cadence, str] = {"daily": "a quiet day", "weekly": "a quiet week"}


@dataclass(frozen=True, slots=True)
class Pick:
    """A paper in a digest and, in a line, why it is there."""

    work_id: int
    section: str
    why: str


@dataclass(frozen=True, slots=True)
class Digest:
    """What one reader is told at one time.

    ``announced`` is how many papers came since the digest before, ``first`` the earliest day they
    were announced on and ``last`` the newest there is; ``left_out`` is how many more would have
    fitted the reader but not their minutes, ``left_late`` how many of those came after their day.
    ``late`` is how many papers of earlier days arrived since the digest before.
    """

    reader_id: int
    key: str
    cadence: Cadence
    day: str
    first: str
    last: str
    picks: tuple[Pick, ...]
    announced: int
    left_out: int
    note: str = ""
    # The catalog's when it was made: what changed later is new to the reader.
    seq: int = 0
    # The highest number of a work then: later ones came since. 0 in digests of earlier versions.
    newest: int = 0
    late: int = 0
    left_late: int = 0
    # The highest number of a work when the first digest was made: what came late before that is
    # no news to its reader. 0 in digests of earlier versions.
    began: int = 0
    # The last record that had arrived when it was made: what became of saved papers by later ones
    # is news. 0 in digests of earlier versions.
    records: int = 0
    # Where what was left out is found: FOLLOWED, FOR_YOU; () where none was, and in digests of
    # earlier versions.
    waiting: tuple[str, ...] = ()

    @property
    def minutes(self) -> int:
        """How long it takes to read, rounded up."""
        return -int(-len(self.picks) * MINUTES_A_PAPER // 1)

    @property
    def waits(self) -> tuple[str, ...]:
        """Where what did not fit is found: FOLLOWED, FOR_YOU or both; () where all did."""
        return (self.waiting or (FOLLOWED, FOR_YOU)) if self.left_out else ()

    @property
    def not_fitting(self) -> str:
        """In words how many more would have fitted the reader but not their minutes, old ones
        with the new; '' where that is none."""
        if not self.left_out:
            return ""
        papers, fit = ("paper", "fits") if self.left_out == 1 else ("papers", "fit")
        past = "the past weeks" if self.left_late else _PAST[self.cadence]
        return f"{self.left_out:,} more {papers} of {past} {fit} you but not your minutes"

    def dumps(self) -> str:
        """All of it as JSON."""
        return orjson.dumps(asdict(self)).decode()

    @staticmethod
    def loads(text: str) -> Digest:
        """A digest that `dumps` wrote, of this version or another: what a newer one says besides
        is passed over, so that who goes back to an older version is sent mail still."""
        found = _known(orjson.loads(text), Digest)
        picks = tuple(Pick(**_known(pick, Pick)) for pick in found.pop("picks"))
        waiting = tuple(found.pop("waiting", ()))
        return Digest(**found, picks=picks, waiting=waiting)


def _known(said: dict[str, Any], of: type[Digest | Pick]) -> dict[str, Any]:
    names = {field.name for field in fields(of)}
    return {name: value for name, value in said.items() if name in names}


@dataclass(frozen=True, slots=True)
class Missed:
    """A digest that its reader was not sent, or, ``unsure``, that nobody knows to have arrived."""

    digest: Digest
    unsure: bool


@dataclass(frozen=True, slots=True)
class Followed:
    """Why a paper is among those a reader follows, and the day it is told under: when it was
    announced, or cross-listed last."""

    day: str
    why: str
