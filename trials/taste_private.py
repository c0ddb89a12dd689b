"""Row 118: a linear ranker of feedback shared by all readers, trained in private.

``python -m trials.taste_private DIR [--seeds 5]``. DIR is
`../shared/data/citeulike`. A third of the readers
with enough papers gives feedback: each of their papers but three, and four times as many that are
not theirs, as the product (element by element, length 1) of the paper's vector with the mean of
the three. A logistic head over it is trained without privacy; by DP-SGD with full batches (every
example's gradient is cut, Gaussian noise is added to the sum); and by the same after the features
were centred on a mean that is itself released in private, with a fifth of the squared budget (Sun
et al. 2023). Neighbouring data sets differ by one example; delta is 1e-5. Budgets are composed and
turned into (epsilon, delta) exactly, as Gaussian mechanisms (Dong et al. 2022). Step and cut are
tuned on another third of the readers, from one grid for all; tuning is not counted as leakage. The
figures are nDCG over all other papers for the last third, each reader's mean over seeds;
differences are paired over readers.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders import load_encoder
from broadsheet.evaluate import interval, randomisation
from broadsheet.evaluate.replay import read_libraries
from broadsheet.evaluate.throwaway import throwaway
from broadsheet.settings import load

Floats = NDArray[np.float64]
_KNOWN, _AGAINST, _STEPS, _HELD = 3, 4, 30, 4
_RATES, _CUTS = (10.0, 30.0, 100.0, 300.0), (0.5, 0.1)
_DELTA = 1e-5
_FOR_MEAN = 0.2  # the part of the squared budget that the mean takes
EPSILONS = (0.5, 1.0, 4.0)


@dataclass(frozen=True, slots=True, eq=False)
class Feedback:
    """Features (n, d) of unit length at most, and labels (n,)."""

    features: Floats
    labels: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is tuned: the step, and the length that an example's gradient is cut to."""

    rate: float
    cut: float


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A reader to be served: ``centre`` (d,), ``lengths`` of the features (m,), what is wanted
    (m,), and which papers are known already (m,)."""

    centre: Floats
    lengths: Floats
    wanted: NDArray[np.bool_]
    known: NDArray[np.bool_]


def normal(x: float) -> float:
    """The normal distribution function."""
    return 0.5 * math.erfc(-x / math.sqrt(2))


def gaussian_budget(epsilon: float, delta: float) -> float:
    """The largest mu whose mu-GDP is (epsilon, delta)-DP (Dong et al. 2022, corollary 1)."""

    def leaked(mu: float) -> float:
        return normal(-epsilon / mu + mu / 2) - math.exp(epsilon) * normal(-epsilon / mu - mu / 2)

    low, high = 1e-6, 100.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if leaked(middle) <= delta else (low, middle)
    return low


def train(
    data: Feedback, mu: float, recipe: Recipe, random: np.random.Generator, *, centred: bool
) -> Floats:
    """The weights (d,) of the head; ``mu`` is the budget, infinite for no privacy."""
    features, for_steps = data.features, mu
    private = math.isfinite(mu)
    if centred:
        total = features.sum(axis=0)
        if private:
            for_mean, for_steps = mu * math.sqrt(_FOR_MEAN), mu * math.sqrt(1 - _FOR_MEAN)
            total = total + random.normal(0, 1 / for_mean, len(total))
        # How many examples there are is taken as known.
        features = features - total / len(features)
    design = np.column_stack([features, np.full(len(features), 0.1)])
    weights = np.zeros(design.shape[1])
    noise = recipe.cut * math.sqrt(_STEPS) / for_steps if private else 0.0
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        slopes = (chance - data.labels)[:, None] * design
        if private:
            lengths = np.linalg.norm(slopes, axis=1, keepdims=True)
            slopes *= np.minimum(1, recipe.cut / np.maximum(lengths, 1e-12))
        step = slopes.sum(axis=0) + random.normal(0, noise, design.shape[1])
        weights -= recipe.rate * step / len(design)
    found: Floats = weights[:-1]
    return found


def pair_features(papers: Floats, centre: Floats) -> Floats:
    """(m, d) of length 1: element by element products with a reader's centre."""
    found = papers * centre
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


def ndcg(scores: Floats, wanted: NDArray[np.bool_]) -> float:
    """Normalised discounted gain over the whole order; ties in the order given."""
    gains = wanted[np.argsort(-scores, kind="stable")]
    discounts = 1 / np.log2(np.arange(2, len(gains) + 2))
    return float(discounts[gains].sum() / discounts[: gains.sum()].sum())


def examples(vectors: Floats, libraries: list[list[int]], random: np.random.Generator) -> Feedback:
    """What the readers of these libraries tell."""
    rows, labels = [], []
    for library in libraries:
        centre = vectors[library[:_KNOWN]].mean(axis=0)
        liked = library[_KNOWN:]
        others = np.setdiff1d(np.arange(len(vectors)), library)
        against = random.choice(others, _AGAINST * len(liked), replace=False)
        rows.append(pair_features(vectors[[*liked, *against]], centre))
        labels += [True] * len(liked) + [False] * len(against)
    return Feedback(np.concatenate(rows), np.asarray(labels))


def readers_of(vectors: Floats, libraries: list[list[int]]) -> list[Asked]:
    """Those to be served."""
    found = []
    for library in libraries:
        centre = vectors[library[:_KNOWN]].mean(axis=0)
        lengths = np.maximum(np.linalg.norm(vectors * centre, axis=1), 1e-9)
        wanted = np.isin(np.arange(len(vectors)), library[_KNOWN:])
        known = np.isin(np.arange(len(vectors)), library[:_KNOWN])
        found.append(Asked(centre, lengths, wanted, known))
    return found


def served(vectors: Floats, weights: Floats, readers: list[Asked]) -> Floats:
    """nDCG for each reader, (readers,)."""
    return np.asarray(
        [
            ndcg(((vectors @ (weights * one.centre)) / one.lengths)[~one.known],
                 one.wanted[~one.known])
            for one in readers
        ]
    )  # fmt: skip


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    asked = parser.parse_args()
    data = read_libraries(asked.folder)
    settings = load()
    encoder = load_encoder(settings.encoder, settings.models_path, hub=settings.model_hub)
    with throwaway(data.papers, encoder) as filed:
        ids = np.arange(1, len(data.papers) + 1)
        vectors = np.nan_to_num(filed.index.vectors(ids)).astype(np.float64)
    random = np.random.default_rng(0)
    enough = [one for one in data.libraries if len(one) >= _KNOWN + _HELD]
    drawn = [random.permutation(enough[at]).tolist() for at in random.permutation(len(enough))]
    third = len(drawn) // 3
    told = examples(vectors, drawn[:third], random)
    tuning = readers_of(vectors, drawn[third : 2 * third])
    judging = readers_of(vectors, drawn[2 * third :])
    print(f"{third} readers tell {len(told.labels):,} examples; {len(judging)} are served")
    print(f"  {'all weights 1 (cosine)':32}{_mean(vectors, judging):8.4f}")

    def run(mu: float, centred: bool) -> tuple[Floats, Recipe]:
        """Each reader's mean over seeds at the recipe that does best for the tuning readers."""

        def over_seeds(recipe: Recipe, first: int, readers: list[Asked]) -> Floats:
            weights = [
                train(told, mu, recipe, np.random.default_rng(first + n), centred=centred)
                for n in range(asked.seeds if math.isfinite(mu) else 1)
            ]
            return np.mean([served(vectors, one, readers) for one in weights], axis=0)

        grid = [Recipe(rate, cut) for rate in _RATES for cut in _CUTS]
        best = max(grid, key=lambda one: float(over_seeds(one, 100, tuning).mean()))
        return over_seeds(best, 0, judging), best

    for epsilon in (math.inf, *EPSILONS):
        mu = gaussian_budget(epsilon, _DELTA) if math.isfinite(epsilon) else math.inf
        (plain, one), (centred, other) = run(mu, False), run(mu, True)
        apart = centred - plain
        low, high = interval(apart, draws=2_000)
        p = randomisation([apart], draws=2_000)
        print(f"epsilon {epsilon:g}")
        for name, values, recipe in (("plain", plain, one), ("centred", centred, other)):
            bounds = "[{:.4f}, {:.4f}]".format(*interval(values, draws=2_000))
            print(f"  {name:32}{values.mean():8.4f} {bounds} {recipe}")
        print(f"  {'difference':32}{apart.mean():+8.4f} [{low:+.4f}, {high:+.4f}] p = {p:.4f}")


def _mean(vectors: Floats, readers: list[Asked]) -> float:
    """The cosine with a reader's centre: every weight 1, undivided."""
    plain = [ndcg((vectors @ one.centre)[~one.known], one.wanted[~one.known]) for one in readers]
    return float(np.mean(plain))


if __name__ == "__main__":
    main()
