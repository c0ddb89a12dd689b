from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from tests.encoders.small_bert import TEXTS, WORDS, small_state, small_tokenizer

from broadsheet.encoders import (
    EncoderError,
    load_encoder,
    rarity_of,
    telling_tokens,
    write_transformer,
)
from broadsheet.encoders.graph import INPUT, build_graph, with_unsigned_weights

PLAIN: Sequence[Sequence[int]] = ((), ())
RARITY = np.zeros(len(WORDS) + 4, np.float32)


def written(
    folder: Path,
    *,
    tokens: int = 16,
    outliers: Sequence[Sequence[int]] = PLAIN,
    layers: int = 2,
    projection: int = 0,
    rarity: NDArray[np.float32] | None = None,
) -> str:
    return write_transformer(
        folder / "model",
        "Small one",
        small_state(layers=layers, projection=projection),
        small_tokenizer(folder),
        tokens=tokens,
        outlier_units=outliers,
        rarity=RARITY if rarity is None else rarity,
    )


def test_a_folder_is_loaded_as_what_was_written(tmp_path: Path) -> None:
    key = written(tmp_path)
    encoder = load_encoder(str(tmp_path / "model"), tmp_path / "none")
    vectors = encoder.encode_documents(TEXTS)
    found = encoder.name, encoder.key, encoder.dimensions
    assert found == (str(tmp_path / "model"), key, 64)
    assert re.fullmatch(r"transformer-small-one-[0-9a-f]{12}", key)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(vectors, encoder.encode_queries(TEXTS[::-1])[::-1])
    assert not list(tmp_path.glob(".unfinished*"))


def test_the_key_tells_models_apart_and_not_the_places_they_lie_in(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert written(tmp_path) == written(tmp_path / "other")
    assert written(tmp_path) != written(tmp_path, tokens=15)
    assert written(tmp_path) != written(tmp_path, outliers=((3,), (4, 5)))


@pytest.mark.parametrize("outliers", [((), ()), ((3,), (4, 5))])
def test_int8_is_near_fp32_with_and_without_units_apart(
    tmp_path: Path, outliers: Sequence[Sequence[int]]
) -> None:
    written(tmp_path, outliers=outliers)
    exact = build_graph(small_state(), "fp32", tokens=16, outlier_units=outliers)
    session = onnxruntime.InferenceSession(exact, providers=["CPUExecutionProvider"])
    (wanted,) = session.run(None, {INPUT: np.array([[2, 4, 5, 6, 9, 10, 11, 3]], np.int32)})
    encoder = load_encoder(str(tmp_path / "model"), tmp_path)
    (found,) = encoder.encode_documents(["the tide rises twice a day"])
    assert float(found @ wanted[0]) > 0.99


def test_a_text_is_cut_at_the_models_own_window(tmp_path: Path) -> None:
    written(tmp_path, tokens=6)
    encoder = load_encoder(str(tmp_path / "model"), tmp_path)
    cut, longer = encoder.encode_documents(["the tide rises and", "the tide rises and owls hunt"])
    np.testing.assert_array_equal(cut, longer)


def test_what_is_rare_is_read_however_far_behind_it_stands(tmp_path: Path) -> None:
    rarity = RARITY.copy()
    rarity[4 + WORDS.index("owls")] = 5
    written(tmp_path, tokens=28, rarity=rarity)
    encoder = load_encoder(str(tmp_path / "model"), tmp_path)
    filling = "the tide " * 20
    plain, behind, further = encoder.encode_documents(
        [filling, f"{filling} owls", f"{filling} owls {filling}"]
    )
    assert float(plain @ behind) < 0.9999
    np.testing.assert_array_equal(behind, further)


def test_telling_tokens_keep_front_end_and_order() -> None:
    rarity = np.zeros(100, np.float32)
    rarity[[50, 60]] = [2, 3]
    ids = [1, *range(2, 26), 50, 30, 60, 60, 50, 31, 99]
    assert telling_tokens(ids, rarity, len(ids)) == ids
    assert telling_tokens(ids, rarity, 27) == [*ids[:24], 50, 60, 99]
    # A token counts less each time that it comes again.
    assert telling_tokens(ids, rarity, 29) == [*ids[:24], 50, 60, 60, 50, 99]
    assert telling_tokens(ids, rarity, 3) == [1, 2, 99]


def test_a_token_is_the_rarer_the_fewer_texts_have_it() -> None:
    rarity = rarity_of([[1, 2, 2], [1, 3], [1]], 5)
    assert rarity[4] > rarity[2] == rarity[3] > rarity[1] == 0


def test_a_projection_gives_the_vectors_another_length(tmp_path: Path) -> None:
    written(tmp_path, projection=10)
    encoder = load_encoder(str(tmp_path / "model"), tmp_path)
    assert encoder.dimensions == 10
    assert encoder.encode_queries(TEXTS).shape == (4, 10)


def test_an_offset_put_in_afterwards_is_that_of_the_builder() -> None:
    state = small_state()
    signed = build_graph(state, "int8", tokens=16, outlier_units=PLAIN)
    unsigned = build_graph(state, "int8", tokens=16, outlier_units=PLAIN, unsigned_weights=True)
    assert with_unsigned_weights(signed) == unsigned != signed


def test_outliers_of_another_number_of_layers_are_refused() -> None:
    with pytest.raises(ValueError, match="2"):
        build_graph(small_state(layers=2), "int8", outlier_units=((), (), ()))


def test_weights_that_are_no_numbers_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    state = small_state()
    state["encoder.layer.1.output.dense.weight"][3, 4] = np.nan
    with pytest.raises(EncoderError, match=r"layer\.1\.output\.dense\.weight is not finite"):
        write_transformer(
            tmp_path / "model",
            "broken",
            state,
            small_tokenizer(tmp_path),
            tokens=16,
            outlier_units=PLAIN,
            rarity=RARITY,
        )
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "rarity"])
def test_a_damaged_or_missing_file_is_named_in_one_line(tmp_path: Path, name: str) -> None:
    written(tmp_path)
    path = tmp_path / "model" / name
    content = path.read_bytes()
    path.write_bytes(content[:-9] + b"x" + content[-8:])
    for _ in range(2):
        with pytest.raises(EncoderError, match=r"damaged|cannot be read") as raised:
            load_encoder(str(tmp_path / "model"), tmp_path)
        assert "\n" not in str(raised.value)
        path.unlink(missing_ok=True)


@pytest.mark.parametrize(
    "change", [{"format": 99}, {"tokens": "many"}, {"tokens": 0}, {"files": {}}, {"dimensions": 9}]
)
def test_a_meta_that_tells_otherwise_is_refused_in_one_line(
    tmp_path: Path, change: dict[str, object]
) -> None:
    written(tmp_path)
    path = tmp_path / "model" / "meta.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change))
    with pytest.raises(EncoderError, match="train it anew") as raised:
        load_encoder(str(tmp_path / "model"), tmp_path)
    assert "\n" not in str(raised.value)


def test_a_model_is_replaced_whole_and_where_it_cannot_be_the_line_says_so(tmp_path: Path) -> None:
    first = written(tmp_path)
    second = written(tmp_path, tokens=12)
    assert load_encoder(str(tmp_path / "model"), tmp_path).key == second != first
    (tmp_path / "file").touch()
    tokenizer = small_tokenizer(tmp_path)
    with pytest.raises(EncoderError, match="cannot be written"):
        write_transformer(
            tmp_path / "file" / "model",
            "nowhere",
            small_state(),
            tokenizer,
            tokens=16,
            outlier_units=PLAIN,
            rarity=RARITY,
        )


def test_a_student_runs_without_torch(tmp_path: Path) -> None:
    written(tmp_path)
    program = (
        "import sys; from pathlib import Path; from broadsheet.encoders import load_encoder\n"
        "load_encoder(sys.argv[1], Path(sys.argv[1])).encode_queries(['owls hunt'])\n"
        "sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "model")], check=True, timeout=60)
