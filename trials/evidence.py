"""Evidence beside the two legs' scores, over the cached candidates of both.

Each function starts from the product's weighted sum of both legs (`plain`) and changes one thing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from broadsheet.evaluate import Field
from broadsheet.search import Candidates
from broadsheet.search.evidence import neighbour_means
from broadsheet.search.fusion import DENSE_WEIGHT, fuse_scores

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]

_BANKS: dict[int, Vectors] = {}
_CENTRES: dict[int, Vectors] = {}


def plain(found: Candidates, _field: Field, _query: str) -> Candidates:
    """The weighted sum of both legs and nothing else."""
    return fuse_scores(found, DENSE_WEIGHT)


def _query_vector(field: Field, query: str) -> Vectors:
    if field.encoder is None:
        raise ValueError("this trial needs an encoder")
    vector = field.encoder.encode_queries([query])[0]
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def _vectors(found: Candidates, field: Field) -> Vectors:
    return np.nan_to_num(field.index.vectors(found.ids))


def _bank(field: Field) -> Vectors:
    """The vectors of all queries of a collection, unjudged: what it is usually asked."""
    key = id(field.index)
    if key not in _BANKS:
        if field.encoder is None:
            raise ValueError("this trial needs an encoder")
        _BANKS[key] = field.encoder.encode_queries(list(field.collection.queries.values()))
    return _BANKS[key]


def _others(field: Field, query: str) -> Vectors:
    """The bank without the query itself."""
    bank = _bank(field)
    return bank[bank @ _query_vector(field, query) < 0.999]


def csls(found: Candidates, field: Field, query: str, *, share: float = 0.5) -> Candidates:
    """Similarity less a share of the mean to the ten nearest of a bank of queries, so that hubs
    lose (cross-domain similarity local scaling, Conneau et al. 2018)."""
    near = np.sort(_vectors(found, field) @ _others(field, query).T, axis=1)[:, -10:].mean(1)
    return plain(replace(found, dense=found.dense - share * near), field, query)


def sinkhorn(
    found: Candidates, field: Field, query: str, *, heat: float = 0.05, rounds: int = 5
) -> Candidates:
    """The matrix of a bank of queries and the candidates is normalised by rows and columns in
    turn, both legs' scores taken for the query's row (row 24)."""
    vectors = _vectors(found, field)
    rows = np.vstack([_query_vector(field, query)[None], _others(field, query)])
    matrix = np.exp((rows @ vectors.T).astype(np.float64) / heat)
    for _ in range(rounds):
        matrix /= matrix.sum(0, keepdims=True)
        matrix /= matrix.sum(1, keepdims=True)
    return plain(replace(found, dense=np.maximum(np.log(matrix[0] * matrix.shape[1]) + 4, 0)),
                 field, query)  # fmt: skip


def centred(found: Candidates, field: Field, query: str, *, share: float = 1.0) -> Candidates:
    """Cosine after the mean of the corpus's vectors is taken off (a choice of the dense leg)."""
    key = id(field.index)
    if key not in _CENTRES:
        _CENTRES[key] = np.nan_to_num(field.index.vectors(list(field.documents.works))).mean(0)
    centre = share * _CENTRES[key]
    vectors = _vectors(found, field) - centre
    lengths = np.maximum(np.linalg.norm(vectors, axis=1), 1e-9)
    dense = (vectors @ (_query_vector(field, query) - centre)) / lengths
    return plain(replace(found, dense=dense.astype(np.float64)), field, query)


def truncated(found: Candidates, field: Field, query: str, *, dimensions: int = 192) -> Candidates:
    """Only the first dimensions of every vector."""
    vectors = _vectors(found, field)[:, :dimensions]
    lengths = np.maximum(np.linalg.norm(vectors, axis=1), 1e-9)
    dense = vectors @ _query_vector(field, query)[:dimensions] / lengths
    return plain(replace(found, dense=dense.astype(np.float64)), field, query)


def depth(found: Candidates, field: Field, query: str, *, count: int = 50) -> Candidates:
    """Only the best of each leg."""
    kept = np.zeros(len(found), np.bool_)
    for scores in (found.lexical, found.dense):
        known = np.nan_to_num(scores)
        kept[np.argsort(-known, kind="stable")[:count]] = True
    return plain(found.take(kept), field, query)


def neighbours(
    found: Candidates, field: Field, query: str, *, weight: float = 0.3, count: int = 5
) -> Candidates:
    """Part of each score becomes the mean of its nearest candidates."""
    ranking = plain(found, field, query)
    if len(ranking) <= count:
        return ranking
    said = neighbour_means(_vectors(ranking, field), ranking.score, count)
    return ranking.ordered(
        (1 - weight) * ranking.lexical_share, (1 - weight) * ranking.dense_share + weight * said
    )


def title(found: Candidates, field: Field, query: str, *, weight: float = 0.1) -> Candidates:
    """BM25 of the query's words in titles, added."""
    from broadsheet.index import Clause, WordQuery

    ranking = plain(found, field, query)
    scores = field.index.score_words(WordQuery((Clause(query, "title"),)), ranking.ids)
    best = float(scores.max(initial=0.0))
    share = weight * scores / best if best > 0 else 0.0 * scores
    return ranking.ordered(ranking.lexical_share + share, ranking.dense_share)


def rocchio(
    found: Candidates,
    field: Field,
    query: str,
    *,
    count: int = 3,
    weight: float = 0.3,
    by: Literal["score", "rank", "evidence"] = "score",
) -> Candidates:
    """Pseudo-relevance feedback in vector space from the first ``count`` of the plain fusion.

    ``by`` is how feedback papers weigh: ``score`` and ``rank`` share ``weight`` among them, so
    that deep ones dilute it; ``evidence`` gives each what its score is above the tail's, which
    goes to nothing with depth: deeper feedback changes less and less.
    """
    ranking = plain(found, field, query)
    count = min(count, len(ranking))
    if not count:
        return ranking
    score = ranking.score
    if by == "evidence":
        tail = score[min(10, len(score) - 1)]
        shares = np.maximum(score[:count] - tail, 0) / max(float(score[0] - tail), 1e-9) / 3
    else:
        shares = score[:count] if by == "score" else 1 / (1 + np.arange(count))
        shares = shares / shares.sum()
    vectors = _vectors(ranking, field)
    turned = _query_vector(field, query) + weight * (shares @ vectors[:count])
    dense = np.where(np.isnan(ranking.dense), np.nan, vectors @ turned)
    return plain(replace(ranking, dense=dense.astype(np.float64)), field, query)
