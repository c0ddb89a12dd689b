"""Which term stands where in which text: postings with what can be said of each without a model.

A posting is a term in a document. Arrays of postings have shape (p,), sorted by term, then by
document; `Postings.starts` parts them by term (CSR).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from broadsheet.index import analysis
from broadsheet.text import split_sentences

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

K1, B = 1.2, 0.75  # as Tantivy has them
FEATURES = (
    "logtf", "idf_share", "idf", "length", "first", "last", "in_title", "in_first", "in_last",
    "sentences", "near_text", "near_lead", "bm25", "known", "density",
)  # fmt: skip
_BLOCK = 200_000


class Terms(dict[str, int]):
    """Numbers of terms; a new term gets the next number."""

    def __missing__(self, term: str) -> int:
        self[term] = len(self)
        return self[term]

    def of(self, text: str) -> list[int]:
        """The numbers of a text's terms, as the product's index analyses it."""
        return [self[term] for term in analysis.terms(text, "text")]


@dataclass(frozen=True, slots=True)
class Texts:
    """Analysed texts: terms in order (``flat``), where each text begins (``starts``), and in
    which sentence each term stands (``sentence``; 0 is the title, 255 the last that is told)."""

    flat: NDArray[np.int32]
    starts: Rows
    sentence: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def rows(self) -> Rows:
        """The text of each term."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    def keep(self, kept: NDArray[np.bool_], sentence: NDArray[np.uint8]) -> Texts:
        """Those of the terms that are kept; ``sentence`` are the numbers they have from now on."""
        lengths = np.bincount(self.rows[kept], minlength=len(self))
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        return Texts(self.flat[kept], starts, sentence)


def analysed(papers: Iterable[tuple[str, str]], terms: Terms) -> Texts:
    """Titles and abstracts as terms, sentence by sentence."""
    flat: list[int] = []
    sentence: list[int] = []
    starts = [0]
    for title, abstract in papers:
        parts = [title, *(abstract[one.start : one.end] for one in split_sentences(abstract))]
        for number, part in enumerate(parts):
            found = terms.of(part)
            flat += found
            sentence += [min(number, 255)] * len(found)
        starts.append(len(flat))
    return Texts(np.array(flat, np.int32), np.array(starts, np.int64), np.array(sentence, np.uint8))


@dataclass(frozen=True, eq=False)
class Postings:
    """The postings of some texts; ``terms`` is how many terms there are in all.

    ``tf`` counts, ``first`` and ``last`` are places in the text, ``told`` the number of different
    sentences, the ``in_…`` are 0 or 1.
    """

    texts: Texts
    terms: int
    term: NDArray[np.int32]
    doc: NDArray[np.int64]
    tf: Floats
    first: Floats
    last: Floats
    told: Floats
    in_title: Floats
    in_first: Floats
    in_last: Floats
    lengths: Floats
    _near: dict[int, tuple[Floats, Floats]] = field(default_factory=dict)

    @classmethod
    def of(cls, texts: Texts, terms: int) -> Postings:
        """Counts a collection."""
        rows, lengths = texts.rows, np.diff(texts.starts)
        place = np.arange(len(texts.flat)) - np.repeat(texts.starts[:-1], lengths)
        key = texts.flat.astype(np.int64) * len(texts) + rows
        order = np.argsort(key, kind="stable")
        key, sentence, place = key[order], texts.sentence[order], place[order]
        changed = np.concatenate([[True], key[1:] != key[:-1]])
        at = np.flatnonzero(changed)
        doc = key[at] % len(texts)
        ends = np.zeros(len(texts), np.int64)
        np.maximum.at(ends, rows, texts.sentence)
        turned = changed | np.concatenate([[True], sentence[1:] != sentence[:-1]])

        def any_of(true: NDArray[np.bool_]) -> Floats:
            return np.logical_or.reduceat(true, at).astype(np.float32)

        return cls(
            texts=texts,
            terms=terms,
            term=(key[at] // len(texts)).astype(np.int32),
            doc=doc,
            tf=np.diff(np.concatenate([at, [len(key)]])).astype(np.float32),
            first=np.minimum.reduceat(place, at).astype(np.float32),
            last=np.maximum.reduceat(place, at).astype(np.float32),
            told=np.add.reduceat(turned.astype(np.float32), at),
            in_title=any_of(sentence == 0),
            in_first=any_of(sentence == 1),
            in_last=any_of(sentence == ends[key % len(texts)]),
            lengths=lengths.astype(np.float32),
        )

    def __len__(self) -> int:
        return len(self.lengths)

    @cached_property
    def counts(self) -> Rows:
        """In how many texts each term stands, (terms,)."""
        return np.bincount(self.term, minlength=self.terms)

    @cached_property
    def starts(self) -> Rows:
        """Where each term's postings begin, (terms + 1,)."""
        return np.concatenate([[0], np.cumsum(self.counts)]).astype(np.int64)

    @cached_property
    def idf(self) -> Floats:
        """Inverse document frequencies as Tantivy has them, (terms,)."""
        counts = self.counts
        return np.log1p((len(self) - counts + 0.5) / (counts + 0.5)).astype(np.float32)

    @cached_property
    def bm25(self) -> Floats:
        """BM25 of each posting without its term's idf."""
        norm = K1 * (1 - B + B * self.lengths[self.doc] / self.lengths.mean())
        return np.asarray(self.tf * (K1 + 1) / (self.tf + norm), np.float32)

    def score(self, query: Iterable[tuple[int, float]], impacts: Floats) -> Floats:
        """Sums weight times impact over a query's terms: the score of every text, (n,)."""
        scores = np.zeros(len(self), np.float32)
        for term, weight in query:
            if term < self.terms:
                span = slice(self.starts[term], self.starts[term + 1])
                scores[self.doc[span]] += weight * impacts[span]
        return scores

    def features(self, vectors: Floats, known: Floats, some: Rows | None = None) -> Floats:
        """What is said of postings (all, or ``some``), shape (p, `FEATURES`).

        ``vectors`` (terms, d) are unit vectors of terms, 0 where there is none (``known``).
        """
        at = np.arange(len(self.term)) if some is None else some
        term, doc = self.term[at], self.doc[at]
        length = np.maximum(self.lengths[doc], 1)
        whole, lead = self._means(vectors)
        columns = [
            np.log(self.tf[at]),
            self.idf[term] / np.log1p(len(self)),
            self.idf[term] / 10,
            np.log(length / self.lengths.mean()),
            self.first[at] / length,
            self.last[at] / length,
            self.in_title[at],
            self.in_first[at],
            self.in_last[at],
            np.log(self.told[at]),
            _cosines(vectors, term, whole, doc),
            _cosines(vectors, term, lead, doc),
            self.bm25[at],
            known[term],
            np.log(self.tf[at] / length) + 4,
        ]
        return np.stack(columns, 1).astype(np.float32)

    def _means(self, vectors: Floats) -> tuple[Floats, Floats]:
        """Unit vectors of the texts, and of their titles (first sentences where they have none)."""
        if id(vectors) not in self._near:
            texts, rows = self.texts, self.texts.rows
            titled = np.zeros(len(self), np.bool_)
            titled[rows[texts.sentence == 0]] = True
            lead = texts.sentence == np.where(titled, 0, 1)[rows]
            order = np.argsort(self.doc, kind="stable")
            weight = (self.idf[self.term] * self.bm25)[order]
            whole = _mean(vectors, self.term[order], weight, self.doc[order], len(self))
            first = texts.flat[lead]
            near = _mean(vectors, first, self.idf[first], rows[lead], len(self))
            self._near[id(vectors)] = whole, near
        return self._near[id(vectors)]


def _cosines(vectors: Floats, term: NDArray[np.int32], means: Floats, doc: Rows) -> Floats:
    found = np.empty(len(term), np.float32)
    for start in range(0, len(term), _BLOCK):
        end = start + _BLOCK
        found[start:end] = np.einsum("pd,pd->p", vectors[term[start:end]], means[doc[start:end]])
    return found


def _mean(
    vectors: Floats, term: NDArray[np.int32], weight: Floats, doc: Rows, documents: int
) -> Floats:
    """Unit vectors (documents, d) of weighted sums; ``doc`` ascends."""
    sums = np.zeros((documents, vectors.shape[1]), np.float32)
    for start in range(0, len(term), _BLOCK):
        some = slice(start, start + _BLOCK)
        scaled, rows = vectors[term[some]] * weight[some, None], doc[some]
        heads = np.flatnonzero(np.concatenate([[True], np.diff(rows) > 0]))
        sums[rows[heads]] += np.add.reduceat(scaled, heads, axis=0)
    return unit(sums)


def unit(vectors: Floats) -> Floats:
    """At length 1; 0 stays 0."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), np.float32)


def neighbours(vectors: Floats, terms: Sequence[int], most: int, least: float) -> dict[
    int, list[tuple[int, float]]
]:  # fmt: skip
    """The terms nearest to each of these, at most ``most``, with cosines of ``least`` or more."""
    found: dict[int, list[tuple[int, float]]] = {}
    known = np.flatnonzero(vectors.any(axis=1))
    table = vectors[known]
    for term in terms:
        if term >= len(vectors) or not vectors[term].any():
            found[term] = []
            continue
        near = table @ vectors[term]
        best = np.argsort(-near, kind="stable")[: most + 1].tolist()
        found[term] = [
            (int(known[one]), float(near[one]))
            for one in best
            if near[one] >= least and known[one] != term
        ][:most]
    return found
