"""Pairs without labels: what asks for a paper that its authors wrote themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from broadsheet.learn.job import Job
from broadsheet.learn.parts import Pair, part

if TYPE_CHECKING:
    from broadsheet.learn.corpus import Document


@part("pairs", "papers")
def papers(
    job: Job,
    *,
    shortest: int = 300,
    limit: int = 0,
    even_sources: float = 0.0,
    even_fields: float = 0.0,
) -> Iterator[Pair]:
    """Papers as they are encoded, title and abstract, asked for by nothing.

    For losses that look at documents alone. Abstracts have ``shortest`` characters or more;
    of more than ``limit`` (0: none) so many are drawn by chance. What a source then gives goes with
    its size to the power of 1 - ``even_sources``, and what a field, a first category, gives of that
    with its size to the power of 1 - ``even_fields``: 0 draws papers as they come, 1 as many from
    each as long as it has some.
    """
    for name, evenness in (("even_sources", even_sources), ("even_fields", even_fields)):
        if not 0 <= evenness <= 1:
            raise ValueError(f"{name} is from 0 to 1, not {evenness}")
    documents = job.corpus.documents
    usable = [row for row, one in enumerate(documents) if len(one.abstract) >= shortest]
    if 0 < limit < len(usable):
        rng = job.chance("papers")
        if even_sources or even_fields:
            usable = sorted(_evenly(usable, documents, limit, even_sources, even_fields, rng))
        else:
            usable = [usable[place] for place in sorted(rng.permutation(len(usable))[:limit])]
    for row in usable:
        yield Pair("", row, "papers", documents[row].text)


def _evenly(
    rows: Sequence[int],
    documents: Sequence[Document],
    count: int,
    even_sources: float,
    even_fields: float,
    rng: np.random.Generator,
) -> Iterator[int]:
    """``count`` of the rows, parted by source and then by first category."""
    for source, wanted in _shares(rows, lambda row: documents[row].source, count, even_sources):
        fields = _shares(
            source, lambda row: "".join(documents[row].categories[:1]), wanted, even_fields
        )
        for field, share in fields:
            yield from (field[place] for place in rng.permutation(len(field))[:share])


def _shares(
    rows: Sequence[int], kind: Callable[[int], str], count: int, evenness: float
) -> Iterator[tuple[list[int], int]]:
    """The rows of each kind, and how many of them are wanted."""
    parts: dict[str, list[int]] = {}
    for row in rows:
        parts.setdefault(kind(row), []).append(row)
    groups = [parts[name] for name in sorted(parts)]
    yield from zip(groups, quotas([len(x) for x in groups], count, evenness), strict=True)


def quotas(sizes: Sequence[int], total: int, evenness: float) -> list[int]:
    """How many each of several groups gives of ``total``, by its size to the power of
    1 - ``evenness``, and never more than it has.

    What a group has too little of goes to the others in the same proportion. ``sizes`` are above
    0; the quotas add up to ``total`` or to all there is.
    """
    have = np.array(sizes, np.float64)
    total = min(total, sum(sizes))
    weights = have ** (1 - evenness)
    # The level at which so much is given: groups are used up in the order of size over weight.
    order = np.argsort(have / weights, kind="stable")
    given, left = np.zeros(len(have)), float(total)
    for at, group in enumerate(order):
        rest = order[at:]
        given[rest] = left * weights[rest] / weights[rest].sum()
        if given[group] <= have[group]:
            break
        given[group] = have[group]
        left -= have[group]
    whole = np.floor(given + 1e-9).astype(int)
    for group in np.argsort(whole - given, kind="stable")[: total - int(whole.sum())]:
        whole[group] += 1
    return [int(one) for one in whole]


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
