"""The first map: topics from the papers of some days at once."""

from __future__ import annotations

import numpy as np

from broadsheet.editions.topics.grouping import grouped, halved, sums_of
from broadsheet.editions.topics.likeness import fitted, likeness, nearest
from broadsheet.editions.topics.naming import named, surfaces, tallied
from broadsheet.editions.topics.points import Sights
from broadsheet.editions.topics.values import Points, Topic, TopicMap

FEWEST_PAPERS = 60
MOST_PAPERS = 6_000  # of those given, evenly spaced, that topics are looked for in
_FEWEST, _MOST = 3, 30
_GROWTH = 0.36  # topics for papers, as a power: 4 for 70, 16 for 2,000, 30 for 12,000
_LARGE = 2.2  # times the mean: a group this large is parted


def wanted(papers: float) -> int:
    """How many topics so many papers have."""
    return int(min(_MOST, max(_FEWEST, round(papers**_GROWTH))))


def begun(day: str, sights: Sights) -> TopicMap | None:
    """A map of these papers; None where there are too few. Its topics have no section yet."""
    if len(sights.papers) < FEWEST_PAPERS:
        return None
    step = -(-len(sights.papers) // MOST_PAPERS)
    chosen = _telling(Sights(sights.papers[::step], sights.vectors[::step]))
    scale = len(sights.papers) / len(chosen.papers)
    frame = chosen.frame()
    points, dimensions = chosen.points(frame), frame.vector_dimensions
    groups = parted(points, grouped(points, wanted(len(sights.papers))))
    size = int(groups.max()) + 1
    order = np.argsort(-np.bincount(groups, minlength=size), kind="stable")
    groups = np.argsort(order, kind="stable")[groups]
    sums = sums_of(points, groups, size) * scale
    _, best = nearest(likeness(points, sums, dimensions), np.ones(size, bool))
    mass = np.bincount(groups, minlength=size).astype(np.float64) * scale
    counts = tuple(
        {
            key: float(count * scale)
            for key, count in tallied(
                paper.subjects
                for paper, group in zip(chosen.papers, groups.tolist(), strict=True)
                if group == number
            ).items()
        }
        for number in range(size)
    )
    bare = [Topic(number + 1, "", (), "", "") for number in range(size)]
    printed = surfaces(paper.subjects for paper in chosen.papers)
    topics = tuple(
        Topic(topic.number, name, subjects, "", "")
        for topic, (subjects, name) in zip(bare, named(bare, counts, mass, printed), strict=True)
    )
    fit = fitted(np.zeros((2, 2)), points, best, dimensions)
    return TopicMap(day, topics, sums, mass, frame, fit, counts, printed, size + 1)


def _telling(sights: Sights) -> Sights:
    """The papers with a vector where those are most: the others are seen half only."""
    rows = np.flatnonzero(sights.meant)
    if len(rows) < max(FEWEST_PAPERS, len(sights.papers) / 2):
        return sights
    return Sights([sights.papers[row] for row in rows.tolist()], sights.vectors[rows])


def parted(points: Points, groups: np.ndarray) -> np.ndarray:
    """The groups with the largest ones halved until none is more than twice the usual size."""
    groups = groups.copy()
    usual = len(points) / (int(groups.max()) + 1)
    for _ in range(_MOST):
        sizes = np.bincount(groups)
        large = int(np.argmax(sizes))
        if sizes[large] <= _LARGE * usual or len(sizes) >= _MOST:
            break
        inside = np.flatnonzero(groups == large)
        halves, _ = halved(points[inside])
        if min(halves.sum(), len(halves) - halves.sum()) < 0.2 * len(halves):
            break
        groups[inside[halves == 1]] = len(sizes)
    return groups
