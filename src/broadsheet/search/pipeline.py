"""A search as a line of small stages, each from a ranking to a ranking.

    words(200) | meaning(200) | complete() | add_scores() | collapse() | page() | explain()

Every stage is timed by its name and can be left out, which is how ablations are made.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from broadsheet.index import Clause, Filters, Index, Ranking
from broadsheet.search.candidates import Candidates
from broadsheet.search.explanation import Explanation
from broadsheet.search.reading import Reading
from broadsheet.search.results import SearchRequest
from broadsheet.search.seen import Seen

if TYPE_CHECKING:
    from broadsheet.catalog import Work
    from broadsheet.search.acronyms import Glossary


# Works that each leg gives the first round, of which half are settled. nDCG@10 of five collections
# is the same to .003 with 50, 100, 200 and 400; 200 cost a millisecond more than 100 at 265,000.
DEPTH = 200
DEEPER = 4  # times as deep is the next round


class Library(Protocol):
    """What a search asks of the catalog."""

    def get_many(self, ids: Sequence[int]) -> dict[int, Work]:
        """The works with these ids; those that are gone are left out."""

    def resolve(self, text: str) -> list[int]:
        """The works that an identifier in any form names."""


@dataclass(frozen=True, slots=True, eq=False)
class WordsAhead:
    """What was begun for a search: its ``depth`` best works by words, and how many match."""

    depth: int
    found: Future[Ranking]
    count: Future[int]


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """The distinct words of a short query, and the specificity of each, shape (n,), sum 1; a
    word that no paper has weighs most."""

    surfaces: tuple[str, ...]
    weights: NDArray[np.float64]


@dataclass(slots=True, eq=False)
class Settled:
    """What the rounds of a search settled so far: the works that are ``kept``, in their order,
    and all that were looked at."""

    kept: Candidates = field(default_factory=Candidates.none)
    looked: list[int] = field(default_factory=list)
    seen: Seen = field(default_factory=Seen)


@dataclass(slots=True, eq=False)
class Search:
    """One search on its way: what its stages read, and what they have to say beside the
    ranking."""

    request: SearchRequest
    reading: Reading
    index: Index
    library: Library
    filters: Filters | None = None
    encode: Callable[[str], NDArray[np.float32]] | None = None
    encode_batch: Callable[[Sequence[str]], NDArray[np.float32]] | None = None
    encode_kept: Callable[[Sequence[str]], NDArray[np.float32]] | None = None
    vector: NDArray[np.float32] | None = None
    glossary: Glossary | None = None
    # Whether cosines are on the scale of the encoder that probabilities were fitted with.
    fitted: bool = True
    # How much cosines count beside words, where the encoder says so.
    meaning: float | None = None
    notes: list[str] = field(default_factory=list)
    total: int = 0
    suggestion: str = ""
    nothing: bool = False  # relevant
    facets: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    vendi: dict[str, float] = field(default_factory=dict)
    explanations: dict[int, Explanation] = field(default_factory=dict)
    # Directions of unit length, (n, d), that the search is turned away from.
    away: NDArray[np.float32] | None = None
    ahead: WordsAhead | None = None
    # How many works each leg gives this round, of how many the order is then sure, whether these
    # are all there are, and what the rounds before settled.
    depth: int = DEPTH
    sure: int = DEPTH // 2
    whole: bool = True
    settled: Settled = field(default_factory=Settled)
    # What `coverage.asked` found, and in which reading: earlier stages may change the reading.
    asked: tuple[Reading, Asked | None] | None = None
    _fetched: tuple[NDArray[np.int64], NDArray[np.float32]] | None = None
    _matched: tuple[NDArray[np.int64], dict[Clause, NDArray[np.bool_]]] | None = None

    def encode_many(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of several texts, shape (n, d), made in one batch where there is a way."""
        if self.encode_batch is not None:
            return self.encode_batch(texts)
        if self.encode is None:
            raise ValueError("this search has no encoder")
        return np.stack([self.encode(text) for text in texts])

    def encode_words(self, words: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of single words, shape (n, d); kept where there is a way, since words come
        again."""
        return self.encode_many(words) if self.encode_kept is None else self.encode_kept(words)

    @property
    def last(self) -> int:
        """How deep into the ranking the page reaches."""
        return self.request.offset + self.request.limit

    @property
    def short(self) -> bool:
        """Whether the page is not filled yet, and another round would bring more."""
        return not self.whole and len(self.settled.kept) < self.last

    def gathered(self, found: int, asked: int) -> None:
        """Says that a leg was asked for so many works and gave so many."""
        self.whole = self.whole and found < asked

    def begin_round(self, depth: int) -> None:
        """Sets the depth of the round that begins."""
        self.depth, self.sure, self.whole = depth, depth // 2, True

    def vectors(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors of works, shape (n, d), nan for those without; fetched once a search."""
        if self._fetched is not None:
            known, vectors = self._fetched
            at = np.searchsorted(known, ids)
            at[at == len(known)] = 0
            if len(known) and (known[at] == ids).all():
                return vectors[at]
        order = np.sort(ids)
        vectors = self.index.vectors(order)
        self._fetched = order, vectors
        return vectors[np.searchsorted(order, ids)]

    def matches(
        self,
        clauses: Sequence[Clause],
        ids: NDArray[np.int64],
        beside: NDArray[np.int64],
        also: Sequence[Clause] = (),
    ) -> NDArray[np.bool_]:
        """Which works meet which clauses, shape (n, clauses); asked of the index once a search.

        ``beside`` are works, and ``also`` clauses, that a later stage may ask about: most of the
        price is finding the works, whatever is asked of them.
        """
        if self._matched is None or not np.isin(ids, self._matched[0]).all():
            self._matched = np.union1d(ids, beside), {}
        known, columns = self._matched
        new = [one for one in dict.fromkeys((*clauses, *also)) if one not in columns]
        if new:
            columns.update(zip(new, self.index.matches(new, known).T, strict=True))
        rows = np.searchsorted(known, ids)
        return np.stack([columns[clause][rows] for clause in clauses], axis=1)


@dataclass(frozen=True, slots=True)
class Stage:
    """A named step. The first that ``gathers`` works begins a round, and one that ``settles``
    their order ends it."""

    name: str
    run: Callable[[Search, Candidates], Candidates]
    part: Literal["", "gathers", "settles"] = ""

    def __or__(self, after: Stage | Pipeline) -> Pipeline:
        return Pipeline((self,)) | after


def reads(name: str, read: Callable[[Search], Reading]) -> Stage:
    """The stage that reads the query further, and leaves the ranking as it is."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        search.reading = read(search)
        return ranking

    return Stage(name, run)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Stages in a line."""

    stages: tuple[Stage, ...]

    def __or__(self, after: Stage | Pipeline) -> Pipeline:
        more = after.stages if isinstance(after, Pipeline) else (after,)
        return Pipeline((*self.stages, *more))

    def without(self, *names: str) -> Pipeline:
        """The line with these stages left out."""
        return Pipeline(tuple(stage for stage in self.stages if stage.name not in names))

    def before(self, name: str, stage: Stage) -> Pipeline:
        """The line with one more stage, before the stage of that name, or last without it."""
        names = [known.name for known in self.stages]
        place = names.index(name) if name in names else len(names)
        return Pipeline((*self.stages[:place], stage, *self.stages[place:]))

    def run(self, search: Search) -> tuple[Candidates, Mapping[str, float]]:
        """The ranking that comes out, and the milliseconds each stage took.

        The order is settled in rounds, each `DEEPER` times as deep as the one before: a page that
        reaches deeper takes more rounds, and whatever the first settled stays as it was. A line
        that settles nothing is run once, as deep as its page wants.
        """
        ranking, took = Candidates.none(), dict[str, float]()
        parts = [stage.part for stage in self.stages]
        settles = "settles" in parts
        first = parts.index("gathers") if "gathers" in parts else 0
        search.begin_round(DEPTH if settles else max(DEPTH, 2 * search.last))
        at = 0
        while at < len(self.stages):
            stage = self.stages[at]
            started = time.perf_counter()
            ranking = stage.run(search, ranking)
            took[stage.name] = took.get(stage.name, 0.0) + _ms_since(started)
            at += 1
            if stage.part == "settles" and search.short:
                search.begin_round(DEEPER * search.depth)
                ranking, at = Candidates.none(), first
        return ranking, took


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1e3
