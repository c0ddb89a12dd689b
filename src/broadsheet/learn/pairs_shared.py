"""Pairs of two papers that have something in common: an author and a term, a citation, a reader."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from broadsheet.learn.pairs_reading import key_terms
from broadsheet.learn.parts import Pair, part
from broadsheet.papers import parse_identifier

if TYPE_CHECKING:
    from broadsheet.learn.corpus import Document
    from broadsheet.learn.job import Job

Link = tuple[int, int]
_MOST_OF_AUTHOR = 100  # papers; a name with more is that of several people


@part("pairs", "author-term")
def author_term(job: Job, *, limit: int = 100_000, per_author: int = 10) -> Iterator[Pair]:
    """The title of one paper asks for another by the same author on the same term.

    The name alone joins namesakes and a researcher's different subjects; a shared key term does
    not. ``per_author`` bounds the pairs of a name, ``limit`` all of them (a random choice).
    """
    if limit < 1 or per_author < 1:
        raise ValueError("limit and per_author must be 1 or more")
    rng = job.chance("author-term")
    yield from _titled(job, _some(_authored(job, rng, per_author), limit, rng), "author-term")


@part("pairs", "citations")
def citations(job: Job, *, limit: int = 100_000) -> Iterator[Pair]:
    """The title of a paper asks for a paper that it cites, where the source names those."""
    if limit < 1:
        raise ValueError(f"limit must be 1 or more, not {limit}")
    rng = job.chance("citations")
    yield from _titled(job, _some(cited(job.corpus.documents), limit, rng), "citations")


@part("pairs", "co-liked")
def co_liked(job: Job, *, per_reader: int = 200, limit: int = 100_000) -> Iterator[Pair]:
    """The title of a paper asks for another that the same reader liked.

    Only readers who allow it are in ``job.liked``: a sequence a reader, of the works liked.
    ``per_reader`` keeps one busy reader from being all there is to learn.
    """
    if limit < 1 or per_reader < 1:
        raise ValueError("limit and per_reader must be 1 or more")
    rng = job.chance("co-liked")
    rows = {
        document.work: row for row, document in enumerate(job.corpus.documents) if document.work
    }
    links: list[Link] = []
    for works in job.liked:
        held = np.array(sorted({rows[work] for work in works if work in rows}), np.int64)
        some = sorted(rng.permutation(held)[: 2 * per_reader].tolist())
        links += _some(list(combinations(some, 2)), per_reader, rng)
    yield from _titled(job, _some(links, limit, rng), "co-liked")


def cited(documents: Sequence[Document]) -> list[Link]:
    """All (citing, cited) rows among the documents, sorted; ids are compared without versions."""
    rows = {_bare(document.name): row for row, document in enumerate(documents)}
    found = {
        (row, rows[name])
        for row, document in enumerate(documents)
        for name in map(_bare, document.cites)
        if name in rows and rows[name] != row
    }
    return sorted(found)


def _bare(name: str) -> str:
    return str(parse_identifier(name)[0])


def _authored(job: Job, rng: np.random.Generator, per_author: int) -> list[Link]:
    papers: dict[str, list[int]] = defaultdict(list)
    for row, document in enumerate(job.corpus.documents):
        for name in set(document.authors):
            if " " in name.strip():  # a single word is no name to tell people apart by
                papers[name.casefold()].append(row)
    found: set[Link] = set()
    for rows in papers.values():
        if 2 <= len(rows) <= _MOST_OF_AUTHOR:
            terms = {row: _keys(job.corpus.documents[row]) for row in rows}
            links = [(a, b) for a, b in combinations(rows, 2) if terms[a] & terms[b]]
            found.update(_some(links, per_author, rng))
    return sorted(found)


def _keys(document: Document) -> set[str]:
    return {key for _, key in key_terms(document.title, document.abstract)}


def _some(links: list[Link], limit: int, rng: np.random.Generator) -> list[Link]:
    if len(links) <= limit:
        return links
    return [links[place] for place in rng.choice(len(links), limit, replace=False)]


def _titled(job: Job, links: Sequence[Link], source: str) -> Iterator[Pair]:
    documents = job.corpus.documents
    for asking, answering in links:
        if documents[asking].title and documents[answering].abstract:
            yield Pair(documents[asking].title, answering, source)
