"""Years among plain words: "graph transformers 2025" wishes for papers of 2025, "COCO 2017" is a
name."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Literal

from broadsheet.index import Clause, Filters, Index, WordQuery
from broadsheet.search.fields import read_filter
from broadsheet.search.names import read_name
from broadsheet.search.parsing import PROSE, parse, read_as_words
from broadsheet.search.reading import Part, Reading
from broadsheet.search.scan import tidy
from broadsheet.search.times import Years, years_said

# Papers that have year and word side by side, for each that has the word and is of that year, from
# which on both are one name. At 14,000 papers of 2026: .14 of "AIME 2025", none of "agents 2026".
NAMED = 0.01
# Papers of a time that have all that is asked for, below which it is offered without the time, and
# how many times as many of any time have it then.
FEW, MANY = 5, 10

_OF_NONE = "no paper of that time here has all of the other words"
_WITHOUT_ALL = "no paper here has all of the other words"
_WORD = re.compile(r"\w+")
_NARROWING = frozenset({"author", "category", "source", "date", "has", "venue", "note"})


def read_years(reading: Reading, index: Index, today: date, *, syntax: bool = True) -> Reading:
    """The reading in which a year that the words end or begin with asks for papers of that year.

    It is a word where it is all that is asked for, where a title has it just so, where papers write
    it with the word beside it, and where papers have the other words but none of that year has:
    "COCO 2017" is a version, whatever is of 2017. A day, a month or a span that no paper writes
    is passed over then. So is any where no paper has all of the other words: of a paper
    half remembered ("residual learning He 2016") the year is often not the one that is filed.
    ``syntax`` is that of the request.
    """
    found = _said(reading)
    if found is None:
        return reading
    part, said = found
    given = part.given[said.start : said.end].strip(" ,")
    meant = _are_meant(part, said, _beside(reading, part, said), index)
    unwritten = _is_written_by_none(part, said, index)
    if not meant and not unwritten:
        return reading
    if syntax:
        query = reading.query.replace(part.given, _with_filter(part.given, said), 1)
        dated = read_name(parse(query, today), index)
    else:
        dated = read_name(_plain(part, said), index)
    known = _have_all(dated, index) if meant else "other"
    if known != "those" and not dated.looks_for_words:
        return reading
    if known == "other":
        return _passed_over(reading, part, said, dated, _OF_NONE) if unwritten else reading
    if not known:
        return _passed_over(reading, part, said, dated, _WITHOUT_ALL)
    parts = tuple(
        replace(one, given=given) if one.given == f"year:{said.value}" else one
        for one in dated.parts
    )
    note = (
        f"“{given}” is read as the time that papers are from; in quotation marks it is searched as"
        " words."
    )
    return replace(
        dated,
        query=reading.query,
        parts=parts,
        notes=tuple(dict.fromkeys((*reading.notes, note, *dated.notes))),
    )


def _passed_over(reading: Reading, part: Part, said: Years, dated: Reading, why: str) -> Reading:
    """The reading that looks for what ``dated`` does, at any time, and says why."""
    given = part.given[said.start : said.end].strip(" ,")
    text = (part.given[: said.start] + part.given[said.end :]).strip(" ,")
    said_too = (replace(one, text=text) if one is part else one for one in reading.parts)
    parts = tuple(one for one in said_too if one.text)  # nothing is left of a year alone
    return replace(
        reading,
        words=dated.words,
        meaning=dated.meaning,
        parts=parts,
        notes=(*reading.notes, f"“{given}” is passed over: {why}."),
    )


def _plain(part: Part, said: Years) -> Reading:
    """The reading of a text in which no character is syntax, narrowed to its time."""
    rest = f"{part.given[: said.start]} {part.given[said.end :]}"
    reading = read_as_words(rest.strip(" ,"))
    return replace(reading, filters=_filters(said))


def year_meant(reading: Reading, index: Index, today: date) -> str:
    """The query with a year that is searched as a word as a filter, where papers are of that year;
    without the time where it has few papers of the many that have the other words, or none, and
    without a year that no paper is of. '' where there is nothing to offer."""
    found = _said(reading)
    if found is None:
        return _without_time(reading, index)
    part, said = found
    if _is_titled(part, said, index):
        return ""
    offered = reading.query.replace(part.given, _with_filter(part.given, said), 1)
    known = _have_all(read_name(parse(offered, today), index), index)
    if index.count(_filters(said)) and known != "other":
        return offered if said.start else ""
    beside = _beside(reading, part, said)
    if known != "other" or (beside and _count(index, beside, phrase=True)):
        return ""
    rest = f"{part.given[: said.start]} {part.given[said.end :]}".strip(" ,")
    if part.text == rest:  # it is searched so
        return ""
    return tidy(reading.query.replace(part.given, rest, 1)).strip(" ,")


def _without_time(reading: Reading, index: Index) -> str:
    """The query without the time that its words ask for, where few papers of that time have all
    that is asked for and many others have; '' for any other."""
    dates = [part for part in reading.parts if part.kind == "date" and ":" not in part.given]
    if len(dates) != 1 or not reading.looks_for_words:
        return ""
    filters = reading.filters or Filters()
    of_time = _having_all(reading, filters, index)
    many = _having_all(reading, replace(filters, first_day="", last_day=""), index)
    return dates[0].without if of_time < FEW and many >= MANY * max(of_time, 1) else ""


def _said(reading: Reading) -> tuple[Part, Years] | None:
    """The words that hold a year, beside others or beside what else is asked for, and the year."""
    if len(reading.query.split()) > PROSE or reading.query.endswith((".", "?", "!")):
        return None
    words = [part for part in reading.parts if part.kind == "words"]
    for part in reversed(words):
        said = years_said(part.given)
        whole = said is not None and said.start == 0 and said.end == len(part.given)
        bare = whole and said is not None and said.alone and len(reading.parts) == 1
        if said and part.given in reading.query and not bare:
            return part, said
    return None


def _with_filter(text: str, said: Years) -> str:
    rest = (text[: said.start].rstrip(" ,"), f"year:{said.value}", text[said.end :])
    return " ".join(part for part in rest if part)


def _beside(reading: Reading, part: Part, said: Years) -> str:
    """The year with the word that it may belong to, in their order; '' for none."""
    at = reading.query.index(part.given)
    ahead = reading.query[:at].rstrip(" ,")
    narrowed = (one.given for one in reading.parts if one.kind in _NARROWING)
    if not said.start and any(map(ahead.endswith, narrowed)):  # the value of a field is no word
        return ""
    before = _WORD.findall(reading.query[: at + said.start])
    behind = _WORD.findall(part.given[said.end :])
    if said.start or before:
        return f"{before[-1]} {said.value}" if before else ""
    return f"{said.value} {behind[0]}" if behind else ""


def _are_meant(part: Part, said: Years, beside: str, index: Index) -> bool:
    """Whether a time is no part of a name or a title, and papers are of it."""
    if not index.count(_filters(said)) or _is_titled(part, said, index):
        return False
    if not said.alone or not beside:
        return True
    word = beside.replace(said.value, "").strip()
    of_year = _count(index, word, filters=_filters(said))
    return _count(index, beside, phrase=True) <= NAMED * of_year


def _is_written_by_none(part: Part, said: Years, index: Index) -> bool:
    """Whether no paper writes a time that is no year alone: its figures are words of nothing that
    was asked for."""
    if said.alone or _is_titled(part, said, index):
        return False
    return not _count(index, part.given[said.start : said.end], phrase=True)


def _have_all(reading: Reading, index: Index) -> Literal["", "those", "other"]:
    """Which papers have all that is asked for: those of the time, or only others; '' for none."""
    filters = reading.filters or Filters()
    if _having_all(reading, filters, index):
        return "those"
    anytime = replace(filters, first_day="", last_day="")
    return "other" if _having_all(reading, anytime, index) else ""


def _having_all(reading: Reading, filters: Filters, index: Index) -> int:
    """How many papers have all that is looked for, if anything, by other filters."""
    if reading.looks_for_words:
        return index.count_words(_wanted(reading), filters)
    return index.count(filters)


def _wanted(reading: Reading) -> WordQuery:
    """What is looked for, all of its words demanded."""
    return WordQuery(
        tuple(
            replace(clause, occur="must") if clause.occur == "should" else clause
            for clause in reading.asked
        )
    )


def _is_titled(part: Part, said: Years, index: Index) -> bool:
    """Whether words with their time stand in a title as they are."""
    more = said.start > 0 or said.end < len(part.given)
    return more and bool(_count(index, part.given, phrase=True, title=True))


def _filters(said: Years) -> Filters:
    read = read_filter("year", said.value)
    if read is None:
        raise AssertionError("a year that was said is a day that can be read")
    return read[2]


def _count(
    index: Index,
    text: str,
    *,
    phrase: bool = False,
    title: bool = False,
    filters: Filters | None = None,
) -> int:
    clause = Clause(text, "title" if title else "text", phrase, "must")
    return index.count_words(WordQuery((clause,)), filters)
