"""A reader's digest: what is new and theirs, within their minutes, and then it ends.

What they follow comes first, since they asked for it by name; what their taste recommends fills
the rest. Nothing is told twice, and nothing of what does not fit is lost: it is counted, and found
on their page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date, timedelta
from typing import Protocol

from broadsheet.catalog import Catalog, Work
from broadsheet.editions.became import news_of_kept
from broadsheet.editions.digest_times import Slot
from broadsheet.editions.digest_values import (
    FOLLOWED,
    FOR_YOU,
    KEPT,
    LATE,
    LEADING,
    MINUTES_A_PAPER,
    QUIET,
    UNSENT,
    UNSURE,
    Digest,
    Followed,
    Missed,
    Pick,
)
from broadsheet.editions.digest_window import Window
from broadsheet.readers import JUDGING, Reader, Readers, standing
from broadsheet.search import Searcher

# However long a reader was away or the worker down, a digest looks back this far at most.
_DAYS_BACK = {"daily": 7, "weekly": 14}
_FIRST_DAYS_BACK = {"daily": 2, "weekly": 7}
# Of the minutes, what follows may take where there are recommendations too.
_SHARE_OF_FOLLOWS = 0.6
_LEADS = 8
_MOST_PAPERS = 100
_MOST_NEWS = 10  # of papers that were saved; the rest is on the reader's page


class Recommending(Protocol):
    """What a reader's taste picks from the papers of some days: best first, each with its
    reason. It ends where a paper is no longer worth the reader's time."""

    def __call__(
        self, reader: Reader, first: str, last: str, minutes: float
    ) -> tuple[Sequence[tuple[int, str]], Sequence[int]]:
        """The picks, and the works that were worth it and did not fit."""
        ...


class DigestMaker:
    """Makes the digests of one moment; what they share (the days' papers, the searches that
    several readers follow) is read and found once."""

    def __init__(
        self,
        catalog: Catalog,
        readers: Readers,
        searcher: Searcher | None = None,
        recommend: Recommending | None = None,
    ) -> None:
        self._catalog = catalog
        self._readers = readers
        self._searcher = searcher
        self._recommend = recommend
        self._windows: dict[tuple[str, str], Window] = {}
        self._newest = catalog.days(1)
        self._seq = catalog.seq()
        self._highest = catalog.highest()
        self._records = catalog.last_record()

    def make(
        self,
        reader: Reader,
        slot: Slot,
        *,
        before: Digest | None = None,
        missed: Missed | None = None,
        on_quiet_days: bool = False,
    ) -> Digest | None:
        """A reader's digest, None where nothing is new and theirs and they want none then.

        ``before`` is the one they were sent last. What did not fit their minutes then is offered
        behind the new papers for a week or two; it alone makes no digest. ``missed`` is the last
        one since that did not arrive: its papers come as well, beyond the reader's minutes.
        """
        window = self._window(*self._days(slot, before, missed))
        done = met(self._readers, reader.id)
        carried = self._carried(missed, done)
        again = {pick.work_id for pick in carried}
        since = (before.newest if before else 0) or self._highest
        late = {number for number in window.late if number > since}
        began = (before.began or before.newest if before else 0) or self._highest
        # Those of a time when the reader was not sent digests yet are theirs in none.
        open_ = window.works.keys() - done - again
        open_ -= {number for number in window.late if number <= began}
        new = late | {
            n for n in window.works if n not in window.late and _is_new(window, n, before)
        }
        kept, more = self._news_of_kept(reader, before)
        room = min(_MOST_PAPERS - len(kept), max(1, int(reader.minutes / MINUTES_A_PAPER)))
        picks, left, note = self._picks(reader, window, _first_day(window, new), (open_, new), room)
        quiet = not (carried or kept) and not any(pick.work_id in new for pick in picks)
        if quiet and not on_quiet_days:
            return None
        picks = [*kept, *picks]
        picks += carried[: _MOST_PAPERS - len(picks)]
        left = dict.fromkeys(again, "") | left | dict.fromkeys(more, FOLLOWED)
        for pick in picks:
            left.pop(pick.work_id, None)
        came = {n for n in new & window.listed if _came(window.works[n], before)}
        return Digest(
            reader_id=reader.id,
            key=slot.key,
            cadence=slot.cadence,
            day=slot.day,
            first=_first_day(window, came),
            last=window.last,
            seq=self._seq,
            newest=self._highest,
            late=len(late),
            left_late=len(left.keys() & window.late.keys()),
            began=began,
            records=self._records,
            waiting=tuple(place for place in (FOLLOWED, FOR_YOU) if place in left.values()),
            picks=tuple(picks),
            announced=len(came),
            left_out=len(left),
            note=note if picks else _nothing(slot),
        )

    def _news_of_kept(
        self, reader: Reader, before: Digest | None
    ) -> tuple[list[Pick], Sequence[int]]:
        """What became of saved papers since the digest before, beyond the reader's minutes: they
        chose these papers already. And the works of which more is told on their page."""
        if before is None or not before.records:
            return [], ()
        # What arrives while digests are made is the next one's, or it would be told twice.
        after, last = before.records, self._records
        found = news_of_kept(self._catalog, self._readers, reader.id, after=after, last=last)
        told = list(found)
        picks = [Pick(number, KEPT, found[number].why) for number in told[:_MOST_NEWS]]
        return picks, told[_MOST_NEWS:]

    def followed(self, reader: Reader, first: str, last: str) -> dict[int, Followed]:
        """All that a reader follows among the papers of some days, and what came after its day in
        them, with the reason for each, newest first; without what they have put away."""
        window = self._window(first, last)
        away = self._readers.acts.of(reader.id, kinds=("hide", "not_interested"))
        gone = {act.work_id for act in away}
        every = window.works.keys()
        found = sorted(self._followed(reader, window, every, every - gone))
        found.sort(key=lambda one: window.day_of(one[0]), reverse=True)
        return {n: Followed(window.day_of(n), why + window.aside(n)) for n, why in found}

    def _days(self, slot: Slot, before: Digest | None, missed: Missed | None) -> tuple[str, str]:
        first = _days_before(slot, (_DAYS_BACK if before else _FIRST_DAYS_BACK)[slot.cadence])
        if missed is not None and before is None:
            # A first digest that failed looked at days that are not the first ones any more.
            earliest = _days_before(slot, _DAYS_BACK[slot.cadence])
            first = max(earliest, min(first, missed.digest.first))
        last = self._newest[0][0] if self._newest else slot.day
        return min(first, last), last

    def _carried(self, missed: Missed | None, done: AbstractSet[int]) -> list[Pick]:
        """What a digest held that did not arrive, without what its reader has met since."""
        if missed is None:
            return []
        section = UNSURE if missed.unsure else UNSENT
        return [
            # What that one carried itself stands where it stood.
            replace(pick, work_id=work.id)
            if pick.section in (UNSENT, UNSURE)
            else Pick(work.id, section, pick.why)
            for pick, work in works_of(self._catalog, missed.digest)
            if work.id not in done
        ]

    def _window(self, first: str, last: str) -> Window:
        if (first, last) not in self._windows:
            self._windows[first, last] = Window(self._catalog, self._readers, first, last)
        return self._windows[first, last]

    def _picks(
        self,
        reader: Reader,
        window: Window,
        first: str,
        papers: tuple[AbstractSet[int], AbstractSet[int]],
        room: int,
    ) -> tuple[list[Pick], dict[int, str], str]:
        """What the digest says, what more there was and where it waits, and a note to the reader;
        ``papers`` are those that they were not told of, and those that are new, told or not."""
        open_, announced = papers
        new = open_ & announced
        recommended: Sequence[tuple[int, str]] = ()
        more: Sequence[int] = ()
        if self._recommend is not None:
            found, more = self._recommend(reader, first, window.last, float(reader.minutes))
            recommended = [(number, why) for number, why in found if number in new]
        wished = list(self._followed(reader, window, announced, open_))
        # Behind what is new what arrived late, then what did not fit before, in the same order.
        followed = dict(sorted(wished, key=lambda one: (one[0] not in new, one[0] in window.late)))
        seats = room
        if recommended:
            seats = max(room - len(recommended), int(room * _SHARE_OF_FOLLOWS))
        picks = [
            Pick(number, LATE if number in window.late else FOLLOWED, why + window.aside(number))
            for number, why in list(followed.items())[:seats]
        ]
        chosen = {pick.work_id for pick in picks}
        others = [(number, why) for number, why in recommended if number not in chosen]
        picks += [Pick(n, FOR_YOU, why) for n, why in others[: room - len(picks)]]
        # What they follow may be to their taste too.
        liked = dict.fromkeys((*(number for number, _ in recommended), *more), FOR_YOU)
        left = liked | dict.fromkeys(followed, FOLLOWED)
        for pick in picks:
            left.pop(pick.work_id, None)
        if picks or self._has_wishes(reader):
            return picks, left, ""
        leads = [number for number in window.leads(_LEADS) if number in new][:room]
        note = "You follow nothing yet, so these are the papers that lead the edition. "
        note += "Follow an author, a term or a category, and the next digest is yours."
        return [Pick(number, LEADING, "") for number in leads], {}, note if leads else ""

    def _has_wishes(self, reader: Reader) -> bool:
        return bool(self._readers.follows.of(reader.id))

    def _followed(
        self, reader: Reader, window: Window, new: AbstractSet[int], open_: AbstractSet[int]
    ) -> Iterator[tuple[int, str]]:
        """Those of the open papers that a reader asked for by name, the most precise wishes
        first, each once."""
        seen: set[int] = set()
        for number, why in self._wished(reader, window, new):
            if number in open_ and number not in seen:
                seen.add(number)
                yield number, why

    def _wished(
        self, reader: Reader, window: Window, new: AbstractSet[int]
    ) -> Iterator[tuple[int, str]]:
        follows = self._readers.follows.of(reader.id)
        by_kind = {
            kind: [follow.value for follow in follows if follow.kind == kind]
            for kind in ("author", "search", "term", "organisation", "category")
        }
        for name in by_kind["author"]:
            yield from ((n, f"By {name}, whom you follow") for n in window.by_author(name))
        for saved in self._readers.searches.of(reader.id):
            if str(saved.id) not in by_kind["search"]:
                continue  # kept for its feed alone
            found = window.by_search(self._searcher, saved.query, new)
            yield from ((n, f"Your saved search “{saved.name}”") for n in found)
        for term in by_kind["term"]:
            yield from ((n, f"On “{term}”, which you follow") for n in window.by_term(term))
        for slug in by_kind["organisation"]:
            name, found = self._organisation(window, slug)
            yield from ((n, f"From {name}, which you follow") for n in found)
        for category in by_kind["category"]:
            yield from (
                (n, f"In {category}, which you follow") for n in window.by_category(category)
            )

    def _organisation(self, window: Window, slug: str) -> tuple[str, tuple[int, ...]]:
        """The name of a followed organisation and its works; of one that is gone, what has it in
        its affiliations still."""
        organisations = self._readers.community.organisations
        known = organisations.by_slug(slug)
        if known is None:
            return slug, window.by_organisation(slug)
        return known.name, window.by_organisation(known.name, set(organisations.works(known.id)))


def met(readers: Readers, reader_id: int) -> set[int]:
    """What a reader judged, and what they were told or shown, here or in For you."""
    acts = readers.acts.of(reader_id, kinds=JUDGING)
    return {act.work_id for act in acts} | set(readers.shown.of(reader_id))


def still_news(catalog: Catalog, readers: Readers, digest: Digest) -> Digest:
    """A digest that waited, without what its reader has met since it was made."""
    known = met(readers, digest.reader_id)
    picks = [
        replace(pick, work_id=work.id)
        for pick, work in works_of(catalog, digest)
        if pick.section == KEPT or work.id not in known
    ]
    return replace(digest, picks=tuple(picks))


def works_of(catalog: Catalog, digest: Digest) -> list[tuple[Pick, Work]]:
    """The papers of a digest as they are now; what is gone since is left out, and what was
    joined since is told once, under the work that stands for it."""
    above = standing(catalog, [pick.work_id for pick in digest.picks])
    works = catalog.get_many(sorted(set(above.values())))
    found: dict[int, tuple[Pick, Work]] = {}
    for pick in digest.picks:
        work = works.get(above[pick.work_id])
        if work is not None:
            found.setdefault(work.id, (pick, work))
    return list(found.values())


def _nothing(slot: Slot) -> str:
    quiet_time = QUIET[slot.cadence].capitalize()
    return f"{quiet_time}: nothing new that you follow, and nothing close to what you like."


def _days_before(slot: Slot, days: int) -> str:
    return (date.fromisoformat(slot.day) - timedelta(days=days)).isoformat()


def _is_new(window: Window, number: int, before: Digest | None) -> bool:
    """Whether a work was announced, or came or changed, since the last digest was made; of one
    that is cross-listed, whether it was so since."""
    if before is None:
        return True
    work = window.works[number]
    if number in window.crossed:
        # A harvest may bring today what was cross-listed before the last digest.
        return max(window.crossed[number].values()) > before.last or work.seq > before.seq
    return work.announced > before.last or work.seq > before.seq


def _came(work: Work, before: Digest | None) -> bool:
    """Whether a new work was announced, or came late, since the last digest was made: not one
    that has only changed since, as far as that digest can tell."""
    if before is None or not before.newest or work.announced > before.last:
        return True
    return work.id > before.newest


def _first_day(window: Window, works: AbstractSet[int]) -> str:
    days = (window.works[number].announced for number in works if number in window.listed)
    return min(days, default=window.last)
