"""Guards: which candidates of a step may count as negatives of a pair.

A guard is ``(rows of pairs (q,), rows of documents (c,)) -> (q, c)``, True where the document may
count. A pair's own document is never asked about: the trainer keeps it.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from broadsheet.learn.job import Job
from broadsheet.learn.pairs_shared import cited
from broadsheet.learn.parts import Guard, Rows, part
from broadsheet.text import title_key

Mask = NDArray[np.bool_]


def needs_guide(job: Job) -> None:
    """Raises ValueError where a part asks for a guide and the recipe names none."""
    if not job.recipe.guide:
        raise ValueError('needs a guide: write guide = "initial", or the name of an encoder')


@part("guards", "guided")
def guided(job: Job, *, margin: float = 0.0, documents: bool = False) -> Guard:
    """Leaves out what the frozen guide puts above the pair's own document, or near it.

    GISTEmbed (Solatorio 2024): a candidate whose cosine with the query is above that of the own
    document less ``margin`` may be relevant too. ``documents``: also one that is that close to
    the own document. What is left out is told in the history (`Watch`).
    """
    if not -1 <= margin <= 1:
        raise ValueError(f"margin is a difference of cosines from -1 to 1, not {margin:g}")
    needs_guide(job)
    watch = Watch(job)

    def guard(rows: Rows, candidates: Rows) -> Tensor:
        above = suspects(job, rows, candidates, margin, documents)
        watch.note(rows, candidates, above)
        return torch.from_numpy(~above)

    return guard


@part("guards", "watch")
def watch(job: Job, *, margin: float = 0.0) -> Guard:
    """Leaves nothing out; tells in the history what `guided` would have."""
    needs_guide(job)
    seen = Watch(job)

    def guard(rows: Rows, candidates: Rows) -> Tensor:
        seen.note(rows, candidates, suspects(job, rows, candidates, margin, False))
        return torch.ones(len(rows), len(candidates), dtype=torch.bool)

    return guard


@part("guards", "same-work")
def same_work(job: Job) -> Guard:
    """Leaves out papers with the title of the own one: its other versions and sources."""
    known: dict[str, int] = {}
    names = np.array(
        [known.setdefault(title_key(d.title) or d.name, len(known)) for d in job.corpus.documents],
        np.int64,
    )

    def guard(rows: Rows, candidates: Rows) -> Tensor:
        own = names[job.documents_of_pairs[rows]]
        return torch.from_numpy(own[:, None] != names[candidates][None, :])

    return guard


@part("guards", "cited")
def uncited(job: Job) -> Guard:
    """Leaves out papers that the own one cites or is cited by."""
    links = Links(job)

    def guard(rows: Rows, candidates: Rows) -> Tensor:
        return torch.from_numpy(~links.between(job.documents_of_pairs[rows], candidates))

    return guard


def suspects(job: Job, rows: Rows, candidates: Rows, margin: float, documents: bool) -> Mask:
    """Candidates (q, c) that the guide puts above own document less ``margin``; never the own."""
    own = job.documents_of_pairs[rows]
    queries, answers = job.guide_queries(rows), job.guide_documents(own)
    others = job.guide_documents(candidates)
    least = (queries * answers).sum(1)[:, None] - margin
    above = queries @ others.T > least
    if documents:
        above |= answers @ others.T > least
    return np.asarray(above & (own[:, None] != candidates[None, :]))


class Links:
    """Who cites whom, in either direction, as sorted numbers of pairs."""

    def __init__(self, job: Job) -> None:
        self._size = len(job.corpus)
        pairs = np.array(cited(job.corpus.documents), np.int64).reshape(-1, 2)
        both = np.concatenate([pairs, pairs[:, ::-1]])
        self._codes = np.unique(both[:, 0] * self._size + both[:, 1])

    def __len__(self) -> int:
        return len(self._codes)

    def between(self, own: Rows, candidates: Rows) -> Mask:
        """Whether there is a citation between each own paper and each candidate, (q, c)."""
        if not len(self._codes):
            return np.zeros((len(own), len(candidates)), np.bool_)
        asked = own[:, None] * self._size + candidates[None, :]
        places = np.minimum(np.searchsorted(self._codes, asked), len(self._codes) - 1)
        return np.asarray(self._codes[places] == asked)


class Watch:
    """Counts what may be false negatives, into the history of a training.

    ``false_negatives``: the share of negatives that the guide puts above the own document;
    ``pairs_with_false_negatives``: the share of pairs that met one in their step. Where papers
    name what they cite: ``negatives_cited``, the share of negatives that the own paper cites or
    is cited by, and ``suspects_cited``, the same among those above. Relevance is more than
    citation, so the latter two are too low, and the former two are as good as the guide.
    """

    def __init__(self, job: Job) -> None:
        self._job, self._links = job, Links(job)
        self._negatives = self._suspects = self._pairs = self._met = 0
        self._cited = self._cited_suspects = 0

    def note(self, rows: Rows, candidates: Rows, above: Mask) -> None:
        """Takes in one step: pairs (q,), candidates (c,), and which are suspect (q, c)."""
        own = self._job.documents_of_pairs[rows]
        counted = own[:, None] != candidates[None, :]
        self._negatives += int(counted.sum())
        self._suspects += int(above.sum())
        self._pairs += len(rows)
        self._met += int(above.any(1).sum())
        told = self._job.history
        told["false_negatives"] = self._suspects / max(self._negatives, 1)
        told["pairs_with_false_negatives"] = self._met / max(self._pairs, 1)
        if len(self._links):
            links = self._links.between(own, candidates)
            self._cited += int((links & counted).sum())
            self._cited_suspects += int((links & above).sum())
            told["negatives_cited"] = self._cited / max(self._negatives, 1)
            told["suspects_cited"] = self._cited_suspects / max(self._suspects, 1)
