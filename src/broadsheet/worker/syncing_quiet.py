"""Is a quiet day improbable? A model of how many papers a set gets on a day.

Counts of a set are taken to be negative binomial: a mean that depends on the weekday and moves
slowly, and a variance ``m + phi m²`` wider than Poisson's, both fitted to the set's past days by
moments (J. M. Hilbe, Negative Binomial Regression, 2nd ed., ch. 8). What is asked is the
probability of so few papers or fewer. Days after a deferred mailing hold two days' papers and
are left out of the fit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from broadsheet.worker.schedule import deferred

ALARM_RATE = 0.001
"""At most so many of the healthy days of a set are called quiet: one in a thousand."""

THRESHOLD = 0.0002
"""The probability below which a day is called quiet. It is smaller than the rate because the tail
of real counts is heavier than the model's: on the listings of a year 7 of 9,423 healthy days of
sets fall below it, 0.0007 (benchmarks/quiet_days.py)."""

FEWEST_DAYS = 20
MOST_DAYS = 60
# The level follows the last four weeks; the newest of the days weigh most.
_RECENT = 20
_HALF_LIFE = 8.0
# Of 60 days no dispersion is known better than this: below it, chance made the days alike.
_LEAST_PHI = 0.03
# The level itself is an estimate of about so many days.
_LEVEL_DAYS = 12.0
# Christmas week and the first days of August have fewer papers than the weeks before them.
_SEASONS = ((12, 23, 12, 31, 0.6), (1, 1, 1, 8, 0.75))


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a set is expected to get on a day: the mean, and the dispersion ``phi``."""

    mean: float
    phi: float

    def at_most(self, count: int) -> float:
        """The probability of ``count`` papers or fewer."""
        if self.mean <= 0:
            return 1.0
        size = 1.0 / self.phi
        chance = size / (size + self.mean)
        term = total = math.exp(size * math.log(chance))
        for number in range(count):
            term *= (number + size) / (number + 1) * (1.0 - chance)
            total += term
        return min(1.0, total)


def expectation(past: Sequence[tuple[str, int]], day: str) -> Expectation | None:
    """What a set is expected to get on an ISO day, from its (day, count) before, oldest first.

    None while too few days are known.
    """
    days = [(date.fromisoformat(one), count) for one, count in past[-2 * MOST_DAYS :]]
    usual = [(one, count) for one, count in days if not _follows_deferred(one)][-MOST_DAYS:]
    if len(usual) < FEWEST_DAYS or not any(count for _, count in usual):
        return None
    weekdays = _weekdays(usual)
    plain = [count / (weekdays[one.weekday()] * _season(one)) for one, count in usual]
    here = date.fromisoformat(day)
    factor = weekdays[here.weekday()] * _season(here)
    phi = max(_LEAST_PHI, _dispersion(plain)) * (1.0 + 1.0 / _LEVEL_DAYS) + 1.0 / (
        _LEVEL_DAYS * len(plain)
    )
    return Expectation(_level(plain[-_RECENT:]) * factor, phi)


def _weekdays(days: Sequence[tuple[date, int]]) -> list[float]:
    """How a weekday compares with the mean of all, drawn towards 1 by half a week's weight."""
    mean = sum(count for _, count in days) / len(days)
    factors = []
    for weekday in range(7):
        counts = sorted(count for one, count in days if one.weekday() == weekday)
        if len(counts) > 4:
            counts = counts[1:-1]
        factors.append((sum(counts) / mean + 0.5) / (len(counts) + 0.5) if counts else 1.0)
    return [max(factor, 0.05) for factor in factors]


def _level(plain: Sequence[float]) -> float:
    """A mean that forgets, of the days between the two extremes."""
    extremes = {plain.index(min(plain)), plain.index(max(plain))}
    weighted = [
        (math.pow(0.5, (len(plain) - 1 - place) / _HALF_LIFE), value)
        for place, value in enumerate(plain)
        if place not in extremes
    ]
    return sum(weight * value for weight, value in weighted) / sum(w for w, _ in weighted)


def _dispersion(plain: Sequence[float]) -> float:
    """``phi`` by moments around the level of the ten days before each; outliers count less."""
    squares = []
    for place in range(10, len(plain)):
        level = _level(plain[place - 10 : place])
        if level > 0:
            away = max(-1.0, min(1.5, plain[place] / level - 1.0))
            squares.append(away * away - 1.0 / level)
    return sum(squares) / len(squares) if squares else 0.1


def _season(day: date) -> float:
    for month, first, _, last, factor in _SEASONS:
        if day.month == month and first <= day.day <= last:
            return factor
    return 1.0


def _follows_deferred(day: date) -> bool:
    """Whether the mailing before this morning's was put off, so that this one holds two."""
    evening = day - timedelta(days=2)
    while evening.weekday() in (4, 5):
        evening -= timedelta(days=1)
    return deferred(evening)
