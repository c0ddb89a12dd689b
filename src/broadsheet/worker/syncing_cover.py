"""How much of what was announced is found by meaning: the ledger's last column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from broadsheet.catalog import Completeness, LedgerRow
from broadsheet.index import Index

# Vectors are read for so many papers at most where some are still waiting.
_MOST = 20_000


def with_encoded(
    rows: Sequence[LedgerRow], ledger: Completeness, index: Index | None
) -> list[LedgerRow]:
    """The rows with what is encoded: without asking each paper where nothing waits.

    None where there is no encoder, or so much waits that counting would take seconds.
    """
    if index is None or not index.encoder:
        return list(rows)
    if index.status().pending == 0:
        return [replace(row, encoded=row.indexed) for row in rows]
    counted, left = [], _MOST
    for row in rows:
        if row.stored > left:
            counted.append(row)
            continue
        left -= row.stored
        works = ledger.works_announced(row.listing, row.day, row.set)
        have = int(np.sum(~np.isnan(index.vectors(works)[:, :1]))) if works else 0
        counted.append(replace(row, encoded=min(have, row.stored)))
    return counted
