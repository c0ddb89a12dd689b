"""Linear models of reading are fitted: softmax regression with an L2 penalty, by L-BFGS.

Nocedal and Wright, Numerical Optimization (2006), algorithms 7.4 and 7.5, with backtracking.
Deterministic: the same data give the same weights.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from broadsheet.text import LinearModel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MEMORY = 8
_STEPS = 120
_ENOUGH = 1e-5  # a step that improves the loss by a smaller share is the last


def fit_linear(
    parts: Sequence[Sequence[str]],
    labels: Sequence[int],
    classes: Sequence[str],
    *,
    penalty: float,
    weights: Sequence[float] | None = None,
    least: int = 2,
    most: int | None = None,
) -> LinearModel:
    """Fits the classes' weights to labelled parts.

    ``penalty`` is that of the squared weights, per part; features seen in fewer than ``least``
    parts are left out, and of the others all but the ``most`` with the largest weights, after
    which the rest are fitted again.
    """
    seen = Counter(name for features in parts for name in set(features))
    names = sorted(name for name, count in seen.items() if count >= least)
    target = np.eye(len(classes))[np.asarray(labels)]
    worth = np.ones(len(parts)) if weights is None else np.asarray(weights, float)
    table, bias = _fitted(parts, names, target, worth, penalty)
    if most is not None and len(names) > most:
        size = np.square(table - table.mean(axis=1, keepdims=True)).sum(axis=1)
        names = sorted(names[place] for place in np.argsort(-size, kind="stable")[:most])
        table, bias = _fitted(parts, names, target, worth, penalty)
    # The same in every class says nothing of any.
    table -= table.mean(axis=1, keepdims=True)
    known = {name: place for place, name in enumerate(names)}
    return LinearModel(tuple(classes), known, table.astype(np.float32), bias.astype(np.float32), {})


def _fitted(
    parts: Sequence[Sequence[str]],
    names: Sequence[str],
    target: Floats,
    worth: Floats,
    penalty: float,
) -> tuple[Floats, Floats]:
    known = {name: place for place, name in enumerate(names)}
    rows = [[known[name] for name in features if name in known] for features in parts]
    # The bias is a feature of its own that every part has, so that no row is empty.
    columns = np.fromiter((c for row in rows for c in (*row, len(names))), np.int64)
    offsets = np.cumsum([0, *(len(row) + 1 for row in rows)])[:-1]
    owner = np.repeat(np.arange(len(rows)), [len(row) + 1 for row in rows])
    size, classes = len(names) + 1, target.shape[1]

    def loss(flat: Floats) -> tuple[float, Floats]:
        table = flat.reshape(size, classes)
        scores = np.add.reduceat(table[columns], offsets, axis=0)
        scores -= scores.max(axis=1, keepdims=True)
        log = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        error = (np.exp(log) - target) * worth[:, None]
        slope = np.stack(
            [np.bincount(columns, error[owner, k], size) for k in range(classes)], axis=1
        )
        free = table.copy()
        free[-1] = 0.0  # the bias is not penalised
        value = -float((log * target * worth[:, None]).sum()) / len(rows)
        value += 0.5 * penalty * float(np.square(free).sum())
        return value, (slope / len(rows) + penalty * free).ravel()

    found = minimise(loss, np.zeros(size * classes)).reshape(size, classes)
    return found[:-1], found[-1]


def minimise(loss: Callable[[Floats], tuple[float, Floats]], start: Floats) -> Floats:
    """Where a smooth convex function is least; ``loss`` gives its value and its slope."""
    at = start
    value, slope = loss(at)
    moves: list[tuple[Floats, Floats, float]] = []
    for _ in range(_STEPS):
        direction = -_scaled(slope, moves)
        along = float(direction @ slope)
        step = 1.0 if moves else 1.0 / max(1.0, float(np.abs(slope).sum()))
        while True:
            new_value, new_slope = loss(at + step * direction)
            if new_value <= value + 1e-4 * step * along or step < 1e-10:
                break
            step /= 2
        move, turn = step * direction, new_slope - slope
        curvature = float(move @ turn)
        if curvature > 1e-12:
            moves = [*moves[-_MEMORY + 1 :], (move, turn, 1 / curvature)]
        improved = value - new_value
        at, value, slope = at + move, new_value, new_slope
        if improved <= _ENOUGH * abs(value):
            break
    return at


def _scaled(slope: Floats, moves: Sequence[tuple[Floats, Floats, float]]) -> Floats:
    """The slope times the inverse curvature that the last moves suggest."""
    vector = slope.copy()
    shares = []
    for move, turn, inverse in reversed(moves):
        share = inverse * float(move @ vector)
        vector -= share * turn
        shares.append(share)
    if moves:
        move, turn, inverse = moves[-1]
        vector /= inverse * float(turn @ turn)
    for (move, turn, inverse), share in zip(moves, reversed(shares), strict=True):
        vector += (share - inverse * float(turn @ vector)) * move
    return vector


def fit_ranking(
    groups: Sequence[Sequence[Sequence[str]]],
    gains: Sequence[Sequence[float]],
    *,
    penalty: float,
    heat: float,
    least: int = 2,
    most: int | None = None,
) -> LinearModel:
    """Fits one weight a feature so that the best of each group scores highest.

    Listwise (Cao et al., ICML 2007): the softmax of a group's scores is drawn to that of its
    ``gains`` divided by ``heat``.
    """
    parts = [features for group in groups for features in group]
    sizes = [len(group) for group in groups]
    seen = Counter(name for features in parts for name in set(features))
    names = sorted(name for name, count in seen.items() if count >= least)
    flat = np.concatenate([np.asarray(group, float) for group in gains]) / heat
    weights = _ranked(parts, names, sizes, flat, penalty)
    if most is not None and len(names) > most:
        names = sorted(names[place] for place in np.argsort(-np.abs(weights))[:most])
        weights = _ranked(parts, names, sizes, flat, penalty)
    known = {name: place for place, name in enumerate(names)}
    table = weights.astype(np.float32)[:, None]
    return LinearModel(("worth",), known, table, np.zeros(1, np.float32), {})


def _ranked(
    parts: Sequence[Sequence[str]],
    names: Sequence[str],
    sizes: Sequence[int],
    gains: Floats,
    penalty: float,
) -> Floats:
    known = {name: place for place, name in enumerate(names)}
    rows = [[known[name] for name in features if name in known] or [0] for features in parts]
    columns = np.fromiter((c for row in rows for c in row), np.int64)
    offsets = np.cumsum([0, *(len(row) for row in rows)])[:-1]
    owner = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    begins = np.cumsum([0, *sizes])[:-1]
    group = np.repeat(np.arange(len(sizes)), sizes)

    def log_share(scores: Floats) -> Floats:
        raised = scores - np.maximum.reduceat(scores, begins)[group]
        result: Floats = raised - np.log(np.add.reduceat(np.exp(raised), begins))[group]
        return result

    target = np.exp(log_share(gains))

    def loss(weights: Floats) -> tuple[float, Floats]:
        log = log_share(np.add.reduceat(weights[columns], offsets))
        error = np.exp(log) - target
        slope = np.bincount(columns, error[owner], len(names)) / len(sizes)
        value = -float(target @ log) / len(sizes) + 0.5 * penalty * float(weights @ weights)
        return value, slope + penalty * weights

    return minimise(loss, np.zeros(len(names)))
