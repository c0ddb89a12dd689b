"""The ranking that goes from stage to stage: works, and what each leg says of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from broadsheet.index import Ranking

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Works with their scores, best first once they are fused; all arrays have shape (n,).

    ``lexical`` (BM25) and ``dense`` (cosine) are nan where unknown: not found by that leg, or
    not encoded. ``score`` is the sum of the two shares. ``features`` are what later stages found
    out about each, by name, nan where unknown.
    """

    ids: NDArray[np.int64]
    lexical: Floats
    dense: Floats
    lexical_share: Floats
    dense_share: Floats
    features: Mapping[str, Floats] = field(default_factory=dict)

    @classmethod
    def of(cls, ids: NDArray[np.int64], lexical: Floats, dense: Floats) -> Candidates:
        """Candidates that are not fused yet."""
        return cls(ids, lexical, dense, np.zeros(len(ids)), np.zeros(len(ids)))

    @classmethod
    def none(cls) -> Candidates:
        """No candidate."""
        return cls.of(np.empty(0, np.int64), np.empty(0), np.empty(0))

    @property
    def score(self) -> Floats:
        """The fused score."""
        return self.lexical_share + self.dense_share

    @property
    def scored(self) -> bool:
        """False for a list by date, whose order is not one of scores."""
        return not (np.isnan(self.lexical).all() and np.isnan(self.dense).all())

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, places: NDArray[np.intp] | NDArray[np.bool_]) -> Candidates:
        """Those at the places, in that order."""
        return Candidates(
            self.ids[places],
            self.lexical[places],
            self.dense[places],
            self.lexical_share[places],
            self.dense_share[places],
            {name: values[places] for name, values in self.features.items()},
        )

    def knowing(self, **features: Floats) -> Candidates:
        """These with more features, each of shape (n,)."""
        return replace(self, features={**self.features, **features})

    def join(self, found: Ranking, leg: str) -> Candidates:
        """These and the ones a leg found, with that leg's scores; nothing else is kept."""
        ids = np.union1d(self.ids, found.ids)
        lexical = _spread(ids, self.ids, self.lexical)
        dense = _spread(ids, self.ids, self.dense)
        scores = lexical if leg == "lexical" else dense
        scores[np.searchsorted(ids, found.ids)] = found.scores
        return Candidates.of(ids, lexical, dense)

    def followed_by(self, more: Candidates) -> Candidates:
        """These and then more, in their order; a feature that one part lacks is nan there."""
        features = {
            name: np.concatenate([_feature(part, name) for part in (self, more)])
            for name in {**self.features, **more.features}
        }
        return Candidates(
            np.concatenate([self.ids, more.ids]),
            np.concatenate([self.lexical, more.lexical]),
            np.concatenate([self.dense, more.dense]),
            np.concatenate([self.lexical_share, more.lexical_share]),
            np.concatenate([self.dense_share, more.dense_share]),
            features,
        )

    def ordered(self, lexical_share: Floats, dense_share: Floats) -> Candidates:
        """These with new shares, best first; equal scores by id, so that order is stable.

        A list by date stays as it is.
        """
        if not self.scored:
            return self
        order = np.lexsort((self.ids, -(lexical_share + dense_share)))
        fused = replace(self, lexical_share=lexical_share, dense_share=dense_share)
        return fused.take(order)


def _feature(part: Candidates, name: str) -> Floats:
    return part.features.get(name, np.full(len(part), np.nan))


def _spread(ids: NDArray[np.int64], known: NDArray[np.int64], values: Floats) -> Floats:
    """The values put at the places of their ids, nan elsewhere."""
    spread = np.full(len(ids), np.nan)
    spread[np.searchsorted(ids, known)] = values
    return spread
