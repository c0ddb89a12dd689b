"""How complete the paper is, in the few words that stand on every list, and for ``doctor``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from broadsheet.catalog import Catalog, DayCount
from broadsheet.editions import plain_date, weekday
from broadsheet.settings import Settings
from broadsheet.sources import UnknownSetError, set_name
from broadsheet.worker.syncing import RECORDS, source_of

_WINDOW = timedelta(days=14)
_OUT = timedelta(days=1)
# Troubles that leave a day incomplete while they are open.
_OPEN = ("gap", "stale", "absent", "quiet")


@dataclass(frozen=True, slots=True)
class Freshness:
    """To which day the paper is complete, and what the first day after it lacks.

    Days are ISO. ``complete_to`` is '' where no day is known to be; ``day`` is the newest one
    that is not, with ``missing`` of ``announced`` papers, '' when there is none; ``trouble`` is
    the sentence of what is wrong with it beyond missing papers.
    """

    complete_to: str = ""
    day: str = ""
    missing: int = 0
    announced: int = 0
    trouble: str = ""

    def words(self, today: date | None = None) -> str:
        """``complete to Thursday; 3 of 812 from Friday still missing``; '' where nothing is
        followed."""
        today = today or datetime.now(UTC).date()
        parts = []
        if self.complete_to:
            parts.append(f"complete to {_day(self.complete_to, today)}")
        if self.missing:
            missing = f"{self.missing:,} of {self.announced:,}"
            parts.append(f"{missing} from {_day(self.day, today)} still missing")
        elif self.day:
            parts.append(f"{_day(self.day, today)} is not complete")
        return "; ".join(parts)

    def to_json(self) -> dict[str, object]:
        """Flat values; days that are not are null."""
        return {
            "complete_to": self.complete_to or None,
            "incomplete": self.day or None,
            "missing": self.missing,
            "announced": self.announced,
            "words": self.words() or None,
        }


def freshness(catalog: Catalog) -> Freshness:
    """How complete the last two weeks are, all followed listings together."""
    ledger = catalog.completeness
    last = ledger.last_day()
    if not last:
        return Freshness()
    first = (date.fromisoformat(last) - _WINDOW).isoformat()
    days: dict[str, list[DayCount]] = {}
    for listing in sorted({name for name, _ in ledger.listing_names(first)}):
        for count in ledger.day_counts(listing, first, last):
            if count.news:
                days.setdefault(count.day, []).append(count)
    troubled = {
        one.day: one.sentence
        for one in catalog.troubles.all(open_only=True)
        if one.kind in _OPEN and one.day >= first
    }
    bad = {day for day, counts in days.items() if any(one.missing for one in counts)}
    bad |= set(troubled)
    good_to = ""
    for day in sorted({*days, *troubled}):
        if day in bad:
            break
        good_to = day
    newest = max(bad, default="")
    counts = days.get(newest, [])
    return Freshness(
        good_to,
        newest,
        sum(one.missing for one in counts),
        sum(one.announced for one in counts),
        troubled.get(newest, ""),
    )


def clock_health(
    settings: Settings, catalog: Catalog, now: datetime
) -> tuple[Literal["ok", "warning"], str, str]:
    """State, what was seen, and what to do: whether the sources' times are this machine's.

    Days are what sources are asked for, and a sync asks for one day more than it must: only a
    clock that is out by more than that leaves papers out.
    """
    todo = "set this machine's clock; the days in between are asked for again by themselves"
    newest = next(iter(catalog.syncs(settings.rejected_path).runs(1)), None)
    if newest is not None and _moment(newest.started_at) > now + _OUT:
        seen = f"a sync was begun at {newest.started_at}, which is still to come"
        return "warning", seen, todo
    built, here = catalog.completeness.answered(RECORDS)
    try:
        ahead = _moment(here) - _moment(built)
    except ValueError:
        return "ok", "no source has told its time yet", ""
    if abs(ahead) > _OUT:
        direction = "ahead" if ahead > timedelta() else "behind"
        days = abs(ahead).total_seconds() / 86_400
        seen = f"it was {days:,.0f} days {direction} at {RECORDS}'s last answer ({built})"
        return "warning", seen, todo
    return "ok", f"agrees with {RECORDS}'s last answer ({built})", ""


def _moment(text: str) -> datetime:
    """A time as it is stored, or as OAI-PMH writes it; raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _day(iso: str, today: date) -> str:
    """A weekday within the last six days, else the date."""
    near = timedelta() <= today - date.fromisoformat(iso) <= timedelta(days=6)
    return weekday(iso) if near else plain_date(iso)


def unheard(settings: Settings, catalog: Catalog, source: str) -> list[str]:
    """The sets that the settings name for a source, that it was asked for, and of which it never
    told anything: hosts answer that nothing is new and that there is no such set alike.

    A source without a ledger of its own (Zotero) has told of all its sets once a paper came.
    """
    named = settings.sync.get(source, ())
    if not named:
        return []
    syncs = catalog.syncs(settings.rejected_path)
    heard = {name for remote, name in syncs.heard() if source_of(remote) == source}
    if not heard and source in dict(catalog.sources()):
        return []
    silent = (name for name in named if _as_told(source, name) not in heard)
    return [name for name in silent if syncs.reaches(source, (name,))]


def _as_told(source: str, name: str) -> str:
    """A set as the ledger has it: ``cs.AI`` where the settings say ``cs:cs:AI``."""
    try:
        return set_name(name) if source == RECORDS else name
    except UnknownSetError:  # which a sync refuses
        return name


def sync_health(
    settings: Settings, catalog: Catalog
) -> tuple[Literal["ok", "warning", "failed"], str, str]:
    """State, what was seen, and what to do ('' for nothing)."""
    troubles = catalog.troubles.all(open_only=True)
    if troubles:
        more = f" (and {len(troubles) - 1} more)" if len(troubles) > 1 else ""
        todo = "nothing: it is tried again; 'broadsheet ledger' shows how it stands"
        return "warning", f"{troubles[0].sentence}{more}", todo
    followed = ", ".join(settings.sync) or "no source"
    times = catalog.syncs(settings.rejected_path).times()
    failing = [one for one in times.values() if one.failures]
    if failing:
        seen = f"{failing[0].remote} could not be asked: {failing[0].problem}"
        return "ok", seen, "" if not settings.sync else "it is tried again by itself"
    for source in settings.sync:
        if silent := unheard(settings, catalog, source):
            seen = f"nothing ever came of {', '.join(silent)}"
            todo = f"see the setting 'sync': nothing is new there, or {source} has no such set"
            return "warning", seen, todo
    words = freshness(catalog).words()
    return "ok", f"{followed} followed" + (f"; {words}" if words else ""), ""
