"""The papers that a query names, and what becomes of names that no paper here has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from broadsheet.search.pipeline import Library
from broadsheet.search.reading import Part, Reading
from broadsheet.search.scan import tidy


def named_works(reading: Reading, library: Library) -> tuple[list[int], Reading]:
    """The works that a query names, and the reading whose parts are their names; the reading as
    it is where there are none."""
    whole = library.resolve(reading.identifier) if reading.identifier else []
    if whole:
        return whole, reading
    works = {one: library.resolve(one.name) for one in reading.named}
    parts = (
        Part("identifier", one.name, one.given, tidy(reading.query.replace(one.given, " ", 1)))
        for one, found in works.items()
        if found
    )
    missing = (f"No paper here is {one.name}." for one, found in works.items() if not found)
    named = list(dict.fromkeys(work_id for found in works.values() for work_id in found))
    notes = (*reading.notes, *missing)
    return named, replace(reading, parts=tuple(parts), notes=notes) if named else reading


def unfound_as_words(reading: Reading) -> Reading:
    """The reading of a query none of whose names is a paper's here, with a note that says so."""
    names = [one.name for one in reading.named] or [reading.identifier]
    if not names[0]:
        return reading
    searched = "it is" if len(names) == 1 else "they are"
    note = f"No paper here is {' or '.join(names)}; {searched} searched as words."
    parts = (
        replace(part, kind="words") if part.kind == "identifier" else part for part in reading.parts
    )
    return replace(reading, identifier="", parts=tuple(parts), notes=(*reading.notes, note))


def passed_over(beside: Reading) -> Iterator[str]:
    """A note on each filter and exclusion that stands beside the name of a paper, and on nothing
    else: the paper is found whether it satisfies them or not."""
    return (f"{part.given} is passed over: a paper is named." for part in beside.parts)
