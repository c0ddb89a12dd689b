"""What a map of topics is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Points = NDArray[np.float32]
# The number of the section of papers that are near no topic, or whose topic is too small today.
ELSEWHERE = 0


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic for as long as it lives: its number is never used again.

    ``first`` and ``last`` are the ISO days of its first and latest section. ``rests``: no section
    until papers come near it again. ``subjects`` are the keys of the phrases of its name.
    """

    number: int
    name: str
    subjects: tuple[str, ...]
    first: str
    last: str
    rests: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """How papers are seen, fixed when a map begins.

    ``mean`` (vector dimensions,) is what the vectors of all papers have in common, empty for a
    map of words alone; ``centre`` (hashed words,) the same of their words; ``axes`` (hashed words,
    directions) where their words differ most.
    """

    mean: Points
    centre: Points
    axes: Points

    @property
    def vector_dimensions(self) -> int:
        """How many of a point's dimensions are its vector's."""
        return len(self.mean)


@dataclass(frozen=True, slots=True, eq=False)
class TopicMap:
    """The topics as they stand after a day. Rows of the arrays are ``topics``.

    ``sums`` (topics, dimensions) are sums of papers' points and ``mass`` (topics,) how many
    papers those are, both fading by the day.
    ``fit`` (2, 2): mean and deviation of the likeness of a paper to its topic, first row for
    papers by their words alone, second for those with a vector; 0 where none was seen.
    ``counts`` tells for each topic how many papers, fading too, speak of each subject;
    ``printed`` how these are printed, as when they were first met.
    """

    day: str
    topics: tuple[Topic, ...]
    sums: Points
    mass: Floats
    frame: Frame
    fit: Floats
    counts: tuple[Mapping[str, float], ...]
    printed: Mapping[str, str]
    next_number: int

    @property
    def awake(self) -> NDArray[np.bool_]:
        """Which topics can have a section: (topics,)."""
        return np.array([not topic.rests for topic in self.topics], bool)


def unit(rows: NDArray[np.floating]) -> Points:
    """Rows scaled to length 1; rows of zeros stay."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), np.float32)
