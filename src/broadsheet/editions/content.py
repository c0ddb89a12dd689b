"""An edition: the papers announced on a day, in a week or in a month, set out for reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from broadsheet.catalog import Work, work_json

LEAD_RULE = (
    "How the leads are chosen: from each of the three largest sections, "
    "the paper that is listed under the most subjects and was not withdrawn."
)
SHELF = "shelf"
STARTER = "starter"


@dataclass(frozen=True, slots=True)
class Section:
    """The part of a section that stands on a page; ``total`` counts all of it.

    ``category`` is how it is addressed: a category, ``topic-12``, or ``elsewhere``.
    """

    category: str
    name: str
    total: int
    works: tuple[Work, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """A section in the list of all sections."""

    category: str
    name: str
    total: int


@dataclass(frozen=True, slots=True)
class Edition:
    """One page of an edition, with what is needed to turn to the others.

    ``key`` is the edition's ISO date (``2026-08-20``, ``2026-W34``, ``2026-08``), or its
    source for a shelf of papers that have no announced day. ``by`` says what the sections are.
    """

    kind: str
    key: str
    title: str
    possessive: str
    first: str
    last: str
    total: int
    page: int
    pages: int
    leads: tuple[Work, ...]
    lead_rule: str
    sections: tuple[Section, ...]
    contents: tuple[Contents, ...]
    previous: str
    next: str
    by: Literal["topic", "subject"] = "subject"

    def to_json(self) -> dict[str, object]:
        """The page as plain values."""
        return {
            "kind": self.kind,
            "key": self.key,
            "title": self.title,
            "first": self.first,
            "last": self.last,
            "total": self.total,
            "page": self.page,
            "pages": self.pages,
            "previous": self.previous or None,
            "next": self.next or None,
            "lead_rule": self.lead_rule or None,
            "leads": [work_json(work) for work in self.leads],
            "sections": [
                {
                    "category": section.category,
                    "name": section.name,
                    "total": section.total,
                    "papers": [work_json(work) for work in section.works],
                }
                for section in self.sections
            ],
        }
