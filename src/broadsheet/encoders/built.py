"""The graph is made once and kept: ``models/KEY/`` with ``meta.json`` naming every SHA-256."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime  # type: ignore[import-untyped]

from broadsheet.encoders import graph
from broadsheet.encoders.interface import EncoderError, Precision
from broadsheet.encoders.weights import SHA256, TOKENIZER, WEIGHTS, find_model_files, sha256
from broadsheet.files import (
    private_folder,
    put,
    replaced_folder,
    sweep_unfinished,
    take_lock,
)

MODEL = "model.onnx"
META = "meta.json"
_LOCK = ".lock"
_log = logging.getLogger(__name__)


def built_model(key: str, models_dir: Path, precision: Precision, *, hub: bool) -> Path:
    """The folder with ``model.onnx`` and ``tokenizer.json``, made if it is missing or damaged.

    Any number of processes may ask at once; one of them builds. A process killed while it
    builds leaves only a temporary folder, which the next build removes. Raises
    `WeightsMissing`, or `EncoderError` if ``models_dir`` cannot be written.
    """
    unsigned = precision == "int8" and signed_products_saturate()
    folder = models_dir / (f"{key}-unsigned" if unsigned else key)
    if _intact(folder):
        return folder
    try:
        with _lock(models_dir):
            if not _intact(folder):  # nobody else has built it meanwhile
                _build(folder, precision, unsigned, hub=hub)
    except OSError as error:
        raise EncoderError(
            f"{folder}: the encoder cannot be kept there ({error.strerror or error}): "
            "make room or give write permission"
        ) from error
    return folder


def _build(folder: Path, precision: Precision, unsigned: bool, *, hub: bool) -> None:
    files = find_model_files(hub=hub)
    sweep_unfinished(folder.parent)  # under the lock nobody is at work there
    if folder.exists():
        _log.warning("%s is damaged and is made anew", folder)
    with replaced_folder(folder) as new:
        put(new / MODEL, graph.build_graph(files.weights, precision, unsigned_weights=unsigned))
        put(new / TOKENIZER, files.tokenizer.read_bytes())
        meta = {
            "builder": graph.BUILDER,
            "weights": SHA256[WEIGHTS],
            "files": {name: sha256(new / name) for name in (MODEL, TOKENIZER)},
        }
        put(new / META, json.dumps(meta, indent=1).encode())


def _intact(folder: Path) -> bool:
    try:
        meta = json.loads((folder / META).read_bytes())
        files = meta["files"]
        return (
            meta["builder"] == graph.BUILDER
            and files.keys() == {MODEL, TOKENIZER}
            and all(sha256(folder / name) == digest for name, digest in files.items())
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False  # absent, or whatever a broken meta.json may hold


@contextlib.contextmanager
def _lock(models_dir: Path) -> Iterator[None]:
    private_folder(models_dir.parent)  # the home, which may not be there yet
    models_dir.mkdir(exist_ok=True)
    with (models_dir / _LOCK).open("ab") as stream:
        take_lock(stream, wait=True)
        yield


def signed_products_saturate() -> bool:
    """Whether this machine's kernels lose bits of u8 · s8 products (x86 without VNNI)."""
    session = onnxruntime.InferenceSession(
        graph.saturation_probe(), providers=["CPUExecutionProvider"]
    )
    (products,) = session.run(None, {graph.INPUT: np.full((4, 64), 255, np.uint8)})
    return bool(np.any(np.asarray(products) != 255 * 127 * 64))
