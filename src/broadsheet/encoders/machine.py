"""What this machine gives an encoder to compute with."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from broadsheet.encoders.interface import Vectors

_BLOCK = 256  # texts that one thread takes at a time


def processors() -> int:
    """How many processors this process may use, 1 or more."""
    if hasattr(os, "sched_getaffinity"):  # not on every system
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def by_blocks(
    texts: Sequence[str],
    dimensions: int,
    threads: int,
    work: Callable[[Sequence[str], Vectors], None],
) -> Vectors:
    """Vectors (n, dimensions) of texts: ``work`` writes those of a block, ``threads`` at a time."""
    vectors = np.empty((len(texts), dimensions), np.float32)
    blocks = [slice(start, start + _BLOCK) for start in range(0, len(texts), _BLOCK)]
    if threads == 1 or len(blocks) < 2:
        for block in blocks:
            work(texts[block], vectors[block])
    else:
        with ThreadPoolExecutor(threads, "encode") as pool:
            list(pool.map(lambda block: work(texts[block], vectors[block]), blocks))
    return vectors
