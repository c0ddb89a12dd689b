"""Records that came broken, each a part of a trouble until it has come whole.

What says its id is announced, and fetched by it or with its day (`Repairs`). For the rest, and
from sources that cannot be asked for single papers, the same days are asked for again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any, Literal

from broadsheet.catalog import SyncRun, Trouble, Troubles
from broadsheet.sources import Page, Unread
from broadsheet.worker.schedule import LISTINGS

KIND: Literal["broken"] = "broken"
# What has not come whole for so long stays in the file of rejected records.
PATIENCE = timedelta(days=7)
_MOST_DAYS = 60


@dataclass(frozen=True, slots=True)
class Broken:
    """What syncs could not read: the last of them and what it asked for, how many records came
    broken, how many of them without an id, and the days that the others are announced for."""

    sync: int
    records: int
    unnamed: int
    days: tuple[str, ...]
    sets: tuple[str, ...]
    since: str
    until: str

    @staticmethod
    def on(page: Page, run: SyncRun, today: str) -> Broken:
        """What is broken on a page of a sync."""
        records = [item for item in page.items if isinstance(item, Unread)]
        day_of = {line.id: line.day for line in page.announced}
        days = {day_of[one.id] for one in records if one.id in day_of}
        # The ledger may have what is announced for a day to come under the day it is heard of.
        days |= {today for day in days if day > today}
        unnamed = sum(one.id not in day_of for one in records)
        wanted = (tuple(sorted(run.sets)), run.since, run.until)
        return Broken(run.id, len(records), unnamed, tuple(sorted(days)), *wanted)

    @staticmethod
    def of(trouble: Trouble) -> Broken | None:
        """What an open trouble is about; None for one of another kind."""
        said: Any = trouble.figures
        if trouble.kind != KIND or "unnamed" not in said:
            return None
        lists = {name: tuple(said[name]) for name in ("days", "sets")}
        return Broken(**{**said, **lists})

    def is_asked_again(self, run: SyncRun) -> bool:
        """Whether a later sync asks for what came broken again: for the days of the records that
        say theirs, and for all that was asked for where some do not."""
        if run.id <= self.sync or run.remote in LISTINGS or not set(self.sets) <= set(run.sets):
            return False
        if not self.unnamed:
            return all(run.since <= day <= _end(run.until) for day in self.days)
        return run.since <= self.since and _end(self.until) <= _end(run.until)

    def joined(self, later: Broken, *, again: bool) -> Broken:
        """With what came broken later; ``again``: when the same was asked for again, so that
        it was counted before."""
        days = tuple(sorted({*self.days, *later.days})[-_MOST_DAYS:])
        if again:
            return replace(later, days=days)
        endless = not (self.until and later.until)
        return Broken(
            later.sync,
            self.records + later.records,
            self.unnamed + later.unnamed,
            days,
            tuple(sorted({*self.sets, *later.sets})),
            min(self.since, later.since),
            "" if endless else max(self.until, later.until),
        )


def _end(until: str) -> str:
    return until or "9999"


class UnreadRecords:
    """Keeps, among the troubles of a home, what its sources could not give whole."""

    def __init__(self, troubles: Troubles) -> None:
        self._troubles = troubles

    def enter(self, run: SyncRun, page: Page, today: str) -> str:
        """Writes down what is broken on a page of a sync; returns the sentence of a new trouble.

        A sync that asks for the same again goes on with the trouble of the one before it.
        """
        found = Broken.on(page, run, today)
        if not found.records:
            return ""
        open_ = self._open(run.remote)
        same = [pair for pair in open_ if pair[1].sync == run.id]
        asked_again = [pair for pair in open_ if pair[1].is_asked_again(run)]
        todays = [pair for pair in open_ if pair[0].day == today]
        day = today
        for trouble, before in [*same, *asked_again, *todays][:1]:
            day = trouble.day
            # A listing is asked for several times a day, and is that of the day.
            listed = run.remote in LISTINGS and before.sync != run.id
            found = before.joined(found, again=listed or before.is_asked_again(run))
        reason = next(item.reason for item in page.items if isinstance(item, Unread))
        what = "1 record" if found.records == 1 else f"{found.records:,} records"
        then = "what they announce is fetched by its id"
        if found.unnamed:
            then = "they are asked for again"
        sentence = f"{run.remote}: {what} could not be read ({reason[:120]}); {then}"
        _, new = self._troubles.open(KIND, run.remote, sentence, day=day, figures=asdict(found))
        return sentence if new else ""

    def came(self, run: SyncRun) -> None:
        """Closes what a sync that has ended asked for again, and could read now."""
        for trouble, before in self._open(run.remote):
            if before.is_asked_again(run):
                ending = f"sync {run.id} could read them"
                self._troubles.close(KIND, run.remote, ending, day=trouble.day)

    def since(self, remote: str, sets: Collection[str]) -> list[str]:
        """The days from which a sync of these sets asks for broken records again.

        What was asked for without a beginning is not: that could be all there is.
        """
        return [
            before.since
            for _, before in self._open(remote)
            if before.unnamed and before.since and set(before.sets) <= set(sets)
        ]

    def named(self) -> list[tuple[Trouble, Broken]]:
        """The open troubles of records that say what they are."""
        return [pair for pair in self._open() if pair[1].days]

    def _open(self, remote: str = "") -> list[tuple[Trouble, Broken]]:
        """The open ones, the oldest first."""
        found = reversed(self._troubles.all(open_only=True))
        pairs = ((one, Broken.of(one)) for one in found if remote in ("", one.source))
        return [(one, broken) for one, broken in pairs if broken is not None]
