"""Pages of different hits: a diverse page, and how diverse a page is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from broadsheet.search.candidates import Candidates, Floats
from broadsheet.search.pipeline import Search, Stage

ORDERS: Mapping[str, float] = {"0.5": 0.5, "1": 1.0, "2": 2.0, "inf": np.inf}
RELEVANCE = 0.7  # of relevance against novelty
CHOSEN_FROM = 100  # candidates, best first


def diversify(relevance: float = RELEVANCE) -> Stage:
    """On request, orders by maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998).

    Each next hit is the best by its score less its likeness to those before it. Candidates
    without a vector resemble none.
    """

    def run(search: Search, ranking: Candidates) -> Candidates:
        if not search.request.diverse or len(ranking) < 3:
            return ranking
        if search.settled.looked:  # in the first round; what comes behind is ordered by score
            return ranking
        looked = np.arange(min(CHOSEN_FROM, len(ranking)))
        vectors = np.nan_to_num(search.vectors(ranking.ids[looked]))
        order = marginal(ranking.score[looked], vectors, search.sure, relevance)
        rest = np.setdiff1d(np.arange(len(ranking)), order)
        return ranking.take(np.concatenate([order, rest]).astype(np.intp))

    return Stage("diversify", run)


def marginal(
    scores: Floats, vectors: NDArray[np.float32], count: int, relevance: float
) -> NDArray[np.intp]:
    """The places of the first ``count``, best first.

    ``scores`` have shape (n,) and ``vectors`` (n, d), unit length or 0. Scores and likenesses
    are put on one scale: each is divided by its largest.
    """
    best = float(scores.max(initial=0.0))
    value = relevance * (scores / best if best > 0 else scores)
    alike = vectors @ vectors.T if vectors.size else np.zeros((len(scores), len(scores)))
    np.fill_diagonal(alike, 0.0)
    alike = np.maximum(alike, 0) / max(float(alike.max(initial=0.0)), 1e-9)
    nearest = np.zeros(len(scores))
    left = np.ones(len(scores), np.bool_)
    order: list[int] = []
    while len(order) < min(count, len(scores)):
        place = int(np.argmax(np.where(left, value - (1 - relevance) * nearest, -np.inf)))
        order.append(place)
        left[place] = False
        nearest = np.maximum(nearest, alike[place])
    return np.array(order, np.intp)


def measure() -> Stage:
    """Reports the page's Vendi scores when it was asked to be diverse."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        if search.request.diverse and len(ranking):
            vectors = search.vectors(ranking.ids)
            known = vectors[~np.isnan(vectors).any(1)] if vectors.size else vectors[:0]
            if len(known):
                search.vendi = {name: vendi(known, order) for name, order in ORDERS.items()}
        return ranking

    return Stage("vendi", run)


def vendi(vectors: NDArray[np.float32], order: float = 1.0) -> float:
    """The Vendi score of vectors of unit length, shape (n, d), n > 0: from 1, all the same, to n.

    The exponential of the Rényi entropy of that order of the eigenvalues of the similarity
    matrix divided by n (Friedman and Dieng, 2023; Pasarkar and Dieng, 2024). Low orders hear
    the rare, high orders the dominant.
    """
    alike = (vectors @ vectors.T).astype(np.float64) / len(vectors)
    values = np.linalg.eigvalsh(alike)
    values = values[values > 1e-12]
    values = values / values.sum()
    if order == np.inf:
        return float(1 / values.max())
    if order == 1:
        return float(np.exp(-np.sum(values * np.log(values))))
    return float(np.sum(values**order) ** (1 / (1 - order)))
