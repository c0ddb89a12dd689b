"""Pairs that a paper makes with itself: a sentence, its one line, its terms, its acronyms.

A query never stands in the text that answers it, or only with the small chance ``keep``: else
matching letters would be all there is to learn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from broadsheet.learn.pairs_reading import (
    acronyms,
    drawn,
    joined,
    key_terms,
    rows_of,
    sentences,
    summary_span,
    without,
)
from broadsheet.learn.parts import Pair, part

if TYPE_CHECKING:
    from broadsheet.learn.job import Job


@part("pairs", "sentence-rest")
def sentence_rest(
    job: Job, *, share: float = 1.0, per_paper: int = 1, least_words: int = 6, keep: float = 0.1
) -> Iterator[Pair]:
    """A sentence of an abstract for the query, title and the rest for the document.

    Inverse cloze task (Lee, Chang and Toutanova 2019), whose ``keep`` is .1: so often the
    sentence stays in the document. Sentences of fewer than ``least_words`` words say too little.
    """
    if per_paper < 1 or least_words < 1 or not 0 <= keep <= 1:
        raise ValueError("per_paper and least_words are 1 or more, keep is from 0 to 1")
    rng = job.chance("sentence-rest")
    for row in rows_of(rng, len(job.corpus), share):
        document = job.corpus.documents[row]
        parts = sentences(document)
        if len(parts) < 2:
            continue
        long = [place for place, part in enumerate(parts) if part.count(" ") + 1 >= least_words]
        for place in drawn(rng, len(long), per_paper):
            kept = rng.random() < keep
            rest = [part for at, part in enumerate(parts) if kept or at != long[place]]
            text = joined(document.title, " ".join(rest))
            yield Pair(parts[long[place]], row, "sentence-rest", text)


@part("pairs", "summary-paper")
def summary_paper(job: Job, *, share: float = 1.0) -> Iterator[Pair]:
    """A paper's one line (`text.read_paper`) for the query, title and the rest for the document."""
    rng = job.chance("summary-paper")
    for row in rows_of(rng, len(job.corpus), share):
        document = job.corpus.documents[row]
        span = summary_span(document.title, document.abstract)
        if span is not None and span.end - span.start < len(document.abstract):
            rest = without(document.abstract, span.start, span.end)
            query = document.abstract[span.start : span.end]
            yield Pair(query, row, "summary-paper", joined(document.title, rest))


@part("pairs", "keywords-paper")
def keywords_paper(
    job: Job, *, share: float = 1.0, least: int = 2, most: int = 4
) -> Iterator[Pair]:
    """A few of a paper's key terms in any order for the query, its abstract for the document."""
    if not 1 <= least <= most:
        raise ValueError(f"least and most terms must be 1 <= least <= most, not {least}, {most}")
    rng = job.chance("keywords-paper")
    for row in rows_of(rng, len(job.corpus), share):
        document = job.corpus.documents[row]
        terms = key_terms(document.title, document.abstract)
        if len(terms) >= least:
            wanted = int(rng.integers(least, min(most, len(terms)) + 1))
            chosen = [terms[place][0] for place in drawn(rng, len(terms), wanted)]
            yield Pair(" ".join(chosen), row, "keywords-paper")


@part("pairs", "acronym-paper")
def acronym_paper(job: Job, *, share: float = 1.0, per_paper: int = 2) -> Iterator[Pair]:
    """An acronym's long form for the query, the paper with the short form alone for the document.

    The paper says only "CNN" then, and has to be found by "convolutional neural network".
    """
    if per_paper < 1:
        raise ValueError(f"per_paper must be 1 or more, not {per_paper}")
    rng = job.chance("acronym-paper")
    for row in rows_of(rng, len(job.corpus), share):
        document = job.corpus.documents[row]
        found = acronyms(document.title, document.abstract)
        for place in drawn(rng, len(found), per_paper):
            long, short = found[place].long, found[place].short
            text = shortened(joined(document.title, document.abstract), long, short)
            yield Pair(long, row, "acronym-paper", text)


@part("pairs", "acronym-forms")
def acronym_forms(job: Job, *, share: float = 1.0) -> Iterator[Pair]:
    """Short form against long form, each once for every paper that defines it.

    Self-alignment of names of one thing (Liu et al. 2021, SapBERT), the names mined from papers.
    """
    rng = job.chance("acronym-forms")
    for row in rows_of(rng, len(job.corpus), share):
        document = job.corpus.documents[row]
        for one in acronyms(document.title, document.abstract):
            yield Pair(one.short, row, "acronym-forms", one.long)


def shortened(text: str, long: str, short: str) -> str:
    """A text that says ``short`` wherever it said ``long``, once where it defined it."""
    flat = " ".join(text.split(" "))
    changed = re.sub(re.escape(long), lambda _: short, flat, flags=re.IGNORECASE)
    twice = re.escape(short)
    return re.sub(rf"{twice}\s*\(\s*{twice}\w{{0,2}}\s*\)", lambda _: short, changed)
