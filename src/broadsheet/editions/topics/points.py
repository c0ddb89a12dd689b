"""Papers as points: their vectors without what all have in common, beside their words.

The words are hashed into a fixed number of dimensions, so that a map needs no dictionary
(Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", 2009), and then seen in
the directions that tell the first papers of a map apart best (latent semantic analysis:
Deerwester et al., 1990), so that papers are alike that share no word but whose words go together.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from broadsheet.editions.topics.values import Frame, Points, unit

WORD_DIMENSIONS = 2048
DIRECTIONS = 96
# The share of the likeness of two papers that is that of their vectors; the rest is their words'.
VECTOR_SHARE = 0.7
_CATEGORY = 6.0  # what a category weighs beside words, which weigh 4 to 9
_HEAVIEST = 9.0
_SPARE, _ROUNDS, _SEED = 16, 5, 20


@dataclass(frozen=True, slots=True)
class Sighted:
    """A paper as the map sees it: `text.telling_words` and `text.subjects` of it."""

    work_id: int
    words: Mapping[str, float]
    subjects: Mapping[str, str]
    categories: Sequence[str] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Sights:
    """Papers with their vectors (papers, dimensions), rows of nan for those without one;
    no columns where there is no encoder."""

    papers: Sequence[Sighted]
    vectors: NDArray[np.floating]

    @property
    def meant(self) -> NDArray[np.bool_]:
        """Which papers have a vector: (papers,)."""
        if not self.vectors.shape[1]:
            return np.zeros(len(self.papers), bool)
        return np.asarray(np.isfinite(self.vectors[:, 0]), np.bool_)

    def frame(self) -> Frame:
        """The frame that these papers are seen best in."""
        found = self.vectors[self.meant]
        mean = np.zeros(self.vectors.shape[1], np.float32)
        if len(found):
            mean = np.asarray(found.mean(axis=0), np.float32)
        words = hashed(self.papers)
        centre = words.mean(axis=0)
        return Frame(mean, centre, _axes(words - centre))

    def points(self, frame: Frame) -> Points:
        """The papers' points, (papers, vector dimensions and `DIRECTIONS`).

        Their length is 1; where there are vectors, papers without one have zeros in those
        dimensions, and so the length that the words of the others have.
        """
        words = unit((hashed(self.papers) - frame.centre) @ frame.axes)
        if not frame.vector_dimensions:
            return words
        meant = self.meant
        vectors = np.zeros((len(words), frame.vector_dimensions), np.float32)
        if self.vectors.shape[1] == frame.vector_dimensions:
            vectors[meant] = unit(self.vectors[meant] - frame.mean)
        parts = [vectors * np.sqrt(VECTOR_SHARE), words * np.sqrt(1 - VECTOR_SHARE)]
        return np.asarray(np.hstack(parts), np.float32)


def hashed(papers: Sequence[Sighted]) -> Points:
    """Hashed words and categories, (papers, WORD_DIMENSIONS), of length 1; zeros for none."""
    rows = np.zeros((len(papers), WORD_DIMENSIONS), np.float32)
    for row, paper in zip(rows, papers, strict=True):
        for word, weight in paper.words.items():
            place, sign = _place(word)
            row[place] += sign * min(weight, _HEAVIEST)
        for category in paper.categories:
            place, sign = _place("\n" + category)
            row[place] += sign * _CATEGORY
    return unit(rows)


def _axes(rows: Points) -> Points:
    """The directions in which rows (papers, dimensions) differ most: (dimensions, `DIRECTIONS`).

    By subspace iteration, which is as good as the whole decomposition here and ten times faster:
    Halko, Martinsson and Tropp, "Finding Structure with Randomness" (2011).
    """
    drawn = np.random.default_rng(_SEED)
    wide = rows.shape[1]
    found = drawn.standard_normal((wide, DIRECTIONS + _SPARE)).astype(np.float32)
    for _ in range(_ROUNDS):
        found, _ = np.linalg.qr(rows.T @ (rows @ found))
    _, _, turned = np.linalg.svd(rows @ found, full_matrices=False)
    kept = (found @ turned.T)[:, :DIRECTIONS]
    if kept.shape[1] < DIRECTIONS:  # fewer papers than directions
        kept = np.hstack([kept, np.zeros((wide, DIRECTIONS - kept.shape[1]))])
    return np.asarray(kept, np.float32)


@lru_cache(maxsize=100_000)
def _place(word: str) -> tuple[int, float]:
    number = zlib.crc32(word.encode())
    return number % WORD_DIMENSIONS, 1.0 if number & 0x8000_0000 else -1.0
