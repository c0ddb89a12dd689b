"""Papers sent to a reader's Zotero library while they wait, and what became of them in a line."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from broadsheet.papers import Paper
from broadsheet.readers import ZoteroLibrary
from broadsheet.settings import Settings
from broadsheet.sources import FetchError, Patience, client_of, remote_settings, send_to_zotero
from broadsheet.web.views import counted

MOST = 500  # papers that one button sends: ten requests
_SECONDS = 25.0
# A reader waits for the answer; what the host asks to be put off is put off to their next try.
_PATIENCE = Patience(connect=5.0, read=10.0, total=_SECONDS, attempts=2, backoff=1.0, wait=3.0)
_LONGEST = 300


class Sender:
    """Sends for one server: each reader once at a time, and never in the way of the pages."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="broadsheet-zotero")
        self._lock = threading.Lock()
        self._busy: set[int] = set()

    async def send(self, library: ZoteroLibrary, papers: Sequence[Paper]) -> str:
        """What to tell the reader. Sending again does no harm, whatever became of it."""
        if len(papers) > MOST:
            return (
                f"Not sent: these are {len(papers):,} papers, and {MOST} go at once; 'broadsheet "
                "export --to' sends any number"
            )
        with self._lock:
            if library.reader_id in self._busy:
                return "Not sent: what you sent before is still on its way; try again in a minute"
            self._busy.add(library.reader_id)
        work = asyncio.get_running_loop().run_in_executor(self._pool, self._send, library, papers)
        try:
            return await asyncio.wait_for(asyncio.shield(work), _SECONDS + 5)
        except TimeoutError:
            return "Zotero is slow: the papers are still on their way, and arrive once only"

    def _send(self, library: ZoteroLibrary, papers: Sequence[Paper]) -> str:
        try:
            told = remote_settings(self._settings)
            told = replace(told, options={**told.options, "zotero.key": library.key})
            client = client_of(self._settings, patience=_PATIENCE)
            sent = send_to_zotero(client, told, library.library, papers, library.collection)
        except FetchError as error:
            return f"Not sent: {' '.join(str(error).split())}"[:_LONGEST]
        finally:
            with self._lock:
                self._busy.discard(library.reader_id)
        parts = [f"{counted(sent.written)} sent to {library.library}"]
        if sent.there:
            parts.append(f"{sent.there:,} {'was' if sent.there == 1 else 'were'} there already")
        if sent.refused:
            paper, why = sent.refused[0]
            parts.append(f"{len(sent.refused):,} refused: “{paper.title[:60]}”: {why}")
        return "; ".join(parts)[:_LONGEST]

    def close(self) -> None:
        """Ends the threads; what was not begun is not sent."""
        self._pool.shutdown(wait=False, cancel_futures=True)
