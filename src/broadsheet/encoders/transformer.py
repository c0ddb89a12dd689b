"""A small transformer that was trained here, from its folder; see `encoders.bert`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from broadsheet.encoders.bert import MODEL, RARITY, read_meta
from broadsheet.encoders.built import signed_products_saturate
from broadsheet.encoders.graph import with_unsigned_weights
from broadsheet.encoders.interface import EncoderError
from broadsheet.encoders.running import GraphEncoder
from broadsheet.encoders.weights import TOKENIZER


class TransformerEncoder(GraphEncoder):
    """A student of all-MiniLM-L6-v2; safe to use from several threads at once."""

    def __init__(self, folder: Path, *, threads: int | None = None) -> None:
        """Raises `EncoderError` for a folder that is damaged or of another kind."""
        meta = read_meta(folder)
        content = (folder / MODEL).read_bytes()
        if signed_products_saturate():
            content = with_unsigned_weights(content)
        super().__init__(
            meta["name"],
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
