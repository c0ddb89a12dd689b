"""Papers are read: the change log is followed, a batch at a time or with every core at once."""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager

from broadsheet.catalog import Catalog, Change, Read, Readings
from broadsheet.text import Reading, read_paper

log = logging.getLogger("broadsheet.worker")

# A third of a second's work for one core; stored in a transaction of its own.
BATCH = 100
_AHEAD = 3  # batches that wait for each process

_Texts = list[tuple[str, str] | None]


class Perusing:
    """Reads what has changed since it last did."""

    def __init__(self, catalog: Catalog) -> None:
        self._readings = Readings(catalog)

    def some(self, limit: int = BATCH) -> int:
        """Reads up to ``limit`` changed works; returns how many are dealt with.

        They are stored on return, with how far reading is.
        """
        after = self._readings.seq()
        changes = self._readings.changes(after, limit)
        found = _read(_texts(changes))
        rows = [Read(change, reading) for change, reading in zip(changes, found, strict=True)]
        # Where another process was quicker, the next round begins from where it left.
        self._readings.put(rows, after)
        return len(changes)

    def all(
        self, progress: Callable[[int], None] | None = None, *, processes: int | None = None
    ) -> int:
        """Reads everything that waits; returns how many. ``progress`` takes how many are done.

        Memory does not grow with the number of papers: each process has a few batches before it.
        """
        processes = processes or os.cpu_count() or 1
        done = 0
        if self._readings.waiting() <= BATCH or processes == 1:
            while count := self.some():
                done += count
                if progress:
                    progress(done)
            return done
        while True:
            stored = 0
            for stored in self._with_all_cores(processes):
                if progress:
                    progress(done + stored)
            done += stored
            # Again for what changed meanwhile, and where another process was quicker.
            if not self._readings.waiting():
                return done

    def _with_all_cores(self, processes: int) -> Iterator[int]:
        """How many are stored, after each batch; ends early where another process reads too."""
        before = asked = self._readings.seq()
        stored = 0
        waiting: deque[tuple[list[Change], Future[list[Reading | None]]]] = deque()
        with _pool(processes) as pool:
            while True:
                while len(waiting) < processes * _AHEAD:
                    changes = self._readings.changes(asked, BATCH)
                    if not changes:
                        break
                    asked = changes[-1].seq
                    waiting.append((changes, pool.submit(_read, _texts(changes))))
                if not waiting:
                    return
                changes, future = waiting.popleft()
                rows = [Read(c, found) for c, found in zip(changes, future.result(), strict=True)]
                if not self._readings.put(rows, before):
                    return
                before = changes[-1].seq
                stored += len(rows)
                yield stored


@contextmanager
def _pool(processes: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that end with the block, whatever they have left to do, and with this process."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_end_with_parent)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """Ends this process when its parent is killed, whose work it would wait for without end."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _texts(changes: list[Change]) -> _Texts:
    papers = (change.work.paper if change.work else None for change in changes)
    return [(paper.title, paper.abstract) if paper else None for paper in papers]


def _read(texts: _Texts) -> list[Reading | None]:
    return [_read_one(*text) if text else None for text in texts]


def _read_one(title: str, abstract: str) -> Reading | None:
    try:
        return read_paper(title, abstract)
    except Exception as error:
        # One text that breaks reading must not keep all later ones from being read; `reading
        # status` counts it as not read.
        log.error("'%s' could not be read (%r); please report it", title[:80], error)
        return None
