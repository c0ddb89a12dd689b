"""What of a query names nothing to look for: "of the", "-", "AND"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from broadsheet.index import Clause, Index, WordQuery
from broadsheet.search.acronyms import Glossary, understood
from broadsheet.search.parsing import parse
from broadsheet.search.reading import Part, Reading
from broadsheet.search.scan import tidy

TITLE = 3  # words so common that they may still be a title: "To be or not to be"


def without_nothing(
    reading: Reading, index: Index, glossary: Glossary | None, today: date
) -> Reading:
    """The reading without the parts that name nothing to look for, and a note on each.

    They are signs, and words that nearly every text has: by its meaning alone "the" would find
    papers that have nothing to do with it. What titles have as it stands, and what is short for
    something ("IT"), does name something.
    """
    nothing = [part for part in reading.parts if _is_nothing(part, index)]
    if not nothing or understood(reading, glossary):
        return reading
    said = (part.text if part.kind == "phrase" else f"“{part.given}”" for part in nothing)
    notes = (*reading.notes, *(f"{one} names nothing to look for." for one in said))
    rest = parse(_without(reading.query, nothing), today)
    return replace(rest, query=reading.query, notes=tuple(dict.fromkeys((*notes, *rest.notes))))


def _without(query: str, parts: Sequence[Part]) -> str:
    """A query without parts of it, which stand in it in this order."""
    kept: list[str] = []
    for part in parts:
        before, _, query = query.partition(part.given)
        kept.append(before)
    return tidy(" ".join((*kept, query)))


def _is_nothing(part: Part, index: Index) -> bool:
    if part.kind not in {"words", "phrase", "title"}:
        return False
    text = part.given.partition(":")[2] if part.kind == "title" else part.given
    words = index.words(text)
    if any(word.term for word in words):
        return False
    fewest = 2 if part.kind == "phrase" else TITLE
    titled = Clause(text, "title", phrase=True, occur="must")
    return len(words) < fewest or not index.count_words(WordQuery((titled,)))
