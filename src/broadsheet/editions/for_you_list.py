"""For you: what a reader would want to have seen, no more than their time allows, and an end.

The list ends at the first of two things: where the next paper is less likely to be liked than
the reader's own acceptance rate says of any paper, or where the minutes are used up. After an
absence the backlog is told by storylines: one paper for each, the others folded under it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from broadsheet.catalog import Catalog, Work
from broadsheet.editions.storylines import storylines

if TYPE_CHECKING:
    from broadsheet.readers import Built, Ranked, Reader, Readers, Recommendation, Taste

# A minute of reading holds 240 words (Brysbaert 2019: 238 silent, non-fiction); every title is
# read, and as much of the abstract as the paper is likely to be wanted.
WORDS_A_MINUTE = 240.0
_LOOK_SECONDS = 2.0  # to decide and to go on
_CANDIDATES = 2_000
_READ_AT_ONCE = 40  # more than most lists hold
# As many as the minutes hold of the newest say little to someone nothing is known of yet.
_NEWCOMER_PAPERS = 20
_FRESH_DAYS = 3  # days without a visit after which it is an absence
# A weekly digest is of the week before it, and what it leaves to this list waits for the next.
_WEEKLY_DAYS = 14
_BACKLOG_DAYS = 60
# The line under which nothing is shown, as a share of the acceptance rate; it lies lower where
# the reader's own likes do, of which it keeps nineteen in twenty (`evaluate replay`).
LINE = 0.5
_RECENCY = 0.15  # log-odds that a paper loses with each doubling of its age in weeks
_PLACE = "for_you"


@dataclass(frozen=True, slots=True)
class ForYouEntry:
    """A paper of the list: why it is there, and the papers folded under it."""

    work: Work
    recommendation: Recommendation
    seconds: float
    folded: tuple[Work, ...] = ()


@dataclass(frozen=True, slots=True)
class ForYou:
    """A reader's list of a day.

    ``done``: it ends because nothing more is worth a look, not because time is up; then ``left``
    is empty, else it holds the works that did not fit and are at least as likely to be liked as
    the reader's rate says of any. ``below`` were weighed and fell under the ``line``, a probability
    that lies lower. ``catch_up``: the reader was away, and papers stand by storylines.
    ``newcomer``: there is no taste yet, the list are the newest papers. ``muted``: all interests
    are, so that nothing is meant.
    """

    reader_id: int
    day: str
    first: str
    entries: tuple[ForYouEntry, ...]
    minutes: float
    budget_minutes: float
    done: bool
    left: tuple[int, ...]
    below: int
    line: float
    catch_up: bool
    newcomer: bool
    muted: bool

    @property
    def left_out(self) -> int:
        """How many papers that are worth a look did not fit."""
        return len(self.left)

    @property
    def works(self) -> tuple[Work, ...]:
        """The papers shown, folded ones left out."""
        return tuple(entry.work for entry in self.entries)

    def sentence(self) -> str:
        """What stands at the end, or in the place of a list that has nothing."""
        if self.muted:
            return "All your interests are muted: let one count again, and this list is yours."
        if not self.entries and self.below and not self.newcomer:
            return (
                "Of what came since your last list or digest, nothing is likely to matter to you."
            )
        if not self.entries and not self.left:
            return "Nothing new since your last list or digest."
        if self.done:
            return "You are done: nothing else of these days is likely to matter to you."
        more = f"{self.left_out} more paper{'s' if self.left_out != 1 else ''}"
        return f"Your {self.budget_minutes:g} minutes are used; {more} would be worth a look."


def reading_seconds(work: Work, chance: float) -> float:
    """How long a paper takes in a list: its title, and of its abstract what is likely read."""
    title = len(work.paper.title.split())
    body = len((work.paper.abstract or work.paper.summary).split())
    # Half the abstract tells that a paper is not wanted; one that is wanted is read whole.
    words = title + body * (0.25 + 0.75 * min(1.0, chance))
    return _LOOK_SECONDS + 60 * words / WORDS_A_MINUTE


def for_you(
    readers: Readers,
    taste: Taste,
    catalog: Catalog,
    reader: Reader,
    day: str,
    budget_minutes: float | None = None,
    *,
    first: str = "",
    again: bool = False,
    interest: int | None = None,
    mark: bool = False,
) -> ForYou:
    """The list of a day for a reader.

    ``budget_minutes`` is by default the reader's own. ``first`` is the first day looked at; by
    default three days before the last list they were shown, and for who is sent weekly digests
    two weeks ago at least. ``again`` also shows what they were shown before, here or in a digest.
    ``interest`` narrows to one. With ``mark`` the list counts as shown.

    Of days that an earlier list was about only those come again that it told to be left, or that
    the taste has come to since: the rest would fill every quiet day after.
    """
    budget = _minutes(reader.minutes if budget_minutes is None else budget_minutes)
    here = readers.shown.of(reader.id, _PLACE)
    start, last = _since(here, day, first)
    away = _days_between(first or last, day) > _FRESH_DAYS
    if reader.digest == "weekly" and not first:
        start = min(start, _days_before(day, _WEEKLY_DAYS))
    built = taste.built(reader.id)
    # A home that met no listing yet has papers without days: all of them are meant.
    window = (start, day) if catalog.days(1) else ("", "")
    muted = bool(built.lenses) and built.whole is None and interest is None
    ids = _candidates(taste, built, window) if not muted else np.empty(0, np.int64)
    met = {} if again else readers.shown.of(reader.id)
    if not again:  # the list of a day can be opened again
        today = {work_id for work_id, (at, _) in here.items() if at == day}
        ids = _unseen(catalog, ids, met, today)
    ranked = taste.order(built, taste.shelves.field(ids), interest)
    newcomer = not built.lenses
    days = {one.work_id: one.announced for one in catalog.listing(start, day)}
    good = order = _ordered(ranked, days, day)
    line = 0.0
    if not newcomer:
        line = min(LINE * built.profile.rate, taste.floor(built, interest))
        weighed = () if again else {n for n, at in days.items() if at <= last} - met.keys()
        good = _good(ranked, order, line, built.profile.rate, weighed)
    groups = _grouped(taste, ranked, good, away)
    meant = groups[:_NEWCOMER_PAPERS] if newcomer else groups
    entries, used, taken = _filled(taste, catalog, built, ranked, meant, budget)
    rest = np.asarray([row for group in groups[taken:] for row in group], np.int64)
    if not newcomer:
        rest = rest[ranked.probabilities[rest] >= built.profile.rate]
    left = tuple(int(work_id) for work_id in ranked.ids[rest])
    if mark and entries:
        _mark(readers, reader, day, entries)
    return ForYou(
        reader.id, day, start, tuple(entries), used, budget, not left, left,
        len(order) - len(good), line, away, newcomer, muted,
    )  # fmt: skip


def _candidates(taste: Taste, built: Built, window: tuple[str, str]) -> NDArray[np.int64]:
    ids = taste.candidates(built.profile.reader_id, *window, _CANDIDATES)
    return ids[~np.isin(ids, built.judged)]


def _minutes(asked: float) -> float:
    if not (math.isfinite(asked) and asked > 0):
        raise ValueError(f"a budget is a number of minutes above 0, not {asked}")
    return float(asked)


def _mark(readers: Readers, reader: Reader, day: str, entries: Sequence[ForYouEntry]) -> None:
    told = [work for entry in entries for work in (entry.work, *entry.folded)]
    versions = {work.id: work.text_hash for work in told}
    readers.shown.mark(reader.id, _PLACE, day, list(versions), versions)


def _good(
    ranked: Ranked, order: Sequence[int], line: float, rate: float, weighed: Collection[int]
) -> list[int]:
    """Rows that are likely enough: above the line, or where an earlier list weighed them above the
    rate, over which it told papers to be left."""
    lines = np.where(np.isin(ranked.ids, list(weighed)), max(rate, line), line)
    return [row for row in order if ranked.probabilities[row] >= lines[row]]


def _since(shown: Mapping[int, tuple[str, bytes]], day: str, first: str) -> tuple[str, str]:
    """The first day to look at, and the day of the list before, '' where there was none or where
    the first day is asked for."""
    if first:
        return first, ""
    last = max((at for at, _ in shown.values() if at < day), default="")
    # What did not fit the last time has another chance.
    start = _days_before(last or day, _FRESH_DAYS)
    return max(start, _days_before(day, _BACKLOG_DAYS)), last


def _days_between(one: str, other: str) -> int:
    return (date.fromisoformat(other) - date.fromisoformat(one)).days if one else 0


def _days_before(day: str, days: int) -> str:
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()


def _unseen(
    catalog: Catalog,
    ids: NDArray[np.int64],
    told: Mapping[int, tuple[str, bytes]],
    but: AbstractSet[int],
) -> NDArray[np.int64]:
    """Without what was told, wherever that was, unless its text changed since."""
    past = [int(work_id) for work_id in ids if int(work_id) in told and int(work_id) not in but]
    works = catalog.get_many(past)
    same = [
        work_id
        for work_id in past
        if work_id not in works or not _changed(works[work_id].text_hash, told[work_id][1])
    ]
    return ids[~np.isin(ids, same)]


def _changed(now: bytes, then: bytes) -> bool:
    """Whether title or abstract were changed materially: the hash is of the text as it reads,
    without mark-up, so that a new version with the same words has the same."""
    return bool(then) and now != then


def _ordered(ranked: Ranked, days: Mapping[int, str], day: str) -> list[int]:
    """Rows of the ranking, the older ones a little later."""
    if not len(ranked):
        return []
    today = date.fromisoformat(day)
    ages = np.asarray(
        [
            max(0, (today - date.fromisoformat(days[int(i)])).days) if _full(days, int(i)) else 0
            for i in ranked.ids
        ]
    )
    scores = ranked.scores - _RECENCY * np.log2(1 + ages / 7)
    return [int(row) for row in np.lexsort((ranked.ids, -scores))]


def _full(days: Mapping[int, str], work_id: int) -> bool:
    return len(days.get(work_id, "")) == 10


def _grouped(taste: Taste, ranked: Ranked, rows: Sequence[int], away: bool) -> list[list[int]]:
    """Rows of the ranking, each alone or with those of its storyline, the best first."""
    if not away:
        return [[row] for row in rows]
    vectors = taste.shelves.field(ranked.ids[list(rows)]).vectors
    return [[rows[at] for at in group] for group in storylines(vectors)]


def _filled(
    taste: Taste,
    catalog: Catalog,
    built: Built,
    ranked: Ranked,
    groups: Sequence[Sequence[int]],
    budget: float,
) -> tuple[list[ForYouEntry], float, int]:
    """The entries that fit, the minutes they take, and how many groups they are.

    What was withdrawn is recommended to nobody, nor folded under another.
    """
    works: dict[int, Work] = {}
    chosen: list[tuple[Sequence[int], float]] = []
    used, taken = 0.0, 0
    for at, group in enumerate(groups):
        if at % _READ_AT_ONCE == 0:
            rows = [row for one in groups[at : at + _READ_AT_ONCE] for row in one]
            works |= catalog.get_many([int(ranked.ids[row]) for row in rows])
        standing = [row for row in group if _stands(works.get(int(ranked.ids[row])))]
        if not standing:
            taken += 1
            continue
        head = works[int(ranked.ids[standing[0]])]
        seconds = reading_seconds(head, float(ranked.probabilities[standing[0]]))
        seconds += sum(_LOOK_SECONDS for row in standing[1:])
        if chosen and used + seconds > budget * 60:
            break
        used += seconds
        taken += 1
        chosen.append((standing, seconds))
    heads = np.asarray([group[0] for group, _ in chosen], np.int64)
    told = taste.explained(built, ranked.take(heads), len(heads))
    entries = [
        ForYouEntry(
            works[one.work_id],
            one,
            seconds,
            tuple(works[int(ranked.ids[row])] for row in group[1:]),
        )
        for one, (group, seconds) in zip(told, chosen, strict=True)
    ]
    return entries, used / 60, taken


def _stands(work: Work | None) -> bool:
    """Whether a paper is still here, and not withdrawn."""
    return work is not None and not work.paper.withdrawn
