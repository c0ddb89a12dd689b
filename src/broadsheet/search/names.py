"""A name of an author, typed as it is: "Yann LeCun", "LeCun, Yann", "by Y. LeCun"."""

from __future__ import annotations

import re
from dataclasses import replace

from broadsheet.index import Clause, Filters, Index, WordQuery
from broadsheet.search.fields import narrow
from broadsheet.search.reading import Reading

# Letters, and the marks within names; a single word is a topic as often as a name.
_WORD = r"[^\W\d_]+(?:[-'’.][^\W\d_]+)*\.?"
_NAME = re.compile(rf"(?:by )?({_WORD},?(?: {_WORD}){{1,3}})", re.IGNORECASE)


def read_name(reading: Reading, index: Index) -> Reading:
    """The reading in which plain words that are an author's name ask for their papers.

    They are where they are all that is asked for, filters aside, and more papers are by somebody
    called so than have all of the words in their text.
    """
    said = [part for part in reading.parts if part.kind == "words"]
    match = _NAME.fullmatch(said[0].text) if len(said) == 1 else None
    if match is None or len(reading.words.clauses) != 1:
        return reading
    name = match[1]
    by = Filters(authors=(name,))
    papers = index.count(by)
    if not papers:
        return reading
    if index.count_words(WordQuery((Clause(name, occur="must"),))) >= papers:
        return reading
    parts = (
        replace(part, kind="author", text=f"by {name}") if part is said[0] else part
        for part in reading.parts
    )
    return replace(
        reading,
        words=WordQuery(),
        meaning="",
        filters=narrow(reading.filters, by),
        parts=tuple(parts),
        notes=(
            *reading.notes,
            f"{name} is read as the name of an author; in quotation marks it is searched as words.",
        ),
        away=(),
        doubtful=None,
    )
