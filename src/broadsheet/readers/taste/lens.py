"""A reader's taste made ready for ranking: a lens an interest, and how sure one can be."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from broadsheet.index import Index
from broadsheet.readers.taste.judged import Judged
from broadsheet.readers.taste.model import (
    DEFAULT,
    Floats,
    Regression,
    Tuning,
    fit_regression,
    meaning,
    repulsion,
)
from broadsheet.readers.taste.terms import Terms, Vocabulary, WordScores, terms_of
from broadsheet.readers.taste.values import Interest

# What is known of readers in general, worth so many likes: on citeulike liked papers score so
# much above others, and spread so much, in units of the others' spread.
_USUAL_GAP, _USUAL_SPREAD = 3.0, 2.0
_USUAL_WORTH = 4.0
# How much a deviation tells of a like, by the likes known, and of how many papers in general one
# stands as high as the liked and is not liked (e^4 = 55): fitted on citeulike
# (`python -m trials.taste_chances`). Were both normal, as far apart as they lie, it would be three
# times as much: 98 % was said where 20 % were liked.
_TELLS, _TELLS_MORE = 1.12, 0.22
_RARELY = 4.0
_FAR_OUT = 0.01  # so that what lies far out keeps its order
# Deviations below the mean of the likes. Later likes lie lower than those left out one at a
# time: 1.645, which a normal would want, left 8 to 10 % of them below on citeulike.
_FEWER_THAN_ONE_IN_TWENTY = 2.05
_SMALLEST_SPREAD = 0.02
_LOOKED_AT = 3
_LEFT_OUT = 200  # likes that are scored by the others
_DISLIKE_WORTH = 3.0  # papers in general that one dislike is worth


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """Papers to be scored: work ids (m,), vectors (m, d) of unit length or zeros."""

    ids: NDArray[np.int64]
    vectors: Floats

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: NDArray[np.int64]) -> Field:
        """Some of them, in that order."""
        return Field(self.ids[rows], self.vectors[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The parts of a generative score, each (m,); ``taken_by`` rows of the dislikes, or -1."""

    meaning: Floats
    words: Floats
    taken: Floats
    taken_by: NDArray[np.int64]

    def score(self, tuning: Tuning) -> Floats:
        """Their sum, weighted, (m,)."""
        found: Floats = (
            self.meaning
            + np.float32(tuning.words) * self.words
            - np.float32(tuning.dislikes) * self.taken
        )
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Lens:
    """One interest, ready to score papers.

    ``middle`` and ``spread`` are the mean and deviation of what papers in general score,
    ``gap`` how many deviations above it the liked ones lie, and ``liked_spread`` how far from
    one another. ``scores`` remembers what the words say of papers.
    """

    interest: Interest
    liked: Judged
    disliked: Judged
    terms: Terms
    scores: WordScores
    middle: float = 0.0
    spread: float = 1.0
    gap: float = _USUAL_GAP
    liked_spread: float = _USUAL_SPREAD
    regression: Regression | None = None

    def centres(self) -> list[Floats]:
        """Where to look for papers like the liked ones: their mean, and the latest of them."""
        rows = np.flatnonzero(self.liked.encoded)
        if not len(rows):
            return []
        mean = self.liked.vectors[rows].T @ self.liked.weights[rows]
        return [mean, *self.liked.vectors[rows[:_LOOKED_AT]]]

    def parts(self, field: Field, tuning: Tuning = DEFAULT) -> Parts:
        """What speaks for and against each paper."""
        taken, by = repulsion(field.vectors, self.liked, self.disliked)
        known = float(self.liked.weights.sum())
        taken = taken * np.float32(known / (known + tuning.dislikes_wait))
        return Parts(
            meaning(field.vectors, self.liked, tuning),
            self.scores.of(field.ids),
            taken,
            by,
        )

    def standard(self, parts: Parts, field: Field, tuning: Tuning) -> Floats:
        """Scores in deviations from what papers in general score, (m,)."""
        found = (parts.score(tuning) - np.float32(self.middle)) / np.float32(self.spread)
        if self.regression is not None:
            logits = self.regression.logits(field.vectors)
            found = (1 - np.float32(tuning.blend)) * found + np.float32(tuning.blend) * logits
        return np.asarray(found, np.float32)

    @property
    def floor(self) -> float:
        """The evidence under which about one in twenty of the reader's likes lies."""
        standard = self.gap - _FEWER_THAN_ONE_IN_TWENTY * self.liked_spread
        return float(self.evidence(np.asarray([standard], np.float32))[0])

    def evidence(self, standard: Floats) -> Floats:
        """Log-likelihood ratio of liked against not, (m,).

        Papers in general are a normal, and a few of them like what is liked, which is another as
        many deviations higher as one tells.
        """
        tells = _TELLS + _TELLS_MORE * math.log(max(1, len(self.liked)))
        apart = tells * (standard.astype(np.float64) - tells / 2)
        found = -np.logaddexp(-apart, -_RARELY) + _FAR_OUT * apart
        return np.asarray(found, np.float32)


def make_lens(
    interest: Interest,
    liked: Judged,
    disliked: Judged,
    index: Index,
    vocabulary: Vocabulary,
    background: Field,
    tuning: Tuning = DEFAULT,
    *,
    regress: bool = True,
) -> Lens:
    """A lens for the papers liked and disliked; ``background`` are papers in general.

    Without ``regress`` it stays generative: own papers and sentences say what somebody works
    on, not what they would choose out of what is offered.
    """
    terms = terms_of(liked, vocabulary)
    lens = Lens(interest, liked, disliked, terms, WordScores(index, terms))
    if not len(background) or not len(liked):
        return lens
    filed = liked.works[:_LEFT_OUT]
    lens.scores.of(np.concatenate([background.ids, filed[filed > 0]]))  # both at once
    general = lens.parts(background, tuning).score(tuning)
    middle = float(general.mean())
    spread = max(float(general.std()), _SMALLEST_SPREAD)
    found = replace(lens, middle=middle, spread=spread)
    if regress:
        found = replace(found, regression=_regression(liked, disliked, background, tuning))
    gap, liked_spread = _standing(found, tuning)
    return replace(found, gap=gap, liked_spread=liked_spread)


def _regression(
    liked: Judged, disliked: Judged, background: Field, tuning: Tuning
) -> Regression | None:
    """Logistic regression on the vectors, where there are enough likes."""
    rows = liked.encoded
    if not rows.any() or rows.sum() < tuning.switch_likes:
        return None
    away = disliked.encoded
    known = np.isin(background.ids, liked.works) | np.isin(background.ids, disliked.works)
    apart = background.vectors[background.vectors.any(axis=1) & ~known]
    if not len(apart):
        return None
    features = np.concatenate([liked.vectors[rows], disliked.vectors[away], apart])
    labels = np.zeros(len(features), np.bool_)
    labels[: rows.sum()] = True
    known_likes = float(liked.weights.sum())
    worth = _DISLIKE_WORTH * known_likes / (known_likes + tuning.dislikes_wait)
    weights = np.concatenate(
        [
            liked.weights[rows],
            np.float32(worth) * disliked.weights[away],
            np.ones(len(apart), np.float32),
        ]
    )
    return fit_regression(features, labels, weights, tuning.ridge).scaled_to(apart)


def _standing(lens: Lens, tuning: Tuning) -> tuple[float, float]:
    """Mean and deviation of the liked papers' scores, each scored by the others alone.

    Drawn towards what is usual while they are few. The words of a paper are its own in part:
    that part is taken out by the share of the papers that it is.
    """
    liked = lens.liked.take(range(min(len(lens.liked), _LEFT_OUT)))
    count = len(liked)
    if count < 2:
        return _USUAL_GAP, _USUAL_SPREAD
    words = np.zeros(count, np.float32)
    filed = liked.works > 0
    words[filed] = lens.scores.of(liked.works[filed])
    words *= (count - 1) / count
    standard = (_among(liked, tuning) + tuning.words * words - lens.middle) / lens.spread
    if lens.regression is not None and liked.encoded.all():
        left_out = lens.regression.left_out[:count]
        standard = (1 - tuning.blend) * standard + tuning.blend * left_out
    worth = count + _USUAL_WORTH
    mean = (count * float(standard.mean()) + _USUAL_WORTH * _USUAL_GAP) / worth
    square = count * float(standard.var()) + _USUAL_WORTH * _USUAL_SPREAD**2
    return min(max(mean, 0.5), 6.0), max(math.sqrt(square / worth), 0.3)


def _among(liked: Judged, tuning: Tuning) -> Floats:
    """The soft maximum of each liked paper's cosines with the others, (n,)."""
    if not liked.encoded.any():
        return np.zeros(len(liked), np.float32)
    cosines = liked.vectors @ liked.vectors.T
    heat = np.exp(tuning.concentration * cosines) * liked.weights
    np.fill_diagonal(heat, 0)
    total = np.maximum(liked.weights.sum() - liked.weights, 1e-6)
    found: Floats = np.log(np.maximum(heat.sum(axis=1) / total, 1e-9))
    return found / np.float32(tuning.concentration)


def chance_of_like(evidence: Floats, rate: float) -> Floats:
    """The probability of a like, (m,), from log-likelihood ratios and how often one likes."""
    prior = math.log(rate / (1 - rate))
    found: Floats = 1 / (1 + np.exp(-np.clip(evidence + np.float32(prior), -30, 30)))
    return found
