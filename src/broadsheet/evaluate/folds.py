"""Near and far queries: does a lead hold where nothing like the query was seen before?

Zhan et al. (CIKM 2022): a model that was fitted on some queries is judged apart on those like
them (interpolation) and those unlike them (extrapolation). A lead on the near half alone is
memory.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from broadsheet.evaluate.field import Field


def near_and_far(ground: Field) -> tuple[str, ...]:
    """``near`` or ``far`` for each query of a field: the halves by `closeness`."""
    values = closeness(ground)
    far = np.argsort(values, kind="stable")[: len(values) // 2]
    told = ["near"] * len(values)
    for place in far.tolist():
        told[place] = "far"
    return tuple(told)


def closeness(ground: Field) -> NDArray[np.float64]:
    """Each query's greatest similarity to a query that something was fitted on, shape (n,).

    Those are the collection's training queries or, where it has none, its other queries: our
    few weights were fitted on open collections, each of which is left out in turn. Similarity
    is the encoder's cosine, and that of words' TF-IDF without an encoder.
    """
    texts = list(ground.collection.queries.values())
    learned = list(ground.collection.learned)
    vectors = _vectors(ground, texts + learned)
    own, others = vectors[: len(texts)], vectors[len(texts) :]
    if len(others):
        return np.asarray((own @ others.T).max(axis=1))
    alike = own @ own.T
    np.fill_diagonal(alike, -np.inf)
    return np.asarray(alike.max(axis=1) if len(texts) > 1 else np.zeros(len(texts)))


def _vectors(ground: Field, texts: list[str]) -> NDArray[np.float64]:
    if ground.encoder is not None:
        return np.asarray(ground.encoder.encode_queries(texts), np.float64)
    terms = [[word.term for word in ground.index.words(text) if word.term] for text in texts]
    places = {term: place for place, term in enumerate(sorted({t for one in terms for t in one}))}
    counts = np.zeros((len(texts), max(len(places), 1)))
    for row, found in enumerate(terms):
        for term in found:
            counts[row, places[term]] += 1
    counts *= np.log((1 + len(texts)) / (1 + (counts > 0).sum(axis=0)))
    norms = np.linalg.norm(counts, axis=1, keepdims=True)
    return np.asarray(counts / np.where(norms > 0, norms, 1))
