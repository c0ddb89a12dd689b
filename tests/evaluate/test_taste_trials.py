"""The rankers of the taste trials do what their formulas say."""

from __future__ import annotations

from itertools import combinations
from math import comb
from pathlib import Path

import numpy as np
import pytest
from tests.readers.taste_home import TOPICS, four_topics
from tests.web.serving import HashedWords
from trials.taste_private import Feedback, Recipe, gaussian_budget, ndcg, normal, train
from trials.taste_rows import Attention, crosstune, neighbour_values, valued

from broadsheet.evaluate.throwaway import throwaway


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _utility(train_: np.ndarray, labels: np.ndarray, test: np.ndarray, k: int) -> float:
    """The share of the k nearest with the label of the test point (True)."""
    if not len(train_):
        return 0.0
    nearest = np.argsort(-(train_ @ test), kind="stable")[:k]
    return float(labels[nearest].sum()) / k


@pytest.mark.parametrize("k", [1, 2, 3])
def test_neighbour_values_are_shapley_values(k: int) -> None:
    random = np.random.default_rng(k)
    points, test = _unit(random.normal(size=(5, 4))), _unit(random.normal(size=(1, 4)))
    labels = np.array([True, False, True, True, False])
    found = neighbour_values(points, labels, test, np.array([True]), k)
    for one in range(5):
        others = [row for row in range(5) if row != one]
        value = 0.0
        for size in range(5):
            for rows in combinations(others, size):
                with_, without = sorted([*rows, one]), list(rows)
                gain = _utility(points[with_], labels[with_], test[0], k)
                gain -= _utility(points[without], labels[without], test[0], k)
                value += gain / (5 * comb(4, size))
        assert found[one] == pytest.approx(value / 2)  # a class weighs one half


def test_attention_learns_what_the_description_does_not_say() -> None:
    random = np.random.default_rng(0)
    yes = _unit(random.normal(size=(8, 32)) + 2 * np.eye(32)[0])
    no = _unit(random.normal(size=(60, 32)))
    features, labels = np.concatenate([yes, no]), np.arange(68) < 8
    tokens = _unit(random.normal(size=(4, 32)))
    before = Attention(tokens, 0, 0.02).fit(features, labels).logits(features)
    after = Attention(tokens, 60, 0.02).fit(features, labels).logits(features)
    gap = [float(logits[labels].mean() - logits[~labels].mean()) for logits in (before, after)]
    assert gap[1] > gap[0] + 1


@pytest.mark.parametrize("maker", [crosstune, valued])
def test_rankers_of_the_trials_find_the_topic(maker, tmp_path: Path) -> None:
    encoder = HashedWords()
    with throwaway(four_topics(), encoder, tmp_path) as filed:
        works = {work_id: work.paper for work_id, work in filed.documents.works.items()}
        liked = [(i, p) for i, p in works.items() if p.id.startswith("proteins")][:6]
        asked = [(i, p) for i, p in works.items() if i not in dict(liked)]
        scores = maker(encoder)(filed)(liked, [], asked)
    best = [asked[row][1].id for row in np.argsort(-scores)[:4]]
    assert len(TOPICS) == 4
    assert all(name.startswith("proteins") for name in best)


def test_a_budget_leaks_no_more_than_it_may() -> None:
    for epsilon in (0.5, 1.0, 4.0):
        mu = gaussian_budget(epsilon, 1e-5)
        leaked = normal(-epsilon / mu + mu / 2) - np.exp(epsilon) * normal(-epsilon / mu - mu / 2)
        assert leaked == pytest.approx(1e-5, rel=1e-3)
    assert gaussian_budget(0.5, 1e-5) < gaussian_budget(4.0, 1e-5)


def test_privacy_costs_less_with_a_larger_budget() -> None:
    random = np.random.default_rng(1)
    aim = np.eye(8)[0]
    features = _unit(random.normal(size=(400, 8)))
    data = Feedback(features, features @ aim > 0)
    recipe = Recipe(10.0, 0.5)

    def right(mu: float) -> float:
        found = [
            train(data, mu, recipe, np.random.default_rng(seed), centred=True) for seed in range(5)
        ]
        return float(np.mean([w @ aim / np.linalg.norm(w) for w in found]))

    assert right(float("inf")) > 0.95
    assert right(float("inf")) >= right(4.0) - 0.02
    assert right(4.0) > right(0.02) + 0.2


def test_ndcg_is_that_of_its_definition() -> None:
    wanted = np.array([False, True, True])
    expected = (1 / np.log2(3) + 1 / np.log2(4)) / (1 + 1 / np.log2(3))
    assert ndcg(np.array([3.0, 2.0, 1.0]), wanted) == pytest.approx(expected)
