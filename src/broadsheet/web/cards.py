"""A paper at a glance in a list: what it says in up to three lines, and its terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from broadsheet.editions import CARD_LINE, card_of, card_words
from broadsheet.text import Keyword, Reading, Span, plain, to_html
from broadsheet.web.links import Links

MOST_TERMS = 6
# Characters of all terms of a paper: two lines of a column.
_TERMS_LENGTH = 110
_LONGEST_TERM = 48


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


def card(reading: Reading, abstract: str, length: int = CARD_LINE) -> tuple[Line, ...]:
    """The lines of `card_of` as they stand on a page."""
    return tuple(Line(one.label, _marked(one.words)) for one in card_of(reading, abstract, length))


def words(abstract: str, span: Span, length: int) -> Markup:
    """The words of `card_words` as they stand on a page."""
    return _marked(card_words(abstract, span, length))


def _marked(text: str) -> Markup:
    return Markup(to_html(text))  # noqa: S704  # to_html escapes


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
