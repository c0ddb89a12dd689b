"""A paper at a glance, in its own words: what pages and mails show where it was read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from broadsheet.formulas import formulas
from broadsheet.text import Reading, Span, opening

# Characters of a line in a list.
CARD_LINE = 130
# A word as sentences begin with: not "k-means", "mRNA" or "nnU-Net".
_PLAIN_WORD = re.compile(r"(?:a|[a-z]{2,}(?:['’][a-z]+)?)(?=[\s,:-])")


@dataclass(frozen=True, slots=True)
class CardLine:
    """One line of a card: what it is of the paper, and the paper's own words, formulas as they
    stand in the abstract."""

    label: str
    words: str


def fits(reading: Reading, abstract: str) -> bool:
    """Whether a reading is of this abstract: it may be that of the version before.

    Sentences cover all of a text, so they end where it ends.
    """
    return bool(reading.sentences) and reading.sentences[-1].end == len(abstract.rstrip())


def card_of(reading: Reading, abstract: str, length: int = CARD_LINE) -> tuple[CardLine, ...]:
    """Problem, idea and result, each in the paper's own words; () where fewer than two are known.

    Where no idea was found, the sentence that stands best for the paper takes its place, under
    a name of its own. ``length``: characters of a line.
    """
    if not fits(reading, abstract):
        return ()
    idea = ("Idea", reading.idea)
    if reading.idea is None and not _overlaps(reading.summary, reading.problem, reading.result):
        idea = ("In short", reading.summary)
    found = (("Problem", reading.problem), idea, ("Result", reading.result))
    lines = tuple(
        CardLine(label, card_words(abstract, span, length))
        for label, span in found
        if span is not None
    )
    return lines if len(lines) > 1 else ()


def card_words(abstract: str, span: Span, length: int) -> str:
    """A place of an abstract, cut where it is longer than so many characters."""
    text = begun(abstract[span.start : span.end].strip())
    if len(text) > length:
        # Between two halves of a sentence a displayed formula takes the room of both.
        for formula in reversed(formulas(text)):
            if formula.display:
                text = f"{text[: formula.start]}…{text[formula.end :]}"
    return opening(text, length).replace(" …", "\u00a0…")  # never alone on a line


def begun(text: str) -> str:
    """A stretch of a sentence as a line of its own begins: with a capital, where that is usual."""
    return text[0].upper() + text[1:] if _PLAIN_WORD.match(text) else text


def _overlaps(span: Span | None, *others: Span | None) -> bool:
    return span is not None and any(
        other is not None and span.start < other.end and other.start < span.end for other in others
    )
