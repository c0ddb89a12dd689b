"""``bench``: any judged collection, measured by the product's own pipeline."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from broadsheet.encoders import Encoder, WeightsMissing, home_encoder, load_encoder
from broadsheet.evaluate.collection import BenchError, Collection, read_collection
from broadsheet.evaluate.measures import mean, measure
from broadsheet.evaluate.throwaway import Throwaway, throwaway
from broadsheet.search import Searcher, SearchRequest
from broadsheet.settings import Settings

DEPTH = 100  # works asked for: recall is measured at 100

# What each run asks for, beside the query.
RUNS: dict[str, SearchRequest] = {
    "lexical": SearchRequest("", limit=DEPTH, legs=("lexical",)),
    "dense": SearchRequest("", limit=DEPTH, legs=("dense",)),
    "rrf": SearchRequest("", limit=DEPTH, fusion="rrf"),
    "hybrid": SearchRequest("", limit=DEPTH),
}


def run_bench(
    folder: Path,
    *,
    settings: Settings,
    queries: str = "queries.tsv",
    qrels: str = "qrels.trec",
    legs: Sequence[str] = tuple(RUNS),
    encoder: str | Encoder = "",
    cache: Path | None = None,
    syntax: bool = True,
) -> dict[str, Any]:
    """Files a collection in a throw-away index and measures search in it.

    ``legs`` are names of `RUNS`; ``hybrid``, the default pipeline, is always run. ``encoder``
    is a name, '' for the home's. ``cache`` is where vectors are kept between runs. With
    ``syntax`` off queries are bags of words, which shows what the query language does to a
    collection.

    Returns ``collection``, ``documents``, ``queries``, ``index_seconds`` (reading aside),
    ``encode_seconds`` for the ``encoded`` texts that no earlier run had encoded, ``encoder``,
    ``notes``, and ``runs``: by name ``ndcg@10`` (linear gain), ``recall@100`` and ``mrr@10``,
    means over the queries with a relevant document, and ``p50_ms`` and ``p99_ms`` of searches
    for 100 works. Raises `BenchError`.
    """
    unknown = [leg for leg in legs if leg not in RUNS]
    if unknown:
        raise BenchError(f"--legs: {unknown[0]!r} is none of {', '.join(RUNS)}")
    collection = read_collection(folder, queries, qrels)
    notes: list[str] = []
    used = _encoder(encoder, settings, notes) if isinstance(encoder, str) else encoder
    chosen = [name for name in RUNS if name in legs or name == "hybrid"]
    if used is None:
        chosen = [name for name in chosen if name in {"lexical", "hybrid"}]
    with throwaway(collection.documents, used, cache) as filed:
        runs = {name: _run(name, collection, filed, used, syntax) for name in chosen}
    return {
        "collection": collection.name,
        "documents": len(collection.documents),
        "queries": len(collection.queries),
        "encoder": used.key if used else "",
        "index_seconds": round(filed.index_seconds, 3),
        "encode_seconds": round(filed.encode_seconds, 3),
        "encoded": filed.encoded,
        "notes": notes,
        "runs": runs,
    }


def _encoder(name: str, settings: Settings, notes: list[str]) -> Encoder | None:
    try:
        if not name:
            return home_encoder(settings)
        return load_encoder(name, settings.models_path, hub=settings.model_hub)
    except WeightsMissing as error:
        notes.append(f"Words only, hybrid included: {error}")
        return None


def _run(
    name: str, collection: Collection, filed: Throwaway, encoder: Encoder | None, syntax: bool
) -> dict[str, float]:
    """One pass over the queries, none of which was asked before."""
    plan = RUNS[name]
    rankings: dict[str, list[str]] = {}
    took: list[float] = []
    searcher = Searcher(filed.documents, filed.index, encoder)
    searcher.search(_request(plan, "warm up", syntax))
    for query, text in collection.queries.items():
        started = time.perf_counter()
        result = searcher.search(_request(plan, text, syntax))
        took.append((time.perf_counter() - started) * 1e3)
        works = filed.documents.get_many([hit.work_id for hit in result.hits])
        rankings[query] = [works[hit.work_id].paper.id for hit in result.hits]
    values = measure(rankings, collection.qrels)
    figures = {measured: round(mean(values[measured]), 4) for measured in values}
    p50, p99 = np.percentile(took, [50, 99])
    return figures | {"p50_ms": round(float(p50), 3), "p99_ms": round(float(p99), 3)}


def _request(plan: SearchRequest, query: str, syntax: bool) -> SearchRequest:
    return SearchRequest(query, limit=plan.limit, legs=plan.legs, fusion=plan.fusion, syntax=syntax)
