"""Editions get their topics: a day is mapped once its papers are read and have their vectors."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterable, Sequence

import numpy as np

from broadsheet.catalog import Catalog, MappedDay, Place, Readings, Topics, Work
from broadsheet.editions import (
    MAP_VERSION,
    Mapped,
    Sighted,
    Sights,
    TopicMap,
    advance,
    filed,
    is_new_week,
    pack_map,
    unpack_map,
)
from broadsheet.encoders import VectorStore
from broadsheet.settings import Settings
from broadsheet.text import Reading, subjects, telling_words

log = logging.getLogger("broadsheet.worker")

_ALL_DAYS = 1_000_000
# A map begins from so many days, and is reshaped by so many days before; or fewer with enough
# papers.
_BEGIN_DAYS, _RECENT_DAYS = 12, 8
_ENOUGH_PAPERS = 6_000
# A day waits until so many of its papers have a vector, where an encoder is at work.
_ENCODED = 0.98
_PAUSE_SECONDS = 3.0  # between two looks at a day that waits


class Mapping:
    """Maps the days of a catalog, one a call, in the order of days.

    The map begins with the newest days, so that today's edition has sections at once; earlier
    days are filed by the map as it then is. ``encoder`` and ``dimensions`` are those of the
    vectors in use, '' and 0 for a map of words alone.
    """

    def __init__(
        self, settings: Settings, catalog: Catalog, encoder: str = "", dimensions: int = 0
    ) -> None:
        self._catalog = catalog
        self._topics = Topics(catalog)
        self._readings = Readings(catalog)
        self._kind = f"{MAP_VERSION} {encoder}".strip()
        if not encoder and self._topics.kind().startswith(f"{MAP_VERSION} "):
            # Weights that are missing for a while: the map by vectors goes on by words.
            self._kind = self._topics.kind()
        self._store: VectorStore | None = None
        if encoder:
            folder = settings.vectors_path / encoder
            self._store = VectorStore(folder, dimensions, read_only=True)
        self._idle: tuple[object, ...] = ()
        self._looked, self._pause = -math.inf, 0.0

    def some(self, *, encoding: bool) -> int:
        """Maps one day where one is ready; returns how many papers it has.

        ``encoding``: more vectors are on their way, so that a day waits for its own.
        """
        state = (self._catalog.seq(), self._readings.seq(), self._topics.round(), encoding)
        now = time.monotonic()
        if (self._idle == state and not encoding) or now < self._looked + self._pause:
            return 0
        self._idle, self._pause = (), 0.0
        if self._store is not None:
            self._store.refresh()
        days = dict(self._catalog.days(_ALL_DAYS))
        known = self._topics.days() if self._topics.kind() == self._kind else {}
        waiting = [day for day, count in days.items() if known.get(day) != count]
        gone = [day for day in known if day not in days]
        for day in _in_turn(waiting, self._topics.newest() if known else "", days):
            if count := self._map(day, bool(known), encoding):
                return count
        for day in gone[:1]:
            self._topics.put(self._kind, MappedDay(day, {}, {}))
        if not waiting:
            self._idle = state
        self._looked, self._pause = now, _PAUSE_SECONDS
        return 0

    def _map(self, day: str, begun: bool, encoding: bool) -> int:
        sights = self._sights([day], encoding)
        if sights is None:
            return 0
        newest = self._topics.newest() if begun else ""
        if day < newest:
            filed_ = filed(_unpacked(self._topics.map()), sights)
            self._topics.put(self._kind, _mapped_day(day, filed_))
            return len(sights.papers)
        before = self._topics.map(before=day == newest) if newest else None
        start = unpack_map(before) if before is not None else None
        recent = None
        if start is None or is_new_week(start.day, day):
            recent = self._before(day, _RECENT_DAYS if start else _BEGIN_DAYS)
        found = advance(start, day, sights, recent)
        if found is None:  # too few papers for a map: the day has sections by subject
            self._topics.put(self._kind, MappedDay(day, _nowhere(sights), {}))
            return len(sights.papers)
        self._topics.put(
            self._kind,
            _mapped_day(day, found),
            before=before or pack_map(found.before),
            after=pack_map(found.map),
        )
        for line in found.log:
            log.info("topics of %s: %s", day, line)
        return len(sights.papers)

    def _before(self, day: str, most: int) -> Sights | None:
        """The papers of the days before a day, in the order of days."""
        days: list[str] = []
        papers = 0
        for earlier, count in self._catalog.days(most, before=day):
            days.append(earlier)
            papers += count
            if papers >= _ENOUGH_PAPERS:
                break
        return self._sights(days[::-1], encoding=False)

    def _sights(self, days: Iterable[str], encoding: bool) -> Sights | None:
        """The papers of some days; None where they are not read yet, or wait for vectors."""
        ids = [listed.work_id for day in days for listed in self._catalog.listing(day, day)]
        works = self._catalog.get_many(sorted(ids))
        readings = self._readings.get_many(list(works))
        if len(readings) < len(works) and self._readings.seq() < self._catalog.seq():
            return None
        rows = self._rows(list(works.values()))
        if encoding and len(rows) and (rows >= 0).mean() < _ENCODED:
            return None
        papers = [_sighted(work, readings.get(work.id)) for work in works.values()]
        return Sights(papers, self._vectors(rows))

    def _rows(self, works: Sequence[Work]) -> np.ndarray:
        if self._store is None:
            return np.full(len(works), -1)
        return self._store.rows([work.text_hash for work in works])

    def _vectors(self, rows: np.ndarray) -> np.ndarray:
        """Unit vectors of these rows of the store, nan for -1."""
        if self._store is None:
            return np.zeros((len(rows), 0), np.float32)
        vectors = np.full((len(rows), self._store.dimensions), np.nan, np.float32)
        there = rows >= 0
        levels = self._store.vectors(rows[there]).astype(np.float32)
        vectors[there] = levels / np.linalg.norm(levels, axis=1, keepdims=True).clip(min=1e-9)
        return vectors

    def close(self) -> None:
        """Lets go of the vectors."""
        if self._store is not None:
            self._store.close()


def _in_turn(waiting: Sequence[str], newest: str, days: dict[str, int]) -> list[str]:
    """The days that can be mapped next, the first that is ready of them.

    Before there is a map: the newest day. Then the newest mapped day again where it changed, or
    the first one after it; then earlier ones, the latest first.
    """
    if not newest:
        return [day for day in waiting if day == max(days)]
    later = sorted(day for day in waiting if day >= newest)
    return later[:1] + sorted((day for day in waiting if day < newest), reverse=True)[:1]


def _sighted(work: Work, reading: Reading | None) -> Sighted:
    paper = work.paper
    found = subjects(reading.keywords) if reading else {}
    words = telling_words(paper.title, paper.abstract or paper.summary)
    return Sighted(work.id, words, found, paper.categories)


def _mapped_day(day: str, found: Mapped) -> MappedDay:
    places = {number: Place(*place) for number, place in found.places.items()}
    return MappedDay(day, places, found.names(), found.log)


def _nowhere(sights: Sights) -> dict[int, Place]:
    return {paper.work_id: Place(0, 0.0) for paper in sights.papers}


def _unpacked(data: bytes | None) -> TopicMap:
    if data is None:
        raise ValueError("the map of topics is not kept; 'broadsheet topics --rebuild' makes it")
    return unpack_map(data)
