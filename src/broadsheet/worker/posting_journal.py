"""What became of the mail in hand, known even to a process that starts after a kill.

SMTP gives no way to ask later whether a message was taken (RFC 1047 describes the gap): the
server takes it on when it reads the final dot, and says so a round trip later. A process that is
killed in between must know, when it starts again, whether the dot went out. It is written here in
one byte of a mapped file, in the statement before the dot is handed to the kernel: no system call
and no other thread comes between the two, so what is left of the gap is some hundred nanoseconds.
The byte outlives the process because the page belongs to the kernel; `flush` makes it outlive a
power cut as well.
"""

from __future__ import annotations

import mmap
import os
import secrets
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Self

_SIZE = 4096
_STAGE, _NAME, _ANSWER, _OWNER = 0, slice(1, 33), slice(64, 1064), slice(2048, 2064)
_NONE, _BEGUN, _DOT, _ANSWERED = 0, ord("B"), ord("D"), ord("A")


@dataclass(frozen=True, slots=True)
class LastSeen:
    """What is known of the mail that was in hand. ``answer`` is the server's reply to the whole
    message (``250 OK``), '' when none was seen; ``given`` whether the final dot went out."""

    given: bool
    answer: str


class Journal:
    """One mail at a time. Its owner holds the home's posting lock."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(descriptor).st_size < _SIZE:
                os.ftruncate(descriptor, _SIZE)
                os.fsync(descriptor)
            self._map = mmap.mmap(descriptor, _SIZE)
            if self._map[_OWNER] == bytes(16):
                self._map[_OWNER] = secrets.token_bytes(16)
                self._map.flush()
        finally:
            os.close(descriptor)

    @property
    def owner(self) -> str:
        """What this journal is called in the send log."""
        return self._map[_OWNER].hex()

    def begin(self, message_id: str) -> None:
        """Names the mail that is about to be handed over."""
        self._map[_STAGE] = _NONE
        self._map[_NAME] = _digest(message_id)
        self._map[_ANSWER] = bytes(_ANSWER.stop - _ANSWER.start)
        self._map[_STAGE] = _BEGUN
        self._map.flush()

    @property
    def dot(self) -> tuple[mmap.mmap, int, int]:
        """Where to write which byte just before the final dot is sent: map, place, value."""
        return self._map, _STAGE, _DOT

    def flush(self) -> None:
        """Brings what was written to the disk."""
        self._map.flush()

    def answered(self, answer: str) -> None:
        """Notes the server's reply to the whole message."""
        length = _ANSWER.stop - _ANSWER.start
        self._map[_ANSWER] = answer.encode("utf-8", "replace")[:length].ljust(length, b"\0")
        self._map[_STAGE] = _ANSWERED
        self._map.flush()

    def last_seen(self, message_id: str) -> LastSeen:
        """What is known of a mail that was being sent when its process ended."""
        if self._map[_NAME] != _digest(message_id) or self._map[_STAGE] not in (_DOT, _ANSWERED):
            return LastSeen(given=False, answer="")
        answered = self._map[_STAGE] == _ANSWERED
        answer = self._map[_ANSWER].rstrip(b"\0").decode("utf-8", "replace")
        return LastSeen(given=True, answer=answer if answered else "")

    def close(self) -> None:
        """Lets the file go."""
        self._map.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _digest(message_id: str) -> bytes:
    return blake2b(message_id.encode("utf-8", "replace"), digest_size=32).digest()
