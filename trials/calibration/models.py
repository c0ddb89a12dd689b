"""Fitting the product's models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from broadsheet.search.calibrate import Calibration, Logistic, design
from broadsheet.search.candidates import Floats
from trials.calibration.gather import Asked

_WORDS_ANSWERED = (
    "best_covered", "best_attained", "terms", "alone", "best_covered*terms",
    "best_covered*best_covered", "most_covered", "best_lexical_margin",
)  # fmt: skip
_WORDS_RELEVANT = (
    "attained", "covered", "terms", "terms*terms", "rank", "rank*terms", "best_attained",
    "best_covered", "usual_covered", "lexical_margin", "share", "share*terms", "near_words",
    "tenth", "second", "alone", "attained*terms", "best_covered*terms", "lexical_margin*terms",
    "near_words*terms",
)  # fmt: skip
ANSWERED = {
    "words": _WORDS_ANSWERED,
    "both": (
        *_WORDS_ANSWERED[:-2],
        *("best_cosine", "best_cosine*best_cosine", "best_cosine*best_covered"),
        *("best_cosine*terms", "spread", "usual_cosine", "best_both"),
        *("short", "best_meant", "best_weakest", "usual_meant"),
    ),
}
RELEVANT = {
    "words": _WORDS_RELEVANT,
    "both": (
        *_WORDS_RELEVANT,
        *("cosine", "cosine*terms", "covered*terms", "dense_margin", "best_cosine"),
        *("best_cosine*terms", "usual_cosine", "usual_covered*terms", "spread", "depth"),
        *("depth*terms", "lead", "next_both", "near_meaning"),
        *("short", "dense_margin*terms", "near_meaning*terms"),
    ),
}
UNANSWERED = ("other", "half")  # kinds of queries that no paper answers
TOLD = ("judged", "topic")  # kinds of queries of which it is known what is relevant
# Times that a query from another world weighs in the mixture of 30,400 papers, where more papers
# come near to it by chance. More, and a higher threshold, tell them better and wrong real queries.
LARGE = {"both": 3.0, "words": 1.0}
# What a half-answered query weighs beside one from another world. More, and real queries whose
# words the papers say otherwise (NFCorpus, word capture) are promised less than they get.
HALF = 0.5
LEAST = {"both": 0.15, "words": 0.2}  # chance of an answer below which nothing relevant is here


def stacked(asked: Sequence[Asked]) -> dict[str, Floats]:
    """The clues of all hits of all queries, one after the other."""
    return {name: np.concatenate([one.known[name] for one in asked]) for name in asked[0].known}


def labels(asked: Sequence[Asked]) -> Floats:
    """What judges said of all these hits."""
    return np.concatenate([one.relevant for one in asked])


def logistic(known: Mapping[str, Floats], names: tuple[str, ...], happened: Floats,
             weights: Floats, ridge: float = 1e-3) -> Logistic:  # fmt: skip
    """Logistic regression by Newton's method on standardised clues, with an L2 penalty."""
    columns = design(known, names)
    middle = np.average(columns, axis=0, weights=weights)
    scale = np.sqrt(np.average((columns - middle) ** 2, axis=0, weights=weights)) + 1e-9
    inputs = np.column_stack([np.ones(len(columns)), (columns - middle) / scale])
    share = weights / weights.sum()
    penalty = np.diag([0.0, *[2 * ridge] * len(names)])
    found = np.zeros(inputs.shape[1])
    for _ in range(60):
        chance = 1 / (1 + np.exp(-np.clip(inputs @ found, -30, 30)))
        slope = inputs.T @ (share * (chance - happened)) + penalty @ found
        bend = (inputs * (share * np.maximum(chance * (1 - chance), 1e-9))[:, None]).T @ inputs
        step = np.linalg.solve(bend + penalty + 1e-10 * np.eye(len(found)), slope)
        found = found - step * min(1.0, 3.0 / max(1e-12, float(np.abs(step).max())))
        if np.abs(step).max() < 1e-8:
            break
    return Logistic(names, found[1:] / scale, float(found[0] - (found[1:] * middle / scale).sum()))


def fit(asked: Sequence[Asked], leg: str) -> Calibration:
    """Both models of a leg: each collection weighs the same, and so do real queries and those
    that are not, or only half, answered."""
    full = [one for one in asked if one.leg == leg and len(one)]
    first = {name: values[[0]] for name, values in full[0].known.items()}
    first = {name: np.array([one.known[name][0] for one in full]) for name in first}
    real = np.array([float(one.kind not in UNANSWERED) for one in full])
    counts = Counter((one.collection, one.kind) for one in full)
    weights = np.array([1 / counts[one.collection, one.kind] for one in full])
    weights[[one.collection == "mixture" and one.kind == "other" for one in full]] *= LARGE[leg]
    weights[[one.kind == "half" for one in full]] *= HALF
    for side in (0.0, 1.0):
        weights[real == side] /= max(1e-9, weights[real == side].sum())
    answered = logistic(first, ANSWERED[leg], real, weights, 1e-4)
    judged = [one for one in full if one.kind in TOLD]
    hits = Counter[str]()
    for one in judged:
        hits[one.collection] += len(one)
    shares = np.concatenate([np.full(len(one), 1 / hits[one.collection]) for one in judged])
    # The hit's chance is fitted as it is used: times the chance of an answer.
    certain = answered.probability(stacked(judged))
    relevant = logistic(stacked(judged), RELEVANT[leg], labels(judged), shares * certain)
    return Calibration(answered, relevant, LEAST[leg])


def left_out(
    asked: Sequence[Asked], leg: str, part: Callable[[Asked], str], folds: int = 0
) -> tuple[list[Asked], list[Floats], list[float]]:
    """Every query of a leg with its hits' probabilities and the chance of an answer, from models
    that never saw its part; parts are dealt to so many folds, or each is one (0)."""
    full = [one for one in asked if one.leg == leg]
    names = sorted({part(one) for one in full})
    dealt = np.random.default_rng(0).permutation(len(names)) % (folds or len(names))
    fold = dict(zip(names, dealt.tolist(), strict=True))
    queries: list[Asked] = []
    chances: list[Floats] = []
    answers: list[float] = []
    for number in sorted(set(fold.values())):
        # The mixture asks other collections' queries again.
        again = {one.group for one in full if fold[part(one)] == number and one.kind == "judged"}
        rest = [one for one in full if fold[part(one)] != number]
        model = fit([one for one in rest if one.kind != "judged" or one.group not in again], leg)
        for one in full:
            if fold[part(one)] == number:
                queries.append(one)
                chances.append(model.probability(one.known) if len(one) else np.empty(0))
                answers.append(
                    float(model.answered.probability(one.known).max()) if len(one) else 0
                )
    return queries, chances, answers
