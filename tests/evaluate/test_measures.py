"""Measures of rankings."""

from __future__ import annotations

import math

import pytest

from broadsheet.evaluate import measure


def test_ndcg_has_linear_gain() -> None:
    values = measure({"q": ["b", "a"]}, {"q": {"a": 3, "b": 1}})
    found = 1 / math.log2(2) + 3 / math.log2(3)
    ideal = 3 / math.log2(2) + 1 / math.log2(3)
    assert values["ndcg@10"]["q"] == pytest.approx(found / ideal)


def test_the_order_given_counts_and_not_the_ids() -> None:
    assert measure({"q": ["z", "a"]}, {"q": {"a": 1}})["mrr@10"]["q"] == 0.5
    assert measure({"q": ["a", "z"]}, {"q": {"a": 1}})["mrr@10"]["q"] == 1.0


def test_depths_of_ten_and_a_hundred() -> None:
    ranking = [f"d{place}" for place in range(120)]
    values = measure({"q": ranking}, {"q": {"d10": 1, "d99": 1, "d100": 1, "d5": 1}})
    assert values["recall@100"]["q"] == pytest.approx(3 / 4)
    assert values["mrr@10"]["q"] == pytest.approx(1 / 6)


def test_a_query_that_found_nothing_counts_zero() -> None:
    values = measure({}, {"q": {"a": 1}})
    assert {name: by_query["q"] for name, by_query in values.items()} == {
        "ndcg@10": 0,
        "recall@100": 0,
        "mrr@10": 0,
    }
