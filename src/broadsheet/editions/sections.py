"""What section each paper of an edition belongs to: its topic where the days are mapped, else
the subject that it is listed under first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from broadsheet.catalog import Listed, Place
from broadsheet.editions.plan import Entry
from broadsheet.editions.topics import ELSEWHERE

# Fewer of an edition's papers than this share have a topic: it is sectioned by subject.
_MAPPED = 0.5
_ELSEWHERE_KEY, _ELSEWHERE_NAME = "elsewhere", "Elsewhere"


@dataclass(frozen=True, slots=True)
class Sectioned:
    """Papers in the order of an edition, each with the key of its section; ``names`` has those
    of topics: subjects have names of their own."""

    entries: Sequence[Entry]
    names: Mapping[str, str] = field(default_factory=dict)


def section_key(topic: int) -> str:
    """How a topic's section is addressed: ``topic-12``, or ``elsewhere``."""
    return _ELSEWHERE_KEY if topic == ELSEWHERE else f"topic-{topic}"


def by_subject(papers: Sequence[Listed]) -> Sectioned:
    """The papers under their first categories, in the order they came."""
    return Sectioned(
        [_entry(paper, paper.categories[0] if paper.categories else "") for paper in papers]
    )


def by_topic(
    papers: Sequence[Listed], places: Mapping[int, Place], names: Mapping[int, str]
) -> Sectioned | None:
    """The papers of each day by topic, those nearest to it first.

    ``names`` are those of topics. Papers that are not mapped stand elsewhere; None where those
    are most, or there is none.
    """
    nowhere = Place(ELSEWHERE, 0.0)
    found = [(paper, places.get(paper.work_id, nowhere)) for paper in papers]
    # A topic without a name could not be told from others.
    found = [(p, place if names.get(place.topic) else nowhere) for p, place in found]
    placed = sum(place.topic != ELSEWHERE for _, place in found)
    if not placed or placed < _MAPPED * len(found):
        return None
    # Sorting is stable: the newest day stays first, and papers elsewhere stay as they came.
    found.sort(key=lambda item: -item[1].near)
    found.sort(key=lambda item: item[0].announced, reverse=True)
    return Sectioned(
        [_entry(paper, section_key(place.topic)) for paper, place in found],
        {section_key(topic): name for topic, name in names.items()}
        | {_ELSEWHERE_KEY: _ELSEWHERE_NAME},
    )


def _entry(paper: Listed, section: str) -> Entry:
    return Entry(paper.work_id, section, len(paper.categories), paper.complete)
