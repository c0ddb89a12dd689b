"""What taste hands out: profiles that can be read, and recommendations that say why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from broadsheet.text import tells_a_subject

Model = Literal["none", "words", "generative", "discriminative"]


@dataclass(frozen=True, slots=True)
class Interest:
    """One of a reader's interests.

    ``liked`` and ``disliked`` are work ids, those that matter most first; ``seeds`` the numbers
    of the own papers and sentences in it. ``weight`` is 1 unless the reader changed it (0 to 4);
    ``by_hand`` says whether they merged, split or renamed it.
    """

    id: int
    name: str
    terms: tuple[str, ...]
    weight: float
    muted: bool
    liked: tuple[int, ...]
    disliked: tuple[int, ...]
    seeds: tuple[int, ...] = ()
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Seed:
    """What a reader told of themselves: an own paper, or a sentence; no act of theirs.

    ``work_id`` is 0 where the paper is not in the catalog.
    """

    id: int
    kind: Literal["paper", "sentence"]
    title: str
    text: str
    work_id: int = 0


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a reader's taste, all of it.

    ``rate`` is the share of the papers shown to them that they liked, drawn towards the usual
    one while few were shown. ``model`` is how interests are ranked at this number of likes.
    """

    reader_id: int
    interests: tuple[Interest, ...]
    seeds: tuple[Seed, ...]
    likes: int
    dislikes: int
    rate: float
    model: Model
    popularity: bool

    def interest(self, number: int) -> Interest | None:
        """The interest with this number."""
        return next((one for one in self.interests if one.id == number), None)


@dataclass(frozen=True, slots=True)
class Near:
    """A paper that the reader judged, and how alike it is (cosine; or share of words)."""

    work_id: int
    title: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Why:
    """Why a paper stands where it does.

    ``near`` are the liked papers most like it, ``away`` the nearest disliked one where it took
    something off, ``terms`` the words of the interest in it with their part of the evidence by
    words (they add up to at most 1). ``meaning``, ``words`` and ``dislikes`` are the parts of
    the score.
    """

    near: tuple[Near, ...]
    away: Near | None
    terms: tuple[tuple[str, float], ...]
    meaning: float
    words: float
    dislikes: float

    def sentence(self) -> str:
        """One line for a reader: of the words those that say what a paper is about."""
        parts = []
        if self.near:
            parts.append(f"near “{self.near[0].title}”")
        if about := [term for term, _ in self.terms if tells_a_subject(term)][:3]:
            parts.append("about " + ", ".join(about))
        return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A work in a reader's order. ``probability``: that they would like it."""

    work_id: int
    score: float
    probability: float
    interest: int
    because: Why


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What one act does to a paper's place: its ranks (1 is the first) with and without it."""

    act_work_id: int
    title: str
    rank: int
    rank_without: int

    def sentence(self) -> str:
        """“without your like of A this falls from 3rd to 41st”."""
        way = "falls" if self.rank_without > self.rank else "rises"
        if self.rank_without == self.rank:
            return f"without your like of “{self.title}” this stays {ordinal(self.rank)}"
        return (
            f"without your like of “{self.title}” this {way} from {ordinal(self.rank)} "
            f"to {ordinal(self.rank_without)}"
        )


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ending}"
