"""What is known of terms, for pages and programs: their papers, trend, company and senses.

What takes long to count is kept for a while though papers are being read, at most a minute: they
are read in small batches, and no trend of months turns in one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar, cast

from broadsheet.cache import Cache
from broadsheet.catalog import TermCounts, TermStats
from broadsheet.text import (
    Month,
    log_likelihood,
    neighbour_terms,
    prepare,
    senses,
    term_key,
    term_trend,
    trend_direction,
)
from broadsheet.web.desk import State

T = TypeVar("T")

_KEPT_SECONDS = 60.0
_TIMES = 200  # as long as it took: half a percent of a core
_SENSES_KEPT_SECONDS = 3600.0
_KEPT = 2_000
_NOTHING = (float("-inf"), -1, None)
MONTHS = 36  # that a plot shows at most
_THIN = 0.02  # a month with fewer papers than this share of the fullest says nothing
_LEAST_A_MONTH = 5
_COMPANY = 500  # newest papers of a term that are asked what else they have
_CANDIDATES = 60
_FEW = 100  # papers, below which two that share a term say something
SENSED = 120  # newest papers of a term whose senses are told apart
_LEAST_SENSED = 12
_SENSE_SECONDS = 0.15  # that a page waits for them
_WEEK, _BEFORE = 7, 56  # days
_RISING_FROM = 1_500
_LONGEST_KEY = 120


@dataclass(frozen=True, slots=True)
class Company:
    """A term beside another one: in how many of the papers that were looked at."""

    key: str
    text: str
    papers: int


@dataclass(frozen=True, slots=True)
class Trend:
    """A term with its months and where they lead: "rising", "falling" or ""."""

    key: str
    text: str
    papers: int
    months: tuple[Month, ...]
    direction: str


@dataclass(frozen=True, slots=True)
class Known:
    """All that a term's page shows but its papers. ``looked`` papers were asked for company."""

    stats: TermStats
    trend: Trend
    company: tuple[Company, ...]
    looked: int


@dataclass(frozen=True, slots=True)
class Meaning:
    """A sense of a term: what it is called, and its papers among those looked at."""

    name: str
    works: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rise:
    """A term of a week: its papers there, and in the eight weeks before."""

    key: str
    text: str
    papers: int
    before: int
    strength: float


@dataclass(frozen=True, slots=True)
class Week:
    """The terms of a week: those that rise, the surest first, and those of most papers."""

    first: str
    last: str
    papers: int
    rising: tuple[Rise, ...]
    frequent: tuple[Rise, ...]


class TermBook:
    """What is counted of terms; may be asked from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Until when a thing holds, what it was counted from, and what it is.
        self._found: Cache[Hashable, tuple[float, int, object]] = Cache(_KEPT)
        self._sensing: dict[str, Future[tuple[Meaning, ...]]] = {}
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="broadsheet-senses")

    def close(self) -> None:
        """Ends the thread that tells senses apart."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def known(self, state: State, key: str) -> Known | None:
        """What is known of a term; None where no paper that was read has it."""
        return self._kept(state, ("known", key), lambda: self._known(state, key))

    def trends(self, state: State, keys: Sequence[str]) -> dict[str, Trend]:
        """The trends of some terms; those that no paper has are left out."""
        wanted = tuple(keys)
        return self._kept(state, ("trends", wanted), lambda: self._trends(state, wanted))

    def week(self, state: State, last: str) -> Week:
        """The terms of the seven days that end with ``last`` (ISO)."""
        return self._kept(state, ("week", last), lambda: self._week(state, last))

    def senses(self, state: State, key: str) -> tuple[Meaning, ...] | None:
        """The senses of a term of one word; () where it has one, None while they are looked for.

        Terms of more words hardly ever have more than one.
        """
        if " " in key:
            return ()
        kept = self._now(("senses", key))
        if kept is not None:
            return cast("tuple[Meaning, ...]", kept)
        with self._lock:
            future = self._sensing.get(key)
            if future is None:
                future = self._pool.submit(_meanings, state, key)
                self._sensing[key] = future
        wait([future], _SENSE_SECONDS)
        if not future.done():
            return None
        with self._lock:
            self._sensing.pop(key, None)
        found = future.result()
        self._keep(("senses", key), state.read_seq, found, _SENSES_KEPT_SECONDS)
        return found

    def _known(self, state: State, key: str) -> Known | None:
        stats = state.readings.term(key)
        if stats is None:
            return None
        counts = TermCounts(state.catalog)
        totals = self._totals(state)
        beside = counts.beside(key, state.readings.of_term(key, limit=_COMPANY))
        often = sorted(beside.counts, key=lambda other: (-beside.counts[other], other))
        candidates = counts.papers(often[:_CANDIDATES])
        least = 3 if beside.papers >= _FEW else 2
        company = neighbour_terms(
            beside.papers,
            {other: n for other in candidates if (n := beside.counts[other]) >= least},
            {other: papers for other, (_, papers) in candidates.items()},
            max(sum(totals.values()), stats.papers),
            key=key,
        )
        return Known(
            stats,
            _trend(key, stats.text, dict(stats.months), totals, stats.papers),
            tuple(Company(one.key, candidates[one.key][0], one.papers) for one in company),
            beside.papers,
        )

    def _trends(self, state: State, keys: Sequence[str]) -> dict[str, Trend]:
        counts = TermCounts(state.catalog)
        totals = self._totals(state)
        months = counts.by_month(keys, min(_full(totals), default=""))
        return {
            key: _trend(key, text, months.get(key, {}), totals, papers)
            for key, (text, papers) in counts.papers(keys).items()
        }

    def _totals(self, state: State) -> dict[str, int]:
        return self._kept(state, "totals", TermCounts(state.catalog).totals)

    def _week(self, state: State, last: str) -> Week:
        counts = TermCounts(state.catalog)
        end = date.fromisoformat(last)
        first = (end - timedelta(_WEEK - 1)).isoformat()
        since = (end - timedelta(_WEEK - 1 + _BEFORE)).isoformat()
        here, all_ = counts.read_between(first, last), counts.read_between(since, last)
        # In a week of few papers no term has many.
        least = 2 if here < 500 else 3
        found = [
            Rise(
                one.key,
                one.text,
                one.papers,
                one.before,
                log_likelihood(one.papers, here, one.papers + one.before, all_),
            )
            for one in counts.risen(first, last, since, least=least, limit=_RISING_FROM)
        ]
        rising = sorted(
            (one for one in found if all_ > here and one.strength > 0),
            key=lambda one: (-one.strength, one.key),
        )
        return Week(first, last, here, tuple(rising), tuple(found))

    def _kept(self, state: State, name: Hashable, make: Callable[[], T]) -> T:
        """Something counted from what is read now, or lately if it took long."""
        until, seq, value = self._found.get(name) or _NOTHING
        if seq == state.read_seq or time.monotonic() < until:
            return cast("T", value)
        began = time.monotonic()
        made = make()
        took = time.monotonic() - began
        self._keep(name, state.read_seq, made, min(_KEPT_SECONDS, _TIMES * took))
        return made

    def _now(self, name: Hashable) -> object | None:
        until, _, value = self._found.get(name) or _NOTHING
        return value if time.monotonic() < until else None

    def _keep(self, name: Hashable, seq: int, value: object, seconds: float) -> None:
        self._found.put(name, (time.monotonic() + seconds, seq, value))


def key_in(name: str) -> str:
    """The key that the end of an address means; '' where that can be no term."""
    key = " ".join(name.replace("-", " ").split())
    if not 0 < len(key) <= _LONGEST_KEY or not any(map(str.isalnum, key)):
        return ""
    return key if key.isprintable() else ""


def resolved(state: State, name: str) -> tuple[str, bool]:
    """The key of a term as it is addressed or printed, and whether any paper has it."""
    key = key_in(name)
    if not key:
        return "", False
    for known in dict.fromkeys((key, term_key(key))):
        if known and state.readings.of_term(known, limit=1):
            return known, True
    return term_key(key) or key, False


def _trend(
    key: str, text: str, by_month: dict[str, int], totals: dict[str, int], papers: int
) -> Trend:
    months = term_trend(by_month, _full(totals))
    return Trend(key, text, papers, months, trend_direction(months))


def _full(totals: dict[str, int]) -> dict[str, int]:
    """The months of a plot: the last ones, without those of hardly any paper."""
    least = max(_LEAST_A_MONTH, _THIN * max(totals.values(), default=0))
    return {month: total for month, total in sorted(totals.items())[-MONTHS:] if total >= least}


def _meanings(state: State, key: str) -> tuple[Meaning, ...]:
    ids = state.readings.of_term(key, limit=SENSED)
    if len(ids) < _LEAST_SENSED:
        return ()
    works = state.catalog.get_many(ids)
    papers = [works[number].paper for number in ids if number in works]
    numbers = [number for number in ids if number in works]
    documents = [prepare(paper.title, paper.abstract[:8_000]) for paper in papers]
    return tuple(
        Meaning(sense.name, tuple(numbers[place] for place in sense.papers))
        for sense in senses(key, documents)
    )
