"""What *for you* promises of papers, held against which were liked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from broadsheet.readers import Field, Lens, Scorer, chance_of_like

_BANDS = (0.0, 0.03, 0.1, 0.3, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Promised:
    """Papers that a reader might like, (m,) each: deviations above papers in general
    (``standard``), log-likelihood ratios (``evidence``) and which were ``wanted``; and the
    ``floor`` of the reader's ``likes``."""

    standard: NDArray[np.float32]
    evidence: NDArray[np.float32]
    wanted: NDArray[np.bool_]
    floor: float
    likes: int

    @classmethod
    def by(cls, scorer: Scorer, lens: Lens, field: Field, wanted: NDArray[np.bool_]) -> Promised:
        """What a lens says of a field of papers."""
        standard = scorer.standard(lens, field)
        return cls(standard, lens.evidence(standard), wanted, lens.floor, len(lens.liked))


def promises(of_readers: Sequence[Promised]) -> dict[str, Any]:
    """How true the probabilities are, and what the line leaves out.

    ``liked_below_line`` and ``all_below_line`` are the shares of the liked papers and of all that
    are under the line: where the probability is `editions.LINE` of the rate of likes, which for a
    small rate is that likelihood ratio, or at the floor. ``log_loss`` is that of the probabilities,
    each reader's rate being known, ``log_loss_of_rate`` that of the rate alone; nats a paper.
    ``told``: by the band of what was ``said``, how many ``papers``, and the share that was
    ``liked``.
    """
    from broadsheet.editions import LINE

    wanted = np.concatenate([one.wanted for one in of_readers])
    below = np.concatenate(
        [one.evidence < min(float(np.log(LINE)), one.floor) for one in of_readers]
    )
    rates = [_rate(one.wanted) for one in of_readers]
    said = np.concatenate(
        [chance_of_like(one.evidence, rate) for one, rate in zip(of_readers, rates, strict=True)]
    )
    alone = np.repeat(rates, [len(one.wanted) for one in of_readers])
    return {
        "liked_below_line": round(float(below[wanted].mean()), 4),
        "all_below_line": round(float(below.mean()), 4),
        "log_loss": _log_loss(said, wanted),
        "log_loss_of_rate": _log_loss(alone, wanted),
        "told": _bands(said, wanted),
    }


def _rate(wanted: NDArray[np.bool_]) -> float:
    """The share of likes; of nothing or everything half a paper is left."""
    return float(np.clip(wanted.mean(), 0.5 / len(wanted), 1 - 0.5 / len(wanted)))


def _log_loss(said: NDArray[np.floating[Any]], wanted: NDArray[np.bool_]) -> float:
    chance = np.clip(np.where(wanted, said, 1 - said), 1e-9, 1.0)
    return round(float(-np.log(chance).mean()), 4)


def _bands(said: NDArray[np.floating[Any]], wanted: NDArray[np.bool_]) -> list[dict[str, float]]:
    """Of each band that holds a paper; the last one its end too."""
    found = []
    place = np.digitize(said, _BANDS[1:-1])
    for number, (least, most) in enumerate(pairwise(_BANDS)):
        there = place == number
        if there.any():
            found.append(
                {
                    "from": least,
                    "to": most,
                    "papers": int(there.sum()),
                    "said": round(float(said[there].mean()), 4),
                    "liked": round(float(wanted[there].mean()), 4),
                }
            )
    return found
