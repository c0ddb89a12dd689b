"""A paper at a glance in a list: what it says in up to three lines, and its terms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from broadsheet.formulas import formulas
from broadsheet.text import Keyword, Reading, Span, opening, plain, to_html
from broadsheet.web.links import Links

MOST_TERMS = 6
# Characters of a line in a list.
LINE = 130
# Characters of all terms of a paper: two lines of a column.
_TERMS_LENGTH = 110
_LONGEST_TERM = 48
# A word as sentences begin with: not "k-means", "mRNA" or "nnU-Net".
_PLAIN_WORD = re.compile(r"(?:a|[a-z]{2,}(?:['’][a-z]+)?)(?=[\s,:-])")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a card: what it is of the paper, and the paper's own words."""

    label: str
    words: Markup


@dataclass(frozen=True, slots=True)
class TermChip:
    """A term as this paper prints it, with its page."""

    text: str
    url: str


def fits(reading: Reading, abstract: str) -> bool:
    """Whether a reading is of this abstract: it may be that of the version before.

    Sentences cover all of a text, so they end where it ends.
    """
    return bool(reading.sentences) and reading.sentences[-1].end == len(abstract.rstrip())


def card(reading: Reading, abstract: str, length: int = LINE) -> tuple[Line, ...]:
    """Problem, idea and result, each in the paper's own words; () where fewer than two are known.

    Where no idea was found, the sentence that stands best for the paper takes its place, under
    a name of its own.
    """
    if not fits(reading, abstract):
        return ()
    idea = ("Idea", reading.idea)
    if reading.idea is None and not _overlaps(reading.summary, reading.problem, reading.result):
        idea = ("In short", reading.summary)
    found = (("Problem", reading.problem), idea, ("Result", reading.result))
    lines = tuple(
        Line(label, words(abstract, span, length)) for label, span in found if span is not None
    )
    return lines if len(lines) > 1 else ()


def _overlaps(span: Span | None, *others: Span | None) -> bool:
    return span is not None and any(
        other is not None and span.start < other.end and other.start < span.end for other in others
    )


def words(abstract: str, span: Span, length: int) -> Markup:
    """A place of an abstract, cut where it is too long for a list."""
    text = begun(abstract[span.start : span.end].strip())
    if len(text) > length:
        # Between two halves of a sentence a displayed formula takes the room of both.
        for formula in reversed(formulas(text)):
            if formula.display:
                text = f"{text[: formula.start]}…{text[formula.end :]}"
    cut = opening(text, length).replace(" …", "\u00a0…")  # never alone on a line
    return Markup(to_html(cut))  # noqa: S704  # to_html escapes


def begun(text: str) -> str:
    """A stretch of a sentence as a line of its own begins: with a capital, where that is usual."""
    return text[0].upper() + text[1:] if _PLAIN_WORD.match(text) else text


def chips(keywords: Sequence[Keyword], links: Links) -> tuple[TermChip, ...]:
    """The terms that stand most for a paper, at most six, in about two lines."""
    found: list[TermChip] = []
    room = _TERMS_LENGTH
    for keyword in sorted(keywords, key=lambda keyword: -keyword.weight):
        text = plain(keyword.text)
        if len(text) > _LONGEST_TERM:
            continue
        room -= len(text) + 3
        if room < 0 and found:
            break
        found.append(TermChip(text, links.term(keyword.key)))
    return tuple(found[:MOST_TERMS])
