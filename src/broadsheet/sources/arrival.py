"""What a source yields: papers, records it could not take, or nothing at all."""

from __future__ import annotations

from dataclasses import dataclass

from broadsheet.errors import UserError
from broadsheet.papers import Paper

RAW_LIMIT = 1 << 20
"""Bytes of a rejected record that are kept for the file of rejected records."""


class SourceError(UserError):
    """A file that cannot be used at all; one line says what, where and what to do."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A paper as the source has it, not yet cleaned, and its line (from 1)."""

    paper: Paper
    line: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that could not be taken: its line (from 1), why, and its first bytes."""

    line: int
    reason: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Unread(Rejected):
    """A record that came broken, and may be whole when it is asked for again.

    ``id`` is what it says it is, written as a paper's; '' where not even that can be read.
    """

    id: str = ""
