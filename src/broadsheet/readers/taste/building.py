"""From acts, edits and seeds to a profile with its lenses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from broadsheet.readers.taste.clusters import cluster
from broadsheet.readers.taste.judged import POSITIVE, Judged, joined, weigh
from broadsheet.readers.taste.kept import Kept, KeptInterest
from broadsheet.readers.taste.lens import Lens, make_lens
from broadsheet.readers.taste.values import Interest, Model, Profile
from broadsheet.readers.values import JUDGING, LIBRARY, Act

if TYPE_CHECKING:
    from broadsheet.readers.taste.taste import Taste

# The share of papers shown that readers like in general, worth so many papers shown.
USUAL_RATE, _RATE_WORTH = 0.05, 40.0
# The latest likes that count: older ones are all but forgotten, and every one costs time.
_MOST_LIKES, _MOST_DISLIKES = 300, 100
_NAMED_TERMS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Built:
    """A profile ready for ranking.

    ``whole`` is the lens of all interests that are not muted: their order is better than the
    best of several. ``judged`` are the works that need
    not be shown: who told of papers of their own knows them.
    """

    profile: Profile
    whole: Lens | None
    lenses: tuple[Lens, ...]
    judged: NDArray[np.int64]
    acted: frozenset[int]
    # What was worked out with it; it goes when the profile or the index changes.
    memo: dict[object, Any] = field(default_factory=dict)


def build(taste: Taste, reader_id: int, acts: Sequence[Act], kept: Kept, shown: int) -> Built:
    """Everything a reader's order rests on."""
    counted = [act for act in acts if act.id > kept.since_act]
    liked_weights, disliked_weights = weigh(counted)
    # A library is known to its reader, as papers of their own are: it was not chosen from here,
    # and takes no place from what was.
    brought = {act.work_id for act in counted if act.reason == LIBRARY}
    brought -= {act.work_id for act in counted if act.kind in POSITIVE and act.reason != LIBRARY}
    first = sorted(liked_weights.items(), key=lambda one: one[0] in brought)[:_MOST_LIKES]
    seeds = _seed_weights(kept)
    liked = _judged(taste, kept, seeds | dict(first))
    disliked = _judged(taste, kept, dict(list(disliked_weights.items())[:_MOST_DISLIKES]))
    groups = _groups(liked, kept, taste.tuning.joined)
    numbers = taste.keeping.settle(
        reader_id, [(number, liked.works[rows].tolist()) for number, rows in groups], kept
    )
    by_number = {one.id: one for one in kept.interests}
    lenses = []
    acted = frozenset(liked_weights) - brought
    owners = _owners(liked, groups, disliked)
    for place, (number, (_, rows)) in enumerate(zip(numbers, groups, strict=True)):
        row = by_number.get(number, KeptInterest(number, "", 1.0, False, False))
        away = disliked.take(np.flatnonzero(owners == place))
        interest = Interest(number, row.name, (), row.weight, row.muted, (), (), (), row.pinned)
        # Of several interests only all together get a regression: it is what takes time.
        fitted = acted if len(groups) == 1 else frozenset()
        lens = lens_of(taste, interest, liked.take(rows), away, fitted)
        if lens is not None:
            lenses.append(lens)
    lenses.sort(key=lambda lens: (-len(lens.liked), lens.interest.id))
    whole = whole_of(taste, lenses, acted)
    judged = {act.work_id for act in acts if act.kind in JUDGING}
    profile = Profile(
        reader_id=reader_id,
        interests=tuple(lens.interest for lens in lenses),
        seeds=kept.seeds,
        likes=len(liked_weights),
        dislikes=len(disliked_weights),
        rate=_rate(len(acted), max(shown, len(judged - brought))),
        model=_model(lenses, whole),
        popularity=kept.popularity,
    )
    known = judged | {seed.work_id for seed in kept.seeds if seed.work_id}
    return Built(profile, whole, tuple(lenses), np.asarray(sorted(known), np.int64), acted)


def whole_of(taste: Taste, lenses: Sequence[Lens], acted: frozenset[int]) -> Lens | None:
    """The lens of all interests that are not muted, each by its weight."""
    open_ = [lens for lens in lenses if not lens.interest.muted]
    if not open_:
        return None
    if len(lenses) == 1:
        return open_[0]
    liked = joined([lens.liked.weighted(lens.interest.weight) for lens in open_])
    disliked = joined([lens.disliked for lens in open_])
    nobody = Interest(0, "", (), 1.0, False, (), ())
    return lens_of(taste, nobody, liked, disliked, acted)


def lens_of(
    taste: Taste, interest: Interest, liked: Judged, disliked: Judged, acted: frozenset[int]
) -> Lens | None:
    """The lens of an interest for these papers; None when nothing liked is left in it.

    ``acted`` are the works that were liked by an act, not told of as own papers.
    """
    if not len(liked):
        return None
    regress = not acted.isdisjoint(liked.works.tolist())
    lens = taste.ground.lens(
        liked,
        disliked,
        regress,
        lambda: make_lens(
            interest,
            liked,
            disliked,
            taste.index,
            taste.vocabulary,
            taste.shelves.background(),
            taste.tuning,
            regress=regress,
        ),
    )
    named = replace(
        interest,
        name=interest.name or lens.terms.name or "An interest",
        terms=lens.terms.telling(_NAMED_TERMS),
        liked=tuple(int(work) for work in liked.works if work > 0),
        disliked=tuple(int(work) for work in disliked.works),
        seeds=tuple(-int(work) for work in liked.works if work < 0),
        by_hand=interest.by_hand,
    )
    return replace(lens, interest=named)


def _rate(likes: int, shown: int) -> float:
    return min(0.5, (likes + USUAL_RATE * _RATE_WORTH) / (max(shown, likes) + _RATE_WORTH))


def _model(lenses: Sequence[Lens], whole: Lens | None) -> Model:
    if not lenses:
        return "none"
    if whole is not None and whole.regression is not None:
        return "discriminative"
    return "generative" if any(lens.liked.encoded.any() for lens in lenses) else "words"


def _seed_weights(kept: Kept) -> dict[int, float]:
    return {seed.work_id or -seed.id: 1.0 for seed in kept.seeds}


def _judged(taste: Taste, kept: Kept, weights: Mapping[int, float]) -> Judged:
    """The papers with their words and vectors; works that are gone are left out."""
    works = taste.catalog.get_many([work for work in weights if work > 0])
    told = {-seed.id: seed for seed in kept.seeds}
    ids = [work for work in weights if work in works or work in told]
    vectors = taste.shelves.field(np.asarray(ids, np.int64)).vectors
    seeded = taste.seeding.vectors(kept)
    if seeded and not vectors.shape[1]:
        vectors = np.zeros((len(ids), len(next(iter(seeded.values())))), np.float32)
    if seeded:
        vectors = vectors.copy()
        for row, work in enumerate(ids):
            if work in seeded:
                vectors[row] = seeded[work]
    if not vectors.shape[1]:
        vectors = np.zeros((len(ids), taste.shelves.dimensions), np.float32)
    papers = [works[work].paper if work > 0 else None for work in ids]
    return Judged(
        np.asarray(ids, np.int64),
        np.asarray([weights[work] for work in ids], np.float32),
        tuple(p.title if p else told[i].title for p, i in zip(papers, ids, strict=True)),
        tuple(
            (p.abstract or p.summary) if p else told[i].text
            for p, i in zip(papers, ids, strict=True)
        ),
        vectors,
    )


def _groups(liked: Judged, kept: Kept, together: float) -> list[tuple[int, list[int]]]:
    """The interests: the number of the kept one, or 0, and rows of ``liked``.

    Those put together by hand stay; what is liked since joins one of them only when no group of
    its own would be nearer. The others are found anew and take the kept number with which they
    share most.
    """
    if not len(liked):
        return []
    pinned = {one.id for one in kept.interests if one.pinned}
    held: dict[int, list[int]] = {number: [] for number in sorted(pinned)}
    free = []
    for row, work in enumerate(liked.works.tolist()):
        number = kept.members.get(work, 0)
        if number in pinned:
            held[number].append(row)
        else:
            free.append(row)
    free = _to_pinned(liked, held, free)
    found = [(number, rows) for number, rows in held.items() if rows]
    if free:
        labels = (
            cluster(liked.vectors[free], joined=together)
            if liked.encoded.any()
            else np.zeros(len(free))
        )
        groups = [[free[at] for at in np.flatnonzero(labels == one)] for one in np.unique(labels)]
        found += _numbered(liked, groups, kept, pinned)
    return found


def _to_pinned(liked: Judged, held: Mapping[int, list[int]], free: Sequence[int]) -> list[int]:
    """New likes that are as near to an interest made by hand as its own papers are go there."""
    still = []
    centres = {number: liked.vectors[rows].mean(axis=0) for number, rows in held.items() if rows}
    within = {
        number: float((liked.vectors[held[number]] @ centre).mean())
        for number, centre in centres.items()
    }
    for row in free:
        near = {n: float(liked.vectors[row] @ centre) for n, centre in centres.items()}
        best = max(near, key=lambda n: (near[n], -n), default=0)
        if best and near[best] > 0 and near[best] >= 0.8 * within[best]:
            held[best].append(row)
        else:
            still.append(row)
    return still


def _numbered(
    liked: Judged, groups: Sequence[list[int]], kept: Kept, pinned: set[int]
) -> list[tuple[int, list[int]]]:
    shared: dict[tuple[int, int], int] = {}
    for place, rows in enumerate(groups):
        for row in rows:
            number = kept.members.get(int(liked.works[row]), 0)
            if number and number not in pinned:
                shared[place, number] = shared.get((place, number), 0) + 1
    known = {one.id for one in kept.interests}
    taken: dict[int, int] = {}
    for (place, number), _ in sorted(shared.items(), key=lambda item: (-item[1], item[0])):
        if place not in taken and number not in taken.values() and number in known:
            taken[place] = number
    return [(taken.get(place, 0), list(rows)) for place, rows in enumerate(groups)]


def _owners(
    liked: Judged, groups: Sequence[tuple[int, list[int]]], disliked: Judged
) -> NDArray[np.int64]:
    """The place of the interest that each dislike is nearest to, (k,)."""
    if not groups:
        return np.zeros(len(disliked), np.int64)
    centres = np.stack([liked.vectors[rows].mean(axis=0) for _, rows in groups])
    return np.asarray(np.argmax(disliked.vectors @ centres.T, axis=1), np.int64)
