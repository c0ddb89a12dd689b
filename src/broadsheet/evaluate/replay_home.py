"""``evaluate replay`` of a home: a reader's own history, day by day.

For each day on which the reader liked papers, the papers they could have met that day are
ordered from what had been known of them at the end of the day before, and what they liked is to
stand first. Only words' rarity and papers in general are those of today: no label is in them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from broadsheet.catalog import Catalog, Work
from broadsheet.evaluate.collection import BenchError
from broadsheet.evaluate.promises import Promised, promises
from broadsheet.evaluate.recipes import Papers, recipe
from broadsheet.evaluate.replay import Floats, average_precision, figures_of
from broadsheet.evaluate.throwaway import Documents, Throwaway
from broadsheet.index import Index
from broadsheet.readers import Act, Reader, Readers, Scorer, weigh

Progress = Callable[[int, int], None]
# A day looks back as *for you* does: to the reader's last visit, at least three days and at
# most sixty. The latest days count, and of a large window its newest papers.
_FRESH_DAYS, _BACKLOG_DAYS = 3, 60
_DAYS, _CANDIDATES = 60, 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Morning:
    """What was known before a day, and what the day brought: work ids, and which were liked.

    ``liked`` and ``disliked`` with the latest first; ``asked`` and ``wanted`` (m,).
    """

    day: str
    liked: list[int]
    disliked: list[int]
    asked: NDArray[np.int64]
    wanted: NDArray[np.bool_]


def replay_history(
    catalog: Catalog,
    index: Index,
    readers: Readers,
    reader: Reader,
    *,
    systems: Sequence[str] = (),
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Average precision of the product over a reader's days, and of other recipes beside it.

    Returns ``reader``, ``days``, ``first_day``, ``last_day``, ``likes`` found again,
    ``candidates`` a day, ``systems``: name -> ``ap`` with its 95 % interval over days and, against
    the product, ``p`` (paired randomisation over days), and the shares of the day's likes and of
    all papers under the line of *for you*. Raises `BenchError` where there is no such day.
    """
    names = list(dict.fromkeys(["taste", *systems]))
    makers = [recipe(name) for name in names]
    mornings = history(catalog, readers, reader)
    if not mornings:
        raise BenchError(
            f"{reader.name}: no day yet on which they liked papers announced lately, after a "
            "like on an earlier day; replay a folder of libraries instead"
        )
    filed = _filed(catalog, index, mornings)
    found: dict[str, Floats] = {}
    for done, one in enumerate(makers):
        ranker = one.make(filed)
        values = []
        for morning in mornings:
            told = (_pairs(filed, morning.liked), _pairs(filed, morning.disliked))
            scores = ranker(*told, _pairs(filed, morning.asked.tolist()))
            values.append(average_precision(np.asarray(scores, np.float64), morning.wanted))
        found[one.name] = np.asarray(values)
        if progress:
            progress(done + 1, len(makers))
    return {
        "reader": reader.name,
        "days": len(mornings),
        "first_day": mornings[0].day,
        "last_day": mornings[-1].day,
        "likes": int(sum(morning.wanted.sum() for morning in mornings)),
        "candidates": round(float(np.mean([len(morning.asked) for morning in mornings])), 1),
        "systems": {name: figures_of(values, found["taste"]) for name, values in found.items()},
        **promises(_promised(filed, mornings)),
    }


def history(catalog: Catalog, readers: Readers, reader: Reader) -> list[Morning]:
    """The latest days of a reader that can be replayed, the oldest first."""
    by_day: dict[str, list[Act]] = {}
    for act in readers.acts.of(reader.id):
        by_day.setdefault(act.at[:10], []).append(act)
    days = sorted(by_day)
    mornings: list[Morning] = []
    for at in range(len(days) - 1, 0, -1):
        liked_today, _ = weigh(by_day[days[at]])
        if not liked_today:
            continue
        made = _morning(catalog, readers, reader, days[at], days[at - 1], liked_today)
        if made is not None:
            mornings.append(made)
        if len(mornings) == _DAYS:
            break
    return mornings[::-1]


def _morning(
    catalog: Catalog,
    readers: Readers,
    reader: Reader,
    day: str,
    last_visit: str,
    liked_today: Mapping[int, float],
) -> Morning | None:
    today = date.fromisoformat(day)
    before = (today - timedelta(days=1)).isoformat()
    # As it was then: a like taken back later was known, one of that day was not.
    acts = readers.acts.of(reader.id, as_of=before)
    liked, disliked = weigh(acts)
    if not liked:
        return None
    fresh = (today - timedelta(days=_FRESH_DAYS)).isoformat()
    oldest = (today - timedelta(days=_BACKLOG_DAYS)).isoformat()
    listed = catalog.listing(max(min(last_visit, fresh), oldest), day)
    judged = {act.work_id for act in acts if act.kind != "open"}
    ids = [one.work_id for one in listed if one.work_id not in judged]
    kept = set(ids[:_CANDIDATES]) | (liked_today.keys() & set(ids))
    asked = np.asarray(sorted(kept), np.int64)
    wanted = np.isin(asked, list(liked_today))
    if not wanted.any() or wanted.all():
        return None
    return Morning(day, list(liked), list(disliked), asked, wanted)


class _Works(Documents):
    """Works of a home in the place of a collection's documents."""

    def __init__(self, works: dict[int, Work]) -> None:
        self.works = works


def _filed(catalog: Catalog, index: Index, mornings: Sequence[Morning]) -> Throwaway:
    ids = {
        work_id
        for morning in mornings
        for work_id in (*morning.liked, *morning.disliked, *morning.asked.tolist())
    }
    works = catalog.get_many(sorted(ids))
    return Throwaway(index, _Works(dict(sorted(works.items()))), 0.0, 0.0, 0)


def _pairs(filed: Throwaway, ids: Sequence[int]) -> Papers:
    works = filed.documents.works
    return [(work_id, works[work_id].paper) for work_id in ids if work_id in works]


def _promised(filed: Throwaway, mornings: Sequence[Morning]) -> list[Promised]:
    scorer = Scorer(filed.index)
    found = []
    for morning in mornings:
        away = scorer.judged(_pairs(filed, morning.disliked))
        lens = scorer.lens(scorer.judged(_pairs(filed, morning.liked)), away)
        if lens is not None:
            field = scorer.shelves.field(morning.asked)
            found.append(Promised.by(scorer, lens, field, morning.wanted))
    return found
