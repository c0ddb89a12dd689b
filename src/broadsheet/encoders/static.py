"""Static encoders: the vector of a text is the weighted sum of its words' vectors.

What is learned is a table; at run time it is looked up and added, without a transformer and
without torch. A folder holds it: ``meta.json``, the words, the tokenizer for the words that are
not among them, int8 levels of each row of the table (mapped, not read) and a scale a row, into
which the word's learned weight is folded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders.interface import EncoderError, Vectors
from broadsheet.encoders.machine import by_blocks, processors
from broadsheet.encoders.vectors import quantise
from broadsheet.encoders.weights import sha256
from broadsheet.encoders.words import Ragged, Words, titled
from broadsheet.files import put, replaced_folder

KIND = "static"
FORMAT = 1
META = "meta.json"
WORDS, PIECES, LEVELS, SCALES = "words.txt", "pieces.json", "levels.i8", "scales.f32"
LIMIT = 384  # words of a text; the longest abstracts have about as many
_FILES = frozenset({WORDS, PIECES, LEVELS, SCALES})
_SIZES = ("dimensions", "limit", "titles")


class StaticEncoder:
    """A static encoder from its folder; safe to use from several threads at once."""

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        """Reads everything once against its SHA-256. Raises `EncoderError`."""
        meta = _meta(folder)
        self.name = str(folder)
        self.dimensions: int = meta["dimensions"]
        self.key: str = meta["key"]
        self._limit: int = meta["limit"]
        self._titles: int = meta["titles"]
        self._threads = threads or processors()
        try:
            self._words = Words((folder / WORDS).read_text("utf-8").split(), folder / PIECES)
            self._scales = np.fromfile(folder / SCALES, np.float32)
            self._levels = np.memmap(folder / LEVELS, np.int8, "r").view(np.ndarray)
            self._levels = self._levels.reshape(-1, self.dimensions)
        except (OSError, ValueError) as error:
            raise _damaged(folder, str(error)) from error
        if not len(self._words) == len(self._levels) == len(self._scales):
            raise _damaged(folder, "words, levels and scales are not equally many")

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """(n, dimensions) float32 of unit length, in the order of ``texts``.

        A text without a single known word or piece gets one vector, always the same.
        """
        return self._encode(texts)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """As `encode_queries`, but a first line above others is a title and counts more."""
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
    """Writes a static encoder; returns its key.

    ``table`` (ids, dimensions) holds the vectors of words and pieces, ``weights`` (ids,) what
    each counts; of a text the first ``limit`` words are read, a document's title ``titles``
    times. The folder is there whole or not at all; an earlier static encoder in its place is
    replaced. Raises `EncoderError` for values
    that are not finite, a folder of something else, or a disk that cannot take it; ValueError
    for other shapes.
    """
    if table.ndim != 2 or len(table) != len(words) or weights.shape != (len(words),):
        raise ValueError(
            f"{len(words)} ids, a table of shape {table.shape}, weights of shape {weights.shape}"
        )
    wrong = ~(np.isfinite(table).all(axis=1) & np.isfinite(weights))
    if wrong.any():
        raise EncoderError(
            f"{folder}: not written, the vectors or weights of {wrong.sum():,} words are not finite"
            " numbers; train again with a lower learning rate"
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        _meta(folder)  # only a static encoder is replaced
    levels, scales = quantise(table)
    contents = {
        WORDS: "\n".join(words.words).encode(),
        PIECES: words.pieces_json().encode(),
        LEVELS: levels.tobytes(),
        SCALES: (scales * weights).astype(np.float32).tobytes(),
    }
    try:
        return _write(
            folder, contents, {"dimensions": table.shape[1], "limit": limit, "titles": titles}
        )
    except OSError as error:
        raise EncoderError(
            f"{folder}: the encoder cannot be written ({error.strerror or error}): make room or "
            "give write permission"
        ) from error


def _write(folder: Path, contents: dict[str, bytes], sizes: dict[str, int]) -> str:
    with replaced_folder(folder) as new:
        for name, content in contents.items():
            put(new / name, content)
        files = {name: sha256(new / name) for name in contents}
        meta: dict[str, Any] = {"kind": KIND, "format": FORMAT, **sizes}
        meta |= {"key": _key(folder.name, files, sizes), "files": files}
        put(new / META, json.dumps(meta, indent=1).encode())
    return str(meta["key"])


def _key(name: str, files: dict[str, str], sizes: dict[str, int]) -> str:
    slug = re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.")[-40:] or "encoder"
    content = json.dumps([FORMAT, sizes, files], sort_keys=True).encode()
    return f"{KIND}-{slug}-{blake2b(content, digest_size=6).hexdigest()}"


def _meta(folder: Path) -> dict[str, Any]:
    """The checked ``meta.json`` of a folder whose files are what it says; raises `EncoderError`."""
    try:
        meta = json.loads((folder / META).read_bytes())
        kind, made_by = meta["kind"], meta["format"]
        if (kind, made_by) != (KIND, FORMAT):
            raise EncoderError(
                f"{folder}: holds an encoder of kind {kind!r}, format {made_by!r}, not {KIND!r}, "
                f"format {FORMAT}; give another folder"
            )
        files, sizes = dict(meta["files"]), {name: int(meta[name]) for name in _SIZES}
        if min(sizes.values()) < 1 or files.keys() != _FILES:
            raise _damaged(folder, "meta.json names impossible sizes or other files")
        if meta["key"].rpartition("-")[2] != _key("", files, sizes).rpartition("-")[2]:
            raise _damaged(folder, "meta.json was changed")
        for name, digest in files.items():
            if sha256(folder / name) != digest:
                raise _damaged(folder, f"{name} has another SHA-256 than meta.json says")
    except OSError as error:
        raise EncoderError(
            f"{folder}: no static encoder can be read there ({error.strerror}); give the folder "
            "that a training wrote"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(folder, "meta.json is not readable") from error
    return dict(meta)


def _damaged(folder: Path, why: str) -> EncoderError:
    return EncoderError(f"{folder}: the encoder is damaged ({why}); train or copy it anew")
