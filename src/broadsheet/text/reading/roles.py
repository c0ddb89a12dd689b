"""What each sentence of an abstract does: its role, from a linear model that ships.

Roles are chosen sentence by sentence: each already sees its neighbours' words and its place, and
decoding them together adds nothing (docs/methods.md).
"""

from __future__ import annotations

from functools import cache
from typing import cast

from broadsheet.text.reading.linear import Floats, LinearModel
from broadsheet.text.reading.segments import Segments
from broadsheet.text.reading.values import Role, Sentence

ROLES: tuple[Role, ...] = ("background", "problem", "task", "idea", "result")
# Of labelled sentences, those at least so sure are right in four of five cases.
LEAST_SURE = 0.5
MODEL_FILE = "roles.npz"


@cache
def role_model() -> LinearModel:
    """The model that ships: classes are `ROLES`."""
    return LinearModel.shipped(MODEL_FILE)


def role_shares(segments: Segments) -> Floats:
    """The probability of each role for each sentence, of shape (sentences, 5)."""
    return role_model().probabilities(
        [segments.features(span.start, span.end) for span in segments.document.sentences]
    )


def sentence_roles(segments: Segments, shares: Floats) -> tuple[Sentence, ...]:
    """The sentences with their roles, '' where none is sure enough."""
    found = []
    for span, row in zip(segments.document.sentences, shares.tolist(), strict=True):
        sure = max(row)
        role = ROLES[row.index(sure)] if sure >= LEAST_SURE else ""
        found.append(Sentence(span.start, span.end, cast("Role", role), sure))
    return tuple(found)
