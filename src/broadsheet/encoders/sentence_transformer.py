"""Any sentence-transformers model, through the extra ``models`` (which brings torch)."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from broadsheet.encoders.interface import EncoderError, Vectors, WeightsMissing
from broadsheet.encoders.readable import readable

_BATCH = 32
_LONGEST_WINDOW = 32_768


class SentenceTransformerEncoder:
    """A model by its name on the hub or its folder, run by sentence-transformers as it is.

    Prompts for queries and documents that the model's configuration names are put before
    the texts. The key holds a digest of the weights and prompts, so that a model trained
    further in the same folder does not pass for the old one.
    """

    def __init__(self, name: str, *, hub: bool = True, threads: int | None = None) -> None:
        if not hub:
            # Read when huggingface_hub is imported. Without it the library would load local
            # files only, and yet call the hub for what to put in its headers.
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
        library, torch = _libraries(name)
        self.name = name
        self._model = _load(library, name, hub=hub)
        if threads:
            torch.set_num_threads(threads)  # for the whole process: torch has no finer setting
        window = self._model.get_max_seq_length() or _LONGEST_WINDOW
        self._window = int(min(window, _LONGEST_WINDOW))
        self.dimensions = len(self._encode(self._model.encode, ["dimensions"])[0])
        slug = re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.")[-60:]
        self.key = f"{slug}-{_digest(self._model)}-{self._window}"

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """(n, dimensions) float32 of unit length, with the model's prompt for queries."""
        return self._encode(self._model.encode_query, texts)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """(n, dimensions) float32 of unit length, with the model's prompt for documents."""
        return self._encode(self._model.encode_document, texts)

    def _encode(self, encode: Any, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimensions), np.float32)
        vectors = encode(
            [readable(text, self._window) for text in texts],
            batch_size=_BATCH,
            show_progress_bar=False,
            normalize_embeddings=True,
            convert_to_numpy=True,
        )
        return np.asarray(vectors, np.float32)


def _libraries(name: str) -> tuple[Any, Any]:
    try:
        # By name, because neither is there to be type-checked without the extra.
        return import_module("sentence_transformers"), import_module("torch")
    except ImportError as error:
        raise EncoderError(
            f"encoder {name!r} needs sentence-transformers ({error}): "
            "pip install 'broadsheet[models]', or use all-MiniLM-L6-v2"
        ) from error


def _load(library: Any, name: str, *, hub: bool) -> Any:
    path = Path(name).expanduser()
    try:
        return library.SentenceTransformer(
            str(path) if path.exists() else name, local_files_only=not hub
        )
    except OSError as error:
        place = "this machine or the model hub" if hub else "this machine (the hub is switched off)"
        raise WeightsMissing(
            f"encoder {name!r} was not found on {place}: give a model's name on the hub or the "
            f"folder of one ({_line(error)})"
        ) from error
    except Exception as error:  # whatever a model's own configuration and code may raise
        raise EncoderError(
            f"encoder {name!r} cannot be loaded as a sentence-transformers model: {_line(error)}"
        ) from error


def _digest(model: Any) -> str:
    """Twelve hexadecimal digits that change with the weights or the prompts."""
    digest = hashlib.blake2b(digest_size=6)
    digest.update(json.dumps([model.prompts, model.default_prompt_name], sort_keys=True).encode())
    uint8 = import_module("torch").uint8
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(key.encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(uint8).numpy())
    return digest.hexdigest()


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
