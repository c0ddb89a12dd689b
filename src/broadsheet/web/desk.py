"""What the pages are made from: catalog, index and searcher, kept current.

A web process writes only what readers do. It looks for a new commit at most every fifth of a
second, so pages are never more than that behind, and most requests find nothing to do.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import Literal

from broadsheet.catalog import Acronyms, Catalog, CatalogError, Readings
from broadsheet.editions import Editions
from broadsheet.encoders import Encoder, EncoderError, WeightsMissing, load_encoder
from broadsheet.index import Index, IndexFault, IndexMissing, IndexStatus, open_index
from broadsheet.readers import Mode, Readers, ReadersError, Taste
from broadsheet.search import Searcher, SearchRequest, load_reranker
from broadsheet.settings import Settings
from broadsheet.web.works import RecentWorks

log = logging.getLogger("broadsheet.web")

_LOOK_SECONDS = 0.2
# Weights that were missing may have come in the meantime: the worker fetches them too.
_ENCODER_RETRY_SECONDS = 120.0


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
        self._encoder = None if encoder == "load" else encoder
        self._encoder_problem = ""
        self._encoder_wanted = encoder == "load"
        self._encoder_loading = False
        self._encoder_tried = float("-inf")
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
            self._start_loading_encoder()
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
            if self._index is None:
                self._index = open_index(self._settings)
                self._status = self._index.status()
            elif self._index.refresh():
                self._status = self._index.status()
            self._index_problem = ""
        except IndexFault as error:
            if str(error) != self._index_problem:
                level = logging.INFO if isinstance(error, IndexMissing) else logging.WARNING
                log.log(level, "%s", error)
            self._index_problem = str(error)
            if self._index is not None:
                self._index.close()
            self._index = self._status = None

    def _make(self, catalog: Catalog, editions: Editions, readers: Readers) -> State:
        index, status, encoder = self._index, self._status, self._encoder
        loading = self._encoder_loading
        mode = readers.accounts.mode()
        closed = mode == "accounts" and readers.accounts.audience() == "readers"
        problems = (self._index_problem, self._encoder_problem)
        parts: list[object] = [mode, closed, catalog.seq(), *problems, loading]
        parts += [catalog.completeness.seq(), editions.topics_round()]
        if status is not None:
            parts += [status.generation, status.applied_seq, status.encoded, status.committed_at]
        parts.append(encoder.key if encoder else "")
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
            taste=self._tasting(catalog, readers),
            status=status,
            index_problem=self._index_problem,
            encoder_problem=self._encoder_problem,
            encoder_loading=loading,
            works=catalog.count(),
        )

    def _tasting(self, catalog: Catalog, readers: Readers) -> Taste | None:
        """The taste over what is open now; it follows the index by itself."""
        index, encoder = self._index, self._encoder
        if (of := (catalog, index, encoder)) != self._taste_of:
            self._taste_of = of
            self._taste = None if index is None else Taste(readers, catalog, index, encoder)
        return self._taste

    def _start_loading_encoder(self) -> None:
        """Loads the encoder aside: words are searchable at once, and making it takes a minute."""
        waited = time.monotonic() - self._encoder_tried
        if not self._encoder_wanted or waited < _ENCODER_RETRY_SECONDS:
            return
        self._encoder_tried = time.monotonic()
        self._encoder_wanted = False
        self._encoder_loading = True
        threading.Thread(target=self._load_encoder, daemon=True).start()

    def _load_encoder(self) -> None:
        settings = self._settings
        try:
            # One thread a query: several are encoded at once, and short texts gain nothing.
            encoder = load_encoder(
                settings.encoder, settings.models_path, hub=settings.model_hub, threads=1
            )
            encoder.encode_queries(["the first query should not pay for the warm-up"])
        except WeightsMissing as error:
            self._encoder_problem = str(error)
            self._encoder_wanted = True
        except EncoderError as error:
            self._encoder_problem = str(error)
        except Exception:
            # A thread's exception would vanish: say it, and go on with words.
            log.exception("the encoder could not be loaded; papers are found by words")
            self._encoder_problem = "the encoder could not be loaded; the log says why"
        else:
            self._encoder_problem = ""
            self._encoder = encoder
        self._encoder_loading = False
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
