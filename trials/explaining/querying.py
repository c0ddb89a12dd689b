"""Which words of a query carried a hit: every explainer's order of deletion, against chance."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from broadsheet.evaluate import Field, interval, randomisation
from broadsheet.search.fusion import DENSE_WEIGHT
from trials.explaining.explainers import BLACK_BOX, exact_shapley, leave_one_out
from trials.explaining.games import Floats, Game, game_of
from trials.explaining.white_box import WHITE_BOX, Transformer, of_spans

ORDERS = 40  # random orders whose mean is chance


def games(place: Field, count: int, hits: int, most: int) -> list[Game]:
    """The games of the first queries that can be played."""
    found = []
    for query in place.collection.queries.values():
        game = game_of(place, query, hits, most=most)
        if game is not None:
            found.append(game)
        if len(found) == count:
            break
    return found


def seen_through(model: Transformer, name: str) -> Callable[[Game, np.random.Generator], Floats]:
    """An explainer that looks into the encoder; by words it is exact, as all are."""

    def run(game: Game, _random: np.random.Generator) -> Floats:
        cosines = game.dense(np.ones((1, game.size), bool))[0]
        told = game.lexical * game.lexical_scale
        spans = [word.spans for word in game.words]
        for at, work_id in enumerate(game.ids.tolist()):
            vector = game.field.index.vector(work_id)
            assert vector is not None
            values, places = WHITE_BOX[name](model, game.meaning, vector.astype(float))
            part = of_spans(values, places, spans)
            scale = cosines[at] / max(np.abs(part).sum(), 1e-9)
            told[:, at] += part * scale * game.dense_scale
        return told

    return run


def deletion(game: Game, told: Floats) -> tuple[Floats, Floats]:
    """The part of each hit's score that is lost: on average over the deletions of the first 1,
    2, … words but the last, and with the first word alone; both shape (hits,)."""
    n, whole = game.size, game.whole()
    curve, first = np.zeros(len(game.ids)), np.zeros(len(game.ids))
    for at in range(len(game.ids)):
        masks = np.ones((n - 1, n), bool)
        for step, word in enumerate(np.argsort(-told[:, at], kind="stable")[: n - 1]):
            masks[step:, word] = False
        lost = (whole[at] - game.value(masks)[:, at]) / whole[at]
        curve[at], first[at] = lost.mean(), lost[0]
    return curve, first


def infidelity(game: Game, told: Floats, random: np.random.Generator) -> Floats:
    """How far the sum of the figures of deleted words is from what their deletion takes: root
    mean square over random sets, in parts of the score, shape (hits,). Figures are first scaled
    to add up to the score, so that units do not matter."""
    masks = random.random((24, game.size)) < 0.6
    whole = game.whole()
    sums = np.where(np.abs(told.sum(0)) > 1e-9, told.sum(0), 1.0)
    scaled = told / sums * whole
    guess = (~masks).astype(float) @ scaled
    true = whole[None] - game.value(masks)
    error: Floats = np.sqrt(((guess - true) ** 2).mean(0)) / whole
    return error


def ranks_agree(one: Floats, other: Floats) -> Floats:
    """Spearman's correlation of each hit's figures, shape (hits,)."""
    a, b = (np.argsort(np.argsort(x, axis=0), axis=0).astype(float) for x in (one, other))
    a, b = a - a.mean(0), b - b.mean(0)
    made: Floats = (a * b).sum(0) / np.sqrt((a**2).sum(0) * (b**2).sum(0))
    return made


def run(
    place: Field, config: Mapping[str, Any], model: Transformer | None
) -> tuple[list[str], list[list[str]]]:
    """The table: one row an explainer."""
    played = games(place, config.get("queries", 30), config.get("hits", 5), config.get("most", 7))
    names = _chosen(config["explainers"], model)
    shapley = [exact_shapley(game, np.random.default_rng(0)) for game in played]
    alone = [leave_one_out(game, np.random.default_rng(0)) for game in played]
    chance, chance_first = _chance(played)
    rows = []
    for name in names:
        run_one = BLACK_BOX.get(name) or seen_through(model, name)  # type: ignore[arg-type]
        lost, first, error, agree, with_loo, took = [], [], [], [], [], []
        for at, game in enumerate(played):
            random = np.random.default_rng(config.get("seed", 0) + at)
            _forget(game, name)
            started = time.perf_counter()
            told = run_one(game, random)
            took.append((time.perf_counter() - started) * 1e3)
            known = ~np.isnan(told).any(0)
            curve, single = deletion(game, np.nan_to_num(told))
            lost.append(curve[known].mean())
            first.append(single[known].mean())
            error.append(infidelity(game, np.nan_to_num(told), random)[known].mean())
            agree.append(ranks_agree(told, shapley[at])[known].mean())
            with_loo.append(ranks_agree(told, alone[at])[known].mean())
        rows.append(_row(name, lost, first, error, agree, with_loo, took, chance, chance_first))
    words = np.mean([game.size for game in played])
    head = ["explainer", "AUC", "95 %", "/random", "p", "first word", "/random", "error"]
    print(
        f"{place.collection.name}: {len(played)} queries, {words:.1f} words each, "
        f"{len(played[0].ids)} hits; weight of meaning {DENSE_WEIGHT}"
    )
    return [*head, "rho Shapley", "rho LOO", "ms"], rows


def _chosen(names: Sequence[str], model: Transformer | None) -> list[str]:
    absent = [name for name in names if name in WHITE_BOX and model is None]
    if absent:
        print(f"left out, for want of torch (pip install 'broadsheet[train]'): {', '.join(absent)}")
    return [name for name in names if name not in absent]


def _chance(played: Sequence[Game]) -> tuple[Floats, Floats]:
    """What random orders lose, a mean for each game."""
    random = np.random.default_rng(7)
    both = [
        np.mean([deletion(g, random.random((g.size, len(g.ids)))) for _ in range(ORDERS)], axis=0)
        for g in played
    ]
    return np.array([b[0].mean() for b in both]), np.array([b[1].mean() for b in both])


def _forget(game: Game, name: str) -> None:
    """Times are those of an explainer that starts with nothing; values are kept for metrics."""
    if name in ("leave-one-out", "as shipped", "kernel-shap", "lime", "constituents"):
        game._dense.clear()


def _row(
    name: str,
    lost: list[float],
    first: list[float],
    error: list[float],
    agree: list[float],
    with_loo: list[float],
    took: list[float],
    chance: Floats,
    chance_first: Floats,
) -> list[str]:
    low, high = interval(np.array(lost))
    p = randomisation([np.array(lost) - chance])
    return [
        name,
        f"{np.mean(lost):.3f}",
        f"{low:.3f}–{high:.3f}",
        f"{np.mean(lost) / chance.mean():.2f}",
        f"{p:.4f}",
        f"{np.mean(first):.3f}",
        f"{np.mean(first) / chance_first.mean():.2f}",
        f"{np.mean(error):.3f}",
        f"{np.nanmean(agree):.2f}",
        f"{np.nanmean(with_loo):.2f}",
        f"{np.median(took):.0f}",
    ]
