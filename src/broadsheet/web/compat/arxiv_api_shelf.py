"""What queries in arXiv's way ask of all papers at once and the word index does not hold.

A few columns of every work, read once and kept up with the change log: dates, categories, and
the text of comments, journal references and report numbers. A work that changed gets a new row
and its old one is switched off; about 100 bytes a work.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import select

from broadsheet.catalog import Catalog, metadata
from broadsheet.web.compat.replies import moment

NOTES = {"co": ("comments", "comment"), "jr": ("journal_ref",), "rn": ("report_number",)}
_PART, _END = "\x1f", "\n"
_TOLD = re.compile(r'"(?:comments?|journal_ref|report_number)":')
_MOST_SEGMENTS = 200
_BATCH = 20_000

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Segment:
    """Notes of the rows from ``first`` on: one text, and where each row's part begins."""

    first: int
    text: str
    starts: NDArray[np.int64]

    def rows_with(self, literal: str) -> Rows:
        """The rows in whose notes a text occurs."""
        places, at = [], self.text.find(literal)
        while at >= 0:
            places.append(at)
            at = self.text.find(literal, at + 1)
        found = np.searchsorted(self.starts, np.array(places, np.int64), side="right") - 1
        return np.asarray(np.unique(found) + self.first, np.int64)

    def note(self, row: int) -> str:
        """The notes of a row, their parts apart."""
        place = row - self.first
        end = self.starts[place + 1] if place + 1 < len(self.starts) else len(self.text)
        return self.text[int(self.starts[place]) : int(end)].rstrip(_END)


@dataclass(frozen=True, slots=True)
class Shelf:
    """One state of the columns; ``seq`` is the change it has come to. Arrays have a place for
    each row; dates are YYYYMMDDhhmmss, ``filed`` a number of `combinations`."""

    seq: int
    ids: Rows
    alive: Mask
    published: Rows
    updated: Rows
    filed: NDArray[np.int32]
    combinations: tuple[tuple[str, ...], ...]
    row_of: NDArray[np.int32]
    segments: tuple[Segment, ...]

    def rows(self, ids: Rows) -> Rows:
        """The rows of works, those that are not here left out."""
        ids = ids[(ids >= 0) & (ids < len(self.row_of))]
        rows = self.row_of[ids].astype(np.int64)
        rows = rows[rows >= 0]
        return rows[self.alive[rows]]

    def mask(self, rows: Rows) -> Mask:
        """A place for each row, true for these."""
        found = np.zeros(len(self.ids), np.bool_)
        found[rows] = True
        return found

    def note(self, row: int) -> str:
        """The notes of a row."""
        segment = next(one for one in reversed(self.segments) if one.first <= row)
        return segment.note(row)


EMPTY = Shelf(
    0,
    np.empty(0, np.int64),
    np.empty(0, np.bool_),
    np.empty(0, np.int64),
    np.empty(0, np.int64),
    np.empty(0, np.int32),
    (),
    np.empty(0, np.int32),
    (),
)


class Shelves:
    """Keeps the newest state; safe for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shelf = EMPTY
        self._of: Catalog | None = None

    def look(self, catalog: Catalog) -> Shelf:
        """The state of a catalog now."""
        seq = catalog.seq()
        if self._of is catalog and self._shelf.seq == seq:
            return self._shelf
        with self._lock:
            shelf = self._shelf
            dead = len(shelf.ids) - int(shelf.alive.sum())
            crowded = len(shelf.segments) > _MOST_SEGMENTS or dead * 4 > len(shelf.ids)
            # An older catalog than before: a backup was restored.
            if self._of is not catalog or seq < shelf.seq or crowded:
                shelf = EMPTY
            self._shelf = _grown(shelf, catalog)
            self._of = catalog
            return self._shelf


def folded(text: str) -> str:
    """Text without case and accents."""
    if text.isascii():
        return text.lower()
    parted = unicodedata.normalize("NFKD", text)
    return "".join(one for one in parted if not unicodedata.combining(one)).lower()


def date_number(iso: str) -> int:
    """``2026-08-20`` as 20260820000000; 0 for none."""
    told = moment(iso) if iso else None
    return int(re.sub(r"\D", "", told)[:14]) if told else 0


def _grown(shelf: Shelf, catalog: Catalog) -> Shelf:
    """The state after all changes that there are."""
    works, records = metadata.tables["works"], metadata.tables["records"]
    columns = (
        *(works.c.seq, works.c.id, works.c.alive, works.c.published, works.c.announced),
        *(works.c.updated, works.c.categories, records.c.extra, records.c.arrived_at),
    )
    query = (
        select(*columns)
        .select_from(works.outerjoin(records, records.c.id == works.c.record_id))
        .where(works.c.seq > shelf.seq)
        .order_by(works.c.seq)
    )
    found = _Columns(shelf)
    with catalog.database.read() as connection:
        result = connection.execution_options(yield_per=_BATCH).execute(query)
        for row in result:
            found.add(row)
    return found.shelf()


class _Columns:
    """Rows that are added to a state."""

    def __init__(self, shelf: Shelf) -> None:
        self._before = shelf
        self._seq = shelf.seq
        self._ids: list[int] = []
        self._gone: list[int] = []
        self._published: list[int] = []
        self._updated: list[int] = []
        self._filed: list[int] = []
        self._codes = {one: place for place, one in enumerate(shelf.combinations)}
        self._known: dict[str, int] = {}
        self._dates: dict[str, int] = {}
        self._notes: list[str] = []

    def add(self, row: Sequence[Any]) -> None:
        """Takes a work as it stands."""
        seq, number, alive, published, announced, updated, categories, extra, arrived = row
        self._seq = seq
        self._gone.append(number)
        if not alive:
            return
        first = self._date(published or announced) or self._date(arrived[:10])
        self._ids.append(number)
        self._published.append(first)
        self._updated.append(max(self._date(updated), first))
        code = self._known.get(categories)
        if code is None:
            names = tuple(categories[1:-1].split("\n")) if categories else ()
            code = self._known[categories] = self._codes.setdefault(names, len(self._codes))
        self._filed.append(code)
        self._notes.append(_note(extra))

    def _date(self, iso: str) -> int:
        number = self._dates.get(iso)
        if number is None:
            number = self._dates[iso] = date_number(iso)
        return number

    def shelf(self) -> Shelf:
        """The state with these rows."""
        before, first = self._before, len(self._before.ids)
        ids = np.array(self._ids, np.int64)
        changed = np.array(self._gone, np.int64)
        alive = np.concatenate((before.alive, np.ones(len(ids), np.bool_)))
        alive[before.rows(changed)] = False
        size = max(int(changed.max(initial=-1)) + 1, len(before.row_of))
        row_of = np.full(size, -1, np.int32)
        row_of[: len(before.row_of)] = before.row_of
        row_of[changed] = -1
        row_of[ids] = np.arange(first, first + len(ids), dtype=np.int32)
        segments = before.segments
        if len(ids):
            lengths = np.array([len(note) for note in self._notes], np.int64)
            starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)[:-1]))
            segments = (*segments, Segment(first, "".join(self._notes), starts))
        return Shelf(
            self._seq,
            np.concatenate((before.ids, ids)),
            alive,
            np.concatenate((before.published, np.array(self._published, np.int64))),
            np.concatenate((before.updated, np.array(self._updated, np.int64))),
            np.concatenate((before.filed, np.array(self._filed, np.int32))),
            tuple(self._codes),
            row_of,
            segments,
        )


def _note(extra: str | None) -> str:
    """Comment, journal reference and report number of a record, on a line."""
    if not extra or not _TOLD.search(extra):
        return _END
    told = orjson.loads(extra)
    parts = (_said(told, names) for names in NOTES.values())
    return _PART.join(parts) + _END


def _said(told: dict[str, object], names: Iterable[str]) -> str:
    for name in names:
        value = told.get(name)
        if isinstance(value, str) and value:
            return " ".join(folded(value).split())
    return ""


def part_of(note: str, field: str) -> str:
    """One of the notes that stand on a line."""
    parts = note.split(_PART)
    place = list(NOTES).index(field)
    return parts[place] if place < len(parts) else ""
