"""The stock encoder as a student's reader of queries: it stays as it is.

A query is short and encoded one at a time, a paper is long and there are many: so a student may
read papers only, in the stock encoder's space, and leave queries to that.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from broadsheet.encoders import REACH, Encoder, Pieces, Ragged, stock_state
from broadsheet.learn.job import Job
from broadsheet.learn.students.bert import Bert, vectors_of

STOCK = "all-MiniLM-L6-v2"


class StockReader:
    """A network that is not trained, for the training, and the ``encoder`` that is the same."""

    def __init__(self, network: Bert, tokenizer: Path, encoder: Encoder) -> None:
        self.encoder = encoder
        self._network = network.requires_grad_(False)
        self._pieces = Pieces(tokenizer)

    def pack(self, texts: list[str]) -> Ragged:
        """The token ids of queries."""
        return Ragged.of(self._pieces.rows(texts, self._network.tokens))

    def encode(self, ids: Ragged) -> Tensor:
        """Unit vectors (n, dimensions), without gradients; the same query is read once."""
        first: dict[bytes, int] = {}
        rows = [first.setdefault(ids[row].tobytes(), row) for row in range(len(ids))]
        read = np.array(list(first.values()), np.int64)
        with torch.no_grad():
            found = vectors_of(self._network, ids.take(read))
        return found[torch.from_numpy(np.searchsorted(read, np.array(rows, np.int64)))]


def queries_reader(job: Job, queries: str) -> StockReader | None:
    """Who reads queries, None for the 'student' itself.

    Raises ValueError for what is neither that nor 'stock', `WeightsMissing`.
    """
    if queries not in ("student", "stock"):
        raise ValueError(f"queries are read by 'student' or 'stock', not {queries!r}")
    if queries == "student":
        return None
    state, tokenizer = stock_state()
    return StockReader(Bert(state, tokens=REACH), tokenizer, job.encoder_of(STOCK))
