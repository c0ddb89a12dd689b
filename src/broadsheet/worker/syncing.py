"""A source is asked for its papers, page by page, each stored before the next is asked for."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from broadsheet.catalog import Catalog, CatalogError, SyncRun, Syncs, TroubleKind, Troubles
from broadsheet.errors import UserError
from broadsheet.files import take_lock
from broadsheet.settings import Settings
from broadsheet.sources import (
    ArxivApi,
    Client,
    FetchError,
    Rejected,
    Remote,
    SourceError,
    Want,
    client_of,
    remote_settings,
    remotes,
)
from broadsheet.worker.schedule import LISTINGS, newest_listing
from broadsheet.worker.syncing_unread import UnreadRecords

log = logging.getLogger("broadsheet.sync")

# What a first sync asks for: enough for a week's paper, little enough for a few minutes.
FIRST_DAYS = 7
RECORDS = "arxiv"
"""The source that brings the records of what a listing may have left out."""

WITNESS = "arxiv-api"
"""The source that is asked when the other two may both be wrong, and once a week in any case."""

# What single papers asked by their ids are logged under: they are no sync of sets.
_BY_IDS = "arxiv-ids"

Clock = Callable[[], datetime]
Makers = Mapping[str, Callable[[], Remote]]
Progress = Callable[[int], None]


class SyncLocked(UserError):  # noqa: N818 - it says that, and no error
    """Another process asks this source at the moment."""


class _Stopped(Exception):  # noqa: N818 - it says that, and no error
    """We are asked to end, in the middle of a wait."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a sync would bring: nothing of it is stored."""

    pages: int
    papers: int
    rejected: int
    announced: int
    whole: bool

    def to_json(self) -> dict[str, object]:
        """Flat values."""
        return {
            "pages": self.pages,
            "papers": self.papers,
            "rejected": self.rejected,
            "announced": self.announced,
            "whole": self.whole,
        }


def utc_now() -> datetime:
    """The time now, with its zone."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """A moment as it is stored."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def source_of(remote: str) -> str:
    """Whose papers a source brings: all of arXiv's interfaces bring arXiv's."""
    return "arxiv" if remote.split("-")[0] == "arxiv" else remote


def kind_of(error: FetchError) -> TroubleKind:
    """What a failed request is called in the ledger."""
    # Without a status: a pause that a host asked for earlier, and that is kept.
    if error.status in (429, 503) or (not error.status and error.retry_after):
        return "throttled"
    return "unreachable" if error.transient and not error.status else "broken"


class Syncing:
    """Syncs one home with other hosts. A source is asked by one process at a time."""

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        *,
        clock: Clock = utc_now,
        client: Client | None = None,
        makers: Makers | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._client = client
        self._makers = makers
        self._stop = stop or threading.Event()
        self.catalog = catalog
        now = lambda: stamp(clock())  # noqa: E731 - the stores' clock is a text
        self.syncs = Syncs(catalog.database, settings.rejected_path, now)
        self.troubles = Troubles(catalog.database, now)
        self.unread = UnreadRecords(self.troubles)

    def names(self) -> list[str]:
        """Every source there is."""
        return sorted(self._all_makers())

    def remote(self, name: str) -> Remote:
        """A source by its name; raises `SourceError`."""
        makers = self._all_makers()
        if name not in makers:
            raise SourceError(f"there is no source '{name}'; there are {', '.join(sorted(makers))}")
        return makers[name]()

    def next_want(self, name: str, sets: Sequence[str] = ()) -> Want:
        """What is asked for by itself: everything since the last sync that ended well, and since
        the days of which something could not be read."""
        chosen = tuple(sets) or self.remote(name).default_sets
        if name in LISTINGS:
            return Want(("+".join(chosen),) if chosen else ())
        if name == WITNESS:
            # A whole week that was surely announced: what came in until two days before.
            until = newest_listing(self._clock()) - timedelta(days=2)
            first = (until - timedelta(days=7)).isoformat()
            return Want(chosen, min([first, *self.unread.since(name, chosen)]), until.isoformat())
        first = (self._clock().date() - timedelta(days=FIRST_DAYS)).isoformat()
        since = self._covered_to(name, chosen) or first
        return Want(chosen, min([since, *self.unread.since(name, chosen)]))

    def _covered_to(self, name: str, sets: Sequence[str]) -> str:
        """The day from which on sets were not asked for yet; '' if they never were.

        One that began later than the one before it ended leaves a hole, as somebody makes with
        ``--since``: then it is the beginning of that. One that began later than those after it,
        or than now, began under a clock that ran ahead: all that is known is that it reached to
        its own beginning.
        """
        since, reach = "", ""
        latest = stamp(self._clock())
        for run in self.syncs.reaches(name, sets):
            day = run.started_at[:10] if run.started_at <= latest else run.since
            latest = min(latest, run.started_at)
            if not day or run.since > min(day, latest[:10]):
                continue  # it asked for days that were still to come
            if since and day < reach:
                return day
            since, reach = since or day, min(reach or run.since, run.since)
        return since

    def run(
        self,
        name: str,
        want: Want | None = None,
        progress: Progress | None = None,
        *,
        watch: bool = False,
    ) -> SyncRun:
        """Goes on with the sync of the same that was interrupted, or begins a new one.

        Without ``want``, `next_want` is asked for. Raises `FetchError` when the source cannot
        go on: what came before is stored, and the next call goes on there; ``watch``: and it is
        a trouble of the ledger. Raises `SyncLocked`, `SourceError`.
        """
        remote = self.remote(name)
        with self._alone(name):
            run = self.syncs.begin(name, source_of(name), want or self.next_want(name))
            if run.resumed and not run.problem:
                self._open("interrupted", name, f"{name}: its sync was interrupted; it goes on")
                log.info("%s: goes on with the sync of %s", name, run.started_at)
            try:
                run = self._pages(remote, run, progress)
            except _Stopped:
                return self._stopped(name, run)
            except FetchError as error:
                self.syncs.end(run, str(error), final=not error.transient)
                if watch:
                    self._failed(name, error)
                raise
            if run.state == "finished":
                self._all_is_well(name, run)
            return run

    def catch_up(
        self,
        name: str,
        sets: Sequence[str] = (),
        progress: Progress | None = None,
        *,
        watch: bool = False,
    ) -> list[SyncRun]:
        """Ends what was interrupted, which may be of other sets or days, then asks for what is
        due; returns the syncs in this order. Where one of them has not finished, we are asked to
        end. Raises as `run` does."""
        runs = []
        for left in self.syncs.interrupted(name):
            want = Want(left.sets, left.since, left.until)
            runs.append(self.run(name, want, progress, watch=watch))
            if runs[-1].state != "finished":
                return runs
        return [*runs, self.run(name, self.next_want(name, sets), progress, watch=watch)]

    def preview(self, name: str, want: Want | None = None, most_pages: int = 3) -> Preview:
        """Asks for the first pages and stores nothing."""
        pages = papers = rejected = announced = 0
        whole = False
        for page in self.remote(name).pages(self.client(), want or self.next_want(name), ""):
            pages, announced = pages + 1, announced + len(page.announced)
            bad = sum(isinstance(item, Rejected) for item in page.items)
            papers, rejected = papers + len(page.items) - bad, rejected + bad
            whole = not page.cursor
            if pages >= most_pages:
                break
        return Preview(pages, papers, rejected, announced, whole)

    def fetch_ids(self, ids: Sequence[str]) -> int:
        """Fetches arXiv papers by their ids; returns how many came. Raises `FetchError`."""
        remote = self.remote("arxiv-api")
        if not isinstance(remote, ArxivApi) or not ids:
            return 0
        came = 0
        with self._alone(remote.name):
            run = self.syncs.begin(_BY_IDS, "arxiv", Want(tuple(sorted(ids))))
            try:
                for page in remote.by_ids(self.client(), ids):
                    run = self.syncs.store(run, page)
                    came += sum(not isinstance(item, Rejected) for item in page.items)
            except _Stopped:
                self.syncs.end(run, "stopped with its worker")
                return came
            except FetchError as error:
                self.syncs.end(run, str(error))
                raise
            self.syncs.end(run)
        return came

    def client(self) -> Client:
        """The home's polite client."""
        if self._client is None:
            self._client = client_of(self._settings, sleep=self._sleep)
        return self._client

    def _sleep(self, seconds: float) -> None:
        """A wait before a request, which ends when we are asked to."""
        if self._stop.wait(seconds):
            raise _Stopped

    def _stopped(self, name: str, run: SyncRun) -> SyncRun:
        log.info("%s: stopped; it goes on from here later", name)
        return self.syncs.end(run, "stopped with its worker", final=False)

    def _all_makers(self) -> Makers:
        if self._makers is None:
            self._makers = remotes(remote_settings(self._settings))
        return self._makers

    def _pages(self, remote: Remote, run: SyncRun, progress: Progress | None) -> SyncRun:
        want = Want(run.sets, run.since, run.until)
        for page in remote.pages(self.client(), want, run.cursor):
            run = self.syncs.store(run, page)
            today = self._clock().date().isoformat()
            if sentence := self.unread.enter(run, page, today):
                log.warning("%s", sentence)
            if progress:
                progress(run.counts.read)
            if self._stop.is_set() and page.cursor:
                return self._stopped(remote.name, run)
        return self.syncs.end(run)

    def _failed(self, name: str, error: FetchError) -> None:
        kind = kind_of(error)
        known = self.syncs.latest(name) is not None
        # A machine without a network is no trouble: it is said once, in the log.
        if kind != "unreachable" or known:
            self._open(kind, name, f"{name}: {error}")

    def _all_is_well(self, name: str, run: SyncRun) -> None:
        for kind in ("throttled", "unreachable", "broken", "interrupted"):
            self.troubles.close(kind, name, f"sync {run.id} came to its end")
        self.unread.came(run)

    def _open(self, kind: TroubleKind, source: str, sentence: str) -> None:
        _, new = self.troubles.open(kind, source, sentence)
        if new:
            log.warning("%s", sentence)

    @contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        path = self._settings.home / "fetching" / f"{name}.lock"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w") as file:
                if not take_lock(file):
                    raise SyncLocked(f"{name} is being asked by another process; wait for its end")
                yield
        except OSError as error:
            raise CatalogError(f"{path}: {error.strerror or error}") from error
