"""What is wrong with the listings of the last days: found, named, and closed when it is repaired.

Nothing is asked of other hosts here; `syncing_repairs` does that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from broadsheet.catalog import Completeness, LedgerRow, Syncs, Trouble, TroubleKind, Troubles
from broadsheet.editions import long_date
from broadsheet.worker.schedule import LISTINGS, NEW_YORK, lists, newest_listing
from broadsheet.worker.syncing import RECORDS, Clock, log, stamp
from broadsheet.worker.syncing_quiet import MOST_DAYS, THRESHOLD, expectation
from broadsheet.worker.syncing_unread import PATIENCE, Broken

# Days that are looked at again: a feed of today is gone tomorrow, a week's papers are not.
WINDOW = 8
# A feed that is not there six hours after midnight in New York is late.
LATE = timedelta(hours=6)
# Two interfaces of one source may differ by what changed between two questions.
TOLERATED, TOLERATED_SHARE = 3, 0.03


class Checks:
    """Looks over the ledger of a catalog at a moment."""

    def __init__(
        self, ledger: Completeness, syncs: Syncs, troubles: Troubles, clock: Clock
    ) -> None:
        self._ledger = ledger
        self._syncs = syncs
        self._troubles = troubles
        self._clock = clock
        self._open_now: set[tuple[str, str, str]] = set()

    def look(self) -> None:
        """Opens a trouble for everything that is wrong and closes those that no longer hold."""
        today = self._clock().astimezone(NEW_YORK).date()
        first, last = (today - timedelta(days=WINDOW)).isoformat(), today.isoformat()
        rows: dict[str, list[LedgerRow]] = defaultdict(list)
        self._read_open()
        for row in self._ledger.rows(first, last):
            rows[row.listing].append(row)
        for listing, found in sorted(rows.items()):
            self.gaps(listing, first, last)
            if listing in LISTINGS:
                self._stale(listing, found)
                self._absent(listing, {row.day for row in found}, today)
                self._quiet(listing, found)
                self._disagreements(listing, found)
        self.unread()

    def _read_open(self) -> None:
        open_ = self._troubles.all(open_only=True)
        self._open_now = {(one.kind, one.source, one.day) for one in open_}

    def gaps(self, listing: str, first: str, last: str) -> list[Trouble]:
        """Papers that were announced on these days and are not here; returns the open gaps."""
        found = []
        self._read_open()
        for day in self._ledger.day_counts(listing, first, last):
            if not day.missing:
                self._close("gap", listing, day.day, "all of them are here now")
                continue
            sentence = (
                f"{listing}: {day.missing:,} of the {_papers(day.announced)} announced for "
                f"{long_date(day.day)} are missing"
            )
            figures = {"missing": day.missing, "announced": day.announced}
            found.append(self._open("gap", listing, day.day, sentence, figures))
        return found

    def covered(self, trouble: Trouble, sets: Sequence[str]) -> bool:
        """Whether arXiv's records of these sets were asked for since a trouble about a day was
        opened."""
        since = trouble.day or trouble.opened_at[:10]
        return any(
            run.started_at >= trouble.opened_at and run.since <= since
            for run in self._syncs.reaches(RECORDS, sets)
        )

    def _stale(self, listing: str, rows: Iterable[LedgerRow]) -> None:
        sets: dict[str, list[str]] = defaultdict(list)
        days = set()
        for row in rows:
            days.add(row.day)
            if row.stale:
                sets[row.day].append(row.set)
        for day in sorted(days):
            if not sets[day]:
                self._close("stale", listing, day, "the day's own batch came")
                continue
            sentence = (
                f"{listing}: under {long_date(day)} it serves papers of an earlier day again "
                f"({', '.join(sorted(sets[day]))})"
            )
            self._once("stale", listing, day, sentence, {"sets": sorted(sets[day])})

    def _absent(self, listing: str, there: set[str], today: date) -> None:
        due = newest_listing(self._clock(), LATE)
        begun = self._ledger.first_day(listing)
        day = today - timedelta(days=WINDOW)
        while day <= due:
            iso = day.isoformat()
            if iso in there:
                self._close("absent", listing, iso, "it came")
            elif lists(day) and begun and iso > begun:
                sentence = f"{listing}: no listing came for {long_date(iso)}"
                self._once("absent", listing, iso, sentence, {})
            day += timedelta(days=1)

    def _quiet(self, listing: str, rows: Iterable[LedgerRow]) -> None:
        """The newest day only: what was quiet before has been told."""
        fresh = [row for row in rows if not row.stale and row.set]
        newest = max((row.day for row in fresh), default="")
        told, figures = [], dict[str, dict[str, float]]()
        for name, (count, past) in self._counts(listing, fresh, newest).items():
            expected = expectation(past, newest)
            if expected is None or (chance := expected.at_most(count)) >= THRESHOLD:
                continue
            told.append(f"{name} {count:,} where {expected.mean:,.0f} are usual")
            figures[name] = {
                "count": count,
                "mean": round(expected.mean, 1),
                "phi": round(expected.phi, 4),
                "probability": chance,
            }
        if told:
            least = min(one["probability"] for one in figures.values())
            sentence = (
                f"{listing}: {long_date(newest)} is improbably quiet: {'; '.join(told)} "
                f"(probability {least:.1g})"
            )
            self._once("quiet", listing, newest, sentence, figures)
        elif newest:
            self._close("quiet", listing, newest, "the rest of its papers came")

    def _counts(
        self, listing: str, rows: Iterable[LedgerRow], day: str
    ) -> dict[str, tuple[int, list[tuple[str, int]]]]:
        """By set, and of all together: the new papers of a day, and those of the days before."""
        if not day or not lists(date.fromisoformat(day)):
            return {}
        counts: dict[str, tuple[int, list[tuple[str, int]]]] = {}
        together: dict[str, int] = defaultdict(int)
        total = 0
        for row in sorted(rows, key=lambda row: row.set):
            if row.day != day:
                continue
            past = self._ledger.new_counts(listing, row.set, day, 2 * MOST_DAYS)
            counts[row.set] = (row.new, past)
            total += row.new
            for one, count in past:
                together[one] += count
        if len(counts) > 1:
            # Sets that are small alone tell more together.
            counts["all sets"] = (total, sorted(together.items()))
        return counts

    def _disagreements(self, listing: str, rows: Iterable[LedgerRow]) -> None:
        by_day: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            if row.set and not row.stale:
                by_day[row.day].append(row.set)
        for day, sets in sorted(by_day.items()):
            if not self._settled(day, sets):
                continue
            told, figures = [], {}
            for set_name in sorted(sets):
                unlisted, unrecorded, of = self._compare(listing, day, set_name)
                least = max(TOLERATED, TOLERATED_SHARE * of)
                if max(len(unlisted), len(unrecorded)) < least:
                    continue
                told.append(
                    f"{set_name}: {len(unrecorded)} only in the listing, "
                    f"{len(unlisted)} only in the records"
                )
                figures[set_name] = {
                    "only_listed": sorted(unrecorded)[:50],
                    "only_recorded": sorted(unlisted)[:50],
                }
            if told:
                sentence = (
                    f"{listing} and {RECORDS} disagree about {long_date(day)}: {'; '.join(told)}"
                )
                self._once("disagreement", listing, day, sentence, figures)
            else:
                self._close("disagreement", listing, day, "they agree now")

    def _settled(self, day: str, sets: Sequence[str]) -> bool:
        """Whether the records of a day have been asked for after it was listed."""
        return any(
            run.started_at[:10] > day and run.since <= day
            for run in self._syncs.reaches(RECORDS, sets)
        )

    def _compare(self, listing: str, day: str, set_name: str) -> tuple[set[str], set[str], int]:
        """Ids that only the records have, ids that only the listing has, and how many it has."""
        here = date.fromisoformat(day)
        before, after = (here - timedelta(days=2)).isoformat(), (here + timedelta(days=2))
        ledger = self._ledger
        named = ledger.named_on(listing, day, day, (), set_name)
        around = ledger.named_on(listing, before, after.isoformat(), (), set_name)
        # A later change moves a record to a later day.
        recorded = ledger.named_on(RECORDS, before, "9999", (), set_name)
        if not recorded:
            return set(), set(), len(named)
        unlisted = ledger.first_announced(RECORDS, day, set_name) - around
        return unlisted, named - recorded, len(named)

    def unread(self) -> None:
        """Records that could not be read are made up for once all that they announce is here;
        whether papers are missing for them is looked up however long ago their days are."""
        given_up = stamp(self._clock() - PATIENCE)
        for trouble in self._troubles.all(open_only=True):
            if trouble.kind != "broken" or not trouble.day:
                continue
            broken = Broken.of(trouble)
            days = broken.days if broken else ()
            for day in days:
                self.gaps(trouble.source, day, day)
            self._read_open()
            unnamed = broken is not None and broken.unnamed > 0
            if not unnamed and not self._ledger.unread(trouble.source, days):
                self._close("broken", trouble.source, trouble.day, "what they announce is here")
            elif trouble.opened_at <= given_up:
                ending = "they did not come for a week; the file of rejected records has them"
                self._close("broken", trouble.source, trouble.day, ending)

    def _once(
        self,
        kind: TroubleKind,
        listing: str,
        day: str,
        sentence: str,
        figures: Mapping[str, object],
    ) -> None:
        """Opens a trouble unless the same was repaired otherwise before."""
        if not self._troubles.was(kind, listing, day):
            self._open(kind, listing, day, sentence, figures)

    def _open(
        self,
        kind: TroubleKind,
        listing: str,
        day: str,
        sentence: str,
        figures: Mapping[str, object],
    ) -> Trouble:
        trouble, new = self._troubles.open(kind, listing, sentence, day=day, figures=figures)
        if new:
            log.warning("%s", sentence)
        return trouble

    def _close(self, kind: TroubleKind, listing: str, day: str, ending: str) -> None:
        # Asked of hundreds of days in each look: only what is open takes a transaction.
        if (kind, listing, day) not in self._open_now:
            return
        if self._troubles.close(kind, listing, ending, day=day):
            log.info("%s: %s of %s: %s", listing, kind, day, ending)


def _papers(count: int) -> str:
    return "1 paper" if count == 1 else f"{count:,} papers"
