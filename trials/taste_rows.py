"""Rankers of taste that are not in the product, as makers for `trials.taste`.

``crosstune``: a written description as the label, and cross-attention between its words and a
frozen paper vector, trained on few likes (after Luo et al. 2024, CrossTune). ``valued``: likes
pruned or weighed by the Shapley value of a k-nearest-neighbour utility (Jia et al. 2019; Lyu et
al. 2023), or at random.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders import Encoder
from broadsheet.evaluate.recipes import Maker, Papers, Ranker
from broadsheet.evaluate.throwaway import Throwaway
from broadsheet.readers import Scorer

Floats = NDArray[np.float64]
_WORDS = 12  # of the description, each a token


def crosstune(
    encoder: Encoder, *, steps: int = 60, ridge: float = 0.02, product: float = 0
) -> Maker:
    """The description is the name and the words that the product gives to what is liked.

    ``product`` is the part of the product's own score, both standardised.
    """
    told: dict[str, NDArray[np.float32]] = {}

    def tokens(texts: list[str]) -> Floats:
        missing = [text for text in texts if text not in told]
        if missing:
            told.update(zip(missing, encoder.encode_queries(missing), strict=True))
        return np.stack([told[text] for text in texts]).astype(np.float64)

    def make(filed: Throwaway) -> Ranker:
        scorer = Scorer(filed.index)

        def rank(liked: Papers, disliked: Papers, asked: Papers) -> NDArray[np.floating[Any]]:
            yes, no = scorer.judged(liked), scorer.judged(disliked)
            lens = scorer.lens(yes, no)
            assert lens is not None
            label = tokens([lens.terms.name, *lens.terms.telling(_WORDS)])
            field = scorer.shelves.field(np.asarray([i for i, _ in asked]))
            general = scorer.background
            apart = general.vectors[~np.isin(general.ids, yes.works)]
            features = np.concatenate([yes.vectors, no.vectors, apart]).astype(np.float64)
            labels = np.arange(len(features)) < len(yes)
            found = Attention(label, steps, ridge).fit(features, labels).logits(field.vectors)
            if not product:
                return found
            own = np.asarray(scorer.score(lens, field), np.float64)
            return product * _standard(own) + (1 - product) * _standard(found)

        return rank

    return make


def _standard(scores: Floats) -> Floats:
    found: Floats = (scores - scores.mean()) / max(float(scores.std()), 1e-9)
    return found


class Attention:
    """logit(x) = s sum_j a_j x'N t_j + b, a = softmax_j(k x'M t_j), over label tokens t (m, d).

    M and N start as the identity and are drawn to it by a ridge; both classes weigh the same.
    """

    def __init__(self, tokens: Floats, steps: int, ridge: float) -> None:
        self.tokens, self.steps, self.ridge = tokens, steps, ridge
        size = tokens.shape[1]
        self.keys, self.values = np.eye(size), np.eye(size)
        self.sharp, self.scale, self.shift = 8.0, 8.0, 0.0

    def fit(self, features: Floats, labels: NDArray[np.bool_]) -> Attention:
        """Adam on the logistic loss; ``features`` (n, d)."""
        weights = np.where(labels, 0.5 / labels.sum(), 0.5 / (~labels).sum())
        identity = np.eye(features.shape[1])
        moments = [np.zeros_like(self.keys) for _ in range(4)]
        for step in range(1, self.steps + 1):
            attention, values, logits = self._forward(features)
            if step == 1:
                self.shift = -float(np.median(logits))
                logits = logits + self.shift
            pull = weights * (1 / (1 + np.exp(-logits)) - labels) * self.scale
            mean = (attention * values).sum(axis=1, keepdims=True)
            to_keys = pull[:, None] * attention * (values - mean) * self.sharp
            to_values = pull[:, None] * attention
            slopes = [
                features.T @ part @ self.tokens + self.ridge * (matrix - identity)
                for part, matrix in ((to_keys, self.keys), (to_values, self.values))
            ]
            self.shift -= 2.0 * float(pull.sum()) / self.scale
            for at, matrix in enumerate((self.keys, self.values)):
                moments[at] = 0.9 * moments[at] + 0.1 * slopes[at]
                moments[at + 2] = 0.99 * moments[at + 2] + 0.01 * slopes[at] ** 2
                first, second = moments[at] / (1 - 0.9**step), moments[at + 2] / (1 - 0.99**step)
                matrix -= 0.003 * first / (np.sqrt(second) + 1e-8)
        return self

    def logits(self, features: NDArray[np.floating[Any]]) -> Floats:
        """(n,) of features (n, d)."""
        return self._forward(np.asarray(features, np.float64))[2]

    def _forward(self, features: Floats) -> tuple[Floats, Floats, Floats]:
        heat = self.sharp * (features @ self.keys @ self.tokens.T)
        attention = np.exp(heat - heat.max(axis=1, keepdims=True))
        attention /= attention.sum(axis=1, keepdims=True)
        values = features @ self.values @ self.tokens.T
        return attention, values, self.scale * (attention * values).sum(axis=1) + self.shift


def neighbour_values(
    train: Floats, labels: NDArray[np.bool_], tests: Floats, truth: NDArray[np.bool_], k: int
) -> Floats:
    """The Shapley value of each training point for a k-NN classifier's accuracy, (n,).

    Jia et al. 2019, theorem 1: sorted by nearness, s_n = [y_n = y] / n and s_i = s_{i+1} +
    ([y_i = y] - [y_{i+1} = y]) / k * min(k, i) / i. A test point that is a training point too
    (cosine 1) does not count for itself. Both classes of test points weigh the same.
    """
    found = np.zeros(len(train))
    weights = np.where(truth, 0.5 / max(truth.sum(), 1), 0.5 / max((~truth).sum(), 1))
    alike = tests @ train.T
    for row, (wanted, weight) in enumerate(zip(truth, weights, strict=True)):
        order = np.argsort(-alike[row], kind="stable")
        order = order[alike[row][order] < 1 - 1e-6]
        right = (labels[order] == wanted).astype(np.float64)
        count = len(order)
        places = np.arange(1, count)
        steps = (right[:-1] - right[1:]) / k * np.minimum(k, places) / places
        last = right[-1] * min(k, count) / (k * count)
        values = np.append(np.cumsum(steps[::-1])[::-1] + last, last)
        found[order] += weight * values
    return found


def valued(
    encoder: Encoder, *, drop: float = 0.2, how: str = "prune", k: int = 5, seed: int = 0
) -> Maker:
    """The product with the likes of least value left out, or halved (``how="weigh"``).

    ``how="random"`` leaves out as many at random; ``"best"`` those of most value.
    """
    del encoder

    def make(filed: Throwaway) -> Ranker:
        scorer = Scorer(filed.index)

        def rank(liked: Papers, disliked: Papers, asked: Papers) -> NDArray[np.floating[Any]]:
            yes, no = scorer.judged(liked), scorer.judged(disliked)
            least = _least(scorer, yes.vectors, no.vectors, k)
            count = int(drop * len(liked))
            if how == "random":
                drawn = np.random.default_rng([seed, *yes.works.tolist()])
                least = drawn.permutation(len(liked))
            elif how == "best":
                least = least[::-1]
            weights = np.ones(len(liked))
            weights[least[:count]] = 0.5 if how == "weigh" else 0.0
            kept = np.flatnonzero(weights)
            lens = scorer.lens(
                scorer.judged([liked[row] for row in kept], weights[kept].tolist()), no
            )
            field = scorer.shelves.field(np.asarray([i for i, _ in asked]))
            return scorer.score(lens, field)

        return rank

    return make


def _least(
    scorer: Scorer, yes: NDArray[np.float32], no: NDArray[np.float32], k: int
) -> NDArray[np.int64]:
    """Rows of the likes, those of least value first; the log holds likes, dislikes, others."""
    train = np.concatenate([yes, no, scorer.background.vectors]).astype(np.float64)
    labels = np.arange(len(train)) < len(yes)
    values = neighbour_values(train, labels, train, labels, k)[: len(yes)]
    return np.argsort(values, kind="stable")


makers: dict[str, Callable[..., Maker]] = {"crosstune": crosstune, "valued": valued}
