"""What systems compete on: one collection, one index, the same query vectors for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders import Encoder, Vectors, weight_of_meaning
from broadsheet.evaluate.collection import Collection
from broadsheet.evaluate.throwaway import Documents, throwaway
from broadsheet.index import Index
from broadsheet.search import Candidates, Pipeline, Search, SearchRequest, parse, read_as_words

DEPTH = 100  # works that a system ranks: recall is measured at 100
_CANDIDATES = 200  # of each leg


class Remembering:
    """An encoder that encodes a query once: all systems on a field ask for the same ones."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, NDArray[np.float32]] = {}

    @property
    def name(self) -> str:
        """The encoder's name."""
        return self._encoder.name

    @property
    def key(self) -> str:
        """The encoder's key."""
        return self._encoder.key

    @property
    def dimensions(self) -> int:
        """The length of its vectors."""
        return self._encoder.dimensions

    @property
    def meaning(self) -> float | None:
        """How much the encoder's cosines count beside words (`encoders.weight_of_meaning`)."""
        return weight_of_meaning(self._encoder)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """The vectors of queries, shape (n, dimensions)."""
        new = list(dict.fromkeys(text for text in texts if text not in self._known))
        if new:
            self._known.update(zip(new, self._encoder.encode_queries(new), strict=True))
        return np.stack([self._known[text] for text in texts])

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """The vectors of documents, shape (n, dimensions), made anew."""
        return self._encoder.encode_documents(texts)


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One collection, filed. ``index`` holds its documents under the work ids 1, 2, …"""

    collection: Collection
    index: Index
    documents: Documents
    encoder: Remembering | None
    index_seconds: float = 0.0
    _candidates: dict[str, Candidates] = field(default_factory=dict)

    def names(self, work_ids: Sequence[int]) -> list[str]:
        """The collection's own ids of works."""
        return [self.documents.works[work_id].paper.id for work_id in work_ids]

    def run(self, pipeline: Pipeline, query: str, *, syntax: bool = True) -> Candidates:
        """What a pipeline of the product's stages ranks for a query, `DEPTH` deep at most."""
        return self.start(query, syntax=syntax, pipeline=pipeline)[1]

    def start(
        self, query: str, *, syntax: bool = True, pipeline: Pipeline | None = None
    ) -> tuple[Search, Candidates]:
        """A search that was read, and run through a pipeline where one is given."""
        reading = (parse if syntax else read_as_words)(query)
        search = Search(SearchRequest(query, limit=DEPTH), reading, self.index, self.documents)
        search.filters = reading.filters
        encoder = self.encoder
        if encoder is not None:
            search.encode = _one(encoder)
            search.meaning = encoder.meaning
        ranking = pipeline.run(search)[0] if pipeline else Candidates.none()
        return search, ranking

    def candidates(self, query: str) -> Candidates:
        """The best 200 works of each leg with the scores of both, not fused; kept.

        Scores are BM25 and cosine as `Candidates` tells; ``dense`` is nan without an encoder.
        """
        known = self._candidates.get(query)
        if known is not None:
            return known
        search, found = self.start(query)
        words = search.reading.words
        found = found.join(self.index.search_words(words, _CANDIDATES), "lexical")
        if search.encode is not None and search.reading.meaning:
            search.vector = search.encode(search.reading.meaning)
            nearest = self.index.search_vectors(search.vector, _CANDIDATES)
            found = found.join(nearest, "dense")
        lexical, dense = found.lexical.copy(), found.dense.copy()
        missing = np.isnan(lexical)
        if missing.any():
            lexical[missing] = self.index.score_words(words, found.ids[missing])
        missing = np.isnan(dense)
        if missing.any() and search.vector is not None:
            dense[missing] = self.index.score_vectors(search.vector, found.ids[missing])
        self._candidates[query] = Candidates.of(found.ids, lexical, dense)
        return self._candidates[query]


def _one(encoder: Encoder) -> Callable[[str], NDArray[np.float32]]:
    return lambda text: encoder.encode_queries([text])[0]


@contextmanager
def field_of(
    collection: Collection, encoder: Encoder | None, cache: Path | None = None
) -> Iterator[Field]:
    """Files a collection in a throw-away index; ``cache`` is where vectors are kept."""
    with throwaway(collection.documents, encoder, cache) as filed:
        remembering = Remembering(encoder) if encoder is not None else None
        yield Field(collection, filed.index, filed.documents, remembering, filed.index_seconds)
