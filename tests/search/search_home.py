"""A small home of our own making: papers in a real catalog and a real index."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from broadsheet.catalog import Catalog, ingest
from broadsheet.encoders import Encoder, VectorStore
from broadsheet.index import Index, open_index, open_writer
from broadsheet.papers import Author, Link, Paper
from broadsheet.search import Searcher
from broadsheet.settings import Settings
from broadsheet.sources import Arrived
from broadsheet.text import embedded_text

SAME = {"picture": "image", "pictures": "image", "images": "image", "photograph": "image"}


class WordEncoder:
    """Meaning as a bag of words in which some words mean the same; needs no weights."""

    name = "words"
    key = "words-1"
    dimensions = 64

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self._vector(text) for text in texts])

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.encode_queries(texts)

    def _vector(self, text: str) -> NDArray[np.float32]:
        words = [word.strip(".,:").lower() for word in text.split()]
        vector = np.sum([self._word(SAME.get(word, word)) for word in words], axis=0)
        return np.asarray(vector / np.linalg.norm(vector), np.float32)

    def _word(self, word: str) -> NDArray[np.float64]:
        seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")
        return np.random.default_rng(seed).standard_normal(self.dimensions)


def paper(
    paper_id: str,
    title: str,
    abstract: str = "",
    *,
    authors: Sequence[str] = (),
    categories: Sequence[str] = (),
    published: str = "",
    source: str = "arxiv",
    code: bool = False,
) -> Paper:
    return Paper(
        id=paper_id,
        source=source,
        title=title,
        abstract=abstract,
        authors=tuple(Author(name) for name in authors),
        categories=tuple(categories),
        published=published,
        links=(Link("code", "https://example.org/code"),) if code else (),
    )


PAPERS = (
    paper(
        "2401.00001",
        "Pruning large language models without retraining",
        "Weights of language models are removed by a gradient score in one pass.",
        authors=("Ada Lovelace", "Grace Hopper"),
        categories=("cs.LG", "cs.CL"),
        published="2024-01-05",
        code=True,
    ),
    paper(
        "2305.00002",
        "Pruning vision transformers",
        "Heads of a vision model are pruned; images are classified as before.",
        authors=("Alan Turing",),
        categories=("cs.CV",),
        published="2023-05-02",
    ),
    paper(
        "2208.00003",
        "A chain of thought for arithmetic",
        "Language models reason step by step before they answer.",
        authors=("Grace Hopper",),
        categories=("cs.CL",),
        published="2022-08-10",
    ),
    paper(
        "1905.00004",
        "Naming what a photograph shows",
        "A photograph is given words by a recurrent decoder.",
        authors=("Mary Somerville",),
        categories=("cs.CV",),
        published="2019-05-20",
    ),
    paper(
        "2002.00005",
        "Diffusion on graphs",
        "Heat kernels spread labels over a graph by diffusion.",
        authors=("Emmy Noether",),
        categories=("stat.ML",),
        published="2020-02-01",
        source="journal",
    ),
    paper(
        "2103.00006",
        "Flow matching for sampling",
        "Normalising flows are matched to a target by regression.",
        authors=("Sofia Kovalevskaya",),
        categories=("cs.LG",),
        published="2021-03-03",
    ),
)


class Home:
    """A home in a folder, with what was filed in it."""

    def __init__(self, folder: Path, encoder: Encoder | None = None) -> None:
        self.settings = Settings(home=folder)
        self.encoder = encoder
        self.catalog = Catalog.open(self.settings)

    def file(self, papers: Sequence[Paper], *, encoded: Sequence[str] | None = None) -> None:
        """Stores and files papers; of those named in ``encoded`` (all by default) the vectors."""
        for source in {paper.source for paper in papers}:
            items = [Arrived(paper, line) for line, paper in enumerate(papers, 1)]
            ingest(
                self.catalog,
                [item for item in items if item.paper.source == source],
                path=Path(f"{source}-{self.catalog.seq()}"),
                source=source,
                rejected_dir=self.settings.rejected_path,
            )
        encoder = self.encoder
        if encoder is None:
            with open_writer(self.settings) as writer:
                writer.sync(self.catalog)
            return
        with open_writer(self.settings, encoder.key, encoder.dimensions) as writer:
            writer.sync(self.catalog)
            works = [
                work
                for work in self.catalog.get_many(self.ids()).values()
                if encoded is None or work.paper.id in encoded
            ]
            folder = self.settings.vectors_path / encoder.key
            with VectorStore(folder, encoder.dimensions, read_only=False) as store:
                texts = [embedded_text(work.paper) for work in works]
                if texts:
                    vectors = encoder.encode_documents(texts)
                    store.append([work.text_hash for work in works], vectors)
            writer.commit()

    def ids(self) -> list[int]:
        changes = self.catalog.changes(0, 1_000)
        return [change.work_id for change in changes if change.work is not None]

    def id_of(self, paper_id: str) -> int:
        (work_id,) = self.catalog.resolve(paper_id)
        return work_id

    def index(self) -> Index:
        return open_index(self.settings)

    def open(self) -> tuple[Searcher, Index]:
        index = open_index(self.settings)
        return Searcher(self.catalog, index, self.encoder), index

    def names(self, work_ids: Sequence[int]) -> list[str]:
        works = self.catalog.get_many(work_ids)
        return [works[work_id].paper.id for work_id in work_ids]
