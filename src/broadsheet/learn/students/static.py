"""A static student: a vector and a weight a word, and nothing else.

A text's vector is the weighted sum of its words' vectors, at unit length. Each vector starts as
the stock encoder's of that word alone, each weight as the word's inverse document frequency;
Tulkens and van Dongen (2024), "Model2Vec", start the same way.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from broadsheet import encoders
from broadsheet.encoders import Ragged, Words, document_frequencies, find_model_files, titled, unit
from broadsheet.learn.errors import LearnError
from broadsheet.learn.job import Job
from broadsheet.learn.parts import part
from broadsheet.learn.students.bags import bag_sums

QUERY_WORDS, DOCUMENT_WORDS = 64, 256


@part("student", "static")
def static(
    job: Job,
    *,
    dimensions: int = 256,
    vocabulary: int = 100_000,
    least: int = 5,
    initial: str = "all-MiniLM-L6-v2",
    words: int = DOCUMENT_WORDS,
    titles: int = 1,
) -> StaticStudent:
    """Words that occur in ``least`` documents or more, at most ``vocabulary``, and word pieces
    for all others. ``dimensions`` are the first principal ones of the encoder ``initial``; a
    document's title counts ``titles`` times."""
    if not 8 <= dimensions <= 4096:
        raise ValueError(f"dimensions must be from 8 to 4,096, not {dimensions}")
    if not 8 <= words <= 4096:
        raise ValueError(f"words must be from 8 to 4,096, not {words}")
    if titles < 1:
        raise ValueError(f"titles must be 1 or more, not {titles}")
    settings = (static, dimensions, vocabulary, least, initial, words)
    if settings not in job.shared:
        job.shared[settings] = words_at_start(job, dimensions, vocabulary, least, initial, words)
    held, vectors, weights = job.shared[settings]
    return StaticStudent(held, vectors, weights, words, titles)


def words_at_start(
    job: Job, dimensions: int, vocabulary: int, least: int, initial: str, words: int
) -> tuple[Words, NDArray[np.float32], NDArray[np.float64]]:
    """The vocabulary, and vectors and weights of its ids before any training: of words that occur
    in ``least`` documents' first ``words``; ``dimensions`` 0 are all that ``initial`` has."""
    if not 0 <= vocabulary <= 2_000_000 or least < 1:
        raise ValueError("vocabulary is 0 to 2,000,000, least 1 or more")
    encoder = job.encoder_of(initial)
    if dimensions > encoder.dimensions:
        raise ValueError(f"{initial} has {encoder.dimensions} dimensions, fewer than {dimensions}")
    counts = document_frequencies(job.texts("Counting words"), words)
    known = [word for word, count in counts.most_common(vocabulary) if count >= least]
    # Whether weights may be fetched was decided when the encoder was loaded.
    held = Words(sorted(known), find_model_files(hub=False).tokenizer)
    pieces = [piece.removeprefix("##") for piece in held.piece_texts()]
    vectors = job.kept_vectors(encoder, [*held.words, *pieces])
    frequencies = np.array([counts[word] for word in held.words] + [least] * len(pieces))
    weights = np.log(1 + len(job.corpus) / np.maximum(frequencies, 1))
    return held, principal(vectors, dimensions or encoder.dimensions), weights / weights.mean()


def principal(vectors: NDArray[np.float32], dimensions: int) -> NDArray[np.float32]:
    """Centred vectors (n, d) turned to their first principal axes, at unit length."""
    centred = vectors - vectors.mean(axis=0)
    if dimensions < centred.shape[1]:
        _, axes = np.linalg.eigh(centred.T @ centred)
        centred = centred @ axes[:, ::-1][:, :dimensions]
    return unit(centred)


class StaticStudent:
    """The table and the logarithms of the weights, with gradients."""

    def __init__(
        self,
        words: Words,
        vectors: NDArray[np.float32],
        weights: NDArray[np.float64],
        longest: int = DOCUMENT_WORDS,
        titles: int = 1,
    ) -> None:
        """``vectors`` (ids, d) and ``weights`` (ids,) above 0, as they start."""
        self.words = words
        self.dimensions = vectors.shape[1]
        self._longest = longest
        self._titles = titles
        self.table = torch.nn.EmbeddingBag(len(words), self.dimensions, mode="sum", sparse=True)
        self.weights = torch.nn.Embedding(len(words), 1, sparse=True)
        with torch.no_grad():
            self.table.weight.copy_(torch.from_numpy(vectors))
            self.weights.weight[:, 0] = torch.from_numpy(np.log(weights).astype(np.float32))

    def pack(self, texts: list[str], side: str) -> Ragged:
        """The ids of texts, cut at what a query or a document may have."""
        if side == "query":
            return self.words.pack(texts, QUERY_WORDS)
        return self.words.pack((titled(text, self._titles) for text in texts), self._longest)

    def encode(self, ids: Ragged, side: str) -> Tensor:
        """Unit vectors (n, dimensions); a text without a known word has the vector 0."""
        del side  # queries and documents share both tables
        return functional.normalize(bag_sums(self.table.weight, self.weights.weight, ids), dim=1)

    def groups(self, learning_rate: float) -> list[dict[str, Any]]:
        """Both tables, their gradients sparse."""
        parameters = [self.table.weight, self.weights.weight]
        return [{"params": parameters, "lr": learning_rate, "sparse": True}]

    def state(self) -> dict[str, Any]:
        """Copies of both tables."""
        return {
            "table": self.table.weight.detach().clone(),
            "weights": self.weights.weight.detach().clone(),
        }

    def load(self, state: dict[str, Any]) -> None:
        """Raises `LearnError` for the tables of another vocabulary."""
        if state["table"].shape != self.table.weight.shape:
            raise LearnError(
                "the checkpoint is of another vocabulary: the papers have changed; train anew"
            )
        with torch.no_grad():
            self.table.weight.copy_(state["table"])
            self.weights.weight.copy_(state["weights"])

    def export(self, folder: Path) -> str:
        """Writes a folder that `encoders.load_encoder` reads; returns the encoder's key."""
        return encoders.write_static(
            folder,
            self.words,
            self.table.weight.detach().numpy(),
            self.weights.weight.detach().exp().squeeze(1).numpy(),
            titles=self._titles,
        )
