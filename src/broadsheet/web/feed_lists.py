"""What each feed holds: which papers, in which order, under which title."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal
from urllib.parse import urlencode

from broadsheet.catalog import Work
from broadsheet.editions import (
    MOST_ENTRIES,
    DigestMaker,
    Followed,
    category_name,
    for_you,
    matches,
    news_of_kept,
    span_of,
    trending,
)
from broadsheet.index import Filters, IndexFault
from broadsheet.readers import LOCAL, Reader, later
from broadsheet.search import Searcher
from broadsheet.text import plain
from broadsheet.web.desk import State
from broadsheet.web.links import Links
from broadsheet.web.terming import resolved

# A feed of a category or a query looks back this far before it takes older papers: it is about
# what is new, and a ranking of all years would hide that.
_RECENT_DAYS = 90
_FIRST_DAYS = 7
_FEW = 10
_USUAL = 100
_FOLLOWED_DAYS = 14
_FEED_MINUTES = 60
_EVER = "0001-01-01"

SpanKind = Literal["day", "week", "month"]


@dataclass(frozen=True, slots=True)
class FeedList:
    """Papers for a feed, in order; ``name`` says for ever which list it is, ``page`` is the
    list as a page (a path), ``notes`` say why a paper is in it and ``came`` when it came in.
    ``rest`` is where the part after this one starts, 0 where there is none."""

    name: str
    title: str
    page: str
    works: Sequence[Work]
    subtitle: str = ""
    made: str = ""
    notes: Mapping[int, str] = field(default_factory=dict)
    came: Mapping[int, str] = field(default_factory=dict)
    rest: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """What is asked for of a list: from its paper number ``start`` on, ``limit`` of them, or as
    many as is usual (0)."""

    limit: int = 0
    start: int = 0

    @property
    def most(self) -> int:
        """How many papers there are at most, where no day has to be told whole."""
        return self.limit or _USUAL

    def following(self, most: int, found: int) -> int:
        """Where the next part starts, after ``found`` of at most ``most`` and one; 0 for none."""
        return self.start + most if found > most else 0


def edition(state: State, kind: SpanKind, part: Part) -> FeedList:
    """The newest papers; for a week or a month those that stand in its edition, as they do.

    In a home without announced days, the shelf that its front page shows.
    """
    newest = state.catalog.days(1)
    if not newest:
        return replace(_shelf(state, part.most), name=kind)
    if kind == "day":
        most = part.limit or _day_long(state, newest[0][0])
        ids = state.catalog.between(_EVER, newest[0][0], offset=part.start, limit=most + 1)
        works, rest = _works(state, ids[:most]), part.following(most, len(ids))
        return FeedList("day", "New papers", "/", works, "As they are announced", rest=rest)
    span = span_of(kind, newest[0][0])
    found: list[Work] = []
    page = 1
    while len(found) < part.most and (read := state.editions.read(span, page)) is not None:
        found += [*read.leads, *(work for section in read.sections for work in section.works)]
        page += 1
    title = f"The papers of the {kind}"
    return FeedList(kind, title, f"/editions/{kind}", found[: part.most], span.title)


def _day_long(state: State, day: str, category: str = "") -> int:
    """How many papers a feed of what is new usually has: a day's at least, as far as it can."""
    ids = state.catalog.between(day, day, category=category, limit=MOST_ENTRIES)
    return max(_USUAL, len(ids))


def _shelf(state: State, limit: int) -> FeedList:
    shelf = state.editions.shelf()
    works: list[Work] = []
    if shelf is not None:
        works = [*shelf.leads, *(work for section in shelf.sections for work in section.works)]
    title = shelf.title if shelf else "New papers"
    return FeedList("shelf", title, "/", works[:limit])


def category(state: State, name: str, part: Part) -> FeedList:
    """The newest papers of a category."""
    newest = state.catalog.days(1)
    ids: list[int] = []
    most = part.most
    if newest:
        last = newest[0][0]
        most = part.limit or _day_long(state, last, name)
        recent = () if part.start else (_days_before(last, _RECENT_DAYS),)
        for first in (*recent, _EVER):
            ids = state.catalog.between(
                first, last, category=name, offset=part.start, limit=most + 1
            )
            if len(ids) >= min(_FEW, most):
                break
    page, rest = f"/search?{_query(f'cat:{name}')}", part.following(most, len(ids))
    works = _works(state, ids[:most])
    return FeedList(f"category {name}", category_name(name), page, works, name, rest=rest)


def author(state: State, name: str, limit: int) -> FeedList:
    """The newest papers of an author."""
    plain = name.replace('"', " ").strip()
    query = f'author:"{plain}"'
    ids = matches(_searcher(state), query, limit=limit) if plain else []
    works = _newest_first(_works(state, ids))
    return FeedList(f"author {plain}", f"Papers by {plain}", f"/search?{_query(query)}", works)


def term(state: State, name: str, limit: int) -> FeedList | None:
    """The newest papers of a term, as it is addressed or printed; none yet for an unknown one."""
    key, known = resolved(state, name)
    if not key:
        return None
    stats = state.readings.term(key) if known else None
    ids = state.readings.of_term(key, limit=limit) if known else []
    title = f"Papers on {plain(stats.text) if stats else key}"
    return FeedList(f"term {key}", title, Links("").term(key), _works(state, ids))


def search(state: State, query: str, limit: int, *, title: str = "", made: str = "") -> FeedList:
    """The papers that a query means, the newest first."""
    ids = _meant(state, query, limit) if query else []
    works = _newest_first(_works(state, ids))[:limit]
    words = title or f"Search: {query}"
    page = f"/search?{_query(query)}"
    return FeedList(f"search {query}", words, page, works, query if title else "", made)


def _meant(state: State, query: str, limit: int) -> list[int]:
    """What a query means, from longer ago until there is enough: the best papers of all times
    need not be among the newest."""
    searcher = _searcher(state)
    newest = state.catalog.days(1)
    found: list[int] = []
    for days, enough in ((_FIRST_DAYS, limit), (_RECENT_DAYS, min(_FEW, limit))):
        if newest:
            since = Filters(announced_first=_days_before(newest[0][0], days))
            found += matches(searcher, query, filters=since, limit=MOST_ENTRIES)
            if len(set(found)) >= enough:
                return list(dict.fromkeys(found))
    return list(dict.fromkeys([*found, *matches(searcher, query, limit=MOST_ENTRIES)]))


def saved_list(state: State, secret: str, limit: int) -> FeedList | None:
    """A reader's list by the secret of its feed."""
    found = state.readers.lists.by_secret(secret)
    return None if found is None else _list(state, found.id, limit)


def public_list(state: State, reader: str, slug: str, limit: int) -> FeedList | None:
    """A list that its reader shows to everyone."""
    who = state.readers.accounts.by_name(reader)
    found = state.readers.lists.by_slug(who.id, slug) if who else None
    if found is None or not found.public:
        return None
    return _list(state, found.id, limit)


def _list(state: State, list_id: int, limit: int) -> FeedList | None:
    found = state.readers.lists.get(list_id)
    owner = _reads(state, found.reader_id) if found else None
    if found is None or owner is None:
        return None
    entries = state.readers.lists.entries(found.id)[:limit]
    return FeedList(
        f"list {found.id}",
        found.name,
        f"/lists/{found.id}",
        _works(state, [entry.work_id for entry in entries]),
        f"A list by {owner.display or owner.name}",
        found.created_at,
        {entry.work_id: entry.note for entry in entries},
        {entry.work_id: entry.added_at for entry in entries},
    )


def saved_search(state: State, secret: str, limit: int) -> FeedList | None:
    """A reader's saved search by the secret of its feed."""
    found = state.readers.searches.by_secret(secret)
    if found is None or _reads(state, found.reader_id) is None:
        return None
    made = search(state, found.query, limit, title=found.name, made=found.created_at)
    return replace(made, name=f"saved search {found.id}")


def follows(state: State, reader: Reader, limit: int) -> FeedList:
    """What a reader follows, of the last two weeks, newest first."""
    notes = {number: one.why for number, one in all_followed(state, reader).items()}
    return FeedList(
        f"follows {reader.id}",
        "What you follow",
        "/following",
        _works(state, list(notes)[:limit]),
        made=reader.created_at,
        notes=notes,
    )


def all_followed(state: State, reader: Reader) -> dict[int, Followed]:
    """The papers of `follows`, all of them, and why each is among them: those that are followed,
    and those that were saved and of which there is news."""
    since = later(days=-_FOLLOWED_DAYS)
    found = news_of_kept(state.catalog, state.readers, reader.id, since=since)
    newest = state.catalog.days(1)
    if newest and state.readers.follows.of(reader.id):
        last = newest[0][0]
        maker = DigestMaker(state.catalog, state.readers, state.searcher)
        # What became of a saved paper is the newer of the two to tell.
        found = maker.followed(reader, _days_before(last, _FOLLOWED_DAYS), last) | found
    return dict(sorted(found.items(), key=lambda one: one[1].day, reverse=True))


def trending_now(state: State, kind: SpanKind, limit: int) -> FeedList:
    """What readers turn to, each paper with its score taken apart."""
    found = trending(state.catalog, state.readers, "", kind, limit=limit)
    return FeedList(
        f"trending {kind}",
        "Trending",
        "/trending",
        [entry.work for entry in found.entries],
        f"Of the {kind}",
        notes={entry.work.id: entry.sentence() for entry in found.entries},
    )


def chosen_for(state: State, reader: Reader, limit: int) -> FeedList:
    """What a reader's taste picks of the last two weeks, as far as it is worth their time."""
    if state.taste is None:
        raise IndexFault(state.index_problem)
    newest = state.catalog.days(1)
    works: list[Work] = []
    notes: dict[int, str] = {}
    if newest and state.taste.built(reader.id).lenses:
        last = newest[0][0]
        # A feed is read at any time and keeps what it had: shown or not makes no difference.
        found = for_you(
            state.readers,
            state.taste,
            state.catalog,
            reader,
            last,
            float(_FEED_MINUTES),
            first=_days_before(last, _FOLLOWED_DAYS),
            again=True,
        )
        works = _newest_first(found.works)[:limit]
        notes = {one.work.id: plain(one.recommendation.because.sentence()) for one in found.entries}
    return FeedList(
        f"for you {reader.id}", "For you", "/for-you", works, made=reader.created_at, notes=notes
    )


def arrivals(state: State, works: Sequence[Work]) -> dict[int, str]:
    """When works came that have no date at all: the shelf's are such."""
    undated = [work.id for work in works if not (work.announced or work.published or work.updated)]
    return {
        number: versions[0].arrived_at
        for number in undated
        if (versions := state.catalog.versions(number))
    }


def reader_of(state: State, reader_id: int | None) -> Reader | None:
    """The reader whose secret address was asked for, if they may still read."""
    return _reads(state, reader_id) if reader_id else None


def _reads(state: State, reader_id: int) -> Reader | None:
    reader = state.readers.accounts.get(reader_id)
    if reader is None or reader.disabled:
        return None
    # In accounts mode the local reader is only what was there before.
    return None if state.mode == "accounts" and reader.id == LOCAL else reader


def _works(state: State, ids: Iterable[int]) -> list[Work]:
    return list(state.catalog.get_many(list(ids)).values())


def _newest_first(works: Sequence[Work]) -> list[Work]:
    return sorted(works, key=lambda work: work.announced or work.published, reverse=True)


def _days_before(day: str, count: int) -> str:
    return (date.fromisoformat(day) - timedelta(days=count)).isoformat()


def _searcher(state: State) -> Searcher:
    if state.searcher is None:
        raise IndexFault(state.index_problem)
    return state.searcher


def _query(text: str) -> str:
    return urlencode({"q": text})
