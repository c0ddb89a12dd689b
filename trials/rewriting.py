"""Queries written anew: expansions alone and together, clarification, and follow-ups.

Rows 46, 47 and 48 without a language model: templates, feedback papers and their telling words
stand for its paraphrases; ``make`` functions for ``trials.ranking``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from broadsheet.evaluate import Field
from broadsheet.index import Clause, WordQuery
from broadsheet.search import Candidates
from broadsheet.search.fusion import DENSE_WEIGHT, fuse_scores
from trials.evidence import plain

Run = Callable[[str], Sequence[str]]
TEMPLATES = ("papers about {}", "a study of {}", "methods and results on {}")
DEPTH = 100
OFFERED = 5  # facets of a clarifying question


def _names(field: Field, ranking: Candidates) -> list[str]:
    return field.names(ranking.ids[:DEPTH].tolist())


def _search(field: Field, words: WordQuery, meaning: str) -> Candidates:
    """Both legs for words and meaning that may differ, plainly added."""
    if field.encoder is None:
        raise ValueError("this trial needs an encoder")
    vector = field.encoder.encode_queries([meaning])[0]
    found = Candidates.none().join(field.index.search_words(words, DEPTH), "lexical")
    found = found.join(field.index.search_vectors(vector, DEPTH), "dense")
    lexical = field.index.score_words(words, found.ids).astype(np.float64)
    dense = field.index.score_vectors(vector, found.ids).astype(np.float64)
    return fuse_scores(Candidates.of(found.ids, lexical, dense), DENSE_WEIGHT)


def _words_of(field: Field, work_id: int) -> Counter[str]:
    paper = field.documents.works[work_id].paper
    words = field.index.words(f"{paper.title} {paper.abstract or paper.summary}")
    return Counter(word.surface.lower() for word in words if word.term and len(word.surface) > 2)


def telling(field: Field, query: str, papers: int, count: int) -> list[tuple[str, float]]:
    """The words that tell the first papers of the plain ranking from the corpus, with weights
    that sum to 1: relevance model 3's (Abdul-Jaleel et al., TREC 2004), by score and idf."""
    ranking = plain(field.candidates(query), field, query)
    weights: Counter[str] = Counter()
    total = float(ranking.score[:papers].sum()) or 1.0
    for work_id, score in zip(
        ranking.ids[:papers].tolist(), ranking.score[:papers].tolist(), strict=True
    ):
        words = _words_of(field, work_id)
        length = sum(words.values()) or 1
        for word, uses in words.items():
            weights[word] += score / total * uses / length
    known = list(weights)
    terms = [found[0].term if (found := field.index.words(word)) else "" for word in known]
    rarity = np.log(field.index.size / np.maximum(field.index.frequencies(terms), 1))
    scored = {word: weights[word] * idf for word, idf in zip(known, rarity.tolist(), strict=True)}
    best = sorted(scored, key=lambda word: -scored[word])[:count]
    whole = sum(scored[word] for word in best) or 1.0
    return [(word, scored[word] / whole) for word in best]


def expanded(field: Field, *, papers: int = 10, count: int = 20, kept: float = 0.6) -> Run:
    """RM3: the query's words and, for the rest of the weight, those of its first papers."""

    def run(query: str) -> list[str]:
        length = max(1, len(query.split()))
        added = tuple(
            Clause(word, weight=(1 - kept) / kept * length * weight)
            for word, weight in telling(field, query, papers, count)
        )
        return _names(field, _search(field, WordQuery((Clause(query), *added)), query))

    return run


def single(field: Field, *, template: int = 0, papers: int = 0) -> Run:
    """One expansion: a template, or the query with its first papers' telling words."""

    def run(query: str) -> list[str]:
        meaning = TEMPLATES[template].format(query)
        if papers:
            meaning = f"{query} {' '.join(word for word, _ in telling(field, query, papers, 5))}"
        return _names(field, _search(field, WordQuery.of(query), meaning))

    return run


def ensemble(field: Field, *, feedback: bool = True) -> Run:
    """The rankings of the query, three templates and two feedback expansions, fused by rank."""

    def run(query: str) -> list[str]:
        texts = [query, *(template.format(query) for template in TEMPLATES)]
        if feedback:
            for papers in (3, 10):
                words = " ".join(word for word, _ in telling(field, query, papers, 5))
                texts.append(f"{query} {words}")
        scores: Counter[int] = Counter()
        for text in texts:
            ranking = _search(field, WordQuery.of(query), text)
            for rank, work_id in enumerate(ranking.ids[:DEPTH].tolist(), 1):
                scores[work_id] += 1 / (60 + rank)  # type: ignore[assignment]
        best = sorted(scores, key=lambda work_id: (-scores[work_id], work_id))
        return field.names(best[:DEPTH])

    return run


def clarified(field: Field, *, answered: bool = True) -> Run:
    """One question on every query: which of five words of its first papers is meant?

    ``answered``: a simulated reader picks the word that most relevant papers have, or none when
    fewer than half have any; otherwise the first word is taken without asking.
    """
    number = {work.paper.id: work_id for work_id, work in field.documents.works.items()}
    words_of = cache(lambda work_id: frozenset(_words_of(field, work_id)))
    asked = {text: query for query, text in field.collection.queries.items()}

    def run(query: str) -> list[str]:
        said = set(query.lower().split())
        offered = [word for word, _ in telling(field, query, 20, 20) if word not in said][:OFFERED]
        grades = field.collection.qrels[asked[query]]
        relevant = [number[name] for name, grade in grades.items() if grade > 0 and name in number]
        chosen = offered[0] if offered else ""
        if answered and offered and relevant:
            uses = {word: sum(word in words_of(one) for one in relevant) for word in offered}
            chosen = max(offered, key=lambda word: uses[word])
            chosen = chosen if uses[chosen] >= len(relevant) / 2 else ""
        text = f"{query} {chosen}".strip()
        return _names(field, _search(field, WordQuery.of(text), text))

    return run


def follow_up(field: Field, *, how: str = "raw", kept: int = 3) -> Run:
    """The second half of a query as a follow-up to the first: ``raw``, both ``concatenated``,
    or ``rewritten`` with the most telling words of the first."""

    def run(query: str) -> list[str]:
        words = query.split()
        first, second = " ".join(words[: len(words) // 2]), " ".join(words[len(words) // 2 :])
        text = second
        if how == "concatenated":
            text = query
        elif how == "rewritten":
            found = [word for word in field.index.words(first) if word.term]
            seen = field.index.frequencies([word.term for word in found])
            order = np.argsort(np.where(seen > 0, seen, field.index.size), kind="stable")[:kept]
            text = " ".join([*(found[at].surface for at in sorted(order.tolist())), second])
        return _names(field, _search(field, WordQuery.of(text), text))

    return run
