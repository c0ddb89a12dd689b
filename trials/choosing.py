"""Choosing a page from several rankings: quotas under bias (row 25), and spread (rows 43, 44)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from broadsheet.evaluate import Field
from broadsheet.search import Candidates
from broadsheet.search.diversity import marginal
from trials.evidence import neighbours, plain

PAGE = 10
Floats = NDArray[np.float64]


def _group(ids: NDArray[np.int64], seed: int) -> NDArray[np.bool_]:
    """Who is held back: half of all works, chosen by id and seed."""
    return np.array([bool(hash((seed, one)) % 2) for one in ids.tolist()], np.bool_)


def _points(scores: Floats) -> Floats:
    """What a ranking gives each place: discounted as nDCG discounts it; 0 for what it lacks."""
    known = np.nan_to_num(scores, nan=-np.inf)
    place = np.empty(len(known))
    place[np.argsort(-known, kind="stable")] = np.arange(len(known))
    return np.where(np.isfinite(known), 1 / np.log2(place + 2), 0.0)


def voted(
    found: Candidates,
    field: Field,
    query: str,
    *,
    bias: float = 1.0,
    quota: float = 0.0,
    seed: int = 0,
) -> Candidates:
    """Three rankings (words, meaning, neighbours) vote for a page of ten.

    ``bias`` multiplies all scores of half of the works; with a ``quota`` that share of the page
    is kept for them (Boehmer, Celis, Huang, Mehrotra and Vishnoi, ICML 2023: an additive score
    function with group constraints is chosen best greedily).
    """
    spoken = neighbours(found, field, query)
    place = {one: at for at, one in enumerate(spoken.ids.tolist())}
    near = spoken.score[[place[one] for one in found.ids.tolist()]]
    held = _group(found.ids, seed)
    factor = np.where(held, bias, 1.0)
    rankings = [scores * factor for scores in (np.nan_to_num(found.lexical), found.dense, near)]
    points = np.sum([_points(scores) for scores in rankings], axis=0)
    order = np.argsort(-points, kind="stable")
    if quota:
        wanted = round(quota * PAGE)
        kept = [*order[held[order]][:wanted], *order[~held[order]][: PAGE - wanted]]
        chosen = sorted(kept, key=lambda at: -points[at])
        order = np.array([*chosen, *[at for at in order.tolist() if at not in set(kept)]], np.intp)
    ranked = np.zeros(len(found))
    ranked[order] = np.arange(len(found), 0, -1)
    return found.ordered(ranked, np.zeros(len(found)))


def spread(found: Candidates, field: Field, query: str, *, relevance: float = 0.7) -> Candidates:
    """A page by maximal marginal relevance."""
    ranking = plain(found, field, query)
    looked = ranking.take(np.arange(min(50, len(ranking))))
    vectors = np.nan_to_num(field.index.vectors(looked.ids))
    order = marginal(looked.score, vectors, PAGE, relevance)
    rest = np.setdiff1d(np.arange(len(ranking)), order)
    return ranking.take(np.concatenate([order, rest]).astype(np.intp))
