"""How many searches run at once in this process."""

from __future__ import annotations

import os
import threading
from types import TracebackType


class Places:
    """Lets two searches a core run at once; the others wait.

    More of them only take the interpreter from one another: 16 at once answered 52 queries a
    second on two cores, in turn by fours 80.
    """

    def __init__(self) -> None:
        self._free = threading.BoundedSemaphore(2 * (os.cpu_count() or 1))
        self._lock = threading.Lock()
        self._taken = 0

    @property
    def alone(self) -> bool:
        """Whether no other search runs: then there is a core to spare for part of this one."""
        return self._taken <= 1

    def __enter__(self) -> None:
        self._free.acquire()
        with self._lock:
            self._taken += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            self._taken -= 1
        self._free.release()


PLACES = Places()
