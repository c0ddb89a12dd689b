"""To what is a change of quality owed? Shapley values over the parts that changed.

Zhang et al., "Why did the Model Fail?" (ICML 2023): between two points in time the queries, the
papers and the system may all have changed. The value of a set of parts is the quality with those
as they are now and the others as they were; a part's share is its mean contribution over all
orders in which the parts could have changed. Shares add up to the whole change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def shapley(value: Callable[[frozenset[str]], Floats], parts: Sequence[str]) -> dict[str, Floats]:
    """Each part's share of the change from no part changed to all of them.

    ``value`` gives the quality for the parts that have changed, a number or an array of any one
    shape (draws of a bootstrap, say); each set is asked for once. Shares have that shape.
    """
    sets = [
        frozenset(chosen) for size in range(len(parts) + 1) for chosen in combinations(parts, size)
    ]
    known = {chosen: np.asarray(value(chosen), np.float64) for chosen in sets}
    shares = {}
    for part in parts:
        share = np.zeros_like(known[frozenset()])
        for chosen in sets:
            if part in chosen:
                continue
            before = len(chosen)
            orders = factorial(before) * factorial(len(parts) - before - 1)
            gain = known[chosen | {part}] - known[chosen]
            share = share + orders / factorial(len(parts)) * gain
        shares[part] = share
    return shares
