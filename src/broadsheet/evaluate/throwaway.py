"""An index of one collection that lasts as long as its measurement."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

from broadsheet.catalog import Change, Work
from broadsheet.encoders import Encoder, PaperVectors, StoreError, VectorStore
from broadsheet.index import Index, open_index, open_writer
from broadsheet.papers import Paper
from broadsheet.settings import Settings
from broadsheet.text import embedded_text, text_hash

_BATCH = 512


class Documents:
    """The documents of a collection, each a work of its own, in the catalog's place.

    They never pass through the catalog, which would join those that look alike.
    """

    def __init__(self, papers: Sequence[Paper]) -> None:
        self.works = {number: _work(number, paper) for number, paper in enumerate(papers, 1)}

    def get_many(self, ids: Sequence[int]) -> dict[int, Work]:
        """The works with these ids."""
        return {work_id: self.works[work_id] for work_id in ids if work_id in self.works}

    def resolve(self, text: str) -> list[int]:
        """No document: a benchmark's queries are texts, even where they look like ids."""
        del text
        return []


def _work(number: int, paper: Paper) -> Work:
    return Work(
        id=number,
        seq=number,
        paper=paper,
        identifiers=(),
        sources=(paper.source,),
        published="",
        announced="",
        updated="",
        versions=1,
        deleted=False,
        text_hash=text_hash(paper),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Throwaway:
    """An index with its documents, and what it took to make it.

    ``index_seconds`` is for filing words and vectors, ``encode_seconds`` for the ``encoded``
    texts whose vectors were not kept from an earlier run.
    """

    index: Index
    documents: Documents
    index_seconds: float
    encode_seconds: float
    encoded: int


@contextmanager
def throwaway(
    papers: Sequence[Paper], encoder: Encoder | None, cache: Path | None = None
) -> Iterator[Throwaway]:
    """Files the papers in a temporary folder.

    Vectors are kept in ``cache`` (by default in the user's cache folder) by encoder and text,
    so that the next run of a bench does not encode again.
    """
    started = time.perf_counter()
    documents = Documents(papers)
    works = list(documents.works.values())
    filing = time.perf_counter() - started
    vectors: dict[bytes, NDArray[np.float32]] = {}
    encode_seconds, encoded = 0.0, 0
    if encoder is not None:
        started = time.perf_counter()
        vectors, encoded = _vectors(works, encoder, cache)
        encode_seconds = time.perf_counter() - started
    with tempfile.TemporaryDirectory(prefix="broadsheet-bench-") as folder:
        settings = Settings(home=Path(folder))
        started = time.perf_counter()
        _file(settings, works, encoder, vectors)
        filing += time.perf_counter() - started
        with closing(open_index(settings)) as index:
            yield Throwaway(index, documents, filing, encode_seconds, encoded)


def _file(
    settings: Settings,
    works: Sequence[Work],
    encoder: Encoder | None,
    vectors: Mapping[bytes, NDArray[np.float32]],
) -> None:
    key, dimensions = (encoder.key, encoder.dimensions) if encoder else ("", 0)
    if encoder is not None:
        with VectorStore(settings.vectors_path / key, dimensions, read_only=False) as store:
            store.append(list(vectors), np.stack(list(vectors.values())))
    with open_writer(settings, key, dimensions) as writer:
        writer.apply([Change(work.seq, work.id, work) for work in works])
        writer.commit()
        writer.build_dense()
        writer.commit()


def _vectors(
    works: Sequence[Work], encoder: Encoder, cache: Path | None
) -> tuple[dict[bytes, NDArray[np.float32]], int]:
    """The vector of each text by its hash, and how many had to be made."""
    folder = (cache or _cache_folder()) / encoder.key
    texts = {work.text_hash: embedded_text(work.paper) for work in works}
    with VectorStore(folder, encoder.dimensions, read_only=True) as store:
        rows = store.rows(list(texts))
        kept = store.vectors(rows[rows >= 0]).astype(np.float32)
    names = [name for name, row in zip(texts, rows, strict=True) if row >= 0]
    vectors = dict(zip(names, kept, strict=True))
    missing = [name for name in texts if name not in vectors]
    papers = PaperVectors(encoder, folder.parent)
    for start in range(0, len(missing), _BATCH):
        batch = missing[start : start + _BATCH]
        made = papers.make(batch, [texts[name] for name in batch])
        vectors.update(zip(batch, made, strict=True))
        _keep(folder, batch, made)
    return vectors, len(missing)


def _cache_folder() -> Path:
    return Path(platformdirs.user_cache_dir("broadsheet", appauthor=False)) / "bench"


def _keep(folder: Path, names: list[bytes], vectors: NDArray[np.float32]) -> None:
    """Keeps vectors for the next run, unless another bench is writing: that is no loss here."""
    try:
        with VectorStore(folder, vectors.shape[1], read_only=False) as store:
            store.append(names, vectors)
    except StoreError:
        return
