"""Other last layers: one that knows how unsure it is, and one trained for F-beta itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.optimize import minimize

from broadsheet.search.calibrate import design
from broadsheet.search.candidates import Floats
from trials.calibration.gather import Asked
from trials.calibration.measures import best_f1, calibration_error, f_beta
from trials.calibration.models import RELEVANT, labels, stacked

DRAWS = 200
RISKS = (-1.0, 0.0, 0.5, 1.0, 2.0)
FOLDS = 5
SEEDS = 5
FEW = 40  # queries that the keep-or-skip heads learn from


def _judged(asked: Sequence[Asked], tested: Sequence[str]) -> list[Asked]:
    return [
        one
        for one in asked
        if one.collection not in tested and one.kind == "judged" and one.leg == "both" and len(one)
    ]


def _inputs(asked: Sequence[Asked]) -> Floats:
    return design(stacked(asked), RELEVANT["both"])


def uncertainty(asked: Sequence[Asked], tested: Sequence[str]) -> Iterator[str]:
    """A stochastic last layer (Laplace): weights are drawn, a score has a mean and a spread."""
    judged = _judged(asked, tested)
    names = sorted({one.group for one in judged})
    dealt = dict(zip(names, np.random.default_rng(0).permutation(len(names)) % FOLDS, strict=True))
    fold = np.concatenate([np.full(len(one), dealt[one.group]) for one in judged])
    inputs, happened = _inputs(judged), labels(judged)
    mean, spread, drawn = (np.zeros(len(happened)) for _ in range(3))
    for number in range(FOLDS):
        learn, test = fold != number, fold == number
        draws = _posterior(inputs[learn], happened[learn], inputs[test], number)
        mean[test], spread[test] = draws.mean(1), draws.std(1)
        drawn[test] = (1 / (1 + np.exp(-draws))).mean(1)
    plain = 1 / (1 + np.exp(-mean))
    yield f"{len(judged)} queries; spread of a logit: median {np.median(spread):.3f}"
    yield (
        f"ECE: mean weights {calibration_error(plain, happened):.4f},"
        f" drawn weights {calibration_error(drawn, happened):.4f}"
    )
    starts = np.cumsum([0, *[len(one) for one in judged]])
    base = _gain(judged, [-np.arange(len(one), dtype=np.float64) for one in judged])
    yield f"nDCG of the ten hits (their own ideal): fused order {base.mean():.4f}"
    for risk in RISKS:
        value = mean - risk * spread
        score = [value[at : at + len(one)] for at, one in zip(starts, judged, strict=False)]
        gain = _gain(judged, score)
        difference = gain - base
        error = 1.96 * difference.std() / np.sqrt(len(difference))
        half = np.concatenate([np.full(len(one), at % 2) for at, one in enumerate(judged)])
        threshold, _ = best_f1(value[half == 0], happened[half == 0])
        f1 = f_beta((value >= threshold)[half == 1].astype(float), happened[half == 1])
        yield (
            f"  mean - {risk:4} spread: nDCG {gain.mean():.4f}"
            f" ({difference.mean():+.4f} ± {error:.4f}), cut-off F1 {f1:.4f}"
        )


def _posterior(inputs: Floats, happened: Floats, new: Floats, seed: int) -> Floats:
    """Logits of new hits for drawn weights, shape (n, draws)."""
    middle, scale = inputs.mean(0), inputs.std(0) + 1e-9
    known = np.column_stack([np.ones(len(inputs)), (inputs - middle) / scale])
    asked = np.column_stack([np.ones(len(new)), (new - middle) / scale])
    weights = np.zeros(known.shape[1])
    for _ in range(40):
        chance = 1 / (1 + np.exp(-np.clip(known @ weights, -30, 30)))
        bend = (known * (chance * (1 - chance))[:, None]).T @ known + np.eye(len(weights))
        weights -= np.linalg.solve(bend, known.T @ (chance - happened) + weights)
    rng = np.random.default_rng(seed)
    draws: Floats = asked @ rng.multivariate_normal(weights, np.linalg.inv(bend), DRAWS).T
    return draws


def _gain(asked: Sequence[Asked], scores: Sequence[Floats]) -> Floats:
    """nDCG of each query's ten hits in another order; queries with a relevant one only."""
    discount = 1 / np.log2(np.arange(2, 12))
    values = []
    for one, score in zip(asked, scores, strict=True):
        best = np.sort(one.relevant)[::-1] @ discount[: len(one)]
        if best > 0:
            order = np.argsort(-score, kind="stable")
            values.append(one.relevant[order] @ discount[: len(one)] / best)
    return np.array(values)


def keep(asked: Sequence[Asked], tested: Sequence[str]) -> Iterator[str]:
    """A keep-or-skip head over frozen clues: trained for F-beta, or by cross-entropy with the
    threshold tuned afterwards; learned from few queries, judged on all others."""
    judged = _judged(asked, tested)
    yield f"learned from {FEW} queries, {SEEDS} draws; F-beta on the others, mean (deviation)"
    for beta in (0.5, 1.0, 2.0):
        found: dict[str, list[float]] = {"cross-entropy, tuned": [], "F-beta loss": []}
        for seed in range(SEEDS):
            drawn = np.random.default_rng(seed).permutation(len(judged))
            few = [judged[place] for place in drawn[:FEW].tolist()]
            rest = [judged[place] for place in drawn[FEW:].tolist()]
            inputs, new, happened, later = _inputs(few), _inputs(rest), labels(few), labels(rest)
            for name in found:
                score, limit = _head(inputs, happened, new, beta, soft=name == "F-beta loss")
                found[name].append(f_beta((score >= limit).astype(float), later, beta))
        for name, values in found.items():
            yield f"  beta {beta}: {name:21} {np.mean(values):.4f} ({np.std(values):.4f})"


def _head(
    inputs: Floats, happened: Floats, new: Floats, beta: float, *, soft: bool
) -> tuple[Floats, float]:
    """Scores of new hits and the threshold from which they are kept."""
    middle, scale = inputs.mean(0), inputs.std(0) + 1e-9
    known = np.column_stack([np.ones(len(inputs)), (inputs - middle) / scale])
    asked = np.column_stack([np.ones(len(new)), (new - middle) / scale])

    def loss(weights: Floats) -> float:
        logits = np.clip(known @ weights, -30, 30)
        penalty = 1e-3 * float(weights[1:] @ weights[1:])
        if soft:
            return 1 - f_beta(1 / (1 + np.exp(-logits)), happened, beta) + penalty
        return float(np.mean(np.logaddexp(0, logits) - happened * logits)) + penalty

    found = minimize(loss, np.zeros(known.shape[1]), method="L-BFGS-B").x
    if soft:
        return asked @ found, 0.0
    inside = known @ found
    limits = np.quantile(inside, np.linspace(0.02, 0.98, 97))
    best = max(limits, key=lambda limit: f_beta((inside >= limit).astype(float), happened, beta))
    return asked @ found, float(best)
