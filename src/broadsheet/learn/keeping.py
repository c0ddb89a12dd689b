"""Vectors that a stock encoder makes for training, kept between trainings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders import Encoder, VectorStore, unit

_BLOCK = 512


def kept_vectors(
    encoder: Encoder,
    texts: Sequence[str],
    cache: Path,
    stores: Path | None = None,
    told: Callable[[int, int], None] = lambda _done, _total: None,
) -> NDArray[np.float32]:
    """Unit vectors (n, d); each text is encoded once and kept as int8 under ``cache``.

    Texts of papers whose vectors a home holds (in ``stores``, a folder an encoder's key) are not
    encoded at all; ``told`` takes how many of the others have been, out of how many. Raises
    `StoreError` where something is missing and another training writes there.
    """
    keys = _keys(texts)
    found = np.empty((len(keys), encoder.dimensions), np.float32)
    left = np.arange(len(keys))
    for folder in [root / encoder.key for root in (stores, cache) if root is not None]:
        with VectorStore(folder, encoder.dimensions, read_only=True) as store:
            left = _taken(store, keys, left, found)
    if not len(left):
        return found
    with VectorStore(cache / encoder.key, encoder.dimensions, read_only=False) as store:
        missing = left[store.rows([keys[place] for place in left.tolist()]) < 0].tolist()
        first = {keys[place]: place for place in reversed(missing)}
        new = sorted(first.values(), key=lambda place: len(texts[place]))
        for start in range(0, len(new), _BLOCK):
            block = new[start : start + _BLOCK]
            store.append(
                [keys[place] for place in block],
                encoder.encode_documents([texts[place] for place in block]),
            )
            told(start + len(block), len(new))
        _taken(store, keys, left, found)
    return found


def keep_vectors(
    encoder: Encoder,
    texts: Sequence[str],
    vectors: NDArray[np.float32],
    cache: Path,
    stores: Path | None = None,
) -> None:
    """Keeps unit vectors (n, d) of texts that ``encoder`` gave on another occasion, for
    `kept_vectors`: those that a home does not hold. Raises `StoreError`."""
    places = {key: place for place, key in enumerate(_keys(texts))}
    if stores is not None:
        with VectorStore(stores / encoder.key, encoder.dimensions, read_only=True) as store:
            places = _missing(store, places)
    with VectorStore(cache / encoder.key, encoder.dimensions, read_only=False) as store:
        places = _missing(store, places)
        store.append(list(places), vectors[list(places.values())])


def _missing(store: VectorStore, places: dict[bytes, int]) -> dict[bytes, int]:
    """Those whose keys a store has not."""
    rows = store.rows(list(places)).tolist()
    return {key: place for (key, place), row in zip(places.items(), rows, strict=True) if row < 0}


def _keys(texts: Sequence[str]) -> list[bytes]:
    return [blake2b(text.encode("utf-8", "replace"), digest_size=16).digest() for text in texts]


def _taken(
    store: VectorStore,
    keys: Sequence[bytes],
    wanted: NDArray[np.int64],
    found: NDArray[np.float32],
) -> NDArray[np.int64]:
    """Fills in what a store has of the wanted places; returns those it has not."""
    rows = store.rows([keys[place] for place in wanted.tolist()])
    there = rows >= 0
    found[wanted[there]] = unit(store.vectors(rows[there]))
    return wanted[~there]
