"""What this machine gives an encoder to compute with."""

from __future__ import annotations

import os


def processors() -> int:
    """How many processors this process may use, 1 or more."""
    if hasattr(os, "sched_getaffinity"):  # not on every system
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
