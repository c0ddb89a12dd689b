"""Which measure tracks the true error of probabilities, where the truth is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.stats import spearmanr

from broadsheet.search.candidates import Floats
from trials.calibration.gather import Asked
from trials.calibration.measures import balance, brier, calibration_error

FORECASTERS = 60
SEEDS = 5


def balance_score(asked: Sequence[Asked], tested: Sequence[str]) -> Iterator[str]:
    """Forecasters that are wrong in known ways (bent, shifted, noisy) on simulated hits.

    The truth of a hit is its probability; a forecaster's true error is the mean distance of
    what it says to the mean truth of hits it says about the same of.
    """
    del asked, tested
    yield f"{FORECASTERS} forecasters, {SEEDS} draws: rank correlation with the true error"
    yield "hits   Balance         ECE (adaptive)  Brier"
    for size in (300, 1_000, 5_000, 20_000):
        rows = [_correlations(size, seed) for seed in range(SEEDS)]
        told = [
            f"{np.mean(column):.3f} ({np.std(column):.3f})" for column in zip(*rows, strict=True)
        ]
        yield f"{size:6} " + "   ".join(told)


def _correlations(size: int, seed: int) -> list[float]:
    rng = np.random.default_rng(seed)
    true, found = [], []
    for _ in range(FORECASTERS):
        logit = rng.normal(-1.7, 1.3, size)
        truth = 1 / (1 + np.exp(-logit))
        happened = (rng.random(size) < truth).astype(np.float64)
        bend, shift = np.exp(rng.normal(0, 0.35)), rng.normal(0, 0.35)
        noise = rng.normal(0, rng.uniform(0, 0.8), size)
        said = 1 / (1 + np.exp(-(bend * logit + shift + noise)))
        true.append(_true_error(said, truth))
        found.append([balance(said, happened), calibration_error(said, happened),
                      brier(said, happened)])  # fmt: skip
    return [float(spearmanr(true, column).statistic) for column in zip(*found, strict=True)]


def _true_error(said: Floats, truth: Floats) -> float:
    order = np.argsort(said, kind="stable")
    parts = np.array_split(order, max(15, len(said) // 100))
    gaps = [abs(said[part].mean() - truth[part].mean()) * len(part) for part in parts]
    return float(sum(gaps) / len(said))
