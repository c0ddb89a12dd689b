"""The stages a search is made of."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from broadsheet.index import Clause, WordQuery
from broadsheet.search import fusion
from broadsheet.search.candidates import Candidates
from broadsheet.search.pipeline import Search, Stage
from broadsheet.search.results import Leg

if TYPE_CHECKING:
    from broadsheet.catalog import Work

# Candidates of each leg: nDCG@10 of five collections is the same to four digits with 50, 100,
# 200 and 400 once scores are completed (32,000 papers), and 200 cost a millisecond or two more
# than 100 at 265,000. Deeper pages look deeper.
DEPTH = 100
_SHORT_TITLE = 16  # characters; "Introduction" names no work


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
            replace(clause, occur="should", field="text", phrase=False)
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
        return " or ".join(_said(member) for member in clause.any_of)
    where = " in its title" if clause.field == "title" else ""
    return f"“{clause.text}”{where}"


def words(depth: int = DEPTH) -> Stage:
    """Adds the best works by the query's words."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        wanted = max(depth, 2 * search.last)
        found = search.index.search_words(search.reading.words, wanted, search.filters)
        return ranking.join(found, "lexical")

    return Stage("words", run)


def encode() -> Stage:
    """Turns the query into a vector."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        if search.vector is None and search.encode is not None and search.reading.meaning:
            search.vector = search.encode(search.reading.meaning)
        return ranking

    return Stage("encode", run)


def meaning(depth: int = DEPTH) -> Stage:
    """Adds the works nearest in meaning, those left aside that the query's words forbid."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        if search.vector is None:
            return ranking
        asked = search.reading.required or search.reading.excluded
        wanted = max(depth, 2 * search.last) * (2 if asked else 1)
        found = search.index.search_vectors(search.vector, wanted, search.filters)
        kept = permitted(search, found.ids)
        return ranking.join(replace(found, ids=found.ids[kept], scores=found.scores[kept]), "dense")

    return Stage("meaning", run)


def permitted(search: Search, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the works the required and excluded words of the query permit, shape (n,)."""
    kept = np.ones(len(ids), np.bool_)
    reading, score = search.reading, search.index.score_words
    if reading.required and len(ids):
        kept &= score(WordQuery(reading.required), ids) > 0
    if reading.excluded and len(ids):
        unwanted = tuple(replace(clause, occur="should") for clause in reading.excluded)
        group = Clause(occur="must", any_of=unwanted)
        kept &= ~(score(WordQuery((group,)), ids) > 0)
    return kept


def newest() -> Stage:
    """For a query that names nothing to look for: all that its filters let through, newest
    first."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        if search.reading.looks_for_words or len(ranking) or not search.reading.parts:
            return ranking
        wanted = 2 * search.last + (DEPTH if search.reading.excluded else 0)
        ids = search.index.newest(search.filters, wanted)
        ids = ids[permitted(search, ids)]
        nothing = np.full(len(ids), np.nan)
        return Candidates.of(ids, nothing, nothing)

    return Stage("newest", run)


def complete() -> Stage:
    """Looks up the scores that one leg has and the other did not find."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        lexical, dense = ranking.lexical.copy(), ranking.dense.copy()
        missing = np.isnan(lexical)
        if missing.any() and search.reading.looks_for_words:
            lexical[missing] = search.index.score_words(search.reading.words, ranking.ids[missing])
        missing = np.isnan(dense)
        if missing.any() and search.vector is not None:
            dense[missing] = search.index.score_vectors(search.vector, ranking.ids[missing])
        return replace(ranking, lexical=lexical, dense=dense)

    return Stage("complete", run)


def add_scores(dense_weight: float = fusion.DENSE_WEIGHT) -> Stage:
    """Adds the scaled scores of both legs."""

    def run(_search: Search, ranking: Candidates) -> Candidates:
        return fusion.fuse_scores(ranking, dense_weight) if _scored(ranking) else ranking

    return Stage("fuse", run)


def add_ranks(k: int = fusion.RRF_K) -> Stage:
    """Adds the reciprocal ranks of both legs."""

    def run(_search: Search, ranking: Candidates) -> Candidates:
        return fusion.fuse_ranks(ranking, k) if _scored(ranking) else ranking

    return Stage("fuse", run)


def only(leg: Leg) -> Stage:
    """Orders by one leg."""

    def run(_search: Search, ranking: Candidates) -> Candidates:
        return fusion.one_leg(ranking, leg) if _scored(ranking) else ranking

    return Stage("fuse", run)


def _scored(ranking: Candidates) -> bool:
    """False for a list by date, whose order is not one of scores."""
    return not (np.isnan(ranking.lexical).all() and np.isnan(ranking.dense).all())


def count() -> Stage:
    """Counts the works that match."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        index, reading = search.index, search.reading
        if reading.looks_for_words:
            search.total = max(index.count_words(reading.words, search.filters), len(ranking))
        elif reading.parts:
            search.total = index.count(search.filters)
        return ranking

    return Stage("count", run)


def collapse() -> Stage:
    """Keeps the best of works that are the same paper twice, as far as the page reaches."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        ids = ranking.ids.tolist()
        seen: dict[str, list[Work]] = {}
        kept: list[int] = []
        looked = 0
        # The catalog is asked for the page alone, and for more only where some are left out.
        while len(kept) < search.last and looked < len(ids):
            asked = ids[looked : looked + search.last - len(kept)]
            works = search.library.get_many(asked)
            for place, work_id in enumerate(asked, looked):
                work = works.get(work_id)  # none: gone since it was filed
                if work is not None and _is_first(work, seen):
                    kept.append(place)
            looked += len(asked)
        if len(kept) == looked:
            return ranking
        return ranking.take(np.array([*kept, *range(looked, len(ids))], np.intp))

    return Stage("collapse", run)


def _is_first(work: Work, seen: dict[str, list[Work]]) -> bool:
    alike = seen.setdefault(_folded(work.paper.title), [])
    alike.append(work)
    return not any(same_paper(work, other) for other in alike[:-1])


def same_paper(one: Work, other: Work) -> bool:
    """Whether two works of one title are surely one paper.

    They have the same authors or, where none are known, the same abstract.
    """
    names, others = (
        {_folded(author.name) for author in work.paper.authors} for work in (one, other)
    )
    if names and others:
        return names == others and len(one.paper.title) >= _SHORT_TITLE
    return bool(one.paper.abstract) and one.paper.abstract == other.paper.abstract


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in text if character.isalnum())


def page() -> Stage:
    """Cuts out what was asked for."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        return ranking.take(np.arange(len(ranking))[search.request.offset : search.last])

    return Stage("page", run)
