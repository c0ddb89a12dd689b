"""When a mail server that cannot be used is asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_FIRST, _LONGEST = timedelta(seconds=30), timedelta(minutes=15)


class DigestsWait(Exception):  # noqa: N818 - nothing is wrong
    """No digest can be made yet; the message says for what they wait."""


class Rest:
    """A pause that is the server's and no mail's: half a minute first, then twice as long each
    time, a quarter of an hour at most. It outlives the rounds of the post."""

    def __init__(self) -> None:
        self._until = datetime.min.replace(tzinfo=UTC)
        self._next = _FIRST

    def lasts(self, now: datetime) -> bool:
        """Whether the server is left alone at a moment."""
        return now < self._until

    def begin(self, now: datetime) -> None:
        """The server could not be used."""
        self._until = now + self._next
        self._next = min(2 * self._next, _LONGEST)

    def end(self) -> None:
        """The server answered."""
        self._next = _FIRST
