"""Where papers appeared, among plain words: "accepted at NeurIPS 2025", "ICLR 2026 pruning"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from broadsheet.index import Clause, Filters, Index, WordQuery
from broadsheet.search.fields import narrow, read_filter
from broadsheet.search.names import read_name
from broadsheet.search.parsing import parse
from broadsheet.search.reading import Reading

OFTENER = 4  # times as many papers note a venue as say its name in their text

# A year, or the verb, tells the name of a venue from the same letters elsewhere.
_VENUE = re.compile(
    r"""(?<![\w":.-])
    (?P<said>(?:papers?\s+)?(?:accepted|published|presented|appeared|to\s+appear)
      \s+(?:at|by|in|to)\s+(?:the\s+)?)?
    (?:(?:papers?\s+)?(?:at|in|from|of)\s+(?:the\s+)?)?
    (?P<name>[^\W\d_][^\W_]{2,14})
    (?:[ ,]\s*(?P<year>(?:19|20)\d\d))?
    (?![\w":-]|\.\w)""",
    re.IGNORECASE | re.VERBOSE,
)


def read_venue(reading: Reading, index: Index, today: date) -> Reading:
    """The reading in which a word and a year, or what papers were "accepted at", asks for papers
    that appeared there, where some of those have a word of the rest."""
    found = _meant(reading, index)
    if found is None:
        return reading
    asked, filters, match = found
    if not (match["said"] or _is_named(match["name"], index)):
        return reading
    noted = read_name(parse(_with(reading, asked, match), today), index)
    if noted.looks_for_words and not index.count_words(noted.words, filters):
        return reading
    given = match[0].strip(" ,")
    # As they stand in the query: a venue, and of an anthology its year apart.
    stood = {asked: given, f"venue:{match['name']}": given, f"year:{match['year']}": match["year"]}
    parts = tuple(replace(one, given=stood.get(one.given, one.given)) for one in noted.parts)
    note = (
        f"“{given}” is read as where papers appeared; in quotation marks it is searched as words."
    )
    notes = (*reading.notes, note, *noted.notes)
    return replace(noted, query=reading.query, parts=parts, notes=tuple(dict.fromkeys(notes)))


def venue_meant(reading: Reading, index: Index) -> str:
    """The query with a word, or a word and a year, as the venue that papers note far oftener than
    their texts have it; '' where there is none."""
    found = _meant(reading, index)
    return _with(reading, found[0], found[2]) if found else ""


def _with(reading: Reading, asked: str, match: re.Match[str]) -> str:
    return reading.query[: match.start()] + asked + reading.query[match.end() :]


def _meant(reading: Reading, index: Index) -> tuple[str, Filters, re.Match[str]] | None:
    # Most queries have no such words, and theirs are not looked at one by one.
    said = [match for match in _VENUE.finditer(reading.query) if match["year"] or match["said"]]
    if not said:
        return None
    plain = {word.surface for clause in reading.plain for word in index.words(clause.text)}
    for match in said:
        name, year = match["name"], match["year"]
        if name in plain:
            for asked, filters in _asked(name, year):
                if index.count(filters) > OFTENER * _said(name, year, index):
                    return asked, filters, match
    return None


def _is_named(name: str, index: Index) -> bool:
    """Whether a word is what a venue is called rather than a word of texts: "agents 2026" asks for
    no meeting, though one is called so."""
    return index.count(_filters("venue", name)) > _said(name, None, index)


def _asked(name: str, year: str | None) -> Iterator[tuple[str, Filters]]:
    """The ways to ask for a venue: comments name it with its year, anthologies apart."""
    if not year:
        yield f"venue:{name}", _filters("venue", name)
        return
    yield f'venue:"{name} {year}"', _filters("venue", f"{name} {year}")
    dated = narrow(_filters("venue", name), _filters("year", year)) or Filters()
    yield f"venue:{name} year:{year}", dated


def _filters(field: str, value: str) -> Filters:
    read = read_filter(field, value)
    if read is None:
        raise AssertionError("a name or a year that was found makes a filter")
    return read[2]


def _said(name: str, year: str | None, index: Index) -> int:
    text = f"{name} {year}" if year else name
    return index.count_words(WordQuery((Clause(text, phrase=True, occur="must"),)))
