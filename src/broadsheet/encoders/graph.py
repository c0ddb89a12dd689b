"""The ONNX graph of all-MiniLM-L6-v2 or a smaller BERT, made from its weights; int8 or fp32.

The graph takes one row of token ids of whatever length: no padding and so no mask. It ends
with the mean over the tokens, scaled to unit length, as in Reimers and Gurevych (2019),
"Sentence-BERT".

int8 follows three rules, each for a measured error (mean cosine to fp32, 256 tokens):

- Weights have one scale per column, activations one per text (.934 per tensor, .995 so).
- In every layer two hidden units of the feed-forward network fire up to 24 at [CLS] where
  all others stay below 6, and so would take the resolution from 255 steps of everything
  else. They are computed apart, in fp32 (.9977); Dettmers et al. (2022), "LLM.int8()".
- The feed-forward input is divided by what each channel can reach, and the weights
  multiplied by it (.9985); Xiao et al. (2023), "SmoothQuant", with the reach read off the
  layer normalisation before it instead of calibration data.

How many layers there are, and how many heads and hidden units each has, is read off the
weights. A student may end in a ``projection`` of the mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

from broadsheet.encoders.bert import (
    BERT_EPSILON,
    BERT_HEAD_WIDTH,
    BERT_PROJECTION,
    Pooling,
)
from broadsheet.encoders.interface import Precision

BUILDER = 1  # counts up when a change below changes vectors: cached graphs are made anew
MAX_TOKENS = 256
INPUT, OUTPUT, STATES = "token_ids", "vector", "states"
# Found as the largest outputs of GELU over 48 abstracts; a test holds them to these weights.
OUTLIER_UNITS = ((856, 1170), (607, 251), (1004, 218), (358, 201), (637, 1321), (1302, 1280))
_FUSED = "com.microsoft"
_LEVELS = 127

Array = NDArray[np.float32]


def build_graph(
    weights: Path | Mapping[str, Array],
    precision: Precision,
    *,
    unsigned_weights: bool = False,
    tokens: int = MAX_TOKENS,
    outlier_units: Sequence[Sequence[int]] = OUTLIER_UNITS,
    pooling: Pooling | None = None,
) -> bytes:
    """Makes the serialised graph: ``token_ids`` int32 (1, t) to ``vector`` float32 (1, d).

    ``weights`` are a safetensors file or its arrays, under the names that BERT has there.
    t may be ``tokens`` at most. ``outlier_units`` are the hidden units of each layer that int8
    computes apart. ``unsigned_weights`` stores int8 weights with an offset of 128: the same
    numbers, for processors on which the signed product saturates. ``pooling``, if any, says where
    neighbours go together. Raises `KeyError` for other weights, ValueError for outliers of another
    number of layers.
    """
    state = load_file(weights) if isinstance(weights, Path) else weights
    made = _Graph(state, precision, unsigned_weights, tokens, outlier_units, pooling)
    return made.serialise()


def count_layers(state: Mapping[str, Array]) -> int:
    """How many layers these weights have."""
    return sum(name.endswith(".attention.self.query.weight") for name in state)


def with_unsigned_weights(content: bytes) -> bytes:
    """A serialised int8 graph with the offset of ``unsigned_weights`` put in afterwards."""
    model = onnx.load_from_string(content)
    products = [node for node in model.graph.node if node.op_type == "DynamicQuantizeMatMul"]
    shifted = {name for node in products for name in (node.input[1], node.input[3])}
    for constant in model.graph.initializer:
        if constant.name in shifted and constant.data_type == TensorProto.INT8:
            levels = numpy_helper.to_array(constant).astype(np.int16) + 128
            constant.CopyFrom(numpy_helper.from_array(levels.astype(np.uint8), constant.name))
    return bytes(model.SerializeToString())


def with_states(content: bytes) -> bytes:
    """A serialised graph that also gives what its mean is of: ``states`` float32 (1, t, width)."""
    model = onnx.load_from_string(content)
    (mean,) = (node for node in model.graph.node if node.op_type == "ReduceMean")
    model.graph.node.append(helper.make_node("Identity", mean.input[:1], [STATES]))
    shape: tuple[int | str | None, ...] = (1, "tokens", None)
    model.graph.output.append(helper.make_tensor_value_info(STATES, TensorProto.FLOAT, shape))
    return bytes(model.SerializeToString())


def saturation_probe() -> bytes:
    """A graph with one signed int8 product whose right answer is 255 · 127 · 64 = 2,072,640.

    x86 processors without VNNI add pairs of products in 16 bits, where these do not fit.
    """
    weights = np.full((64, 16), _LEVELS, np.int8)
    node = helper.make_node("MatMulInteger", [INPUT, "weights"], [OUTPUT])
    return _model(
        helper.make_graph(
            [node],
            "saturation",
            [helper.make_tensor_value_info(INPUT, TensorProto.UINT8, [4, 64])],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.INT32, [4, 16])],
            [numpy_helper.from_array(weights, "weights")],
        )
    )


def _model(graph: onnx.GraphProto) -> bytes:
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid(_FUSED, 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
    return bytes(model.SerializeToString())


class _Graph:
    def __init__(
        self,
        state: Mapping[str, Array],
        precision: Precision,
        unsigned: bool,
        tokens: int,
        outlier_units: Sequence[Sequence[int]],
        pooling: Pooling | None,
    ) -> None:
        self.layers = count_layers(state)
        if len(outlier_units) != self.layers:
            raise ValueError(f"outlier units of {len(outlier_units)} layers, not {self.layers}")
        self.state = state
        self.tokens = tokens
        self.outlier_units = outlier_units
        self.pooling = pooling
        self.int8 = precision == "int8"
        self.unsigned = unsigned
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def serialise(self) -> bytes:
        hidden = self._embeddings()
        for number in range(self.layers):
            hidden = self._layer(hidden, number)
        tokens = self._constant("token_axis", np.array([1], np.int64))
        mean = self._node("ReduceMean", [hidden, tokens], "mean", keepdims=0)
        width = len(self.state["embeddings.LayerNorm.weight"])
        if BERT_PROJECTION in self.state:
            matrix = self.state[BERT_PROJECTION].T
            mean, width = self._product(mean, matrix, "projection"), matrix.shape[1]
        self._node("LpNormalization", [mean], OUTPUT, axis=-1, p=2)
        # The length of a row is all that varies.
        return _model(
            helper.make_graph(
                self.nodes,
                "all-MiniLM-L6-v2",
                [helper.make_tensor_value_info(INPUT, TensorProto.INT32, [1, "tokens"])],
                [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [1, width])],
                self.constants,
            )
        )

    def _embeddings(self) -> str:
        words = self.state["embeddings.word_embeddings.weight"]
        # All tokens are of type 0, so that its vector can be added to the positions' now.
        positions = (
            self.state["embeddings.position_embeddings.weight"][: self.tokens]
            + self.state["embeddings.token_type_embeddings.weight"][0]
        )
        if self.int8:  # one scale per word: 35 MB less to hold
            scales = np.abs(words).max(axis=1, keepdims=True) / np.float32(_LEVELS)
            table = self._constant("words", np.rint(words / scales).astype(np.int8))
            rows = self._node("Gather", [table, INPUT], "word_rows")
            rows = self._node("Cast", [rows], "word_values", to=TensorProto.FLOAT)
            scale = self._node("Gather", [self._constant("word_scales", scales), INPUT], "scale")
            word = self._node("Mul", [rows, scale], "word")
        else:
            word = self._node("Gather", [self._constant("words", words), INPUT], "word")
        length = self._node("Shape", [INPUT], "length", start=1, end=2)
        zero = self._constant("zero", np.array([0], np.int64))
        table = self._constant("positions", positions)
        position = self._node("Slice", [table, zero, length, zero], "position")
        total = self._node("Add", [word, position], "embedded")
        return self._normalise(total, "embeddings.LayerNorm")

    def _layer(self, hidden: str, number: int) -> str:
        prefix = f"encoder.layer.{number}."
        asking = hidden
        if self.pooling is not None and number == self.pooling.layer:
            asking = self._pooled(hidden, self.pooling.size, prefix)
        context = self._context(hidden, asking, prefix)
        weights, bias = self._linear_state(f"{prefix}attention.output.dense")
        attended = self._linear(context, weights, bias, f"{prefix}attended")
        # Add and LayerNormalization apart: fused, they took ten times as long (410 µs a layer).
        attended = self._node("Add", [attended, asking], f"{prefix}attended_sum")
        attended = self._normalise(attended, f"{prefix}attention.output.LayerNorm")
        changed = self._feed_forward(attended, number)
        changed = self._node("Add", [changed, attended], f"{prefix}changed_sum")
        return self._normalise(changed, f"{prefix}output.LayerNorm")

    def _context(self, hidden: str, asking: str, prefix: str) -> str:
        """What the heads find for ``asking`` in ``hidden``; one product where they are the same."""
        names = ("query", "key", "value")
        heads = len(self.state[f"{prefix}attention.self.query.bias"]) // BERT_HEAD_WIDTH
        if asking == hidden:
            inputs = self._attention_inputs(hidden, names, prefix)
        else:
            inputs = [
                *self._attention_inputs(asking, names[:1], prefix),
                *self._attention_inputs(hidden, names[1:], prefix),
            ]
        return self._node(
            "MultiHeadAttention", inputs, f"{prefix}context", domain=_FUSED, num_heads=heads
        )

    def _attention_inputs(self, values: str, names: Sequence[str], prefix: str) -> list[str]:
        parts = [self._linear_state(f"{prefix}attention.self.{name}") for name in names]
        weights = np.concatenate([weight for weight, _ in parts], axis=1)
        bias = np.concatenate([bias for _, bias in parts])
        short = "".join(name[0] for name in names)
        joint = self._linear(values, weights, bias, f"{prefix}{short}")
        if len(names) == 1:
            return [joint]
        split = [f"{prefix}{name}" for name in names]
        self._node("Split", [joint], split, axis=-1, num_outputs=len(names))
        return split

    def _pooled(self, hidden: str, size: int, prefix: str) -> str:
        """The first state, and the means of the others, ``size`` by ``size``."""
        name = f"{prefix}pooled"
        one, end = np.array([1], np.int64), np.array([np.iinfo(np.int64).max], np.int64)
        axis, end_of = self._constant(f"{name}_one", one), self._constant(f"{name}_end", end)
        start = self._constant(f"{name}_start", np.array([0], np.int64))
        first = self._node("Slice", [hidden, start, axis, axis], f"{name}_first")
        rest = self._node("Slice", [hidden, axis, end_of, axis], f"{name}_rest")
        # Pooling looks at pictures: one of one channel, as high as there are states.
        picture = self._node("Unsqueeze", [rest, start], f"{name}_picture")
        means = self._node(
            "AveragePool",
            [picture],
            f"{name}_means",
            kernel_shape=[size, 1],
            strides=[size, 1],
            ceil_mode=1,
            count_include_pad=0,
        )
        means = self._node("Squeeze", [means, start], f"{name}_states")
        return self._node("Concat", [first, means], name, axis=1)

    def _feed_forward(self, hidden: str, number: int) -> str:
        prefix = f"encoder.layer.{number}."
        inner, inner_bias = self._linear_state(f"{prefix}intermediate.dense")
        outer, outer_bias = self._linear_state(f"{prefix}output.dense")
        if not self.int8:
            return self._hidden_units(hidden, inner, inner_bias, outer, outer_bias, prefix)
        apart = np.array(self.outlier_units[number], np.int64)
        rest = np.setdiff1d(np.arange(inner.shape[1]), apart)
        normalisation = f"{prefix}attention.output.LayerNorm"
        # Four deviations from the mean of a normalised channel, the largest it is likely to be.
        reach = np.abs(self.state[f"{normalisation}.bias"]) + 4 * np.abs(
            self.state[f"{normalisation}.weight"]
        )
        factor = self._constant(f"{prefix}smoothing", (1 / reach).astype(np.float32))
        smooth = self._node("Mul", [hidden, factor], f"{prefix}smooth")
        total = self._hidden_units(
            smooth,
            inner[:, rest] * reach[:, None],
            inner_bias[rest],
            outer[rest],
            outer_bias,
            prefix,
        )
        if not len(apart):
            return total
        few = self._product(hidden, inner[:, apart], f"{prefix}outliers")
        few = self._gelu(few, inner_bias[apart], f"{prefix}outliers_active")
        few = self._product(few, outer[apart], f"{prefix}outliers_out")
        return self._node("Add", [total, few], f"{prefix}changed")

    def _hidden_units(
        self,
        hidden: str,
        inner: Array,
        inner_bias: Array,
        outer: Array,
        outer_bias: Array,
        prefix: str,
    ) -> str:
        units = self._linear(hidden, inner, None, f"{prefix}units")
        active = self._gelu(units, inner_bias, f"{prefix}active")
        return self._linear(active, outer, outer_bias, f"{prefix}out")

    def _gelu(self, values: str, bias: Array, output: str) -> str:
        inputs = [values, self._constant(f"{output}_bias", bias)]
        return self._node("BiasGelu", inputs, output, domain=_FUSED)  # with erf, not tanh

    def _linear(self, values: str, weights: Array, bias: Array | None, output: str) -> str:
        if not self.int8:
            product = self._product(values, weights, f"{output}_product")
            if bias is None:
                return product
            return self._node("Add", [product, self._constant(f"{output}_bias", bias)], output)
        scales = (np.abs(weights).max(axis=0) / _LEVELS).astype(np.float32)
        levels = np.rint(weights / scales)
        kind, zero = (np.uint8, 128) if self.unsigned else (np.int8, 0)
        inputs = [
            values,
            self._constant(f"{output}_weights", (levels + zero).astype(kind)),
            self._constant(f"{output}_scales", scales),
            self._constant(f"{output}_zeros", np.full(len(scales), zero, kind)),
        ]
        if bias is not None:
            inputs.append(self._constant(f"{output}_bias", bias))
        return self._node("DynamicQuantizeMatMul", inputs, output, domain=_FUSED)

    def _product(self, values: str, weights: Array, output: str) -> str:
        return self._node("MatMul", [values, self._constant(f"{output}_weights", weights)], output)

    def _normalise(self, values: str, name: str) -> str:
        inputs = [
            values,
            self._constant(f"{name}.weight", self.state[f"{name}.weight"]),
            self._constant(f"{name}.bias", self.state[f"{name}.bias"]),
        ]
        return self._node(
            "LayerNormalization", inputs, f"{name}.output", axis=-1, epsilon=BERT_EPSILON
        )

    def _linear_state(self, name: str) -> tuple[Array, Array]:
        """Weights as (inputs, outputs), torch keeps them the other way round, and bias."""
        return self.state[f"{name}.weight"].T, self.state[f"{name}.bias"]

    def _constant(self, name: str, values: NDArray[np.generic]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _node(
        self,
        kind: str,
        inputs: Sequence[str],
        output: str | list[str],
        *,
        domain: str = "",
        **attributes: Any,
    ) -> str:
        outputs = [output] if isinstance(output, str) else output
        self.nodes.append(helper.make_node(kind, inputs, outputs, domain=domain, **attributes))
        return outputs[0]
