"""The worker's loop: file what is new by its words, then encode a little, and again."""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from contextlib import closing, nullcontext
from dataclasses import dataclass

from broadsheet.catalog import Catalog
from broadsheet.encoders import (
    Choice,
    Encoder,
    EncoderError,
    encoder_choice,
    home_encoder,
    load_choice,
    standing_stamp,
)
from broadsheet.index import (
    IndexFault,
    IndexLocked,
    IndexWriter,
    Live,
    live_generation,
    open_writer,
)
from broadsheet.readers import Readers
from broadsheet.settings import Settings
from broadsheet.worker.encoding import Encoding
from broadsheet.worker.mapping import Mapping
from broadsheet.worker.perusing import Perusing
from broadsheet.worker.posting_room import PostRounds
from broadsheet.worker.syncing_rounds import SyncRounds

log = logging.getLogger("broadsheet.worker")

POLL_SECONDS = 0.5
# About a second of encoding: new papers wait no longer than that to be found by words.
BATCH = 32
NICENESS = 10
LOOK_FOR_WEIGHTS_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class _Shift:
    """What the worker goes by until something of it changes.

    ``files`` encodes papers, ``answers`` encodes for the generation in use: two encoders while
    the successor of that generation is being filed. ``stamp`` is of the home's own models,
    ``until`` when to look for weights again.
    """

    files: Encoder | None
    answers: Encoder | None
    live: Live | None
    stamp: tuple[int, ...]
    until: float

    def over(self, settings: Settings) -> bool:
        """Whether another encoder files or answers by now."""
        if time.monotonic() >= self.until or standing_stamp(settings) != self.stamp:
            return True
        return _live_encoder(_live(settings)) != _live_encoder(self.live)


class Worker:
    """Keeps the index in step with the catalog until it is stopped."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stop = threading.Event()
        # Models that were loaded and then gave no usable vectors, until another is promoted.
        self._distrusted: set[str] = set()
        self._read_seq = -1

    def stop(self) -> None:
        """Asks the loop to end after the batch in hand; safe to call from a signal handler."""
        self._stop.set()

    def run(self, *, once: bool = False) -> None:
        """Works until `stop`; with ``once``, until nothing is left to do."""
        os.nice(NICENESS)
        stamp: tuple[int, ...] = ()
        with closing(Catalog.open(self._settings)) as catalog:
            while not self._stop.is_set():
                if standing_stamp(self._settings) != stamp:
                    stamp = standing_stamp(self._settings)
                    self._distrusted.clear()
                chosen, encoder = self._encoder()
                writer = self._writer(encoder)
                if writer is None:
                    return
                with writer:
                    shift = self._shift(encoder, stamp, chosen.name if chosen else "")
                    try:
                        done = self._work(catalog, writer, shift, once)
                    except EncoderError as error:
                        log.error("%s", error)
                        if chosen is None:
                            raise
                        self._distrusted.add(chosen.name)
                        done = False
                if once and done:
                    return

    def _work(self, catalog: Catalog, writer: IndexWriter, shift: _Shift, once: bool) -> bool:
        """One shift; whether nothing is left to do."""
        encoder = shift.files
        with Encoding(self._settings, encoder) if encoder else nullcontext() as work:
            rounds = PostRounds(self._settings, catalog, shift.answers)
            syncs = SyncRounds(self._settings, catalog)
            with nullcontext() if once else rounds, nullcontext() if once else syncs:
                done = self._loop(catalog, writer, work, shift, once)
            if once and done:
                rounds.round()
        return done

    def _encoder(self) -> tuple[Choice | None, Encoder | None]:
        """The encoder that the home wants, or, where that cannot be used, the one that answers."""
        for key in ("", _live_encoder(_live(self._settings))):
            try:
                chosen = encoder_choice(self._settings, key)
                if chosen.name not in self._distrusted:
                    return chosen, load_choice(self._settings, chosen)
            except EncoderError as error:
                log.warning("%s", error)
            if not key and not self._own_models():
                break
        return None, None

    def _own_models(self) -> bool:
        """Whether this home ever promoted a model, so that two encoders can be in question."""
        return bool(standing_stamp(self._settings))

    def _shift(self, encoder: Encoder | None, stamp: tuple[int, ...], name: str) -> _Shift:
        live = _live(self._settings)
        answers = encoder
        key = _live_encoder(live)
        if encoder is not None and key not in ("", encoder.key):
            try:
                answers = home_encoder(self._settings, key)
            except EncoderError as error:
                log.warning("digests go without meaning for now: %s", error)
        wanted = not self._distrusted and encoder is not None
        if wanted and self._own_models():
            wanted = encoder_choice(self._settings).name == name
        until = math.inf if wanted else time.monotonic() + LOOK_FOR_WEIGHTS_SECONDS
        return _Shift(encoder, answers, live, stamp, until)

    def _writer(self, encoder: Encoder | None) -> IndexWriter | None:
        """The index's lock, waited for while another command has it."""
        told = False
        key, dimensions = (encoder.key, encoder.dimensions) if encoder else ("", 0)
        while not self._stop.is_set():
            try:
                return open_writer(self._settings, key, dimensions)
            except IndexLocked as error:
                if not told:
                    log.info("%s; waiting", error)
                    told = True
                self._stop.wait(POLL_SECONDS)
        return None

    def _loop(
        self,
        catalog: Catalog,
        writer: IndexWriter,
        encoding: Encoding | None,
        shift: _Shift,
        once: bool,
    ) -> bool:
        """Ends when stopped, when the shift is over and, with ``once``, when all is done: then
        it returns True."""
        readers = Readers(catalog)
        community = readers.community
        perusing = Perusing(catalog)
        key, dimensions = "", 0
        if shift.files is not None:
            # Sections are made by the vectors of the generation in use.
            live = shift.live if shift.live and shift.live.encoder else None
            key = live.encoder if live else shift.files.key
            dimensions = live.dimensions if live else shift.files.dimensions
        mapping = Mapping(self._settings, catalog, key, dimensions)
        while not self._stop.is_set() and not shift.over(self._settings):
            if self._withdrawn(readers):
                return False
            filed = writer.sync(catalog)
            followed = community.follow()
            perused = perusing.some(BATCH)
            encoded = encoding.some(catalog, writer, BATCH) if encoding else 0
            mapped = mapping.some(encoding=encoded > 0)
            # Asked every round: until they are in the graph, each search compares the newest
            # vectors one by one.
            built = writer.build_dense()
            if filed or encoded or built or followed or perused or mapped:
                continue
            if once:
                return True
            self._stop.wait(POLL_SECONDS)
        return False

    def _withdrawn(self, readers: Readers) -> bool:
        """Whether models that learned from readers had to go, so that this shift is over."""
        if not self._settings.learn_path.is_dir():
            return False
        # Imported where something was trained: a home without one never needs that room.
        from broadsheet.learn import forget_vectors, withdraw

        gone: list[str] = []
        if (seq := readers.seq()) != self._read_seq:
            gone = withdraw(self._settings, readers.catalog)
            self._read_seq = seq
        for run in gone:
            log.info("%s learned from a reader who withdrew, and is deleted", run)
        return bool(forget_vectors(self._settings) or gone)


def _live(settings: Settings) -> Live | None:
    """The generation in use; None too where it cannot be read: the writer says why."""
    try:
        return live_generation(settings)
    except IndexFault:
        return None


def _live_encoder(live: Live | None) -> str:
    return live.encoder if live else ""
