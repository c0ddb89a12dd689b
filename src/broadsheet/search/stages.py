"""The stages a search is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from broadsheet.index import Clause, Filters, WordQuery
from broadsheet.search import coverage, fusion
from broadsheet.search.candidates import Candidates
from broadsheet.search.pipeline import Search, Stage
from broadsheet.search.results import Leg

NEARLY = 0.5  # of the best score: what is sorted by date
FEWEST_DATED = 10  # works that are sorted by date, where so many were found


def require() -> Stage:
    """Gives up requirements that no work at all meets, and says so."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        given_up = [
            clause
            for clause in search.reading.required
            if not search.index.count_words(WordQuery((clause,)))
        ]
        if not given_up:
            return ranking
        clauses = [
            replace(clause, occur="should", field="text", phrase=False, prefix=False)
            if clause in given_up and not clause.any_of
            else clause
            for clause in search.reading.words.clauses
            if not (clause in given_up and clause.any_of)
        ]
        clauses += [Clause(member.text) for clause in given_up for member in clause.any_of]
        search.reading = replace(search.reading, words=WordQuery(tuple(clauses)))
        for clause in given_up:
            search.notes.append(f"No paper here has {_said(clause)}; it is searched as words.")
        return ranking

    return Stage("require", run)


def _said(clause: Clause) -> str:
    if clause.any_of:
        return " or ".join(dict.fromkeys(map(_said, clause.any_of)))
    where = " in its title" if clause.field == "title" else ""
    return f"“{clause.text}{'*' * clause.prefix}”{where}"


def words() -> Stage:
    """Adds the best works by the query's words."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        if search.ahead is not None and search.ahead.depth == search.depth:
            found = search.ahead.found.result()
        else:
            found = search.index.search_words(search.reading.words, search.depth, search.filters)
        search.gathered(len(found.ids), search.depth)
        return ranking.join(found, "lexical")

    return Stage("words", run, "gathers")


def encode() -> Stage:
    """Turns the query into a vector."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        if search.vector is None and search.encode is not None and search.reading.meaning:
            search.vector = search.encode(search.reading.meaning)
        return ranking

    return Stage("encode", run)


def meaning(depth: int | None = None) -> Stage:
    """Adds the works nearest in meaning, those left aside that the query's words forbid.

    Every work is near or far in meaning, so beside words only the ``depth`` nearest are found by
    it, however deep the page: the list is to end. None goes as deep as the round.
    """

    def run(search: Search, ranking: Candidates) -> Candidates:
        if search.vector is None:
            return ranking
        asked = search.reading.required or search.reading.excluded
        wanted = (depth or search.depth) * (2 if asked else 1)
        found = search.index.search_vectors(search.vector, wanted, search.filters)
        if depth is None:
            search.gathered(len(found.ids), wanted)
        kept = permitted(search, found.ids)
        return ranking.join(replace(found, ids=found.ids[kept], scores=found.scores[kept]), "dense")

    return Stage("meaning", run, "gathers")


def permitted(search: Search, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the works the required and excluded words of the query permit, shape (n,)."""
    kept = np.ones(len(ids), np.bool_)
    reading, score = search.reading, search.index.score_words
    if reading.required and len(ids):
        kept &= score(WordQuery(reading.required), ids) > 0
    if reading.excluded and len(ids):
        kept &= ~(score(_any_of(reading.excluded), ids) > 0)
    return kept


def _permitted_count(search: Search) -> int:
    """How many works filters and required and excluded words permit."""
    index, reading, filters = search.index, search.reading, search.filters
    if reading.required:
        return index.count_words(WordQuery((*reading.required, *reading.excluded)), filters)
    excluded = index.count_words(_any_of(reading.excluded), filters) if reading.excluded else 0
    return index.count(filters) - excluded


def _any_of(clauses: Sequence[Clause]) -> WordQuery:
    """Works that have what one of the clauses says."""
    wanted = tuple(replace(clause, occur="should") for clause in clauses)
    return WordQuery((Clause(occur="must", any_of=wanted),))


def newest() -> Stage:
    """For a query that names nothing to look for: all that its filters let through, newest
    first."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        if search.reading.looks_for_words or len(ranking) or not search.reading.parts:
            return ranking
        ids = search.index.newest(search.filters, search.depth)
        search.gathered(len(ids), search.depth)
        nothing = np.full(len(ids), np.nan)
        return Candidates.of(ids, nothing, nothing)

    return Stage("newest", run, "gathers")


def complete() -> Stage:
    """Looks up the scores that one leg has and the other did not find."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        lexical, dense = ranking.lexical.copy(), ranking.dense.copy()
        missing = np.isnan(lexical)
        if missing.any() and search.reading.looks_for_words:
            lexical[missing] = search.index.score_words(search.reading.words, ranking.ids[missing])
        if np.isnan(dense).any() and search.vector is not None:
            vectors = search.vectors(ranking.ids)  # which later stages want too
            if vectors.size:
                unit = search.vector / np.linalg.norm(search.vector)
                dense = (vectors @ unit).astype(np.float64)
        return replace(ranking, lexical=lexical, dense=dense)

    return Stage("complete", run)


def add_scores(dense_weight: float | None = None) -> Stage:
    """Adds the scaled scores of both legs; by default weighed as query and corpus want it."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        if not ranking.scored:
            return ranking
        weight = coverage.dense_weight(search) if dense_weight is None else dense_weight
        return fusion.fuse_scores(ranking, weight)

    return Stage("fuse", run)


def add_ranks(k: int = fusion.RRF_K) -> Stage:
    """Adds the reciprocal ranks of both legs."""

    def run(_search: Search, ranking: Candidates) -> Candidates:
        return fusion.fuse_ranks(ranking, k) if ranking.scored else ranking

    return Stage("fuse", run)


def only(leg: Leg) -> Stage:
    """Orders by one leg."""

    def run(_search: Search, ranking: Candidates) -> Candidates:
        return fusion.one_leg(ranking, leg) if ranking.scored else ranking

    return Stage("fuse", run)


def count(*, by_meaning: bool = False) -> Stage:
    """Counts the works that match: those that have the words, and those that were found by their
    meaning alone; ``by_meaning`` counts all that can be near or far."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        index, reading = search.index, search.reading
        if search.settled.looked:  # counted in the first round, for the pages of all
            return ranking
        if reading.looks_for_words and not by_meaning:
            if search.ahead is not None:
                matching = search.ahead.count.result()
            else:
                matching = index.count_words(reading.words, search.filters)
            search.total = matching + _without_words(search, ranking)
        elif reading.looks_for_words or reading.parts:
            search.total = _permitted_count(search)
        return ranking

    return Stage("count", run)


def _without_words(search: Search, ranking: Candidates) -> int:
    """How many candidates have none of the query's words."""
    lexical = ranking.lexical.copy()
    unknown = np.isnan(lexical)
    if unknown.any():
        lexical[unknown] = search.index.score_words(search.reading.words, ranking.ids[unknown])
    return int((lexical <= 0).sum())


def tally() -> Stage:
    """Counts the years, categories, sources and kinds of links of all that matches."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        reading = search.reading
        if search.request.facets and (reading.looks_for_words or reading.parts):
            search.facets = search.index.tally(reading.words, search.filters)
        return ranking

    return Stage("facets", run)


def sort() -> Stage:
    """On request, puts the newest of the relevant first: those with half of the best score, and
    no fewer than `FEWEST_DATED`."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        if search.request.sort != "newest" or len(ranking) < 2 or not ranking.scored:
            return ranking
        if search.settled.looked:  # in the first round; what comes behind is less relevant
            return ranking
        score = ranking.score
        kept = max(int(np.count_nonzero(score >= NEARLY * score[0])), FEWEST_DATED)
        search.sure = max(search.sure, kept)
        ids = ranking.ids[:kept]
        newest = search.index.newest(Filters(only=ids), len(ids))
        place = {work_id: at for at, work_id in enumerate(newest.tolist())}
        order = sorted(range(len(ids)), key=lambda at: place.get(int(ids[at]), len(ids)))
        search.notes.append(f"Newest first among the {len(ids)} most relevant.")
        return ranking.take(np.array([*order, *range(len(ids), len(ranking))], np.intp))

    return Stage("sort", run)


def page() -> Stage:
    """Cuts out what was asked for."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        return ranking.take(np.arange(len(ranking))[search.request.offset : search.last])

    return Stage("page", run)
