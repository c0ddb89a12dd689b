"""Vectors on disk, keyed by the hash of the text they were made from.

A folder of append-only files of fixed-length records:

- ``vectors.i8``: the int8 levels, one record of ``dimensions`` bytes a vector;
- ``entries``: one record a vector: 16 bytes of hash, the float32 scale, and the CRC-32 of
  hash, scale and levels together;
- ``meta.json``: the format and the dimensions.

Levels are written and synced before their entries, so that an entry is the commit of its
vector. A writer that opens the folder checks the entries of the last write, the only ones
that a crash can have torn, and cuts the files at the first that does not hold.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders.hashes import HASH_BYTES, HashTable
from broadsheet.encoders.interface import EncoderError, Vectors
from broadsheet.files import replace_file, take_lock

FORMAT = 1
META, LEVELS, ENTRIES, LOCK = "meta.json", "vectors.i8", "entries", "lock"
_ENTRY = np.dtype([("hash", f"V{HASH_BYTES}"), ("scale", "<f4"), ("check", "<u4")])
# Records that one sync commits, and so the most that a crash can leave in doubt.
_COMMIT = 4096


class StoreError(EncoderError):
    """The folder of vectors cannot be used; one line that says what, where, what to do."""


class VectorStore:
    """Vectors of one encoder; one writer and any number of readers at a time.

    A vector is kept as int8 levels with a scale of its own: value = level · scale, where the
    largest component has level ±127. Scales change no cosine.
    """

    def __init__(self, folder: Path, dimensions: int, *, read_only: bool) -> None:
        """Opens ``folder``, and makes it unless ``read_only``.

        For a reader a folder that is not there yet is an empty store. Raises `StoreError`
        where another writer has it, or it holds other dimensions or another format.
        """
        self.folder = folder
        self.dimensions = dimensions
        self.read_only = read_only
        self._table = HashTable()
        self._scales = np.empty(0, np.float32)
        self._levels: NDArray[np.int8] = np.empty((0, dimensions), np.int8)
        self._lock: BinaryIO | None = None
        self._files: tuple[BinaryIO, BinaryIO] | None = None
        self._verified = False
        try:
            if not read_only:
                self._open_for_writing()
            self.refresh()
        except OSError as error:
            self.close()
            raise StoreError(f"{folder}: {error.strerror or error}") from error
        except StoreError:
            self.close()
            raise

    def __len__(self) -> int:
        return len(self._scales)

    def append(self, hashes: Sequence[bytes], vectors: Vectors) -> int:
        """Adds the vectors (n, dimensions) of texts with these 16-byte hashes.

        Those that are there already are passed over. On return the others are on disk;
        returns how many they are. Raises ValueError for other shapes or for values that are
        not finite, `StoreError` where they cannot be written.
        """
        if self._files is None:
            raise StoreError(f"{self.folder}: the vectors are open for reading only")
        if vectors.shape != (len(hashes), self.dimensions):
            raise ValueError(
                f"{len(hashes)} hashes and vectors of shape {vectors.shape}, "
                f"not ({len(hashes)}, {self.dimensions})"
            )
        if not np.isfinite(vectors).all():
            raise ValueError("vectors must be finite")
        fresh = self._fresh(hashes)
        for start in range(0, len(fresh), _COMMIT):
            part = fresh[start : start + _COMMIT]
            self._commit([hashes[i] for i in part], vectors[part])
        return len(fresh)

    def rows(self, hashes: Sequence[bytes]) -> NDArray[np.int64]:
        """The row of each hash, -1 where it has no vector."""
        return self._table.rows(hashes)

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[np.int8]:
        """The int8 levels of these rows, (n, dimensions), copied; IndexError for unknown ones."""
        return np.asarray(self._levels[self._known(rows)])

    def scales(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """What the levels of these rows are to be multiplied by, (n,)."""
        return self._scales[self._known(rows)]

    @property
    def levels(self) -> NDArray[np.int8]:
        """The int8 levels of all rows, (n, dimensions): the file itself, mapped, read-only."""
        return self._levels

    def refresh(self) -> int:
        """Takes in what a writer has added since; returns how many vectors there are."""
        if self.read_only and not (self.folder / META).exists():
            return 0
        if not self._verified:
            self._check_meta()
        with self._open(ENTRIES) as stream:
            if stream.seek(0, os.SEEK_END) < len(self) * _ENTRY.itemsize:
                raise StoreError(f"{self.folder}: has been replaced; open it again")
            stream.seek(len(self) * _ENTRY.itemsize)
            content = stream.read()
        # Levels are there before their entries: an entry without is what a damaged file has left,
        # and counts for nothing until a writer has cut it off.
        complete = min(len(content) // _ENTRY.itemsize, self._whole_levels() - len(self))
        entries = np.frombuffer(content[: max(complete, 0) * _ENTRY.itemsize], _ENTRY)
        if not self._verified:  # what follows comes from a living writer, in order
            entries = entries[: self._intact(entries)]
            self._verified = True
        self._take(entries)
        return len(self)

    def check(self) -> list[int]:
        """Reads everything again; returns the rows that are damaged, if any."""
        with self._open(ENTRIES) as stream:
            content = stream.read(len(self) * _ENTRY.itemsize)
        sums = np.frombuffer(content, _ENTRY)["check"].tolist()
        # Plain bytes: records of numpy cost many times as much to take apart.
        levels = self._levels.reshape(-1).data.cast("B") if sums else b""
        size, told, damaged = self.dimensions, _ENTRY.itemsize, []
        for row, stated in enumerate(sums):
            head = zlib.crc32(content[row * told : (row + 1) * told - 4])
            if zlib.crc32(levels[row * size : (row + 1) * size], head) != stated:
                damaged.append(row)
        return damaged

    def forget(self, rows: Sequence[int]) -> None:
        """Has damaged rows belong to no text, so that theirs are encoded anew, into new rows.

        What a row means never changes otherwise: who uses these must look their texts up again.
        """
        if self._files is None:
            raise StoreError(f"{self.folder}: the vectors are open for reading only")
        if not rows:
            return
        entry = np.zeros(1, _ENTRY)
        for row in rows:
            entry["hash"] = np.void(os.urandom(HASH_BYTES))
            entry["scale"] = 1
            entry["check"] = _checksum(entry[0], self._levels[row])
            self._files[1].seek(row * _ENTRY.itemsize)
            _write_all(self._files[1], entry.tobytes())
        os.fsync(self._files[1].fileno())
        self._table, self._scales = HashTable(), np.empty(0, np.float32)
        self.refresh()
        self._truncate()

    def close(self) -> None:
        """Lets go of the files and, as a writer, of the folder."""
        for stream in (*(self._files or ()), self._lock):
            if stream is not None:
                stream.close()
        self._files = self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _open_for_writing(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = (self.folder / LOCK).open("ab")
        if not take_lock(self._lock):
            raise StoreError(
                f"{self.folder}: another process is writing vectors there; stop it or wait"
            )
        for name in (LEVELS, ENTRIES):
            (self.folder / name).touch()
        if not (self.folder / META).exists():
            self._write_meta()
        # Unbuffered: a write that fails must not be tried again when the file is closed.
        self._files = (
            (self.folder / LEVELS).open("r+b", buffering=0),
            (self.folder / ENTRIES).open("r+b", buffering=0),
        )
        self.refresh()
        self._truncate()

    def _truncate(self) -> None:
        """Cuts off what lies behind the last complete record, and stands at the end."""
        assert self._files is not None  # noqa: S101 - callers have checked; for the type checker
        for stream, size in zip(self._files, (self.dimensions, _ENTRY.itemsize), strict=True):
            stream.truncate(len(self) * size)
            stream.seek(len(self) * size)

    def _commit(self, hashes: list[bytes], vectors: Vectors) -> None:
        assert self._files is not None  # noqa: S101 - as above
        levels, scales = quantise(vectors)
        entries = np.empty(len(hashes), _ENTRY)
        entries["hash"] = np.frombuffer(b"".join(hashes), entries.dtype["hash"])
        entries["scale"] = scales
        for row in range(len(hashes)):
            entries["check"][row] = _checksum(entries[row], levels[row])
        try:
            for stream, content in zip(self._files, (levels, entries), strict=True):
                _write_all(stream, content.tobytes())
                os.fsync(stream.fileno())
        except OSError as error:
            # A full disk. What arrived whole stays, since a reader may have it already.
            whole = self._files[1].seek(0, os.SEEK_END) // _ENTRY.itemsize - len(self)
            self._take(entries[:whole])
            self._truncate()
            raise StoreError(
                f"{self.folder}: vectors cannot be written ({error.strerror}); make room"
            ) from error
        self._take(entries)

    def _take(self, entries: NDArray[np.void]) -> None:
        if not len(entries):
            return
        self._table.extend(entries["hash"].tobytes())
        self._scales = np.concatenate([self._scales, entries["scale"]])
        self._levels = self._map(len(self._scales))

    def _map(self, count: int) -> NDArray[np.int8]:
        if not count:
            return np.empty((0, self.dimensions), np.int8)
        return np.memmap(self.folder / LEVELS, np.int8, mode="r", shape=(count, self.dimensions))

    def _known(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        if np.any(rows < 0):  # -1 would silently mean the last row
            raise IndexError("rows must not be negative")
        return rows

    def _intact(self, entries: NDArray[np.void]) -> int:
        """How many entries a crash has left whole; only the last commit's can be torn."""
        count = len(entries)
        levels = self._map(count)
        for row in range(max(0, count - _COMMIT), count):
            if not _holds(entries[row], levels[row]):
                return row
        return count

    def _whole_levels(self) -> int:
        return (self.folder / LEVELS).stat().st_size // self.dimensions

    def _fresh(self, hashes: Sequence[bytes]) -> list[int]:
        """The positions of the first of each hash that is not there yet."""
        missing = np.flatnonzero(self.rows(hashes) < 0).tolist()
        first = {hashes[i]: i for i in reversed(missing)}
        return sorted(first.values())

    def _check_meta(self) -> None:
        path = self.folder / META
        try:
            meta = json.loads(path.read_bytes())
            found = (meta["format"], meta["dimensions"])
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(
                f"{path}: not readable; move {self.folder} away, it is then made anew"
            ) from error
        if found != (FORMAT, self.dimensions):
            raise StoreError(
                f"{self.folder}: vectors of format {found[0]} with {found[1]} dimensions, not "
                f"format {FORMAT} with {self.dimensions}; move it away, it is then made anew"
            )

    def _write_meta(self) -> None:
        meta = {"format": FORMAT, "dimensions": self.dimensions}
        replace_file(self.folder / META, json.dumps(meta).encode())

    def _open(self, name: str) -> BinaryIO:
        return (self.folder / name).open("rb")


def quantise(vectors: Vectors) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Levels (n, d) in -127..127 and scales (n,), with vectors = levels · scales."""
    scales = np.abs(vectors).max(axis=1, initial=0).astype(np.float32) / np.float32(127)
    # A vector of zeros, or of numbers so small that a float holds no hundredth of them.
    scales[scales < np.finfo(np.float32).tiny] = 1
    return np.rint(vectors / scales[:, None]).astype(np.int8), scales


def unit(vectors: NDArray[Any]) -> Vectors:
    """The rows of vectors (n, d) at length 1, as float32; a row of zeros stays."""
    rows = vectors.astype(np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    rows /= np.where(lengths > 0, lengths, 1)
    return rows


def _checksum(entry: np.void, levels: NDArray[np.int8]) -> int:
    return zlib.crc32(levels.tobytes(), zlib.crc32(entry.tobytes()[:-4]))


def _holds(entry: np.void, levels: NDArray[np.int8]) -> bool:
    return bool(entry["check"] == _checksum(entry, levels))


def _write_all(stream: BinaryIO, content: bytes) -> None:
    view = memoryview(content)
    while view:  # a raw write may take less than it is given
        view = view[stream.write(view) :]
