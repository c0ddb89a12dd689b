"""BERT in plain torch: what all-MiniLM-L6-v2 computes, over whatever the weights hold.

The network is the one of `encoders.graph` (mean over the tokens, unit length, as in Reimers and
Gurevych, 2019, "Sentence-BERT"), so that what is trained here can be exported there. Layers,
heads and hidden units are read off the weights: a model with fewer is the same program.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from broadsheet.encoders import (
    BERT_EPSILON,
    BERT_HEAD_WIDTH,
    BERT_PROJECTION,
    BertState,
    Pooling,
    Ragged,
)

TokenRow = Sequence[int] | NDArray[np.int32]
_BLOCK = 64  # texts of like length that run together
_LAYER = "encoder.layer."
_WORDS = "embeddings.word_embeddings.weight"
_PLACES = "embeddings.position_embeddings.weight"
_TYPES = "embeddings.token_type_embeddings.weight"


class Layer(nn.Module):
    """One layer: attention of heads 32 wide, then hidden units with GELU; norms after each."""

    def __init__(self, state: BertState, prefix: str) -> None:
        super().__init__()
        self.query = _linear(state, f"{prefix}attention.self.query")
        self.key = _linear(state, f"{prefix}attention.self.key")
        self.value = _linear(state, f"{prefix}attention.self.value")
        self.attended = _linear(state, f"{prefix}attention.output.dense")
        self.attended_norm = _norm(state, f"{prefix}attention.output.LayerNorm")
        self.inner = _linear(state, f"{prefix}intermediate.dense")
        self.outer = _linear(state, f"{prefix}output.dense")
        self.outer_norm = _norm(state, f"{prefix}output.LayerNorm")

    def forward(self, hidden: Tensor, seen: Tensor | None, asking: Tensor | None = None) -> Tensor:
        """What ``asking`` (n, a, 384) become that look at ``hidden`` (n, t, 384): the same shape.

        ``asking`` None is ``hidden``. ``seen`` bool (n, 1, 1, t), None where nothing is padding."""
        asking = hidden if asking is None else asking
        asking = self.attended_norm(asking + self.attended(self.context(hidden, seen, asking)))
        normed: Tensor = self.outer_norm(asking + self.outer(self.active(asking)))
        return normed

    def context(self, hidden: Tensor, seen: Tensor | None, asking: Tensor | None = None) -> Tensor:
        """What the heads find, (n, a, heads · 32)."""
        asking = hidden if asking is None else asking
        query, key, value = (
            part(given).view(*given.shape[:2], -1, BERT_HEAD_WIDTH).transpose(1, 2)
            for part, given in ((self.query, asking), (self.key, hidden), (self.value, hidden))
        )
        context = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        return context.transpose(1, 2).flatten(2)

    def active(self, hidden: Tensor) -> Tensor:
        """What the hidden units say, (n, t, units)."""
        return functional.gelu(self.inner(hidden))

    def parts(self) -> dict[str, nn.Module]:
        """Its parts by BERT's names."""
        return {
            "attention.self.query": self.query,
            "attention.self.key": self.key,
            "attention.self.value": self.value,
            "attention.output.dense": self.attended,
            "attention.output.LayerNorm": self.attended_norm,
            "intermediate.dense": self.inner,
            "output.dense": self.outer,
            "output.LayerNorm": self.outer_norm,
        }


class Bert(nn.Module):
    """Rows of token ids to unit vectors.

    ``layers`` says which layers of the weights are taken, in which order; None for all. The
    table of words is trained only where ``train_words`` says so: it is two thirds of the
    weights, and moves little on small data. ``pooling`` counts among the layers taken.
    """

    def __init__(
        self,
        state: BertState,
        *,
        layers: Sequence[int] | None = None,
        tokens: int = 256,
        train_words: bool = False,
        pooling: Pooling | None = None,
    ) -> None:
        super().__init__()
        self.pooling = pooling
        self.taken = tuple(range(_layers(state)) if layers is None else layers)
        self.tokens = tokens
        self.words = nn.Embedding(*state[_WORDS].shape)
        self.words.weight = nn.Parameter(_tensor(state[_WORDS]), requires_grad=train_words)
        # All tokens are of type 0, so that its vector can be added to the positions' now.
        self.places = nn.Parameter(_tensor(state[_PLACES][:tokens] + state[_TYPES][0]))
        self.norm = _norm(state, "embeddings.LayerNorm")
        self.stack = [Layer(state, f"{_LAYER}{one}.") for one in self.taken]
        self.layers = nn.ModuleList(self.stack)  # the same, where torch looks for parameters
        self.projection: nn.Linear | None = None
        if BERT_PROJECTION in state:
            self.project(state[BERT_PROJECTION])

    def project(self, matrix: NDArray[np.float32]) -> None:
        """Ends the network in a linear map of the mean, (d, 384)."""
        self.projection = nn.Linear(matrix.shape[1], matrix.shape[0], bias=False)
        self.projection.weight = nn.Parameter(_tensor(matrix))

    @property
    def dimensions(self) -> int:
        """How long its vectors are."""
        return self.projection.out_features if self.projection else self.words.embedding_dim

    def embed(self, ids: Tensor) -> Tensor:
        """What the first layer sees of ids (n, t): (n, t, 384)."""
        normed: Tensor = self.norm(self.words(ids) + self.places[: ids.shape[1]])
        return normed

    def finish(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """The unit vectors (n, d) of states (n, t, 384) where ``mask`` (n, t) is true."""
        counted = mask.unsqueeze(2).to(hidden.dtype)
        mean = (hidden * counted).sum(1) / counted.sum(1)
        return functional.normalize(self.projection(mean) if self.projection else mean, dim=1)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Unit vectors (n, d) of token ids (n, t); ``mask`` bool (n, t), false on padding."""
        states, mask = self.states(ids, mask)
        return self.finish(states[-1], mask)

    def states(self, ids: Tensor, mask: Tensor) -> tuple[list[Tensor], Tensor]:
        """The states after each layer, (n, t, 384) and from where tokens are pooled (n, s, 384),
        and the mask of the last, (n, s)."""
        hidden, found = self.embed(ids), []
        for number, layer in enumerate(self.stack):
            asking, left = hidden, mask
            if self.pooling is not None and number == self.pooling.layer:
                asking, left = pooled(hidden, mask, self.pooling.size)
            hidden, mask = layer(hidden, seen_of(mask), asking), left
            found.append(hidden)
        return found, mask

    def state(self) -> dict[str, NDArray[np.float32]]:
        """The weights under BERT's names, as `encoders.write_transformer` takes them."""
        found = {
            _WORDS: _array(self.words.weight),
            _PLACES: _array(self.places),
            _TYPES: np.zeros((1, self.words.embedding_dim), np.float32),
            **_named("embeddings.LayerNorm", self.norm),
        }
        for number, layer in enumerate(self.stack):
            for name, part in layer.parts().items():
                found |= _named(f"{_LAYER}{number}.{name}", part)
        if self.projection is not None:
            found[BERT_PROJECTION] = _array(self.projection.weight)
        return found


@dataclass(frozen=True, slots=True)
class Passed:
    """Texts on their way through a network: ids and mask (n, t) and the states after each layer,
    (n, t, 384), where tokens are pooled fewer."""

    ids: Tensor
    mask: Tensor
    states: list[Tensor]


def vectors_of(
    network: Bert, ids: Ragged, note: Callable[[Passed], None] = lambda _passed: None
) -> Tensor:
    """Unit vectors (n, d) of rows of token ids; ``note`` is given what they were on the way.

    Products are computed in bfloat16 (six times as fast on processors that have it); texts of
    like length run together, so that little is padding.
    """
    order = np.argsort(ids.lengths, kind="stable")
    found = []
    for start in range(0, len(order), _BLOCK):
        rows = [ids[row] for row in order[start : start + _BLOCK].tolist()]
        with torch.autocast("cpu", torch.bfloat16):
            given, mask = padded(rows, network.tokens)
            states, left = network.states(given, mask)
            found.append(network.finish(states[-1], left).float())
        note(Passed(given, mask, states))
    if not found:
        return torch.empty(0, network.dimensions)
    back = torch.from_numpy(np.argsort(order, kind="stable"))
    return functional.normalize(torch.cat(found)[back], dim=1)


def pooled(hidden: Tensor, mask: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """The first of states (n, t, 384) and the means of the others, ``size`` by ``size``; the same
    of the mask (n, t), which leaves padding out of every mean."""
    first, seen = hidden[:, :1], mask[:, :1]
    n, t, d = hidden.shape
    more = (1 - t) % size
    rest = functional.pad(hidden[:, 1:], (0, 0, 0, more)).reshape(n, -1, size, d)
    there = functional.pad(mask[:, 1:], (0, more)).reshape(n, -1, size)
    sums = (rest * there.unsqueeze(3)).sum(2)
    means = (sums / there.sum(2, keepdim=True).clamp_min(1)).to(hidden.dtype)
    return torch.cat([first, means], 1), torch.cat([seen, there.any(2)], 1)


def seen_of(mask: Tensor) -> Tensor | None:
    """What attention may look at; None (faster) where nothing is padding."""
    return None if bool(mask.all()) else mask[:, None, None, :]


def linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    """A linear map that has these weights (out, in) and this bias (out,)."""
    part = nn.Linear(weight.shape[1], weight.shape[0])
    part.weight, part.bias = nn.Parameter(weight.contiguous()), nn.Parameter(bias)
    return part


def padded(rows: Sequence[TokenRow], tokens: int) -> tuple[Tensor, Tensor]:
    """Ids (n, t) and mask (n, t) of rows of token ids, cut at ``tokens``."""
    t = min(max((len(row) for row in rows), default=1), tokens)
    ids, mask = np.zeros((len(rows), t), np.int64), np.zeros((len(rows), t), bool)
    for at, row in enumerate(rows):
        ids[at, : len(row[:t])] = row[:t]
        mask[at, : len(row[:t])] = True
    return torch.from_numpy(ids), torch.from_numpy(mask)


def _layers(state: BertState) -> int:
    return sum(name.endswith(".attention.self.query.weight") for name in state)


def _tensor(values: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(np.array(values, np.float32))


def _array(values: Tensor) -> NDArray[np.float32]:
    return np.array(values.detach().float().numpy(), np.float32)


def _linear(state: BertState, name: str) -> nn.Linear:
    return linear(_tensor(state[f"{name}.weight"]), _tensor(state[f"{name}.bias"]))


def _norm(state: BertState, name: str) -> nn.LayerNorm:
    part = nn.LayerNorm(len(state[f"{name}.weight"]), eps=BERT_EPSILON)
    part.weight = nn.Parameter(_tensor(state[f"{name}.weight"]))
    part.bias = nn.Parameter(_tensor(state[f"{name}.bias"]))
    return part


def _named(name: str, part: nn.Module) -> dict[str, NDArray[np.float32]]:
    return {f"{name}.{key}": _array(value) for key, value in part.named_parameters()}
