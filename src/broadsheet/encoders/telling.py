"""Which tokens of a text an encoder is given, where its window is shorter than the text.

A text's beginning is kept whole (the title, mostly), then the tokens that few texts have, in their
order. At 64 of 256 tokens this beats the first 64: docs/benchmarks.md, "Smaller transformers".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

REACH = 256  # tokens of a text that are looked at
FRONT = 24  # of them kept whatever they are
# How much rarer a token must be for each time that the text had it before.
AGAIN = 1.0


def telling_tokens(ids: Sequence[int], rarity: NDArray[np.float32], tokens: int) -> list[int]:
    """At most ``tokens`` of a text's token ids, in their order; the last one, its end, stays.

    ``rarity`` (vocabulary,) is the logarithm of how many texts there are for one with the token.
    """
    if len(ids) <= tokens:
        return list(ids)
    seen: dict[int, int] = {}
    again = np.empty(len(ids), np.float32)
    for place, token in enumerate(ids):
        again[place] = seen.get(token, 0)
        seen[token] = seen.get(token, 0) + 1
    worth = rarity[np.asarray(ids)] - AGAIN * again
    worth[: min(FRONT, tokens - 1)] = np.inf
    worth[-1] = np.inf
    kept = np.sort(np.argsort(-worth, kind="stable")[:tokens])
    return [ids[place] for place in kept.tolist()]


def rarity_of(rows: Sequence[Sequence[int]], vocabulary: int) -> NDArray[np.float32]:
    """The rarity of every token over some texts' token ids, (vocabulary,)."""
    counts = np.ones(vocabulary)
    for row in rows:
        counts[np.unique(np.asarray(row, np.int64))] += 1
    return np.log((len(rows) + 1) / counts).astype(np.float32)
