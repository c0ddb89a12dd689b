"""Distillation: the student gives the vectors of its guide, and passes through its states."""

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
def imitate(job: Job, *, queries: float = 1.0) -> Loss:
    """One less the cosine to the guide's vector, of each pair's document and ``queries`` times
    of its query (Reimers and Gurevych, 2020, "Making monolingual ... multilingual").

    The guide reads the whole document, the student what its window holds of it.
    """
    if job.recipe.guide in ("", "initial"):
        raise RecipeError("imitate needs the name of an encoder as the recipe's guide")

    def distance(scored: Scored) -> Tensor:
        rows, documents = scored.pairs.numpy(), scored.documents.numpy()[: len(scored.pairs)]
        asked = torch.from_numpy(job.guide_queries(rows))
        found = torch.from_numpy(job.guide_documents(documents))
        if asked.shape[1] != job.student.dimensions:
            raise RecipeError(
                f"{job.recipe.guide} has {asked.shape[1]} dimensions and the student "
                f"{job.student.dimensions}: imitate needs the same"
            )
        query = 1 - (scored.queries * asked).sum(1)
        document = 1 - (scored.candidates[: len(rows)] * found).sum(1)
        return document + queries * query

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
    teacher = Bert(stock_state()[0], tokens=student.network.tokens).requires_grad_(False).eval()
    student.keep_states = True

    def distance(scored: Scored) -> Tensor:
        total, size = torch.zeros(()), 0.0
        for ids, mask, hidden in student.take_states():
            with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
                wanted = teacher.states(ids, mask).float()[mask]
            total = total + (hidden.float()[mask] - wanted).square().sum()
            size += float(wanted.square().sum())
        return (share * total / size).expand(len(scored.pairs))

    return distance
