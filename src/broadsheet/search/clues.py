"""What a ranking says of how relevant each hit is, on scales that any query and corpus share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from broadsheet.index import Clause, WordQuery
from broadsheet.search import degrees
from broadsheet.search.candidates import Candidates, Floats
from broadsheet.search.coverage import FEWEST, MOST
from broadsheet.search.evidence import as_written, rarity
from broadsheet.search.names import called
from broadsheet.search.pipeline import Search

TOP = 10  # hits that tell what the query's best looks like
TAIL = slice(50, 100)  # ranks that tell what chance looks like
MOST_TERMS = 20  # distinct terms of one query that are looked up in each hit, the rarest first
CHANCE = 0.1  # cosine of a paper on something else, where too few candidates tell it
_SHARPNESS = 12.0
_WORD = re.compile(r"[^\W_]+")
_K1 = 1.2  # of the index's BM25: a term can add its idf k1 + 1 times


def clues(search: Search, ranking: Candidates, count: int) -> dict[str, Floats]:
    """By name what tells the first ``count`` works of a ranking apart, each of shape (count,).

    They do not depend on how the ranking was fused. Of a hit: ``attained``: BM25 as a share of
    what the query's own words could add at most. ``covered``: the share of the query's words in the
    paper, weighed by inverse document frequency; a word that no paper has weighs most.
    ``cosine``: as it is. ``meant``: that share where a word the paper has not counts by its own
    cosine to the paper, and ``weakest`` the least that any word counts; 0 unless the query is
    ``short``. ``lexical_margin`` and ``dense_margin``: how far above the ranking's
    tail, in shares of its best. ``share``: of what the first ten hits have of cosine and
    coverage together. ``lead``: cosine above the mean of the other nine. ``rank``: its
    logarithm. The others are the query's, and told in `_of_query`.

    What depends on the meaning is nan without it, of a hit without a vector too.
    """
    ranking = _known(search, ranking)
    shown = ranking.take(np.arange(min(max(count, TOP), len(ranking))))
    written = [word for word in search.index.words(_text(search)) if word.term]
    terms = Counter(word.term for word in written)
    idf = rarity(search.index, list(terms))
    attainable = float(idf @ np.array(list(terms.values()), np.float64)) * (_K1 + 1)
    words = np.nan_to_num(ranking.lexical)
    lexical = words[: len(shown)]
    looked_up = _LookedUp.of(search, shown, as_written(written), idf)
    found = {
        "attained": lexical / attainable if attainable else np.zeros(len(shown)),
        "covered": looked_up.has @ looked_up.weights,
        "cosine": shown.dense,
    }
    tails = {"lexical": _Tail.of(words, 0.0), "dense": _Tail.of(ranking.dense, CHANCE)}
    found["lexical_margin"] = tails["lexical"].margin(lexical)
    found["dense_margin"] = tails["dense"].margin(shown.dense)
    found["rank"] = np.log1p(np.arange(len(shown), dtype=np.float64))
    both = np.exp(_SHARPNESS * (np.nan_to_num(shown.dense) + 0.5 * found["covered"]))
    whole = float(both[:TOP].sum())
    found["share"] = both / whole
    others = _mean(shown.dense[:TOP]) * min(TOP, len(shown)) - shown.dense
    found["lead"] = shown.dense - others / max(1, min(TOP, len(shown)) - 1)
    found["meant"], found["weakest"] = looked_up.supported(search, shown)
    told = _of_query({name: values[:TOP] for name, values in found.items()}, tails)
    told |= {"terms": np.log1p(len(terms)), "alone": float(len(terms) == 1)}
    told["short"] = float(looked_up.short and search.vector is not None)
    known = {name: values[:count] for name, values in found.items()}
    shown_count = min(count, len(shown))
    return known | {name: np.full(shown_count, value) for name, value in told.items()}


def _of_query(first: Mapping[str, Floats], tails: Mapping[str, _Tail]) -> dict[str, float]:
    """What the first ten hits and the tails tell of the query.

    ``best_`` means over the three highest (of ``best_both``, cosine times coverage, the
    highest; ``next_both`` means over the three after it), ``usual_`` over the ten. ``spread``:
    standard deviation of the best hundred cosines. ``depth``: the hundredth of them. ``tenth``
    and ``second``: how far BM25 falls to there, in shares of its best. ``near_``: logarithm of
    how many candidates lie in the upper fifth between tail and best.
    """
    both = np.sort(first["cosine"] * first["covered"])  # nan sorts last
    both = both[~np.isnan(both)][::-1]
    means = ("attained", "covered", "cosine", "meant", "weakest")
    told = {f"best_{name}": _best(first[name]) for name in means}
    words, meaning = tails["lexical"], tails["dense"]
    return told | {
        "most_covered": float(first["covered"].max(initial=0.0)),
        "usual_covered": _mean(first["covered"]),
        "usual_cosine": _mean(first["cosine"]),
        "usual_meant": _mean(first["meant"]),
        "best_both": float(both[0]) if len(both) else float("nan"),
        "next_both": _mean(both[1:4]) if len(both) > 1 else (0.0 if len(both) else float("nan")),
        "best_lexical_margin": float(first["lexical_margin"].max(initial=0.0)),
        "spread": float(meaning.sorted[:100].std()) if len(meaning.sorted) else float("nan"),
        "depth": meaning.at(99),
        "tenth": words.at(9) / words.best if words.best > 0 else 0.0,
        "second": words.at(1) / words.best if words.best > 0 else 0.0,
        "near_words": words.near(),
        "near_meaning": meaning.near(),
    }


@dataclass(frozen=True, slots=True, eq=False)
class _Tail:
    """A leg's scores of all candidates, ``sorted`` from the best, and the ``middle`` of those at
    the ranks that chance fills; of a shorter ranking what chance gives, if none is lower."""

    sorted: Floats
    middle: float

    @classmethod
    def of(cls, values: Floats, chance: float) -> _Tail:
        known = np.sort(values[~np.isnan(values)])[::-1]
        tail = known[TAIL]
        if len(tail):
            return cls(known, float(np.median(tail)))
        return cls(known, min(float(known[-1]), chance) if len(known) else float("nan"))

    @property
    def best(self) -> float:
        return float(self.sorted[0]) if len(self.sorted) else float("nan")

    def at(self, place: int) -> float:
        """The score at a place, the middle of the tail where the ranking is shorter."""
        return float(self.sorted[place]) if place < len(self.sorted) else self.middle

    def margin(self, values: Floats) -> Floats:
        """How far each value lies above the tail, in shares of the best; nan without any."""
        if not len(self.sorted):
            return np.full(len(values), np.nan)
        return (values - self.middle) / self.best if self.best > 0 else np.zeros(len(values))

    def near(self) -> float:
        if not len(self.sorted):
            return float("nan")
        least = self.middle + 0.8 * (self.best - self.middle)
        return float(np.log1p((self.sorted >= least).sum()))


def _known(search: Search, shown: Candidates) -> Candidates:
    """These with the scores that a leg which did not find them would have given.

    By words they are those of the query's own: with another form's beside them a score could be
    more than all that was asked for can add.
    """
    lexical, dense = shown.lexical.copy(), shown.dense.copy()
    missing = np.isnan(lexical) | bool(search.reading.forms)
    if missing.any():
        lexical[missing] = _attained(search, shown.ids[missing])
    missing = np.isnan(dense)
    if missing.any() and search.vector is not None:
        dense[missing] = search.index.score_vectors(search.vector, shown.ids[missing])
    return replace(shown, lexical=lexical, dense=dense)


def _attained(search: Search, ids: NDArray[np.int64]) -> Floats:
    """The scores of works by the query's own words, shape (n,); an "aim" adds nothing to papers
    that do not write the AIME that is asked for."""
    asked = search.reading.asked
    capitals = search.reading.capitals.items()
    if not capitals or not len(ids):
        return search.index.score_words(WordQuery(asked), ids).astype(np.float64)
    index, scores = search.index, np.zeros(len(ids))
    # Few papers write one: all of them are found faster than those among the candidates.
    writers = [index.search_words(WordQuery((one,)), index.size).ids for _, one in capitals]
    lacking = ~np.stack([np.isin(ids, found) for found in writers], axis=1)
    for kind in np.unique(lacking, axis=0):
        words = {word for (word, _), lacks in zip(capitals, kind, strict=True) if lacks}
        rest = tuple(_without(clause, words) if clause.is_plain else clause for clause in asked)
        alike = (lacking == kind).all(axis=1)
        scores[alike] = index.score_words(WordQuery(rest), ids[alike])
    return scores


def _without(clause: Clause, words: Collection[str]) -> Clause:
    kept = _WORD.sub(lambda match: " " if match[0].lower() in words else match[0], clause.text)
    return replace(clause, text=kept)


@dataclass(frozen=True, slots=True, eq=False)
class _LookedUp:
    """The rarest of a query's words: their ``surfaces``, their ``weights`` by inverse document
    frequency, which add up to 1, and which work ``has`` which, be it in another form or as the
    name of an author; shape (works, words)."""

    surfaces: tuple[str, ...]
    weights: Floats
    has: NDArray[np.bool_]

    @classmethod
    def of(
        cls, search: Search, shown: Candidates, words: Mapping[str, str], idf: Floats
    ) -> _LookedUp:
        """``words`` are as they were written, by term, and ``idf`` (words,) is theirs."""
        if not words or not len(shown):
            return cls((), np.zeros(0), np.zeros((len(shown), 0), np.bool_))
        idf = idf * degrees.weights(list(words.values()))
        rarest = np.argsort(-idf, kind="stable")[:MOST_TERMS]
        terms = list(words)
        surfaces = tuple(words[terms[place]] for place in rarest)
        capitals = search.reading.capitals
        clauses = [capitals.get(surface, Clause(surface)) for surface in surfaces]
        forms = search.reading.forms
        together = [one for one in search.reading.asked if one.phrase and one.occur == "should"]
        wanted = [*clauses, *together, *(form.clause for form in forms)]
        has = search.matches(wanted, shown.ids, shown.ids)
        first, last = len(clauses), len(clauses) + len(together)
        has, side_by_side, other = has[:, :first].copy(), has[:, first:last], has[:, last:]
        for at, clause in enumerate(together):  # a "p" somewhere is none of "p-value"
            of_it = {word.term for word in search.index.words(clause.text)}
            has[:, [terms[place] in of_it for place in rarest]] &= side_by_side[:, [at]]
        for at, form in enumerate(forms):
            stood_for = {word.term for word in search.index.words(form.given)}
            has[:, [terms[place] in stood_for for place in rarest]] |= other[:, [at]]
        has |= called(search.index, surfaces, shown.ids)
        # Of "EEG OR MEG" every hit has one, and so lacks neither; of "transform*" a word begun so.
        needed = (clause for clause in search.reading.required if clause.prefix or clause.any_of)
        met = {word.term for text in _texts(needed) for word in search.index.words(text)}
        has[:, [terms[place] in met for place in rarest]] = True
        weights = idf[rarest]
        return cls(surfaces, weights / weights.sum(), has)

    @property
    def short(self) -> bool:
        """Whether it is so few words that each is meant."""
        return FEWEST <= len(self.surfaces) <= MOST

    def supported(self, search: Search, shown: Candidates) -> tuple[Floats, Floats]:
        """The clues ``meant`` and ``weakest`` of each work, shape (works,) each."""
        nothing = np.zeros(len(shown))
        if not self.short or search.vector is None or not len(shown):
            return nothing, nothing
        vectors = search.vectors(shown.ids)
        if not vectors.size:  # of an index without meaning
            return nothing, nothing
        cosines = vectors @ search.encode_words(self.surfaces).T
        near = np.where(self.has, 1.0, np.maximum(np.nan_to_num(cosines), 0.0))
        return near @ self.weights, near.min(1)


def _text(search: Search) -> str:
    return " ".join(_texts(search.reading.asked))


def _texts(clauses: Iterable[Clause]) -> list[str]:
    """The texts that a query looks for; what it excludes and names of authors left out."""
    found: list[str] = []
    for clause in clauses:
        if clause.occur == "must_not" or clause.field == "author":
            continue
        if clause.any_of:
            found += _texts(clause.any_of)
        else:
            found.append(clause.text)
    return found


def _best(values: Floats) -> float:
    """The mean of the three highest."""
    return _mean(np.sort(values[~np.isnan(values)])[-3:])


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
