"""What a ranking says of how relevant each hit is, on scales that any query and corpus share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from broadsheet.index import Clause, Index
from broadsheet.search.candidates import Candidates, Floats
from broadsheet.search.pipeline import Search

TOP = 10  # hits that tell what the query's best looks like
TAIL = slice(50, 100)  # ranks that tell what chance looks like
MOST_TERMS = 20  # distinct terms of one query that are looked up in each hit, the rarest first
_K1 = 1.2  # of the index's BM25: a term can add its idf k1 + 1 times


def clues(search: Search, ranking: Candidates, count: int) -> dict[str, Floats]:
    """By name what tells the first ``count`` works of a ranking apart, each of shape (count,).

    ``attained``: BM25 as a share of what the query's words could add at most. ``covered``: the
    share of the query's words in the paper, weighed by inverse document frequency; a word that
    no paper has weighs most. ``cosine``: as it is. The ``_margin`` ones: how far above the
    ranking's tail, in shares of its best. ``neighbours``: mean fused score of the nearest
    candidates. ``terms`` (logarithm of how many), ``alone`` (a query of one word) and the
    ``best_`` and ``usual_`` ones, over the first ten hits, are the query's: ``best_`` means over
    the three highest, of ``best_both`` (cosine times coverage) the highest. What depends on the
    meaning is nan without it.
    """
    shown = _known(search, ranking.take(np.arange(min(max(count, TOP), len(ranking)))))
    terms = Counter(_terms(search))
    idf = rarity(search.index, list(terms))
    times = np.array(list(terms.values()), np.float64)
    attainable = float((idf * times).sum()) * (_K1 + 1)
    lexical = np.nan_to_num(shown.lexical)
    found = {
        "attained": lexical / attainable if attainable else np.zeros(len(shown)),
        "covered": covered(search, shown, list(terms), idf),
        "cosine": shown.dense,
        "lexical_margin": _margin(lexical, np.nan_to_num(ranking.lexical)),
        "dense_margin": _margin(shown.dense, ranking.dense),
        "neighbours": _neighbours(shown),
    }
    for name in ("attained", "covered", "cosine"):
        best = np.sort(found[name][:TOP])[::-1][:3]  # nan sorts last, so first here
        found[f"best_{name}"] = np.full(len(shown), _mean(best))
    found["most_covered"] = np.full(len(shown), found["covered"][:TOP].max(initial=0.0))
    found["usual_cosine"] = np.full(len(shown), _mean(shown.dense[:TOP]))
    both = (found["cosine"] * found["covered"])[:TOP]
    found["best_both"] = np.full(len(shown), np.nanmax(both) if _any(both) else np.nan)
    found["best_lexical_margin"] = np.full(len(shown), found["lexical_margin"].max(initial=0.0))
    found["spread"] = np.full(len(shown), _spread(ranking.dense))
    found["terms"] = np.full(len(shown), np.log1p(len(terms)))
    found["alone"] = np.full(len(shown), float(len(terms) == 1))
    found["rank"] = np.log1p(np.arange(len(shown), dtype=np.float64))
    return {name: values[:count] for name, values in found.items()}


def _known(search: Search, shown: Candidates) -> Candidates:
    """These with the scores that a leg which did not find them would have given."""
    lexical, dense = shown.lexical.copy(), shown.dense.copy()
    missing = np.isnan(lexical)
    if missing.any():
        lexical[missing] = search.index.score_words(search.reading.words, shown.ids[missing])
    missing = np.isnan(dense)
    if missing.any() and search.vector is not None:
        dense[missing] = search.index.score_vectors(search.vector, shown.ids[missing])
    return replace(shown, lexical=lexical, dense=dense)


def _neighbours(shown: Candidates) -> Floats:
    """What a hit's neighbours score; its own score where too few candidates have a vector."""
    said = shown.features.get("neighbours", np.full(len(shown), np.nan))
    own: Floats = np.where(np.isnan(said), shown.score, said)
    return own


def _any(values: Floats) -> bool:
    return bool((~np.isnan(values)).any())


def rarity(index: Index, terms: list[str]) -> Floats:
    """BM25's inverse document frequency, shape (n,); highest for a term that no work has."""
    if not terms:
        return np.empty(0)
    frequencies = index.frequencies(terms).astype(np.float64)
    works = max(float(index.size), 1.0)
    idf: Floats = np.log1p(np.maximum(works - frequencies + 0.5, 0.0) / (frequencies + 0.5))
    return idf


def covered(search: Search, shown: Candidates, terms: list[str], idf: Floats) -> Floats:
    """The idf-weighted share of the terms that each work has, shape (n,)."""
    if not terms or not len(shown):
        return np.zeros(len(shown))
    rarest = np.argsort(-idf, kind="stable")[:MOST_TERMS]
    known = {word.term: word.surface for word in search.index.words(_text(search)) if word.term}
    clauses = [Clause(known.get(terms[place], terms[place])) for place in rarest]
    has = search.index.matches(clauses, shown.ids)
    weights = idf[rarest]
    share: Floats = has @ weights / weights.sum()
    return share


def _terms(search: Search) -> list[str]:
    return [word.term for word in search.index.words(_text(search)) if word.term]


def _text(search: Search) -> str:
    return " ".join(_texts(search.reading.words.clauses))


def _texts(clauses: Iterable[Clause]) -> list[str]:
    """The texts that a query looks for; what it excludes and names of authors left out."""
    found: list[str] = []
    for clause in clauses:
        if clause.any_of:
            found += _texts(clause.any_of)
        elif clause.occur != "must_not" and clause.field != "author":
            found.append(clause.text)
    return found


def _margin(values: Floats, all_values: Floats) -> Floats:
    """How far each value lies above the middle of the ranking's tail, 1 for the best."""
    known = all_values[~np.isnan(all_values)]
    if not len(known):
        return np.full(len(values), np.nan)
    tail = np.sort(known)[::-1][TAIL]
    middle = float(np.median(tail)) if len(tail) else float(known.min())
    best = float(known.max())
    return (values - middle) / best if best > 0 else np.zeros(len(values))


def _spread(values: Floats) -> float:
    """How much the ranking's similarities differ: standard deviation of the first hundred."""
    known = np.sort(values[~np.isnan(values)])[::-1][:100]
    return float(known.std()) if len(known) else float("nan")


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
