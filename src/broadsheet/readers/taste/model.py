"""How much a reader would like a paper: from few likes generatively, from many by regression.

*Generative*: what is liked is a density around the liked vectors (a Parzen estimate on the
sphere, von Mises-Fisher kernels), whose logarithm is a soft maximum of cosines; the words add
the cosine of their TF-IDF weights with the liked ones' (`terms`). *Discriminative*: logistic
regression on vector, generative evidence and words, which needs more examples before it is
better (Ng and Jordan 2001: O(d) against O(log d)).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from broadsheet.readers.taste.judged import Judged

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Tuning:
    """What was chosen by measurement (`python -m trials.taste`).

    ``concentration`` is that of the kernels; ``words`` what one unit of these adds;
    ``dislikes`` what dislikes take off beside many likes: beside n likes they weigh
    n / (n + ``dislikes_wait``) of it, because one like says little of what it is not.
    ``switch_likes`` is how many likes the regression needs, ``ridge`` its penalty and ``blend``
    its part of the score beside the generative one. ``joined`` is the mean cosine above which
    two groups of liked papers are one interest.
    """

    concentration: float = 10.0
    words: float = 2.0
    dislikes: float = 0.5
    dislikes_wait: float = 15.0
    switch_likes: int = 1
    ridge: float = 8.0
    blend: float = 0.5
    joined: float = 0.22


DEFAULT = Tuning()


def meaning(candidates: Floats, liked: Judged, tuning: Tuning = DEFAULT) -> Floats:
    """The soft maximum of the cosines with the liked papers, (m,); 0 where nothing is encoded.

    log(sum_i w_i exp(k cos_i) / sum_i w_i) / k, ``candidates`` (m, d) of unit length or zeros.
    """
    rows = liked.encoded
    if not rows.any() or not candidates.size:
        return np.zeros(len(candidates), np.float32)
    cosines = candidates @ liked.vectors[rows].T
    return soft_maximum(cosines, liked.weights[rows], tuning.concentration)


def soft_maximum(cosines: Floats, weights: Floats, concentration: float) -> Floats:
    """log(sum_i w_i exp(k x_i) / sum_i w_i) / k along the last axis."""
    top = cosines.max(axis=-1, keepdims=True)
    share = np.exp(concentration * (cosines - top)) @ (weights / weights.sum())
    found: Floats = top[..., 0] + np.log(share) / np.float32(concentration)
    return found


def repulsion(
    candidates: Floats, liked: Judged, disliked: Judged
) -> tuple[Floats, NDArray[np.int64]]:
    """What dislikes take off, (m,) from 0 to 1, and the row of the dislike that does, (m,).

    From each disliked vector the part in the direction of the interest's centre is taken out
    first: what it shares with the interest is not what was disliked. A candidate loses by its
    cosine with the rest, times how large the rest is.
    """
    rows = np.flatnonzero(disliked.encoded)
    nothing = np.zeros(len(candidates), np.float32), np.full(len(candidates), -1, np.int64)
    if not len(rows) or not candidates.size:
        return nothing
    away = disliked.vectors[rows]
    if liked.encoded.any():
        centre = liked.vectors.T @ liked.weights
        centre = centre / max(float(np.linalg.norm(centre)), 1e-9)
        away = away - np.outer(away @ centre, centre)
        # Candidates too: only what both have beside the interest counts.
        candidates = candidates - np.outer(candidates @ centre, centre)
    alike = np.maximum(candidates @ away.T, 0) * disliked.weights[rows]
    worst = np.argmax(alike, axis=1)
    taken = np.asarray(alike[np.arange(len(candidates)), worst], np.float32)
    return taken, np.where(taken > 0, rows[worst], -1)


@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """Logistic regression; ``weights`` (f,), on features less their means ``centre`` (f,).

    ``left_out`` (n,) are the log-odds that each example would have, had it not been fitted to.
    """

    weights: NDArray[np.float64]
    intercept: float
    centre: NDArray[np.float64]
    left_out: NDArray[np.float64]

    def scaled_to(self, features: Floats) -> Regression:
        """The same order of papers, with mean 0 and deviation 1 over these, (m, f)."""
        logits = self.logits(features)
        middle, spread = float(logits.mean()), max(float(logits.std()), 1e-6)
        return Regression(
            self.weights / spread,
            (self.intercept - middle) / spread,
            self.centre,
            (self.left_out - middle) / spread,
        )

    def logits(self, features: Floats) -> Floats:
        """Log-odds, (m,), of features (m, f)."""
        return np.asarray((features - self.centre) @ self.weights + self.intercept, np.float32)


def fit_regression(
    features: Floats,
    labels: NDArray[np.bool_],
    weights: Floats,
    ridge: float,
    steps: int = 12,
) -> Regression:
    """Fits by Newton's method; ``features`` (n, f), ``labels`` (n,), ``weights`` (n,).

    Both classes weigh the same together. The ridge keeps every step well posed; it stops when
    a step moves nothing any more. What an example would get without itself is one Newton step
    away, which needs no second fit (Pregibon 1981).
    """
    balance = np.where(labels, 0.5 / weights[labels].sum(), 0.5 / weights[~labels].sum())
    sample = (weights * balance * len(labels)).astype(np.float64)
    centre = features.mean(axis=0, dtype=np.float64)
    design = np.column_stack([features - centre, np.ones(len(features))])
    penalty = np.full(design.shape[1], ridge)
    penalty[-1] = 1e-6
    found = np.zeros(design.shape[1])
    target = labels.astype(np.float64)
    for _ in range(steps):
        chance = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
        pull = sample * (chance - target)
        curve = sample * np.maximum(chance * (1 - chance), 1e-6)
        hessian = (design * curve[:, None]).T @ design
        hessian[np.diag_indices_from(hessian)] += penalty
        step = np.linalg.solve(hessian, design.T @ pull + penalty * found)
        found -= step
        if np.abs(step).max() < 1e-3:
            break
    reach = np.einsum("ij,ji->i", design, np.linalg.solve(hessian, design.T))
    moved = pull * reach / np.maximum(1 - curve * reach, 0.05)
    return Regression(found[:-1], float(found[-1]), centre, design @ found + moved)
