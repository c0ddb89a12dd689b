"""The tool for what papers are about: the terms of a period, and the papers of a term."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from pydantic import Field

from broadsheet.catalog import Readings, Work
from broadsheet.text import term_key
from broadsheet.web.mcp.answers import Answer, Page, cost_of, fitted
from broadsheet.web.mcp.asking import Asking, check_days, shown
from broadsheet.web.mcp.given import LAST_OFFSET, TermsGiven

_MONTHS = 12
_WEEK = timedelta(days=6)


class Term(Answer):
    """A term in a period: its papers there, and in all."""

    term: str
    papers: int
    in_all: int


class Month(Answer):
    """The papers of a term in a month."""

    month: str
    papers: int


class Terms(Page):
    """The terms of a period, or the papers of a term with how many there were a month."""

    terms: list[Term] = Field(default_factory=list)
    months: list[Month] = Field(default_factory=list)


def terms(asking: Asking, given: TermsGiven) -> Terms:
    """The terms of most papers from one day to another, or the papers of one term."""
    readings = Readings(asking.state.catalog)
    notes = []
    if waiting := min(readings.waiting(), asking.state.works):
        notes.append(
            f"{waiting:,} of {asking.state.works:,} papers are still to be read for their terms."
            if waiting < asking.state.works
            else "No paper has been read for its terms yet; the worker does so by itself."
        )
    if given.term.strip():
        return _of_term(asking, given, readings, notes)
    return _of_period(asking, given, readings, notes)


def _of_term(asking: Asking, given: TermsGiven, readings: Readings, notes: list[str]) -> Terms:
    key = term_key(given.term)
    found = readings.term(key) if _storable(key) else None
    page = Terms(
        title=f"Papers about {shown(given.term)}",
        paper_url=f"{asking.base}/papers/{{id}}",
        notes=notes,
    )
    if found is None:
        page.notes.append(f"No paper here has the term “{shown(given.term)}”; search finds more.")
        return page
    page.total = found.papers
    page.months = [Month(month=one, papers=count) for one, count in found.months[-_MONTHS:]]
    if found.first:
        page.notes.append(f"First here: {found.first}.")
    ids = readings.of_term(key, offset=given.offset, limit=given.limit)
    works = asking.state.recent.get_many(ids)
    rows: list[tuple[Work, dict[str, Any]]] = [
        (works[number], {}) for number in ids if number in works
    ]

    def following(count: int) -> int | None:
        reached = given.offset + (len(ids) if count == len(rows) else count)
        return reached if ids and reached < found.papers else None

    return fitted(page, rows, given.abstracts, given.max_tokens, following)


def _of_period(asking: Asking, given: TermsGiven, readings: Readings, notes: list[str]) -> Terms:
    check_days(given.first_day, given.last_day)
    first, last = given.first_day, given.last_day or "9999"
    if not (first or given.last_day) and (newest := asking.state.catalog.days(1)):
        last = newest[0][0]
        first = (date.fromisoformat(last) - _WEEK).isoformat()
    wanted = given.offset + given.limit
    found, total = readings.terms_between(first, last, wanted), readings.count_terms(first, last)
    until = "" if last == "9999" else f" to {last}"
    page = Terms(
        title=f"Terms{f' from {first}' if first else ''}{until}",
        total=total,
        notes=notes,
    )
    room = given.max_tokens - cost_of(page)
    for one in found[given.offset : wanted]:
        term = Term(term=one.text, papers=one.papers, in_all=one.in_all)
        room -= cost_of(term)
        if room < 0:
            break
        page.terms.append(term)
    reached = given.offset + len(page.terms)
    page.has_more = bool(page.terms) and reached < min(total, LAST_OFFSET)
    page.next = reached if page.has_more else None
    return page


def _storable(text: str) -> bool:
    return "\0" not in text and text.isprintable()
