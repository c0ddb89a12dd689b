"""Where each paper of an edition stands: leads, front page, inside pages.

Pure: it knows a paper by its work id and how many subjects it is listed in.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FRONT = 40
LEADS = 3
_FRONT_SECTIONS = 10
# The sections of what belongs to none: papers without a subject, and those near no topic.
REST = frozenset(["", "elsewhere"])
_SEATS_AT_LEAST = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """What the plan needs to know of a paper."""

    work_id: int
    category: str
    subjects: int
    complete: bool  # fit to lead: has a title and an abstract, and stands


@dataclass(frozen=True, slots=True)
class Plan:
    """An edition's order. Every paper stands once among leads, front and inside.

    ``sections`` holds all papers of a section, leads included, biggest section first.
    """

    sections: Mapping[str, tuple[int, ...]]
    leads: tuple[int, ...]
    front: tuple[tuple[str, tuple[int, ...]], ...]
    inside: tuple[tuple[str, int], ...]
    size: int = FRONT  # papers on a page

    @property
    def total(self) -> int:
        """How many papers there are."""
        return sum(map(len, self.sections.values()))

    @property
    def pages(self) -> int:
        """The front page and the inside pages."""
        return 1 + math.ceil(len(self.inside) / self.size)

    def page(self, number: int) -> list[tuple[str, list[int]]]:
        """Sections with their papers on a page, from 1; [] behind the last. Leads apart."""
        if number == 1:
            return [(category, list(ids)) for category, ids in self.front]
        start = (number - 2) * self.size
        return _grouped(self.inside[start : start + self.size])

    def section_page(self, category: str, number: int) -> list[int]:
        """A page of one section, from 1."""
        ids = self.sections.get(category, ())
        return list(ids[(number - 1) * self.size : number * self.size])

    def section_pages(self, category: str) -> int:
        """How many pages a section fills."""
        return max(1, math.ceil(len(self.sections.get(category, ())) / self.size))


def plan(entries: Sequence[Entry], *, leads: int = LEADS, front: int = FRONT) -> Plan:
    """Sets out an edition; the order within a section is that of ``entries``."""
    by_section: dict[str, list[Entry]] = {}
    for entry in entries:
        by_section.setdefault(entry.category, []).append(entry)
    # Papers of no section stand last, however many they are.
    order = sorted(by_section, key=lambda c: (c in REST, -len(by_section[c]), c))
    chosen = [_lead(by_section[category]) for category in order[:leads] if category not in REST]
    lead_ids = tuple(entry.work_id for entry in chosen if entry)
    taken = set(lead_ids)
    rest = {c: [e.work_id for e in by_section[c] if e.work_id not in taken] for c in order}
    seats = _seats({c: len(rest[c]) for c in order}, front)
    return Plan(
        sections={c: tuple(e.work_id for e in by_section[c]) for c in order},
        leads=lead_ids,
        front=tuple((c, tuple(rest[c][: seats[c]])) for c in order if seats.get(c)),
        inside=tuple((c, work_id) for c in order for work_id in rest[c][seats.get(c, 0) :]),
        size=front,
    )


def _lead(section: Sequence[Entry]) -> Entry | None:
    """The paper of a section that is listed in the most subjects; ties go to the first."""
    fit = [entry for entry in section if entry.complete]
    return max(fit, key=lambda entry: entry.subjects, default=None)


def _seats(sizes: Mapping[str, int], places: int) -> dict[str, int]:
    """Shares the front page out among the biggest sections by the root of their size.

    Sainte-Laguë's divisors on square roots: big sections get more, small ones are seen too.
    """
    open_sections = [category for category in sizes if sizes[category]][:_FRONT_SECTIONS]
    seats = {c: min(_SEATS_AT_LEAST, sizes[c]) for c in open_sections}
    while sum(seats.values()) > places:  # a short front page: the last sections give way
        last = next(reversed(seats))
        seats[last] -= 1
        if not seats[last]:
            del seats[last]
    free = places - sum(seats.values())
    while free > 0:
        growing = [c for c in seats if seats[c] < sizes[c]]
        if not growing:
            break
        winner = max(growing, key=lambda c: math.sqrt(sizes[c]) / (2 * seats[c] + 1))
        seats[winner] += 1
        free -= 1
    for category, size in sizes.items():  # a quiet day: the smaller sections fit as well
        if category not in seats and 0 < size <= free:
            seats[category] = size
            free -= size
    return seats


def _grouped(pairs: Sequence[tuple[str, int]]) -> list[tuple[str, list[int]]]:
    groups: list[tuple[str, list[int]]] = []
    for category, work_id in pairs:
        if not groups or groups[-1][0] != category:
            groups.append((category, []))
        groups[-1][1].append(work_id)
    return groups
