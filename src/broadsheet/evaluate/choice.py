"""Which of several systems is best over many tests, by rules of social choice.

Rofin et al., Vote'n'Rank (EACL 2023): each test (a collection, or a collection and a measure)
is a voter who orders the systems by its value. Scores have shape (voters, systems); nan is a
cell that was not measured, about which its voter says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from broadsheet.evaluate.significance import resampled_means

Floats = NDArray[np.float64]
Rule = Callable[[Floats], Floats]


def _places(scores: Floats) -> Floats:
    """Each voter's places from 0 (best), equal values sharing; nan where not measured."""
    known = ~np.isnan(scores)
    both = known[:, :, None] & known[:, None, :]
    left, right = scores[:, :, None], scores[:, None, :]
    with np.errstate(invalid="ignore"):
        worse = np.where(both, (right > left) + 0.5 * (right == left), 0.0).sum(axis=2) - 0.5
    return np.where(known, worse, np.nan)


def mean(scores: Floats) -> Floats:
    """The mean value, over the voters that have one."""
    return np.asarray(_mean(scores))


def _mean(values: Floats) -> Floats:
    known = ~np.isnan(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), -np.inf)


def borda(scores: Floats) -> Floats:
    """The mean share of the other systems that a voter puts below."""
    places = _places(scores)
    others = np.maximum((~np.isnan(scores)).sum(axis=1, keepdims=True) - 1, 1)
    return _mean(1 - places / others)


def plurality(scores: Floats) -> Floats:
    """The share of voters who put a system first; equal firsts share the vote."""
    places = _places(scores)
    first = np.nanmin(places, axis=1, keepdims=True)
    won = np.where(np.isnan(places), np.nan, places == first)
    return _mean(won / np.nansum(won, axis=1, keepdims=True))


def dowdall(scores: Floats) -> Floats:
    """The mean of 1 / place, places from 1."""
    return _mean(1 / (_places(scores) + 1))


def _duels(scores: Floats) -> Floats:
    """By how many votes each system (row) beats each other (column)."""
    with np.errstate(invalid="ignore"):
        votes = np.nan_to_num(np.sign(scores[:, :, None] - scores[:, None, :]))
    return np.asarray(votes.sum(axis=0))


def copeland(scores: Floats) -> Floats:
    """Duels won by a majority of the voters less duels lost."""
    return np.asarray(np.sign(_duels(scores)).sum(axis=1))


def minimax(scores: Floats) -> Floats:
    """Less the worst defeat in a duel (0 for a system that nobody beats)."""
    return np.asarray(np.minimum(_duels(scores).min(axis=1), 0.0))


RULES: Mapping[str, Rule] = {
    "mean": mean,
    "borda": borda,
    "copeland": copeland,
    "minimax": minimax,
    "plurality": plurality,
    "dowdall": dowdall,
}


def winner(rule: Rule, scores: Floats) -> int:
    """The place of the best system; among equals, the one with the better mean."""
    points = rule(scores)
    means = mean(scores)
    return int(np.lexsort((-means, -np.round(points, 9)))[0])


def stability(
    values: Sequence[Floats], *, draws: int = 1_000, missing: float = 0.0, seed: int = 0
) -> dict[str, float]:
    """How often a rule names the winner that it names over all queries.

    ``values`` holds a voter's values by query, shape (systems, queries); the queries of each
    are drawn anew with repetition. ``missing`` is the share of cells then left out at random.
    """
    random = np.random.default_rng(seed)
    whole = np.stack([voter.mean(axis=1) for voter in values])
    drawn = np.stack(
        [
            resampled_means(voter, draws=draws, seed=seed + place)
            for place, voter in enumerate(values)
        ],
        axis=1,
    )
    if missing:
        out = random.random(drawn.shape) < missing
        # A voter who says nothing at all is kept whole, so that there is always an answer.
        out &= ~out.all(axis=2, keepdims=True)
        drawn = np.where(out, np.nan, drawn)
    return {
        name: float(np.mean([winner(rule, one) == winner(rule, whole) for one in drawn]))
        for name, rule in RULES.items()
    }
