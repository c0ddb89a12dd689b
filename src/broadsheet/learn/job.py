"""What the parts of a training have in common: papers, pairs, student, guide, chance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders import Encoder
from broadsheet.learn.corpus import Corpus
from broadsheet.learn.parts import Pair, Rows, Student
from broadsheet.learn.recipe import Recipe

if TYPE_CHECKING:
    from broadsheet.encoders import Ragged
    from broadsheet.learn.figures import Told

Vectors = NDArray[np.float32]
EncoderOf = Callable[[str], Encoder]
_BLOCK = 4_096


@dataclass(eq=False)
class Job:
    """One training on its way.

    ``encoder_of`` loads a stock encoder by name, ``cache`` is a folder where what is dear to make
    (vectors of words and texts by stock encoders) is kept between trainings. ``student`` and
    ``pairs`` are set by `learn.trainer` before any part that needs them is made. ``liked`` are the
    works that readers liked, a tuple for each reader who allows to learn from it. ``shared`` is
    what several trainings on the same papers need not make twice, ``stores`` the folder in which
    a home keeps its papers' vectors, a folder an encoder's key. ``preparing`` is told of what takes
    long before the first step.
    """

    recipe: Recipe
    corpus: Corpus
    encoder_of: EncoderOf
    cache: Path
    share: float = 0.0
    pairs: list[Pair] = field(default_factory=list)
    history: dict[str, float] = field(default_factory=dict)
    liked: tuple[tuple[int, ...], ...] = ()
    shared: dict[object, Any] = field(default_factory=dict)
    stores: Path | None = None
    preparing: Told = lambda _what, _done, _total: None
    _student: Student | None = None

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.recipe.seed)

    @property
    def student(self) -> Student:
        """What is trained."""
        if self._student is None:
            raise RuntimeError("the student is made before the parts that look at it")
        return self._student

    @student.setter
    def student(self, student: Student) -> None:
        self._student = student

    def chance(self, name: str) -> np.random.Generator:
        """Random numbers of one part: the same whatever else the recipe holds."""
        return np.random.default_rng([self.recipe.seed, *name.encode()])

    def texts(self, what: str) -> Iterator[str]:
        """Every document's text, with a word now and then of how far ``what`` is."""
        documents = self.corpus.documents
        for done, document in enumerate(documents, 1):
            yield document.text
            if done % _BLOCK == 0 or done == len(documents):
                self.preparing(what, done, len(documents))

    def narrow(self, rows: Rows) -> None:
        """Keeps some of the pairs, before the first step."""
        self.pairs = [self.pairs[row] for row in rows.tolist()]
        for name in ("documents_of_pairs", "query_ids", "answer_ids", "_guide"):
            self.__dict__.pop(name, None)
        self.start_guide()

    @cached_property
    def documents_of_pairs(self) -> Rows:
        """The document of each pair, (pairs,)."""
        return np.array([pair.document for pair in self.pairs], np.int64)

    def bodies(self, rows: Sequence[int] | Rows) -> list[str]:
        """What stands for documents as candidates: abstracts (titles where there is none)."""
        documents = self.corpus.documents
        return [documents[row].abstract or documents[row].title for row in rows]

    @cached_property
    def query_ids(self) -> Ragged:
        """The student's ids of all queries."""
        return self.student.pack([pair.query for pair in self.pairs], "query")

    @cached_property
    def answer_ids(self) -> Ragged:
        """The student's ids of what stands for each pair's document."""
        return self.student.pack(self.answers(), "document")

    def answers(self) -> list[str]:
        """What stands for each pair's document."""
        documents = self.corpus.documents
        return [
            documents[pair.document].abstract if pair.text is None else pair.text
            for pair in self.pairs
        ]

    @cached_property
    def body_ids(self) -> Ragged:
        """The student's ids of all documents' bodies."""
        return self.student.pack(self.bodies(range(len(self.corpus))), "document")

    def guide_queries(self, rows: Rows) -> Vectors:
        """The guide's unit vectors of pairs' queries, (n, d)."""
        return self._guide[0][rows]

    def guide_documents(self, rows: Rows) -> Vectors:
        """The guide's unit vectors of documents' bodies, (n, d)."""
        return self._guide[1][rows]

    def start_guide(self) -> None:
        """Fixes a guide that is the student's own start, before its first step."""
        if self.recipe.guide == "initial":
            _ = self._guide

    @cached_property
    def _guide(self) -> tuple[Vectors, Vectors]:
        if self.recipe.guide == "initial":
            return self.encoded(self.query_ids, "query"), self.encoded(self.body_ids, "document")
        encoder = self.encoder_of(self.recipe.guide)
        queries = [pair.query for pair in self.pairs]
        return (
            self.kept_vectors(encoder, queries),
            self.kept_vectors(encoder, self.bodies(range(len(self.corpus)))),
        )

    def encoded(self, ids: Ragged, side: str, rows: Rows | None = None) -> Vectors:
        """The student's vectors now, without gradients, (n, d)."""
        import torch

        wanted = np.arange(len(ids)) if rows is None else rows
        found = np.empty((len(wanted), self.student.dimensions), np.float32)
        with torch.no_grad():
            for start in range(0, len(wanted), _BLOCK):
                block = ids.take(wanted[start : start + _BLOCK])
                found[start : start + _BLOCK] = self.student.encode(block, side).numpy()
        return found

    def kept_vectors(self, encoder: Encoder, texts: Sequence[str]) -> Vectors:
        """Unit vectors (n, d) of texts by a stock encoder; each is encoded once and kept, and none
        that the home keeps already."""
        from broadsheet.learn.keeping import kept_vectors

        told = partial(self.preparing, f"Encoding by {encoder.name}")
        return kept_vectors(encoder, texts, self.cache, self.stores, told)

    def keep_vectors(self, encoder: Encoder, texts: Sequence[str], vectors: Vectors) -> None:
        """Keeps what `kept_vectors` would have to encode."""
        from broadsheet.learn.keeping import keep_vectors

        keep_vectors(encoder, texts, vectors, self.cache, self.stores)
