"""The sources are asked at their hours, in a thread of the worker; papers are filed meanwhile."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from broadsheet.catalog import Catalog, CatalogError, SyncRun, SyncTime
from broadsheet.settings import Settings
from broadsheet.sources import Client, FetchError, SourceError
from broadsheet.worker.schedule import LISTINGS, Job, jobs_of
from broadsheet.worker.syncing import (
    WITNESS,
    Clock,
    Makers,
    Syncing,
    SyncLocked,
    kind_of,
    source_of,
    stamp,
    utc_now,
)
from broadsheet.worker.syncing_alerts import tell_operators
from broadsheet.worker.syncing_checks import Checks
from broadsheet.worker.syncing_health import unheard
from broadsheet.worker.syncing_repairs import Repairs

log = logging.getLogger("broadsheet.sync")

ROUND_SECONDS = 20.0
_PATIENCE_SECONDS = 1.0
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=10), timedelta(hours=4)
_DOUBLED = 5  # ten minutes, doubled so often, are more than four hours
# A stale batch is replaced within hours, when it is.
_LOOK_AGAIN = timedelta(hours=1)
_BUSY = timedelta(minutes=5)


class SyncRounds:
    """Asks what is due, one source after another, and looks the ledger over after that.

    One request at a time leaves this home whatever the number of sources; when each is asked
    next is kept in the catalog.
    """

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        *,
        clock: Clock = utc_now,
        client: Client | None = None,
        makers: Makers | None = None,
    ) -> None:
        self._settings = settings
        self._catalog = catalog
        self._clock = clock
        self._stop = threading.Event()
        self.syncing = Syncing(
            settings, catalog, clock=clock, client=client, makers=makers, stop=self._stop
        )
        self.checks = Checks(catalog.completeness, self.syncing.syncs, self.syncing.troubles, clock)
        self._repairs = Repairs(self.syncing, self.checks)
        self._looked = datetime.min.replace(tzinfo=UTC)
        self._unknown: set[str] = set()
        self._unheard: set[tuple[str, str]] = set()
        self._unreachable: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="broadsheet-sync", daemon=True)

    def __enter__(self) -> SyncRounds:
        if self._settings.sync:
            self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        if self._thread.is_alive():
            # Waits end at once. A host may take longer to answer: its page is not waited for,
            # the next worker asks for it again.
            self._thread.join(_PATIENCE_SECONDS)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.round()
            except CatalogError as error:
                log.warning("nothing was fetched: %s", error)
            except Exception:
                # The thread must outlive what nobody foresaw; the log has all of it.
                log.exception("the round of the sources failed")
            self._stop.wait(ROUND_SECONDS)

    def round(self) -> list[str]:
        """One round; returns the sources that were asked."""
        times = self.syncing.syncs.times()
        asked = []
        for job, sets in self._jobs():
            time = times.get(job.remote, SyncTime(job.remote))
            now_ = stamp(self._clock())
            # Who was asked later than now was asked under a clock that ran ahead.
            waits = time.next_at > now_ and time.tried_at <= now_
            if self._stop.is_set() or waits:
                continue
            if self._ask(job, sets, time):
                asked.append(job.remote)
        now = self._clock()
        if asked or self._open_troubles() or now - self._looked >= _LOOK_AGAIN:
            self._looked = now
            self.look()
        return asked

    def look(self) -> None:
        """Looks the ledger over, repairs what can be repaired, tells what cannot."""
        self.checks.look()
        if (sets := self._settings.sync.get("arxiv")) is not None and not self._stop.is_set():
            self._repairs.make(self._clock(), sets)
        tell_operators(self._settings, self._catalog, self.syncing.troubles, self._clock())

    def _open_troubles(self) -> bool:
        return bool(self.syncing.troubles.all(open_only=True, limit=1))

    def _jobs(self) -> list[tuple[Job, tuple[str, ...]]]:
        known = set(self.syncing.names())
        jobs = []
        for source, sets in self._settings.sync.items():
            for job in jobs_of(source):
                if job.remote in known:
                    jobs.append((job, sets))
                elif job.remote not in self._unknown:
                    self._unknown.add(job.remote)
                    log.warning("setting 'sync': there is no source '%s'", job.remote)
        return jobs

    def _ask(self, job: Job, sets: tuple[str, ...], before: SyncTime) -> bool:
        """Asks a source and keeps when it is asked next; whether it was asked."""
        name, now = job.remote, self._clock()
        first = not before.tried_at
        if first and name == WITNESS and not before.next_at:
            # Nothing is here yet that it could testify to.
            time = replace(before, next_at=stamp(job.hours.after(now)))
            self.syncing.syncs.set_time(time)
            return False
        if first:
            chosen = sets or self.syncing.remote(name).default_sets
            log.info("asking %s for new papers (%s) in the background", name, ", ".join(chosen))
        time = replace(before, tried_at=stamp(now))
        try:
            run = self._run_job(name, sets)
        except SyncLocked as error:
            log.info("%s", error)
            time = replace(time, next_at=stamp(now + _BUSY))
        except FetchError as error:
            time = self._failed(time, error)
        except SourceError as error:  # the settings are wrong, and will be for a while
            log.warning("%s: %s", name, error)
            time = replace(time, next_at=stamp(now + _LONGEST_PAUSE), problem=str(error))
        except CatalogError as error:  # a full disk, a locked catalog
            log.warning("%s: %s", name, error)
            time = self._later(time, str(error), _pause(time))
        except Exception as error:
            # What nobody foresaw in one source's answers must not keep the others from being
            # asked, nor have that one asked again every few seconds; the log has all of it.
            log.exception("%s: its sync broke off", name)
            time = self._later(time, f"{type(error).__name__}: {error}", _pause(time))
            said = f"{name}: its answers break the sync ({type(error).__name__}: {error})"
            self.syncing.troubles.open("broken", name, said)
        else:
            if run.state != "finished":
                return True  # we are asked to end: whoever starts next goes on at once
            self._unreachable.discard(source_of(name))
            counts = run.counts
            log.info("%s: %d new, %d updated, %d rejected", name, counts.new,
                     counts.updated, counts.rejected)  # fmt: skip
            self._say_unheard(name)
            done = self._clock()
            time = SyncTime(name, stamp(now), stamp(done), stamp(self._next(job, done)))
        self.syncing.syncs.set_time(time)
        return True

    def _say_unheard(self, source: str) -> None:
        """Names once each set that was asked for and never told of anything."""
        for name in unheard(self._settings, self._catalog, source):
            if (source, name) not in self._unheard:
                self._unheard.add((source, name))
                log.warning(
                    "setting 'sync': nothing ever came of %s; nothing is new there, or %s has no "
                    "such set",
                    name,
                    source,
                )

    def _run_job(self, name: str, sets: tuple[str, ...]) -> SyncRun:
        """Ends what was interrupted, then what is due."""
        run = self.syncing.catch_up(name, sets, watch=True)[-1]
        if name == WITNESS and run.state == "finished":
            self._repairs.testify(run)
        return run

    def _next(self, job: Job, now: datetime) -> datetime:
        following = job.hours.after(now)
        if job.remote in LISTINGS and self._is_stale(job.remote, now):
            return min(following, now + _LOOK_AGAIN)
        return following

    def _is_stale(self, listing: str, now: datetime) -> bool:
        day = now.date()
        first = (day - timedelta(days=1)).isoformat()
        rows = self._catalog.completeness.rows(first, day.isoformat(), listing=listing)
        return any(row.stale for row in rows)

    def _failed(self, time: SyncTime, error: FetchError) -> SyncTime:
        """When to try again: when the host says, else later each time."""
        pause = _pause(time)
        if error.retry_after:
            pause = max(pause, timedelta(seconds=error.retry_after))
        source = source_of(time.remote)
        if kind_of(error) == "unreachable" and source not in self._unreachable:
            self._unreachable.add(source)
            log.info(
                "%s cannot be reached from here (%s); the paper works without it, and it is "
                "tried again by itself",
                source,
                error,
            )
        return self._later(time, str(error), pause)

    def _later(self, time: SyncTime, problem: str, pause: timedelta) -> SyncTime:
        next_at = stamp(self._clock() + pause)
        return replace(time, failures=time.failures + 1, problem=problem, next_at=next_at)


def _pause(time: SyncTime) -> timedelta:
    """Twice as long after each failure in a row, up to the longest."""
    # After a week of failures no time has room for what doubling comes to.
    doubled = min(time.failures, _DOUBLED)
    return min(_FIRST_PAUSE * (1 << doubled), _LONGEST_PAUSE)
