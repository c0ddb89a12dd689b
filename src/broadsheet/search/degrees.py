"""Words of degree: "cheaper", "best", which want something done well and are no subject.

Few abstracts say "cheaper" where they make things cheap. A rare word weighs much in what a hit is
thought to lack, so a paper that answers "cheaper long context inference" was called unlikely.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

WEIGHT = 0.25  # of a word of degree beside others as rare
# Not those that names are made of: "hard negatives", "lower bounds", "shortest paths".
_DEGREES = (
    "better best worse worst more most less least fewer improved improving good great cheap"
    " cheaper cheapest faster fastest slower slowest quick quicker smaller smallest bigger"
    " biggest stronger strongest weaker weakest simple simpler simplest easy easier easiest"
    " harder hardest newer older lighter cleaner safer richer smarter finer"
)
_KNOWN = frozenset(_DEGREES.split())


def weights(words: Sequence[str]) -> NDArray[np.float64]:
    """What each word counts of its weight, shape (n,)."""
    return np.array([WEIGHT if word.lower() in _KNOWN else 1.0 for word in words])
