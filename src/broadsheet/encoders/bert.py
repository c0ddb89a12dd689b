"""What a BERT is to every program here: its constants, the stock weights, the folder of a student.

Nothing here imports torch, and ONNX only where a graph is written.

A folder holds ``model.onnx`` (int8 or fp32, see `encoders.graph`), ``tokenizer.json``,
``rarity`` (a float32 for every token of the vocabulary, see `encoders.telling`) and ``meta.json``:
kind, format, name, key, dimensions, tokens, every file's SHA-256, and under ``queries`` name and
key of the encoder that reads queries, where that is another.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from broadsheet.encoders.interface import Encoder, EncoderError, Precision
from broadsheet.encoders.weights import TOKENIZER, find_model_files, sha256
from broadsheet.files import put, replaced_folder

BERT_EPSILON = 1e-12  # of its layer normalisations
BERT_HEAD_WIDTH = 32  # of all-MiniLM-L6-v2, and so of what is cut out of it
BERT_PROJECTION = "projection.weight"  # (d, 384) as torch keeps it; a student may end in it
KIND = "transformer"
FORMAT = 1
MODEL, META, RARITY = "model.onnx", "meta.json", "rarity"
_SLUG = re.compile(r"[^a-z0-9]+")

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

    for part, values in {**state, RARITY: rarity}.items():
        if not np.isfinite(values).all():
            raise EncoderError(f"{folder}: {part} is not finite: the model is not written")
    content = build_graph(
        state, precision, tokens=tokens, outlier_units=outlier_units, pooling=pooling
    )
    words = tokenizer.read_bytes()
    files = {MODEL: content, TOKENIZER: words, RARITY: rarity.astype("<f4").tobytes()}
    digest = hashlib.sha256(b"".join(files.values()) + str(tokens).encode()).hexdigest()[:12]
    key = f"{KIND}-{_SLUG.sub('-', name.lower()).strip('-')[:40]}-{digest}"
    meta: dict[str, Any] = {
        "kind": KIND,
        "format": FORMAT,
        "name": name,
        "key": key,
        "dimensions": _dimensions(state),
        "tokens": tokens,
        "files": {file: hashlib.sha256(held).hexdigest() for file, held in files.items()},
    }
    if queries is not None:
        if queries.dimensions != meta["dimensions"]:
            raise ValueError(f"{queries.name} has {queries.dimensions} dimensions, {name} others")
        meta["queries"] = {"name": queries.name, "key": queries.key}
    files[META] = json.dumps(meta, indent=1).encode()
    try:
        with replaced_folder(folder) as new:
            for file, held in files.items():
                put(new / file, held)
    except OSError as error:
        raise EncoderError(f"{folder}: cannot be written ({error.strerror or error})") from error
    return key


def read_meta(folder: Path) -> dict[str, Any]:
    """What ``meta.json`` tells of an intact folder; raises `EncoderError`."""
    try:
        meta: dict[str, Any] = json.loads((folder / META).read_bytes())
        if (meta["kind"], meta["format"]) != (KIND, FORMAT):
            raise EncoderError(
                f"{folder}: {meta['kind']} of format {meta['format']}, not {KIND} of {FORMAT}: "
                "train it anew"
            )
        typed = {"name": str, "key": str, "dimensions": int, "tokens": int}
        wrong = [name for name, kind in typed.items() if not isinstance(meta[name], kind)]
        if wrong or meta["tokens"] < 2 or meta["files"].keys() != {MODEL, TOKENIZER, RARITY}:
            raise ValueError(f"{', '.join(wrong) or 'tokens or files'} cannot be")
        asked = meta.get("queries")
        if asked is not None and not (isinstance(asked["name"], str) and asked["key"]):
            raise ValueError("queries cannot be")
        damaged = [n for n, known in meta["files"].items() if sha256(folder / n) != known]
    except OSError as error:
        raise EncoderError(f"{folder}: cannot be read ({error.strerror or error})") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EncoderError(f"{folder / META}: is damaged ({error}): train it anew") from error
    if damaged:
        raise EncoderError(f"{folder / damaged[0]}: is damaged: train it anew")
    return meta


def _dimensions(state: BertState) -> int:
    last = state.get(BERT_PROJECTION, state["embeddings.LayerNorm.weight"])
    return len(last)
