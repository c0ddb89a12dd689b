"""Systems that others use, written small, as baselines in the tables of `evaluate search`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from itertools import pairwise

import numpy as np
import tantivy
from numpy.typing import NDArray

from broadsheet.evaluate.field import DEPTH, Field
from broadsheet.papers import Paper

Rank = Callable[[str], Sequence[str]]
Terms = Callable[[str], list[str]]

# Lucene's English stop words (EnglishAnalyzer.ENGLISH_STOP_WORDS_SET).
STOP_WORDS = frozenset(
    [
        *("a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into"),
        *("is", "it", "no", "not", "of", "on", "or", "such", "that", "the", "their", "then"),
        *("there", "these", "they", "this", "to", "was", "will", "with"),
    ]
)
K1, B = 0.9, 0.4  # Anserini's
_WORD = re.compile(r"\b\w\w+\b")
_SANITY_WORD = re.compile(r"\b[a-zA-Z_][a-zA-Z0-9_]+\b")
_RRF_K, _DENSE_SHARE = 60, 0.7  # arxiv-search-kit's
_LEG = 200  # works of each leg that are fused


def _body(paper: Paper) -> str:
    return f"{paper.title} {paper.abstract or paper.summary}"


class Postings:
    """Terms with the documents that hold them, and how often; ``lengths`` are in terms."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        counts = [Counter(text) for text in texts]
        self.lengths = np.array([len(text) for text in texts], np.float64)
        places: dict[str, list[int]] = {}
        times: dict[str, list[int]] = {}
        for place, counted in enumerate(counts):
            for term, count in counted.items():
                places.setdefault(term, []).append(place)
                times.setdefault(term, []).append(count)
        self.places = {term: np.array(found, np.int64) for term, found in places.items()}
        self.times = {term: np.array(found, np.float64) for term, found in times.items()}

    def __len__(self) -> int:
        return len(self.lengths)


def bm25(field: Field) -> Rank:
    """BM25 in Lucene's variant over title and abstract (Kamphuis et al., ECIR 2020).

    Words of two characters or more without Lucene's stop words, by Snowball's English stemmer;
    idf is ln(1 + (N - n + .5) / (n + .5)); a repeated query word counts as often as it stands.
    """
    terms = _stemmed()
    postings = Postings([terms(_body(paper)) for paper in field.collection.documents])
    saturation = K1 * (1 - B + B * postings.lengths / postings.lengths.mean())
    total = len(postings)

    def impacts(term: str) -> NDArray[np.float64]:
        found, times = postings.places[term], postings.times[term]
        idf = np.log1p((total - len(found) + 0.5) / (len(found) + 0.5))
        return np.asarray(idf * times / (times + saturation[found]))

    weights = {term: impacts(term) for term in postings.places}
    return _by_terms(field, terms, postings, weights, lambda _term, count: count)


def _stemmed() -> Terms:
    stem = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )

    def terms(text: str) -> list[str]:
        words = (word for word in _WORD.findall(text.lower()) if word not in STOP_WORDS)
        return list(stem.analyze(" ".join(words)))

    return terms


def tfidf(field: Field) -> Rank:
    """The cosine of TF-IDF vectors as arxiv-sanity-lite makes them (compute.py).

    Single words and pairs, in 5 documents or more and a tenth of all at most, the 20,000 most
    frequent; 1 + ln tf, smoothed idf, unit length. Its list of stop words is Lucene's here;
    words in more than a tenth of the documents are out in any case.
    """
    postings = Postings(
        [_sanity_terms(_sanity_text(paper)) for paper in field.collection.documents]
    )
    total = len(postings)
    most = max(0.1 * total, 1)
    often = [
        (-float(times.sum()), term)
        for term, times in postings.times.items()
        if min(5, most) <= len(times) <= most
    ]
    kept = [term for _, term in sorted(often)[:20_000]]
    idf = {term: float(np.log((1 + total) / (1 + len(postings.places[term]))) + 1) for term in kept}
    weights = {term: (1 + np.log(postings.times[term])) * idf[term] for term in kept}
    norms = np.zeros(total)
    for term, weight in weights.items():
        norms[postings.places[term]] += weight**2
    norms = np.sqrt(norms)
    weights = {term: weight / norms[postings.places[term]] for term, weight in weights.items()}

    def asked(term: str, count: int) -> float:
        return float((1 + np.log(count)) * idf[term])

    return _by_terms(field, _sanity_terms, postings, weights, asked)


def _sanity_text(paper: Paper) -> str:
    return f"{_body(paper)} {' '.join(author.name for author in paper.authors)}"


def _sanity_terms(text: str) -> list[str]:
    words = [word for word in _SANITY_WORD.findall(text.lower()) if word not in STOP_WORDS]
    return words + [f"{one} {other}" for one, other in pairwise(words)]


def _by_terms(
    field: Field,
    terms: Terms,
    postings: Postings,
    weights: Mapping[str, NDArray[np.float64]],
    asked: Callable[[str, int], float],
) -> Rank:
    """Ranks by the sum over the query's terms of their weight in the document times ``asked``."""

    def rank(query: str) -> Sequence[str]:
        scores = np.zeros(len(postings))
        for term, count in Counter(terms(query)).items():
            if term in weights:
                scores[postings.places[term]] += weights[term] * asked(term, count)
        return _best(field, scores)

    return rank


def _best(field: Field, scores: NDArray[np.float64]) -> list[str]:
    """The documents with a score, best first; equal ones in the collection's order."""
    order = np.argsort(-scores, kind="stable")[:DEPTH]
    documents = field.collection.documents
    return [documents[place].id for place in order.tolist() if scores[place] > 0]


def count_search(field: Field) -> Rank:
    """arxiv-sanity-lite's search (serve.py, search_rank): substrings counted, no weights.

    For each word between spaces: 10 if the authors' names hold it, 20 if the title does, and up
    to 3 for its occurrences in the abstract.
    """
    papers = field.collection.documents
    names = [" ".join(author.name for author in paper.authors).lower() for paper in papers]
    titles = [paper.title.lower() for paper in papers]
    bodies = [(paper.abstract or paper.summary).lower() for paper in papers]
    known: dict[str, NDArray[np.float64]] = {}

    def scores(word: str) -> NDArray[np.float64]:
        if word not in known:
            found = [min(3, body.count(word)) for body in bodies]
            titled = [word in title for title in titles]
            named = [word in name for name in names]
            known[word] = np.array(found) + 20.0 * np.array(titled) + 10.0 * np.array(named)
        return known[word]

    def rank(query: str) -> Sequence[str]:
        total = np.zeros(len(papers))
        for word in query.lower().split():
            total += scores(word)
        return _best(field, total)

    return rank


def weighted_rrf(field: Field) -> Rank | None:
    """Reciprocal ranks of the product's own legs, weighted; None without an encoder."""
    if field.encoder is None:
        return None

    def rank(query: str) -> Sequence[str]:
        found = field.candidates(query)
        shares = np.zeros(len(found))
        for scores, weight in ((found.lexical, 1 - _DENSE_SHARE), (found.dense, _DENSE_SHARE)):
            order = np.lexsort((found.ids, -np.nan_to_num(scores)))[:_LEG]
            order = order[np.nan_to_num(scores[order]) > 0]
            shares[order] += weight / (_RRF_K + np.arange(1, len(order) + 1))
        return field.names(found.ids[np.lexsort((found.ids, -shares))[:DEPTH]].tolist())

    return rank


def shuffled(field: Field) -> Rank:
    """Documents in an order that depends on the query's text alone."""
    ids = np.array([paper.id for paper in field.collection.documents], dtype=object)

    def rank(query: str) -> Sequence[str]:
        seed = int.from_bytes(blake2b(query.encode(), digest_size=8).digest(), "big")
        return list(np.random.default_rng(seed).permutation(ids)[:DEPTH])

    return rank
