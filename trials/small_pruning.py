"""What to cut out of a transformer, and what of the rest may move afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from broadsheet.encoders import BERT_HEAD_WIDTH
from broadsheet.learn.students.bert import Bert, Layer, padded
from broadsheet.learn.students.pruning import cut as fitted
from trials.small_sizes import Scores, pruned, sizes

if TYPE_CHECKING:
    from trials.small import Arm, Texts

CALIBRATION = 96  # papers that gradients and activations are taken of
RANK = 8
SINGLE = 256  # weights of each matrix that move alone, beside a low-rank addition
NAMES = ("query", "key", "value", "attended", "inner", "outer")  # a layer's matrices


def cut(arm: Arm, state: Mapping[str, Any], learn: Texts, chance: np.random.Generator) -> Bert:
    """The layers, units and heads of an arm."""
    if arm.prune == FITTED:  # chooses and mends in one
        network = Bert(state, layers=arm.layers, tokens=48)
        rows = chance.permutation(learn.papers)[:CALIBRATION] + learn.papers
        fitted(network, [learn.rows[row] for row in rows.tolist()], arm.units, arm.heads)
        return network
    scores = CHOICES[arm.prune](state, learn, chance)
    return Bert(pruned(state, arm.layers, scores, arm.units, arm.heads), tokens=48)


def by_size(state: Mapping[str, Any], learn: Texts, chance: np.random.Generator) -> list[Scores]:
    """Units and heads by the lengths of their weights."""
    del learn, chance
    return sizes(state)


def by_chance(state: Mapping[str, Any], learn: Texts, chance: np.random.Generator) -> list[Scores]:
    """Any units and heads."""
    del state, learn
    return [
        (chance.random(1536).astype(np.float32), chance.random(12).astype(np.float32))
        for _ in range(6)
    ]


def by_gradient(
    state: Mapping[str, Any], learn: Texts, chance: np.random.Generator
) -> list[Scores]:
    """What the loss of title-abstract retrieval would change without them, to first order:
    the sum of gradient times weight over all that belongs to one (Ma et al. 2023, LLM-Pruner)."""
    network = Bert(state, tokens=48)
    sums = [(torch.zeros(1536), torch.zeros(12)) for _ in network.stack]
    rows = chance.permutation(learn.papers)[:CALIBRATION]
    for block in np.split(rows, 3):
        retrieval_loss(network, learn, block).backward()  # type: ignore[no-untyped-call]
        for (units, heads), layer in zip(sums, network.stack, strict=True):
            units += (product(layer.inner) + product(layer.outer, 0)).abs()
            split = product(layer.value) + product(layer.attended, 0)
            heads += split.view(-1, BERT_HEAD_WIDTH).sum(1).abs()
        network.zero_grad()
    return [(units.numpy(), heads.numpy()) for units, heads in sums]


def by_activity(
    state: Mapping[str, Any], learn: Texts, chance: np.random.Generator
) -> list[Scores]:
    """Mean size of what comes out, times the length of the weights that carry it on (Sun et al.
    2023, "A simple and effective pruning approach for large language models")."""
    network = Bert(state, tokens=48)
    rows = chance.permutation(learn.papers)[:CALIBRATION] + learn.papers
    seen: list[tuple[int, str, Tensor]] = []
    for number, layer in enumerate(network.stack):
        for name, part in (("units", layer.outer), ("heads", layer.attended)):
            part.register_forward_pre_hook(
                lambda _, given, key=(number, name): seen.append((*key, given[0].detach()))
            )
    with torch.no_grad():
        network(*padded([learn.rows[row] for row in rows], 48))
    found: dict[tuple[int, str], Tensor] = {
        (number, name): values.square().mean((0, 1)).sqrt() for number, name, values in seen
    }
    scores = []
    for number, layer in enumerate(network.stack):
        units = found[number, "units"] * layer.outer.weight.detach().norm(dim=0)
        heads = found[number, "heads"] * layer.attended.weight.detach().norm(dim=0)
        heads = heads.view(-1, BERT_HEAD_WIDTH).square().sum(1).sqrt()
        scores.append((units.numpy(), heads.numpy()))
    return scores


FITTED = "fitted"
CHOICES: dict[str, Callable[..., list[Scores]]] = {
    "size": by_size,
    "random": by_chance,
    "gradient": by_gradient,
    "activity": by_activity,
}


def product(part: nn.Linear, axis: int = 1) -> Tensor:
    """Gradient times weight of a matrix, summed over one axis."""
    assert part.weight.grad is not None
    return (part.weight.grad * part.weight.detach()).sum(axis)


def retrieval_loss(network: Bert, learn: Texts, papers: NDArray[np.int64]) -> Tensor:
    """InfoNCE of titles and their abstracts, at temperature .05."""
    titles = network(*padded([learn.rows[row] for row in papers], 48))
    bodies = network(*padded([learn.rows[row + learn.papers] for row in papers], 48))
    scores = titles @ bodies.T / 0.05
    return nn.functional.cross_entropy(scores, torch.arange(len(papers)))


# Single weights set to 0, wherever they stand.


def zeroed(
    arm: Arm, network: Bert, learn: Texts, chance: np.random.Generator
) -> list[tuple[nn.Linear, Tensor]]:
    """Sets a share of every matrix to 0; returns the matrices and what was kept of them."""
    if not arm.zeros:
        return []
    scores = WEIGHTS[arm.zero](network, learn, chance)
    kept = []
    for part, score in zip(matrices(network), scores, strict=True):
        least = score.flatten().kthvalue(int(score.numel() * arm.zeros)).values
        mask = score > least
        with torch.no_grad():
            part.weight.mul_(mask)
        kept.append((part, mask))
    return kept


def matrices(network: Bert) -> list[nn.Linear]:
    """All of the layers."""
    return [getattr(layer, name) for layer in network.stack for name in NAMES]


def weights_by_size(network: Bert, learn: Texts, chance: np.random.Generator) -> list[Tensor]:
    """Large weights stay."""
    del learn, chance
    return [part.weight.detach().abs() for part in matrices(network)]


def weights_by_chance(network: Bert, learn: Texts, chance: np.random.Generator) -> list[Tensor]:
    """Any stay."""
    del learn, chance
    return [torch.rand_like(part.weight) for part in matrices(network)]


def weights_by_low_rank(network: Bert, learn: Texts, chance: np.random.Generator) -> list[Tensor]:
    """Size, and importance by gradient times weight in a form of low rank: its mean by row and by
    column, and its first singular direction (Li et al. 2022, "Parameter-efficient sparsity for
    large language models fine-tuning": importance needs no matrix of its own to be kept)."""
    rows = chance.permutation(learn.papers)[:CALIBRATION]
    sums = [torch.zeros_like(part.weight) for part in matrices(network)]
    for block in np.split(rows, 3):
        retrieval_loss(network, learn, block).backward()  # type: ignore[no-untyped-call]
        for total, part in zip(sums, matrices(network), strict=True):
            assert part.weight.grad is not None
            total += (part.weight.grad * part.weight.detach()).abs()
        network.zero_grad()
    found = []
    for total, part in zip(sums, matrices(network), strict=True):
        left, strength, right = torch.svd_lowrank(total, q=1)
        data = total.mean(1, keepdim=True) + total.mean(0) + strength[0] * left @ right.T
        size = part.weight.detach().abs()
        found.append(size / size.mean() + data / data.mean())
    return found


WEIGHTS: dict[str, Callable[..., list[Tensor]]] = {
    "size": weights_by_size,
    "random": weights_by_chance,
    "low-rank": weights_by_low_rank,
}


# What moves.


class Added(nn.Module):
    """A fixed matrix with a low-rank addition (Hu et al. 2021), and maybe single weights that
    move too (Chen et al. 2023, "DSEE": the largest of what low rank does not tell of the matrix).

    ``kept`` holds the sum at zero elsewhere, so that it stays as sparse as the matrix (Li et al.
    2022).
    """

    def __init__(self, base: nn.Linear, single: int, kept: Tensor | None = None) -> None:
        super().__init__()
        self.kept = kept
        self.base = base.requires_grad_(False)
        self.down = nn.Parameter(torch.randn(RANK, base.in_features) / base.in_features**0.5)
        self.up = nn.Parameter(torch.zeros(base.out_features, RANK))
        self.places = residual(base.weight).flatten().topk(single).indices if single else None
        self.single = nn.Parameter(torch.zeros(single)) if single else None

    def forward(self, values: Tensor) -> Tensor:
        """As the matrix, with what was added."""
        weight = self.base.weight + self.up @ self.down
        if self.places is not None and self.single is not None:
            flat = torch.zeros(weight.numel()).scatter(0, self.places, self.single)
            weight = weight + flat.view_as(weight)
        if self.kept is not None:
            weight = weight * self.kept
        return nn.functional.linear(values, weight, self.base.bias)


def residual(weight: Tensor) -> Tensor:
    """The sizes of what a matrix is besides its first `RANK` singular directions."""
    left, strength, right = torch.svd_lowrank(weight.detach(), q=RANK)
    return (weight.detach() - left * strength @ right.T).abs()


def moving(
    arm: Arm, network: Bert, held_at_zero: Sequence[tuple[nn.Linear, Tensor]]
) -> list[nn.Parameter]:
    """The parameters that training moves; raises KeyError for another ``trained``."""
    if arm.trained == "all":
        return [one for one in network.parameters() if one.requires_grad]
    single = {"low-rank": 0, "low-rank and single": SINGLE}[arm.trained]
    network.requires_grad_(False)
    masks = dict(held_at_zero)
    for layer in network.stack:
        for name in NAMES:
            part = getattr(layer, name)
            setattr(layer, name, Added(part, single, masks.get(part)))
    return [one for one in network.parameters() if one.requires_grad]


def width(layer: Layer) -> int:
    """How many hidden units a layer has, whatever was added to it."""
    inner: Any = layer.inner
    return int((inner.base if isinstance(inner, Added) else inner).out_features)
