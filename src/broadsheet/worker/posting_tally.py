"""What a round of the post did, in figures."""

from __future__ import annotations

from dataclasses import astuple, dataclass


@dataclass(frozen=True, slots=True)
class Tally:
    """What a round did; ``waiting``: digests that are due and cannot be made yet."""

    made: int = 0
    sent: int = 0
    put_off: int = 0
    failed: int = 0
    waiting: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*map(sum, zip(astuple(self), astuple(other), strict=True)))
