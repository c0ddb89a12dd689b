"""A simulated month: does the catalog hold what was announced, whatever went wrong on the way?

    python benchmarks/month.py [--data FOLDER] [--days 22] [--scale 200] [--home FOLDER]

The worker's own rounds run against a local server that behaves as arXiv does, under a clock that
runs ``--scale`` times as fast and is set forward from one hour of the schedule to the next. Real
papers on their real listing days and under their real categories come from ``--data`` (a folder
with arxiv-2025-2026), else from the starter edition. Each fault has its day; two syncs are killed
(SIGKILL, a process of their own). At the end the catalog is compared with what was announced,
each fault with the troubles of the ledger, the quiet-day alarms with the days that were made
quiet, and the requests with the interval that arXiv's terms ask for.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.upstream import (
    Announcement,
    Archive,
    Broken,
    BrokenRecord,
    Cut,
    Fault,
    Missing,
    Refuse,
    Stale,
    Submission,
    Upstream,
    starter_papers,
)

from broadsheet import settings as settings_
from broadsheet.catalog import Catalog, Trouble
from broadsheet.papers import Author, Paper
from broadsheet.settings import Settings
from broadsheet.sources import (
    Announced,
    Arrived,
    ArxivFeed,
    Client,
    Listing,
    Page,
    Remote,
    Want,
    client_of,
    fingerprint,
    remote_settings,
    remotes,
)
from broadsheet.worker import ALARM_RATE, NEW_YORK, SyncRounds, lists

SETS = ("cs.AI", "cs.CL", "cs.CV", "cs.LG", "stat.ML")
INTERVAL = 3.0
_HISTORY = 45  # listing days that the home knows already


class Clock:
    """Time that runs faster and can be set forward; processes share it by a file."""

    def __init__(self, path: Path, scale: float) -> None:
        self._path, self._scale = path, scale

    def set(self, moment: datetime) -> None:
        """Sets it; it runs on from there."""
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps([moment.timestamp(), time.time()]))
        draft.replace(self._path)

    def seconds(self) -> float:
        """Seconds since 1970, simulated."""
        base, real = json.loads(self._path.read_text())
        return float(base + (time.time() - real) * self._scale)

    def moment(self) -> datetime:
        """The time, simulated."""
        return datetime.fromtimestamp(self.seconds(), UTC)

    def sleep(self, seconds: float) -> None:
        """Sleeps simulated seconds."""
        time.sleep(seconds / self._scale)


@dataclass
class Injected:
    """A fault and the kinds of trouble that name it, on a listing day of the month."""

    name: str
    place: int
    kinds: tuple[str, ...]
    faults: Callable[[Archive, str], Sequence[Fault]]
    #: Takes the faults away again so many hours after midnight in New York; 0: at the next day.
    until: float = 0.0
    kill: str = ""
    #: On how many listing days in a row it stands.
    days: int = 1
    found: list[Trouble] = field(default_factory=list)


def ids_of(archive: Archive, day: str, share: float) -> frozenset[str]:
    """A part of the ids that are new on a day."""
    new = [one.paper.id for one in archive.by_day[day] if one.kind == "new"]
    return frozenset(new[: max(1, round(share * len(new)))])


def plan() -> list[Injected]:
    """What goes wrong, and on which of the month's listing days (from 0)."""

    def stale(_: Archive, day: str) -> list[Fault]:
        return [Stale(interface="rss", day=day)]

    def missing(interface: str, share: float) -> Callable[[Archive, str], list[Fault]]:
        return lambda archive, day: [
            Missing(interface=interface, ids=ids_of(archive, day, share), day=day)
        ]

    def storm(*faults: Callable[[], Fault]) -> Callable[[Archive, str], list[Fault]]:
        return lambda _archive, _day: [make() for make in faults]

    return [
        Injected("stale batch all day", 1, ("stale",), stale),
        Injected("stale batch until 01:00", 3, ("stale",), stale, until=1.0),
        Injected("gap in the listing", 4, ("disagreement",), missing("rss", 0.3)),
        Injected("gap in the records", 5, ("disagreement",), missing("oai", 0.3), days=3),
        Injected("papers cut out of the feed", 7, ("gap",), missing("oai", 0.2)),
        Injected(
            "storm of 429", 8, ("throttled",),
            storm(lambda: Refuse(429, retry_after=20, times=14)),
        ),
        Injected("storm of 503", 9, ("throttled",), storm(lambda: Refuse(503, times=12))),
        Injected(
            "broken XML", 10, ("broken",), storm(lambda: Broken(interface="rss", times=4)),
        ),
        Injected(
            "broken records", 11, ("broken",),
            storm(lambda: BrokenRecord(interface="oai", times=3)),
        ),
        Injected("killed while harvesting", 12, ("interrupted",), lambda *_: [], kill="oai"),
        Injected("connections cut", 13, ("unreachable",), storm(lambda: Cut(times=8))),
        Injected(
            "quiet day: listing and records leave papers out", 15, ("quiet", "gap"),
            lambda archive, day: [*missing("rss", 0.97)(archive, day),
                                  *missing("oai", 0.97)(archive, day)],
        ),
        Injected("killed again", 17, ("interrupted",), lambda *_: [], kill="oai"),
        Injected(
            "no feed all day", 18, ("absent", "throttled"),
            storm(lambda: Refuse(503, interface="rss", times=-1)),
        ),
    ]  # fmt: skip


class CutFeed(ArxivFeed):
    """The feed, but a proxy cuts papers out of what it announces."""

    ids: frozenset[str] = frozenset()

    def pages(self, client: Client, want: Want, cursor: str) -> Iterator[Page]:
        """The pages without those papers; the listing names them still."""
        for page in super().pages(client, want, cursor):
            kept = tuple(
                item
                for item in page.items
                if not (isinstance(item, Arrived) and item.paper.id.split("v")[0] in self.ids)
            )
            yield replace(page, items=kept)


class Month:
    """A home, a server and a clock; `run` lets the month pass."""

    def __init__(
        self,
        folder: Path,
        archive: Archive,
        first: str,
        *,
        scale: float = 200.0,
        faults: Sequence[Injected] = (),
    ) -> None:
        self.archive = archive
        self.days = [day for day in archive.days if day >= first]
        self.faults = [one for one in faults if one.place < len(self.days) - 1]
        self.history = [day for day in archive.days if day < first]
        self.clock = Clock(folder / "clock.json", scale)
        self.clock.set(_at(date.fromisoformat(first) - timedelta(days=1), 20))
        self.upstream = Upstream(archive, clock=self.clock.seconds)
        self.folder = folder
        self.killed = 0

    def settings(self) -> Settings:
        """The home's, which asks the local server as if it were arXiv."""
        return home_settings(self.folder / "home", self.upstream.addresses())

    def run(self) -> None:
        """All days."""
        with self.upstream, closing(Catalog.open(self.settings())) as catalog:
            self._remember(catalog)
            makers = self._makers()
            rounds = SyncRounds(
                self.settings(),
                catalog,
                clock=self.clock.moment,
                client=home_client(self.settings(), self.clock),
                makers=makers,
            )
            for place, day in enumerate(self.days):
                self._day(rounds, place, day)
            # A day of grace, as the last faults are repaired after their day.
            self.upstream.heal()
            end = _at(date.fromisoformat(self.days[-1]) + timedelta(days=1), 20)
            self._pass_time(rounds, end, 4.0)
            for one in self.faults:
                one.found = self._troubles(catalog, one)

    def _makers(self) -> Mapping[str, Callable[[], Remote]]:
        told = remote_settings(self.settings())
        return {**remotes(told), "arxiv-rss": partial(CutFeed, told)}

    def _day(self, rounds: SyncRounds, place: int, day: str) -> None:
        """From the evening before to the next evening."""
        self.upstream.heal()
        CutFeed.ids = frozenset()
        for one in self.faults:
            if one.place <= place < one.place + one.days:
                self.upstream.fail(*one.faults(self.archive, self.days[one.place]))
        here = [one for one in self.faults if one.place == place]
        for one in here:
            if one.kinds == ("gap",):
                CutFeed.ids = ids_of(self.archive, day, 0.2)
        start = date.fromisoformat(day)
        evening = _at(start - timedelta(days=1), 22.5)
        self._set(max(evening, self.clock.moment()))
        for one in here:
            if one.kill:
                self._kill(day, one.kill)
            if one.until:
                self._pass_time(rounds, _at(start, one.until), 2.0)
                self.upstream.heal()
        following = min(
            (later for later in self.days if later > day), default=str(start + timedelta(days=1))
        )
        self._pass_time(rounds, _at(date.fromisoformat(following) - timedelta(days=1), 22.4), 2.0)

    def _pass_time(self, rounds: SyncRounds, end: datetime, hours: float) -> None:
        """Rounds at every hour of the schedule, and in between."""
        while self.clock.moment() < end:
            before = self.clock.moment()
            rounds.round()
            times = [one.next_at for one in rounds.syncing.syncs.times().values()]
            following = before + timedelta(hours=hours)
            for one in times:
                moment = datetime.fromisoformat(one)
                if self.clock.moment() < moment < following:
                    following = moment + timedelta(seconds=1)
            self._set(max(min(following, end), self.clock.moment() + timedelta(seconds=1)))

    def _set(self, moment: datetime) -> None:
        self.clock.set(moment)
        # The records carry a mailing from 22:30 on, the feed from midnight on.
        local = moment.astimezone(NEW_YORK) + timedelta(hours=1.5)
        self.upstream.today = local.date().isoformat()

    def _kill(self, day: str, interface: str) -> None:
        """A worker of its own begins the harvest and is killed amidst it."""
        self._set(_at(date.fromisoformat(day) - timedelta(days=1), 22.9))
        before = self._requests(interface)
        command = [sys.executable, str(Path(__file__).resolve()), "--worker", str(self.folder)]
        addresses = json.dumps(self.upstream.addresses())
        child = subprocess.Popen([*command, addresses])
        deadline = time.monotonic() + 60
        while self._requests(interface) < before + 3 and time.monotonic() < deadline:
            time.sleep(0.002)
            if child.poll() is not None:
                raise RuntimeError("the worker ended before it could be killed")
        child.send_signal(signal.SIGKILL)
        child.wait()
        self.killed += 1

    def _requests(self, interface: str) -> int:
        return sum(one.interface == interface for one in list(self.upstream.requests))

    def _remember(self, catalog: Catalog) -> None:
        """The days before, as if they had been synced: the model of counts needs a past."""
        syncs = catalog.syncs(self.settings().rejected_path)
        for day in self.history:
            run = syncs.begin("arxiv-rss", "arxiv", Want(("+".join(SETS),), day))
            syncs.end(syncs.store(run, listing_page(self.archive, day)))

    def _troubles(self, catalog: Catalog, one: Injected) -> list[Trouble]:
        day = self.days[one.place]
        following = self.days[min(one.place + 1, len(self.days) - 1)]
        return [
            trouble
            for trouble in catalog.troubles.all()
            if trouble.kind in one.kinds
            and (trouble.day == day if trouble.kind in _DATED else _day_before(day)
                 <= trouble.opened_at[:10] <= following)
        ]  # fmt: skip


_DATED = ("stale", "disagreement", "gap", "quiet", "absent")


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def _at(day: date, hours: float) -> datetime:
    """A moment of a day in New York."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=NEW_YORK)
    return (midnight + timedelta(hours=hours)).astimezone(UTC)


def home_settings(home: Path, addresses: dict[str, str]) -> Settings:
    """A home that follows arXiv at other addresses."""
    return settings_.load(home=home, upstream=addresses, sync={"arxiv": SETS}, model_hub=False)


def home_client(settings: Settings, clock: Clock) -> Client:
    """The polite client under the clock, with arXiv's interval for the local server."""
    origin = settings.upstream["arxiv"].split("/")[2]
    slow = settings.model_copy(update={"intervals": {origin: INTERVAL}})
    return client_of(slow, clock=clock.seconds, sleep=clock.sleep)


def listing_page(archive: Archive, day: str) -> Page:
    """A day's announcement as the feed of all sets gives it."""
    items, lines, sets = [], [], defaultdict(list)
    for place, one in enumerate(archive.by_day[day], 1):
        name = f"{one.paper.id}v{one.paper.version}"
        paper = Paper(
            name, "arxiv", one.paper.title, one.paper.abstract,
            authors=tuple(Author(f"{g} {f}".strip()) for g, f, _ in one.paper.authors),
            categories=one.paper.categories, announced=day,
            published=f"{one.paper.submitted:%Y-%m-%d}",
        )  # fmt: skip
        items.append(Arrived(paper, place))
        for name_ in SETS:
            if name_ in one.paper.categories:
                kind = one.kind if one.kind != "new" else _new_in(one.paper, name_)
                lines.append(Announced(name_, day, name, kind))  # type: ignore[arg-type]
                sets[name_].append(name)
    listings = [Listing(s, day, day, fingerprint(sets[s]), len(sets[s])) for s in SETS]
    return Page(tuple(items), tuple(lines), tuple(listings))


def _new_in(paper: Submission, name: str) -> str:
    return "new" if paper.categories[0] == name else "cross"


def real_archive(folder: Path, last: str, days: int, share: float, seed: int = 3) -> Archive:
    """Papers of the listings there were: the last ``days`` listing days up to one.

    ``share`` of them, chosen by their id; a part comes again as a second version later.
    """
    by_day: dict[str, list[Submission]] = defaultdict(list)
    wanted = set(SETS)
    for row in _rows(folder / "arxiv-2025-2026" / "corpus.jsonl.zst"):
        categories = tuple(dict.fromkeys(row.get("categories") or ()))
        if wanted & set(categories) and row["date"] <= last and _chance(row["id"], seed) < share:
            by_day[row["date"]].append(_submission(row, row["date"], categories))
    listed = [day for day in sorted(by_day) if lists(date.fromisoformat(day))][-days:]
    return with_versions({day: by_day[day] for day in listed}, seed)


def starter_archive(first: str, days: int, seed: int = 3) -> Archive:
    """The starter edition's papers, evenly on arXiv's listing days from one on."""
    calendar: list[date] = []
    day = date.fromisoformat(first)
    while len(calendar) < days:
        if lists(day):
            calendar.append(day.isoformat())
        day += timedelta(days=1)
    by_day: dict[str, list[Submission]] = {one: [] for one in calendar}
    papers = starter_papers()
    months: dict[str, int] = defaultdict(int)
    for place, record in enumerate(papers):
        day_ = calendar[place * days // len(papers)]
        month = day_[2:4] + day_[5:7]
        months[month] += 1
        identity = f"{month}.{months[month]:05}"
        first_set = int(_chance(identity, seed) * len(SETS))
        categories = (SETS[first_set], SETS[(first_set + 1) % len(SETS)])
        by_day[day_].append(_submission({**record, "id": identity}, day_, categories))
    return with_versions(by_day, seed)


def with_versions(by_day: Mapping[str, Sequence[Submission]], seed: int) -> Archive:
    """The archive of these papers, a fifth of which come again as a second version."""
    days = list(by_day)
    made: list[Announcement] = []
    later: dict[str, list[Submission]] = defaultdict(list)
    for place, day in enumerate(days):
        for paper in by_day[day]:
            made.append(Announcement(day, "new", paper))
            chance = _chance(f"again {paper.id}", seed)
            if chance < 0.2 and place + 2 < len(days):
                ahead = place + 2 + int(chance * 5 * min(8, len(days) - place - 2))
                later[days[ahead]].append(paper)
        for paper in later[day]:
            revised = datetime.fromisoformat(f"{day}T12:00:00+00:00") - timedelta(days=1)
            text = f"{paper.abstract} Extended results."
            again = replace(paper, version=2, abstract=text, revised=revised)
            made.append(Announcement(day, "replace", again))
    return Archive(tuple(made), tuple(days))


def _submission(row: Mapping[str, Any], day: str, categories: tuple[str, ...]) -> Submission:
    here = date.fromisoformat(day)
    back = 4 if here.weekday() == 0 else 2
    evening = datetime(here.year, here.month, here.day, 19, tzinfo=UTC) - timedelta(days=back)
    moment = evening + timedelta(minutes=_chance(row["id"], 1) * 1200)
    people = row.get("authors") or ["Ada Lovelace"]
    names = [one["name"] if isinstance(one, dict) else str(one) for one in people]
    return Submission(
        id=str(row["id"]).split("v")[0],
        version=1,
        title=str(row["title"]),
        abstract=str(row.get("abstract") or row.get("summary") or ""),
        authors=tuple((*_parted(name), "") for name in names[:20]),
        categories=categories,
        submitted=moment,
        revised=moment,
    )


def _parted(name: str) -> tuple[str, str]:
    given, _, family = name.strip().rpartition(" ")
    return given, family


def _chance(text: str, seed: int) -> float:
    digest = blake2b(f"{seed} {text}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2.0**64


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    import zstandard

    with (
        path.open("rb") as file,
        zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(file) as packed,
    ):
        for line in io.TextIOWrapper(packed, "utf-8"):
            yield json.loads(line)


@dataclass(frozen=True)
class Verdict:
    """What the month shows at its end."""

    announced: int
    stored: int
    lost: tuple[str, ...]
    extra: int
    outdated: tuple[str, ...]
    missing_in_ledger: int
    unnamed: tuple[str, ...]
    open_troubles: tuple[str, ...]
    quiet_alarms: int
    false_alarms: tuple[str, ...]
    set_days: int
    closest: float
    requests: int

    @property
    def equal(self) -> bool:
        """Whether the catalog is what was announced: every paper, in its newest version."""
        return not (self.lost or self.extra or self.outdated or self.missing_in_ledger)


def verdict(month: Month) -> Verdict:
    """Compares everything."""
    with closing(Catalog.open(month.settings())) as catalog:
        wanted: dict[str, Submission] = {}
        for one in month.archive.announcements:
            if set(one.paper.categories) & set(SETS):
                wanted[one.paper.id] = one.paper
        lost, outdated = [], []
        for name, paper in wanted.items():
            found = catalog.get_many(catalog.resolve(name))
            if not found:
                lost.append(name)
            elif paper.version > 1 and not any(
                work.paper.abstract.endswith("Extended results.") for work in found.values()
            ):
                outdated.append(name)
        first, last = month.days[0], "9999-12-31"
        rows = catalog.completeness.rows(first, last)
        troubles = catalog.troubles.all()
        quiet = [one for one in troubles if one.kind == "quiet"]
        made_quiet = {month.days[one.place] for one in month.faults if "quiet" in one.kinds}
        return Verdict(
            len(wanted),
            len(wanted) - len(lost),
            tuple(lost),
            catalog.count() - (len(wanted) - len(lost)),
            tuple(outdated),
            sum(row.missing for row in rows),
            tuple(
                one.name for one in month.faults if {t.kind for t in one.found} != set(one.kinds)
            ),
            tuple(one.sentence for one in troubles if not one.closed_at),
            len(quiet),
            tuple(one.sentence for one in quiet if one.day not in made_quiet),
            sum(bool(row.set) and row.listing == "arxiv-rss" for row in rows),
            month.upstream.closest(),
            len(month.upstream.requests),
        )


def report(month: Month, found: Verdict) -> list[str]:
    """The verdict in lines."""
    lines = [
        f"catalog equals what was announced: {'yes' if found.equal else 'NO'}"
        f" ({found.stored:,} of {found.announced:,} papers; {len(found.lost)} lost,"
        f" {found.extra} too many, {len(found.outdated)} in an old version;"
        f" the ledger misses {found.missing_in_ledger})",
        f"faults injected: {len(month.faults)}; not named: {list(found.unnamed) or 'none'};"
        f" troubles still open: {list(found.open_troubles) or 'none'}",
    ]
    for one in month.faults:
        lines.append(f"  {month.days[one.place]}  {one.name}")
        lines += [
            f"      {t.kind}: {t.sentence[:150]} -> {t.ending or 'still open'}" for t in one.found
        ]
    rate = len(found.false_alarms) / max(found.set_days, 1)
    lines += [
        f"quiet-day alarms: {found.quiet_alarms}, of them false {len(found.false_alarms)} on"
        f" {found.set_days} days of sets ({rate:.4f}; stated at most {ALARM_RATE})",
        f"smallest interval between requests: {found.closest:.2f} s of {INTERVAL:.0f} s"
        f" over {found.requests:,} requests, at most {month.upstream.most_at_once} at once",
    ]
    return lines


def work_once(folder: Path, addresses: dict[str, str], scale: float) -> None:
    """One round in a process of its own: what is killed."""
    clock = Clock(folder / "clock.json", scale)
    settings = home_settings(folder / "home", addresses)
    with closing(Catalog.open(settings)) as catalog:
        client = home_client(settings, clock)
        SyncRounds(settings, catalog, clock=clock.moment, client=client).round()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--days", type=int, default=22)
    parser.add_argument("--last", default="2026-02-06", help="the last listing day")
    parser.add_argument("--share", type=float, default=0.25, help="of the papers of each day")
    parser.add_argument("--scale", type=float, default=200.0)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--worker", nargs=2, metavar=("FOLDER", "ADDRESSES"))
    given = parser.parse_args()
    if given.worker:
        work_once(Path(given.worker[0]), json.loads(given.worker[1]), given.scale)
        return
    logging.basicConfig(level=logging.ERROR)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.home or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        days = given.days + _HISTORY
        if (given.data / "arxiv-2025-2026").is_dir():
            archive = real_archive(given.data, given.last, days, given.share)
        else:
            archive = starter_archive("2025-11-03", days)
        month = Month(folder, archive, archive.days[-given.days], scale=given.scale, faults=plan())
        month.run()
        print(f"{month.days[0]} to {month.days[-1]}, {time.monotonic() - began:.0f} s")
        print("\n".join(report(month, verdict(month))))


if __name__ == "__main__":
    main()
