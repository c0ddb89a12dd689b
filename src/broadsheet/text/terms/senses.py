"""The senses of a term: groups of its papers that speak of different things by one name.

Each paper of a term is the words around it (tf-idf, the words of its own phrase most). Groups
start from the commonest phrases that have the term in them ("importance score", "diffusion
score"), or from spherical k-means in the first dimensions of the papers' likeness. They are joined
while two are nearly as alike as each is within: what is left apart is ambiguous. Most terms are
not.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from broadsheet.text.reading.values import Document, Token
from broadsheet.text.terms.background import Background, background
from broadsheet.text.terms.keys import key_of
from broadsheet.text.terms.phrases import Run, runs, trimmed
from broadsheet.text.terms.stopping import PLAIN, VAGUE
from broadsheet.text.terms.trends import log_likelihood

Floats = NDArray[np.float64]

MOST_READ = 400  # papers of a term that senses are told by
_LEAST_PAPERS = 8
_GROUPS = 4
_DIMENSIONS = 24
_SETTLING = 3  # times that all papers are shared out among seeded groups
_SEEDS = 6  # phrases with the term in them that groups may start from
_OWN = 3.0  # what the words of the term's own phrase weigh, against others
_SMALLEST = 0.06  # share of the papers that a sense has at least, and three of them
# Likeness across by that within, above which two groups are one sense; those that start from
# phrases are closer from the start.
_APART, _SEEDED_APART = 0.35, 0.45
_ROUNDS = 30
_VOCABULARY = 4_000


@dataclass(frozen=True, slots=True)
class Sense:
    """One meaning of a term.

    ``name`` is a phrase with the term in it where the papers have one ("diffusion score"), else
    its two most telling terms; ``terms`` are the keys of more of them; ``papers`` the places of
    its papers in what was given.
    """

    name: str
    terms: tuple[str, ...]
    papers: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Context:
    weights: dict[str, float]
    phrases: tuple[str, ...]  # keys of the phrases around
    own: tuple[str, ...]  # keys of phrases with the term in them


def senses(
    key: str,
    papers: Sequence[Document],
    vectors: NDArray[np.floating] | None = None,
    *,
    apart: float | None = None,
) -> tuple[Sense, ...]:
    """The senses of a term, the one with most papers first; none where it has only one.

    ``papers`` have the term; the first 400 are looked at. ``vectors`` (papers, dimensions) add
    the likeness of whole papers to that of the words; ``apart`` (0 to 1) replaces the limit above
    which two groups are one sense. Deterministic; about 1 s for 400 papers.
    """
    read = papers[:MOST_READ]
    if len(read) < _LEAST_PAPERS:
        return ()
    table = background()
    contexts = [_context(key, paper, table) for paper in read]
    alike = _likeness(contexts)
    if vectors is not None:
        alike = (alike + _centred(np.asarray(vectors[: len(read)], np.float64))) / 2
    begun = _seeded(contexts)
    if begun is None:
        begun, least_apart = _grouped(alike), _APART
    else:
        least_apart = _SEEDED_APART
        for _ in range(_SETTLING):
            begun = _settled(alike, begun, np.unique(begun[begun >= 0]).tolist())
    groups = _joined(alike, begun, least_apart if apart is None else apart)
    least = max(3, math.ceil(_SMALLEST * len(read)))
    sizes = Counter(groups.tolist())
    kept = sorted((g for g, n in sizes.items() if n >= least), key=lambda g: (-sizes[g], g))
    if len(kept) < 2:
        return ()
    groups = _settled(alike, groups, kept)
    return tuple(_named(key, group, groups, contexts) for group in kept)


def _context(key: str, paper: Document, table: Background) -> _Context:
    weights: defaultdict[str, float] = defaultdict(float)
    phrases: list[str] = []
    own: list[str] = []
    words = set(key.split())
    parts: tuple[Sequence[Token], ...] = (paper.title_tokens, paper.tokens)
    for tokens in parts:
        for run in runs(tokens, table):
            phrase = _phrase(run, table)
            inside = words <= {key_of(part) for part in phrase.split()} | set(phrase.split())
            (own if inside and phrase != key else phrases).append(phrase)
            for _, lower, _ in run:
                word = key_of(lower)
                if word in words or word in PLAIN or lower in VAGUE:
                    continue
                weights[word] += _OWN if inside else 1.0
    scaled = {word: (1 + math.log(count)) * _rarity(word, table) for word, count in weights.items()}
    return _Context(scaled, tuple(dict.fromkeys(phrases)), tuple(dict.fromkeys(own)))


def _phrase(run: Run, table: Background) -> str:
    return key_of(" ".join(text for text, _, _ in trimmed(run, table)))


def _rarity(word: str, table: Background) -> float:
    known = table.words.get(word)
    return -(known.share if known is not None else table.unknown)


def _likeness(contexts: Sequence[_Context]) -> Floats:
    """Cosines of the papers' words: shape (papers, papers)."""
    frequency = Counter(word for context in contexts for word in context.weights)
    words = [word for word, count in frequency.most_common(_VOCABULARY) if count > 1]
    column = {word: place for place, word in enumerate(words)}
    matrix = np.zeros((len(contexts), max(1, len(words))))
    for row, context in enumerate(contexts):
        for word, weight in context.weights.items():
            place = column.get(word)
            if place is not None:
                matrix[row, place] = weight
    matrix /= np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)
    return np.asarray(matrix @ matrix.T, np.float64)


def _centred(vectors: Floats) -> Floats:
    moved = vectors - vectors.mean(axis=0)
    moved /= np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)
    return np.asarray(np.maximum(moved @ moved.T, 0.0), np.float64)


def _seeded(contexts: Sequence[_Context]) -> NDArray[np.int64] | None:
    """Papers by the commonest phrase that they have the term in, -1 for none of the common ones.

    None where fewer than two phrases are common.
    """
    counted = Counter(phrase for context in contexts for phrase in context.own)
    least = max(3, math.ceil(_SMALLEST / 2 * len(contexts)))
    common = [phrase for phrase, count in counted.most_common(_SEEDS) if count >= least]
    if len(common) < 2:
        return None
    place = {phrase: number for number, phrase in enumerate(common)}
    return np.array(
        [min((place[p] for p in context.own if p in place), default=-1) for context in contexts],
        np.int64,
    )


def _grouped(alike: Floats) -> NDArray[np.int64]:
    """Spherical k-means in the leading dimensions; starts from papers that are far apart."""
    values, axes = np.linalg.eigh(alike)
    kept = min(_DIMENSIONS, len(alike) - 1)
    points = axes[:, -kept:] * np.sqrt(np.maximum(values[-kept:], 0.0))
    points /= np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-9)
    count = min(_GROUPS, max(2, len(points) // 4))
    first = int(np.argmax(alike.sum(axis=1)))
    centres = [points[first]]
    for _ in range(count - 1):
        nearest = np.max(points @ np.array(centres).T, axis=1)
        centres.append(points[int(np.argmin(nearest))])
    means = np.array(centres)
    groups = np.full(len(points), -1)
    for _ in range(_ROUNDS):
        moved = np.argmax(points @ means.T, axis=1)
        if np.array_equal(moved, groups):
            break
        groups = moved
        for group in range(count):
            members = points[groups == group]
            if len(members):
                mean = members.sum(axis=0)
                means[group] = mean / max(float(np.linalg.norm(mean)), 1e-9)
    return groups.astype(np.int64)


def _joined(alike: Floats, groups: NDArray[np.int64], apart: float) -> NDArray[np.int64]:
    """Joins the two groups that are most alike for their inner likeness, until all are apart."""
    groups = groups.copy()
    while True:
        names = np.unique(groups)
        if len(names) < 2:
            return groups
        member = (groups[:, None] == names[None, :]).astype(np.float64)
        sizes = member.sum(axis=0)
        sums = member.T @ alike @ member
        within = (np.diag(sums) - member.T @ np.diag(alike)) / np.maximum(sizes * (sizes - 1), 1)
        # A group of one has no inner likeness: that of all stands for it.
        within = np.where(sizes > 1, within, within.max(initial=1e-9))
        across = sums / np.outer(sizes, sizes)
        ratio = across / np.sqrt(np.maximum(np.outer(within, within), 1e-12))
        np.fill_diagonal(ratio, -1.0)
        one, other = np.unravel_index(int(np.argmax(ratio)), ratio.shape)
        if ratio[one, other] < apart:
            return groups
        groups[groups == names[other]] = names[one]


def _settled(alike: Floats, groups: NDArray[np.int64], kept: Sequence[int]) -> NDArray[np.int64]:
    """Every paper in the sense that its likeness to the papers of each speaks for."""
    names = np.array(kept)
    member = (groups[:, None] == names[None, :]).astype(np.float64)
    sizes = member.sum(axis=0)
    others = alike - np.diag(np.diag(alike))
    nearest = names[np.argmax(others @ member / np.maximum(sizes - member, 1), axis=1)]
    return np.asarray(nearest, np.int64)


def _named(key: str, group: int, groups: NDArray[np.int64], contexts: Sequence[_Context]) -> Sense:
    members = [row for row, name in enumerate(groups.tolist()) if name == group]
    inside = set(members)

    def telling(kind: str) -> list[str]:
        everywhere = Counter(p for context in contexts for p in getattr(context, kind))
        here = Counter(p for row in inside for p in getattr(contexts[row], kind))
        strength = {
            phrase: log_likelihood(count, len(members), everywhere[phrase], len(contexts))
            for phrase, count in here.items()
            if count > 1 and phrase != key and phrase not in PLAIN
        }
        return sorted(strength, key=lambda p: (-strength[p], p))

    own, around = telling("own"), telling("phrases")
    terms = tuple(around[:6])
    name = own[0] if own else ", ".join(terms[:2])
    return Sense(name or key, terms, tuple(members))
