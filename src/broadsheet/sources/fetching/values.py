"""What a client asks and answers, and how long it waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx2


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host answered; ``headers`` by lower-case name, ``url`` after redirects.

    ``not_modified``: the host said that nothing changed since the last time; ``content`` and
    ``headers`` are then those of that time.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    not_modified: bool
    url: str


@dataclass(frozen=True, slots=True)
class Patience:
    """How long things may take, in seconds, and how often they are tried.

    ``wait`` is the longest pause a host may ask for that is waited out; after a longer one the
    request fails, to be made again later.
    """

    connect: float = 15.0
    read: float = 60.0
    total: float = 300.0
    attempts: int = 5
    backoff: float = 2.0
    wait: float = 300.0


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked. ``private``: the address may be one of a private network; an answer of more
    than ``most_bytes``, unpacked, is refused."""

    method: str
    url: httpx2.URL
    headers: Sequence[tuple[bytes, bytes]]
    content: bytes
    private: bool
    most_bytes: int
