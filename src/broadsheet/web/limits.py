"""How much and how often: bodies that end, and floods that are told when to come back."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Hashable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive

_BUCKETS = 10_000


class Allowance:
    """A token bucket for each key: ``burst`` at once, then ``rate`` a second."""

    def __init__(self, burst: int, rate: float) -> None:
        self._burst = float(burst)
        self._rate = rate
        self._lock = threading.Lock()
        self._levels: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, key: Hashable, amount: float = 1.0) -> float:
        """Takes from a key's bucket; the seconds to wait when it holds too little, else 0."""
        now = time.monotonic()
        with self._lock:
            level, at = self._levels.pop(key, (self._burst, now))
            level = min(self._burst, level + (now - at) * self._rate)
            wait = 0.0 if level >= amount else (amount - level) / self._rate
            self._levels[key] = (level if wait else level - amount, now)
            if len(self._levels) > _BUCKETS:
                self._levels.popitem(last=False)
        return wait

    def give(self, key: Hashable, amount: float = 1.0) -> None:
        """Puts back what was taken for something that turned out not to count."""
        with self._lock:
            if key in self._levels:
                level, at = self._levels[key]
                self._levels[key] = (min(self._burst, level + amount), at)

    @property
    def policy(self) -> tuple[int, int]:
        """How many at once, and the seconds in which so many are earned."""
        return int(self._burst), max(1, round(self._burst / self._rate))

    def left(self, key: Hashable) -> tuple[int, int]:
        """How many a key may take now, and the seconds until it may take all."""
        now = time.monotonic()
        with self._lock:
            level, at = self._levels.get(key, (self._burst, now))
        level = min(self._burst, level + (now - at) * self._rate)
        return int(level), math.ceil((self._burst - level) / self._rate)

    def require(self, key: Hashable) -> None:
        """Takes one, or answers 429."""
        if wait := self.take(key):
            raise too_many(wait)


def too_many(seconds: float, words: str = "") -> HTTPException:
    """The answer to a flood."""
    whole = max(1, round(seconds + 0.5))
    unit = "second" if whole == 1 else "seconds"
    detail = words or f"That was more at once than a reader means to do. Wait {whole} {unit}."
    return HTTPException(429, detail, {"Retry-After": str(whole)})


def bounded(request: Request, receive: Receive, most: int) -> Receive:
    """The body of a request, cut off with 413 where it is longer than ``most`` bytes."""
    told = request.headers.get("content-length", "")
    if told.isascii() and told.isdigit() and int(told[:18]) > most:
        raise _too_long(most)
    read = 0

    async def limited() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > most:
            raise _too_long(most)
        return message

    return limited


def _too_long(most: int) -> HTTPException:
    size = f"{most // 1_000_000} MB" if most >= 1_000_000 else f"{most // 1000} kB"
    return HTTPException(413, f"What was sent is longer than {size}, the most this address takes.")
