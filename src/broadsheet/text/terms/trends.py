"""How a term fares over time, and which terms keep it company."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

_Z = 1.959964  # of a 95 % interval
_RECENT = 3  # months that are set against those before
_SURE = 10.83  # of a log-likelihood ratio with one degree of freedom: p = .001
_LEAST = 5  # papers, to speak of a trend
Direction = Literal["rising", "falling", ""]


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a term: its papers, all papers, and the share with its 95 % interval (Wilson)."""

    month: str
    papers: int
    total: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A term that stands in papers of another one more often than chance would have it.

    ``strength`` is the log-likelihood ratio (Dunning 1993), ``papers`` those that have both.
    """

    key: str
    papers: int
    strength: float


def log_likelihood(both: int, one: int, other: int, total: int) -> float:
    """Dunning's G² of two things that stand in ``one`` and ``other`` of ``total`` papers.

    0 where they meet no more often than by chance.
    """
    expected = one * other / total if total else 0.0
    if both <= expected:
        return 0.0
    cells = (
        (both, one, other),
        (one - both, one, total - other),
        (other - both, total - one, other),
        (total - one - other + both, total - one, total - other),
    )
    return 2 * sum(
        seen * math.log(seen * total / (row * column)) for seen, row, column in cells if seen > 0
    )


def neighbours(
    papers: int,
    beside: Mapping[str, int],
    frequencies: Mapping[str, int],
    total: int,
    *,
    key: str = "",
    most: int = 12,
) -> tuple[Neighbour, ...]:
    """The terms that a term's papers have, the surest first.

    ``papers`` is how many have the term, ``beside`` how many of those have each other term,
    ``frequencies`` how many of all ``total`` papers have it. Terms that only contain ``key``'s
    words or are contained in it say nothing new and are left out, as is what p = .001 does not
    bear out.
    """
    own = set(key.split())
    found = []
    for other, both in beside.items():
        words = set(other.split())
        if both < 2 or words <= own or (own and own <= words):
            continue
        strength = log_likelihood(both, papers, max(frequencies.get(other, both), both), total)
        if strength >= _SURE:
            found.append(Neighbour(other, both, strength))
    found.sort(key=lambda n: (-n.strength, n.key))
    return tuple(found[:most])


def trend(by_month: Mapping[str, int], totals: Mapping[str, int]) -> tuple[Month, ...]:
    """The share of papers that have a term, month by month; months without a paper are left out.

    Shares, not counts: a month in which more papers arrived is no trend.
    """
    return tuple(
        _month(month, by_month.get(month, 0), total)
        for month, total in sorted(totals.items())
        if total > 0
    )


def _month(month: str, papers: int, total: int) -> Month:
    share = papers / total
    scale = 1 + _Z**2 / total
    centre = (share + _Z**2 / (2 * total)) / scale
    spread = _Z * math.sqrt(share * (1 - share) / total + _Z**2 / (4 * total**2)) / scale
    return Month(month, papers, total, share, max(0.0, centre - spread), min(1.0, centre + spread))


def direction(months: Iterable[Month]) -> Direction:
    """Whether the share of the last three months is above or below that of those before.

    '' where p = .001 does not bear it out, or where there is too little to tell.
    """
    known = list(months)
    before, recent = known[:-_RECENT], known[-_RECENT:]
    if len(before) < _RECENT or sum(m.papers for m in known) < _LEAST:
        return ""
    new, old = sum(m.papers for m in recent), sum(m.papers for m in before)
    new_total, old_total = sum(m.total for m in recent), sum(m.total for m in before)
    total = new_total + old_total
    if log_likelihood(new, new_total, new + old, total) >= _SURE:
        return "rising"
    if log_likelihood(old, old_total, new + old, total) >= _SURE:
        return "falling"
    return ""
