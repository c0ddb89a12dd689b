"""Ways to join two legs that the product does not use."""

from __future__ import annotations

import numpy as np

from broadsheet.evaluate import Field
from broadsheet.search import Candidates


def min_max(
    found: Candidates, _field: Field, _query: str, *, dense_weight: float = 0.5
) -> Candidates:
    """Scores stretched from 0 (worst candidate) to 1 (best), then added."""
    shares = []
    for scores in (found.lexical, found.dense):
        known = np.nan_to_num(scores)
        low, high = known.min(initial=0.0), known.max(initial=0.0)
        shares.append((known - low) / (high - low) if high > low else np.zeros(len(known)))
    return found.ordered((1 - dense_weight) * shares[0], dense_weight * shares[1])


def z_scores(
    found: Candidates, _field: Field, _query: str, *, dense_weight: float = 0.5
) -> Candidates:
    """Standard scores over the candidates, then added."""
    shares = []
    for scores in (found.lexical, found.dense):
        known = np.nan_to_num(scores)
        spread = known.std() if len(known) else 0.0
        shares.append((known - known.mean()) / spread if spread > 0 else np.zeros(len(known)))
    return found.ordered((1 - dense_weight) * shares[0], dense_weight * shares[1])
