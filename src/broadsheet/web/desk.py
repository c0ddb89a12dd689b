"""What the pages are made from: catalog, index and searcher, kept current.

A web process writes only what readers do. It looks for a new commit at most every fifth of a
second, so pages are never more than that behind, and most requests find nothing to do. A
generation with another encoder is opened beside the one in use and takes its place when its
encoder is loaded: requests in flight end on the index that they began with.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from datetime import date
from typing import Literal

from broadsheet.catalog import Acronyms, Catalog, CatalogError, Readings
from broadsheet.editions import Editions
from broadsheet.encoders import Choice, Encoder
from broadsheet.index import (
    Index,
    IndexFault,
    IndexMissing,
    IndexOutdated,
    IndexStatus,
    Live,
    live_generation,
    open_index,
)
from broadsheet.readers import Mode, Readers, ReadersError, Taste
from broadsheet.search import Searcher, SearchRequest, load_reranker
from broadsheet.settings import Settings
from broadsheet.web.encoders import Encoders
from broadsheet.web.works import RecentWorks

log = logging.getLogger("broadsheet.web")

_LOOK_SECONDS = 0.2
# How long an index of another encoder waits for it; then its words are worth more than meaning.
_SWITCH_SECONDS = 60.0
# Of a fresh home: whoever asks over the web has no command line, and need not run anything.
_NOT_MADE_YET = (
    "the index is still to be made; the worker does so by itself within moments"
    " ('broadsheet index build' does it now)"
)
_MADE_ANEW = (
    "the index is being made anew for this version of Broadsheet; the worker does so by itself"
)
_UNUSABLE = "the index cannot be used just now ('broadsheet doctor' says why)"


@dataclass(frozen=True, slots=True)
class State:
    """What is true for one request. ``token`` changes whenever a page could look different;
    ``closed``: only who has an account reads here; ``read_seq``: the change of the catalog up to
    which papers were read."""

    token: str
    catalog: Catalog
    readers: Readers
    mode: Mode
    closed: bool
    editions: Editions
    recent: RecentWorks
    readings: Readings
    read_seq: int
    index: Index | None
    searcher: Searcher | None
    taste: Taste | None
    status: IndexStatus | None
    index_problem: str
    encoder_problem: str
    encoder_loading: bool
    encoder_choice: Choice
    works: int


class Desk:
    """Opens what a home has, and follows it. All methods may be called from any thread."""

    def __init__(self, settings: Settings, encoder: Encoder | Literal["load"] | None) -> None:
        self._settings = settings
        self._reranker = load_reranker(settings)
        self._lock = threading.Lock()
        self._catalog: Catalog | None = None
        self._editions: Editions | None = None
        self._readers: Readers | None = None
        self._taste: Taste | None = None
        self._taste_of: tuple[object, ...] = ()
        self._index: Index | None = None
        self._status: IndexStatus | None = None
        self._index_problem = ""
        self._encoders = Encoders(settings, encoder, self._encoder_came)
        self._waiting_since = 0.0
        self._looked = float("-inf")
        self._state: State | None = None

    def fresh(self) -> State | None:
        """The state when it is recent enough to answer from, else None: then ask `look`."""
        return self._state if time.monotonic() - self._looked < _LOOK_SECONDS else None

    def look(self) -> State:
        """The newest state; raises `CatalogError` when the catalog cannot be opened."""
        with self._lock:
            if (state := self.fresh()) is not None:
                return state
            if self._catalog is None or self._editions is None or self._readers is None:
                self._catalog = Catalog.open(self._settings)
                self._editions = Editions(self._catalog)
                self._readers = Readers(self._catalog)
            self._follow_index()
            self._state = self._make(self._catalog, self._editions, self._readers)
            self._looked = time.monotonic()
            return self._state

    def forget(self) -> None:
        """Looks anew for the next request: something was changed here."""
        self._looked = float("-inf")

    def close(self) -> None:
        """Lets go of everything that is open."""
        with self._lock:
            if self._index is not None:
                self._index.close()
            if self._catalog is not None:
                self._catalog.close()
            self._index = self._status = self._catalog = self._editions = self._state = None
            self._readers = self._taste = None
            self._taste_of = ()
            self._looked = float("-inf")

    def _follow_index(self) -> None:
        try:
            live = live_generation(self._settings)
            self._encoders.follow(live.encoder if live else "")
            if self._index is None or live is None or self._makes_way(self._index, live):
                self._index = open_index(self._settings, live.generation if live else "")
                self._status = self._index.status()
            elif self._index.generation == live.generation and self._index.refresh():
                self._status = self._index.status()
            self._index_problem = ""
        except IndexFault as error:
            self._encoders.follow("")
            missing = isinstance(error, IndexMissing)
            problem = _told(error)
            if problem != self._index_problem:
                log.log(logging.INFO if missing else logging.WARNING, "%s", error)
            self._index_problem = problem
            if self._index is not None:
                self._index.close()
            self._index = self._status = None

    def _makes_way(self, index: Index, live: Live) -> bool:
        """Whether an open generation makes way for the one that is in use now."""
        if index.generation == live.generation:
            self._waiting_since = 0.0
            return False
        if index.encoder in ("", live.encoder):
            return True
        self._waiting_since = self._waiting_since or time.monotonic()
        waited = time.monotonic() - self._waiting_since
        return self._encoders.ready(live.encoder) or waited > _SWITCH_SECONDS

    def _make(self, catalog: Catalog, editions: Editions, readers: Readers) -> State:
        index, status = self._index, self._status
        encoder, chosen = self._encoders.of(index.encoder if index else "")
        loading, problem = self._encoders.loading, self._encoders.problem
        mode = readers.accounts.mode()
        closed = mode == "accounts" and readers.accounts.audience() == "readers"
        problems = (self._index_problem, problem)
        parts: list[object] = [mode, closed, catalog.seq(), *problems, loading]
        parts.append(date.today())  # which "last week" in a query is seen from
        parts += [catalog.completeness.seq(), editions.topics_round()]
        if status is not None:
            parts += [status.generation, status.applied_seq, status.encoded, status.committed_at]
        parts += [encoder.key if encoder else "", chosen.name, chosen.since]
        readings = Readings(catalog)
        parts.append(read_seq := readings.seq())
        token = "|".join(map(str, parts))
        if self._state is not None and self._state.token == token:
            return self._state
        recent = RecentWorks(catalog)
        return State(
            token=token,
            recent=recent,
            readings=readings,
            read_seq=read_seq,
            catalog=catalog,
            readers=readers,
            mode=mode,
            closed=closed,
            editions=editions,
            index=index,
            searcher=None
            if index is None
            else Searcher(recent, index, encoder, self._reranker, Acronyms(catalog)),
            taste=self._tasting(catalog, readers, encoder),
            status=status,
            index_problem=self._index_problem,
            encoder_problem=problem,
            encoder_loading=loading,
            encoder_choice=chosen,
            works=catalog.count(),
        )

    def _tasting(self, catalog: Catalog, readers: Readers, encoder: Encoder | None) -> Taste | None:
        """The taste over what is open now; it follows the index by itself."""
        index = self._index
        if (of := (catalog, index, encoder)) != self._taste_of:
            self._taste_of = of
            self._taste = None if index is None else Taste(readers, catalog, index, encoder)
        return self._taste

    def _encoder_came(self) -> None:
        self._looked = float("-inf")
        self._search_once()

    def _search_once(self) -> None:
        """Reads in what the first search, and the first list for a reader, would wait for."""
        try:
            state = self.look()
            if state.searcher:
                state.searcher.search(SearchRequest("news", limit=1))
            if state.taste:
                state.taste.ahead()
        except (CatalogError, IndexFault, ReadersError) as error:
            log.info("no search yet: %s", error)  # the next reader is told


def _told(error: IndexFault) -> str:
    """What readers are told of a fault: the log names the folders of the home, pages do not."""
    if isinstance(error, IndexMissing):
        return _NOT_MADE_YET
    return _MADE_ANEW if isinstance(error, IndexOutdated) else _UNUSABLE
