"""Encoders that look words up: what static and attentive ones have in common.

A table holds a vector for every word of a vocabulary and for every piece of the words that are not
in it. Its part of a folder (`encoders.folders`) are the words, the tokenizer for all others, int8
levels of each row of the table (mapped, not read) and a scale a row.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders.folders import damaged
from broadsheet.encoders.interface import Vectors
from broadsheet.encoders.machine import by_blocks, processors
from broadsheet.encoders.vectors import quantise
from broadsheet.encoders.words import Ragged, Words, titled

TABLE = (WORDS, PIECES, LEVELS, SCALES) = ("words.txt", "pieces.json", "levels.i8", "scales.f32")
LIMIT = 384  # words of a text; the longest abstracts have about as many


class TableEncoder(ABC):
    """An encoder without a transformer; safe to use from several threads at once."""

    def __init__(self, folder: Path, meta: Mapping[str, Any], threads: int | None) -> None:
        """``meta`` is what the intact ``folder`` tells of itself; raises `EncoderError`."""
        self.name = str(folder)
        self.key: str = meta["key"]
        self.dimensions: int = meta["dimensions"]
        self._limit: int = meta["limit"]
        self._titles: int = meta["titles"]
        self._threads = threads or processors()
        try:
            self._words = Words((folder / WORDS).read_text("utf-8").split(), folder / PIECES)
            self._scales = np.fromfile(folder / SCALES, np.float32)
            levels = np.memmap(folder / LEVELS, np.int8, "r").view(np.ndarray)
            self._levels = levels.reshape(-1, self.dimensions)
        except (OSError, ValueError) as error:
            raise damaged(folder, str(error)) from error
        if not len(self._words) == len(self._levels) == len(self._scales):
            raise damaged(folder, "sizes do not fit")

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """(n, dimensions) float32 of unit length, in the order of ``texts``."""
        return self._encode(texts)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """(n, dimensions) float32 of unit length; a first line above others is a title and counts
        more. A text without a single known word or piece gets one vector, always the same."""
        if self._titles > 1:
            texts = [titled(text, self._titles) for text in texts]
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        return by_blocks(
            texts,
            self.dimensions,
            self._threads,
            lambda block, vectors: self.add_up(self.pack(block), vectors),
        )

    def pack(self, texts: Sequence[str]) -> Ragged:
        """The ids of texts, cut as this encoder cuts them."""
        return self._words.pack(texts, self._limit)

    @abstractmethod
    def add_up(self, ids: Ragged, vectors: Vectors) -> None:
        """Writes the unit vectors of packed texts into ``vectors`` (n, dimensions)."""


def table_files(
    words: Words, table: Vectors, weights: NDArray[np.floating[Any]] | None = None
) -> dict[str, bytes]:
    """The files of `TABLE` for vectors (ids, dimensions) of ``words`` and pieces, each times its
    weight (ids,) where there are some."""
    levels, scales = quantise(table)
    if weights is not None:
        scales = (scales * weights).astype(np.float32)
    return {
        WORDS: "\n".join(words.words).encode(),
        PIECES: words.pieces_json().encode(),
        LEVELS: levels.tobytes(),
        SCALES: scales.astype("<f4").tobytes(),
    }
