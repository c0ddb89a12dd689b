"""Queries that nobody had to judge: papers kept back by date ask for themselves.

Each kind is a judged collection over the later papers of a corpus, so that the product's own
pipeline can be measured on it:

- known-item: a title asks for its paper, which is filed without that title;
- similar: the first half of an abstract asks for its paper, which is filed with the second half
  alone, under no title.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from broadsheet.evaluate import Collection
from broadsheet.learn.corpus import Corpus, Document
from broadsheet.learn.errors import LearnError
from broadsheet.papers import Paper
from broadsheet.text import split_sentences

QUERIES = 1_000
DOCUMENTS = 20_000
_LEAST = 50  # queries: below it no difference could be told from chance
_SHORTEST = 200  # characters of an abstract that asks or is asked for

Asked = Callable[[Document], tuple[str, Paper] | None]


def holdout(
    corpus: Corpus, day: str, *, queries: int = QUERIES, documents: int = DOCUMENTS, seed: int = 0
) -> list[Collection]:
    """The collections ``known-item`` and ``similar`` over the papers of ``day`` and later.

    At most ``documents`` papers, the newest, are filed and ``queries`` of them asked for, drawn
    by ``seed``; groups ``topic`` are their first categories. Raises `LearnError` where the later
    papers are too few to tell one encoder from another.
    """
    _, later = corpus.split(day)
    usable = [one for one in later.documents if one.title and len(one.abstract) >= _SHORTEST]
    usable = usable[-documents:]
    if len(usable) < _LEAST:
        raise LearnError(
            f"{len(usable)} papers of {day or 'any day'} and later have a title and an abstract of"
            f" {_SHORTEST} characters, and {_LEAST} is the least to measure on: import more"
            + (", or train with an earlier day for --until" if day else "")
        )
    return [
        _collection("known-item", usable, known_item, queries, seed),
        _collection("similar", usable, similar, queries, seed),
    ]


def known_item(document: Document) -> tuple[str, Paper] | None:
    """A title and its paper without it; None for one that begins with its title."""
    if document.abstract.startswith(document.title):
        return None
    return document.title, _paper(document, document.abstract)


def similar(document: Document) -> tuple[str, Paper] | None:
    """The halves of an abstract; None for one of a single sentence."""
    sentences = [document.abstract[s.start : s.end] for s in split_sentences(document.abstract)]
    if len(sentences) < 2:
        return None
    middle = len(sentences) // 2
    return " ".join(sentences[:middle]), _paper(document, " ".join(sentences[middle:]))


def _paper(document: Document, abstract: str) -> Paper:
    return Paper(id=document.key.hex(), source="holdout", abstract=abstract)


def _collection(
    name: str, documents: list[Document], asked: Asked, queries: int, seed: int
) -> Collection:
    filed: dict[str, Paper] = {}
    texts: dict[str, str] = {}
    topics: dict[str, str] = {}
    for document in documents:
        found = asked(document)
        if found is not None:
            query, paper = found
            filed[paper.id] = paper
            texts[paper.id] = query
            topics[paper.id] = document.categories[0] if document.categories else ""
    names = sorted(texts)
    rng = np.random.default_rng(seed)
    chosen = sorted(rng.choice(len(names), min(queries, len(names)), replace=False).tolist())
    drawn = [names[place] for place in chosen]
    return Collection(
        name,
        tuple(filed.values()),
        {paper_id: texts[paper_id] for paper_id in drawn},
        {paper_id: {paper_id: 1} for paper_id in drawn},
        groups={"topic": {paper_id: topics[paper_id] for paper_id in drawn}},
    )
