"""What a reader turns a search towards and away from: liked and disliked hits, and exclusions.

A disliked direction is taken off orthogonally to the query: what it shares with the query is
the query's own topic and stays. "Pruning of language models, not vision" loses what is of
vision in a paper and nothing of what is of pruning.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from broadsheet.index import Clause, Index, WordQuery
from broadsheet.search.candidates import Candidates
from broadsheet.search.pipeline import Search, Stage

Vectors = NDArray[np.float32]

# Fitted on the dev half of the word-capture test (ten exclusions) and no more exact than that.
TURN = 0.2  # how far the query is turned away from what it excludes
PUSH = 0.5  # what a paper loses for each unit of an excluded direction beyond the usual
# Rocchio's weights of liked papers, with the query's own 1 (Manning, Raghavan and Schütze,
# "Introduction to Information Retrieval", 9.1).
LIKED = 0.75
DISLIKED = 0.25
IDIOM = 0.01  # share of the papers on a thing that say they are without it
MOST_JUDGED = 50  # liked or disliked papers of one request that are used


def doubt() -> Stage:
    """Decides whether a bare "without" excludes: not where papers themselves are without it.

    "Learning without labels" is a field, and a phrase of its papers; "contrastive learning
    without images" is a wish.
    """

    def run(search: Search, ranking: Candidates) -> Candidates:
        reading = search.reading.doubtful
        if reading is not None and not _idiom(search.index, reading.away):
            search.reading = reading
        return ranking

    return Stage("doubt", run)


def _idiom(index: Index, names: tuple[str, ...]) -> bool:
    for name in names:
        having = index.count_words(WordQuery((Clause(name, phrase=True, occur="must"),)))
        clause = Clause(f"without {name}", phrase=True, occur="must")
        if index.count_words(WordQuery((clause,))) > max(1, IDIOM * having):
            return True
    return False


def turn(turned: float = TURN) -> Stage:
    """Turns the query's vector towards what is liked and away from what is not."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        vector = search.vector
        if vector is None:
            return ranking
        liked = _filed(search, search.request.more_like)
        disliked = _filed(search, search.request.less_like)
        excluded = _encoded(search, search.reading.away)
        if len(liked) or len(disliked) or len(excluded):
            query = unit(vector)
            search.away = orthogonal(np.concatenate([excluded, _mean(disliked)]), query)
            away = [turned] * len(excluded) + [DISLIKED] * bool(len(disliked))
            search.vector = revised(query, liked, search.away, np.array(away, np.float32))
        return ranking

    return Stage("turn", run)


def _filed(search: Search, ids: tuple[int, ...]) -> Vectors:
    found = search.index.vectors(list(ids[:MOST_JUDGED]))
    return found[~np.isnan(found).any(1)] if found.size else _none(search)


def _encoded(search: Search, names: tuple[str, ...]) -> Vectors:
    if search.encode is None or not names:
        return _none(search)
    return np.stack([unit(search.encode(name)) for name in names])


def _none(search: Search) -> Vectors:
    return np.empty((0, 0 if search.vector is None else len(search.vector)), np.float32)


def _mean(vectors: Vectors) -> Vectors:
    return unit(vectors.mean(0))[None] if len(vectors) else vectors


def unit(vector: Vectors) -> Vectors:
    """The vector at length 1; 0 stays 0."""
    length = np.linalg.norm(vector)
    return np.asarray(vector / length if length > 0 else vector, np.float32)


def orthogonal(vectors: Vectors, query: Vectors) -> Vectors:
    """What of each vector, (n, d), is not the query's direction, (d,); at length 1, or 0."""
    rest = vectors - (vectors @ query)[:, None] * query
    lengths = np.linalg.norm(rest, axis=1, keepdims=True)
    # What is the query's own topic all but wholly leaves nothing to turn away from.
    return np.where(lengths > 1e-3, rest / np.maximum(lengths, 1e-3), 0).astype(np.float32)


def revised(query: Vectors, liked: Vectors, away: Vectors, weights: Vectors) -> Vectors:
    """Rocchio's query, shape (d,), length 1: nearer the mean of ``liked`` (n, d), off ``away``.

    Directions of ``away`` (m, d) have to be orthogonal to the query; ``weights`` are (m,).
    """
    turned = query - weights @ away
    if len(liked):
        turned = turned + LIKED * liked.mean(0)
    return unit(turned)


def push(weight: float = PUSH) -> Stage:
    """Moves papers down that lie further in an excluded direction than the usual candidate.

    Their words need not say so: most papers on photographs never say "vision".
    """

    def run(search: Search, ranking: Candidates) -> Candidates:
        away = search.away
        if away is None or not len(away) or not len(ranking):
            return ranking
        vectors = search.vectors(ranking.ids)
        if not vectors.size:
            return ranking
        lying = vectors @ away.T
        known = ~np.isnan(lying).any(1)
        if not known.any():
            return ranking
        beyond = np.maximum(lying - np.median(lying[known], axis=0), 0).max(1)
        beyond = np.where(known, beyond, 0.0).astype(np.float64)
        share = ranking.dense_share - weight * beyond
        return ranking.knowing(excluded=beyond).ordered(ranking.lexical_share, share)

    return Stage("push", run)
