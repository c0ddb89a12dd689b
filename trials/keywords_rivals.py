"""Keyword extractors that the product's one is measured against, as `trials.keywords` names them.

Each takes title and abstract and gives terms, the best first. Nouns and adjectives are told by
the product's table, so that no rival lacks a tagger.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import cache
from itertools import combinations

import networkx as nx
import numpy as np
import yake
from numpy.typing import NDArray

from broadsheet.text.reading import prepare
from broadsheet.text.terms.background import Background, background
from broadsheet.text.terms.phrases import Run, runs
from broadsheet.text.terms.stopping import FUNCTION

Extractor = Callable[[str, str], list[str]]


@cache
def _yake(longest: int, window: int, dedup: float) -> yake.KeywordExtractor:
    return yake.KeywordExtractor(lan="en", n=longest, windowsSize=window, dedupLim=dedup, top=30)


def yake_(longest: int = 3, window: int = 1, dedup: float = 0.9) -> Extractor:
    """YAKE (Campos and others 2020), the authors' package with its own defaults."""
    extractor = _yake(longest, window, dedup)
    return lambda title, abstract: [
        term for term, _ in extractor.extract_keywords(f"{title}. {abstract}".lstrip(". "))
    ]


def _all_runs(title: str, abstract: str, table: Background) -> list[Run]:
    document = prepare(title, abstract)
    return [*runs(document.title_tokens, table), *runs(document.tokens, table)]


def textrank(window: int = 2, kept: float = 1 / 3, damping: float = 0.85) -> Extractor:
    """TextRank (Mihalcea and Tarau 2004): PageRank over nouns and adjectives side by side.

    The best third of the words is kept; those that stand together become one term, scored by
    the sum of its words.
    """

    def extract(title: str, abstract: str) -> list[str]:
        found = _all_runs(title, abstract, background())
        graph = nx.Graph()
        document = prepare(title, abstract)
        lowers = [t.text.lower() for t in (*document.title_tokens, *document.tokens)]
        content = {word for run in found for _, word, _ in run}
        graph.add_nodes_from(sorted(content))
        for place, word in enumerate(lowers):
            for other in lowers[place + 1 : place + window]:
                if word in content and other in content and word != other:
                    graph.add_edge(word, other)
        if not graph:
            return []
        rank = nx.pagerank(graph, alpha=damping)
        best = sorted(rank, key=lambda w: (-rank[w], w))
        chosen = set(best[: max(1, math.ceil(len(best) * kept))])
        scores: dict[str, float] = {}
        for run in found:
            together: list[tuple[str, str, int]] = []
            for word in [*run, ("", "", 0)]:
                if word[1] in chosen:
                    together.append(word)
                elif together:
                    term = " ".join(text for text, _, _ in together)
                    scores[term] = sum(rank[lower] for _, lower, _ in together)
                    together = []
        return sorted(scores, key=lambda t: (-scores[t], t))

    return extract


def singlerank(window: int = 10, damping: float = 0.85) -> Extractor:
    """SingleRank (Wan and Xiao 2008): as TextRank, but edges count, in a window of ten words.

    Every run of nouns and adjectives is a term, scored by the sum of its words.
    """

    def extract(title: str, abstract: str) -> list[str]:
        found = _all_runs(title, abstract, background())
        document = prepare(title, abstract)
        lowers = [t.text.lower() for t in (*document.title_tokens, *document.tokens)]
        content = {word for run in found for _, word, _ in run}
        pairs: Counter[tuple[str, str]] = Counter()
        for place, word in enumerate(lowers):
            for other in lowers[place + 1 : place + window]:
                if word in content and other in content and word != other:
                    pairs[min(word, other), max(word, other)] += 1
        graph = nx.Graph()
        graph.add_nodes_from(sorted(content))
        graph.add_weighted_edges_from((a, b, n) for (a, b), n in sorted(pairs.items()))
        if not graph:
            return []
        return _runs_by(nx.pagerank(graph, alpha=damping), found)

    return extract


def _runs_by(weight: dict[str, float], found: Sequence[Run]) -> list[str]:
    scores = {
        " ".join(text for text, _, _ in run): sum(weight.get(lower, 0.0) for _, lower, _ in run)
        for run in found
    }
    return sorted(scores, key=lambda t: (-scores[t], t))


_CENTRALITIES: dict[str, Callable[[nx.Graph], dict[str, float]]] = {
    "degree": nx.degree_centrality,
    "betweenness": nx.betweenness_centrality,
    "closeness": nx.closeness_centrality,
    "eigenvector": nx.eigenvector_centrality_numpy,
    "pagerank": nx.pagerank,
    "clustering": nx.clustering,
    "eccentricity": nx.eccentricity,
    "holes": nx.constraint,
}
_CLASS_WEIGHT = {"N": 1.0, "B": 1.0, "V": 0.5, "A": 0.35}


def frake(overlap: float = 0.4, patterns: int = 200, *, runs_of_nouns: bool = False) -> Extractor:
    """FRAKE (Zehtab-Salmasi and others 2021): centralities times features of the text.

    Word score: centralities of the graph of words at most two apart, weighed by the loadings of
    their first principal component, times (case + sentences + frequency + class / position).
    Phrases are sets of words that recur in sentences; one that overlaps a heavier one by more
    than ``overlap`` is dropped, and the first 4 stand before the words.
    """

    def extract(title: str, abstract: str) -> list[str]:
        document = prepare(title, abstract)
        sentences = [[t.text for t in document.title_tokens]] if title else []
        sentences += [
            [t.text for t in document.tokens[a:b]]
            for a, b in zip(document.firsts, document.firsts[1:], strict=False)
        ]
        lines = [
            [w for w in line if w.isalpha() and w.lower() not in FUNCTION] for line in sentences
        ]
        tokens = [word for line in lines for word in line]
        lowers = [word.lower() for word in tokens]
        if len(set(lowers)) < 4:
            return list(dict.fromkeys(tokens))
        score = _word_scores(tokens, lowers, [[w.lower() for w in line] for line in lines])
        if runs_of_nouns:
            return _runs_by(score, _all_runs(title, abstract, background()))
        phrases = _patterns(lines, overlap, patterns)
        weights = {
            " ".join(phrase): sum(score.get(word.lower(), 0.0) for word in phrase)
            for phrase in phrases
        }
        first = sorted(weights, key=lambda p: (-weights[p], p))[: int(overlap * 10)]
        merged = {**{p: weights[p] for p in first}, **score}
        return sorted(merged, key=lambda t: (-merged[t], t))

    return extract


def _word_scores(tokens: list[str], lowers: list[str], lines: list[list[str]]) -> dict[str, float]:
    graph = nx.Graph()
    graph.add_nodes_from(dict.fromkeys(lowers))
    for place in range(len(lowers) - 2):
        graph.add_edge(lowers[place], lowers[place + 1])
        graph.add_edge(lowers[place], lowers[place + 2])
    # Eccentricity is of connected graphs only; the last word may stand alone.
    graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    largest = graph.subgraph(max(nx.connected_components(graph), key=len))
    names = list(largest.nodes)
    columns = []
    for measure in _CENTRALITIES.values():
        values = measure(largest)
        columns.append([values[name] for name in names])
    matrix: NDArray[np.float64] = np.nan_to_num(np.array(columns).T)
    spread = matrix.std(axis=0)
    standard = (matrix - matrix.mean(axis=0)) / np.where(spread > 0, spread, 1)
    loadings = np.abs(np.linalg.svd(standard, full_matrices=False)[2][0])
    reach = np.ptp(matrix, axis=0)
    central = ((matrix - matrix.min(axis=0)) / np.where(reach > 0, reach, 1)) @ loadings
    counted = Counter(lowers)
    mean = len(lowers) / len(counted)
    table = background()
    score = {}
    for name, value in zip(names, central.tolist(), strict=True):
        places = [n for n, word in enumerate(lowers) if word == name]
        cased = sum(tokens[n][0].isupper() for n in places) / (1 + math.log(len(places)))
        spread_out = sum(name in line for line in lines) / len(lines)
        kind = _CLASS_WEIGHT.get(table.kind(name), 0.25)
        position = math.log(math.log(3 + sum(places) / len(places)))
        score[name] = value * (cased + spread_out + counted[name] / mean + 1 + kind / position)
    return score


def _patterns(lines: Sequence[Sequence[str]], overlap: float, most: int) -> list[tuple[str, ...]]:
    """Sets of words that recur in sentences, by the highest support that gives more than seven."""
    chosen: list[tuple[str, ...]] = []
    for support in range(6, 1, -1):
        found = _frequent(lines, support)[:most]
        counts = Counter(word for line in lines for word in line)
        weight = {items: sum(counts[word] for word in items) for items in found}
        chosen = []
        for items in sorted(found, key=lambda i: (-weight[i], i)):
            if all(_overlap(items, other, counts) <= overlap for other in chosen):
                chosen.append(items)
        if len(chosen) > 7:
            break
    return chosen


def _frequent(lines: Sequence[Sequence[str]], support: int) -> list[tuple[str, ...]]:
    """Sets of two to four words that stand in ``support`` sentences, in the order of the text."""
    order: dict[str, int] = {}
    for line in lines:
        for word in line:
            order.setdefault(word, len(order))
    holders: defaultdict[str, set[int]] = defaultdict(set)
    for number, line in enumerate(lines):
        for word in line:
            holders[word].add(number)
    kept = sorted((w for w, where in holders.items() if len(where) >= support), key=order.get)  # type: ignore[arg-type]
    found: list[tuple[str, ...]] = []
    level = {(word,): holders[word] for word in kept}
    for _ in range(3):
        grown = {}
        for (one, where), (other, there) in combinations(level.items(), 2):
            if one[:-1] == other[:-1] and len(where & there) >= support:
                grown[(*one, other[-1])] = where & there
        found += list(grown)
        level = grown
        if len(found) > 2_000:
            break
    return found


def _overlap(one: tuple[str, ...], other: tuple[str, ...], counts: Counter[str]) -> float:
    shared = sum(counts[word] for word in one if word in other)
    both = sum(counts[word] for word in (*one, *other))
    return shared / (both - shared)
