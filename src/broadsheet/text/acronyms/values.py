"""What a definition is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Acronym:
    """A short form and its long one, where it is defined; ``start`` is -1 in the title."""

    short: str
    long: str
    start: int
    end: int
