"""Why one paper is among the results: the sentence, the figures, and the abstract marked."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup
from starlette.exceptions import HTTPException

from broadsheet.catalog import Work
from broadsheet.search import Explanation, Highlight, Hit, SearchResult
from broadsheet.text import to_html
from broadsheet.web.desk import State
from broadsheet.web.pages.papers import find, one
from broadsheet.web.pages.search_asked import Asked
from broadsheet.web.site import Site
from broadsheet.web.views import title_of

WORDS_SHOWN = 12
# A record may hold megabytes; what stands under a result is an abstract's length.
_LONGEST_SHOWN = 6_000
_MARKS = {"word": "asked", "meaning": "near", "carrier": "carries"}


@dataclass(frozen=True, slots=True)
class Figure:
    """A word of the query: what its absence takes from the hit's score, in per cent of it."""

    word: str
    lexical: str
    dense: str
    bar: int


@dataclass(frozen=True, slots=True)
class WhyView:
    """What carried a hit, as it is shown."""

    sentence: str
    by_words: int
    by_meaning: int
    figures: tuple[Figure, ...]
    abstract: Markup
    ours: bool
    kinds: frozenset[str]
    note: str


def why(state: State, asked: Asked, name: str, result: SearchResult | None) -> tuple[Work, WhyView]:
    """The paper of that name and why it is where it is; 404 where it is not known."""
    work = one(find(state, name))
    found = None
    if result is not None:
        found = next((hit for hit in result.hits if hit.work_id == work.id), None)
    text = (work.paper.abstract or work.paper.summary)[:_LONGEST_SHOWN]
    marks: tuple[Highlight, ...] = ()
    if asked.query and state.searcher is not None:
        marks = tuple(m for m in state.searcher.highlights(work, asked.query) if m.end <= len(text))
    explanation = found.explanation if found else None
    return work, WhyView(
        sentence=explanation.in_words().replace(" %", "\u00a0%") if explanation else "",
        by_words=explanation.percent("lexical") if explanation else 0,
        by_meaning=explanation.percent("dense") if explanation else 0,
        figures=_figures(explanation) if explanation else (),
        abstract=marked(text, marks),
        ours=not work.paper.abstract and bool(text),
        kinds=frozenset(mark.kind for mark in marks),
        note=_note(found),
    )


def page_values(site: Site, asked: Asked, work: Work, view: WhyView) -> dict[str, object]:
    """What the templates show."""
    return {
        "why": view,
        "title": title_of(work.paper),
        "url": site.links.paper(work.paper),
        "query": asked.query,
        "back": asked.address(site.links.base),
    }


def wanted(name: str) -> str:
    """The name of the paper that is asked about; 404 without one."""
    if not name:
        raise HTTPException(404, "Which paper? The address names none.")
    return name


def _note(found: Hit | None) -> str:
    if found is None:
        return "It is not on this page of the results; this is what in it answers the query."
    if found.noted:
        return "What is written beside it has the words of the query that it lacks."
    if (explanation := found.explanation) is None:
        return "The query names this paper or one like it, or nothing in it is ranked."
    if explanation.dense is None and explanation.lexical is not None:
        return "Its meaning is not encoded yet, or was not asked for."
    return ""


def _figures(explanation: Explanation) -> tuple[Figure, ...]:
    whole = sum(explanation.shares.values())
    if whole <= 0:
        return ()
    rows = []
    for part in explanation.by_word:
        both = part.lexical + (part.dense or 0.0)
        lexical = f"{100 * part.lexical / whole:.0f} %" if part.lexical > 0 else "–"
        dense = "–" if part.dense is None else _signed(100 * part.dense / whole)
        rows.append((both, Figure(part.word, lexical, dense, round(100 * max(both, 0.0) / whole))))
    rows.sort(key=lambda row: -row[0])
    return tuple(figure for _, figure in rows[:WORDS_SHOWN])


def _signed(percent: float) -> str:
    rounded = round(percent)
    return f"−{-rounded} %" if rounded < 0 else f"{rounded} %"


def marked(text: str, marks: tuple[Highlight, ...]) -> Markup:
    """A clean text as safe HTML, its marks as ``<mark>``; a stretch may bear several.

    Formulas are drawn: no mark begins or ends inside one.
    """
    cuts = sorted({0, len(text), *(m.start for m in marks), *(m.end for m in marks)})
    parts: list[Markup] = []
    for start, end in pairwise(cuts):
        bears = {m.kind for m in marks if m.start <= start and end <= m.end}
        piece = Markup(to_html(text[start:end]))  # noqa: S704  # escapes all but its own MathML
        if bears:
            names = " ".join(name for kind, name in _MARKS.items() if kind in bears)
            piece = Markup('<mark class="{}">{}</mark>').format(names, piece)
        parts.append(piece)
    return Markup("").join(parts)
