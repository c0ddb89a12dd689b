"""What the reading room says of a paper, kept for as long as a training lasts.

Reading a paper takes one to four milliseconds, and several seeds of a trial read the same ones.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from broadsheet.learn.corpus import Document
from broadsheet.text import (
    Acronym,
    Span,
    defined_acronyms,
    keywords,
    one_line,
    prepare,
    split_sentences,
)

_KEPT = 60_000  # papers, a few hundred bytes each


@lru_cache(_KEPT)
def key_terms(title: str, abstract: str) -> tuple[tuple[str, str], ...]:
    """The terms shown of a paper, best first: as printed, and their key."""
    return tuple((term.text, term.key) for term in keywords(prepare(title, abstract)))


@lru_cache(_KEPT)
def acronyms(title: str, abstract: str) -> tuple[Acronym, ...]:
    """The short forms that a paper defines."""
    return defined_acronyms(prepare(title, abstract))


@lru_cache(_KEPT)
def summary_span(title: str, abstract: str) -> Span | None:
    """Where a paper's one line stands in its abstract; None where it has none."""
    return one_line(prepare(title, abstract))


def sentences(document: Document) -> list[str]:
    """The sentences of an abstract."""
    abstract = document.abstract
    return [abstract[span.start : span.end] for span in split_sentences(abstract)]


def without(text: str, start: int, end: int) -> str:
    """A text without ``text[start:end]``, its spaces set right."""
    return " ".join(f"{text[:start]} {text[end:]}".split())


def joined(*parts: str) -> str:
    """Those parts that say something, a line each."""
    return "\n".join(part for part in parts if part)


def rows_of(rng: np.random.Generator, total: int, share: float) -> list[int]:
    """The rows, in order, of a random ``share`` (0 to 1) of the papers."""
    if not 0 < share <= 1:
        raise ValueError(f"share must be above 0 and at most 1, not {share:g}")
    return sorted(drawn(rng, total, max(1, round(total * share))))


def drawn(rng: np.random.Generator, total: int, wanted: int) -> list[int]:
    """Up to ``wanted`` different numbers below ``total``, in random order."""
    return [int(one) for one in rng.permutation(total)[:wanted]]
