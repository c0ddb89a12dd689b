"""The post office of a home, with what it needs to find what readers asked for."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from broadsheet.catalog import Catalog, CatalogError
from broadsheet.editions import DigestMaker, recommending
from broadsheet.encoders import Encoder, EncoderError
from broadsheet.index import IndexFault, IndexMissing, IndexOutdated, open_index, written_since
from broadsheet.readers import Readers, Taste
from broadsheet.search import Searcher
from broadsheet.settings import Settings
from broadsheet.worker.posting import PostOffice
from broadsheet.worker.posting_outbox import PostingLocked
from broadsheet.worker.posting_rest import DigestsWait, Rest

log = logging.getLogger("broadsheet.post")

ROUND_SECONDS = 20.0
_PATIENCE_SECONDS = 10.0
# A quarter of a million papers are filed anew in some minutes.
_INDEX_SECONDS = 3600.0


LoadEncoder = Callable[[], Encoder | None]


@contextmanager
def post_office(
    settings: Settings,
    catalog: Catalog,
    encoder: LoadEncoder = lambda: None,
    *,
    stop: threading.Event | None = None,
    rest: Rest | None = None,
    in_the_making: Callable[[], bool] | None = None,
) -> Iterator[PostOffice]:
    """The post office of a home. Index and encoder are opened when the first digest is made;
    without an index, taste and saved searches find nothing, and everything else is found. ``rest``
    is what is known of the mail server from before. Digests wait for an index that is not there,
    or of another version, as long as it is ``in_the_making``: by default as long as a process
    writes it, an hour at most."""
    readers = Readers(catalog)
    in_the_making = in_the_making or partial(_is_written, settings)
    with ExitStack() as opened:

        def maker() -> DigestMaker:
            try:
                index = open_index(settings)
                opened.callback(index.close)
                model = encoder()
            except (IndexFault, EncoderError) as error:
                if isinstance(error, IndexMissing | IndexOutdated) and in_the_making():
                    raise DigestsWait("the index, which is being made") from error
                log.warning("digests go without taste and saved searches: %s", error)
                return DigestMaker(catalog, readers)
            taste = recommending(catalog, readers, Taste(readers, catalog, index, model))
            return DigestMaker(catalog, readers, Searcher(catalog, index, model), taste)

        yield PostOffice(settings, catalog, readers, maker, stop=stop, rest=rest)


def _is_written(settings: Settings) -> bool:
    since = written_since(settings)
    return since is not None and time.time() < since + _INDEX_SECONDS


class PostRounds:
    """Sends what is due every now and then, beside the worker's other work: a mail server that
    does not answer must not keep papers from being filed."""

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        encoder: Encoder | None,
        *,
        index_seconds: float = _INDEX_SECONDS,
    ) -> None:
        self._settings = settings
        # The worker makes an index as it starts. Where it cannot, mail goes without in the end.
        self._until = time.monotonic() + index_seconds
        self._catalog = catalog
        self._encoder = encoder
        self._stop = threading.Event()
        self._rest = Rest()
        self._thread = threading.Thread(target=self._run, name="broadsheet-post", daemon=True)

    def __enter__(self) -> PostRounds:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        # A server may take longer to answer for the mail in hand: what becomes of that one is
        # settled by whoever starts next.
        self._thread.join(_PATIENCE_SECONDS)

    def _run(self) -> None:
        while True:
            self.round()
            if self._stop.wait(ROUND_SECONDS):
                return

    def round(self) -> None:
        """One round; what goes wrong is logged, and tried again in the next."""
        try:
            with post_office(
                self._settings,
                self._catalog,
                lambda: self._encoder,
                stop=self._stop,
                rest=self._rest,
                in_the_making=lambda: time.monotonic() < self._until,
            ) as office:
                tally = office.run()
        except PostingLocked as error:
            log.info("%s", error)
        except (CatalogError, OSError) as error:
            log.warning("no mail was sent: %s", error)
        except Exception:
            # The thread must outlive what nobody foresaw; the log has all of it.
            log.exception("the round of the post failed")
        else:
            if tally.made or tally.sent or tally.failed or tally.put_off:
                log.info(
                    "post: %d made, %d sent, %d put off, %d failed",
                    tally.made,
                    tally.sent,
                    tally.put_off,
                    tally.failed,
                )
