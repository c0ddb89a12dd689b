"""Trending, by an open formula: every score can be taken apart, and every past list made again.

For a paper w at a moment t,

    heat(w, t)  = sum over acts a of worth(kind of a) · trust(reader of a) · 2^(-age(a) / H)
                + worth(external) · log2(1 + external upvotes) · 2^(-age(w) / H)
    score(w, t) = log2(1 + heat) / log2(1 + typical heat of its field)

with the half-life H of the kind of list. The *typical heat of a field* is the mean heat of its
papers that have any, drawn towards that of all fields while they are few; so mathematics competes
with mathematics. *Trust* is 1 for a reader on their own; readers who act on the same papers again
and again share one voice: with s readers like them (Jaccard of their papers at least one half,
over at least four papers) trust is 1 / (1 + s).

Only acts up to t count, and those undone later still did hold then: the list for a past date is
the same list whenever it is asked for.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from sqlalchemy import select

from broadsheet.catalog import Catalog, Work, metadata

if TYPE_CHECKING:
    from broadsheet.readers import Readers

TrendingKind = Literal["day", "week", "month"]
HALF_LIFE_DAYS: Mapping[str, float] = {"day": 0.75, "week": 3.0, "month": 12.0}
WORTH: Mapping[str, float] = {"upvote": 1.0, "save": 1.0, "read": 0.3, "open": 0.1}
EXTERNAL_WORTH = 1.0
_HALF_LIVES = 6  # older acts would add less than one part in 64
_RING_PAPERS, _RING_ALIKE = 4, 0.5
_FIELD_WORTH = 5.0
_MOST_READERS_COMPARED = 400


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of heat of a paper: ``count`` acts (or votes outside), and what they add."""

    kind: str
    count: int
    heat: float


@dataclass(frozen=True, slots=True)
class TrendingEntry:
    """A paper of the list with its score taken apart.

    ``parts`` add up to ``heat``; ``damped`` is the heat that vote rings did not get. ``score``
    is log2(1 + heat) / log2(1 + typical), where ``typical`` is of its ``field``.
    """

    work: Work
    score: float
    heat: float
    damped: float
    parts: tuple[Part, ...]
    field: str
    typical: float

    def sentence(self) -> str:
        """The score in a line."""
        told = ", ".join(f"{part.count} {part.kind}: {part.heat:.2f}" for part in self.parts)
        return (
            f"heat {self.heat:.2f} ({told}) where {self.typical:.2f} is usual in "
            f"{self.field or 'papers without a field'}: {self.score:.2f}"
        )


@dataclass(frozen=True, slots=True)
class Trending:
    """The list as of a moment; ``total`` papers had any heat."""

    kind: str
    as_of: str
    half_life_days: float
    entries: tuple[TrendingEntry, ...]
    total: int


def trending(
    catalog: Catalog,
    readers: Readers,
    as_of: str = "",
    kind: TrendingKind = "week",
    *,
    limit: int = 40,
    category: str = "",
) -> Trending:
    """What readers turn to, as of a day or time (ISO, UTC; '' is now).

    ``category`` narrows to one field (``cs`` includes ``cs.LG``). Raises ValueError for a kind
    or a time that is none.
    """
    if kind not in HALF_LIFE_DAYS:
        raise ValueError(f"kind is one of {', '.join(HALF_LIFE_DAYS)}, not {kind!r}")
    moment, half_life = _moment(as_of), HALF_LIFE_DAYS[kind]
    first = moment - timedelta(days=half_life * _HALF_LIVES)
    acts = readers.acts.votes_between(_stamp(first), _stamp(moment), tuple(WORTH))
    trust = _trust(acts)
    parts: defaultdict[int, defaultdict[str, list[float]]] = defaultdict(
        lambda: defaultdict(lambda: [0.0, 0.0, 0.0])
    )
    for work_id, reader_id, act, at in acts:
        full = WORTH[act] * _decay(moment, at, half_life)
        cell = parts[work_id][act]
        cell[0] += 1
        cell[1] += full * trust[reader_id]
        cell[2] += full * (1 - trust[reader_id])
    outside = _voted_outside(catalog, _stamp(first)[:10], _stamp(moment)[:10])
    works = catalog.get_many(sorted({*parts, *outside}))
    for work_id, work in works.items():
        _add_external(parts, work_id, work, moment, half_life)
    return _list(kind, moment, half_life, works, parts, limit, category)


def _list(
    kind: str,
    moment: datetime,
    half_life: float,
    works: Mapping[int, Work],
    parts: Mapping[int, Mapping[str, Sequence[float]]],
    limit: int,
    category: str,
) -> Trending:
    heats = {
        work_id: sum(cell[1] for cell in cells.values())
        for work_id, cells in parts.items()
        if work_id in works
    }
    typical = _typical((_field(works[work_id]), heat) for work_id, heat in heats.items())
    chosen = [work_id for work_id in heats if _within(works[work_id], category)]
    scores = {
        work_id: math.log2(1 + heats[work_id]) / math.log2(1 + typical[_field(works[work_id])])
        for work_id in chosen
        if heats[work_id] > 0
    }
    order = sorted(scores, key=lambda work_id: (-round(scores[work_id], 9), -work_id))
    entries = tuple(
        TrendingEntry(
            works[work_id],
            scores[work_id],
            heats[work_id],
            sum(cell[2] for cell in parts[work_id].values()),
            tuple(Part(act, int(cell[0]), cell[1]) for act, cell in sorted(parts[work_id].items())),
            _field(works[work_id]),
            typical[_field(works[work_id])],
        )
        for work_id in order[:limit]
    )
    return Trending(kind, _stamp(moment), half_life, entries, len(scores))


def _voted_outside(catalog: Catalog, first: str, last: str) -> set[int]:
    """Works announced on these days of which a source told how many upvotes they had.

    The texts of all papers of a month are not read for it.
    """
    works, records = metadata.tables["works"], metadata.tables["records"]
    query = (
        select(works.c.id)
        .join(records, records.c.id == works.c.record_id)
        .where(
            works.c.alive == 1,
            works.c.announced >= first,
            works.c.announced <= last,
            records.c.extra.contains('"upvotes"', autoescape=True),
        )
    )
    with catalog.database.read() as connection:
        return set(connection.execute(query).scalars())


def _add_external(
    parts: defaultdict[int, defaultdict[str, list[float]]],
    work_id: int,
    work: Work,
    moment: datetime,
    half_life: float,
) -> None:
    """Votes that a source brought with the paper, as of its day: their own days are unknown."""
    votes = external_votes(work)
    when = work.announced or work.published
    if votes <= 0 or len(when) != 10:
        return
    day = datetime.combine(date.fromisoformat(when), datetime.min.time(), UTC)
    if day > moment:
        return
    heat = EXTERNAL_WORTH * math.log2(1 + votes)
    parts[work_id]["external"] = [votes, heat * _decay(moment, _stamp(day), half_life), 0.0]


def external_votes(work: Work) -> int:
    """Upvotes that a source counted (``upvotes`` of the record); 0 for none."""
    value = work.paper.extra.get("upvotes", 0)
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        value = int(value.strip()[:9])
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return max(0, min(value, 10**9))


def _trust(acts: Iterable[tuple[int, int, str, str]]) -> dict[int, float]:
    """How much a reader's acts count: less, the more others act on the very same papers."""
    papers: defaultdict[int, set[int]] = defaultdict(set)
    for work_id, reader_id, kind, _ in acts:
        seen = papers[reader_id]
        if kind != "open":
            seen.add(work_id)
    active = [r for r, works in papers.items() if len(works) >= _RING_PAPERS]
    # The most active first: a ring that does not act much does not move much.
    active = sorted(active, key=lambda r: (-len(papers[r]), r))[:_MOST_READERS_COMPARED]
    alike = dict.fromkeys(papers, 0)
    for at, one in enumerate(active):
        for other in active[at + 1 :]:
            shared = len(papers[one] & papers[other])
            if shared >= _RING_ALIKE * len(papers[one] | papers[other]):
                alike[one] += 1
                alike[other] += 1
    return {reader_id: 1 / (1 + count) for reader_id, count in alike.items()}


def _typical(heats: Iterable[tuple[str, float]]) -> dict[str, float]:
    by_field: dict[str, list[float]] = {}
    for field, heat in heats:
        values = by_field.setdefault(field, [])
        if heat > 0:
            values.append(heat)
    everything = [heat for values in by_field.values() for heat in values]
    overall = sum(everything) / len(everything) if everything else 1.0
    return {
        field: (sum(values) + _FIELD_WORTH * overall) / (len(values) + _FIELD_WORTH)
        for field, values in by_field.items()
    }


def _field(work: Work) -> str:
    """The archive of a paper's first category: cs.LG is of the field cs."""
    return work.paper.categories[0].partition(".")[0] if work.paper.categories else ""


def _within(work: Work, category: str) -> bool:
    if not category:
        return True
    return any(c == category or c.startswith(f"{category}.") for c in work.paper.categories)


def _decay(moment: datetime, at: str, half_life: float) -> float:
    age = (moment - datetime.fromisoformat(at)).total_seconds() / 86_400
    return float(2 ** (-max(0.0, age) / half_life))


def _moment(as_of: str) -> datetime:
    if not as_of:
        return datetime.now(UTC).replace(microsecond=0)
    if len(as_of) == 10:
        as_of += "T23:59:59"
    found = datetime.fromisoformat(as_of)
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    return found.replace(microsecond=0)


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
