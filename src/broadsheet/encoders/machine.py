"""What this machine gives an encoder to compute with."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from threading import Lock

import numpy as np
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from broadsheet.encoders.interface import Vectors

_BLOCK = 256  # texts that one thread takes at a time


def processors() -> int:
    """How many processors this process may use, 1 or more."""
    if hasattr(os, "sched_getaffinity"):  # not on every system
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _OneThread:
    """Holds numpy's BLAS to one thread while anyone is inside; the first sets it, the last gives
    back what there was.

    The number is the whole process's, and threadpoolctl lets only the thread that set it set it
    again: so one thread does both for all.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._held = ExitStack()
        self._setter = ThreadPoolExecutor(1, "blas")
        self._blas = ThreadpoolController().select(user_api="blas")  # numpy has loaded it

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._setter.submit(self._hold).result()
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if not self._inside:
                    self._setter.submit(self._held.close).result()

    def _hold(self) -> None:
        self._held.enter_context(self._blas.limit(limits=1))


_one_blas_thread = _OneThread()


def by_blocks(
    texts: Sequence[str],
    dimensions: int,
    threads: int,
    work: Callable[[Sequence[str], Vectors], None],
) -> Vectors:
    """Vectors (n, dimensions) of texts: ``work`` writes those of a block, ``threads`` at a time.

    Where several are at work, numpy multiplies on the thread that asks: threads of its own beside
    these only wait for each other. The number is the whole process's, and is given back; to set it
    takes a third of a millisecond, so a query does not.
    """
    vectors = np.empty((len(texts), dimensions), np.float32)
    blocks = [slice(start, start + _BLOCK) for start in range(0, len(texts), _BLOCK)]
    if threads == 1 or len(blocks) < 2:
        for block in blocks:
            work(texts[block], vectors[block])
    else:
        with _one_blas_thread(), ThreadPoolExecutor(threads, "encode") as pool:
            list(pool.map(lambda block: work(texts[block], vectors[block]), blocks))
    return vectors
