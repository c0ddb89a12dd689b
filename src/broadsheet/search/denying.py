"""What a paper says that it does without: "gradients" asks for no paper "without gradients".

The index knows which words a paper names only to deny them (`index.denying`). The query's own
denials are told by the same rules: "without gradients" asks for those that deny them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from broadsheet.index import Clause
from broadsheet.search.candidates import Candidates, Floats
from broadsheet.search.evidence import DEPTH, as_written, query_words, specificity
from broadsheet.search.pipeline import Search, Stage
from broadsheet.text import denials

MOST_WORDS = 12  # distinct words of a query that are looked up, the rarest first; longer is prose
DENIED_WEIGHT = 0.3


def deny(weight: float = DENIED_WEIGHT, depth: int = DEPTH) -> Stage:
    """Takes from papers that only deny what is asked for, and from those that do what the query
    denies.

    Feature ``denied``: the share of the query's words, by specificity, that a paper denies, or
    has though the query denies them. A paper loses ``weight`` times that share of its score.
    """

    def run(search: Search, ranking: Candidates) -> Candidates:
        looked = ranking.ids[:depth]
        share = _denied(search, looked) if len(looked) else None
        if share is None or not share.any():
            return ranking
        denied = np.zeros(len(ranking))
        denied[: len(looked)] = share
        kept = 1.0 - weight * denied
        ranking = ranking.knowing(denied=denied)
        return ranking.ordered(
            _lowered(ranking.lexical_share, kept), _lowered(ranking.dense_share, kept)
        )

    return Stage("deny", run)


def denied_words(
    search: Search, names: Sequence[str], ids: NDArray[np.int64]
) -> list[tuple[str, ...]]:
    """Of each work, which of these words of the query it only denies; those that the query
    denies itself are not told."""
    asked = [name for name in names if name[:1].isalnum()]
    if not asked:
        return [()] * len(ids)
    says = search.index.matches([Clause(name, "denied") for name in asked], ids)
    says &= ~_unwanted(search, [name.lower() for name in asked])
    return [tuple(name for name, has in zip(asked, row, strict=True) if has) for row in says]


def _lowered(shares: Floats, kept: Floats) -> Floats:
    """A share below 0 says already that a paper is unwanted."""
    return np.where(shares > 0, shares * kept, shares)


def _denied(search: Search, looked: NDArray[np.int64]) -> Floats | None:
    words = as_written(query_words(search.reading, search.index))
    if not 0 < len(words) <= MOST_WORDS:
        return None
    weights = specificity(search.index, tuple(words))
    if not weights.sum() > 0:
        return None
    weights = weights / weights.sum()
    surfaces = list(words.values())
    says = search.matches([Clause(surface, "denied") for surface in surfaces], looked, looked)
    unwanted = _unwanted(search, surfaces)
    if unwanted.any():
        has = search.matches([Clause(surface) for surface in surfaces], looked, looked)
        says = np.where(unwanted, has & ~says, says)
    share: Floats = says @ weights
    return share


def _unwanted(search: Search, surfaces: list[str]) -> NDArray[np.bool_]:
    """Which words the query itself denies."""
    text = search.reading.meaning
    # Claims say "is not associated with": they ask for papers on both.
    scopes = [
        text[found.scope.start : found.scope.end].lower() for found in denials(text, "exclusion")
    ]
    inside = {word.surface.lower() for scope in scopes for word in search.index.words(scope)}
    return np.array([surface in inside for surface in surfaces], np.bool_)
