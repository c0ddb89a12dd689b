"""Storylines: papers about the same thing, one of them standing for the others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# The cosine from which on papers are one storyline: about what two papers of one narrow topic
# have in the default encoder; versions and near-duplicates lie far above.
ALIKE = 0.62
_AT_MOST = 12


def storylines(
    vectors: NDArray[np.float32], *, alike: float = ALIKE, at_most: int = _AT_MOST
) -> list[list[int]]:
    """Groups of rows, each led by its best; ``vectors`` (n, d) with the best paper first.

    Leader clustering: each paper joins the first leader that it is like, or leads. The order of
    the leaders is kept; papers without a vector stand alone.
    """
    groups: list[list[int]] = []
    leaders: list[int] = []
    for row, vector in enumerate(vectors):
        if leaders and vector.any():
            near = vectors[leaders] @ vector
            best = int(np.argmax(near))
            if near[best] >= alike and len(groups[best]) < at_most:
                groups[best].append(row)
                continue
        leaders.append(row)
        groups.append([row])
    return groups
