"""The approximate nearest-neighbour graph (HNSW) over the vector store, in a file of its own.

Its keys are rows of the vector store, which never change their meaning, not work ids: an
updated or deleted work leaves a row behind that no work names any more, and nothing has to be
taken out of the graph. The file is never changed in place; a larger one is made beside it.
"""

from __future__ import annotations

import json
import os
import threading
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from usearch.index import Index as Hnsw

from broadsheet.encoders import VectorStore
from broadsheet.index.contract import IndexBroken, Progress
from broadsheet.index.generation import REBUILD, sync_folder

# Chosen on 35,006 abstracts encoded by all-MiniLM-L6-v2: recall of the 200 nearest .966 for
# four-word queries and .995 for whole ones at .4 ms; with 16 neighbours .958 and .993.
# benchmarks/engines.py measures them at scale.
CONNECTIVITY = 24
EXPANSION_ADD = 128
EXPANSION_SEARCH = 400
_BATCH = 1_000


def quantised(vector: NDArray[np.float32]) -> NDArray[np.int8]:
    """A vector in the 8 bits the graph compares; only its direction counts."""
    largest = float(np.abs(vector).max())
    return np.round(vector * (127.0 / largest)).astype(np.int8)


def graph_path(folder: Path, name: str) -> Path:
    """The file of a graph."""
    return folder / f"{name}.usearch"


def rows_path(folder: Path, name: str) -> Path:
    """The rows a graph holds, ascending."""
    return folder / f"{name}.rows.npy"


def seal_path(folder: Path, name: str) -> Path:
    """The checksums of both files."""
    return folder / f"{name}.json"


def _checksum(path: Path) -> int:
    checksum = 0
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            checksum = zlib.crc32(block, checksum)
    return checksum


def _checksums(folder: Path, name: str) -> dict[str, int]:
    paths = (graph_path(folder, name), rows_path(folder, name))
    return {path.name: _checksum(path) for path in paths}


def _new(dimensions: int) -> Hnsw:
    return Hnsw(
        ndim=dimensions,
        metric="cos",
        dtype="i8",
        connectivity=CONNECTIVITY,
        expansion_add=EXPANSION_ADD,
        expansion_search=EXPANSION_SEARCH,
        enable_key_lookups=False,
    )


class Graph:
    """A graph opened for reading, mapped into memory."""

    def __init__(self, folder: Path, name: str, dimensions: int) -> None:
        self.name = name
        self._lock = threading.Lock()
        path = graph_path(folder, name)
        try:
            # usearch maps what it is given and crashes on a damaged file, so it is read once.
            if json.loads(seal_path(folder, name).read_text("utf-8")) != _checksums(folder, name):
                raise ValueError("another checksum")
            self.rows: NDArray[np.int64] = np.load(rows_path(folder, name))
            self._hnsw = _new(dimensions)
            self._hnsw.view(str(path))
        except (OSError, ValueError, RuntimeError) as error:
            raise IndexBroken(f"index: {path} cannot be read; {REBUILD}") from error
        if len(self._hnsw) != len(self.rows):
            raise IndexBroken(f"index: {path} does not hold what it should; {REBUILD}")

    def __len__(self) -> int:
        return len(self.rows)

    def nearest(self, vector: NDArray[np.float32], count: int) -> NDArray[np.int64]:
        """The rows of about the nearest vectors, nearest first."""
        with self._lock:  # usearch keeps one scratch space for all callers
            matches = self._hnsw.search(quantised(vector), min(count, len(self.rows)))
        return np.asarray(matches.keys, np.int64)


def build(
    folder: Path,
    name: str,
    store: VectorStore,
    rows: NDArray[np.int64],
    *,
    dimensions: int,
    base: Graph | None,
    progress: Progress | None = None,
) -> None:
    """Writes the graph ``name`` of what ``base`` holds and ``rows``; durable when it returns."""
    hnsw = _new(dimensions)
    held = np.empty(0, np.int64)
    if base is not None:
        hnsw.load(str(graph_path(folder, base.name)))
        held = base.rows
    added = np.setdiff1d(rows, held)
    for start in range(0, len(added), _BATCH):
        batch = added[start : start + _BATCH]
        hnsw.add(batch.astype(np.uint64), store.vectors(batch), threads=1)
        if progress:
            progress(start + len(batch), len(added))
    np.save(rows_path(folder, name), np.union1d(held, added))
    hnsw.save(str(graph_path(folder, name)))
    seal_path(folder, name).write_text(json.dumps(_checksums(folder, name)), "utf-8")
    for path in (rows_path(folder, name), graph_path(folder, name), seal_path(folder, name)):
        with path.open("rb") as file:
            os.fsync(file.fileno())
    sync_folder(folder)
