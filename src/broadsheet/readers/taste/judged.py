"""What a reader's acts say about papers, as numbers a model can use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from broadsheet.readers.values import Act

# How much each kind of act says. A hide with a reason says what "not interested" says; without
# one, and for a paper known already, it says nothing about taste.
POSITIVE: Mapping[str, float] = {"rate_up": 1.0, "upvote": 1.0, "save": 1.0, "read": 0.5}
NEGATIVE: Mapping[str, float] = {"rate_down": 1.0, "not_interested": 1.0, "hide": 0.5}
_SAYS_NOTHING = ("seen",)
_OF_OTHERS = ("author",)
_REASONS_OF_TASTE = ("topic", "basic")


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Papers with what was said of them.

    ``works`` (n,) are work ids, or the negative number of a seed; ``weights`` (n,) from 0 to 1;
    ``titles`` and ``texts`` their words; ``vectors`` (n, d) of unit length, zeros where there
    is none.
    """

    works: NDArray[np.int64]
    weights: NDArray[np.float32]
    titles: tuple[str, ...]
    texts: tuple[str, ...]
    vectors: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.works)

    @property
    def encoded(self) -> NDArray[np.bool_]:
        """Which have a vector, (n,)."""
        return np.asarray(self.vectors.any(axis=1))

    def take(self, rows: Iterable[int]) -> Judged:
        """Some of them, in that order."""
        chosen = list(rows)
        return Judged(
            self.works[chosen],
            self.weights[chosen],
            tuple(self.titles[row] for row in chosen),
            tuple(self.texts[row] for row in chosen),
            self.vectors[chosen],
        )

    def weighted(self, factor: float) -> Judged:
        """The same papers, each counting by so much more."""
        weights = self.weights * np.float32(factor)
        return Judged(self.works, weights, self.titles, self.texts, self.vectors)

    def without(self, work_id: int) -> Judged:
        """All but one."""
        return self.take(row for row in range(len(self)) if self.works[row] != work_id)


def joined(parts: Sequence[Judged]) -> Judged:
    """The papers of several, in that order; at least one."""
    return Judged(
        np.concatenate([part.works for part in parts]),
        np.concatenate([part.weights for part in parts]),
        tuple(title for part in parts for title in part.titles),
        tuple(text for part in parts for text in part.texts),
        np.concatenate([part.vectors for part in parts]),
    )


def nothing(dimensions: int = 0) -> Judged:
    """No paper."""
    return Judged(
        np.empty(0, np.int64),
        np.empty(0, np.float32),
        (),
        (),
        np.empty((0, dimensions), np.float32),
    )


def weigh(acts: Iterable[Act]) -> tuple[dict[int, float], dict[int, float]]:
    """The liked and the disliked works with their weights, the latest first.

    Each work counts by the strongest thing said of it; liked and disliked at once (saved, then
    hidden as known already) counts as liked where both are as strong.
    """
    liked: dict[int, float] = {}
    disliked: dict[int, float] = {}
    for act in sorted(acts, key=lambda act: (act.at, act.id), reverse=True):
        if act.kind in POSITIVE:
            liked[act.work_id] = max(POSITIVE[act.kind], liked.get(act.work_id, 0.0))
        elif (weight := _dislike(act)) > 0:
            disliked[act.work_id] = max(weight, disliked.get(act.work_id, 0.0))
    for work_id in liked.keys() & disliked.keys():
        weaker = disliked if liked[work_id] >= disliked[work_id] else liked
        del weaker[work_id]
    return liked, disliked


def _dislike(act: Act) -> float:
    if act.kind not in NEGATIVE or act.reason in _SAYS_NOTHING + _OF_OTHERS:
        return 0.0
    if act.kind == "hide" and act.reason not in _REASONS_OF_TASTE:
        return 0.0
    return NEGATIVE[act.kind]
