"""The service: a reader's profile, their own order of any papers, and why."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from broadsheet.cache import Cache
from broadsheet.catalog import Catalog
from broadsheet.encoders import Encoder
from broadsheet.index import Filters, Index
from broadsheet.readers.readers import Readers
from broadsheet.readers.store import Store
from broadsheet.readers.taste import building
from broadsheet.readers.taste.building import Built
from broadsheet.readers.taste.editing import Editing
from broadsheet.readers.taste.ground import Ground
from broadsheet.readers.taste.kept import Keeping, no_interest
from broadsheet.readers.taste.lens import Field, Lens, Parts, chance_of_like
from broadsheet.readers.taste.model import DEFAULT, Floats, Tuning
from broadsheet.readers.taste.seeding import Seeding
from broadsheet.readers.taste.shelves import Shelves
from broadsheet.readers.taste.terms import Vocabulary
from broadsheet.readers.taste.values import Profile, Recommendation, WhatIf
from broadsheet.readers.taste.why import explain, what_if

T = TypeVar("T")

_READERS_KEPT = 256
_LATELY_DAYS = 30
_REMEMBERED = 32  # answers by profile
_DEPTH = 300  # papers that one interest brings to the candidates
_POPULAR = 0.3  # log-odds that a doubling of votes adds


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Candidates in a reader's order, best first; all arrays (m,).

    ``scores`` are log-likelihood ratios of a like, ``interests`` the numbers of the interest
    that speaks for each, 0 where there is none; ``rows`` where each stood among the candidates.
    """

    ids: NDArray[np.int64]
    scores: Floats
    probabilities: Floats
    interests: NDArray[np.int64]
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: NDArray[np.int64]) -> Ranked:
        """Some of them, in that order."""
        return Ranked(
            self.ids[rows],
            self.scores[rows],
            self.probabilities[rows],
            self.interests[rows],
            self.rows[rows],
        )


class Taste:
    """The taste of every reader; safe to share between threads.

    With an encoder, sentences and own papers that the index lacks get vectors; without vectors
    in the index everything works by words.
    """

    def __init__(
        self,
        readers: Readers,
        catalog: Catalog,
        index: Index,
        encoder: Encoder | None = None,
        *,
        tuning: Tuning = DEFAULT,
    ) -> None:
        self.readers = readers
        self.catalog = catalog
        self.index = index
        self.tuning = tuning
        self.shelves = Shelves(index)
        self.vocabulary = Vocabulary(index)
        self.ground = Ground(index)
        # Vectors of another encoder than the index has cannot be compared with its own.
        fit = encoder is not None and encoder.key == index.encoder
        self.encoder = encoder if fit else None
        self.keeping = Keeping(Store(catalog))
        self.editing = Editing(self)
        self.seeding = Seeding(self)
        self._built: Cache[int, tuple[str, Built]] = Cache(_READERS_KEPT)

    def profile(self, reader_id: int) -> Profile:
        """What is known of a reader's taste."""
        return self.built(reader_id).profile

    def built(self, reader_id: int) -> Built:
        """The profile with its lenses; built when acts, edits or the index changed."""
        acts = self.readers.acts.of(reader_id)
        kept = self.keeping.of(reader_id)
        shown = len(self.readers.shown.of(reader_id))
        seen = [(act.id, act.work_id, act.kind, act.reason) for act in acts]
        edits = (kept.interests, sorted(kept.members.items()), kept.seeds)
        told = (seen, edits, kept.popularity, kept.since_act, shown)
        key = hashlib.blake2b(repr((told, self.index.state)).encode(), digest_size=16).hexdigest()
        held = self._built.get(reader_id)
        if held and held[0] == key:
            return held[1]
        made = building.build(self, reader_id, acts, kept, shown)
        # Building may have settled the interests' numbers; the next look must find it.
        kept = self.keeping.of(reader_id)
        edits = (kept.interests, sorted(kept.members.items()), kept.seeds)
        told = (seen, edits, kept.popularity, kept.since_act, shown)
        key = hashlib.blake2b(repr((told, self.index.state)).encode(), digest_size=16).hexdigest()
        self._built.put(reader_id, (key, made))
        return made

    def ahead(self, limit: int = 50) -> int:
        """Builds the profiles of who judged papers last, so that their first page need not wait.

        Returns how many. For a thread of its own, after the start.
        """
        now = datetime.now(UTC)
        first = (now - timedelta(days=_LATELY_DAYS)).date().isoformat()
        done = self.readers.acts.votes_between(first, now.date().isoformat())
        latest = list(dict.fromkeys(reader for _, reader, _, _ in reversed(done)))[:limit]
        for reader_id in latest:
            self.built(reader_id)
        return len(latest)

    def candidates(
        self, reader_id: int, first: str = "", last: str = "", limit: int = 600
    ) -> NDArray[np.int64]:
        """Works announced on these days that an interest could mean, at most ``limit``.

        All of them where they are no more than that; else each interest brings its nearest by
        meaning and by words, so that a front page out of a quarter of a million papers looks at
        some hundreds. Without interests: the newest.
        """
        built = self.built(reader_id)
        return _once(
            built, ("candidates", first, last, limit), lambda: self._find(built, first, last, limit)
        )

    def _find(self, built: Built, first: str, last: str, limit: int) -> NDArray[np.int64]:
        filters = Filters(announced_first=first, announced_last=last) if first or last else None
        if filters is not None:
            every = self.index.newest(filters, limit + 1)
            if len(every) <= limit:
                return every
        found: list[NDArray[np.int64]] = []
        for lens in built.lenses:
            if lens.interest.muted:
                continue
            found += [
                self.index.search_vectors(vector, _DEPTH, filters).ids for vector in lens.centres()
            ]
            found.append(self.index.search_words(lens.terms.query, _DEPTH, filters).ids)
        if not found:
            return self.index.newest(filters, limit)
        # Taken in turns, so that a limit cuts every interest alike.
        longest = max(map(len, found))
        turns = [ids[at] for at in range(longest) for ids in found if at < len(ids)]
        return np.asarray(list(dict.fromkeys(map(int, turns)))[:limit], np.int64)

    def rank(
        self, reader_id: int, candidates: NDArray[np.int64], interest: int | None = None
    ) -> Ranked:
        """All candidates in the reader's order, or in that of one of their interests."""
        built = self.built(reader_id)
        ids = np.asarray(candidates, np.int64)
        return self.order(built, self.shelves.field(ids), interest)

    def order(self, built: Built, field: Field, interest: int | None = None) -> Ranked:
        """`rank` by a profile that was built already; `ReadersError` for no interest of it."""
        if interest is not None and all(lens.interest.id != interest for lens in built.lenses):
            raise no_interest(interest)
        if built.profile.popularity:  # others' votes change without the profile
            return self._order(built, field, interest)
        key = ("order", field.ids.tobytes(), interest)
        return _once(built, key, lambda: self._order(built, field, interest))

    def _order(self, built: Built, field: Field, interest: int | None) -> Ranked:
        lenses = [lens for lens in built.lenses if _asked(lens, interest)]
        scores = np.zeros(len(field), np.float32)
        owner = np.zeros(len(field), np.int64)
        if lenses:
            table = np.stack([self.evidence(lens, field) for lens in lenses])
            best = np.argmax(table, axis=0)
            owner = np.asarray([lens.interest.id for lens in lenses], np.int64)[best]
            scores = table[0]
            if interest is None and built.whole is not None:
                scores = self.evidence(built.whole, field)
        if built.profile.popularity:
            votes = self.readers.acts.votes(map(int, field.ids))
            counts = np.asarray([votes.get(int(work_id), 0) for work_id in field.ids])
            scores = scores + np.float32(_POPULAR) * np.log2(1 + counts).astype(np.float32)
        order = np.lexsort((field.ids, -scores))
        chances = chance_of_like(scores, built.profile.rate)
        return Ranked(field.ids[order], scores[order], chances[order], owner[order], order)

    def floor(self, built: Built, interest: int | None = None) -> float:
        """The probability under which about one in twenty of the reader's likes lies."""
        chosen = next((one for one in built.lenses if one.interest.id == interest), built.whole)
        if chosen is None:
            return 0.0
        evidence = np.asarray([chosen.floor], np.float32)
        return float(chance_of_like(evidence, built.profile.rate)[0])

    def evidence(self, lens: Lens, field: Field) -> Floats:
        """Log-likelihood ratios of a like by one interest, its weight included, (m,)."""
        parts = lens.parts(field, self.tuning)
        found = lens.evidence(lens.standard(parts, field, self.tuning))
        # A weight of 2 doubles the odds, one of 0.5 halves them.
        return found + np.float32(np.log(max(lens.interest.weight, 1e-3)))

    def recommend(
        self,
        reader_id: int,
        candidates: NDArray[np.int64],
        limit: int = 20,
        *,
        interest: int | None = None,
    ) -> list[Recommendation]:
        """The best candidates, each with why; what the reader judged already is left out."""
        built = self.built(reader_id)
        ids = np.asarray(candidates, np.int64)
        ids = ids[~np.isin(ids, built.judged)]
        ranked = self.order(built, self.shelves.field(ids), interest)
        return self.explained(built, ranked, limit)

    def explained(self, built: Built, ranked: Ranked, limit: int) -> list[Recommendation]:
        """The first of a ranking with why each stands there."""
        key = ("why", ranked.ids[:limit].tobytes(), ranked.scores[:limit].tobytes())
        return list(_once(built, key, lambda: self._explained(built, ranked, limit)))

    def _explained(self, built: Built, ranked: Ranked, limit: int) -> list[Recommendation]:
        first = Field(ranked.ids[:limit], self.shelves.field(ranked.ids[:limit]).vectors)
        found: dict[int, tuple[Parts, Lens, int]] = {}
        for lens in built.lenses:
            rows = np.flatnonzero(ranked.interests[:limit] == lens.interest.id)
            if len(rows):
                part = lens.parts(first.take(rows), self.tuning)
                found |= {int(row): (part, lens, at) for at, row in enumerate(rows)}
        return [
            Recommendation(
                int(ranked.ids[row]),
                float(ranked.scores[row]),
                float(ranked.probabilities[row]),
                int(ranked.interests[row]),
                explain(self.index, first, row, found.get(row), self.tuning),
            )
            for row in range(len(first))
        ]

    def what_if(
        self, reader_id: int, work_id: int, candidates: NDArray[np.int64], limit: int = 3
    ) -> list[WhatIf]:
        """What the likes nearest to a paper do to its place among the candidates."""
        return what_if(self, self.built(reader_id), work_id, candidates, limit)

    def without(self, built: Built, work_id: int) -> Built:
        """The profile as it would be without one act: the interests stay as they are."""
        lenses = []
        for lens in built.lenses:
            if work_id in lens.liked.works or work_id in lens.disliked.works:
                liked, disliked = lens.liked.without(work_id), lens.disliked.without(work_id)
                fitted = built.acted if len(built.lenses) == 1 else frozenset[int]()
                kept = building.lens_of(self, lens.interest, liked, disliked, fitted)
                if kept is not None:
                    lenses.append(kept)
            else:
                lenses.append(lens)
        whole = building.whole_of(self, lenses, built.acted)
        return replace(built, lenses=tuple(lenses), whole=whole, memo={})


def _once(built: Built, key: object, work: Callable[[], T]) -> T:
    """What was worked out with this profile before, or is now."""
    if key in built.memo:
        return cast("T", built.memo[key])
    if len(built.memo) >= _REMEMBERED:
        built.memo.clear()
    found = built.memo[key] = work()
    return found


def _asked(lens: Lens, interest: int | None) -> bool:
    return lens.interest.id == interest if interest is not None else not lens.interest.muted
