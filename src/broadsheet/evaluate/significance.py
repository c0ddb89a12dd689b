"""How sure a difference is: paired tests and intervals over queries.

Smucker, Allan and Carterette (CIKM 2007) for the randomisation test, Efron and Tibshirani
(1993) for the percentile bootstrap, Holm (1979) for many tests at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DRAWS = 10_000
_CHUNK = 1_000_000  # numbers drawn at a time
_EXACT = 14  # queries up to which all sign patterns are gone through
_ROUNDING = 1e-12  # two means that differ by less are one


def interval(
    values: Floats, *, level: float = 0.95, draws: int = DRAWS, seed: int = 0
) -> tuple[float, float]:
    """The percentile bootstrap interval of a mean; ``values`` has shape (n,), n > 0."""
    means = resampled_means(values[None, :], draws=draws, seed=seed)[:, 0]
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def resampled_means(values: Floats, *, draws: int = DRAWS, seed: int = 0) -> Floats:
    """Means over queries drawn with repetition, the same queries for every row.

    ``values`` has shape (rows, n); returned is (draws, rows).
    """
    random = np.random.default_rng(seed)
    n = values.shape[1]
    means = np.empty((draws, len(values)))
    step = max(1, _CHUNK // n)
    for start in range(0, draws, step):
        rows = min(step, draws - start)
        # How often each query is drawn: a matrix product is far cheaper than an index.
        times = random.multinomial(n, np.full(n, 1 / n), size=rows)
        means[start : start + rows] = times @ values.T / n
    return means


def randomisation(differences: Sequence[Floats], *, draws: int = DRAWS, seed: int = 0) -> float:
    """The two-sided p-value of paired differences, their signs drawn at random.

    Each array holds the differences of one collection; the statistic is the mean of their
    means, so that each collection counts the same (give one array to count each query the
    same). With few queries all sign patterns are gone through, else p = (hits + 1) / (draws +
    1). Differences that are all 0 have p = 1.
    """
    moved = [values[values != 0] / len(values) for values in differences if len(values)]
    weights = np.concatenate(moved) if moved else np.empty(0)
    if not len(weights):
        return 1.0
    observed = abs(float(weights.sum())) - _ROUNDING
    if len(weights) <= _EXACT:
        patterns = (np.arange(2 ** len(weights))[:, None] >> np.arange(len(weights))) & 1
        return float(np.mean(np.abs((2 * patterns - 1) @ weights) >= observed))
    random = np.random.default_rng(seed)
    hits, step = 0, max(1, _CHUNK // len(weights))
    for start in range(0, draws, step):
        rows = min(step, draws - start)
        signs = random.integers(0, 2, (rows, len(weights)), dtype=np.int8) * 2 - 1
        hits += int(np.count_nonzero(np.abs(signs @ weights) >= observed))
    return (hits + 1) / (draws + 1)


def holm(values: Sequence[float]) -> list[float]:
    """p-values corrected for their number (step-down), in the order given."""
    order = sorted(range(len(values)), key=lambda place: values[place])
    corrected = [0.0] * len(values)
    highest = 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, values[place] * (len(values) - rank)))
        corrected[place] = highest
    return corrected
