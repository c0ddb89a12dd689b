"""One request at a time a host, with its interval between, over all processes of a home.

A lock file a host is held while a request runs. It holds the time of the last request and the
moment until which the host asked to be left alone, so both outlive the process.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from broadsheet.files import take_lock
from broadsheet.sources.fetching.errors import FetchError

_POLL = 0.05
_LONGEST_PAUSE = 24 * 3600.0
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _State:
    """When the last request ended (or began, if it never ended), and a pause asked for."""

    last: float = 0.0
    under_way: bool = False
    not_before: float = 0.0


class Turn:
    """The right to one request; `pause` makes the next one of any process wait."""

    def __init__(self, state: _State, clock: Callable[[], float]) -> None:
        self._state, self._clock = state, clock

    def pause(self, seconds: float) -> None:
        """No request to this host for so many seconds."""
        self._state.not_before = self._clock() + min(seconds, _LONGEST_PAUSE)


class Gate:
    """The gate of one host; `turn` waits before it."""

    def __init__(
        self,
        folder: Path,
        host: str,
        interval: float,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._path = folder / f"{_file_name(host)}.lock"
        self._host, self._interval = host, interval
        self._clock, self._sleep = clock, sleep

    @contextmanager
    def turn(self, patience: float) -> Iterator[Turn]:
        """Holds the host for one request, after the wait that is due.

        Raises `FetchError` at once when the host asked for a pause longer than ``patience``.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._lock(descriptor)
            state = self._read(descriptor)
            self._wait(state, patience)
            state.last, state.under_way = self._clock(), True
            self._write(descriptor, state)
            try:
                yield Turn(state, self._clock)
            finally:
                # From the end of one request: what the host sees is never closer than that.
                state.last, state.under_way = self._clock(), False
                self._write(descriptor, state)
        finally:
            os.close(descriptor)  # which lets go of the lock

    def _lock(self, descriptor: int) -> None:
        while not take_lock(descriptor):
            self._sleep(_POLL)

    def _wait(self, state: _State, patience: float) -> None:
        now = self._clock()
        pause = state.not_before - now
        if pause > _LONGEST_PAUSE:  # the clock was set back
            pause = 0.0
        if pause > patience:
            raise FetchError(
                f"{self._host}: asked for a pause of {pause:.0f} s more; try again after that",
                transient=True,
                retry_after=pause,
            )
        # A request that was killed may have reached the host after its beginning was noted.
        due = self._interval * (1.5 if state.under_way else 1.0)
        rest = min(state.last + due - now, due)
        wait = max(pause, rest)
        if wait > 0:
            if wait > 10:
                _log.info("%s: next request in %.0f s", self._host, wait)
            end = now + wait
            while (left := end - self._clock()) > 0:
                self._sleep(left)

    def _read(self, descriptor: int) -> _State:
        written = os.pread(descriptor, 4096, 0)
        try:
            values = json.loads(written) if written.strip() else {}
            return _State(
                float(values.get("last", 0.0)),
                bool(values.get("under_way", False)),
                float(values.get("not_before", 0.0)),
            )
        except (ValueError, TypeError, AttributeError):
            return _State(last=self._clock(), under_way=True)  # unreadable: as if just asked

    def _write(self, descriptor: int, state: _State) -> None:
        values = {
            "host": self._host,
            "last": state.last,
            "under_way": state.under_way,
            "not_before": state.not_before,
        }
        content = json.dumps(values).encode()
        os.pwrite(descriptor, content.ljust(512), 0)  # one write of one size: never half of two


def _file_name(host: str) -> str:
    plain = re.sub(r"[^a-z0-9.-]+", "_", host.lower())[:80]
    if plain == host:
        return plain
    return f"{plain}-{blake2b(host.encode(), digest_size=4).hexdigest()}"
