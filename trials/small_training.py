"""Ways to train a smaller transformer for less: tokens, gradients and texts that are left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from broadsheet.learn.students.bert import Bert, padded, seen_of

if TYPE_CHECKING:
    from trials.small import Arm, Rows, Texts

HEAD = 8  # tokens that every window keeps from the front
_FIRST = 64  # examples before the first choice by error


def imitate(
    arm: Arm,
    network: Bert,
    learn: Texts,
    chance: np.random.Generator,
    moving: Sequence[nn.Parameter],
    held_at_zero: Sequence[tuple[nn.Linear, Tensor]],
) -> None:
    """Trains towards the stock vectors: one less the cosine, Adam, the rate falling to nothing."""
    optimiser = torch.optim.Adam(moving, lr=arm.learning_rate)
    pool = chance.permutation(len(learn.rows))
    at = 0
    known = pool[: _FIRST if arm.rounds > 1 else arm.examples or len(pool)]
    for step in range(arm.steps):
        if arm.rounds > 1 and step and step % max(1, arm.steps // arm.rounds) == 0:
            known = more(arm, network, learn, known, pool)
        if at + arm.size > len(known):
            known, at = chance.permutation(known), 0
        rows = known[at : at + arm.size]
        at += arm.size
        for group in optimiser.param_groups:
            group["lr"] = arm.learning_rate * min(1, (step + 1) / 5) * (1 - step / arm.steps)
        ids, mask = padded([learn.rows[row] for row in rows], network.tokens)
        with torch.autocast("cpu", torch.bfloat16):
            gone = arm.dropped * (1 - step / arm.steps if arm.growing else 1)
            vectors = through(network, ids, mask, arm, gone).float()
        loss = (1 - (vectors * torch.from_numpy(learn.wanted[rows])).sum(1)).mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        with torch.no_grad():
            for part, kept in held_at_zero:
                getattr(part, "base", part).weight.mul_(kept)


def through(network: Bert, ids: Tensor, mask: Tensor, arm: Arm, gone: float) -> Tensor:
    """The network, with middle layers that see part of the tokens, and gradients that are sampled.

    Random-LTD (Yao et al. 2022): every layer but the first and the last takes others of the
    tokens out, a share ``gone``, which pass it by as they are. The first token always stays.
    """
    hidden = network.embed(ids)
    last = len(network.stack) - 1
    for number, layer in enumerate(network.stack):
        if arm.sampled < 1:
            hidden = Sampled.apply(  # type: ignore[no-untyped-call]
                hidden, arm.sampled, arm.sampling
            )
        if not gone or number in (0, last):
            hidden = layer(hidden, seen_of(mask))
            continue
        stay = max(2, int(ids.shape[1] * (1 - gone)))
        places = torch.cat([torch.zeros(1), 1 + torch.randperm(ids.shape[1] - 1)[: stay - 1]])
        places = places.sort().values.long()
        part = layer(hidden[:, places], mask[:, None, None, places])
        hidden = hidden.to(part.dtype).index_copy(1, places, part)
    return network.finish(hidden, mask)


class Sampled(torch.autograd.Function):
    """Lets the gradient of a share of the texts back, scaled so that its mean is unchanged.

    Texts stay with a probability in proportion to the length of their gradient (Wang et al. 2024,
    "Efficient backpropagation with variance-controlled adaptive sampling"), or all with the same.
    """

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, share: float, how: str) -> Tensor:  # noqa: D102
        ctx.share, ctx.how = share, how
        return hidden.view_as(hidden)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:  # noqa: D102
        (gradient,) = gradients
        sizes = gradient.float().flatten(1).norm(dim=1)
        if ctx.how == "uniform":
            sizes = (sizes > 0).float()  # those that a later layer let through
        chances = (ctx.share * len(sizes) * sizes / sizes.sum().clamp_min(1e-12)).clamp(1e-6, 1)
        stays = torch.rand_like(chances) < chances
        return gradient * (stays / chances).to(gradient.dtype)[:, None, None], None, None


def more(
    arm: Arm, network: Bert, learn: Texts, known: NDArray[Any], pool: NDArray[Any]
) -> NDArray[Any]:
    """The examples known, and as many new ones as a round brings.

    By ``errors``: of those that the student is farthest from the stock encoder on, as Di Palo et
    al. (2024, "Performance-guided LLM knowledge distillation") have a language model write more
    of what the student gets wrong; here the teacher is the stock encoder, and the texts exist.
    """
    from trials.small import encode

    rest = np.setdiff1d(pool, known)
    count = min((arm.examples - _FIRST) // (arm.rounds - 1), arm.examples - len(known))
    if arm.choose == "errors":
        found = encode(network, [learn.rows[row] for row in rest])
        near = (found * learn.wanted[rest]).sum(axis=1)
        rest = rest[np.argsort(near, kind="stable")]
    else:
        rest = np.array([row for row in pool if row in set(rest.tolist())])
    return np.concatenate([known, rest[:count]])


# Which tokens of a text an encoder is given.


def first(kept: int, rows: Rows) -> Rows:
    """The first, and the end mark."""
    return [row if len(row) <= kept else [*row[: kept - 1], row[-1]] for row in rows]


def ends(kept: int, rows: Rows) -> Rows:
    """Three quarters from the front, one from the end."""
    tail = kept // 4
    return [row if len(row) <= kept else [*row[: kept - tail], *row[-tail:]] for row in rows]


def rare(kept: int, rows: Rows) -> Rows:
    """The front, and then the tokens that are in the fewest texts."""
    counts = Counter(token for row in rows for token in set(row))
    return [_best(row, kept, [-counts[token] for token in row]) for row in rows]


def scattered(kept: int, rows: Rows) -> Rows:
    """The front, and then any tokens."""
    chance = np.random.default_rng(0)
    return [_best(row, kept, chance.random(len(row)).tolist()) for row in rows]


def _best(row: list[int], kept: int, scores: Sequence[float]) -> list[int]:
    if len(row) <= kept:
        return row
    middle = sorted(range(HEAD, len(row) - 1), key=lambda place: -scores[place])
    places = sorted([*range(HEAD), *middle[: kept - HEAD - 1], len(row) - 1])
    return [row[place] for place in places]


WINDOWS: dict[str, Callable[[int, Any], Any]] = {
    "first": first,
    "ends": ends,
    "rare": rare,
    "random": scattered,
}
