"""Attentive encoders: words are looked up, and weighed by what the text says as a whole.

A word has one vector wherever it stands, as in a static encoder. Their mean, weighed by rarity, is
a first impression of the text; heads then ask, each in its own way, which of the words matter to
that, and what they find is added (attentive pooling; Lin et al., 2017, "A Structured Self-attentive
Sentence Embedding"). It is one layer of a transformer whose keys know no context and whose only
query is the text. What is learned are the maps, which all words share: a word that training never
met is treated like those it resembles.

At run time numpy is enough. Beside the table (`encoders.table`) a folder holds the logarithm of
every word's rarity, and the maps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from broadsheet.encoders.folders import FolderKind, check_finite, damaged, query_reader
from broadsheet.encoders.interface import Encoder, Vectors
from broadsheet.encoders.table import LIMIT, TABLE, TableEncoder, table_files
from broadsheet.encoders.vectors import unit
from broadsheet.encoders.words import Ragged, Words

RARITY, MAPS = "rarity.f32", "maps.safetensors"
FOLDER = FolderKind(
    "attentive", 1, (*TABLE, RARITY, MAPS), {"limit": 1, "titles": 1, "meaning": 0.0}
)
MEANING = 0.45  # where the stock encoder's cosines count .55; .4 costs .002 nDCG@10 in the hybrid
# How much a query's own vector counts beside that of the encoder that reads queries. What papers'
# vectors are off by comes from their words, and the same words put a query's own off likewise.
OWN = 0.2
_TOGETHER = 16  # texts whose words are looked up together: 3 MB of them stay near the processor

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class AttentionMaps:
    """What an attentive encoder learned, float32; d dimensions, h heads that compare in r.

    A word that stands n times in a text counts ``powers[0]`` log rarity + ``powers[1]`` log n,
    of which the exponents, in shares, weigh the first mean; that times ``first`` (d, d) plus
    ``bias`` (d,) is the first impression. At unit length times ``asks`` (d, h · r) it asks, and
    ``keys`` (h, r, d) answer by the word's vector; ``slopes`` (2, h) are the powers of the heads.
    ``out`` (h · d, d) is what they find worth.
    """

    powers: Floats
    first: Floats
    bias: Floats
    asks: Floats
    keys: Floats
    slopes: Floats
    out: Floats

    def __post_init__(self) -> None:
        heads, width, d = self.keys.shape if self.keys.ndim == 3 else (0, 0, 0)
        shapes = {
            "powers": (2,),
            "first": (d, d),
            "bias": (d,),
            "asks": (d, heads * width),
            "slopes": (2, heads),
            "out": (heads * d, d),
        }
        wrong = [name for name, shape in shapes.items() if getattr(self, name).shape != shape]
        if wrong or not heads or not width:
            raise ValueError(f"the maps do not fit each other: {', '.join(wrong) or 'keys'}")


class AttentiveEncoder(TableEncoder):
    """An attentive encoder from its folder; safe to use from several threads at once."""

    def __init__(
        self, folder: Path, base_of: Callable[[str], Encoder], *, threads: int | None = None
    ) -> None:
        """``base_of`` loads the encoder that reads queries by name, where that is another.

        Raises `EncoderError` for a folder that is damaged or of another kind.
        """
        meta = FOLDER.read(folder)
        super().__init__(folder, meta, threads)
        self.meaning: float = meta["meaning"]  # see `encoders.weight_of_meaning`
        try:
            self._maps = AttentionMaps(**load((folder / MAPS).read_bytes()))
            self._rarity = np.fromfile(folder / RARITY, np.float32)
        except (OSError, ValueError, TypeError, SafetensorError) as error:
            raise damaged(folder, str(error)) from error
        if self.meaning > 1:
            raise damaged(folder, "meaning cannot be")
        if (len(self._rarity), len(self._maps.bias)) != self._levels.shape:
            raise damaged(folder, "sizes do not fit")
        self._nothing = unit(self._maps.bias[None])[0]
        if not self._nothing.any():
            self._nothing[-1] = 1
        self._reader = query_reader(folder, meta, base_of)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """(n, dimensions) float32 of unit length, in the order of ``texts``."""
        own = self._encode(texts)
        if self._reader is None or not texts:
            return own
        # What stands for a text without a word says nothing of a query.
        own[(own == self._nothing).all(axis=1)] = 0
        return unit(unit(self._reader.encode_queries(texts)) + OWN * own)

    def add_up(self, ids: Ragged, vectors: Vectors) -> None:
        """Writes the unit vectors of packed texts into ``vectors`` (n, dimensions)."""
        vectors[ids.lengths == 0] = self._nothing
        filled = np.flatnonzero(ids.lengths)
        for start in range(0, len(filled), _TOGETHER):
            rows = filled[start : start + _TOGETHER]
            vectors[rows] = self._attend(ids.take(rows))

    def _attend(self, ids: Ragged) -> Vectors:
        """The vectors of at most `_TOGETHER` texts, none of them empty.

        Products over several texts always have as many rows, so that but for rounding a vector
        depends on its text only, and not on what stands beside it. One alone, as a query is, has
        one row: sixteen take as long as the stock encoder does.
        """
        maps, d = self._maps, self.dimensions
        rows = _TOGETHER if len(ids) > 1 else 1
        owners, words, counts = distinct_words(ids, len(self._words))
        bounds = np.searchsorted(owners, np.arange(len(ids) + 1)).tolist()
        starts = bounds[:-1]
        # "clip" spares numpy a copy; no id is out of bounds.
        table = np.take(self._levels, words, axis=0, mode="clip").astype(np.float32)
        scales, rarity = self._scales[words], self._rarity[words]
        told: Floats = np.stack([rarity, np.log(counts).astype(np.float32)], axis=1)

        weights = _shares((told @ maps.powers)[:, None], starts, owners)[:, 0] * scales
        means = np.zeros((rows, d), np.float32)
        for row, (start, end) in enumerate(pairwise(bounds)):
            np.dot(weights[start:end], table[start:end], out=means[row])
        impression = means @ maps.first + maps.bias
        asked = (unit(impression) @ maps.asks).reshape(rows, *maps.keys.shape[:2])
        asking = np.matmul(asked.transpose(1, 0, 2), maps.keys)

        answers = np.empty((len(words), len(maps.keys)), np.float32)
        for row, (start, end) in enumerate(pairwise(bounds)):
            np.dot(table[start:end], asking[:, row].T, out=answers[start:end])
        heard = _shares(answers * scales[:, None] + told @ maps.slopes, starts, owners)
        heard *= scales[:, None]
        found = np.zeros((rows, len(maps.keys), d), np.float32)
        for row, (start, end) in enumerate(pairwise(bounds)):
            np.dot(heard[start:end].T, table[start:end], out=found[row])
        return unit(impression + found.reshape(rows, -1) @ maps.out)[: len(ids)]


def _shares(scores: Floats, starts: Sequence[int], owners: NDArray[np.int64]) -> Floats:
    """Softmax of the columns of ``scores`` (words, n) over the words of each text."""
    highest = np.maximum.reduceat(scores, starts, axis=0)
    exponents: Floats = np.exp(scores - highest[owners])
    exponents /= np.add.reduceat(exponents, starts, axis=0)[owners]
    return exponents


def write_attentive(
    folder: Path,
    name: str,
    words: Words,
    table: Vectors,
    rarity: Floats,
    maps: AttentionMaps,
    *,
    limit: int = LIMIT,
    titles: int = 1,
    meaning: float = MEANING,
    queries: Encoder | None = None,
) -> str:
    """Writes a folder that `load_encoder` takes, whole or not at all; returns the encoder's key.

    ``table`` (ids, d) holds the vectors of words and pieces, ``rarity`` (ids,) logarithms of how
    rare they are; of a text the first ``limit`` words are read, a document's title ``titles``
    times. ``meaning`` is how much its cosines count beside words in a search, from 0 to 1.
    ``queries`` is the encoder that reads queries (None: this one). Raises `EncoderError`
    for numbers that are not finite and where the folder cannot be written, ValueError for other
    shapes.
    """
    if table.shape != (len(words), len(maps.bias)) or rarity.shape != (len(words),):
        raise ValueError(f"{len(words)} ids, a table of {table.shape}, rarity of {rarity.shape}")
    if not 0 <= meaning <= 1:
        raise ValueError(f"meaning counts from 0 to 1, not {meaning}")
    check_finite(folder, {"table": table, "rarity": rarity, **asdict(maps)})
    files = {
        **table_files(words, table),
        RARITY: rarity.astype("<f4").tobytes(),
        MAPS: save({name: np.ascontiguousarray(held) for name, held in asdict(maps).items()}),
    }
    sizes = {"limit": limit, "titles": titles, "meaning": float(meaning)}
    return FOLDER.write(folder, name, files, sizes, dimensions=len(maps.bias), queries=queries)


def distinct_words(
    ids: Ragged, size: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The words of each text once: number of the text, id, and how often it stands there."""
    rows = np.repeat(np.arange(len(ids)), ids.lengths)
    found, counts = np.unique(rows * size + ids.flat, return_counts=True)
    return found // size, found % size, counts
