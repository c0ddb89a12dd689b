"""Vectors that a stock encoder makes for training, kept between trainings."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders import Encoder, VectorStore, unit

_BLOCK = 512


def kept_vectors(encoder: Encoder, texts: Sequence[str], cache: Path) -> NDArray[np.float32]:
    """Unit vectors (n, d); each text is encoded once and kept as int8 under ``cache``.

    Raises `StoreError` where something is missing and another training writes there.
    """
    keys = [blake2b(text.encode("utf-8", "replace"), digest_size=16).digest() for text in texts]
    folder = cache / encoder.key
    with VectorStore(folder, encoder.dimensions, read_only=True) as store:
        rows = store.rows(keys)
        if (rows >= 0).all():
            return unit(store.vectors(rows))
    with VectorStore(folder, encoder.dimensions, read_only=False) as store:
        missing = np.flatnonzero(store.rows(keys) < 0).tolist()
        first = {keys[place]: place for place in reversed(missing)}
        new = sorted(first.values(), key=lambda place: len(texts[place]))
        for start in range(0, len(new), _BLOCK):
            block = new[start : start + _BLOCK]
            store.append(
                [keys[place] for place in block],
                encoder.encode_documents([texts[place] for place in block]),
            )
        return unit(store.vectors(store.rows(keys)))
