"""How long something takes, where a test says that it must not grow faster than its input."""

from __future__ import annotations

import time
from collections.abc import Callable


def least_seconds(run: Callable[[], object], tries: int = 3) -> float:
    """The least processor time of several tries: what else has to be done just then, such as
    clearing memory, is none of it."""
    took = []
    for _ in range(tries):
        began = time.process_time()
        run()
        took.append(time.process_time() - began)
    return min(took)
