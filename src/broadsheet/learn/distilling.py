"""Distillation into a static student: papers, titles and sentences as a stock encoder sees them."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import kl_div, log_softmax

from broadsheet.learn.job import Job
from broadsheet.learn.pairs_reading import sentences
from broadsheet.learn.parts import Loss, Rows, Scored, part

_SHORTEST = 40  # characters of a sentence


@part("extra", "distil")
def distil(
    job: Job,
    *,
    teacher: str = "all-MiniLM-L6-v2",
    papers: int = 40_000,
    batch: int = 1024,
    cosine: float = 3.0,
    kl: float = 1.0,
    temperature: float = 0.05,
) -> Loss:
    """Beside the loss on pairs, the ``teacher``'s own vectors of ``papers`` drawn by chance.

    ``cosine`` times one less the cosine between student and teacher, of paper, title and a
    sentence (needs equal dimensions); ``kl`` times the divergence of the student's softmax, title
    or sentence against the papers of the batch and the papers against those, from the teacher's.
    Each text is encoded once and kept. Reimers and Gurevych (2020); Hinton et al. (2015).
    """
    if papers < 2 or batch < 2 or temperature <= 0:
        raise ValueError("papers and batch must be 2 or more, temperature above 0")
    if min(cosine, kl) < 0 or cosine == kl == 0:
        raise ValueError("cosine and kl must not be negative, nor both 0")
    encoder = job.encoder_of(teacher)
    if cosine and encoder.dimensions != job.student.dimensions:
        raise ValueError(
            f"{teacher} has {encoder.dimensions} dimensions and the student"
            f" {job.student.dimensions}: make them equal, or cosine 0"
        )
    rng = job.chance("distil")
    texts = _texts(job, papers)
    taught = [torch.from_numpy(job.kept_vectors(encoder, side)) for side in texts]
    sides = ("document", "query", "query")
    ids = [job.student.pack(side, name) for side, name in zip(texts, sides, strict=True)]
    rows = _Rows(rng.permutation(len(texts[0])), batch)

    def distance(_scored: Scored) -> Tensor:
        chosen = rows.next()
        seen = [
            job.student.encode(one.take(chosen), name) for one, name in zip(ids, sides, strict=True)
        ]
        wanted = [vectors[torch.from_numpy(chosen)] for vectors in taught]
        total = torch.zeros(())
        if cosine:
            for own, other in zip(seen, wanted, strict=True):
                total = total + cosine * (1 - (own * other).sum(1)).mean()
        if kl:
            for own, other in zip(seen[1:], wanted[1:], strict=True):
                scores, target = own @ seen[0].T, other @ wanted[0].T
                total = total + kl * divergence(scores, target, temperature) / 2
                total = total + kl * divergence(scores.T, target.T, temperature) / 2
        return total[None]

    return distance


class _Rows:
    """Batches of numbers in a random order, the same order again and again."""

    def __init__(self, order: Rows, batch: int) -> None:
        self._order, self._batch, self._at = order, min(batch, len(order)), 0

    def next(self) -> Rows:
        if self._at + self._batch > len(self._order):
            self._at = 0
        self._at += self._batch
        return self._order[self._at - self._batch : self._at]


def _texts(job: Job, papers: int) -> tuple[list[str], list[str], list[str]]:
    """Papers as they are embedded, their titles, and a sentence of each."""
    rng = job.chance("distil-texts")
    documents = job.corpus.documents
    usable = [row for row, one in enumerate(documents) if one.title and one.abstract]
    if len(usable) < 2:
        raise ValueError(f"{len(usable)} papers have title and abstract, 2 is the least")
    chosen = [documents[usable[place]] for place in sorted(rng.permutation(len(usable))[:papers])]
    said = []
    for one in chosen:
        long = [sentence for sentence in sentences(one) if len(sentence) >= _SHORTEST]
        said.append(long[int(rng.integers(len(long)))] if long else one.title)
    return [one.text for one in chosen], [one.title for one in chosen], said


def divergence(scores: Tensor, target: Tensor, temperature: float) -> Tensor:
    """Kullback and Leibler's, of softmax rows, the mean over the rows."""
    return kl_div(
        log_softmax(scores / temperature, 1),
        log_softmax(target / temperature, 1),
        log_target=True,
        reduction="batchmean",
    )
