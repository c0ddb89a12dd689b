"""Compares what is filed with the catalog, work by work."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders import VectorStore
from broadsheet.index.contract import ChangeLog, Difference
from broadsheet.index.ledger import Records

_READ = 1_000


def differences(
    catalog: ChangeLog,
    filed: tuple[NDArray[np.int64], NDArray[np.int64]],
    records: Records,
    store: VectorStore | None,
) -> list[Difference]:
    """All differences, by work id.

    ``filed`` is what the word index has: work ids and the ``seq`` of each, shape (n,).
    """
    found: list[Difference] = []
    words, twice = _words(filed)
    found.extend(Difference(work, "extra", "filed twice for words") for work in twice)
    live = records[records["deleted"] == 0]
    ledger = dict(
        zip(
            live["work"].tolist(),
            zip(live["seq"].tolist(), live["hash"].tolist(), strict=True),
            strict=True,
        )
    )
    seq = 0
    while changes := catalog.changes(seq, _READ):
        seq = changes[-1].seq
        for change in changes:
            work = change.work
            if work is None or work.deleted:
                continue
            in_words, entry = words.pop(work.id, None), ledger.pop(work.id, None)
            detail = _stale(work.seq, work.text_hash, in_words, entry)
            if in_words is None or entry is None:
                found.append(Difference(work.id, "missing", detail))
            elif detail:
                found.append(Difference(work.id, "stale", detail))
    found.extend(
        Difference(work_id, "extra", "the catalog has no such work")
        for work_id in words.keys() | ledger.keys()
    )
    if store is not None:
        found.extend(_vectors(live, store))
    return sorted(found, key=lambda difference: difference.work_id)


def _words(
    filed: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> tuple[dict[int, int], list[int]]:
    ids, seqs = filed
    distinct, counts = np.unique(ids, return_counts=True)
    return dict(zip(ids.tolist(), seqs.tolist(), strict=True)), distinct[counts > 1].tolist()


def _stale(
    seq: int, text_hash: bytes, in_words: int | None, entry: tuple[int, bytes] | None
) -> str:
    """What is not as the catalog has it; '' when all is."""
    if in_words is None:
        return "not filed for words"
    if entry is None:
        return "not in the ledger"
    if in_words != seq:
        return f"filed for words at seq {in_words}, changed at {seq}"
    if entry[0] != seq:
        return f"in the ledger at seq {entry[0]}, changed at {seq}"
    if entry[1] != text_hash:
        return "filed with the vector of another text"
    return ""


def _vectors(live: Records, store: VectorStore) -> list[Difference]:
    """Works whose vector is not where the ledger says."""
    encoded = live[live["row"] >= 0]
    rows = store.rows(encoded["hash"].tolist())
    return [
        Difference(int(record["work"]), "vector", "its vector is not in the store")
        for record in encoded[rows != encoded["row"]]
    ]
