"""Measures of probabilities against what happened."""

from __future__ import annotations

import numpy as np

from broadsheet.search.candidates import Floats

BINS = 15


def calibration_error(chance: Floats, happened: Floats, bins: int = BINS) -> float:
    """Expected calibration error with bins of equal numbers (adaptive): the mean distance
    between what a bin's probabilities say and how often it happened, weighed by size."""
    order = np.argsort(chance, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    gaps = [abs(chance[part].mean() - happened[part].mean()) * len(part) for part in parts]
    return float(sum(gaps) / len(chance))


def brier(chance: Floats, happened: Floats) -> float:
    """The mean squared error of the probabilities."""
    return float(np.mean((chance - happened) ** 2))


def balance(chance: Floats, happened: Floats) -> float:
    """Signed errors that cancel out: each probability adds what it missed by, and the sum over
    windows of neighbouring probabilities is squared. 0 is perfect in expectation, whatever the
    noise of single outcomes: the idea of the Balance score."""
    order = np.argsort(chance, kind="stable")
    missed = (happened - chance)[order]
    parts = [part for part in np.array_split(missed, BINS) if len(part)]
    noise = [part_noise(chance[order], at, parts) for at in range(len(parts))]
    found = [part.sum() ** 2 - one for part, one in zip(parts, noise, strict=True)]
    return float(np.sqrt(max(0.0, sum(found)) / (len(parts) * (len(chance) / len(parts)) ** 2)))


def part_noise(chance: Floats, at: int, parts: list[Floats]) -> float:
    """The variance that a window's sum has by chance alone."""
    start = sum(len(part) for part in parts[:at])
    inside = chance[start : start + len(parts[at])]
    return float((inside * (1 - inside)).sum())


def f_beta(kept: Floats, happened: Floats, beta: float = 1.0) -> float:
    """F-beta of keeping; 0 where nothing is kept or nothing happened."""
    hit = float((kept * happened).sum())
    weighed = beta**2 * float(happened.sum()) + float(kept.sum())
    return (1 + beta**2) * hit / weighed if weighed else 0.0


def average_precision(score: Floats, happened: Floats) -> float:
    """The area under the precision-recall curve of one threshold for all queries."""
    order = np.argsort(-score, kind="stable")
    hits = happened[order]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float((precision * hits).sum() / max(1.0, hits.sum()))


def best_f1(score: Floats, happened: Floats) -> tuple[float, float]:
    """The threshold with the highest F1, and that F1."""
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(happened[order])
    f1 = 2 * hits / (np.arange(1, len(hits) + 1) + max(1.0, hits[-1]))
    at = int(np.argmax(f1))
    return float(score[order][at]), float(f1[at])
