"""The words of an interest: how much each tells of it, and what it is called by them.

A word counts by the share of the liked papers that have it and by its inverse document
frequency (BM25's), squared: once for the liked papers, once for the paper that is ranked, which
is the cosine of TF-IDF vectors with the centroid of the liked ones (Rocchio 1971).
"""

from __future__ import annotations

import math
import re
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from broadsheet.index import Clause, Index, WordQuery
from broadsheet.readers.taste.judged import Judged

# Words of an interest that papers are scored by; more are slower and add nothing measurable.
_KEPT = 80
_MENTIONED = 400  # candidates whose document frequency is asked for
_SATURATED = 2.2  # what BM25 gives a word that is repeated for ever: k1 + 1 of an idf
_PLAIN = re.compile(r"[^\W\d_][\w-]*[^\W_]", re.UNICODE)
_CACHED = 50_000
_SCORED = 4_000  # works whose score by an interest's words is remembered

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Term:
    """A word as mostly written, as the index knows it, and its weight in the interest."""

    surface: str
    term: str
    weight: float
    idf: float
    papers: int


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """The words of an interest, the heaviest first; the weights' squares add up to 1."""

    terms: tuple[Term, ...]
    name: str

    @property
    def query(self) -> WordQuery:
        """They as a weighted query."""
        return WordQuery(tuple(Clause(t.surface, weight=t.weight) for t in self.terms))

    def first(self, most: int) -> WordQuery:
        """The heaviest of them as a weighted query."""
        return Terms(self.terms[:most], self.name).query

    def telling(self, most: int) -> tuple[str, ...]:
        """The words to be shown, those of several papers first."""
        ordered = sorted(self.terms, key=lambda t: t.papers < 2)
        return tuple(term.surface for term in ordered[:most])

    @property
    def ceiling(self) -> float:
        """About the score of a paper that has all of them: what makes scores comparable."""
        return sum(t.weight * t.idf for t in self.terms) * _SATURATED / 2 or 1.0


class Vocabulary:
    """Document frequencies of one index, asked once; safe for threads (last writer wins)."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._state = ""
        self._found: OrderedDict[str, float] = OrderedDict()
        self._words: OrderedDict[str, tuple[tuple[str, str], ...]] = OrderedDict()
        self._telling: OrderedDict[str, tuple[tuple[str, str, int], ...]] = OrderedDict()

    def words(self, text: str) -> tuple[tuple[str, str], ...]:
        """(surface, term) of the words of a text in order; the term of a stop word is ''."""
        known = self._words.get(text)
        if known is None:
            known = tuple((word.surface, word.term) for word in self._index.words(text))
            _remember(self._words, text, known, 4_000)
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
            _remember(self._telling, text, known, 4_000)
        return known

    def idf(self, terms: Sequence[str]) -> list[float]:
        """The inverse document frequencies of terms, as BM25 has them; at least 0."""
        if self._state != self._index.generation:
            self._found.clear()
            self._state = self._index.generation
        missing = [term for term in dict.fromkeys(terms) if term not in self._found]
        if missing:
            papers = max(1, self._index.size)
            counts = self._index.frequencies(missing)
            for term, count in zip(missing, counts.tolist(), strict=True):
                known = math.log(1 + max(0.0, papers - count + 0.5) / (count + 0.5))
                _remember(self._found, term, known, _CACHED)
        return [self._found[term] for term in terms]


def _remember(store: OrderedDict[str, V], key: str, value: V, limit: int) -> None:
    store[key] = value
    while len(store) > limit:
        store.popitem(last=False)


def terms_of(liked: Judged, vocabulary: Vocabulary) -> Terms:
    """The words of the liked papers of an interest; none when they have no text."""
    counted: defaultdict[str, float] = defaultdict(float)  # weight of the papers that have it
    titled: defaultdict[str, float] = defaultdict(float)
    holders: Counter[str] = Counter()
    surfaces: defaultdict[str, Counter[str]] = defaultdict(Counter)
    total = float(liked.weights.sum()) or 1.0
    for row in range(len(liked)):
        title = _telling(vocabulary, liked.titles[row], surfaces)
        body = _telling(vocabulary, liked.texts[row], surfaces)
        weight = float(liked.weights[row]) / total
        for term in title | body:
            counted[term] += weight
            holders[term] += 1
        for term in title:
            titled[term] += weight
    likely = sorted(counted, key=lambda t: (-counted[t] - titled[t], t))[:_MENTIONED]
    found = []
    for term, idf in zip(likely, vocabulary.idf(likely), strict=True):
        written = surfaces[term]
        surface = min(written, key=lambda s: (-written[s], s))
        found.append(Term(surface, term, counted[term] * idf, idf, holders[term]))
    found.sort(key=lambda t: (-t.weight * t.idf, t.term))
    kept = found[:_KEPT]
    length = math.sqrt(sum(t.weight**2 for t in kept)) or 1.0
    kept = [Term(t.surface, t.term, t.weight / length, t.idf, t.papers) for t in kept]
    return Terms(tuple(kept), _named(kept, titled, liked, vocabulary))


def _telling(
    vocabulary: Vocabulary, text: str, surfaces: defaultdict[str, Counter[str]]
) -> set[str]:
    """The terms of a text that are words; how each is written is counted."""
    terms = set()
    for term, surface, often in vocabulary.telling(text):
        surfaces[term][surface] += often
        terms.add(term)
    return terms


def _named(
    kept: Sequence[Term], titled: Mapping[str, float], liked: Judged, vocabulary: Vocabulary
) -> str:
    """Three words or pairs of words that stand in titles of several of the papers."""
    enough = 2 if len(liked) > 2 else 1
    weight = {
        t.term: t.weight * t.idf * (1 + titled.get(t.term, 0.0)) for t in kept if t.papers >= enough
    }
    weight = weight or {t.term: t.weight * t.idf for t in kept}
    surface = {t.term: t.surface for t in kept}
    chosen: list[str] = []
    used: set[str] = set()
    for first, second in _pairs(liked, vocabulary, enough):
        if first in weight and second in weight:
            weight[f"{first} {second}"] = weight[first] + weight[second]
            surface[f"{first} {second}"] = f"{surface[first]} {surface[second]}"
    for term in sorted(weight, key=lambda t: (-weight[t], t)):
        parts = set(term.split(" "))
        if parts & used:
            continue
        chosen.append(surface[term])
        used |= parts
        if len(chosen) == 3:
            break
    return ", ".join(chosen)


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
