"""A profile is corrected, carried away and brought back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from broadsheet.readers import checks
from broadsheet.readers.errors import ReadersError
from broadsheet.readers.taste.clusters import halves
from broadsheet.readers.taste.kept import no_interest
from broadsheet.readers.taste.values import Interest, Profile

if TYPE_CHECKING:
    from broadsheet.readers.taste.taste import Taste

FORMAT = "broadsheet-taste-1"
_NAME = 100
_HEAVIEST = 4.0
_MOST_ACTS = 5_000


class Editing:
    """Edits of interests. All raise `ReadersError` for what is not the reader's."""

    def __init__(self, taste: Taste) -> None:
        self._taste = taste

    def rename(self, reader_id: int, number: int, name: str) -> None:
        """Gives an interest a name; '' names it by its terms again."""
        name = checks.line(name, "name", _NAME, empty=True)
        self._the(reader_id, number)
        self._taste.keeping.change(reader_id, number, name=name)

    def weigh(self, reader_id: int, number: int, weight: float) -> None:
        """Makes an interest count more or less: 1 as it is, 2 doubles the odds, up to 4."""
        if not (math.isfinite(weight) and 0 < weight <= _HEAVIEST):
            raise ReadersError(f"a weight is a number above 0 and up to {_HEAVIEST:g}")
        self._the(reader_id, number)
        self._taste.keeping.change(reader_id, number, weight=float(weight))

    def mute(self, reader_id: int, number: int, muted: bool = True) -> None:
        """Takes an interest out of the order of all, or back in; its own feed goes on."""
        self._the(reader_id, number)
        self._taste.keeping.change(reader_id, number, muted=int(muted))

    def merge(self, reader_id: int, numbers: Sequence[int]) -> int:
        """Makes several interests one, which keeps the first one's number and name."""
        chosen = list(dict.fromkeys(numbers))
        if len(chosen) < 2:
            raise ReadersError("name at least two interests to merge")
        works = [work for number in chosen for work in _works(self._the(reader_id, number))]
        self._taste.keeping.regroup(reader_id, {chosen[0]: works})
        return chosen[0]

    def split(
        self, reader_id: int, number: int, works: Sequence[int] | None = None
    ) -> tuple[int, int]:
        """Parts an interest in two; returns both numbers.

        ``works`` (or negative numbers of seeds) go to the new one; None parts it where its
        papers are least alike.
        """
        held = _works(self._the(reader_id, number))
        if works is None:
            away = self._apart(reader_id, number)
        else:
            away = [work for work in dict.fromkeys(works) if work in held]
        stay = [work for work in held if work not in away]
        if not away or not stay:
            raise ReadersError(
                "an interest of one paper cannot be split; both parts need a liked paper"
            )
        made = self._taste.keeping.regroup(reader_id, {number: stay, 0: away})
        return made[0], made[1]

    def _apart(self, reader_id: int, number: int) -> list[int]:
        built = self._taste.built(reader_id)
        lens = next(lens for lens in built.lenses if lens.interest.id == number)
        works = lens.liked.works.tolist()
        if len(works) < 2:
            return []
        if not lens.liked.encoded.any():
            return [int(work) for work in works[len(works) // 2 :]]
        labels = halves(lens.liked.vectors)
        return [int(works[row]) for row in np.flatnonzero(labels == 1)]

    def move(self, reader_id: int, work_id: int, number: int) -> None:
        """Puts a liked paper into another interest; number 0 is one of its own."""
        held = {work for one in self._profile(reader_id).interests for work in _works(one)}
        if work_id not in held:
            raise ReadersError("this paper is in none of the interests: like it first")
        kept = [] if number == 0 else _works(self._the(reader_id, number))
        self._taste.keeping.regroup(reader_id, {number: [*kept, work_id]})

    def popularity(self, reader_id: int, wanted: bool) -> None:
        """Whether other readers' votes count in the reader's own order."""
        self._taste.keeping.set(reader_id, popularity=int(wanted))

    def reset(self, reader_id: int) -> None:
        """Begins anew: edits and seeds go, acts up to now count no more (they stay in lists)."""
        self._taste.keeping.reset(reader_id)

    def export(self, reader_id: int) -> dict[str, Any]:
        """The profile as plain JSON data; papers by every identifier they have, and title."""
        profile = self._profile(reader_id)
        ids = [work for one in profile.interests for work in (*one.liked, *one.disliked)]
        works = self._taste.catalog.get_many(list(dict.fromkeys(ids)))

        def named(chosen: Sequence[int]) -> list[dict[str, Any]]:
            papers = [works[work] for work in chosen if work in works]
            return [
                {"ids": [str(i) for i in work.identifiers], "title": work.paper.title}
                for work in papers
            ]

        told = {seed.id: seed for seed in profile.seeds}
        return {
            "format": FORMAT,
            "popularity": profile.popularity,
            "interests": [
                {
                    "name": one.name,
                    "terms": list(one.terms),
                    "weight": one.weight,
                    "muted": one.muted,
                    "by_hand": one.by_hand,
                    "liked": named(one.liked),
                    "disliked": named(one.disliked),
                    "seeds": [
                        {"kind": told[n].kind, "title": told[n].title, "text": told[n].text}
                        for n in one.seeds
                        if n in told
                    ],
                }
                for one in profile.interests
            ],
        }

    def import_(self, reader_id: int, data: object) -> dict[str, int]:
        """Takes an exported profile in, beside what there is.

        Returns how many ``interests``, ``likes``, ``dislikes`` and ``seeds`` came, and how many
        papers are ``unknown`` here. Raises `ReadersError` for what is no profile.
        """
        interests = _read(data)
        counts = dict.fromkeys(("interests", "likes", "dislikes", "seeds", "unknown"), 0)
        for entry in interests:
            members = self._acts(reader_id, entry.get("liked"), "rate_up", counts, "likes")
            self._acts(reader_id, entry.get("disliked"), "rate_down", counts, "dislikes")
            rows = [
                ("sentence" if row.get("kind") == "sentence" else "paper", *_texts(row), 0)
                for row in _rows(entry.get("seeds"))
            ]
            seeds = self._taste.keeping.add_seeds(reader_id, rows)
            counts["seeds"] += len(seeds)
            members += [-number for number in seeds]
            if not members:
                continue
            (number,) = self._taste.keeping.regroup(reader_id, {0: members})
            counts["interests"] += 1
            if isinstance(name := entry.get("name"), str) and entry.get("by_hand") is True:
                self.rename(reader_id, number, name)
            weight = entry.get("weight", 1.0)
            if isinstance(weight, int | float) and 0 < weight <= _HEAVIEST:
                self._taste.keeping.change(reader_id, number, weight=float(weight))
            if entry.get("muted") is True:
                self.mute(reader_id, number)
        return counts

    def _acts(
        self, reader_id: int, papers: object, kind: str, counts: dict[str, int], what: str
    ) -> list[int]:
        done = []
        for row in _rows(papers):
            ids = row.get("ids")
            texts = [text for text in ids if isinstance(text, str)] if isinstance(ids, list) else []
            found = next((works[0] for text in texts if (works := self._resolve(text))), None)
            if found is None:
                counts["unknown"] += 1
                continue
            # Of the past: a profile of a thousand papers is no flood of acts.
            self._taste.readers.acts.do(reader_id, kind, found, at=checks.now())
            counts[what] += 1
            done.append(found)
        return done

    def _resolve(self, text: str) -> list[int]:
        found = self._taste.catalog.resolve(text)
        return found or self._taste.catalog.resolve(text.partition(":")[2])

    def _profile(self, reader_id: int) -> Profile:
        return self._taste.profile(reader_id)

    def _the(self, reader_id: int, number: int) -> Interest:
        found = self._profile(reader_id).interest(number)
        if found is None:
            raise no_interest(number)
        return found


def _works(interest: Interest) -> list[int]:
    return [*interest.liked, *(-number for number in interest.seeds)]


def _read(data: object) -> list[dict[str, Any]]:
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ReadersError(f'this is no exported profile: its "format" must be "{FORMAT}"')
    entries = _rows(data.get("interests"))
    size = sum(len(_rows(e.get("liked"))) + len(_rows(e.get("disliked"))) for e in entries)
    if size > _MOST_ACTS:
        raise ReadersError(f"a profile holds at most {_MOST_ACTS:,} papers")
    return entries


def _rows(value: object) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _texts(row: dict[str, Any]) -> tuple[str, str]:
    title, text = str(row.get("title") or ""), str(row.get("text") or "")
    return (
        checks.line(" ".join(title.split()), "title", 500, empty=True),
        checks.prose(text, "text", 20_000),
    )
