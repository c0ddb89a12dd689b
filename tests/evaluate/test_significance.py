"""Tests and intervals over queries."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from broadsheet.evaluate import holm, interval, randomisation


def test_few_queries_are_tested_exactly() -> None:
    differences = np.array([0.3, 0.1, 0.2, -0.05])
    patterns = itertools.product((-1, 1), repeat=4)
    extreme = [abs(np.dot(signs, differences)) >= 0.55 - 1e-9 for signs in patterns]
    assert randomisation([differences]) == pytest.approx(np.mean(extreme))


def test_no_difference_at_all_is_no_evidence() -> None:
    assert randomisation([np.zeros(50)]) == 1.0


def test_queries_without_a_difference_change_nothing_but_the_mean() -> None:
    differences = np.array([0.3, 0.1, 0.2, -0.05])
    padded = np.concatenate([differences, np.zeros(100)])
    assert randomisation([padded]) == randomisation([differences])


def test_a_difference_everywhere_is_significant_and_noise_is_not() -> None:
    random = np.random.default_rng(1)
    assert randomisation([random.normal(0.1, 0.1, 100)]) < 0.001
    values = [randomisation([random.normal(0, 0.1, 60)], draws=2_000) for _ in range(60)]
    assert np.mean(np.array(values) < 0.1) < 0.25  # p-values of noise are spread evenly
    assert 0.3 < np.mean(values) < 0.7


def test_collections_count_the_same_whatever_their_size() -> None:
    small, large = np.full(20, 0.2), np.full(2_000, -0.001)
    assert randomisation([small, large]) < 0.01
    # Counted by query, the two thousand small losses are most of the evidence.
    mixed = np.concatenate([small, large])
    assert mixed.mean() > 0
    assert randomisation([mixed]) > randomisation([small, large])


def test_an_interval_holds_the_mean_of_its_population_as_often_as_it_says() -> None:
    random = np.random.default_rng(2)
    hits = 0
    for seed in range(200):
        low, high = interval(random.normal(0.5, 0.2, 60), draws=400, seed=seed)
        hits += low <= 0.5 <= high
    assert 0.88 <= hits / 200 <= 0.99


def test_holm_corrects_step_by_step() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []
