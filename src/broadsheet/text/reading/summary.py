"""The clause that best stands for a paper, and those of its card: problem, idea, result.

All are stretches of the abstract. What cannot be said in 30 words, or is not sure, is not said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from broadsheet.text.reading.clauses import clauses, said_from
from broadsheet.text.reading.linear import Floats, LinearModel
from broadsheet.text.reading.roles import ROLES
from broadsheet.text.reading.segments import Segments
from broadsheet.text.reading.values import Document, Span
from broadsheet.text.reading.worth import Worth

MODEL_FILE = "summary.npz"
# The share of a role from which its sentence may stand on a card, and the shares of idea, result
# and task, together, from which one may stand for the paper.
_LEAST = {"problem": 0.6, "idea": 0.6, "result": 0.6}
_LEAST_OWN = 0.5
_OWN = [ROLES.index(role) for role in ("task", "idea", "result")]
# Found on the labelled abstracts (docs/benchmarks.md): people mark an early sentence of a role
# rather than a late one, and one that says something.
_LATE = 0.3
_VAGUE = 0.2
_VAGUE_WORDS = re.compile(
    r"\b(?:could|may|might|potential|insights?|future|pav(?:es?|ing)|promising|believe|hope|codes?"
    r"|available|implications|guid(?:e|ance)|foundation|open-source|release)\b",
    re.IGNORECASE,
)
# What it speaks of was said before it: alone it says nothing.
_POINTS_BACK = re.compile(
    r"(?:it|they|its|their|these|those|such|he|she|this (?:is|was|has|can|may|will|leads|poses"
    r"|makes|allows|enables|results|limits|requires|means|raises|would|could|causes|includes|provides"
    r"|ensures|gives|yields|shows|suggests|reveals|improves|reduces|helps))\b",
    re.IGNORECASE,
)
# "It is unclear how ..." speaks of what follows.
_POINTS_ON = re.compile(
    r"it (?:is|remains) (?:un(?:clear|known|certain)|difficult|hard|challenging)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A clause that may stand for the paper, and what the model sees of it."""

    span: Span
    features: list[str]


@dataclass(frozen=True, slots=True)
class Card:
    """Three lines for lists."""

    problem: Span | None
    idea: Span | None
    result: Span | None


@cache
def summary_model() -> LinearModel:
    """The model that ships: one score a clause."""
    return LinearModel.shipped(MODEL_FILE)


def candidates(segments: Segments, shares: Floats) -> list[Candidate]:
    """Every clause that may be the summary."""
    document = segments.document
    worth = Worth(segments, shares.tolist(), ROLES)
    own = shares[:, _OWN].sum(axis=1)
    return [
        Candidate(clause, worth.features(sentence, clause))
        for sentence in range(len(document.sentences))
        if own[sentence] >= _LEAST_OWN
        for clause in clauses(document, sentence)
        if not _POINTS_BACK.match(document.abstract, clause.start)
    ]


def summary(segments: Segments, shares: Floats) -> Span | None:
    """The clause that best stands for the paper; None where none is short and whole."""
    found = candidates(segments, shares)
    if not found:
        return None
    scores = summary_model().scores([one.features for one in found])[:, 0]
    return found[int(scores.argmax())].span


def card(segments: Segments, shares: Floats) -> Card:
    """The best sentence of each role, without its lead-in."""
    spans = {name: _best(segments, shares, name) for name in _LEAST}
    return Card(spans["problem"], spans["idea"], spans["result"])


def _best(segments: Segments, shares: Floats, role: str) -> Span | None:
    document = segments.document
    column = shares[:, ROLES.index(role)].tolist()
    found = [
        (share - _late(place, len(column)) - _vague(document, span), -place)
        for place, (share, span) in enumerate(zip(column, document.sentences, strict=True))
        if share >= _LEAST[role]
    ]
    for _, place in sorted(found, reverse=True)[:3]:
        # What is left without its lead-in, as long as may be.
        fit = [span for span in clauses(document, -place) if _stands_alone(document, span)]
        if fit:
            return max(fit, key=lambda span: (span.start, span.end))
    return None


def _stands_alone(document: Document, clause: Span) -> bool:
    """Whether a clause speaks of nothing said before, or after: "However, they ..." points back
    as "They ..." does, and "we propose three strategies" promises what would follow its colon."""
    if document.abstract.startswith(":", clause.end):
        return False
    start = said_from(document.abstract, clause)
    back = _POINTS_BACK.match(document.abstract, start)
    return not back or bool(_POINTS_ON.match(document.abstract, start))


def _late(place: int, count: int) -> float:
    return _LATE * place / count


def _vague(document: Document, span: Span) -> float:
    # So far and no further: nobody is shown a longer one.
    end = min(span.end, span.start + 400)
    return _VAGUE if _VAGUE_WORDS.search(document.abstract, span.start, end) else 0.0
