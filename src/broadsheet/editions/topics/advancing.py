"""The map goes on by a day: papers find their topics, topics follow their papers.

Online spherical k-means with fading sums (Zhong, "Efficient Online Spherical K-means Clustering",
2005): the topics of the day before are where a day begins, so that a topic stays itself while
its subject moves. Once a week topics are added, parted, joined and laid to rest (`reshaping`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from broadsheet.editions.topics.beginning import begun
from broadsheet.editions.topics.grouping import sums_of
from broadsheet.editions.topics.likeness import fitted, likeness, limits, nearest
from broadsheet.editions.topics.naming import surfaces
from broadsheet.editions.topics.points import Sights
from broadsheet.editions.topics.reshaping import reshaped
from broadsheet.editions.topics.seating import seated
from broadsheet.editions.topics.values import ELSEWHERE, Floats, Points, TopicMap

# What a day's papers still weigh a day later: half after ten days with papers.
FADING = 0.933
_ROUNDS = 2
_FORGOTTEN = 0.2  # papers; a subject that counts for less is dropped


@dataclass(frozen=True, slots=True, eq=False)
class Mapped:
    """The map after a day, where its papers stand, and what changed of the topics, in words.

    ``before`` is the map that the day began from. ``places`` are by work id: the number of the
    topic (`ELSEWHERE` for none), and the likeness of the paper to it, 0 to 1.
    """

    before: TopicMap
    map: TopicMap
    places: Mapping[int, tuple[int, float]]
    log: tuple[str, ...] = ()

    def names(self) -> dict[int, str]:
        """The names of the day's sections by number, without that of `ELSEWHERE`."""
        told = {topic.number: topic.name for topic in self.map.topics}
        numbers = sorted({number for number, _ in self.places.values()} - {ELSEWHERE})
        return {number: told[number] for number in numbers}


def advance(
    before: TopicMap | None, day: str, sights: Sights, recent: Sights | None = None
) -> Mapped | None:
    """The map after a day (ISO) from the map before it, and where the day's papers stand.

    ``recent``: papers of the days before; without ``before`` the map begins from them and the
    day's, else they show what is to be reshaped in a new week. None where nothing can begin:
    there are too few papers. Deterministic: equal papers in equal order have equal maps.
    """
    log: tuple[str, ...] = ()
    start = before
    if before is None:
        both = sights if recent is None else _joined(recent, sights)
        start = before = begun(day, both)
        if start is None or before is None:
            return None
    elif recent is not None and is_new_week(before.day, day):
        before, log = reshaped(before, recent)
    points = sights.points(before.frame)
    dimensions = before.frame.vector_dimensions
    moved = _moved(before, points)
    scores = likeness(points, moved, dimensions)
    _, best = nearest(scores, before.awake)
    fit = fitted(before.fit, points, best, dimensions)
    rows = seated(scores, limits(points, fit, dimensions), before.awake)
    after = _after(before, day, sights, points, rows, fit)
    return Mapped(start or before, after, _places(after, sights, scores, rows), log)


def filed(made: TopicMap, sights: Sights) -> Mapped:
    """Where papers of an earlier day stand on a map, which they do not change."""
    points = sights.points(made.frame)
    dimensions = made.frame.vector_dimensions
    scores = likeness(points, made.sums, dimensions)
    rows = seated(scores, limits(points, made.fit, dimensions), made.awake)
    return Mapped(made, made, _places(made, sights, scores, rows))


def _places(
    made: TopicMap, sights: Sights, scores: Floats, rows: NDArray[np.int64]
) -> dict[int, tuple[int, float]]:
    numbers = [topic.number for topic in made.topics]
    return {
        paper.work_id: (numbers[row], max(0.0, float(of_it[row]))) if row >= 0 else (ELSEWHERE, 0.0)
        for paper, row, of_it in zip(sights.papers, rows.tolist(), scores, strict=True)
    }


def is_new_week(before: str, day: str) -> bool:
    """Whether two ISO days are of different weeks (Monday to Sunday)."""
    return date.fromisoformat(before).isocalendar()[:2] != date.fromisoformat(day).isocalendar()[:2]


def _joined(one: Sights, other: Sights) -> Sights:
    papers = [*one.papers, *other.papers]
    return Sights(papers, np.concatenate([one.vectors, other.vectors]))


def _moved(before: TopicMap, points: Points) -> Points:
    """The centres of the topics after a day, as sums: what they were, and their near papers."""
    dimensions = before.frame.vector_dimensions
    centres = before.sums
    for _ in range(_ROUNDS):
        rows, best = nearest(likeness(points, centres, dimensions), before.awake)
        rows = np.where(best >= limits(points, before.fit, dimensions), rows, -1)
        centres = FADING * before.sums + sums_of(points, rows, len(before.topics))
    return centres


def _after(
    before: TopicMap,
    day: str,
    sights: Sights,
    points: Points,
    rows: NDArray[np.int64],
    fit: Floats,
) -> TopicMap:
    size = len(before.topics)
    mass = FADING * before.mass + np.bincount(rows[rows >= 0], minlength=size)
    counts = [_faded(told) for told in before.counts]
    for paper, row in zip(sights.papers, rows.tolist(), strict=True):
        if row >= 0:
            for key in paper.subjects:
                counts[row][key] = counts[row].get(key, 0.0) + 1.0
    told = {key for topic in counts for key in topic}
    printed = {**surfaces(paper.subjects for paper in sights.papers), **before.printed}
    seen = set(rows.tolist())
    topics = tuple(
        replace(
            topic,
            first=topic.first or (day if row in seen else ""),
            last=day if row in seen else topic.last,
        )
        for row, topic in enumerate(before.topics)
    )
    return replace(
        before,
        day=day,
        topics=topics,
        sums=FADING * before.sums + sums_of(points, rows, size),
        mass=mass,
        fit=fit,
        counts=tuple(counts),
        printed={key: text for key, text in printed.items() if key in told},
    )


def _faded(counts: Mapping[str, float]) -> dict[str, float]:
    return {key: FADING * count for key, count in counts.items() if FADING * count >= _FORGOTTEN}
