from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from broadsheet.encoders import Encoder, EncoderError, WeightsMissing, load_encoder

WITHOUT = """
import sys
from pathlib import Path
from broadsheet.encoders import EncoderError, load_encoder
try:
    load_encoder("some/model", Path(sys.argv[1]))
except EncoderError as error:
    sys.exit(str(error))
"""


def test_without_the_extra_one_line_says_what_to_install(
    tmp_path: Path, bare_environment: dict[str, str]
) -> None:
    result = subprocess.run(
        [sys.executable, "-S", "-c", WITHOUT, str(tmp_path)],
        env=bare_environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 1
    (line,) = result.stderr.strip().splitlines()
    assert "encoder 'some/model' needs sentence-transformers" in line
    assert "pip install 'broadsheet[models]'" in line


@pytest.fixture(scope="module")
def library() -> Any:
    return pytest.importorskip("sentence_transformers", reason="needs the extra 'models'")


@pytest.fixture
def folder(library: Any, tmp_path: Path) -> Path:
    """A tiny model of random weights, with prompts."""
    transformers = pytest.importorskip("transformers")
    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *["query:", "passage", "a", "paper", "tide"],
    ]
    (tmp_path / "vocab.txt").write_text("\n".join(words))
    parts = tmp_path / "parts"
    transformers.BertTokenizer(str(tmp_path / "vocab.txt")).save_pretrained(parts)
    configuration = transformers.BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    transformers.BertModel(configuration).save_pretrained(parts)
    model = library.SentenceTransformer(str(parts), device="cpu")
    model.prompts = {"query": "query: ", "document": "passage: "}
    model.save(str(tmp_path / "tiny model"))
    return tmp_path / "tiny model"


def load(name: object) -> Encoder:
    return load_encoder(str(name), Path("unused"), hub=False, threads=1)


def test_a_model_by_path_puts_its_prompts_before_the_texts(folder: Path, library: Any) -> None:
    encoder = load(folder)
    plain = library.SentenceTransformer(str(folder), device="cpu")
    for encode, prompt in (
        (encoder.encode_queries, "query: "),
        (encoder.encode_documents, "passage: "),
    ):
        expected = plain.encode([prompt + "a tide"], prompt="", normalize_embeddings=True)
        np.testing.assert_allclose(encode(["a tide"]), expected, atol=1e-6)
    assert encoder.dimensions == 32
    assert encoder.encode_documents([]).shape == (0, 32)


def test_order_is_kept_and_vectors_have_unit_length(folder: Path) -> None:
    encoder = load(folder)
    texts = ["a paper " * n for n in (30, 1, 12, 0, 500)] + ["\x00\ud800", "tide"]
    together = encoder.encode_documents(texts)
    alone = np.concatenate([encoder.encode_documents([text]) for text in texts])
    assert together.dtype == np.float32
    np.testing.assert_allclose(together, alone, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)


def test_the_key_changes_with_weights_and_prompts(folder: Path, library: Any) -> None:
    key = load(folder).key
    assert key == load(folder).key
    assert re.fullmatch(r"[A-Za-z0-9.-]{1,100}", key)
    configuration = folder / "config_sentence_transformers.json"
    changed = json.loads(configuration.read_text())
    changed["prompts"]["query"] = "ask: "
    configuration.write_text(json.dumps(changed))
    other_prompt = load(folder).key
    model = library.SentenceTransformer(str(folder), device="cpu")
    next(model.parameters()).data[0] += 1
    model.save(str(folder))
    assert len({key, other_prompt, load(folder).key}) == 3


def test_a_model_that_is_nowhere_is_said_in_one_line(library: Any, tmp_path: Path) -> None:
    for name in (tmp_path / "absent", "nobody/no-such-model"):
        with pytest.raises(WeightsMissing, match="was not found") as raised:
            load(name)
        assert "\n" not in str(raised.value)
        assert repr(str(name)) in str(raised.value)


def test_a_folder_without_a_model_is_said_in_one_line(library: Any, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(EncoderError) as raised:
        load(tmp_path)
    assert "\n" not in str(raised.value)
