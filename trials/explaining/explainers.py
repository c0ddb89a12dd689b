"""Explainers of a game that only ask for values: none of them looks into the encoder."""

from __future__ import annotations

from itertools import combinations
from math import comb, factorial

import numpy as np
from numpy.typing import NDArray

from trials.explaining.games import Floats, Game, idf, product

SAMPLES = 32  # sets of words that LIME and KernelSHAP may ask for, beside the empty and the whole


def leave_one_out(game: Game, _random: np.random.Generator) -> Floats:
    """What is lost without each word, shape (words, hits)."""
    masks = ~np.eye(game.size, dtype=bool)
    return game.whole()[None] - game.value(masks)


def as_shipped(game: Game, _random: np.random.Generator) -> Floats:
    """The product's explanation."""
    return product(game.field, game)


def by_chance(game: Game, random: np.random.Generator) -> Floats:
    """Random figures."""
    return random.random((game.size, len(game.ids)))


def by_idf(game: Game, _random: np.random.Generator) -> Floats:
    """The rarest words, whatever the hit."""
    rarity = np.array([idf(game.field, word.query) for word in game.words])
    return np.repeat(rarity[:, None], len(game.ids), axis=1)


def by_bm25(game: Game, _random: np.random.Generator) -> Floats:
    """What each word gives to BM25."""
    return game.lexical * game.lexical_scale


def exact_shapley(game: Game, _random: np.random.Generator) -> Floats:
    """Shapley values from all sets of words."""
    n = game.size
    table = np.array([[bool(number >> bit & 1) for bit in range(n)] for number in range(1 << n)])
    values = game.value(table)
    shares = np.zeros((n, len(game.ids)))
    sizes = table.sum(1)
    for word in range(n):
        without = np.flatnonzero(~table[:, word])
        weights = np.array([factorial(s) * factorial(n - s - 1) for s in sizes[without]])
        gain = values[without | (1 << word)] - values[without]
        shares[word] = (weights[:, None] * gain).sum(0) / factorial(n)
    return shares


def kernel_shap(game: Game, random: np.random.Generator) -> Floats:
    """Shapley values by weighted least squares on sampled sets (Lundberg and Lee 2017)."""
    n = game.size
    chances = np.array([(n - 1) / (s * (n - s)) for s in range(1, n)])
    masks = _sampled(n, chances / chances.sum(), random)
    whole = game.whole()
    # The shares add up to the whole: the last word's is what the others leave.
    design = masks[:, :-1].astype(float) - masks[:, -1:].astype(float)
    target = game.value(masks) - masks[:, -1:] * whole[None]
    first = np.linalg.lstsq(design, target, rcond=None)[0]
    return np.vstack([first, whole[None] - first.sum(0)])


def lime(game: Game, random: np.random.Generator) -> Floats:
    """A ridge regression near the whole query (Ribeiro, Singh and Guestrin 2016)."""
    n = game.size
    chances = np.array([comb(n, s) for s in range(1, n)], float)
    masks = np.vstack([_sampled(n, chances / chances.sum(), random), np.ones((1, n), bool)])
    near = np.exp(-((1 - np.sqrt(masks.mean(1))) ** 2) / 0.25**2)
    design = np.hstack([masks.astype(float), np.ones((len(masks), 1))]) * np.sqrt(near)[:, None]
    target = game.value(masks) * np.sqrt(near)[:, None]
    ridge = 1e-3 * np.eye(n + 1)
    found: Floats = np.linalg.solve(design.T @ design + ridge, design.T @ target)
    return found[:n]


def constituents(game: Game, _random: np.random.Generator) -> Floats:
    """Least squares over the spans of a balanced tree of neighbouring words (LS-Tree)."""
    n = game.size
    order = np.argsort([word.spans[0] for word in game.words], axis=0)[:, 0]
    spans: list[NDArray[np.intp]] = []

    def split(part: NDArray[np.intp]) -> None:
        spans.append(part)
        if len(part) > 1:
            split(part[: len(part) // 2])
            split(part[len(part) // 2 :])

    split(order)
    masks = np.zeros((len(spans), n), bool)
    for row, part in enumerate(spans):
        masks[row, part] = True
    return np.linalg.lstsq(masks.astype(float), game.value(masks), rcond=None)[0]


def _sampled(n: int, chances: Floats, random: np.random.Generator) -> NDArray[np.bool_]:
    """Sets of words, their sizes drawn; all of them where there are no more than may be asked."""
    if (1 << n) - 2 <= SAMPLES:
        sets = [c for size in range(1, n) for c in combinations(range(n), size)]
    else:
        sizes = random.choice(np.arange(1, n), SAMPLES, p=chances)
        sets = [tuple(random.choice(n, size, replace=False)) for size in sizes]
    masks = np.zeros((len(sets), n), bool)
    for row, chosen in enumerate(sets):
        masks[row, list(chosen)] = True
    return masks


BLACK_BOX = {
    "leave-one-out": leave_one_out,
    "as shipped": as_shipped,
    "random": by_chance,
    "idf": by_idf,
    "bm25": by_bm25,
    "shapley": exact_shapley,
    "kernel-shap": kernel_shap,
    "lime": lime,
    "constituents": constituents,
}
