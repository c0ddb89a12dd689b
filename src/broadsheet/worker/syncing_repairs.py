"""Troubles that asking again can repair: papers by their ids, days by arXiv's records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from broadsheet.catalog import SyncRun, Trouble
from broadsheet.editions import plain_date
from broadsheet.sources import FetchError, Want
from broadsheet.worker.syncing import RECORDS, WITNESS, Syncing, SyncLocked, log, source_of
from broadsheet.worker.syncing_checks import Checks

_AGAIN = timedelta(hours=2)
_MOST_IDS = 1_000
# Monday lists what came in from Thursday on.
_SUBMITTED = timedelta(days=6)
_ENDINGS = {
    "stale": "its papers came with arXiv's records",
    "absent": "its papers came with arXiv's records",
    "quiet": "arXiv's records have no more of that day",
    "disagreement": "what either of them has is here",
}


class Repairs:
    """Repairs what `Checks` found; each trouble is tried again after two hours."""

    def __init__(self, syncing: Syncing, checks: Checks) -> None:
        self._syncing = syncing
        self._checks = checks
        self._tried: dict[int, datetime] = {}

    def make(self, now: datetime, sets: tuple[str, ...]) -> None:
        """Repairs what can be; ``sets`` are those of arXiv that this home follows."""
        open_ = self._syncing.troubles.all(open_only=True)
        gaps = [one for one in open_ if one.kind == "gap" and source_of(one.source) == "arxiv"]
        for trouble in self._due(gaps, now):
            self._backfill(trouble)
        self.read_again(now)
        days = [one for one in open_ if one.kind in _ENDINGS]
        chosen = sets or self._syncing.remote(RECORDS).default_sets
        if self._due([one for one in days if not self._checks.covered(one, chosen)], now):
            self._ask_records(min(one.day for one in days), sets)
        for trouble in days:
            if self._checks.covered(trouble, chosen):
                ending = _ENDINGS[trouble.kind]
                self._syncing.troubles.close(
                    trouble.kind, trouble.source, ending, day=trouble.day, set_name=trouble.set
                )
                log.info("%s: %s of %s: %s", trouble.source, trouble.kind, trouble.day, ending)

    def read_again(self, now: datetime) -> None:
        """Fetches by their ids what came in records that could not be read; what does not come
        so, with the records of its day."""
        open_ = self._syncing.unread.named()
        named = {one.id: broken for one, broken in open_ if source_of(one.source) == "arxiv"}
        unread = self._syncing.catalog.completeness.unread
        for trouble in self._due((one for one, _ in open_ if one.id in named), now):
            broken = named[trouble.id]
            self._fetch(trouble.source, unread(trouble.source, broken.days, _MOST_IDS))
            for day in broken.days:
                if trouble.source == RECORDS and unread(RECORDS, [day], 1):
                    self._ask(RECORDS, Want(broken.sets, day, day))
                self._checks.gaps(trouble.source, day, day)
        if named:
            self._checks.unread()

    def _ask(self, remote: str, want: Want) -> None:
        try:
            self._syncing.run(remote, want)
        except (FetchError, SyncLocked) as error:
            log.info("%s: is asked again later: %s", want.since, error)

    def _due(self, troubles: Iterable[Trouble], now: datetime) -> list[Trouble]:
        due = [one for one in troubles if now - self._tried.get(one.id, now - _AGAIN) >= _AGAIN]
        self._tried |= {one.id: now for one in due}
        return due

    def _backfill(self, trouble: Trouble) -> None:
        """Fetches by their ids what a day's listing named and nobody brought."""
        names = self._syncing.catalog.completeness.missing(
            trouble.source, trouble.day, trouble.set, limit=_MOST_IDS
        )
        if self._fetch(trouble.source, names):
            self._checks.gaps(trouble.source, trouble.day, trouble.day)

    def _fetch(self, source: str, names: Sequence[str]) -> bool:
        """Fetches papers by their names (``scheme<TAB>value``); whether they could be asked for."""
        ids = [value for scheme, _, value in (name.partition("\t") for name in names) if
               scheme == "arxiv"]  # fmt: skip
        try:
            came = self._syncing.fetch_ids(ids)
        except (FetchError, SyncLocked) as error:
            log.info("%s: %d missing papers are asked for again later: %s",
                     source, len(ids), error)  # fmt: skip
            return False
        log.info("%s: %d of %d missing papers came by their ids", source, came, len(ids))
        return True

    def _ask_records(self, day: str, sets: tuple[str, ...]) -> None:
        """Asks for the records of a day on, and what was submitted for it: what its listing did
        not say comes with them."""
        since = (date.fromisoformat(day) - timedelta(days=1)).isoformat()
        want = self._syncing.next_want(RECORDS, sets)
        try:
            wider = Want(want.sets, min(since, want.since or since))
            self._syncing.run(RECORDS, wider, watch=True)
            self._witness(day, want.sets)
        except (FetchError, SyncLocked) as error:
            log.info("%s: is asked again later: %s", day, error)

    def _witness(self, day: str, sets: tuple[str, ...]) -> None:
        """The query API knows papers by their submission: those for a day that neither listing
        nor records had are a gap, filled by being found."""
        here = date.fromisoformat(day)
        first, until = here - _SUBMITTED, here - timedelta(days=1)
        run = self._syncing.run(WITNESS, Want(sets, first.isoformat(), until.isoformat()))
        if run.state != "finished":
            return
        # What came in after 14:00 the day before is not announced yet: only what was submitted
        # until then is missed. Sunday's mailing ends with Friday.
        last = here - timedelta(days=4 if here.weekday() == 0 else 2)
        self.testify(run, day, last.isoformat())

    def testify(self, run: SyncRun, day: str = "", until: str = "") -> None:
        """Names what the query API alone brought of the papers submitted up to a day."""
        until = until or run.until
        day = day or until
        found = self._syncing.catalog.completeness.brought(run.import_id, until)
        if found:
            papers = "1 paper" if found == 1 else f"{found:,} papers"
            sentence = (
                f"{WITNESS}: {papers} submitted from {plain_date(run.since)} to "
                f"{plain_date(until)} stood in neither listing nor records"
            )
            troubles = self._syncing.troubles
            troubles.open("gap", WITNESS, sentence, day=day, figures={"missing": found})
            troubles.close("gap", WITNESS, "they came by the query API", day=day)
            log.warning("%s; they came by the query API", sentence)
