"""Words filed by a second process while this one imports: both cores have work to do."""

from __future__ import annotations

import multiprocessing
import time
from contextlib import closing
from multiprocessing.connection import Connection
from multiprocessing.process import parent_process
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from typing import Self

from broadsheet.catalog import Catalog, CatalogError
from broadsheet.index import IndexFault, IndexLocked, open_writer
from broadsheet.settings import Settings

POLL_SECONDS = 0.05
PAGE = 500  # changes read from the catalog at a time
COMMIT_SECONDS = 5.0  # each commit is one more segment, and segments are merged
LEFT_TO_WORKER, FAILED = 3, 4


class WordsBeside:
    """Follows the catalog with the index of words for as long as the block lasts.

    Where another process holds the index, that one does it. After the block ``note`` says in a
    line what became of it, and ``filed`` how many changes were filed here. ``to_catch_up`` is
    the command that files what was not.
    """

    def __init__(self, settings: Settings, *, to_catch_up: str = "broadsheet index build") -> None:
        self._to_catch_up = to_catch_up
        context = multiprocessing.get_context("spawn")
        self._finished = context.Event()
        self._fault, fault = context.Pipe(duplex=False)
        self._filed = context.Value("q", 0)
        self._process = context.Process(
            target=_follow, args=(settings, self._finished, self._filed, fault), daemon=True
        )
        self.note = ""

    @property
    def filed(self) -> int:
        """How many changes were filed."""
        return int(self._filed.value)

    def __enter__(self) -> Self:
        self._process.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._finished.set()
        self._process.join()
        if self._process.exitcode == 0:
            self.note = "All are found by words now; 'broadsheet serve' encodes their meaning."
        elif self._process.exitcode == LEFT_TO_WORKER:
            self.note = "The worker that holds the index files them now."
        else:
            self.note = f"They are stored but not filed{self._why()}; run: {self._to_catch_up}"

    def _why(self) -> str:
        """What the second process said before it ended, in brackets; '' for nothing."""
        try:
            # The end of what it can say is something to be had too, to poll().
            return f" ({self._fault.recv()})" if self._fault.poll() else ""
        except EOFError:
            return " (the process that files them ended before its time)"


def _follow(
    settings: Settings, finished: Event, filed: Synchronized[int], fault: Connection
) -> None:
    """The second process: ends when all is filed, or when its parent is gone."""
    parent = parent_process()

    def ended() -> bool:
        return finished.is_set() or parent is None or not parent.is_alive()

    try:
        with (
            closing(Catalog.open(settings)) as catalog,
            open_writer(settings) as writer,
        ):
            filed.value += writer.sync(catalog)
            committed = time.monotonic()
            # Not by `sync`, which commits whenever it has caught up: here that is all the time.
            while not ended():
                changes = catalog.changes(writer.applied_seq, PAGE)
                if not changes:
                    finished.wait(POLL_SECONDS)
                writer.apply(changes)
                filed.value += len(changes)
                if time.monotonic() - committed >= COMMIT_SECONDS:
                    writer.commit()
                    committed = time.monotonic()
            filed.value += writer.sync(catalog)
    except IndexLocked:
        raise SystemExit(LEFT_TO_WORKER) from None
    except (CatalogError, IndexFault) as error:
        fault.send(str(error))
        raise SystemExit(FAILED) from None
