"""What a BERT is to every program here: its constants, the stock weights, the folder of a student.

Nothing here imports torch, and ONNX only where a graph is written.

A folder (`encoders.folders`) holds ``model.onnx`` (int8 or fp32, see `encoders.graph`),
``tokenizer.json`` and ``rarity`` (a float32 for every token of the vocabulary, see
`encoders.telling`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from broadsheet.encoders.folders import FolderKind, check_finite
from broadsheet.encoders.interface import Encoder, Precision
from broadsheet.encoders.weights import TOKENIZER, find_model_files

BERT_EPSILON = 1e-12  # of its layer normalisations
BERT_HEAD_WIDTH = 32  # of all-MiniLM-L6-v2, and so of what is cut out of it
BERT_PROJECTION = "projection.weight"  # (d, 384) as torch keeps it; a student may end in it
MODEL, RARITY = "model.onnx", "rarity"
FOLDER = FolderKind("transformer", 1, (MODEL, TOKENIZER, RARITY), {"tokens": 2})

BertState = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Pooling:
    """From ``layer`` on, states are the means of ``size`` neighbours; in that layer they look at
    single ones (Dai et al., 2020, "Funnel-Transformer"). The first, [CLS], stays alone: heads that
    find nothing look there. The last has what is left."""

    layer: int
    size: int


def stock_state() -> tuple[dict[str, NDArray[np.float32]], Path]:
    """The weights of all-MiniLM-L6-v2 under BERT's names, and its ``tokenizer.json``.

    Nothing is fetched; raises `WeightsMissing`.
    """
    files = find_model_files(hub=False)
    return load_file(files.weights), files.tokenizer


def write_transformer(
    folder: Path,
    name: str,
    state: BertState,
    tokenizer: Path,
    *,
    tokens: int,
    outlier_units: Sequence[Sequence[int]],
    rarity: NDArray[np.float32],
    precision: Precision = "int8",
    queries: Encoder | None = None,
    pooling: Pooling | None = None,
) -> str:
    """Writes a folder that `load_encoder` takes, whole or not at all; returns the encoder's key.

    ``outlier_units`` and ``pooling`` as `encoders.graph.build_graph` takes them; ``rarity``
    (vocabulary,) as `telling_tokens` does. ``queries`` is the stock encoder that reads queries, in
    whose space the student's vectors are (None: the student reads them). Raises `EncoderError` for
    weights that are not finite and where the folder cannot be written, ValueError where
    ``queries`` has other dimensions.
    """
    from broadsheet.encoders.graph import build_graph

    check_finite(folder, {**state, RARITY: rarity})
    content = build_graph(
        state, precision, tokens=tokens, outlier_units=outlier_units, pooling=pooling
    )
    files = {
        MODEL: content,
        TOKENIZER: tokenizer.read_bytes(),
        RARITY: rarity.astype("<f4").tobytes(),
    }
    return FOLDER.write(
        folder, name, files, {"tokens": tokens}, dimensions=_dimensions(state), queries=queries
    )


def _dimensions(state: BertState) -> int:
    last = state.get(BERT_PROJECTION, state["embeddings.LayerNorm.weight"])
    return len(last)
