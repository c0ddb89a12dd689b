"""A home under a clock that the test moves, before a server that behaves as arXiv does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial

from benchmarks.month import CutFeed
from benchmarks.upstream import Upstream

from broadsheet.catalog import Catalog, Trouble
from broadsheet.settings import Settings
from broadsheet.sources import ArxivFeed, Client, Patience, remote_settings, remotes
from broadsheet.worker import NEW_YORK, SyncRounds

SETS = ("cs.CL", "cs.LG")


@dataclass
class Stage:
    """A home under a clock that the test moves, before a server that behaves as arXiv does."""

    settings: Settings
    upstream: Upstream
    catalog: Catalog
    moment: datetime = datetime(2026, 3, 4, 6, tzinfo=UTC)
    rounds: SyncRounds = field(init=False)

    def __post_init__(self) -> None:
        self.rounds = self.new_rounds()

    def new_rounds(self, listing: type[ArxivFeed] = CutFeed) -> SyncRounds:
        """Rounds as a worker that starts has them; ``listing`` reads the day's feed."""
        client = Client(
            self.settings.fetching_path,
            private=self.upstream.private,
            intervals={self.upstream.origin: 0.0},
            patience=Patience(attempts=2, backoff=0.001),
            clock=lambda: self.moment.timestamp(),
            sleep=self.sleep,
        )
        makers = remotes(remote_settings(self.settings))
        makers["arxiv-rss"] = partial(listing, remote_settings(self.settings))
        return SyncRounds(
            self.settings, self.catalog, clock=lambda: self.moment, client=client, makers=makers
        )

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=max(seconds, 0.001))

    def at(self, day: str, hours: float) -> list[str]:
        """A round at an hour of a day in New York; which sources it asked."""
        midnight = datetime.combine(date.fromisoformat(day), datetime.min.time(), NEW_YORK)
        self.moment = (midnight + timedelta(hours=hours)).astimezone(UTC)
        self.upstream.today = (midnight + timedelta(hours=hours + 1.5)).date().isoformat()
        return self.rounds.round()

    def night(self, day: str) -> None:
        """The evening before a listing day until its morning."""
        before = (date.fromisoformat(day) - timedelta(days=1)).isoformat()
        self.at(before, 22.9)
        for hours in (0.4, 1.8, 5.1):
            self.at(day, hours)

    def troubles(self, kind: str) -> list[Trouble]:
        return [one for one in self.catalog.troubles.all() if one.kind == kind]

    def complete(self) -> bool:
        """Whether all that was announced in the sets until today is here."""
        wanted = {name for one in SETS for day in self.upstream.truth(one).values() for name in day}
        return all(self.catalog.resolve(name) for name in wanted)


def ids_on(stage: Stage, day: str, count: int) -> frozenset[str]:
    new = [one.paper.id for one in stage.upstream.archive.by_day[day] if one.kind == "new"]
    return frozenset(new[:count])
