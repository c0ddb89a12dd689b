"""Measures of rankings, by ir-measures (trec_eval's definitions)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ir_measures
from ir_measures import RR, Qrel, R, ScoredDoc, nDCG

# nDCG with linear gain: trec_eval's, not 2^grade - 1.
MEASURES = {"ndcg@10": nDCG @ 10, "recall@100": R @ 100, "mrr@10": RR @ 10}


def measure(
    rankings: Mapping[str, Sequence[str]], qrels: Mapping[str, Mapping[str, int]]
) -> dict[str, dict[str, float]]:
    """Each measure by query: ``{"ndcg@10": {query: value}}``, for every query of ``qrels``.

    ``rankings`` are document ids, best first; a query without one counts 0.
    """
    judged = [
        Qrel(query, document, grade)
        for query, grades in qrels.items()
        for document, grade in grades.items()
    ]
    # trec_eval orders by score and breaks ties by id: ranks as scores keep the order given.
    run = [
        ScoredDoc(query, document, float(-rank))
        for query, ranking in rankings.items()
        for rank, document in enumerate(ranking)
    ]
    values: dict[str, dict[str, float]] = {name: {} for name in MEASURES}
    names = {str(asked): name for name, asked in MEASURES.items()}
    for metric in ir_measures.iter_calc(list(MEASURES.values()), judged, run):
        values[names[str(metric.measure)]][metric.query_id] = metric.value
    return values


def mean(values: Mapping[str, float]) -> float:
    """The mean over the queries."""
    return sum(values.values()) / len(values)
