"""The product's extractor with other weights, and re-rankings of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from broadsheet.evaluate.keywords import Keyed, stemmed
from broadsheet.text.reading import prepare
from broadsheet.text.terms.background import background
from broadsheet.text.terms.extracting import Candidate, candidates, surface

Extractor = Callable[[str, str], list[str]]
Floats = NDArray[np.float64]


def _ordered(found: Sequence[Candidate], values: Sequence[float] | Floats) -> list[str]:
    order = sorted(range(len(found)), key=lambda n: (-values[n], found[n].key))
    return [surface(found[n]) for n in order]


def ours(
    whole: float = 1.0,
    several: float = 1.0,
    titled: float = 0.5,
    keyness: float = 0.5,
    late: float = 0.3,
    often: float = 0.5,
    long: float = 0.3,
) -> Extractor:
    """The product's formula; the arguments are its weights, 0 leaves a part out."""

    def score(c: Candidate) -> float:
        size = len(c.words)
        total = keyness * c.keyness + whole * (c.whole / c.count if c.count else 0.0)
        total += several * (size > 1) + titled * c.titled - long * (size > 3)
        if c.count:
            total += often * math.log(c.count) - late * math.log1p(c.first / 10)
        return total

    def extract(title: str, abstract: str) -> list[str]:
        found = candidates(prepare(title, abstract))
        return _ordered(found, [score(c) for c in found])

    return extract


def features(c: Candidate) -> list[float]:
    """Features of a candidate for learned rankers: heuristic, of specificity, of the document."""
    known = c.known
    size = len(c.words)
    return [
        math.log(max(c.count, 1)),
        c.whole / c.count if c.count else 0.0,
        math.log1p(c.first / 10),
        *(float(size == n) for n in (1, 2, 3, 4, 5)),
        c.keyness,
        c.weakest,
        known.share if known else -18.0,
        known.titled if known else 0.05,
        known.whole if known else 0.5,
        float(known is not None),
        float(bool(c.title)),
        float(c.titled),
        float(any("-" in word for word in c.words)),
        float(surface(c)[:1].isupper()),
        c.keyness * (size == 1),
    ]


def keyness(
    texts: Sequence[Keyed], seed: int, *, members: int = 5, network: bool = False
) -> Extractor:
    """Keyness patterns (row 5): rankers of labelled sets, each learned on a bootstrap sample.

    ``network``: small neural networks in place of logistic regressions. The paper has two
    convolutional networks; what is kept of it is the three kinds of features and the sampling.
    """
    random = np.random.default_rng(seed)
    rows: list[tuple[list[list[float]], list[bool]]] = []
    for item in texts:
        wanted = {stemmed(key) for key in item.keys}
        found = candidates(prepare(item.title, item.abstract))
        rows.append(([features(c) for c in found], [stemmed(surface(c)) in wanted for c in found]))
    models: list[Pipeline] = []
    for member in range(members):
        drawn = [rows[n] for n in random.integers(0, len(rows), len(rows))]
        x = np.array([row for given, _ in drawn for row in given])
        y = np.array([value for _, given in drawn for value in given])
        if network:
            last = MLPClassifier((24,), max_iter=30, random_state=seed * 100 + member)
        else:
            last = LogisticRegression(max_iter=500)
        models.append(make_pipeline(StandardScaler(), last).fit(x, y))

    def extract(title: str, abstract: str) -> list[str]:
        found = candidates(prepare(title, abstract))
        if not found:
            return []
        x = np.array([features(c) for c in found])
        return _ordered(found, np.mean([m.predict_proba(x)[:, 1] for m in models], axis=0))

    return extract


def semantic(
    texts: Sequence[Keyed],
    seed: int,
    *,
    base: str = "ours",
    dimensions: int = 80,
    alike: float = 0.3,
    seeds: int = 8,
    weight: float = 1.0,
) -> Extractor:
    """SemRe-Rank (row 1): the base's scores times what a personalised PageRank gives their words.

    A graph of a text's words, joined where their vectors (positive PMI in windows of the given
    texts, SVD) have a cosine above ``alike``; the walk starts from the words of the base's first
    ``seeds`` terms. Texts without keys would do: no key is looked at.
    """
    vectors, place = _word_vectors(texts, dimensions, seed)

    def extract(title: str, abstract: str) -> list[str]:
        found = candidates(prepare(title, abstract))
        if not found:
            return []
        scores = np.array([_base(c, base) for c in found])
        scores = (scores - scores.min()) / max(float(np.ptp(scores)), 1e-9)
        words = sorted({word for c in found for word in c.words})
        rows = [place.get(word, -1) for word in words]
        own = np.array([vectors[row] if row >= 0 else np.zeros(dimensions) for row in rows])
        edges = own @ own.T
        np.fill_diagonal(edges, 0.0)
        edges = np.where(edges >= alike, edges, 0.0)
        start = np.zeros(len(words))
        number = {word: n for n, word in enumerate(words)}
        for n in np.argsort(-scores, kind="stable")[:seeds]:
            for word in found[int(n)].words:
                start[number[word]] += 1
        rank = _walked(edges, start / start.sum())
        rank /= max(float(rank.max()), 1e-9)
        gain = [float(np.mean([rank[number[word]] for word in c.words])) for c in found]
        return _ordered(found, scores * (1 + weight * np.array(gain)))

    return extract


def _base(c: Candidate, name: str) -> float:
    if name == "ours":
        return c.score
    table = background()
    rarity = [-(known.share if (known := table.words.get(w)) else table.unknown) for w in c.words]
    return (c.count + bool(c.title)) * float(np.mean(rarity))  # tf-idf


def _walked(edges: Floats, start: Floats, damping: float = 0.85) -> Floats:
    total = edges.sum(axis=0)
    moves = edges / np.where(total > 0, total, 1.0)
    rank = start.copy()
    for _ in range(40):
        rank = (1 - damping) * start + damping * (moves @ rank + start * rank[total == 0].sum())
    return rank


def _word_vectors(
    texts: Sequence[Keyed], dimensions: int, seed: int, window: int = 5
) -> tuple[Floats, dict[str, int]]:
    from collections import Counter

    from sklearn.utils.extmath import randomized_svd

    lines = [[t.text.lower() for t in prepare("", item.text).tokens] for item in texts]
    counted = Counter(word for line in lines for word in line if word.isalpha())
    words = [word for word, count in counted.most_common(6_000) if count > 2]
    place = {word: n for n, word in enumerate(words)}
    pairs: Counter[tuple[int, int]] = Counter()
    for line in lines:
        known = [place[word] for word in line if word in place]
        for n, one in enumerate(known):
            for other in known[n + 1 : n + window]:
                pairs[one, other] += 1
                pairs[other, one] += 1
    matrix = np.zeros((len(words), len(words)), np.float32)
    for (one, other), count in pairs.items():
        matrix[one, other] = count
    sums = matrix.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        pmi = np.log(matrix * sums.sum() / np.outer(sums, sums))
    positive = np.nan_to_num(np.maximum(pmi, 0.0), posinf=0.0, neginf=0.0)
    u, s, _ = randomized_svd(positive, dimensions, random_state=seed)
    vectors = np.asarray(u * np.sqrt(s), np.float64)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), place
