"""An attentive student: words' vectors stay as they are, and how a text attends to them is learned.

See `encoders.attentive` for what it computes. Only maps that all words share are trained, so that
words which training never met are treated like those that they resemble; a table of words that is
trained does better on the papers it learns from, and worse on all others.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from broadsheet.encoders import (
    MEANING,
    AttentionMaps,
    EncoderError,
    Ragged,
    Words,
    distinct_words,
    titled,
    write_attentive,
)
from broadsheet.learn.errors import LearnError
from broadsheet.learn.job import Job
from broadsheet.learn.parts import part
from broadsheet.learn.students.contexts import (
    kept_contexts,
    papers_for_contexts,
    vectors_in_context,
)
from broadsheet.learn.students.reading import STOCK, StockReader, queries_reader
from broadsheet.learn.students.static import DOCUMENT_WORDS, words_at_start

_BLOCK = 64  # texts of like length that run together
_SCALE = 4.5  # of the first map at the start: a mean of many vectors is short
_ASKED = 4.0  # of what heads ask at the start


@part("student", "attentive")
def attentive(
    job: Job,
    *,
    heads: int = 8,
    width: int = 32,
    vocabulary: int = 100_000,
    least: int = 5,
    contexts: int = 80_000,
    titles: int = 3,
    meaning: float = MEANING,
    queries: str = "stock",
) -> AttentiveStudent:
    """Words that occur in ``least`` documents or more, at most ``vocabulary``, and word pieces for
    all others, each with the vector that it has in the middle of ``contexts`` papers: those of the
    pairs, and then those with the rarest words (`learn.students.contexts`; 0: alone).

    ``heads`` compare text and words in ``width`` dimensions; a document's title counts ``titles``
    times. ``meaning`` is how much its cosines count beside words in a search (the stock encoder's:
    .55). ``queries`` are read by the 'student' or by the 'stock' encoder, which stays as it is.
    """
    if not 1 <= heads <= 64 or not 1 <= width <= 384:
        raise ValueError(f"heads are 1 to 64 and width 1 to 384, not {heads} and {width}")
    if titles < 1 or contexts < 0:
        raise ValueError(f"titles must be 1 or more and contexts 0, not {titles} and {contexts}")
    if not 0 <= meaning <= 1:
        raise ValueError(f"meaning counts from 0 to 1, not {meaning}")
    reader = queries_reader(job, queries)
    words, vectors, rarity = words_at_start(job, 0, vocabulary, least, STOCK, DOCUMENT_WORDS)
    if contexts:
        documents = job.corpus.documents
        rows = papers_for_contexts(job, words, contexts).tolist()
        found = kept_contexts(job, words, [documents[row].text for row in rows])
        vectors = vectors_in_context(found, vectors)
    torch.manual_seed(job.recipe.seed)
    return AttentiveStudent(
        job.recipe.name,
        words,
        vectors,
        np.log(rarity).astype(np.float32),
        heads=heads,
        width=width,
        titles=titles,
        meaning=meaning,
        reader=reader,
    )


class AttentiveStudent:
    """The maps with gradients, beside a table without."""

    def __init__(
        self,
        name: str,
        words: Words,
        vectors: NDArray[np.float32],
        rarity: NDArray[np.float32],
        *,
        heads: int,
        width: int,
        titles: int = 1,
        meaning: float = MEANING,
        reader: StockReader | None = None,
    ) -> None:
        """``vectors`` (ids, d) and ``rarity`` (ids,), logarithms."""
        self.dimensions = d = vectors.shape[1]
        self._name, self._words, self._reader = name, words, reader
        self._titles, self._meaning = titles, meaning
        self._table, self._rarity = torch.from_numpy(vectors), torch.from_numpy(rarity)
        self._sizes = heads, width
        self.maps = {
            "powers": torch.ones(2),
            "first": torch.eye(d) * _SCALE,
            "bias": torch.zeros(d),
            "asks": torch.randn(d, heads * width) * 0.05 * _ASKED,
            "keys": torch.randn(heads, width, d) * 0.05,
            "slopes": torch.ones(2, heads),
            "out": torch.zeros(heads * d, d),
        }
        for one in self.maps.values():
            one.requires_grad_(True)

    def pack(self, texts: list[str], side: str) -> Ragged:
        """The ids of texts, as `encoders.attentive` cuts them."""
        if side == "query" and self._reader is not None:
            return self._reader.pack(texts)
        titles = 1 if side == "query" else self._titles
        return self._words.pack((titled(text, titles) for text in texts), DOCUMENT_WORDS)

    def encode(self, ids: Ragged, side: str) -> Tensor:
        """Unit vectors (n, dimensions); texts of like length run together."""
        if side == "query" and self._reader is not None:
            return self._reader.encode(ids)
        order = np.argsort(ids.lengths, kind="stable")
        found = [
            self._attend(ids.take(order[start : start + _BLOCK]))
            for start in range(0, len(order), _BLOCK)
        ]
        if not found:
            return torch.empty(0, self.dimensions)
        back = torch.from_numpy(np.argsort(order, kind="stable"))
        return functional.normalize(torch.cat(found)[back], dim=1)

    def _attend(self, ids: Ragged) -> Tensor:
        """What `encoders.attentive` computes, of texts that are padded to one length."""
        maps, (heads, width) = self.maps, self._sizes
        words, counts = _padded(ids, len(self._words))
        there = counts > 0
        vectors = self._table[words]
        told = torch.stack([self._rarity[words], counts.clamp_min(1).log()], 2)
        # A text without a word has no share to give: -1e4 is all but nothing, and finite.
        weights = (told @ maps["powers"]).masked_fill(~there, -1e4).softmax(1) * there
        mean = (weights[:, None, :] @ vectors)[:, 0]
        impression = mean @ maps["first"] + maps["bias"]
        asked = (functional.normalize(impression, dim=1) @ maps["asks"]).view(-1, heads, width)
        asking = (asked.transpose(0, 1) @ maps["keys"]).transpose(0, 1)
        answers = asking @ vectors.transpose(1, 2) + (told @ maps["slopes"]).transpose(1, 2)
        shares = answers.masked_fill(~there[:, None], -1e4).softmax(2) * there[:, None]
        return impression + (shares @ vectors).flatten(1) @ maps["out"]

    def groups(self, learning_rate: float) -> list[dict[str, Any]]:
        """All maps; the few numbers that are no matrix move three times as fast."""
        numbers = ("powers", "bias", "slopes")
        matrices = [one for name, one in self.maps.items() if name not in numbers]
        return [
            {"params": matrices, "lr": learning_rate},
            {"params": [self.maps[name] for name in numbers], "lr": 3 * learning_rate},
        ]

    def state(self) -> dict[str, Any]:
        """Copies of the maps."""
        return {name: one.detach().clone() for name, one in self.maps.items()}

    def load(self, state: dict[str, Any]) -> None:
        """Raises `LearnError` for maps of other sizes."""
        if state.keys() != self.maps.keys() or any(
            state[name].shape != one.shape for name, one in self.maps.items()
        ):
            raise LearnError("the checkpoint is of another attentive student: train anew")
        with torch.no_grad():
            for name, one in self.maps.items():
                one.copy_(state[name])

    def export(self, folder: Path) -> str:
        """Writes a folder that `encoders.load_encoder` reads; returns the encoder's key."""
        maps = {name: one.detach().numpy().copy() for name, one in self.maps.items()}
        try:
            return write_attentive(
                folder,
                self._name,
                self._words,
                self._table.numpy(),
                self._rarity.numpy(),
                AttentionMaps(**maps),
                limit=DOCUMENT_WORDS,
                titles=self._titles,
                meaning=self._meaning,
                queries=self._reader.encoder if self._reader else None,
            )
        except EncoderError as error:
            raise LearnError(str(error)) from error


def _padded(ids: Ragged, size: int) -> tuple[Tensor, Tensor]:
    """The distinct words (n, t) of each text and how often each stands there, 0 on padding."""
    owners, words, counts = distinct_words(ids, size)
    starts = np.searchsorted(owners, np.arange(len(ids)))
    places = np.arange(len(owners)) - starts[owners]
    shape = len(ids), int(places.max(initial=0)) + 1
    found, times = np.zeros(shape, np.int64), np.zeros(shape, np.float32)
    found[owners, places], times[owners, places] = words, counts
    return torch.from_numpy(found), torch.from_numpy(times)
