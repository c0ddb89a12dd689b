"""Pseudo-queries: the words that stand for a paper, drawn by chance from its text.

PROP (Ma et al. 2021) draws sets of words from a paper's language model and keeps the likelier of
two; B-PROP (same authors, 2021) draws them by how far the paper departs from the corpus.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from broadsheet.learn.pairs_reading import rows_of
from broadsheet.learn.parts import Pair, part

if TYPE_CHECKING:
    from broadsheet.learn.corpus import Document
    from broadsheet.learn.job import Job

_WORD = re.compile(r"[^\W\d_][\w-]+")
_PRIOR = 1_000.0  # words of the corpus that smooth a paper's model (Dirichlet)


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """How often words stand in the corpus: ``counts`` by word, ``total`` all together."""

    counts: Counter[str]
    total: int

    def share(self, word: str) -> float:
        """The word's share of all words, above 0."""
        return (self.counts[word] + 0.5) / (self.total + 1)


def words(document: Document) -> list[str]:
    """The words of title and abstract in lower case, those of one letter and figures left out."""
    return _WORD.findall(document.text.lower())


def language(documents: Sequence[Document]) -> Language:
    """The unigram model of a corpus."""
    counts: Counter[str] = Counter()
    for document in documents:
        counts.update(words(document))
    return Language(counts, counts.total())


@part("pairs", "words-paper")
def words_paper(
    job: Job,
    *,
    share: float = 1.0,
    per_paper: int = 1,
    mean_words: float = 4.0,
    by: str = "divergence",
    best_of: int = 2,
) -> Iterator[Pair]:
    """Representative words for the query, the abstract for the document.

    ``by`` "divergence" draws words by their share of Kullback and Leibler's divergence of the
    paper from the corpus, "frequency" by the paper's own counts. Of ``best_of`` sets of one
    length (Poisson, mean ``mean_words``, two at least) the one with the higher likelihood by the
    paper's smoothed model counts.
    """
    if per_paper < 1 or best_of < 1 or mean_words < 1:
        raise ValueError("per_paper, best_of and mean_words must be 1 or more")
    if by not in ("divergence", "frequency"):
        raise ValueError(f"by is 'divergence' or 'frequency', not {by!r}")
    rng, documents = job.chance("words-paper"), job.corpus.documents
    known = language(documents)
    for row in rows_of(rng, len(job.corpus), share):
        counts = Counter(words(documents[row]))
        if len(counts) < 2:
            continue
        weights = divergence(counts, known) if by == "divergence" else frequency(counts)
        for _ in range(per_paper):
            size = int(np.clip(rng.poisson(mean_words), 2, np.count_nonzero(weights)))
            sets = [
                rng.choice(list(counts), size, replace=False, p=weights) for _ in range(best_of)
            ]
            best = max(sets, key=lambda found: likelihood(found.tolist(), counts, known))
            yield Pair(" ".join(best), row, "words-paper")


def frequency(counts: Counter[str]) -> NDArray[np.float64]:
    """Probabilities (n,) of a paper's words by how often they stand there."""
    found = np.array(list(counts.values()), np.float64)
    return np.asarray(found / found.sum())


def divergence(counts: Counter[str], known: Language) -> NDArray[np.float64]:
    """Probabilities (n,) of a paper's words by p(w|paper) log(p(w|paper) / p(w|corpus)).

    Words that are no more frequent than elsewhere have 0; at least two are left.
    """
    own = frequency(counts)
    usual = np.array([known.share(word) for word in counts])
    gains = own * np.log(own / usual)
    found = np.maximum(gains, 0)
    if np.count_nonzero(found) < 2:  # a paper of words that are frequent everywhere
        found = gains - gains.min() + 1e-9
    return np.asarray(found / found.sum())


def likelihood(query: Sequence[str], counts: Counter[str], known: Language) -> float:
    """The logarithm of a query's likelihood by a paper's model with Dirichlet's prior."""
    length = counts.total()
    return float(
        sum(
            np.log((counts[word] + _PRIOR * known.share(word)) / (length + _PRIOR))
            for word in query
        )
    )
