"""Pairs without labels: what asks for a paper that its authors wrote themselves."""

from __future__ import annotations

from collections.abc import Iterator

from broadsheet.learn.job import Job
from broadsheet.learn.parts import Pair, part


@part("pairs", "papers")
def papers(job: Job, *, shortest: int = 300, limit: int = 0) -> Iterator[Pair]:
    """Papers as they are encoded, title and abstract, asked for by nothing.

    For losses that look at documents alone. Abstracts have ``shortest`` characters or more;
    of more than ``limit`` (0: none) so many are drawn by chance.
    """
    documents = job.corpus.documents
    usable = [row for row, one in enumerate(documents) if len(one.abstract) >= shortest]
    if 0 < limit < len(usable):
        drawn = job.chance("papers").permutation(len(usable))[:limit]
        usable = [usable[place] for place in sorted(drawn.tolist())]
    for row in usable:
        yield Pair("", row, "papers", documents[row].text)


@part("pairs", "title-abstract")
def title_abstract(job: Job, *, shortest: int = 100, limit: int = 0) -> Iterator[Pair]:
    """Titles ask for abstracts of ``shortest`` characters or more.

    ``limit`` (0: none) takes the newest.
    """
    documents = job.corpus.documents
    usable = [
        row
        for row, document in enumerate(documents)
        if document.title and len(document.abstract) >= shortest
    ]
    for row in usable[-limit:] if limit else usable:
        yield Pair(documents[row].title, row, "title-abstract")
