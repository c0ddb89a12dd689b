"""Papers get their vectors: what is missing is a set, asked anew for each chunk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

import numpy as np

from broadsheet.catalog import Catalog
from broadsheet.encoders import Encoder, EncoderError, PaperVectors, VectorStore
from broadsheet.index import IndexWriter
from broadsheet.settings import Settings
from broadsheet.text import embedded_text

# Long enough that sorting by length pays, short enough that a commit comes every few seconds.
CHUNK = 128


class Encoding:
    """Encodes what an index waits for; holds the encoder's store of vectors for writing."""

    def __init__(self, settings: Settings, encoder: Encoder) -> None:
        self.encoder = encoder
        self._papers = PaperVectors(encoder, settings.vectors_path)
        self._store = VectorStore(
            settings.vectors_path / encoder.key, encoder.dimensions, read_only=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._store.close()

    def some(self, catalog: Catalog, writer: IndexWriter, limit: int) -> int:
        """Encodes up to ``limit`` papers, newest announced first; returns how many.

        They are on disk and found by meaning on return. Raises `EncoderError` for vectors that
        are no numbers.
        """
        waiting = {item.work_id: item.text_hash for item in writer.pending(limit)}
        works = catalog.get_many(list(waiting))
        # A paper that has changed since it was filed waits for its new words to be filed.
        ready = [
            (waiting[number], embedded_text(work.paper))
            for number, work in works.items()
            if not work.deleted and work.text_hash == waiting[number]
        ]
        if ready:
            hashes, texts = zip(*ready, strict=True)
            vectors = self._papers.make(hashes, texts)
            if not np.isfinite(vectors).all():
                raise EncoderError(
                    f"{self.encoder.name}: gives vectors that are no numbers, so none is kept;"
                    " run: broadsheet learn rollback, or name another encoder"
                )
            self._store.append(hashes, vectors)
            writer.commit()
        return len(ready)

    def all(
        self, catalog: Catalog, writer: IndexWriter, progress: Callable[[int], None] | None = None
    ) -> int:
        """Encodes everything that waits; ``progress`` takes how many papers are done."""
        done = 0
        while True:
            writer.sync(catalog)
            encoded = self.some(catalog, writer, CHUNK)
            if not encoded:
                return done
            done += encoded
            if progress:
                progress(done)
