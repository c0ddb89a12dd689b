"""What an index does, whatever stands behind it.

An index is derived from the catalog and can always be made again from it. It follows the
catalog's change log: every change carries a ``seq``, and applying a change twice is the same
as applying it once. The words (*lexical* leg) and the vectors (*dense* leg) of a work are
found by the same integer work id and narrowed by the same `Filters`.

The first backend is `LocalIndex` (Tantivy and codes of vectors in one folder). The contract says
nothing of files, so that a search cluster can stand behind it.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from broadsheet.catalog import Change

Occur = Literal["should", "must", "must_not"]
ClauseField = Literal["text", "title", "author", "denied", "caps", "comment", "journal", "report"]
Progress = Callable[[int, int], None]  # done, total


@dataclass(frozen=True, slots=True, eq=False)
class Filters:
    """What a hit must satisfy; every filled field narrows further.

    Days are ISO dates of any precision. ``first_day`` and ``last_day`` look at the day a work
    was published, or announced when that is unknown; a date known to the month or year only
    must lie inside the range as a whole. ``categories`` is any of: ``cs`` means the archive
    with all its subjects, ``cs.LG`` exactly that one. ``authors`` is all of: the words of each
    must occur in the name of one author, a single letter stands for a first name's initial.
    ``sources`` is any of. A category or source that no work has as it is written is taken in
    any case: ``CS``. ``venues`` is any of (``ICLR``, ``ICLR 2026``); one at which no work appeared
    is looked for in comments and journals. ``has`` is all of, by kind of link; ``only`` and
    ``without`` are work ids. Of each group in ``one_of`` one member is satisfied, and none of
    ``none_of``; each clause of ``met`` is met, as a ``must`` is, and none of ``unmet``.
    """

    first_day: str = ""
    last_day: str = ""
    announced_first: str = ""
    announced_last: str = ""
    categories: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    venues: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    only: NDArray[np.int64] | None = None
    without: NDArray[np.int64] | None = None
    one_of: tuple[tuple[Filters, ...], ...] = ()
    none_of: tuple[Filters, ...] = ()
    met: tuple[Clause, ...] = ()
    unmet: tuple[Clause, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a query by words.

    ``should``: every word of ``text`` that a work has adds to its score, repeated words as
    often as they stand there. ``must``: every word has to occur. ``must_not``: a work with
    every word is left out. A ``phrase`` wants its words side by side and in order; ``slop`` is
    by how many places they may be out of that, all together. Of a ``prefix`` the last word only
    has to begin so. Words of an ``author`` clause have to be those of one name; a work names those
    of ``denied`` only to deny them, writes those of ``caps`` so ("AIME"), and its records note the
    last three. With ``any_of`` it is a group without a text: one has to match, and all add up.
    """

    text: str = ""
    field: ClauseField = "text"
    phrase: bool = False
    occur: Occur = "should"
    weight: float = 1.0
    any_of: tuple[Clause, ...] = ()
    slop: int = 0
    prefix: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.weight) and self.weight >= 0):
            raise ValueError(f"a clause's weight is a number from 0 up, not {self.weight}")
        if self.text and self.any_of:
            raise ValueError("a clause has a text or a group (any_of), not both")

    @property
    def is_plain(self) -> bool:
        """Whether it is words that may stand anywhere in a text, and need not."""
        free = self.occur == "should" and self.field == "text"
        return free and not (self.phrase or self.any_of)


@dataclass(frozen=True, slots=True)
class WordQuery:
    """A query by words; a bag of words is one ``should`` clause."""

    clauses: tuple[Clause, ...] = ()

    @classmethod
    def of(cls, text: str) -> WordQuery:
        """The bag of the words of a text."""
        return cls((Clause(text),))


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Work ids with their scores, best first; both arrays have shape (n,)."""

    ids: NDArray[np.int64]
    scores: NDArray[np.float32]

    @classmethod
    def empty(cls) -> Ranking:
        """No hit."""
        return cls(np.empty(0, np.int64), np.empty(0, np.float32))

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text as written, and the term the index knows it by ('' for stop words)."""

    surface: str
    term: str


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """Where an index stands. ``encoded`` works have a vector, ``pending`` ones not yet."""

    generation: str
    encoder: str
    applied_seq: int
    papers: int
    encoded: int
    pending: int
    committed_at: str
    sizes: dict[str, int] = field(default_factory=dict)  # part -> bytes on disk

    @property
    def bytes(self) -> int:
        """Bytes on disk, all parts together, vectors included."""
        return sum(self.sizes.values())


@dataclass(frozen=True, slots=True)
class Pending:
    """A work that waits for its vector."""

    work_id: int
    text_hash: bytes


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which index and catalog differ; ``what`` is missing, extra, stale or
    vector."""

    work_id: int
    what: Literal["missing", "extra", "stale", "vector"]
    detail: str

    def __str__(self) -> str:
        return f"work {self.work_id}: {self.what}: {self.detail}"


class ChangeLog(Protocol):
    """What an index follows; `catalog.Catalog` is one."""

    def seq(self) -> int:
        """The newest ``seq``; 0 when nothing ever changed."""

    def changes(self, after: int, limit: int) -> list[Change]:
        """The first ``limit`` changes later than ``after``, in the order of their ``seq``."""


class Index(ABC):
    """A reader. Any number of threads and processes may read at once.

    A reader sees the state of its last `refresh`, which is cheap enough for every request.
    All methods raise `IndexFault` when the index behind them cannot be used any more.
    """

    @property
    @abstractmethod
    def generation(self) -> str:
        """The name of the generation that answers."""

    @property
    @abstractmethod
    def applied_seq(self) -> int:
        """The catalog's ``seq`` up to which this state has applied the changes."""

    @property
    @abstractmethod
    def encoder(self) -> str:
        """The key of the encoder whose vectors are filed; '' before there is one."""

    @property
    @abstractmethod
    def state(self) -> str:
        """A name of what is seen now, for caches: equal names, equal answers. It changes with
        every commit, with new vectors too, which `applied_seq` does not tell."""

    @property
    @abstractmethod
    def size(self) -> int:
        """How many works are filed."""

    @property
    @abstractmethod
    def mean_words(self) -> float:
        """How many words a work has on average, title and abstract together; 0 of no work."""

    @abstractmethod
    def refresh(self) -> bool:
        """Goes on to the newest commit or generation; whether there was one."""

    @abstractmethod
    def search_words(self, query: WordQuery, limit: int, filters: Filters | None = None) -> Ranking:
        """The best ``limit`` works by BM25 (k1 1.2, b .75) over title, abstract and summary.

        A query without a word to look for, an empty one included, has an empty ranking. A
        query of stop words only is looked for as a phrase in titles.
        """

    @abstractmethod
    def search_vectors(
        self, vector: NDArray[np.float32], limit: int, filters: Filters | None = None
    ) -> Ranking:
        """The nearest ``limit`` encoded works by cosine similarity, approximately.

        ``vector`` has shape (d,) and any length above 0; raises ValueError for another shape.
        """

    @abstractmethod
    def score_words(
        self, query: WordQuery, ids: Sequence[int] | NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """The scores `search_words` gives these works, shape (n,); 0 for those it would not
        find."""

    @abstractmethod
    def score_vectors(
        self, vector: NDArray[np.float32], ids: Sequence[int] | NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """The cosine similarities of these works, shape (n,); nan for those not encoded."""

    @abstractmethod
    def vector(self, work_id: int) -> NDArray[np.float32] | None:
        """The filed vector of a work, shape (d,), unit length; None when it has none."""

    @abstractmethod
    def vectors(self, ids: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float32]:
        """The filed vectors of these works, shape (n, d), unit length; rows of nan for those
        that have none. d is 0 while nothing is encoded."""

    @abstractmethod
    def matches(
        self, clauses: Sequence[Clause], ids: Sequence[int] | NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Which works meet which clauses, shape (n, clauses): a text wants all of its words,
        whatever the clause's ``occur``. A clause without a word is met by none."""

    @abstractmethod
    def frequencies(self, terms: Sequence[str]) -> NDArray[np.int64]:
        """How many works have each term (`Word.term`) in their text, shape (n,)."""

    @abstractmethod
    def tally(
        self, query: WordQuery, filters: Filters | None = None, most: int = 20
    ) -> dict[str, list[tuple[str, int]]]:
        """How many works that match have each value: the ``most`` frequent of ``category``,
        ``source``, ``venue`` and ``has``, and every ``year``, newest first. A query without
        words matches all; ``without`` of the filters is taken out."""

    @abstractmethod
    def alike(
        self, term: str, distance: int, limit: int, field: Literal["text", "author"] = "text"
    ) -> NDArray[np.int64]:
        """Up to ``limit`` works with a term, or a word of an author's name, at most so many edits
        (1 or 2) from this one; two letters in each other's place are one edit."""

    @abstractmethod
    def count_words(self, query: WordQuery, filters: Filters | None = None) -> int:
        """How many works `search_words` would find without a limit."""

    @abstractmethod
    def newest(self, filters: Filters | None, limit: int, offset: int = 0) -> NDArray[np.int64]:
        """The works that satisfy the filters, newest first: a search without words."""

    @abstractmethod
    def count(self, filters: Filters | None = None) -> int:
        """How many works satisfy the filters."""

    @abstractmethod
    def explain_words(self, query: WordQuery, work_id: int) -> dict[str, float]:
        """What each analysed term or phrase of the query adds to this work's score.

        Keys are terms (``learn``), phrases in quotes and, outside the text, with their field
        (``title:learn``). The values add up to the score of `score_words`; terms that the work
        lacks are left out.
        """

    @abstractmethod
    def words(self, text: str) -> list[Word]:
        """The words of a text in order, each with the term the index knows it by."""

    @abstractmethod
    def check(self, catalog: ChangeLog) -> list[Difference]:
        """All differences between the catalog and this state, by work id; changes not yet
        applied count as differences."""

    @abstractmethod
    def verify(self) -> None:
        """Reads the words file by file, and every vector; raises `IndexBroken` where one is not as
        it was written."""

    @abstractmethod
    def status(self) -> IndexStatus:
        """Where the index stands."""

    @abstractmethod
    def close(self) -> None:
        """Lets go of files and connections."""


class IndexWriter(ABC):
    """The one writer. It holds the index's lock until it is closed."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    @abstractmethod
    def generation(self) -> str:
        """The generation that is being filled: the successor, when there is one."""

    @property
    @abstractmethod
    def encoder(self) -> str:
        """The key of the encoder whose vectors are awaited; '' when there is none."""

    @property
    @abstractmethod
    def applied_seq(self) -> int:
        """The ``seq`` up to which changes are committed or waiting in this writer."""

    @abstractmethod
    def apply(self, changes: Sequence[Change]) -> None:
        """Takes changes in the order of their ``seq``; idempotent. Seen after `commit`."""

    @abstractmethod
    def commit(self) -> None:
        """Makes the applied changes, and vectors stored since, durable and seen by readers.

        Also promotes a generation that was built aside and is ready.
        """

    @abstractmethod
    def build_dense(self, progress: Progress | None = None, *, force: bool = False) -> bool:
        """Files the newest vectors in the approximate search; whether there was need to.

        Without it they are found too, more slowly. ``force`` takes in every one of them.
        """

    @abstractmethod
    def pending(self, limit: int) -> list[Pending]:
        """Works that have no vector yet, newest announced first, as of the last commit."""

    @abstractmethod
    def pending_count(self) -> int:
        """How many works have no vector yet, as of the last commit."""

    @abstractmethod
    def sync(self, catalog: ChangeLog, progress: Progress | None = None) -> int:
        """Applies and commits all changes up to the catalog's ``seq``; how many there were."""

    @abstractmethod
    def rebuild(self, catalog: ChangeLog, progress: Progress | None = None) -> None:
        """Makes a new generation from the catalog alone and promotes it."""

    @abstractmethod
    def rollback(self) -> str:
        """Goes back to the generation before; its name. Raises `IndexMissing` without one."""

    @abstractmethod
    def close(self) -> None:
        """Gives the lock back; what was not committed is applied again next time."""
