"""What the candidates say of each other and of the query's word order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from broadsheet.index import Clause, Index, Word
from broadsheet.search.candidates import Candidates, Floats
from broadsheet.search.fusion import scaled
from broadsheet.search.pipeline import Search, Stage
from broadsheet.search.reading import Reading

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

DEPTH = 100  # candidates that are looked at, best first
CLOSE_DEPTH = 50  # for what costs a millisecond a hundred
PAIRS = 12  # of neighbouring words of one query, the rarest first
SLOP = 3  # four words on, or two back
PAIR_WEIGHT = 0.05
NEIGHBOURS = 5
NEIGHBOUR_WEIGHT = 0.3


@dataclass(frozen=True, slots=True)
class _Pair:
    clause: Clause
    weight: float


def proximity(weight: float = PAIR_WEIGHT, depth: int = CLOSE_DEPTH) -> Stage:
    """Adds to papers in which neighbouring words of the query stand close together.

    A pair counts once, by the sum of its words' inverse document frequencies: the unordered
    window of the sequential dependence model (Metzler and Croft, SIGIR 2005). Feature
    ``proximity``: the share of the best candidate.
    """

    def run(search: Search, ranking: Candidates) -> Candidates:
        pairs = _pairs(search.reading, search.index) if len(ranking) else []
        found = np.full(len(ranking), np.nan)
        if not pairs:
            return ranking.knowing(proximity=found)
        looked = min(depth, len(ranking))
        met = search.index.matches([pair.clause for pair in pairs], ranking.ids[:looked])
        found[:looked] = scaled(met @ np.array([pair.weight for pair in pairs]))
        share = ranking.lexical_share + weight * np.nan_to_num(found)
        return ranking.knowing(proximity=found).ordered(share, ranking.dense_share)

    return Stage("proximity", run)


def _pairs(reading: Reading, index: Index) -> list[_Pair]:
    words = query_words(reading, index)
    terms = [word.term for word in words]
    rarity = dict(zip(terms, specificity(index, terms).tolist(), strict=True))
    pairs: dict[tuple[str, str], _Pair] = {}
    for one, other in pairwise(words):
        if one.term != other.term and rarity[one.term] > 0 and rarity[other.term] > 0:
            pairs.setdefault((one.term, other.term), _pair(one, other, rarity))
    return sorted(pairs.values(), key=lambda pair: -pair.weight)[:PAIRS]


def query_words(reading: Reading, index: Index) -> list[Word]:
    """The analysed words that a query would like papers to have, in order, stop words left out."""
    return [
        word
        for clause in reading.words.clauses
        if clause.occur == "should" and clause.field == "text" and not clause.any_of
        for word in index.words(clause.text)
        if word.term
    ]


def as_written(words: Iterable[Word]) -> dict[str, str]:
    """Words by their term, each as it stands first, in small letters.

    Stages that ask the index about the same words share its answer by these (`Search.matches`).
    """
    found: dict[str, str] = {}
    for word in words:
        found.setdefault(word.term, word.surface.lower())
    return found


def _pair(one: Word, other: Word, rarity: dict[str, float]) -> _Pair:
    clause = Clause(f"{one.surface} {other.surface}", phrase=True, slop=SLOP)
    return _Pair(clause, rarity[one.term] + rarity[other.term])


def specificity(index: Index, terms: Sequence[str]) -> Floats:
    """How much a term tells in this corpus: its `rarity`, and 0 for a term that no work has.

    "method" or "gradient" weigh little where every paper has them and much where few do: this
    is learned from the index alone.
    """
    frequencies = index.frequencies(terms)
    return np.where(frequencies > 0, _rarity(frequencies, index.size), 0.0)


def rarity(index: Index, terms: Sequence[str]) -> Floats:
    """BM25's inverse document frequency, shape (n,); highest for a term that no work has."""
    return _rarity(index.frequencies(terms), index.size)


def papers_with(word: str, index: Index) -> int:
    """How many works have a word; 0 for one that the index passes over or parts."""
    terms = [one.term for one in index.words(word)]
    return int(index.frequencies(terms)[0]) if len(terms) == 1 and terms[0] else 0


def _rarity(frequencies: NDArray[np.int64], works: int) -> Floats:
    # Terms of works that are gone are counted until their segment is merged: never below 0.
    without = np.maximum(max(works, 1) - frequencies + 0.5, 0.0)
    idf: Floats = np.log1p(without / (frequencies + 0.5))
    return idf


def neighbours(
    weight: float = NEIGHBOUR_WEIGHT, count: int = NEIGHBOURS, depth: int = DEPTH
) -> Stage:
    """Lets the papers nearest in meaning to a candidate speak for it.

    Part of each score becomes the mean score of its ``count`` nearest among the candidates,
    weighed by similarity (regularising scores: Diaz, CIKM 2005). A paper that shares a word
    with the query and nothing with its other hits loses. A candidate without a vector loses as
    much as the others do on average. The neighbours' part counts as meaning.
    Feature ``neighbours``: the neighbours' mean score.
    """

    def run(search: Search, ranking: Candidates) -> Candidates:
        if not ranking.scored:
            return ranking
        looked = ranking.take(np.arange(min(depth, len(ranking))))
        spoken = np.full(len(ranking), np.nan)
        vectors = search.vectors(looked.ids)
        known = np.flatnonzero(~np.isnan(vectors).any(1)) if vectors.size else np.empty(0, int)
        score = ranking.score
        if len(known) <= count:
            return ranking.knowing(neighbours=spoken)
        spoken[known] = neighbour_means(vectors[known], score[known], count)
        total = float(score[known].sum())
        kept = float(spoken[known].sum()) / total if total > 0 else 0.0
        said = np.where(np.isnan(spoken), kept * score, spoken)
        lexical = (1 - weight) * ranking.lexical_share
        dense = (1 - weight) * ranking.dense_share + weight * said
        alone = np.isnan(spoken)  # by words only: nothing is known of its meaning
        lexical = np.where(alone, lexical + weight * said, lexical)
        dense = np.where(alone, dense - weight * said, dense)
        return ranking.knowing(neighbours=spoken).ordered(lexical, dense)

    return Stage("neighbours", run)


def neighbour_means(vectors: NDArray[np.float32], scores: ArrayLike, count: int) -> Floats:
    """The mean score of the ``count`` nearest others of each vector, by similarity; shape (n,).

    ``vectors`` have unit length and shape (n, d), n > ``count``.
    """
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -1.0)
    near = np.argpartition(-alike, count - 1, axis=1)[:, :count]
    weights = np.maximum(np.take_along_axis(alike, near, 1), 0).astype(np.float64)
    total = weights.sum(1)
    said = (weights * np.asarray(scores)[near]).sum(1)
    means: Floats = np.divide(said, total, out=np.zeros(len(vectors)), where=total > 0)
    return means
