"""Why a paper was found: what each leg gave, and what each word of the query gave."""

from __future__ import annotations

import math

import numpy as np

from broadsheet.index import Clause, Index, WordQuery
from broadsheet.search.candidates import Candidates
from broadsheet.search.pipeline import Search, Stage
from broadsheet.search.reading import Reading
from broadsheet.search.results import Explanation

MOST_WORDS = 40  # words of one query that are told apart


def explain() -> Stage:
    """Says for each work on the page what carried it."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        if not search.request.explain or not len(ranking):
            return ranking
        asked = asked_words(search.reading, search.index)
        # One search a word for the whole page is far cheaper than one a word and a work.
        given = [search.index.score_words(query, ranking.ids) for _, query in asked]
        for place, work_id in enumerate(ranking.ids.tolist()):
            words = {
                name: float(scores[place]) for (name, _), scores in zip(asked, given, strict=True)
            }
            search.explanations[work_id] = Explanation(
                lexical=_known(ranking.lexical[place]),
                dense=_known(ranking.dense[place]),
                shares={
                    "lexical": float(ranking.lexical_share[place]),
                    "dense": float(ranking.dense_share[place]),
                },
                words={name: value for name, value in words.items() if value > 0},
                missing=tuple(name for name, value in words.items() if not value > 0),
            )
        return ranking

    return Stage("explain", run)


def asked_words(reading: Reading, index: Index) -> list[tuple[str, WordQuery]]:
    """The words and phrases a query looks for, as written, each with the query for it alone.

    A word that is repeated, or that the index takes for the same term, is one, as often as it
    stands there. Stop words are not among them.
    """
    surfaces: dict[str, list[str]] = {}
    phrases: list[tuple[str, WordQuery]] = []
    for clause in _looked_for(reading.words.clauses):
        if clause.phrase or clause.field != "text":
            phrases.append((_name(clause), WordQuery((clause,))))
            continue
        for word in index.words(clause.text):
            if word.term:
                surfaces.setdefault(word.term, []).append(word.surface)
    words = [(group[0], WordQuery.of(" ".join(group))) for group in surfaces.values()]
    return (phrases + words)[:MOST_WORDS]


def _looked_for(clauses: tuple[Clause, ...]) -> list[Clause]:
    found: list[Clause] = []
    for clause in clauses:
        if clause.any_of:
            found += _looked_for(clause.any_of)
        elif clause.occur != "must_not":
            found.append(clause)
    return found


def _name(clause: Clause) -> str:
    text = f"“{clause.text}”" if clause.phrase else clause.text
    return text if clause.field == "text" else f"{clause.field}:{text}"


def _known(value: np.float64) -> float | None:
    return None if math.isnan(value) else float(value)
