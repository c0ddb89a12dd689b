"""Editions read from the catalog."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from broadsheet.cache import Cache
from broadsheet.catalog import Catalog, Topics, Work
from broadsheet.editions.calendar import Kind, Span, span_of
from broadsheet.editions.categories import category_name
from broadsheet.editions.content import LEAD_RULE, SHELF, STARTER, Contents, Edition, Section
from broadsheet.editions.plan import FRONT, Entry, Plan, plan
from broadsheet.editions.sections import Sectioned, by_subject, by_topic
from broadsheet.editions.shelf import shelf_of

_PLANS_KEPT = 16
_ALL = 1_000_000
# The shelf is read as a whole; nobody turns more than fifty pages of it.
_SHELF_HOLDS = 2000
# Leads that are withdrawn give way to others so many times; then the edition has none.
_MOST_REPLACED = 10


By = Literal["topic", "subject"]


class Heading(NamedTuple):
    """What stands above a page."""

    kind: str
    key: str
    title: str
    possessive: str
    first: str
    last: str
    previous: str
    next: str


@dataclass(frozen=True, slots=True)
class Printed:
    """An edition's order, how it is sectioned, and the names of sections by topic."""

    plan: Plan
    by: By
    names: Mapping[str, str]

    def name(self, section: str) -> str:
        """A section's name in words."""
        return self.names.get(section) or category_name(section)


def edition(catalog: Catalog, kind: Kind, day: str = "", *, limit: int = FRONT) -> Edition | None:
    """The first page of an edition: the leads, and ``limit`` papers in their sections.

    ``day`` (ISO) is any day of it, '' the newest that has papers. None where nothing was
    announced.
    """
    editions = Editions(catalog, front=limit)
    return editions.read(span_of(kind, day)) if day else editions.latest(kind)


class Editions:
    """The editions of one catalog. Plans are kept until the catalog changes."""

    def __init__(self, catalog: Catalog, *, front: int = FRONT) -> None:
        self._catalog = catalog
        self._topics = Topics(catalog)
        self._front = front
        self._plans: Cache[str, Printed] = Cache(_PLANS_KEPT)
        self._days: Cache[None, list[tuple[str, int]]] = Cache(1)

    def latest(self, kind: Kind, page: int = 1, section: str | None = None) -> Edition | None:
        """The newest edition of a kind; None in a catalog without announced days."""
        span = self.latest_span(kind)
        return self.read(span, page, section) if span else None

    def latest_span(self, kind: Kind) -> Span | None:
        """The span of the newest edition."""
        newest = self._catalog.days(1)
        return span_of(kind, newest[0][0]) if newest else None

    def topics_round(self) -> int:
        """A number that changes whenever a section by topic could look different."""
        return self._topics.round()

    def read(
        self, span: Span, page: int = 1, section: str | None = None, *, by: By = "topic"
    ) -> Edition | None:
        """A page of an edition, or of one of its sections; None where nothing is printed.

        Sections are topics where the days are mapped, else subjects. A ``section`` that is no
        topic is looked for among the subjects: such addresses go on leading somewhere.
        """
        made = self._plan(span.key, lambda: self._between(span, by="topic"))
        if not made.plan.total:
            return None
        subject = section is not None and section not in made.plan.sections
        if made.by == "topic" and (by == "subject" or subject):
            made = self._plan(f"{span.key} by subject", lambda: self._between(span, by="subject"))
        previous, following = self.neighbours(span)
        heading = Heading(
            kind=span.kind,
            key=span.key,
            title=span.title,
            possessive=span.possessive,
            first=span.first,
            last=span.last,
            previous=previous,
            next=following,
        )
        return self._edition(made, page, section, heading)

    def shelf(self, page: int = 1, section: str | None = None) -> Edition | None:
        """The papers of the starter shelf by topic, or the first ones of the largest source.

        This is what a home shows that has met no listing: none of its papers has a day. None
        when there is no paper at all.
        """
        sources = [name for name, _ in self._catalog.sources()]
        if not sources:
            return None
        source = STARTER if STARTER in sources else sources[0]
        made = self._plan(SHELF, lambda: Sectioned(self._entries_on_shelf(source)))
        title = "The starter shelf" if source == STARTER else f"From {source}"
        heading = Heading(SHELF, source, title, "the shelf’s", "", "", "", "")
        return self._edition(made, page, section, heading)

    def days(self) -> list[tuple[str, int]]:
        """All announced days with their number of papers, newest first."""
        state = self._state()
        found = self._days.get(None, state)
        if found is None:
            found = self._catalog.days(_ALL)
            self._days.put(None, found, state)
        return found

    def days_around(self, day: str, count: int) -> list[tuple[str, int]]:
        """The days nearest to one, newest first: later ones to the right as far as they go."""
        days = self.days()
        at = next((i for i, (other, _) in enumerate(days) if other <= day), 0)
        start = max(0, min(at - count // 2, len(days) - count))
        return days[start : start + count]

    def _state(self) -> tuple[int, int]:
        """What editions are made of: a change of the catalog or of the topics makes them anew."""
        return self._catalog.seq(), self._topics.round()

    def _plan(self, key: str, sectioned: Callable[[], Sectioned]) -> Printed:
        state = self._state()
        made = self._plans.get(key, state)
        if made is None:
            found = sectioned()
            by: By = "topic" if found.names else "subject"
            made = Printed(self._planned(found.entries), by, found.names)
            self._plans.put(key, made, state)
        return made

    def _planned(self, entries: Sequence[Entry]) -> Plan:
        """The order of some papers. A withdrawn one leads nothing; only those that would lead
        are read to know."""
        for _ in range(_MOST_REPLACED):
            made = plan(entries, front=self._front)
            works = self._catalog.get_many(made.leads)
            gone = {number for number, work in works.items() if work.paper.withdrawn}
            if not gone:
                return made
            entries = [
                replace(entry, complete=entry.complete and entry.work_id not in gone)
                for entry in entries
            ]
        return plan(entries, leads=0, front=self._front)

    def _between(self, span: Span, *, by: By) -> Sectioned:
        papers = self._catalog.listing(span.first, span.last)
        mapped = None
        if by == "topic" and (places := self._topics.places(span.first, span.last)):
            mapped = by_topic(papers, places, self._topics.names(span.first, span.last))
        return mapped or by_subject(papers)

    def _entries_on_shelf(self, source: str) -> list[Entry]:
        ids = self._catalog.shelf(source, limit=_SHELF_HOLDS)
        works = self._catalog.get_many(ids).values()
        return [Entry(work.id, _shelf_section(work), 0, complete=False) for work in works]

    def neighbours(self, span: Span) -> tuple[str, str]:
        """The keys of the editions before and after, of the same kind; '' where there is none."""
        days = [day for day, _ in self.days()]
        before = next((day for day in days if day < span.first), "")
        after = next((day for day in reversed(days) if day > span.last), "")
        return (
            span_of(span.kind, before).key if before else "",
            span_of(span.kind, after).key if after else "",
        )

    def _edition(
        self, printed: Printed, page: int, section: str | None, heading: Heading
    ) -> Edition | None:
        made = printed.plan
        if section is None:
            pages, groups = made.pages, made.page(page)
            leads = made.leads if page == 1 else ()
        else:
            pages, groups, leads = made.section_pages(section), [], ()
            if ids := made.section_page(section, page):
                groups = [(section, ids)]
        if not groups and not leads:
            return None
        works = self._catalog.get_many([*leads, *(i for _, ids in groups for i in ids)])
        return Edition(
            kind=heading.kind,
            key=heading.key,
            title=heading.title,
            possessive=heading.possessive,
            first=heading.first,
            last=heading.last,
            total=made.total,
            page=page,
            pages=pages,
            leads=tuple(works[i] for i in leads if i in works),
            lead_rule=LEAD_RULE if leads else "",
            sections=tuple(
                Section(
                    c,
                    printed.name(c),
                    len(made.sections[c]),
                    tuple(works[i] for i in ids if i in works),
                )
                for c, ids in groups
            ),
            contents=tuple(
                Contents(c, printed.name(c), len(ids)) for c, ids in made.sections.items()
            ),
            by=printed.by,
            previous=heading.previous,
            next=heading.next,
        )


def _shelf_section(work: Work) -> str:
    """A shelf of our own for the starter's topics; categories where papers have them."""
    topic = work.paper.extra.get("topic")
    if isinstance(topic, str):
        return shelf_of(topic)
    return work.paper.categories[0] if work.paper.categories else ""
