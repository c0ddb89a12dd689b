"""Papers' vectors by an adapted encoder, from the stock vectors that a home holds already."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from broadsheet.encoders.adapted import AdaptedEncoder
from broadsheet.encoders.interface import Encoder, Vectors
from broadsheet.encoders.vectors import StoreError, VectorStore


class PaperVectors:
    """Makes vectors of papers by their texts and the hashes of these.

    ``root`` is where the stores of vectors lie, a folder an encoder's key. An encoder that is not
    adapted encodes every text.
    """

    def __init__(self, encoder: Encoder, root: Path) -> None:
        self._encoder = encoder
        self._adapted: AdaptedEncoder | None = None
        if isinstance(encoder, AdaptedEncoder) and encoder.base_key != encoder.key:
            self._adapted = encoder
            self._folder = root / encoder.base_key
            self._store = self._opened()

    def make(self, hashes: Sequence[bytes], texts: Sequence[str]) -> Vectors:
        """(n, dimensions) float32 of unit length, in the order of ``texts``.

        Stock vectors that had to be made are kept as well, so that going back to the stock
        encoder costs nothing either. Raises `EncoderError`.
        """
        if self._adapted is None:
            return self._encoder.encode_documents(texts)
        self._store.refresh()
        rows = self._store.rows(hashes)
        stock = np.empty((len(texts), self._adapted.base_dimensions), np.float32)
        held = rows >= 0
        stock[held] = self._store.vectors(rows[held])
        missing = np.flatnonzero(~held).tolist()
        if missing:
            stock[missing] = self._adapted.encode_base([texts[place] for place in missing])
            self._keep([hashes[place] for place in missing], stock[missing])
        return self._adapted.derive(texts, stock)

    def _opened(self) -> VectorStore:
        assert self._adapted is not None  # noqa: S101 - for the type checker
        return VectorStore(self._folder, self._adapted.base_dimensions, read_only=True)

    def _keep(self, hashes: list[bytes], vectors: Vectors) -> None:
        """Unless another writes there: then they are made again if they are ever wanted."""
        if not np.isfinite(vectors).all():
            return
        try:
            with VectorStore(self._folder, vectors.shape[1], read_only=False) as store:
                store.append(hashes, vectors)
        except StoreError:
            return
