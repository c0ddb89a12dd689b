"""Measures of rankings."""

from __future__ import annotations

import math

import numpy as np
import pytest
import pytrec_eval

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


def test_the_measures_agree_with_trec_eval_itself() -> None:
    random = np.random.default_rng(5)
    qrels = {
        f"q{number}": {f"d{document}": int(random.integers(0, 4)) for document in range(40)}
        for number in range(20)
    }
    rankings = {
        query: [f"d{document}" for document in random.permutation(150)[: random.integers(3, 120)]]
        for query in qrels
    }
    scored = {
        query: {name: float(len(ranking) - place) for place, name in enumerate(ranking)}
        for query, ranking in rankings.items()
    }
    asked = {"ndcg_cut.10", "recall.100"}
    theirs = pytrec_eval.RelevanceEvaluator(qrels, asked).evaluate(scored)
    top = {query: dict(list(found.items())[:10]) for query, found in scored.items()}
    first = pytrec_eval.RelevanceEvaluator(qrels, {"recip_rank"}).evaluate(top)
    ours = measure(rankings, qrels)
    for query in qrels:
        assert ours["ndcg@10"][query] == pytest.approx(theirs[query]["ndcg_cut_10"])
        assert ours["recall@100"][query] == pytest.approx(theirs[query]["recall_100"])
        assert ours["mrr@10"][query] == pytest.approx(first[query]["recip_rank"])


def test_a_worked_example() -> None:
    # Grades 2, 0, unjudged, 1 at ranks 1 to 4, one relevant document missed (grade 1).
    values = measure({"q": ["a", "b", "x", "c"]}, {"q": {"a": 2, "b": 0, "c": 1, "d": 1}})
    gained = 2 / 1 + 1 / math.log2(5)
    ideal = 2 / 1 + 1 / math.log2(3) + 1 / 2
    assert values["ndcg@10"]["q"] == pytest.approx(gained / ideal)
    assert values["recall@100"]["q"] == pytest.approx(2 / 3)
    assert values["mrr@10"]["q"] == 1.0
