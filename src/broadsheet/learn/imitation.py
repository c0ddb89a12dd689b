"""Distillation: the student gives the vectors of its teacher, and passes through its states."""

from __future__ import annotations

import torch
from torch import Tensor

from broadsheet.encoders import stock_state
from broadsheet.learn.errors import RecipeError
from broadsheet.learn.job import Job
from broadsheet.learn.parts import Loss, Scored, part
from broadsheet.learn.students.bert import Bert
from broadsheet.learn.students.transformer import TransformerStudent


@part("loss", "imitate")
def imitate(job: Job, *, teacher: str = "all-MiniLM-L6-v2", queries: float = 0.0) -> Loss:
    """One less the cosine to the ``teacher``'s vector, of what stands for each pair's document
    and ``queries`` times of its query (Reimers and Gurevych, 2020, "Making monolingual ...").

    The teacher reads the whole text, the student what its window holds of it.
    """
    if queries < 0:
        raise ValueError(f"queries must not be negative, not {queries}")
    encoder = job.encoder_of(teacher)
    if encoder.dimensions != job.student.dimensions:
        raise ValueError(
            f"{teacher} has {encoder.dimensions} dimensions and the student"
            f" {job.student.dimensions}: imitate needs the same"
        )
    found = torch.from_numpy(job.kept_vectors(encoder, job.answers()))
    asked = (
        torch.from_numpy(job.kept_vectors(encoder, [pair.query for pair in job.pairs]))
        if queries
        else None
    )

    def distance(scored: Scored) -> Tensor:
        own = scored.candidates[: len(scored.pairs)]
        missed = 1 - (own * found[scored.pairs]).sum(1)
        if asked is not None:
            missed = missed + queries * (1 - (scored.queries * asked[scored.pairs]).sum(1))
        return missed

    return distance


@part("extra", "states")
def states(job: Job, *, share: float = 0.25) -> Loss:
    """The squared distance of every token's last state to the stock encoder's last state of it,
    over the mean square of those: ``share`` times that (Jiao et al., 2020, "TinyBERT").

    A vector tells 384 numbers of a text, its states that many of every token.
    """
    student = job.student
    if not isinstance(student, TransformerStudent):
        raise RecipeError("states are a transformer's: the student must be of that kind")
    if student.network.pooling is not None:
        raise RecipeError("states are of single tokens: the student must not pool them")
    teacher = Bert(stock_state()[0], tokens=student.network.tokens).requires_grad_(False).eval()
    student.keep_states = True

    def distance(scored: Scored) -> Tensor:
        total, size = torch.zeros(()), 0.0
        for ids, mask, hidden in student.take_states():
            with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
                wanted = teacher.states(ids, mask)[0].float()[mask]
            total = total + (hidden.float()[mask] - wanted).square().sum()
            size += float(wanted.square().sum())
        return (share * total / size).expand(len(scored.pairs))

    return distance
