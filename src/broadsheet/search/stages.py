"""The stages a search is made of."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from broadsheet.index import Clause, Filters, WordQuery
from broadsheet.search import coverage, fusion
from broadsheet.search.candidates import Candidates
from broadsheet.search.diversity import SAME_MEANING, near_titles
from broadsheet.search.pipeline import Search, Stage
from broadsheet.search.results import Leg

if TYPE_CHECKING:
    from broadsheet.catalog import Work

# Candidates of each leg: nDCG@10 of five collections is the same to four digits with 50, 100,
# 200 and 400 once scores are completed (32,000 papers), and 200 cost a millisecond or two more
# than 100 at 265,000. Deeper pages look deeper.
DEPTH = 100
NEARLY = 0.5  # of the best score: what is sorted by date
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
        if search.ahead is not None and search.ahead.depth == wanted:
            found = search.ahead.found.result()
        else:
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
        if not _scored(ranking):
            return ranking
        weight = coverage.dense_weight(search) if dense_weight is None else dense_weight
        return fusion.fuse_scores(ranking, weight)

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
            if search.ahead is not None:
                matching = search.ahead.count.result()
            else:
                matching = index.count_words(reading.words, search.filters)
            search.total = max(matching, len(ranking))
        elif reading.parts:
            search.total = index.count(search.filters)
        return ranking

    return Stage("count", run)


def tally() -> Stage:
    """Counts the years, categories, sources and kinds of links of all that matches."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        reading = search.reading
        if search.request.facets and (reading.looks_for_words or reading.parts):
            search.facets = search.index.tally(reading.words, search.filters)
        return ranking

    return Stage("facets", run)


def sort() -> Stage:
    """On request, puts the newest of the relevant first: those with half of the best score,
    and no fewer than the page reaches."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        if search.request.sort != "newest" or len(ranking) < 2 or not _scored(ranking):
            return ranking
        score = ranking.score
        kept = max(int(np.count_nonzero(score >= NEARLY * score[0])), search.last)
        ids = ranking.ids[:kept]
        newest = search.index.newest(Filters(only=ids), len(ids))
        place = {work_id: at for at, work_id in enumerate(newest.tolist())}
        order = sorted(range(len(ids)), key=lambda at: place.get(int(ids[at]), len(ids)))
        search.notes.append(f"Newest first among the {len(ids)} most relevant.")
        return ranking.take(np.array([*order, *range(len(ids), len(ranking))], np.intp))

    return Stage("sort", run)


def collapse() -> Stage:
    """Keeps the best of works that are the same paper twice, as far as the page reaches."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        ids = ranking.ids.tolist()
        seen = _Seen()
        kept: list[int] = []
        looked = 0
        # The catalog is asked for the page alone, and for more only where some are left out.
        while len(kept) < search.last and looked < len(ids):
            asked = ids[looked : looked + search.last - len(kept)]
            works = search.library.get_many(asked)
            vectors = search.vectors(ranking.ids)[looked : looked + len(asked)]
            for place, work_id in enumerate(asked, looked):
                work = works.get(work_id)  # none: gone since it was filed
                if work is not None and seen.is_first(work, vectors[place - looked]):
                    kept.append(place)
            looked += len(asked)
        if len(kept) == looked:
            return ranking
        return ranking.take(np.array([*kept, *range(looked, len(ids))], np.intp))

    return Stage("collapse", run)


class _Seen:
    """The works of a page so far."""

    def __init__(self) -> None:
        self._titles: dict[str, list[Work]] = {}
        self._works: list[Work] = []
        self._vectors: list[NDArray[np.float32]] = []

    def is_first(self, work: Work, vector: NDArray[np.float32]) -> bool:
        """Whether a work is none of those seen; it is one of them from now on."""
        alike = self._titles.setdefault(_folded(work.paper.title), [])
        first = not any(same_paper(work, other) for other in alike)
        if first and len(vector) and self._vectors:
            near = np.stack(self._vectors) @ vector >= SAME_MEANING
            first = not any(
                _nearly_same(work, self._works[place]) for place in np.flatnonzero(near).tolist()
            )
        alike.append(work)
        if len(vector):
            self._works.append(work)
            self._vectors.append(vector)
        return first


def _nearly_same(one: Work, other: Work) -> bool:
    """Whether two works that mean the same have the same words in their titles, abstracts that
    tell more than a title, and an author in common."""
    names, others = ({_folded(a.name) for a in work.paper.authors} for work in (one, other))
    told = bool(names & others and one.paper.abstract and other.paper.abstract)
    return told and near_titles(one.paper.title, other.paper.title)


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
