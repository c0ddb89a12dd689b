"""Whether a hit answers all of a short query, and not merely one of its words.

"Gradient methods that explain a prediction" is no query for all that has a gradient: what
captures a page is the word that most papers of the corpus have, and the papers that answer
nothing else. The index's own document frequencies tell which words those are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from broadsheet.index import Clause
from broadsheet.search.candidates import Candidates, Floats
from broadsheet.search.evidence import CLOSE_DEPTH, DEPTH, as_written, query_words, specificity
from broadsheet.search.feedback import orthogonal, unit
from broadsheet.search.fusion import DENSE_WEIGHT, scaled
from broadsheet.search.pipeline import Asked, Search, Stage

# Distinct words that tell something. Longer queries repeat themselves in other words, and a
# paper need not answer each: there the stage costs CACM .03 nDCG@10.
FEWEST, MOST = 2, 6
ANSWERED_WEIGHT = 0.3
REST_WEIGHT = 0.2
# Where papers are a title and a sentence, fewer words than this on average, a shared word tells
# less, and meaning has that much more weight the shorter they are. Abstracts change nothing.
SHORT_TEXT = 60.0
MORE_DENSE = 0.5


def asked(search: Search) -> Asked | None:
    """The words of a query that is short enough to want all of them, else None."""
    if search.asked is None or search.asked[0] is not search.reading:
        search.asked = search.reading, _asked(search)
    return search.asked[1]


def _asked(search: Search) -> Asked | None:
    words = as_written(query_words(search.reading, search.index))
    if not FEWEST <= len(words) <= MOST:
        return None
    terms = tuple(words)
    weights = specificity(search.index, terms)
    unknown = np.log1p(float(search.index.size))
    weights = np.where(weights > 0, weights, unknown)
    return Asked(tuple(words.values()), weights / weights.sum())


def dense_weight(search: Search) -> float:
    """The weight of meaning: the encoder's own where it has one, and more for short queries where
    papers are short."""
    weight = DENSE_WEIGHT if search.meaning is None else search.meaning
    if asked(search) is None:
        return weight
    more = MORE_DENSE * max(0.0, 1.0 - search.index.mean_words / SHORT_TEXT)
    return min(1.0, weight + more)


def cover(
    answered: float = ANSWERED_WEIGHT, rest: float = REST_WEIGHT, depth: int = CLOSE_DEPTH
) -> Stage:
    """Adds what share of a short query's words a paper answers, each by the word itself or by
    meaning, and how near it is to the query without its commonest word.

    A word weighs by its specificity in the corpus. Nearness to what is left of the query is the
    cosine to the query's vector with that word's direction taken off. Features ``coverage``,
    the share answered, and ``rest``, the nearness, by the best candidate's.
    """

    def run(search: Search, ranking: Candidates) -> Candidates:
        words = asked(search)
        if words is None or search.vector is None or not len(ranking):
            return ranking
        looked = ranking.ids[:depth]
        capitals = search.reading.capitals
        clauses = [capitals.get(word, Clause(word)) for word in words.surfaces]
        denied = [Clause(word, "denied") for word in words.surfaces]  # a later stage asks it
        has = search.matches(clauses, looked, ranking.ids[:DEPTH], denied).T
        # The neighbours' stage wants the others: fetched together they cost no more.
        vectors = search.vectors(ranking.ids[:DEPTH])[: len(looked)]
        if not vectors.size:
            return ranking
        named = search.encode_words(words.surfaces)
        near = _near(vectors, named)
        by_word = words.weights @ has
        by_meaning = words.weights @ np.where(has, 0.0, near)
        best = float((by_word + by_meaning).max(initial=0.0))
        if best > 0:
            by_word, by_meaning = by_word / best, by_meaning / best
        commonest = named[int(words.weights.argmin())]
        rest_of = _without(unit(search.vector), commonest)
        left = scaled((vectors @ rest_of).astype(np.float64))
        # Of a paper without a vector its words say what is known.
        left = np.where(np.isnan(left), by_word, left)
        known = np.full((2, len(ranking)), np.nan)
        known[:, : len(looked)] = by_word + by_meaning, left
        ranking = ranking.knowing(coverage=known[0], rest=known[1])
        return _added(ranking, answered * by_word, answered * by_meaning + rest * left)

    return Stage("cover", run)


def _near(vectors: NDArray[np.float32], named: NDArray[np.float32]) -> Floats:
    """How near each word is to each work in shares of its nearest, shape (words, works)."""
    near = np.maximum(np.nan_to_num(named @ vectors.T), 0.0).astype(np.float64)
    nearest = near.max(1, keepdims=True, initial=0.0)
    shares: Floats = np.divide(near, nearest, out=np.zeros_like(near), where=nearest > 0)
    return shares


def _without(query: NDArray[np.float32], word: NDArray[np.float32]) -> NDArray[np.float32]:
    """The query's direction without the word's, length 1; the query's own when none is left."""
    rest = orthogonal(query[None], word)[0]
    return rest if rest.any() else query


def _added(ranking: Candidates, by_word: Floats, by_meaning: Floats) -> Candidates:
    """The ranking with parts added to the shares of its first works."""
    count = len(by_word)
    lexical, dense = ranking.lexical_share.copy(), ranking.dense_share.copy()
    lexical[:count] += by_word
    dense[:count] += by_meaning
    return ranking.ordered(lexical, dense)
