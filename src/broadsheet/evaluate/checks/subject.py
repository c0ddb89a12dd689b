"""What is checked: a working home, or an index made for a test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from broadsheet.catalog import Work
from broadsheet.encoders import Encoder
from broadsheet.index import Index
from broadsheet.search import Library, SearchRequest, SearchResult

Group = Literal["encoder", "index", "search", "stability"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at.

    ``value`` is what was measured (None where there was nothing to measure it on) and
    ``least`` what it has to reach; None for a figure that is only told. ``seen`` says in a
    line what was measured, and on how much.
    """

    group: Group
    name: str
    value: float | None
    least: float | None
    seen: str

    @property
    def passed(self) -> bool:
        """False when it falls short."""
        return self.value is None or self.least is None or self.value >= self.least


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A library with its index, how it is searched, and the works that are looked at.

    ``all_ids`` are the works in the index, ``works`` a sample of those with a title.
    """

    library: Library
    index: Index
    encoder: Encoder | None
    search: Callable[[SearchRequest], SearchResult]
    works: Sequence[Work]
    all_ids: Sequence[int]

    def found(self, query: str, limit: int = 10, legs: tuple[str, ...] = ()) -> list[int]:
        """The works a query finds, best first."""
        request = SearchRequest(query, limit=limit, legs=legs) if legs else None
        result = self.search(request or SearchRequest(query, limit=limit))
        return [hit.work_id for hit in result.hits]

    def terms(self, text: str) -> list[str]:
        """The index's terms of a text, in order, stop words left out."""
        return [word.term for word in self.index.words(text) if word.term]


def drawn(library: Library, index: Index, sample: int, seed: int = 0) -> list[Work]:
    """``sample`` works with a title of three words or more, drawn from the whole index."""
    ids = np.sort(index.newest(None, index.count(None)))
    order = np.random.default_rng(seed).permutation(ids)[: 2 * sample].tolist()
    works = library.get_many(order)
    titled = [works[number] for number in order if number in works]
    return [work for work in titled if len(work.paper.title.split()) > 2][:sample]


def body(work: Work) -> str:
    """A work's abstract, or the summary where it has none."""
    return work.paper.abstract or work.paper.summary


def share(hits: Sequence[bool]) -> float | None:
    """The share of true ones; None of nothing."""
    return sum(hits) / len(hits) if hits else None


def overlap(one: Sequence[int], other: Sequence[int]) -> float:
    """How much two lists have in common: Jaccard's coefficient, 1 for two empty ones."""
    both = set(one) | set(other)
    return len(set(one) & set(other)) / len(both) if both else 1.0
