"""The ledger of a generation: which works are filed, at which ``seq``, with which vector.

A file of records of equal size that only grows; the last record of a work holds. How many
records count is said by the generation's ``meta.json``, so what a crash left behind them is
cut off by the next writer. Readers take in only what is new.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from broadsheet.index.faults import IndexBroken
from broadsheet.index.generation import unreadable

RECORD = np.dtype(
    [
        ("work", "<i8"),
        ("seq", "<i8"),
        ("row", "<i8"),  # of the vector store; NO_ROW while it has none
        ("hash", "V16"),  # of the embedded text
        ("announced", "<i4"),  # YYYYMMDD, 0 unknown: the newest are encoded first
        ("deleted", "<i4"),
    ]
)
NO_ROW = -1

Records = NDArray[np.void]


def empty() -> Records:
    """No record."""
    return np.empty(0, RECORD)


def merge(older: Records, newer: Records) -> Records:
    """The last record of each work, by work id; ``older`` is such a list already.

    Deleted works stay, so that an old change does not bring them back.
    """
    if not len(newer):
        return older
    newer = _last(newer)
    at = find(older, newer["work"])
    known = at >= 0
    new = newer[~known]
    if not len(new) or not len(older) or new["work"][0] > older["work"][-1]:
        # The common cases, without a sort: newer works come behind, known ones are replaced.
        records = np.concatenate([older, new])
        records[at[known]] = newer[known]
        return records
    return _last(np.concatenate([older, newer]))


def _last(records: Records) -> Records:
    order = np.argsort(records["work"], kind="stable")
    work = records["work"][order]
    last = np.ones(len(work), bool)
    last[:-1] = work[1:] != work[:-1]
    return records[order[last]]


def read(path: Path, start: int, stop: int) -> Records:
    """Records ``start`` to ``stop`` of a file; raises `IndexBroken` when it has fewer."""
    try:
        records = np.fromfile(path, RECORD, count=stop - start, offset=start * RECORD.itemsize)
    except OSError as error:
        raise unreadable(path, error) from error
    if len(records) != stop - start:
        raise IndexBroken(
            f"index: {path} ends early ({start + len(records)} of {stop} records);"
            " run: broadsheet index rebuild"
        )
    return records


def append(path: Path, start: int, records: Records) -> None:
    """Writes records behind the first ``start`` and makes them durable."""
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.truncate(start * RECORD.itemsize)
        file.seek(0, os.SEEK_END)
        file.write(records.tobytes())
        file.flush()
        os.fsync(file.fileno())


def find(records: Records, ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where works stand in a merged list; -1 for those not in it."""
    if not len(records):
        return np.full(len(ids), -1, np.int64)
    work = records["work"]
    at = np.searchsorted(work, ids)
    at[at == len(work)] = 0
    return np.where(work[at] == ids, at, -1)
