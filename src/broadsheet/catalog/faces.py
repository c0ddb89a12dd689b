"""How a work looks from its records: which one is shown, and what all of them say together.

Pure: the same records give the same face, in whatever order they came into the catalog's mind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from broadsheet.catalog.rows import shown_categories


@dataclass(slots=True, eq=False)
class Stored:
    """The short columns of a record: enough to tell works apart and choose among versions."""

    id: int
    work_id: int
    origin_id: int
    import_id: int
    source: str
    name: str
    version: str
    published: str
    announced: str
    updated: str
    content_hash: bytes
    fullness: int
    identifiers: str
    categories: str

    @property
    def keys(self) -> list[str]:
        """Its identifiers as ``scheme<TAB>value``."""
        return self.identifiers.split("\n")


class Face(NamedTuple):
    """The columns of `works` that follow from its records."""

    record_id: int | None
    published: str
    announced: str
    updated: str
    versions: int
    sources: str
    identifiers: str
    categories: str
    complete: int


FACELESS = Face(None, "", "", "", 0, "", "", "", 0)


def face(records: Sequence[Stored]) -> Face:
    """What a work shows; of no records, nothing."""
    if not records:
        return FACELESS
    shown = records[0]
    if len(records) == 1:
        return Face(
            shown.id,
            shown.published,
            shown.announced,
            shown.updated,
            1,
            shown.source,
            shown.identifiers,
            shown_categories(shown.categories),
            int(shown.fullness == 3),
        )
    records = sorted(records, key=lambda record: record.id)
    shown = _shown(records)
    # What is printed comes first, then the others as they arrived.
    ordered = [shown, *records]
    return Face(
        shown.id,
        earliest(record.published for record in records),
        earliest(record.announced for record in records),
        max(record.updated for record in records),
        len(records),
        "\n".join(dict.fromkeys(record.source for record in ordered)),
        "\n".join(dict.fromkeys(key for record in ordered for key in record.keys)),
        shown_categories(shown.categories),
        int(shown.fullness == 3),
    )


def _shown(records: Sequence[Stored]) -> Stored:
    """The newest version of the fullest record; among equally full ones, of the first to come.

    An id that has been printed stays so: a second source replaces the first only when it
    brings an abstract that was missing.
    """
    newest: dict[tuple[str, str], tuple[_Age, Stored]] = {}
    for record in records:
        thread = (record.source, record.name)
        other = newest.get(thread)
        age = _age(record, other[0] if other else (0, "", 0, 0))
        if other is None or age > other[0]:
            newest[thread] = (age, record)
    # Threads stand in the order of their first record, and max keeps the first of equals.
    return max((record for _, record in newest.values()), key=lambda record: record.fullness)


_Age = tuple[int, str, int, int]
_VERSION = re.compile(r"v(\d{1,6})", re.ASCII)


def _age(record: Stored, before: _Age) -> _Age:
    """What versions are ordered by: number, date, fullness, arrival.

    A record that tells no number or no date is taken for the same version as what was there
    before it; of one version the poorer record, in a second file without abstracts say, is not
    what the fuller one is hidden by.
    """
    match = _VERSION.fullmatch(record.version)
    number = int(match[1]) if match else before[0]
    return number, record.updated or before[1], record.fullness, record.id


def earliest(dates: Iterable[str]) -> str:
    """The first of ISO dates, said as precisely as another of them can: 2023 and 2023-05-03
    give 2023-05-03."""
    first = ""
    for date in sorted(dates):
        if date and date.startswith(first):
            first = date
    return first
