"""What of a BERT to leave out, how the rest makes up for it, and which units int8 computes apart.

Heads and hidden units go one after another, each time those for which the others can make up best,
and what is left is fitted by least squares to what the whole network has at the same place: optimal
brain surgeon (Hassibi and Stork, 1993) by units and heads, as in ZipLM (Kurtić, Frantar and
Alistarh, 2023). It needs some texts, and neither labels nor gradients.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from broadsheet.encoders import BERT_HEAD_WIDTH
from broadsheet.learn.students.bert import Bert, TokenRow, linear, padded, seen_of

ROUND = 32  # a layer keeps a multiple of so many units, which the int8 kernels take at once
# Of an input's mean square, once for every input: with few tokens what is left stays as it was.
_RIDGE = 0.05
_TINY = 1e-30
_BLOCK = 32  # texts that run together
_Doubles = NDArray[np.float64]
_Places = NDArray[np.int64]
_Blocks = list[tuple[Tensor, Tensor]]


class Moments:
    """Sums over tokens of what goes into a linear map (n, u) and what should come out (n, d)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        self._count = 0
        self._pairs = np.zeros((inputs, inputs + outputs))
        self._sums = np.zeros(inputs + outputs)

    def add(self, given: Tensor, wanted: Tensor) -> None:
        """More tokens."""
        both = torch.cat([given, wanted], dim=1)
        self._count += len(both)
        self._pairs += (given.T @ both).double().numpy()
        self._sums += both.sum(0).double().numpy()

    def centred(self) -> tuple[_Doubles, _Doubles]:
        """Covariances of the inputs (u, u) and of inputs with outputs (u, d), both times the
        number of tokens."""
        inputs = len(self._pairs)
        found = self._pairs - np.outer(self._sums[:inputs], self._sums / self._count)
        return found[:, :inputs], found[:, inputs:]

    def level(self, within: _Doubles) -> float:
        """What to put on the diagonal of the inputs' covariance: little where there are many
        tokens to an input, so that only what they do not tell feels it."""
        return float(max(np.trace(within) * _RIDGE / self._count, _TINY))

    def fitted(self, kept: _Places, start: nn.Linear) -> nn.Linear:
        """The map of the inputs ``kept`` that comes nearest to the outputs; of what the tokens do
        not tell it keeps what ``start`` has."""
        within, across = self.centred()
        level = self.level(within)
        own = start.weight.T.double().numpy()[kept]
        weights = np.linalg.solve(
            within[np.ix_(kept, kept)] + level * np.eye(len(kept)), across[kept] + level * own
        )
        means = self._sums / self._count
        bias = means[len(within) :] - means[kept] @ weights
        return linear(torch.from_numpy(weights.T).float(), torch.from_numpy(bias).float())


def costs(sums: Moments, width: int) -> _Doubles:
    """What is lost when a group of ``width`` inputs goes after those that cost less; (groups,).

    Squared error of the fitted map, summed over tokens. The last to go costs infinitely much.
    """
    within, across = sums.centred()
    inverse = np.linalg.inv(within + sums.level(within) * np.eye(len(within))).astype(np.float64)
    weights = inverse @ across
    found = np.full(len(within) // width, np.inf)
    left = np.arange(len(found))  # what the rows of ``inverse`` are of
    there = np.full(len(left), True)
    for _ in range(len(found) - 1):
        alone = np.where(there, _alone(inverse, weights, width), np.inf)
        go = int(alone.argmin())
        found[left[go]], there[go] = alone[go], False
        gone = slice(go * width, (go + 1) * width)
        share = np.linalg.solve(inverse[gone, gone], inverse[gone])
        weights -= share.T @ weights[gone]
        inverse -= inverse[:, gone] @ share
        if there.sum() * 4 < len(there) * 3:  # smaller is faster
            stay = _inputs(np.flatnonzero(there), width)
            inverse, weights = inverse[np.ix_(stay, stay)], weights[stay]
            left, there = left[there], there[there]
    return found


def _alone(inverse: _Doubles, weights: _Doubles, width: int) -> _Doubles:
    """What it costs to leave out each group alone; anything for one that is gone."""
    if width == 1:
        return np.asarray((weights**2).sum(axis=1) / np.maximum(np.diag(inverse), _TINY))
    groups = [slice(at, at + width) for at in range(0, len(weights), width)]
    blocks = [inverse[own, own] + _TINY * np.eye(width) for own in groups]
    own = [weights[own] for own in groups]
    return np.array([(w * np.linalg.solve(b, w)).sum() for b, w in zip(blocks, own, strict=True)])


def _inputs(groups: _Places, width: int) -> _Places:
    return np.asarray((groups[:, None] * width + np.arange(width)).ravel())


@dataclass(frozen=True, slots=True)
class Kept:
    """The heads and hidden units of one layer that stay, ascending."""

    heads: _Places
    units: _Places


def cut(
    network: Bert,
    rows: Sequence[TokenRow],
    units: int,
    heads: int,
    told: Callable[[int, int], None] = lambda _done, _total: None,
) -> None:
    """Leaves ``network`` so many hidden units and heads a layer, in the mean over its layers.

    A layer that can do with fewer has fewer. ``rows`` are texts like those it will read. ``told``
    takes how many of its layers have been gone through, out of twice as many as there are.
    """
    rows = sorted(rows, key=len)
    blocks = [
        padded(rows[start : start + _BLOCK], network.tokens)
        for start in range(0, len(rows), _BLOCK)
    ]
    with torch.no_grad():
        layers = len(network.stack)
        kept = _choice(network, blocks, units, heads, lambda done: told(done, 2 * layers))
        _rebuild(network, blocks, kept, lambda done: told(layers + done, 2 * layers))


def _choice(
    network: Bert, blocks: _Blocks, units: int, heads: int, told: Callable[[int], None]
) -> list[Kept]:
    """What stays of each layer: that without which its states would change most, measured
    against how much they vary there."""
    hidden = [network.embed(ids) for ids, _ in blocks]
    of_heads, of_units = [], []
    for number, layer in enumerate(network.stack):
        sums = _moments(layer.attended), _moments(layer.outer)
        spread = [0.0, 0.0]
        for at, (_, mask) in enumerate(blocks):
            context = layer.context(hidden[at], seen_of(mask))
            added = layer.attended(context)
            sums[0].add(context[mask], added[mask])
            spread[0] += _spread((hidden[at] + added)[mask])
            normed = layer.attended_norm(hidden[at] + added)
            active = layer.active(normed)
            added = layer.outer(active)
            sums[1].add(active[mask], added[mask])
            spread[1] += _spread((normed + added)[mask])
            hidden[at] = layer.outer_norm(normed + added)
        of_heads.append(costs(sums[0], BERT_HEAD_WIDTH) / spread[0])
        of_units.append(costs(sums[1], 1) / spread[1])
        told(number + 1)
    stay = zip(_largest(of_heads, heads, 1), _largest(of_units, units, ROUND), strict=True)
    return [Kept(*both) for both in stay]


def _rebuild(
    network: Bert, blocks: _Blocks, kept: Sequence[Kept], told: Callable[[int], None]
) -> None:
    """Leaves every layer what is kept of it, from the first to the last: each is fitted to what
    the whole network has there, given what those before it are now."""
    hidden = [network.embed(ids) for ids, _ in blocks]
    wanted = list(hidden)
    for number, (layer, stay) in enumerate(zip(network.stack, kept, strict=True)):
        whole = deepcopy(layer)
        sums = _moments(layer.attended)
        for at, (_, mask) in enumerate(blocks):
            seen = seen_of(mask)
            wanted[at] = wanted[at] + whole.attended(whole.context(wanted[at], seen))
            sums.add(layer.context(hidden[at], seen)[mask], (wanted[at] - hidden[at])[mask])
        places = _inputs(stay.heads, BERT_HEAD_WIDTH)
        layer.attended = sums.fitted(places, whole.attended)
        for name in ("query", "key", "value"):
            setattr(layer, name, _outputs(getattr(layer, name), places))
        sums = _moments(layer.outer)
        for at, (_, mask) in enumerate(blocks):
            normed = whole.attended_norm(wanted[at])
            wanted[at] = normed + whole.outer(whole.active(normed))
            added = layer.attended(layer.context(hidden[at], seen_of(mask)))
            hidden[at] = layer.attended_norm(hidden[at] + added)
            sums.add(layer.active(hidden[at])[mask], (wanted[at] - hidden[at])[mask])
            wanted[at] = whole.outer_norm(wanted[at])
        layer.outer = sums.fitted(stay.units, whole.outer)
        layer.inner = _outputs(layer.inner, stay.units)
        for at, states in enumerate(hidden):
            hidden[at] = layer.outer_norm(states + layer.outer(layer.active(states)))
        told(number + 1)


def _moments(part: nn.Linear) -> Moments:
    return Moments(part.in_features, part.out_features)


def _spread(states: Tensor) -> float:
    """The variance of states (n, d) over the tokens, summed over both."""
    return float(states.var(dim=0, unbiased=False).sum()) * len(states)


def _largest(found: Sequence[_Doubles], count: int, multiple: int) -> list[_Places]:
    """The places of the largest values of each array, ``count`` in the mean over the arrays."""
    least = np.sort(np.concatenate(found))[-count * len(found)]
    kept = []
    for values in found:
        share = round(int((values >= least).sum()) / multiple) * multiple
        share = min(max(share, multiple), len(values))
        kept.append(np.sort(np.argsort(-values, kind="stable")[:share]))
    return kept


def _outputs(part: nn.Linear, kept: _Places) -> nn.Linear:
    """A linear map with these outputs only."""
    return linear(part.weight[kept], part.bias[kept])


def measured_units(network: Bert, rows: Sequence[TokenRow], count: int) -> list[NDArray[np.int64]]:
    """The ``count`` hidden units of each layer with the largest outputs over some texts."""
    found: list[Tensor] = []
    hooks = [
        layer.outer.register_forward_pre_hook(lambda _, given: found.append(given[0]))
        for layer in network.stack
    ]
    largest = [torch.zeros(layer.outer.in_features) for layer in network.stack]
    try:
        with torch.no_grad():
            for row in rows:
                found.clear()
                network(*padded([row], network.tokens))
                for number, active in enumerate(found):
                    largest[number] = torch.maximum(largest[number], active[0].abs().amax(0))
    finally:
        for hook in hooks:
            hook.remove()
    return [one.topk(min(count, len(one) - 1)).indices.numpy() for one in largest]
