"""The codes of a generation: two files and a seal, never changed in place.

Code number n is that of row n of the vector store, whose rows never change their meaning: an
updated or deleted work leaves a row behind that no work names any more, and nothing has to be
taken out of the codes. More codes are made beside the file, from which the known ones are copied.
"""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders import VectorStore, unit
from broadsheet.files import sync_folder
from broadsheet.index.codes import Codebook, Planes, fit, shortlist
from broadsheet.index.contract import Progress
from broadsheet.index.generation import unreadable

_SAMPLE = 20_000  # vectors that a codebook is made of, spread over the store
_BATCH = 8_192
_OUTGROWN = 2  # a codebook is made anew when the rows have become this many times as many


def codes_path(folder: Path, name: str) -> Path:
    """The file of the codes: 64-bit words, those of the signs before those of the sizes."""
    return folder / f"{name}.npy"


def book_path(folder: Path, name: str) -> Path:
    """The file of their codebook."""
    return folder / f"{name}.book.npz"


def seal_path(folder: Path, name: str) -> Path:
    """The checksums of both files."""
    return folder / f"{name}.json"


class Codes:
    """Codes opened for reading, mapped into memory; safe for many threads."""

    def __init__(self, folder: Path, name: str, dimensions: int) -> None:
        """Raises `IndexBroken` for files that are not as they were written."""
        self.name = name
        path = codes_path(folder, name)
        try:
            # A wrong bit would hide papers and nobody would know.
            if json.loads(seal_path(folder, name).read_text("utf-8")) != _checksums(folder, name):
                raise ValueError("another checksum")
            with np.load(book_path(folder, name)) as book:
                self.book = Codebook(
                    book["mean"], book["directions"], book["steps"], int(book["fitted"])
                )
            # As a plain array: slicing a memmap takes longer than counting its bits.
            signs, sizes = np.asarray(np.load(path, mmap_mode="r"))
            words = self.book.words
            self.planes = Planes(signs.reshape(words, -1), sizes.reshape(-1, words))
            if len(self.book.mean) != dimensions:
                raise ValueError("other dimensions")
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise unreadable(path, error) from error

    def __len__(self) -> int:
        """How many rows of the store have a code: the first ones."""
        return len(self.planes)

    def nearest(
        self, vector: NDArray[np.float32], count: int, among: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """The rows of about the ``count`` nearest vectors, ascending, a few more where they tie.

        ``among`` (n,), n <= the number of codes, says which of the first rows may be found.
        """
        return shortlist(self.book, self.planes, vector, count, among)


def build(
    folder: Path,
    name: str,
    store: VectorStore,
    base: Codes | None,
    progress: Progress | None = None,
) -> None:
    """Writes the codes ``name`` of all rows of a store that is not empty; durable on return.

    What ``base`` holds is copied, unless the store has outgrown its codebook.
    """
    count = len(store)
    if base is not None and (len(base) > count or count >= _OUTGROWN * base.book.fitted):
        base = None
    book = _book(store) if base is None else base.book
    held = 0 if base is None else len(base)
    bits = np.empty((2, count * book.words), np.uint64)
    planes = Planes(bits[0].reshape(book.words, -1), bits[1].reshape(-1, book.words))
    if base is not None:
        planes.signs[:, :held], planes.sizes[:held] = base.planes.signs, base.planes.sizes
    for start in range(held, count, _BATCH):
        end = min(start + _BATCH, count)
        more = book.encode(unit(store.vectors(np.arange(start, end))))
        planes.signs[:, start:end], planes.sizes[start:end] = more.signs, more.sizes
        if progress:
            progress(end - held, count - held)
    np.save(codes_path(folder, name), bits)
    np.savez(
        book_path(folder, name),
        mean=book.mean,
        directions=book.directions,
        steps=book.steps,
        fitted=count if base is None else book.fitted,
    )
    seal_path(folder, name).write_text(json.dumps(_checksums(folder, name)), "utf-8")
    for path in (codes_path(folder, name), book_path(folder, name), seal_path(folder, name)):
        with path.open("rb") as file:
            os.fsync(file.fileno())
    sync_folder(folder)


def _book(store: VectorStore) -> Codebook:
    spread = np.linspace(0, len(store) - 1, min(_SAMPLE, len(store))).astype(np.int64)
    return fit(unit(store.vectors(spread)))


def _checksum(path: Path) -> int:
    checksum = 0
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            checksum = zlib.crc32(block, checksum)
    return checksum


def _checksums(folder: Path, name: str) -> dict[str, int]:
    paths = (codes_path(folder, name), book_path(folder, name))
    return {path.name: _checksum(path) for path in paths}
