"""Layers, hidden units and heads of a BERT by the size of their weights; what that costs is in
docs/methods.md, rows 95 and 105."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders import BERT_HEAD_WIDTH, BertState

_LAYER = "encoder.layer."
Scores = tuple[NDArray[np.float32], NDArray[np.float32]]  # of a layer's units and heads


def pruned(
    state: BertState, layers: Sequence[int], scores: Sequence[Scores], units: int, heads: int
) -> dict[str, NDArray[np.float32]]:
    """These layers under new numbers, each with the hidden units and heads that score highest;
    ``scores`` are of all layers."""
    found = {name: value for name, value in state.items() if not name.startswith(_LAYER)}
    for number, layer in enumerate(layers):
        of_units, of_heads = scores[layer]
        part = keep_units(_layer(state, layer), _largest(of_units, units))
        part = keep_heads(part, _largest(of_heads, heads))
        found |= {f"{_LAYER}{number}.{name}": value for name, value in part.items()}
    return found


def sizes(state: BertState) -> list[Scores]:
    """The sizes of every layer's units and heads: a unit's is the length of what goes in times the
    length of what comes out of it, a head's likewise over its 32 values."""
    count = sum(name.endswith(".attention.self.query.weight") for name in state)
    parts = [_layer(state, number) for number in range(count)]
    return [(unit_sizes(part), head_sizes(part)) for part in parts]


def _layer(state: BertState, number: int) -> dict[str, NDArray[np.float32]]:
    own = f"{_LAYER}{number}."
    return {name[len(own) :]: value for name, value in state.items() if name.startswith(own)}


def unit_sizes(layer: BertState) -> NDArray[np.float32]:
    """The size of each hidden unit of a layer, (units,)."""
    inner, outer = layer["intermediate.dense.weight"], layer["output.dense.weight"]
    return np.asarray(np.linalg.norm(inner, axis=1) * np.linalg.norm(outer, axis=0), np.float32)


def head_sizes(layer: BertState) -> NDArray[np.float32]:
    """The size of each head of a layer, (heads,)."""
    value, out = layer["attention.self.value.weight"], layer["attention.output.dense.weight"]
    inner = np.linalg.norm(value.reshape(-1, BERT_HEAD_WIDTH * value.shape[1]), axis=1)
    outer = np.linalg.norm(out.T.reshape(len(inner), -1), axis=1)
    return np.asarray(inner * outer, np.float32)


def keep_units(layer: BertState, kept: NDArray[np.int64]) -> dict[str, NDArray[np.float32]]:
    """A layer with these hidden units only."""
    inner, outer = "intermediate.dense", "output.dense"
    return {
        **layer,
        f"{inner}.weight": layer[f"{inner}.weight"][kept],
        f"{inner}.bias": layer[f"{inner}.bias"][kept],
        f"{outer}.weight": layer[f"{outer}.weight"][:, kept],
    }


def keep_heads(layer: BertState, kept: NDArray[np.int64]) -> dict[str, NDArray[np.float32]]:
    """A layer with these heads only."""
    places = (kept[:, None] * BERT_HEAD_WIDTH + np.arange(BERT_HEAD_WIDTH)).ravel()
    found = dict(layer)
    for name in ("query", "key", "value"):
        for what in ("weight", "bias"):
            whole = f"attention.self.{name}.{what}"
            found[whole] = layer[whole][places]
    out = "attention.output.dense.weight"
    found[out] = layer[out][:, places]
    return found


def _largest(sizes: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    return np.sort(np.argsort(-sizes, kind="stable")[:count])
