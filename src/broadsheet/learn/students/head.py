"""Students on top of a stock encoder that stays as it is: a head on its vectors, or a joint one.

``head`` learns a low-rank map of the stock vectors, x + x A B (Hu et al. 2022, LoRA, on the
output). On the query's side alone it leaves an index as it is: with live negatives this is ADORE
(Zhan et al. 2021). ``joint`` learns a static encoder of the home's own words that stands beside the
stock vector. Neither runs the stock encoder backwards; ``joint`` does not run it at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from broadsheet.encoders import Encoder, LowRank, Ragged, write_adapted
from broadsheet.learn.errors import LearnError
from broadsheet.learn.job import Job
from broadsheet.learn.parts import part
from broadsheet.learn.students.static import DOCUMENT_WORDS, StaticStudent, static

BASE = "all-MiniLM-L6-v2"
SIDES = ("query", "both", "shared")
Vectors = NDArray[np.float32]


@part("student", "head")
def head(job: Job, *, base: str = BASE, rank: int = 64, sides: str = "query") -> HeadStudent:
    """A map of ``rank`` on the vectors of ``base``.

    ``sides``: 'query' leaves documents' vectors as they are, 'both' learns a map for each side,
    'shared' one for both.
    """
    if sides not in SIDES:
        raise ValueError(f"sides is one of {', '.join(SIDES)}, not {sides!r}")
    encoder = job.encoder_of(base)
    if not 1 <= rank <= encoder.dimensions:
        raise ValueError(f"rank must be from 1 to {encoder.dimensions}, not {rank}")
    return HeadStudent(encoder, lambda texts: job.kept_vectors(encoder, texts), rank, sides)


@part("student", "joint")
def joint(
    job: Job,
    *,
    base: str = BASE,
    share: float = 0.3,
    dimensions: int = 256,
    vocabulary: int = 100_000,
    least: int = 5,
    words: int = DOCUMENT_WORDS,
) -> JointStudent:
    """A static encoder that makes ``share`` of a cosine, beside ``base``, which makes the rest."""
    if not 0 < share < 1:
        raise ValueError(f"share must be between 0 and 1, not {share}")
    learned = static(job, dimensions=dimensions, vocabulary=vocabulary, least=least, words=words)
    return JointStudent(job.encoder_of(base), learned, share)


class HeadStudent:
    """Low-rank maps of frozen vectors, with gradients.

    A text's id is its place among the texts seen; its stock vector is made when a step first
    wants it, so that no more is encoded than is trained on.
    """

    def __init__(
        self,
        encoder: Encoder,
        encode: Callable[[Sequence[str]], Vectors],
        rank: int,
        sides: str,
    ) -> None:
        """``encode`` gives the unit vectors of texts by ``encoder``, kept or made."""
        self.dimensions = encoder.dimensions
        self._encoder = encoder
        self._encode = encode
        self._places: dict[str, int] = {}
        self._texts: list[str] = []
        self._rows = np.empty(0, np.int64)  # of each text among the vectors, -1 before it is made
        self._vectors = np.empty((0, self.dimensions), np.float32)
        self.query = _Map(self.dimensions, rank)
        self.document: _Map | None = None
        if sides != "query":
            self.document = self.query if sides == "shared" else _Map(self.dimensions, rank)

    def pack(self, texts: list[str], side: str) -> Ragged:
        """One id a text, the same for the same text."""
        del side
        places = [self._places.setdefault(text, len(self._places)) for text in texts]
        self._texts = list(self._places)
        more = np.full(len(self._texts) - len(self._rows), -1, np.int64)
        self._rows = np.concatenate([self._rows, more])
        return Ragged(np.array(places, np.int32), np.arange(len(texts) + 1, dtype=np.int64))

    def encode(self, ids: Ragged, side: str) -> Tensor:
        """Unit vectors (n, dimensions)."""
        vectors = torch.from_numpy(self._stock(ids.flat))
        learned = self.query if side == "query" else self.document
        return vectors if learned is None else learned(vectors)

    def groups(self, learning_rate: float) -> list[dict[str, Any]]:
        """Both maps; one where they are the same."""
        return [{"params": [*self._parameters().values()], "lr": learning_rate}]

    def state(self) -> dict[str, Any]:
        """Copies of the maps."""
        return {name: value.detach().clone() for name, value in self._parameters().items()}

    def load(self, state: dict[str, Any]) -> None:
        """Raises `LearnError` for maps of another shape."""
        own = self._parameters()
        shapes = {name: value.shape for name, value in own.items()}
        if {name: value.shape for name, value in state.items()} != shapes:
            raise LearnError("the checkpoint is of a head of another rank; train anew")
        with torch.no_grad():
            for name, value in own.items():
                value.copy_(state[name])

    def export(self, folder: Path) -> str:
        """Writes what `encoders.load_encoder` reads; returns the key of documents' vectors."""
        document = self.document.plain() if self.document else None
        try:
            return write_adapted(folder, self._encoder, query=self.query.plain(), document=document)
        except ValueError as error:
            raise LearnError(f"the head is not fit to be kept: {error}") from error

    def _parameters(self) -> dict[str, torch.nn.Parameter]:
        found = {"query.into": self.query.into, "query.out": self.query.out}
        if self.document is not None and self.document is not self.query:
            found |= {"document.into": self.document.into, "document.out": self.document.out}
        return found

    def _stock(self, places: NDArray[np.int32]) -> Vectors:
        missing = np.unique(places[self._rows[places] < 0])
        if len(missing):
            made = self._encode([self._texts[place] for place in missing])
            self._rows[missing] = len(self._vectors) + np.arange(len(missing))
            self._vectors = np.concatenate([self._vectors, made])
        return self._vectors[self._rows[places]]


class JointStudent:
    """A static student that is kept beside a stock encoder; trained as if it were alone.

    Trained for what the stock encoder lacks it would need the stock vector of every paper without
    its title, a hundred times the cost; the static part alone takes a minute or two.
    """

    def __init__(self, encoder: Encoder, learned: StaticStudent, share: float) -> None:
        self._encoder = encoder
        self._learned = learned
        self._share = share
        self.dimensions = learned.dimensions

    def pack(self, texts: list[str], side: str) -> Ragged:
        """As the static part."""
        return self._learned.pack(texts, side)

    def encode(self, ids: Ragged, side: str) -> Tensor:
        """The static part's unit vectors (n, dimensions)."""
        return self._learned.encode(ids, side)

    def groups(self, learning_rate: float) -> list[dict[str, Any]]:
        """As the static part."""
        return self._learned.groups(learning_rate)

    def state(self) -> dict[str, Any]:
        """As the static part."""
        return self._learned.state()

    def load(self, state: dict[str, Any]) -> None:
        """As the static part."""
        self._learned.load(state)

    def export(self, folder: Path) -> str:
        """Writes both parts for `encoders.load_encoder`; returns the encoder's key."""
        return write_adapted(
            folder,
            self._encoder,
            words=self._learned.export,
            word_dimensions=self._learned.dimensions,
            share=self._share,
        )


class _Map(torch.nn.Module):
    """x + x ``into`` ``out``, at unit length; the identity at the start."""

    def __init__(self, dimensions: int, rank: int) -> None:
        super().__init__()
        self.into = torch.nn.Parameter(torch.randn(dimensions, rank) / dimensions**0.5)
        self.out = torch.nn.Parameter(torch.zeros(rank, dimensions))

    def forward(self, vectors: Tensor) -> Tensor:
        return functional.normalize(vectors + vectors @ self.into @ self.out, dim=1)

    def plain(self) -> LowRank:
        """For the run time; raises ValueError for numbers that are not finite."""
        return LowRank(self.into.detach().numpy(), self.out.detach().numpy())
