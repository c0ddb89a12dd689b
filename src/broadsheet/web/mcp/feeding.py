"""Tools that hand out what the paper prints: editions, trending, a reader's own list, lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import Field

from broadsheet.catalog import Work
from broadsheet.editions import FRONT, Edition, Span, for_you, parse_key, trending
from broadsheet.readers import Entry, notes_of, saved_entries
from broadsheet.search import SearchRequest, search_kept
from broadsheet.text import plain
from broadsheet.web.mcp.answers import Answer, Page, fitted
from broadsheet.web.mcp.asking import Asking, Refusal, shown, valid
from broadsheet.web.mcp.finding import notes_on
from broadsheet.web.mcp.given import EditionGiven, ForYouGiven, ListsGiven, Paged, TrendingGiven
from broadsheet.web.mcp.greeting import completeness, is_subject
from broadsheet.web.pages.about import coverage
from broadsheet.web.pages.for_you import today_of
from broadsheet.web.params import query_text

_TRENDING, _SECTIONS = 500, 12
_NOTE = 300  # characters
P = TypeVar("P", bound=Page)


class Shelf(Answer):
    """A list by name."""

    id: str
    name: str
    papers: int
    public: bool


class Shelves(Page):
    """The lists of a reader, or the papers of one."""

    lists: list[Shelf] = Field(default_factory=list)


def edition(asking: Asking, given: EditionGiven) -> Page:
    """The papers of a day, a week or a month, in the order they are printed."""
    section = given.section or None
    printed = _Printed(asking, given.edition, section)
    first = printed.page(1)
    if first is None:
        raise Refusal(_not_printed(asking, given))
    total = first.total
    if section is not None:
        total = next((c.total for c in first.contents if c.category == section), 0)
    works = printed.cut(given.offset, given.limit, total)
    page = Page(
        title=f"{first.title} ({first.key})" + (f", {section}" if section else ""),
        total=total,
        paper_url=f"{asking.base}/papers/{{id}}",
        notes=[f"Sections, with papers: {_sections(first)}.", f"{coverage(asking.state)}."],
    )
    if complete := completeness(asking.state):
        page.notes.append(complete)
    if first.previous:
        page.notes.append(f"The edition before: {first.previous}.")
    return _page(page, given, [(work, {}) for work in works], total)


def trends(asking: Asking, given: TrendingGiven) -> Page:
    """What readers turn to, each paper with its score taken apart."""
    state = asking.state
    found = valid(
        lambda: trending(
            state.catalog,
            state.readers,
            given.as_of,
            given.kind,
            limit=_TRENDING,
            category=given.category,
        )
    )
    part = found.entries[given.offset : given.offset + given.limit]
    page = Page(
        title=f"Trending, by {given.kind}, as of {found.as_of[:16]}",
        total=min(found.total, _TRENDING),
        paper_url=f"{asking.base}/papers/{{id}}",
        notes=[] if found.total else ["No reader has voted, saved or read anything yet."],
    )
    rows = [(entry.work, {"why": entry.sentence()}) for entry in part]
    return _page(page, given, rows, len(found.entries))


def chosen(asking: Asking, given: ForYouGiven) -> Page:
    """What a reader's taste picks of the newest papers; looking does not use the list up."""
    reader, state = asking.reader, asking.state
    if state.taste is None:
        raise Refusal(f"No list yet: {state.index_problem or 'the index is not made'}.")
    found = for_you(
        state.readers,
        state.taste,
        state.catalog,
        reader,
        today_of(state, reader),
        float(given.minutes or reader.minutes),
        again=True,
    )
    part = found.entries[given.offset : given.offset + given.limit]
    notes = [found.sentence()]
    if found.newcomer:
        notes.append("Nothing is known of this reader’s taste yet: these are the newest papers.")
    page = Page(
        title=f"For {reader.display or reader.name}, {found.day}",
        total=len(found.entries),
        paper_url=f"{asking.base}/papers/{{id}}",
        notes=notes,
    )
    rows = [
        (
            entry.work,
            {
                "likely": round(entry.recommendation.probability, 2),
                "why": plain(entry.recommendation.because.sentence()),
            },
        )
        for entry in part
    ]
    return _page(page, given, rows, len(found.entries))


def lists(asking: Asking, given: ListsGiven) -> Shelves:
    """The reader's lists, or the papers of one of them: all, or those that a query finds."""
    reader, kept = asking.reader, asking.state.readers.lists
    if not (given.list or given.query):
        own = kept.of(reader.id)
        return Shelves(
            title=f"The lists of {reader.display or reader.name}",
            total=len(own),
            lists=[
                Shelf(id=str(one.id), name=one.name, papers=one.size, public=one.public)
                for one in own
            ],
        )
    if given.list in ("", "saved"):
        name, entries = "Saved", saved_entries(asking.state.readers, reader.id)
    else:
        number = int(given.list) if given.list.isascii() and given.list.isdigit() else 0
        found = kept.get(number)
        if found is None or found.reader_id != reader.id:
            raise Refusal(f"There is no list “{shown(given.list)}”; lists without one names them.")
        name, entries = found.name, kept.entries(found.id)
    page = Shelves(title=name, total=len(entries), paper_url=f"{asking.base}/papers/{{id}}")
    if given.query:
        return _searched(asking, given, page, entries)
    part = entries[given.offset : given.offset + given.limit]
    works = asking.state.recent.get_many([entry.work_id for entry in part])
    rows = [
        (works[one.work_id], {"why": one.note[:_NOTE] or None})
        for one in part
        if one.work_id in works
    ]
    return _page(page, given, rows, len(entries), len(part))


def _searched(
    asking: Asking, given: ListsGiven, page: Shelves, entries: Sequence[Entry]
) -> Shelves:
    """Those of a list that a query finds, with what stands beside each."""
    request = SearchRequest(query_text(given.query)[0], limit=given.limit, offset=given.offset)
    result = search_kept(asking.searcher, request, notes_of(entries))
    works = asking.state.recent.get_many([hit.work_id for hit in result.hits])
    beside = {entry.work_id: entry.note[:_NOTE] or None for entry in entries}
    rows = [
        (
            works[hit.work_id],
            {
                "why": beside[hit.work_id],
                "likely": None if hit.probability is None else round(hit.probability, 2),
            },
        )
        for hit in result.hits
        if hit.work_id in works
    ]
    page.title, page.total = f"{page.title}: {result.query}", result.total
    page.notes.extend(notes_on(result))
    return _page(page, given, rows, result.total, len(result.hits))


def _page(
    page: P,
    given: Paged,
    rows: list[tuple[Work, dict[str, Any]]],
    total: int,
    covered: int | None = None,
) -> P:
    """The page within its budget. ``covered``: how far the rows reach in the list, where papers
    that are gone were left out of them."""

    def following(shown: int) -> int | None:
        reached = covered if covered is not None and shown == len(rows) else shown
        offset = given.offset + reached
        return offset if reached and offset < total else None

    return fitted(page, rows, given.abstracts, given.max_tokens, following)


class _Printed:
    """An edition read page by page."""

    def __init__(self, asking: Asking, key: str, section: str | None) -> None:
        self._editions = asking.state.editions
        self._section = section
        self._shelf = False
        self._span = self._span_of(key)

    def page(self, number: int) -> Edition | None:
        """A page, from 1."""
        if self._shelf:
            return self._editions.shelf(number, self._section)
        return self._editions.read(self._span, number, self._section) if self._span else None

    def cut(self, offset: int, limit: int, total: int) -> list[Work]:
        """Papers by their place in the whole."""
        first = self.page(1)
        on_first = len(_works(first)) if first else 0
        number, skip = 1, offset
        if offset >= on_first:
            number, skip = divmod(offset - on_first, FRONT)
            number += 2
        works: list[Work] = []
        while len(works) < skip + limit and offset < total:
            part = self.page(number)
            if part is None:
                break
            works += _works(part)
            number += 1
        return works[skip : skip + limit]

    def _span_of(self, key: str) -> Span | None:
        if key in ("latest", "day", "week", "month"):
            found = self._editions.latest_span("day" if key in ("latest", "day") else key)  # type: ignore[arg-type]
            self._shelf = found is None and key == "latest"
            return found
        span = parse_key(key)
        if span is None:
            raise Refusal(
                f"edition: “{shown(key)}” is none; say latest, week, month, 2026-08-20, 2026-W34 "
                "or 2026-08."
            )
        return span


def _works(edition: Edition) -> list[Work]:
    return [*edition.leads, *(work for section in edition.sections for work in section.works)]


def _sections(printed: Edition) -> str:
    """The sections of an edition with how many papers each has, the first of them."""
    return ", ".join(
        # Names of topics are made of phrases that we ship, not of what papers say.
        f"{c.category} ({c.name}) {c.total}"
        if printed.by == "topic"
        else f"{c.category or 'none'} {c.total}"
        for c in printed.contents[:_SECTIONS]
        if printed.by == "topic" or not c.category or is_subject(c.category)
    )


def _not_printed(asking: Asking, given: EditionGiven) -> str:
    days = asking.state.editions.days()
    if not days:
        return "There is no edition yet: no paper here has an announced day."
    whole = _Printed(asking, given.edition, None).page(1) if given.section else None
    if whole is not None:
        return (
            f"There is no section “{shown(given.section)}” in {whole.key}. Sections, with papers: "
            f"{_sections(whole)}."
        )
    return (
        f"Nothing is printed under “{shown(given.edition)}”: editions run from "
        f"{days[-1][0]} to {days[0][0]}."
    )
