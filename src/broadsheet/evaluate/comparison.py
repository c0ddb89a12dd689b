"""Many systems on many collections, query by query."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders import Encoder
from broadsheet.evaluate.collection import Collection
from broadsheet.evaluate.field import Field, field_of
from broadsheet.evaluate.folds import near_and_far
from broadsheet.evaluate.measures import measure
from broadsheet.evaluate.systems import System

Floats = NDArray[np.float64]
Told = Callable[[str, int, int], None]  # what is being done, how much of it, out of how much

_TOP = 10


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Every system's values on one collection.

    ``values[measure]`` has shape (systems, queries) and is nan where a system could not run.
    Measures are ``ndcg@10``, ``recall@100``, ``mrr@10``, ``unjudged@10`` (share of the first
    ten that nobody judged) and, where the collection names false friends, ``friends@10``
    (how many of them are among the first ten). ``groups`` part the queries in ways that have
    names; ``ms`` are the systems' median milliseconds a query (vectors of queries are mostly
    known by then: `bench` times whole searches). ``rankings`` are what each system returned.
    """

    name: str
    documents: int
    systems: tuple[str, ...]
    queries: tuple[str, ...]
    texts: tuple[str, ...]
    values: Mapping[str, Floats]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ms: tuple[float, ...] = ()
    rankings: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)

    def of(self, system: str, measured: str = "ndcg@10") -> Floats:
        """One system's values by query, shape (queries,)."""
        return np.asarray(self.values[measured][self.systems.index(system)])

    def only(self, kept: NDArray[np.bool_]) -> Judged:
        """The same for some of the queries."""

        def pick(names: Sequence[str]) -> tuple[str, ...]:
            return tuple(name for name, keep in zip(names, kept, strict=True) if keep)

        return replace(
            self,
            queries=pick(self.queries),
            texts=pick(self.texts),
            values={name: table[:, kept] for name, table in self.values.items()},
            groups={name: pick(group) for name, group in self.groups.items()},
        )


def compare(
    collections: Sequence[Collection],
    systems: Sequence[System],
    encoder: Encoder | None,
    *,
    cache: Path | None = None,
    sample: int = 0,
    told: Told | None = None,
) -> list[Judged]:
    """Runs every system on every collection, each filed once.

    ``sample`` is how many queries of each collection are asked at most (0: all of them), the
    same ones every time. ``cache`` keeps the documents' vectors between runs.
    """
    judged = []
    for collection in collections:
        asked = _sampled(collection, sample)
        with field_of(asked, encoder, cache) as ground:
            judged.append(judge(ground, systems, told))
    return judged


def _sampled(collection: Collection, sample: int) -> Collection:
    if not sample or len(collection.queries) <= sample:
        return collection
    names = sorted(collection.queries)
    drawn = np.random.default_rng(0).choice(len(names), sample, replace=False)
    kept = {names[place] for place in drawn.tolist()}
    queries = {query: text for query, text in collection.queries.items() if query in kept}
    return replace(
        collection, queries=queries, qrels={query: collection.qrels[query] for query in queries}
    )


def judge(ground: Field, systems: Sequence[System], told: Told | None = None) -> Judged:
    """Runs every system on one field."""
    collection = ground.collection
    queries = tuple(collection.queries)
    columns: list[dict[str, Floats]] = []
    kept: dict[str, Mapping[str, Sequence[str]]] = {}
    groups = _groups(ground)
    ms = []
    for system in systems:
        rank = system.make(ground)
        rankings: dict[str, Sequence[str]] = {}
        took = []
        for done, (query, text) in enumerate(collection.queries.items() if rank else ()):
            if told and done % 50 == 0:
                told(f"{collection.name}: {system.name}", done, len(queries))
            started = time.perf_counter()
            rankings[query] = rank(text) if rank else ()
            took.append((time.perf_counter() - started) * 1e3)
        columns.append(_values(collection, rankings if rank else None))
        kept[system.name] = rankings
        ms.append(float(np.median(took)) if took else float("nan"))
    return Judged(
        name=collection.name,
        documents=len(collection.documents),
        systems=tuple(system.name for system in systems),
        queries=queries,
        texts=tuple(collection.queries.values()),
        values={name: np.stack([column[name] for column in columns]) for name in columns[0]},
        groups=groups,
        ms=tuple(ms),
        rankings=kept,
    )


def _values(
    collection: Collection, rankings: Mapping[str, Sequence[str]] | None
) -> dict[str, Floats]:
    """By measure the value of each query in the collection's order; nan without rankings."""
    queries = list(collection.queries)
    by_hand: dict[str, dict[str, float]] = {"unjudged@10": {}}
    if collection.friends:
        by_hand["friends@10"] = {}
    for query in queries if rankings is not None else ():
        top = list((rankings or {})[query][:_TOP])
        known = collection.qrels[query].keys() | collection.friends.get(query, frozenset())
        by_hand["unjudged@10"][query] = sum(name not in known for name in top) / max(len(top), 1)
        if collection.friends:
            friends = collection.friends.get(query, frozenset())
            by_hand["friends@10"][query] = float(sum(name in friends for name in top))
    tables = measure(rankings or {}, collection.qrels) | by_hand
    if rankings is None:
        return {name: np.full(len(queries), np.nan) for name in tables}
    return {name: np.array([table[query] for query in queries]) for name, table in tables.items()}


def _groups(ground: Field) -> dict[str, tuple[str, ...]]:
    collection = ground.collection
    told = {
        name: tuple(group.get(query, "") for query in collection.queries)
        for name, group in collection.groups.items()
    }
    return told | {"fold": near_and_far(ground)}
