"""Learned term weights in the place of BM25, for ``trials.ranking`` (rows 10, 11, 12 and 17).

Systems of ``ranking-configs/terms.toml``. Everything else of a search stays the product's: its
pipeline, its vectors, its required words and filters. What ``trials.terms_fit`` learned is read
from ``model``.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from broadsheet.evaluate import Field
from broadsheet.evaluate.field import DEPTH
from broadsheet.index import Filters, Ranking, WordQuery, analysis
from broadsheet.search import HYBRID, LEXICAL
from trials.decoding import Model, diverse
from trials.terms_fit import Weights, asked_features
from trials.terms_postings import Floats, Postings, Terms, analysed, neighbours, unit

Line = Literal["hybrid", "lexical"]
LINES = {"hybrid": HYBRID, "lexical": LEXICAL}
PROMPTED = 128  # terms of a document that its vector says most of (PromptReps)


@dataclass(eq=False)
class Impacts:
    """Scores of a field's documents by weighted postings; stands for the field's index.

    ``impacts`` (p,) and ``weights`` (terms,); ``expanded`` times the squared cosine is what a term
    adds by a neighbour that a document has in its place (the larger of both counts, not the sum).
    """

    index: Any
    terms: Terms
    postings: Postings
    impacts: Floats
    weights: Floats
    space: Floats  # unit vectors of terms
    expanded: float
    _near: dict[int, list[tuple[int, float]]] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.index, name)

    def search_words(self, query: WordQuery, limit: int, filters: Filters | None = None) -> Ranking:
        """As `Index.search_words`."""
        scores = None if filters is not None else self._scores(query)
        if scores is None:
            found: Ranking = self.index.search_words(query, limit, filters)
            return found
        best = np.argsort(-scores, kind="stable")[:limit]
        best = best[scores[best] > 0]
        return Ranking((best + 1).astype(np.int64), scores[best])

    def score_words(
        self, query: WordQuery, ids: Sequence[int] | NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """As `Index.score_words`."""
        scores = self._scores(query)
        if scores is None:
            known: NDArray[np.float32] = self.index.score_words(query, ids)
            return known
        return np.asarray(scores[np.asarray(ids, np.int64) - 1])

    def _scores(self, query: WordQuery) -> Floats | None:
        """The scores of all documents; None for a query that demands or forbids something."""
        others = []
        scores = np.zeros(len(self.postings), np.float32)
        for clause in query.clauses:
            if clause.occur != "should":
                return None
            if clause.any_of or clause.phrase or clause.field != "text":
                others.append(clause)
                continue
            for term in analysis.terms(clause.text, "text"):
                number = self.terms.get(term)
                if number is not None and number < len(self.weights):
                    scores += clause.weight * self.weights[number] * self._of(number)
        if others:
            everything = np.arange(1, len(scores) + 1)
            scores += self.index.score_words(WordQuery(tuple(others)), everything)
        return scores

    def _of(self, term: int) -> Floats:
        """What one term adds to every document, its weight apart."""
        postings, found = self.postings, np.zeros(len(self.postings), np.float32)
        asked = [(term, 1.0)]
        if self.expanded:
            if term not in self._near:
                self._near |= neighbours(self.space, [term], 5, 0.6)
            asked += [(other, self.expanded * near**2) for other, near in self._near[term]]
        for other, share in asked:
            span = slice(postings.starts[other], postings.starts[other + 1])
            rows = postings.doc[span]
            found[rows] = np.maximum(found[rows], share * self.impacts[span])
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What a run of ``trials.terms_fit`` wrote."""

    terms: tuple[str, ...]
    vectors: Floats
    mean: Floats
    axes: Floats
    models: dict[str, dict[str, Floats]]

    @classmethod
    def read(cls, path: Path) -> Learned:
        """From its file."""
        with np.load(path) as held:
            models: dict[str, dict[str, Floats]] = {}
            for key in held.files:
                name, slash, part = key.rpartition("/")
                if slash:
                    models.setdefault(name, {})[part] = held[key]
            vectors = held["vectors"].astype(np.float32)
            terms = tuple(held["terms"].tolist())
            return cls(terms, vectors, held["mean"], held["axes"], models)

    def weights(self, name: str) -> Weights:
        """The model of that name: documents, queries or both, a slash and the seed."""
        told = {key: torch.from_numpy(one) for key, one in self.models[name].items()}
        kind = name.partition("/")[0]
        made = Weights(
            told["inner.weight"].shape[1],
            told["query.weight"].shape[1],
            documents=kind in {"documents", "both"},
            queries=kind in {"queries", "both"},
        )
        made.load_state_dict(told)
        return made

    def spread(self, terms: Terms) -> tuple[Floats, Floats]:
        """The vectors of a field's terms, and which are known."""
        vectors = np.zeros((len(terms), self.vectors.shape[1]), np.float32)
        for term, vector in zip(self.terms, self.vectors, strict=True):
            if term in terms:
                vectors[terms[term]] = vector
        known: Floats = np.any(vectors, axis=1).astype(np.float32)
        return vectors, known


def make(
    ground: Field,
    *,
    model: str = "",
    name: str = "",
    expanded: float = 0.0,
    prompted: str = "",
    synthetic: bool = False,
    line: Line = "hybrid",
) -> Callable[[str], Sequence[str]]:
    """A pipeline of the product over other scores of words.

    Without a ``name`` scores are BM25 in floats. ``prompted``: 'alone' weighs a document's terms by
    what its vector says of their vectors, 'times' multiplies BM25 by that. ``synthetic`` files four
    queries made of each document (`trials.decoding`) with it.
    """
    terms = Terms()
    papers = [one.paper for _, one in sorted(ground.documents.works.items())]
    texts = [(one.title, " ".join(filter(None, (one.abstract, one.summary)))) for one in papers]
    if synthetic:
        texts = _with_queries(texts)
    read = analysed(texts, terms)
    learned = Learned.read(Path(model)) if model else None
    if learned is not None:
        for term in learned.terms:  # neighbours may stand in no document: they add nothing then
            _ = terms[term]
    postings = Postings.of(read, len(terms))
    vectors, known = (
        learned.spread(terms)
        if learned is not None
        else (np.zeros((len(terms), 1), np.float32), np.zeros(len(terms), np.float32))
    )
    impacts, weights = postings.bm25, postings.idf
    if learned is not None and name:
        fitted = learned.weights(name)
        features = postings.features(vectors, known)
        asked = asked_features(postings.idf, len(postings), vectors, known)
        with torch.no_grad():
            impacts = fitted.impacts(torch.from_numpy(features)).numpy()
            weights = fitted.asked(torch.from_numpy(postings.idf), torch.from_numpy(asked)).numpy()
    if prompted and learned is not None:
        filed = ground.index.vectors(np.arange(1, len(postings) + 1))
        turned = unit(np.asarray((filed - learned.mean) @ learned.axes, np.float32))
        impacts = _prompted(postings, vectors, turned, prompted)
    index: Any = Impacts(ground.index, terms, postings, impacts, weights, vectors, expanded)
    other = replace(ground, index=index, _candidates={})
    return partial(_rank, other, line)


def _rank(ground: Field, line: Line, query: str) -> Sequence[str]:
    return ground.names(ground.run(LINES[line], query).ids[:DEPTH].tolist())


def _prompted(postings: Postings, vectors: Floats, texts: Floats, how: str) -> Floats:
    """PromptReps' sparse half: what one vector of a text says of each of its own terms, saturated
    by a logarithm, and of a text only the `PROMPTED` heaviest."""
    near = np.einsum("pd,pd->p", vectors[postings.term], texts[postings.doc])
    known = np.any(vectors, axis=1)[postings.term]
    near[~known] = near[known].mean() if known.any() else 1.0  # words that have no vector
    said = np.log1p(np.maximum(10 * near, 0))
    order = np.lexsort((-said, postings.doc))
    starts = np.searchsorted(postings.doc[order], np.arange(len(postings)))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order)) - starts[postings.doc[order]]
    said = np.where(place < PROMPTED, said, 0).astype(np.float32)
    return said if how == "alone" else np.asarray(said * postings.bm25, np.float32)


def _with_queries(texts: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each text with queries made of it, a sentence each."""
    counts: dict[str, int] = {}
    for title, abstract in texts:
        for word in set(f"{title} {abstract}".lower().split()):
            counts[word] = counts.get(word, 0) + 1

    def rarity(word: str) -> float:
        return float(np.log1p(len(texts) / (counts.get(word, 0) + 0.5)))

    chance = random.Random(0)  # noqa: S311 - no secret
    found = []
    for title, abstract in texts:
        made = diverse(Model.of(f"{title} {abstract}", rarity), chance, strength=0.5)
        queries = " ".join(f"{' '.join(words).capitalize()}." for words in made)
        found.append((title, f"{abstract} {queries}"))
    return found
