"""Distillation: the student gives the vectors of its teacher, and passes through its states."""

from __future__ import annotations

import torch
from torch import Tensor

from broadsheet.encoders import stock_state
from broadsheet.learn.distilling import divergence
from broadsheet.learn.errors import RecipeError
from broadsheet.learn.job import Job
from broadsheet.learn.parts import Loss, Scored, part
from broadsheet.learn.students.bert import Bert
from broadsheet.learn.students.transformer import TransformerStudent

_LAST = 5  # layer of the stock encoder


@part("loss", "imitate")
def imitate(
    job: Job,
    *,
    teacher: str = "all-MiniLM-L6-v2",
    queries: float = 0.0,
    order: float = 0.0,
    temperature: float = 0.05,
) -> Loss:
    """One less the cosine to the ``teacher``'s vector, of what stands for each pair's document
    and ``queries`` times of its query (Reimers and Gurevych, 2020, "Making monolingual ...").

    The teacher reads the whole text, the student what its window holds of it. ``order`` times is
    added how far from the teacher's the batch's documents stand in order, asked for by each as the
    teacher sees it: the divergence of the softmax at ``temperature``.
    """
    if min(queries, order) < 0 or temperature <= 0:
        raise ValueError("queries and order must not be negative, temperature above 0")
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
        if order:
            wanted = found[scored.pairs]
            missed = missed + order * divergence(wanted @ own.T, wanted @ wanted.T, temperature)
        return missed

    return distance


@part("extra", "states")
def states(job: Job, *, share: float = 0.25, after: list[int] | None = None) -> Loss:
    """The squared distance of every token's states to the stock encoder's of the same tokens, over
    the mean square of those: ``share`` times that (Jiao et al., 2020, "TinyBERT").

    Compared are the states ``after`` these of the stock encoder's layers, from 0, in the sum; None
    compares the last of both. A vector tells 384 numbers of a text, its states that many
    of every token.
    """
    student = job.student
    if not isinstance(student, TransformerStudent):
        raise RecipeError("states are a transformer's: the student must be of that kind")
    taken, pooling = student.network.taken, student.network.pooling
    single = taken if pooling is None else taken[: pooling.layer]
    if after is None and single == taken:
        places, layers = [len(taken) - 1], [_LAST]
    elif after and set(after) <= set(single) and len(set(taken)) == len(taken):
        places, layers = [taken.index(layer) for layer in after], after
    else:
        raise RecipeError(
            "states are compared after layers that the student has once and with single tokens,"
            f" of {list(single)}, not {after or 'the last'}"
        )
    teacher = Bert(
        stock_state()[0], layers=range(max(layers) + 1), tokens=student.network.tokens
    ).requires_grad_(False)
    student.keep_states = True

    def distance(scored: Scored) -> Tensor:
        total, size = torch.zeros(len(layers)), torch.zeros(len(layers))
        for passed in student.take_states():
            with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
                stock, _ = teacher.states(passed.ids, passed.mask)
            missed, squares = [], []
            for place, layer in zip(places, layers, strict=True):
                wanted = stock[layer].float()[passed.mask]
                own = passed.states[place].float()[passed.mask]
                missed.append((own - wanted).square().sum())
                squares.append(wanted.square().sum())
            total, size = total + torch.stack(missed), size + torch.stack(squares)
        return (share * (total / size).sum()).expand(len(scored.pairs))

    return distance
