"""The words of an interest: how much each tells of it, and what it is called by them.

A word counts by the share of the liked papers that have it and by its inverse document
frequency (BM25's), squared: once for the liked papers, once for the paper that is ranked, which
is the cosine of TF-IDF vectors with the centroid of the liked ones (Rocchio 1971).
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from broadsheet.cache import Cache
from broadsheet.index import Clause, Index, WordQuery
from broadsheet.readers.taste.judged import Judged
from broadsheet.readers.taste.naming import (
    READ,
    KeyTerms,
    is_said,
    key_terms,
    named,
    without_addresses,
)
from broadsheet.text import Keyword

# Words of an interest that papers are scored by; more are slower and add nothing measurable.
_KEPT = 80
_MENTIONED = 400  # candidates whose document frequency is asked for
# A word of no more papers than this is somebody's name for something; it is worth less in a name.
_NAMES, _NAME_WORTH = 3, 0.3
_SATURATED = 2.2  # what BM25 gives a word that is repeated for ever: k1 + 1 of an idf
_PLAIN = re.compile(r"[^\W\d_][\w-]*[^\W_]", re.UNICODE)
_CACHED, _TEXTS = 50_000, 4_000  # terms, and texts, that are remembered
_SCORED = 4_000  # works whose score by an interest's words is remembered


@dataclass(frozen=True, slots=True)
class Term:
    """A word as mostly written, as the index knows it, and its weight in the interest."""

    surface: str
    term: str
    weight: float
    idf: float


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """The words of an interest, the heaviest first; the weights' squares add up to 1.

    ``name`` and ``shown`` tell of it to people; ranking looks at neither.
    """

    terms: tuple[Term, ...]
    name: str
    shown: tuple[str, ...] = ()

    @property
    def query(self) -> WordQuery:
        """They as a weighted query."""
        return WordQuery(tuple(Clause(t.surface, weight=t.weight) for t in self.terms))

    def first(self, most: int) -> WordQuery:
        """The heaviest of them as a weighted query."""
        return Terms(self.terms[:most], self.name, self.shown).query

    def telling(self, most: int) -> tuple[str, ...]:
        """The terms and words to be shown, those that stand for most papers first."""
        return self.shown[:most]

    @property
    def ceiling(self) -> float:
        """About the score of a paper that has all of them: what makes scores comparable."""
        return sum(t.weight * t.idf for t in self.terms) * _SATURATED / 2 or 1.0


class Vocabulary:
    """Document frequencies of one index, asked once; safe for threads."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._found: Cache[str, float] = Cache(_CACHED)
        self._words: Cache[str, tuple[tuple[str, str], ...]] = Cache(_TEXTS)
        self._telling: Cache[str, tuple[tuple[str, str, int], ...]] = Cache(_TEXTS)
        self._key_terms: Cache[str, tuple[Keyword, ...]] = Cache(_TEXTS)

    def words(self, text: str) -> tuple[tuple[str, str], ...]:
        """(surface, term) of the words of a text in order; the term of a stop word is ''."""
        known = self._words.get(text)
        if known is None:
            known = tuple((word.surface, word.term) for word in self._index.words(text))
            self._words.put(text, known)
        return known

    def telling(self, text: str) -> tuple[tuple[str, str, int], ...]:
        """(term, surface, how often) of the words of a text that are more than signs."""
        known = self._telling.get(text)
        if known is None:
            found = Counter(
                (term, surface if surface.isupper() else surface.lower())
                for surface, term in self.words(text)
                if term and len(term) > 1 and _PLAIN.fullmatch(surface)
            )
            known = tuple((term, surface, often) for (term, surface), often in found.items())
            self._telling.put(text, known)
        return known

    def row(self, text: str) -> str:
        """The terms of a text in order, a space around each; those of stop words are left out."""
        return f" {' '.join(term for _, term in self.words(text) if term)} "

    def rarity(self, row: str) -> float:
        """How telling terms in a row are, above 0: the root of their mean inverse document
        frequency. Words that hardly any other paper has are a name, and tell of one paper."""
        found = self.idf(row.split())
        name = math.log(max(2.0, self._index.size / _NAMES))
        telling = math.sqrt(max(0.01, sum(found) / max(1, len(found))))
        return telling * (_NAME_WORTH if max(found, default=0.0) > name else 1.0)

    def key_terms(self, title: str, text: str) -> tuple[Keyword, ...]:
        """The key terms of a paper."""
        name = f"{title}\n{text}"
        known = self._key_terms.get(name)
        if known is None:
            known = key_terms(title, text)
            self._key_terms.put(name, known)
        return known

    def idf(self, terms: Sequence[str]) -> list[float]:
        """The inverse document frequencies of terms, as BM25 has them; at least 0."""
        generation = self._index.generation
        found = self._found.found(terms, generation)
        missing = [term for term in dict.fromkeys(terms) if term not in found]
        if missing:
            papers = max(1, self._index.size)
            counts = self._index.frequencies(missing)
            for term, count in zip(missing, counts.tolist(), strict=True):
                found[term] = math.log(1 + max(0.0, papers - count + 0.5) / (count + 0.5))
                self._found.put(term, found[term], generation)
        return [found[term] for term in terms]


def terms_of(liked: Judged, vocabulary: Vocabulary) -> Terms:
    """The words of the liked papers of an interest; none when they have no text."""
    counted: defaultdict[str, float] = defaultdict(float)  # weight of the papers that have it
    titled: defaultdict[str, float] = defaultdict(float)
    surfaces: defaultdict[str, Counter[str]] = defaultdict(Counter)
    total = float(liked.weights.sum()) or 1.0
    for row in range(len(liked)):
        title = _telling(vocabulary, liked.titles[row], surfaces)
        body = _telling(vocabulary, liked.texts[row], surfaces)
        weight = float(liked.weights[row]) / total
        for term in title | body:
            counted[term] += weight
        for term in title:
            titled[term] += weight
    likely = sorted(counted, key=lambda t: (-counted[t] - titled[t], t))[:_MENTIONED]
    found = []
    for term, idf in zip(likely, vocabulary.idf(likely), strict=True):
        written = surfaces[term]
        surface = min(written, key=lambda s: (-written[s], s))
        found.append(Term(surface, term, counted[term] * idf, idf))
    found.sort(key=lambda t: (-t.weight * t.idf, t.term))
    kept = found[:_KEPT]
    length = math.sqrt(sum(t.weight**2 for t in kept)) or 1.0
    kept = [Term(t.surface, t.term, t.weight / length, t.idf) for t in kept]
    papers = [
        KeyTerms(weight, vocabulary.key_terms(title, text), vocabulary.row(f"{title} . {text}"))
        for weight, title, text in zip(
            liked.weights[:READ].tolist(), liked.titles, liked.texts, strict=False
        )
    ]
    name, shown = named(
        papers,
        lambda enough: _title_words(kept, liked, vocabulary, enough),
        vocabulary.row,
        vocabulary.rarity,
    )
    return Terms(tuple(kept), name, shown)


def _telling(
    vocabulary: Vocabulary, text: str, surfaces: defaultdict[str, Counter[str]]
) -> set[str]:
    """The terms of a text that are words; how each is written is counted."""
    terms = set()
    for term, surface, often in vocabulary.telling(text):
        surfaces[term][surface] += often
        terms.add(term)
    return terms


def _title_words(
    kept: Sequence[Term], liked: Judged, vocabulary: Vocabulary, enough: int
) -> tuple[str, ...]:
    """Words, and pairs of words, of at least so many of the titles, the best first."""
    titled = Counter(
        term
        for title in liked.titles
        for term in {term for term, _, _ in vocabulary.telling(without_addresses(title))}
    )
    weight = {
        t.term: t.weight * t.idf * titled[t.term]
        for t in kept
        if titled[t.term] >= enough and is_said(t.surface)
    }
    surface = {t.term: t.surface for t in kept}
    for first, second in _pairs(liked, vocabulary, enough):
        if first in weight and second in weight:
            weight[f"{first} {second}"] = weight[first] + weight[second]
            surface[f"{first} {second}"] = f"{surface[first]} {surface[second]}"
    chosen: list[str] = []
    used: set[str] = set()
    for term in sorted(weight, key=lambda t: (-weight[t], t)):
        parts = set(term.split(" "))
        if parts.isdisjoint(used):
            chosen.append(surface[term])
            used |= parts
    return tuple(chosen)


def _pairs(liked: Judged, vocabulary: Vocabulary, enough: int) -> Iterable[tuple[str, str]]:
    """Words that stand side by side in the titles of several papers."""
    counted: Counter[tuple[str, str]] = Counter()
    for title in liked.titles:
        terms = [term for _, term in vocabulary.words(title)]
        counted.update({(a, b) for a, b in pairwise(terms) if a and b})
    return [pair for pair, count in counted.most_common() if count >= max(2, enough)]


class WordScores:
    """How much of the words of an interest works have, each asked of one index state once.

    A query of so many words costs the same for ten papers as for a thousand: what is asked for
    a second time is remembered. Safe for threads (last writer wins).
    """

    def __init__(self, index: Index, terms: Terms) -> None:
        self._index = index
        self._terms = terms
        self._ids = np.empty(0, np.int64)
        self._scores = np.empty(0, np.float32)

    def of(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """About 0 to 1 for each, (m,)."""
        if not self._terms.terms or not len(ids):
            return np.zeros(len(ids), np.float32)
        known, scores = self._ids, self._scores
        missing = np.setdiff1d(ids, known)
        if len(missing):
            found = self._index.score_words(self._terms.query, missing)
            known = np.concatenate([known, missing])
            scores = np.concatenate([scores, found / np.float32(self._terms.ceiling)])
            order = np.argsort(known)
            known, scores = known[order], scores[order]
            if len(known) <= _SCORED:
                self._ids, self._scores = known, scores
        return scores[np.searchsorted(known, ids)]
