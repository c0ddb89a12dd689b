"""What heads on frozen stock vectors are trained and measured on: all of it vectors.

Trained and measured on the home of `trials.adapting`, arXiv papers before June 2026 and after, and
measured on judged collections of other fields. Texts are encoded once and kept in the user's cache
folder.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import scipy.sparse
import torch
from numpy.typing import NDArray
from torch import Tensor

from broadsheet.encoders import split_words
from broadsheet.evaluate import Collection, measure, read_judged
from broadsheet.learn.corpus import Document
from broadsheet.learn.held_out import similar
from broadsheet.learn.keeping import kept_vectors
from broadsheet.text import embedded_text, split_sentences
from trials.adapting import home
from trials.training import HELD, JUDGED, cache_folder, drawn, stock

Floats = NDArray[np.float64]
PAPERS, GENERAL, PARTED, ASKED = 2_500, 400, 600, 200
_K1, _B = 0.9, 0.4


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """Pairs of one kind: query i asks for document i, both (n, d) unit vectors.

    ``labels`` (n,) are the areas of the pairs' papers; ``words`` (n, n) the BM25 scores of each
    query for each document, where they are wanted. ``grouped``: papers of the query's label are
    no negatives.
    """

    queries: Tensor
    documents: Tensor
    labels: NDArray[np.int64]
    words: Tensor | None = None
    grouped: bool = False

    def take(self, rows: Sequence[int] | NDArray[np.int64]) -> Task:
        """Some of the pairs."""
        at = torch.as_tensor(np.asarray(rows))
        words = None if self.words is None else self.words[at][:, at]
        labels = self.labels[np.asarray(rows)]
        return Task(self.queries[at], self.documents[at], labels, words, self.grouped)


@dataclass(frozen=True, slots=True, eq=False)
class Test:
    """A collection as vectors; ``collection`` None: tags (same area among the first ten)."""

    name: str
    collection: Collection | None
    queries: Tensor
    documents: Tensor
    labels: NDArray[np.int64]

    def values(self, queries: Tensor, documents: Tensor) -> Floats:
        """By query: nDCG@10 (MRR@10 where one document answers, precision of tags)."""
        scores = (queries @ documents.T).numpy()
        if self.collection is None:
            np.fill_diagonal(scores, -2)
            best = np.argpartition(-scores, 9, axis=1)[:, :10]
            return np.asarray((self.labels[best] == self.labels[:, None]).mean(axis=1), np.float64)
        names = [paper.id for paper in self.collection.documents]
        if self.name in HELD:
            rows = {name: row for row, name in enumerate(names)}
            own = np.array([rows[query] for query in self.collection.queries])
            wanted = scores[np.arange(len(own)), own]
            ranks = (scores > wanted[:, None]).sum(axis=1) + 1
            return np.where(ranks <= 10, 1 / ranks, 0.0)
        best = np.argpartition(-scores, min(10, len(names) - 1), axis=1)[:, :10]
        rankings: dict[str, Sequence[str]] = {}
        for row, query in enumerate(self.collection.queries):
            order = best[row][np.lexsort((best[row], -scores[row][best[row]]))]
            rankings[query] = [names[place] for place in order.tolist()]
        values = measure(rankings, self.collection.qrels)["ndcg@10"]
        return np.array([values[query] for query in self.collection.queries])


@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """Everything: training tasks by name, tests, the sentences' vectors of some pairs."""

    tasks: Mapping[str, Task]
    tests: tuple[Test, ...]
    areas: tuple[str, ...]
    sentences: tuple[Task, tuple[Tensor, ...]]


def vectors(data: Path) -> Vectors:
    """Reads and encodes what is not kept yet (some two minutes on two cores the first time)."""
    past, sets = home(data)
    judged = [fewer(one) for name in JUDGED for one in read_judged(str(data / name))]
    arxiv = [one for one in past.documents if one.categories and one.title and one.abstract]
    papers = drawn(arxiv, PAPERS)
    others = next(one for one in judged if one.name.startswith("scifact")).documents[:GENERAL]
    counted = Counter(area(one) for one in papers)
    areas = tuple(name for name, _ in counted.most_common())
    titles, bodies = [one.title for one in papers], [one.abstract for one in papers]
    labels = labelled(papers, areas)
    parted = [(one, similar(one)) for one in papers[:PARTED]]
    halves = [(one, found[0], found[1].abstract) for one, found in parted if found]
    tasks = {
        "search": Task(encoded(titles), encoded(bodies), labels, bm25(titles, bodies)),
        "similar": Task(
            encoded([first for _, first, _ in halves]),
            encoded([second for _, _, second in halves]),
            labelled([one for one, _, _ in halves], areas),
        ),
        "tagging": tagged(encoded(bodies), numbered([one.categories[0] for one in papers])),
        "general": Task(
            encoded([one.title for one in others]),
            encoded([one.abstract for one in others]),
            np.zeros(len(others), np.int64),
        ),
    }
    tests = [test(one, areas) for one in [*sets, *judged]]
    known = next(one for one in tests if one.name == "known-item")
    assert known.collection is not None
    some = list(known.collection.groups["topic"].items())
    rows = {paper.id: row for row, paper in enumerate(known.collection.documents)}
    first = known.documents[[rows[name] for name, _ in some]]
    tests.append(Test("tags", None, first, first, numbered([topic for _, topic in some])))
    return Vectors(tasks, tuple(tests), areas, sentences(papers[:PARTED], areas))


def fewer(one: Collection) -> Collection:
    """At most 200 queries, the same every time."""
    names = sorted(one.queries)
    rows = np.random.default_rng(0).permutation(len(names))[:ASKED].tolist()
    kept = [names[row] for row in rows]
    return replace(
        one,
        queries={name: one.queries[name] for name in kept},
        qrels={name: one.qrels[name] for name in kept},
    )


def tagged(documents: Tensor, labels: NDArray[np.int64]) -> Task:
    """Each paper asks for another one of its first category, drawn at random."""
    rng = np.random.default_rng(0)
    asked, found = [], []
    for label in np.unique(labels):
        rows = rng.permutation(np.flatnonzero(labels == label))
        if len(rows) > 1:
            asked += rows.tolist()
            found += np.roll(rows, 1).tolist()
    order = rng.permutation(len(asked))
    at, over = np.array(asked)[order], np.array(found)[order]
    return Task(documents[at], documents[over], labels[at], None, True)


def numbered(names: Sequence[str]) -> NDArray[np.int64]:
    """A number a name."""
    return np.unique(np.array(names), return_inverse=True)[1].astype(np.int64)


def area(one: Document) -> str:
    """The archive of its first category: ``cs``, ``math``, ``astro-ph``."""
    return one.categories[0].partition(".")[0] if one.categories else ""


def labelled(papers: Sequence[Document], areas: Sequence[str]) -> NDArray[np.int64]:
    """The number of each paper's area, -1 for one that is not among them."""
    numbers = {name: number for number, name in enumerate(areas)}
    return np.array([numbers.get(area(one), -1) for one in papers], np.int64)


def test(one: Collection, areas: Sequence[str]) -> Test:
    """A collection's vectors; areas where its queries have topics."""
    documents = encoded([embedded_text(paper) for paper in one.documents])
    topics = one.groups.get("topic", {})
    numbers = {name: number for number, name in enumerate(areas)}
    found = [numbers.get(topics.get(paper.id, "").partition(".")[0], -1) for paper in one.documents]
    asked = encoded(list(one.queries.values()))
    return Test(one.name, one, asked, documents, np.array(found, np.int64))


def sentences(papers: Sequence[Document], areas: Sequence[str]) -> tuple[Task, tuple[Tensor, ...]]:
    """Titles and whole abstracts, and each abstract's sentences one by one."""
    split = [
        [one.abstract[s.start : s.end] for s in split_sentences(one.abstract)] for one in papers
    ]
    kept = [place for place, found in enumerate(split) if found]
    flat = encoded([sentence for place in kept for sentence in split[place]])
    parts = torch.split(flat, [len(split[place]) for place in kept])
    task = Task(
        encoded([papers[place].title for place in kept]),
        encoded([papers[place].abstract for place in kept]),
        labelled([papers[place] for place in kept], areas),
    )
    return task, tuple(part.clone() for part in parts)


def encoded(texts: Sequence[str]) -> Tensor:
    """Unit vectors (n, 384) of the stock encoder."""
    name = "all-MiniLM-L6-v2"
    return torch.from_numpy(kept_vectors(stock(name), texts, cache_folder() / "vectors"))


def bm25(queries: Sequence[str], documents: Sequence[str]) -> Tensor:
    """Robertson's BM25 of every query for every document, (queries, documents)."""
    counts = [Counter(split_words(text)) for text in documents]
    numbers: dict[bytes, int] = {}
    for one in counts:
        for word in one:
            numbers.setdefault(word, len(numbers))
    lengths = np.array([one.total() for one in counts], np.float64)
    rows = np.repeat(np.arange(len(counts)), [len(one) for one in counts])
    columns = np.array([numbers[word] for one in counts for word in one])
    values = np.array([count for one in counts for count in one.values()], np.float64)
    frequency = np.bincount(columns, minlength=len(numbers))
    idf = np.log(1 + (len(counts) - frequency + 0.5) / (frequency + 0.5))
    norm = _K1 * (1 - _B + _B * lengths / lengths.mean())
    weights = idf[columns] * values * (_K1 + 1) / (values + norm[rows])
    held = scipy.sparse.csr_matrix((weights, (rows, columns)), (len(counts), len(numbers)))
    asked = [[numbers[w] for w in split_words(text) if w in numbers] for text in queries]
    places = np.repeat(np.arange(len(asked)), [len(one) for one in asked])
    words = np.array([word for one in asked for word in one], np.int64)
    sparse = scipy.sparse.csr_matrix(
        (np.ones(len(words)), (places, words)), (len(asked), len(numbers))
    )
    return torch.from_numpy((sparse @ held.T).toarray().astype(np.float32))
