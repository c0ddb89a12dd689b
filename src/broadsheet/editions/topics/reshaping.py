"""Once a week: topics are found among what is left over, parted, joined, and laid to rest.

Few changes at a time, each told in the log: a reader should find the paper in its usual order.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from broadsheet.editions.topics.beginning import wanted
from broadsheet.editions.topics.grouping import grouped, halved, sums_of
from broadsheet.editions.topics.likeness import centre_likeness, likeness, limits, nearest
from broadsheet.editions.topics.naming import named, surfaces, tallied
from broadsheet.editions.topics.points import Sights
from broadsheet.editions.topics.values import Points, Topic, TopicMap, unit

_MOST_FOUND = 2
_MOST_PARTED = 2
_GROUP = 25  # papers left over for each group that is looked for among them
_FEWEST = 8
_FEWEST_SHARE = 0.006  # of the papers looked at, that a new topic needs at least
_AGAIN = 0.75  # the likeness to a topic at rest from which it is that one again
_LARGE, _SMALL = 2.2, 0.1  # times the usual size: topics are parted above, laid to rest below
_HALF = 0.25  # of a topic, that either part must be
_SAME = 0.85  # the likeness of two topics from which they are one
_TOO_MANY = 4  # topics more than are wanted, before the two nearest are joined all the same


def reshaped(before: TopicMap, recent: Sights) -> tuple[TopicMap, tuple[str, ...]]:
    """The map with its topics looked over by the papers of the last days, and what changed."""
    points = recent.points(before.frame)
    dimensions = before.frame.vector_dimensions
    rows, best = nearest(likeness(points, before.sums, dimensions), before.awake)
    rows = np.where(best >= limits(points, before.fit, dimensions), rows, -1)
    draft = _Draft(before, recent, points, rows)
    draft.rest_small()
    draft.join()
    draft.find()
    draft.part()
    return draft.map(), tuple(draft.log)


class _Draft:
    """A map while it is worked on."""

    def __init__(
        self, before: TopicMap, recent: Sights, points: Points, rows: NDArray[np.int64]
    ) -> None:
        self._before = before
        self._recent = recent
        self._points = points
        self._rows = rows.copy()
        self._topics = list(before.topics)
        self._sums = before.sums.copy()
        self._mass = before.mass.copy()
        self._counts = [dict(told) for told in before.counts]
        self._next = before.next_number
        self.log: list[str] = []

    def _awake(self) -> list[int]:
        return [row for row, topic in enumerate(self._topics) if not topic.rests]

    def _usual(self) -> float:
        awake = self._awake()
        return float(self._mass[awake].sum()) / max(1, len(awake))

    def _say(self, row: int, words: str) -> None:
        topic = self._topics[row]
        self.log.append(f"{topic.number}: “{topic.name}” {words}")

    def rest_small(self) -> None:
        """Topics that hardly a paper comes to are laid to rest."""
        for row in self._awake():
            if self._mass[row] < _SMALL * self._usual():
                self._topics[row] = replace(self._topics[row], rests=True)
                self._say(row, "rests")

    def join(self) -> None:
        """The two topics that are most alike become one where they are the same, or too many."""
        awake = self._awake()
        if len(awake) < 3:
            return
        alike = centre_likeness(self._sums[awake])
        one, other = divmod(int(np.argmax(alike)), len(awake))
        many = len(awake) > wanted(float(self._mass[awake].sum())) + _TOO_MANY
        if alike[one, other] < _SAME and not many:
            return
        kept, gone = sorted((awake[one], awake[other]), key=lambda row: -self._mass[row])
        self._sums[kept] += self._sums[gone]
        self._mass[kept] += self._mass[gone]
        for key, count in self._counts[gone].items():
            self._counts[kept][key] = self._counts[kept].get(key, 0.0) + count
        self._rows[self._rows == gone] = kept
        self._topics[gone] = replace(self._topics[gone], rests=True)
        self._say(gone, f"is joined with {self._topics[kept].number}")

    def find(self) -> None:
        """New topics among the papers that are near none."""
        left = np.flatnonzero(self._rows < 0)
        fewest = max(_FEWEST, int(_FEWEST_SHARE * len(self._rows)))
        if len(left) < fewest:
            return
        groups = grouped(self._points[left], max(1, len(left) // _GROUP))
        count = int(groups.max()) + 1
        centres = unit(sums_of(self._points[left], groups, count))
        inner = np.einsum("ij,ij->i", self._points[left], centres[groups])
        tight = float(self._before.fit[:, 0].max())
        found = []
        for group in range(count):
            inside = groups == group
            if inside.sum() >= fewest and float(np.median(inner[inside])) >= tight:
                found.append((-int(inside.sum()), group))
        for _, group in sorted(found)[:_MOST_FOUND]:
            self._enter(left[groups == group], "is new")

    def part(self) -> None:
        """Topics that are much larger than the others become two."""
        for _ in range(_MOST_PARTED):
            awake = self._awake()
            large = max(awake, key=lambda row: (self._mass[row], -row), default=-1)
            few = len(awake) < wanted(float(self._mass[awake].sum())) - 1
            if large < 0 or (self._mass[large] <= _LARGE * self._usual() and not few):
                return
            inside = np.flatnonzero(self._rows == large)
            if len(inside) < 2 * _FEWEST:
                return
            halves, _ = halved(self._points[inside])
            sizes = np.bincount(halves, minlength=2)
            if sizes.min() < _HALF * len(inside):
                return
            self._divide(large, inside, halves)

    def _divide(self, row: int, inside: NDArray[np.int64], halves: NDArray[np.int64]) -> None:
        """The part that is nearer to what the topic was stays it, the other one is new."""
        centre = unit(self._sums[row])
        alike = unit(sums_of(self._points[inside], halves, 2)) @ centre
        new = int(np.argmin(alike))
        leaving = inside[halves == new]
        share = len(leaving) / len(inside)
        told = tallied(self._recent.papers[i].subjects for i in leaving.tolist())
        # What the new topic takes along leaves the old one, in the measure of its fading mass.
        scale = share * float(self._mass[row]) / len(leaving)
        moved = self._points[leaving].sum(axis=0) * scale
        self._sums[row] -= moved
        self._mass[row] *= 1 - share
        counts = self._counts[row]
        for key, count in told.items():
            if key in counts:
                counts[key] = max(0.0, counts[key] - count * scale)
        self._enter(leaving, f"is parted from {self._topics[row].number}", scale)

    def _enter(self, papers: NDArray[np.int64], words: str, scale: float = 1.0) -> None:
        """A topic of these papers: a new one, or one at rest that they are like."""
        total = self._points[papers].sum(axis=0) * np.float32(scale)
        told = {
            key: count * scale
            for key, count in tallied(self._recent.papers[i].subjects for i in papers).items()
        }
        resting = [row for row, topic in enumerate(self._topics) if topic.rests]
        if resting:
            alike = unit(self._sums[resting]) @ unit(total)
            again = resting[int(np.argmax(alike))]
            if float(alike.max()) >= _AGAIN:
                self._topics[again] = replace(self._topics[again], rests=False)
                self._sums[again] += total
                self._mass[again] += len(papers) * scale
                for key, count in told.items():
                    self._counts[again][key] = self._counts[again].get(key, 0.0) + count
                self._rows[papers] = again
                self._say(again, "is back")
                return
        row = len(self._topics)
        self._topics.append(Topic(self._next, "", (), "", ""))
        self._next += 1
        self._sums = np.vstack([self._sums, total[None, :]]).astype(np.float32)
        self._mass = np.append(self._mass, len(papers) * scale)
        self._counts.append(told)
        self._rows[papers] = row
        self.log.append(f"{self._topics[row].number}: {words}")

    def map(self) -> TopicMap:
        """The map, with names for new topics, and for those whose name tells them no more."""
        printed = {
            **surfaces(paper.subjects for paper in self._recent.papers),
            **self._before.printed,
        }
        names = named(self._topics, self._counts, self._mass, printed)
        for row, (subjects, name) in enumerate(names):
            if name != self._topics[row].name and self._topics[row].name:
                self._say(row, f"is now called “{name}”")
            self._topics[row] = replace(self._topics[row], subjects=subjects, name=name)
        return replace(
            self._before,
            topics=tuple(self._topics),
            sums=self._sums,
            mass=self._mass,
            counts=tuple(self._counts),
            printed=printed,
            next_number=self._next,
        )
