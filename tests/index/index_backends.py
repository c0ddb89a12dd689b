"""What the contract's tests need of a backend, and works to file in it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from broadsheet.catalog import Change, Work
from broadsheet.encoders import VectorStore
from broadsheet.index import Index, IndexWriter, WordQuery, open_index, open_writer
from broadsheet.papers import Author, Link, Paper
from broadsheet.settings import Settings

DIMENSIONS = 16
ENCODER = "test-encoder"


def text_hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()


def vector_of(text: str, dimensions: int = DIMENSIONS) -> np.ndarray:
    """A vector that only the text decides, of unit length."""
    seed = int.from_bytes(text_hash(text)[:8], "big")
    vector = np.random.default_rng(seed).standard_normal(dimensions).astype(np.float32)
    return vector / np.linalg.norm(vector)


def embedded(work: Work) -> str:
    return f"{work.paper.title}\n{work.paper.abstract}"


def filed(
    work_id: int,
    seq: int,
    title: str = "",
    abstract: str = "",
    *,
    summary: str = "",
    authors: Iterable[str] = (),
    categories: Iterable[str] = (),
    sources: Iterable[str] = ("arxiv",),
    links: Iterable[str] = (),
    published: str = "",
    announced: str = "",
    extra: Mapping[str, object] | None = None,
) -> Change:
    """A change that files or updates a work."""
    paper = Paper(
        id=f"p{work_id}",
        source=next(iter(sources), ""),
        title=title,
        abstract=abstract,
        summary=summary,
        authors=tuple(Author(name) for name in authors),
        categories=tuple(categories),
        links=tuple(Link(kind, "https://example.org/") for kind in links),
        published=published,
        announced=announced,
        extra=dict(extra or {}),
    )
    work = Work(
        id=work_id,
        seq=seq,
        paper=paper,
        identifiers=(),
        sources=tuple(sources),
        published=published,
        announced=announced,
        updated="",
        versions=1,
        deleted=False,
        text_hash=text_hash(f"{title}\n{abstract}"),
    )
    return Change(seq, work_id, work)


def gone(work_id: int, seq: int) -> Change:
    """A change that deletes a work."""
    return Change(seq, work_id, None)


class LocalBackend:
    """The backend in one folder."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home)
        self._known: dict[bytes, str] = {}

    def writer(
        self, encoder: str = ENCODER, dimensions: int = DIMENSIONS, *, repair: bool = False
    ) -> IndexWriter:
        return open_writer(self.settings, encoder, dimensions, repair=repair)

    def reader(self) -> Index:
        return open_index(self.settings)

    def encode(
        self, changes: Sequence[Change], encoder: str = ENCODER, dimensions: int = DIMENSIONS
    ) -> None:
        """Stores the vectors of these works, as the worker does."""
        works = [change.work for change in changes if change.work is not None]
        if not works:
            return
        with VectorStore(
            self.settings.vectors_path / encoder, dimensions, read_only=False
        ) as store:
            store.append(
                [work.text_hash for work in works],
                np.stack([vector_of(embedded(work), dimensions) for work in works]),
            )

    def fill(self, changes: Sequence[Change], *, encode: bool = True) -> Index:
        """Files the changes, commits, and opens a reader."""
        with self.writer() as writer:
            writer.apply(changes)
            if encode:
                self.encode(changes)
            writer.commit()
        return self.reader()


def ids(index: Index, text: str, limit: int = 100) -> list[int]:
    """What a bag of words finds, best first."""
    return index.search_words(WordQuery.of(text), limit).ids.tolist()


class Log:
    """A change log in memory: of each work its last change, in the order of ``seq``."""

    def __init__(self, changes: Sequence[Change]) -> None:
        last = {change.work_id: change for change in changes}
        self._changes = sorted(last.values(), key=lambda change: change.seq)

    def seq(self) -> int:
        return self._changes[-1].seq if self._changes else 0

    def changes(self, after: int, limit: int) -> list[Change]:
        return [change for change in self._changes if change.seq > after][:limit]

    def live(self, until: int) -> set[int]:
        """The works there are once the changes up to this ``seq`` are applied."""
        return {
            change.work_id
            for change in self._changes
            if change.seq <= until and change.work is not None
        }


def history(length: int) -> list[Change]:
    """A made-up history of works that come, change and go; always the same."""
    rng = np.random.default_rng(7)
    changes = []
    for seq in range(1, length + 1):
        work_id = int(rng.integers(1, length // 2))
        kind = rng.random()
        if kind < 0.1:
            changes.append(gone(work_id, seq))
        else:
            changes.append(filed(work_id, seq, f"word {seq % 50}", f"body {work_id}"))
    return changes


def generation(local: LocalBackend) -> Path:
    """The folder of the generation in use."""
    root = local.settings.index_path
    return root / "generations" / (root / "CURRENT").read_text().strip()


def agrees(local: LocalBackend, log: Log) -> None:
    index = local.reader()
    assert index.applied_seq == log.seq()
    assert index.check(log) == []
