"""What an encoder can do, in figures: held-out search with intervals, parts of it, speed, size.

Search is the product's own pipeline (`evaluate.compare`) over a throw-away index.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders import Encoder
from broadsheet.evaluate import Collection, Judged, chosen, compare, interval
from broadsheet.learn.corpus import Corpus

Floats = NDArray[np.float64]
Told = Callable[[str, int, int], None]  # what is being done, how much of it, out of how much

HYBRID, DENSE = "hybrid", "dense"
SYSTEMS = (HYBRID, DENSE)
MAIN = "ndcg@10"
MEASURES = (MAIN, "recall@100", "mrr@10")
LEAST_OF_TOPIC = 10  # queries: with fewer a topic's mean says nothing
_LEARNED = 1_000  # queries of the training that near and far are told by
_TIMED_DOCUMENTS, _TIMED_QUERIES = 256, 50
_ROUND = 24  # documents that encoders take in turns


def with_learned(collections: Sequence[Collection], trained: Corpus) -> list[Collection]:
    """The collections with queries that the training saw, for telling near from far ones."""
    titles = [document.title for document in trained.documents if document.title]
    step = max(1, len(titles) // _LEARNED)
    learned = tuple(titles[::step][:_LEARNED])
    return [replace(one, learned=learned) for one in collections]


def judged_by(
    encoder: Encoder, collections: Sequence[Collection], cache: Path, told: Told | None = None
) -> list[Judged]:
    """Every collection searched with an encoder; documents' vectors are kept in ``cache``."""
    return compare(collections, chosen(SYSTEMS), encoder, cache=cache, told=told)


def figures_of(judged: Judged, kind: str) -> dict[str, Any]:
    """The figures of one collection; ``kind`` is ``own`` or ``judged``.

    Means are told as [mean, low, high] with 95 % bootstrap intervals over the queries. ``topics``
    are those with ten queries or more; ``crowding`` parts the queries by how many papers their
    topic has, half and half; ``worst_decile`` is the mean of the tenth of queries that come out
    worst.
    """
    values = judged.of(HYBRID, MAIN)
    found: dict[str, Any] = {
        "collection": judged.name,
        "kind": kind,
        "documents": judged.documents,
        "queries": len(judged.queries),
        "query_ms": round(float(judged.ms[judged.systems.index(HYBRID)]), 2),
        "worst_decile": _round(np.sort(values)[: max(1, len(values) // 10)].mean()),
    }
    for system in judged.systems:
        found[system] = {name: spread(judged.of(system, name)) for name in MEASURES}
    found["folds"] = parts(values, judged.groups.get("fold", ()))
    topics = judged.groups.get("topic", ())
    found["topics"] = parts(values, topics)
    found["crowding"] = parts(values, crowding(topics))
    return found


def parts(values: Floats, groups: Sequence[str]) -> dict[str, Any]:
    """By group its number of queries and [mean, low, high], largest first."""
    named = np.array(groups)
    sizes = Counter(group for group in groups if group)
    return {
        group: {"queries": size, MAIN: spread(values[named == group])}
        for group, size in sorted(sizes.items(), key=lambda one: (-one[1], one[0]))
        if size >= LEAST_OF_TOPIC
    }


def crowding(topics: Sequence[str]) -> list[str]:
    """``rare`` or ``crowded`` for each query: the halves by how many queries share its topic."""
    sizes = Counter(topics)
    if len(sizes) < 2:
        return []
    own = np.array([sizes[topic] for topic in topics])
    rare = np.argsort(own, kind="stable")[: len(own) // 2]
    told = ["crowded"] * len(own)
    for place in rare.tolist():
        told[place] = "rare"
    return told


def spread(values: Floats) -> list[float]:
    """[mean, low, high]: the mean with its 95 % bootstrap interval."""
    low, high = interval(values)
    return [_round(values.mean()), _round(low), _round(high)]


def speeds(encoder: Encoder, documents: Sequence[str], queries: Sequence[str]) -> dict[str, float]:
    """Documents a second together, and the median milliseconds of one query alone."""
    texts = list(documents[:_TIMED_DOCUMENTS])
    encoder.encode_documents(texts[:8])
    began = time.perf_counter()
    encoder.encode_documents(texts)
    took = time.perf_counter() - began
    times = []
    for query in queries[:_TIMED_QUERIES]:
        began = time.perf_counter()
        encoder.encode_queries([query])
        times.append((time.perf_counter() - began) * 1e3)
    return {
        "documents_per_second": round(len(texts) / max(took, 1e-9), 1),
        "query_ms": round(float(np.median(times)), 3) if times else 0.0,
    }


def speed_of(one: Encoder, other: Encoder, texts: Sequence[str]) -> float:
    """How many times as many documents a second one encoder takes as another.

    They take turns, so that other load meets both; the median of the rounds.
    """
    rounds = []
    for start in range(0, len(texts), _ROUND):
        took = []
        for encoder in (one, other):
            began = time.perf_counter()
            encoder.encode_documents(texts[start : start + _ROUND])
            took.append(max(time.perf_counter() - began, 1e-9))
        rounds.append(took[1] / took[0])
    return float(np.median(rounds[1:] or rounds)) if rounds else 1.0  # the first warms up


def size_of(folder: Path) -> int:
    """Bytes of a folder's files."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _round(value: float) -> float:
    return round(float(value), 4)
