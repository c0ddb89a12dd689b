"""``evaluate taste``: whose order of papers agrees with what readers said of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders import Encoder
from broadsheet.evaluate.recipes import Recipe, recipe
from broadsheet.evaluate.taste_set import TasteSet, read_taste_set
from broadsheet.evaluate.throwaway import Throwaway, throwaway

Floats = NDArray[np.float64]
PRODUCT = "own-papers"


def evaluate_taste(
    folder: Path,
    encoder: Encoder | None,
    *,
    systems: Sequence[str] = (),
    cache: Path | None = None,
) -> dict[str, Any]:
    """The loss of the product on a taste set, and of other recipes beside it.

    Returns ``loss``, ``readers``, ``ratings``, and with ``systems`` (names of `recipes`)
    ``systems``: name -> loss with ``low`` and ``high``, the 95 % interval over readers. Raises
    `BenchError`.
    """
    chosen = [recipe(PRODUCT), *(recipe(name) for name in systems if name != PRODUCT)]
    judged = read_taste_set(folder)
    with throwaway(list(judged.papers.values()), encoder, cache) as filed:
        losses = {one.name: _losses(one, judged, filed) for one in chosen}
    result: dict[str, Any] = {
        "loss": round(_loss(losses[PRODUCT]), 4),
        "readers": len(judged.ratings),
        "ratings": sum(map(len, judged.ratings.values())),
    }
    if systems:
        result["systems"] = {name: _figures(found) for name, found in losses.items()}
    return result


def weighted_kendall(scores: Floats, ratings: Floats) -> tuple[float, float]:
    """What a reader's pairs lose, and could lose: both sums of rating differences.

    Each pair of papers rated differently weighs by that difference; it is lost when the scores
    have it the other way round, and half when they tie. Scores (n,), ratings (n,).
    """
    wanted = ratings[:, None] - ratings[None, :]
    weight = np.maximum(wanted, 0)
    found = scores[:, None] - scores[None, :]
    lost = weight * ((found < 0) + 0.5 * (found == 0))
    return float(lost.sum()), float(weight.sum())


def _losses(one: Recipe, judged: TasteSet, filed: Throwaway) -> Floats:
    """What each reader's pairs lose and could lose, (readers, 2)."""
    ranker = one.make(filed)
    numbers = {work.paper.id: work_id for work_id, work in filed.documents.works.items()}
    rows = []
    for reader, rated in judged.ratings.items():
        own = [(numbers[name], judged.papers[name]) for name in judged.profiles[reader]]
        asked = [(numbers[name], judged.papers[name]) for name in rated]
        scores = np.asarray(ranker(own, [], asked), np.float64)
        rows.append(weighted_kendall(np.round(scores, 9), np.asarray(list(rated.values()))))
    return np.asarray(rows)


def _loss(rows: Floats) -> float:
    return float(rows[:, 0].sum() / rows[:, 1].sum())


def _figures(rows: Floats) -> dict[str, float]:
    """The loss over all pairs, with a bootstrap interval over readers (ratio of sums)."""
    random = np.random.default_rng(0)
    drawn = random.integers(len(rows), size=(2000, len(rows)))
    sums = rows[drawn].sum(axis=1)
    possible = sums[:, 1] > 0
    low, high = np.quantile(sums[possible, 0] / sums[possible, 1], [0.025, 0.975])
    values = {"loss": _loss(rows), "low": low, "high": high}
    return {name: round(float(value), 4) for name, value in values.items()}
