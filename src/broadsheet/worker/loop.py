"""The worker's loop: file what is new by its words, then encode a little, and again."""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from contextlib import closing, nullcontext

from broadsheet.catalog import Catalog
from broadsheet.encoders import Encoder, EncoderError, load_encoder
from broadsheet.index import IndexLocked, IndexWriter, open_writer
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


class Worker:
    """Keeps the index in step with the catalog until it is stopped."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stop = threading.Event()

    def stop(self) -> None:
        """Asks the loop to end after the batch in hand; safe to call from a signal handler."""
        self._stop.set()

    def run(self, *, once: bool = False) -> None:
        """Works until `stop`; with ``once``, until nothing is left to do."""
        os.nice(NICENESS)
        with closing(Catalog.open(self._settings)) as catalog:
            while not self._stop.is_set():
                encoder = self._encoder()
                writer = self._writer(encoder)
                if writer is None:
                    return
                with (
                    writer,
                    Encoding(self._settings, encoder) if encoder else nullcontext() as work,
                ):
                    rounds = PostRounds(self._settings, catalog, encoder)
                    syncs = SyncRounds(self._settings, catalog)
                    with nullcontext() if once else rounds, nullcontext() if once else syncs:
                        self._loop(catalog, writer, work, once)
                    if once:
                        rounds.round()
                if once:
                    return

    def _encoder(self) -> Encoder | None:
        try:
            return load_encoder(
                self._settings.encoder, self._settings.models_path, hub=self._settings.model_hub
            )
        except EncoderError as error:
            log.warning("%s", error)
            return None

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
        self, catalog: Catalog, writer: IndexWriter, encoding: Encoding | None, once: bool
    ) -> None:
        """Ends when stopped; with ``once``, when all is done; without an encoder, when it is
        time to look for its weights again."""
        until = math.inf if encoding else time.monotonic() + LOOK_FOR_WEIGHTS_SECONDS
        community = Readers(catalog).community
        perusing = Perusing(catalog)
        encoder = encoding.encoder if encoding else None
        mapping = Mapping(
            self._settings,
            catalog,
            encoder.key if encoder else "",
            encoder.dimensions if encoder else 0,
        )
        while not self._stop.is_set() and time.monotonic() < until:
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
                return
            self._stop.wait(POLL_SECONDS)
