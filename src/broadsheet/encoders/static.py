"""Static encoders: the vector of a text is the weighted sum of its words' vectors.

What is learned is a table (`encoders.table`); at run time it is looked up and added, without a
transformer and without torch. A word's learned weight is folded into the scale of its row.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders.folders import FolderKind, check_finite
from broadsheet.encoders.interface import Vectors
from broadsheet.encoders.table import LIMIT, TABLE, TableEncoder, table_files
from broadsheet.encoders.words import Ragged, Words

FOLDER = FolderKind("static", 1, TABLE, {"limit": 1, "titles": 1})


class StaticEncoder(TableEncoder):
    """A static encoder from its folder; safe to use from several threads at once."""

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        """Raises `EncoderError` for a folder that is damaged or of another kind."""
        super().__init__(folder, FOLDER.read(folder), threads)

    def add_up(self, ids: Ragged, vectors: Vectors) -> None:
        """Writes the unit vectors of packed texts into ``vectors`` (n, dimensions)."""
        levels = np.empty((self._limit, self.dimensions), np.int8)
        values = np.empty((self._limit, self.dimensions), np.float32)
        bounds = ids.offsets.tolist()
        for row, (start, end) in enumerate(pairwise(bounds)):
            these, count = ids.flat[start:end], end - start
            # Of one text at a time, so that a vector depends on its text only. "clip" spares
            # numpy a copy; no id is out of bounds.
            np.take(self._levels, these, axis=0, out=levels[:count], mode="clip")
            values[:count] = levels[:count]
            np.dot(self._scales[these], values[:count], out=vectors[row])
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        empty = lengths[:, 0] == 0
        vectors /= np.where(lengths > 0, lengths, 1)
        vectors[empty] = 0
        vectors[empty, -1] = 1  # the axis on which a table of principal components varies least


def write_static(
    folder: Path,
    words: Words,
    table: Vectors,
    weights: NDArray[np.floating[Any]],
    *,
    limit: int = LIMIT,
    titles: int = 1,
) -> str:
    """Writes a folder that `load_encoder` takes, whole or not at all; returns the encoder's key.

    ``table`` (ids, dimensions) holds the vectors of words and pieces, ``weights`` (ids,) what
    each counts; of a text the first ``limit`` words are read, a document's title ``titles``
    times. Raises `EncoderError` for numbers that are not finite and where the folder cannot be
    written, ValueError for other shapes.
    """
    if table.ndim != 2 or len(table) != len(words) or weights.shape != (len(words),):
        raise ValueError(
            f"{len(words)} ids, a table of shape {table.shape}, weights of shape {weights.shape}"
        )
    check_finite(folder, {"table": table, "weights": weights})
    files, sizes = table_files(words, table, weights), {"limit": limit, "titles": titles}
    return FOLDER.write(folder, folder.name, files, sizes, dimensions=table.shape[1])
