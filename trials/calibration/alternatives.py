"""Other ways to cut off a ranking, and other maps from a score to a probability."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from sklearn.isotonic import IsotonicRegression

from broadsheet.search.candidates import Floats
from trials.calibration.gather import Asked
from trials.calibration.measures import (
    average_precision,
    best_f1,
    brier,
    calibration_error,
    f_beta,
)
from trials.calibration.models import labels, left_out, logistic

FEW = 60  # judged queries of which a map is learned and, one at a time, tested
SEEDS = 5
MISSED = 0.1  # relevant hits that a conformal cut-off may lose
Map = Callable[[Floats, Floats, Floats], Floats]  # score, label, new scores -> probabilities


def cutoffs(asked: Sequence[Asked], tested: Sequence[str]) -> Iterator[str]:
    """One threshold for all queries, on each kind of score; halves of the queries in turn
    choose it and are judged. Queries from other worlds are among them."""
    learned = [one for one in asked if one.collection not in tested and one.kind in _JUDGED]
    queries, chances, _ = left_out(learned, "both", lambda one: one.group, folds=10)
    pairs = [(one, chance) for one, chance in zip(queries, chances, strict=True) if len(one)]
    kept = [one for one, _ in pairs]
    happened = labels(kept)
    cosine = np.concatenate([np.nan_to_num(one.known["cosine"]) for one in kept])
    scores = {
        "probability": np.concatenate([chance for _, chance in pairs]),
        "fixed cosine": cosine,
        "fused score": np.concatenate([one.score for one in kept]),
        "top k": np.concatenate([-np.arange(len(one), dtype=np.float64) for one in kept]),
    }
    half = np.concatenate([np.full(len(one), place % 2) for place, one in enumerate(kept)])
    yield f"{len(kept)} queries, {len(happened)} hits, {happened.mean():.3f} relevant"
    yield f"{'cut-off':14} area(PR)  F1    precision recall  P@R.5  ECE of its Platt map"
    for name, score in scores.items():
        keep = np.zeros(len(score))
        for side in (0, 1):
            threshold, _ = best_f1(score[half != side], happened[half != side])
            keep[half == side] = score[half == side] >= threshold
        hit = float((keep * happened).sum())
        order = np.argsort(-score, kind="stable")
        reached = np.cumsum(happened[order]) / happened.sum()
        at = int(np.searchsorted(reached, 0.5))
        chance = score if name == "probability" else _halves(score, happened, half)
        yield (
            f"{name:14} {average_precision(score, happened):.3f}     {f_beta(keep, happened):.3f}"
            f" {hit / max(1, keep.sum()):.3f}     {hit / happened.sum():.3f}"
            f"   {happened[order][: at + 1].mean():.3f}  {calibration_error(chance, happened):.4f}"
        )
    for k in (1, 3, 5, 10):
        keep = (scores["top k"] > -k).astype(np.float64)
        hit = float((keep * happened).sum())
        yield (
            f"  top {k:2}: F1 {f_beta(keep, happened):.3f} precision {hit / keep.sum():.3f}"
            f" recall {hit / happened.sum():.3f}"
        )


_JUDGED = ("judged", "other")


def _halves(score: Floats, happened: Floats, half: Floats) -> Floats:
    chance = np.zeros(len(score))
    for side in (0, 1):
        chance[half == side] = platt(score[half != side], happened[half != side],
                                     score[half == side])  # fmt: skip
    return chance


def maps(asked: Sequence[Asked], tested: Sequence[str]) -> Iterator[str]:
    """Maps from the fused score, learned from few judged queries, leaving one out at a time."""
    judged = [
        one
        for one in asked
        if one.collection not in tested and one.kind == "judged" and one.leg == "both" and len(one)
    ]
    ways: dict[str, Map] = {"Platt": platt, "isotonic": isotonic, "Venn-ABERS": venn_abers}
    found: dict[str, list[list[float]]] = {name: [] for name in ways}
    covered: list[list[float]] = []
    for seed in range(SEEDS):
        drawn = np.random.default_rng(seed).choice(len(judged), FEW, replace=False)
        few = [judged[place] for place in drawn.tolist()]
        happened = labels(few)
        for name, way in ways.items():
            chance = np.concatenate([_without(few, at, way) for at in range(FEW)])
            sure = chance >= 0.5
            precise = happened[sure].mean() if sure.any() else float("nan")
            found[name].append(
                [calibration_error(chance, happened, 10), brier(chance, happened), precise,
                 sure.mean()]
            )  # fmt: skip
        kept = np.concatenate([_without(few, at, conformal) for at in range(FEW)])
        covered.append([kept[happened > 0].mean(), kept.mean(), happened[kept > 0].mean()])
    yield f"{FEW} queries, {SEEDS} draws, mean (standard deviation)"
    yield "map         ACE             Brier           precision at p >= .5  share at p >= .5"
    for name, values in found.items():
        yield f"{name:11} " + "  ".join(_spread(column) for column in zip(*values, strict=True))
    yield f"conformal, {MISSED:.0%} of the relevant may be lost: coverage, share kept, precision"
    yield "            " + "  ".join(_spread(column) for column in zip(*covered, strict=True))


def _spread(values: Sequence[float]) -> str:
    return f"{np.nanmean(values):.4f} ({np.nanstd(values):.4f})"


def _without(few: Sequence[Asked], at: int, way: Map) -> Floats:
    rest = [one for place, one in enumerate(few) if place != at]
    score = np.concatenate([one.score for one in rest])
    return way(score, labels(rest), few[at].score)


def platt(score: Floats, happened: Floats, new: Floats) -> Floats:
    """A logistic curve."""
    model = logistic({"score": score}, ("score",), happened, np.ones(len(score)), 1e-4)
    return model.probability({"score": new})


def isotonic(score: Floats, happened: Floats, new: Floats) -> Floats:
    """The nearest map that never falls."""
    model = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(score, happened)
    return np.asarray(model.predict(new), np.float64)


def venn_abers(score: Floats, happened: Floats, new: Floats) -> Floats:
    """Two isotonic maps, one with the new hit as relevant and one as not, made one number."""
    chance = np.zeros(len(new))
    for place, value in enumerate(new.tolist()):
        low, high = (
            isotonic(np.append(score, value), np.append(happened, label), np.array([value]))[0]
            for label in (0.0, 1.0)
        )
        chance[place] = high / (1 - low + high)
    return chance


def conformal(score: Floats, happened: Floats, new: Floats) -> Floats:
    """1 for hits that cannot be told from the relevant ones at the level `MISSED`."""
    relevant = np.sort(score[happened > 0])
    below = np.searchsorted(relevant, new, side="right")
    kept: Floats = ((below + 1) / (len(relevant) + 1) > MISSED).astype(np.float64)
    return kept
