"""A small transformer that was trained here, from its folder; see `encoders.bert`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from broadsheet.encoders.bert import FOLDER, MODEL, RARITY
from broadsheet.encoders.built import signed_products_saturate
from broadsheet.encoders.folders import query_reader
from broadsheet.encoders.graph import with_unsigned_weights
from broadsheet.encoders.interface import Encoder, EncoderError, Vectors
from broadsheet.encoders.running import GraphEncoder
from broadsheet.encoders.weights import TOKENIZER


class TransformerEncoder(GraphEncoder):
    """A student of all-MiniLM-L6-v2; safe to use from several threads at once."""

    def __init__(
        self, folder: Path, base_of: Callable[[str], Encoder], *, threads: int | None = None
    ) -> None:
        """``base_of`` loads the encoder that reads queries by name, where that is another.

        Raises `EncoderError` for a folder that is damaged or of another kind.
        """
        meta = FOLDER.read(folder)
        content = (folder / MODEL).read_bytes()
        if signed_products_saturate():
            content = with_unsigned_weights(content)
        super().__init__(
            str(folder),
            meta["key"],
            content,
            folder / TOKENIZER,
            tokens=meta["tokens"],
            threads=threads,
            source=folder / MODEL,
            rarity=np.frombuffer((folder / RARITY).read_bytes(), "<f4"),
        )
        if self.dimensions != meta["dimensions"]:
            raise EncoderError(
                f"{folder}: the graph gives {self.dimensions} dimensions and meta.json tells "
                f"{meta['dimensions']}: train it anew"
            )
        self._reader = query_reader(folder, meta, base_of)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """(n, dimensions) float32 of unit length, in the order of ``texts``."""
        if self._reader is None:
            return self.encode_documents(texts)
        return self._reader.encode_queries(texts)
