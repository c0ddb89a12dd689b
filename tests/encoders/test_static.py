from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, pre_tokenizers

from broadsheet.encoders import (
    Encoder,
    EncoderError,
    StaticEncoder,
    Words,
    document_frequencies,
    load_encoder,
    split_words,
    write_static,
)
from broadsheet.sources import starter

Floats = NDArray[np.floating[Any]]
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
DIMENSIONS = 24


def letters() -> Tokenizer:
    """A tokenizer that spells every word of Latin letters."""
    pieces = ["[UNK]", *LETTERS, *(f"##{letter}" for letter in LETTERS)]
    numbers = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


@pytest.fixture(scope="session")
def texts() -> list[str]:
    papers = [arrived.paper for arrived in islice(starter(), 120)]
    return [f"{paper.title}\n{paper.summary}" for paper in papers]


@pytest.fixture(scope="session")
def words(texts: Sequence[str]) -> Words:
    return Words(sorted(document_frequencies(texts[:60], 400)), letters())


@pytest.fixture(scope="session")
def table(words: Words) -> Floats:
    return np.random.default_rng(3).standard_normal((len(words), DIMENSIONS), np.float32)


@pytest.fixture(scope="session")
def weights(words: Words) -> Floats:
    return np.random.default_rng(4).uniform(0.1, 3, len(words))


@pytest.fixture
def folder(tmp_path: Path, words: Words, table: Floats, weights: Floats) -> Path:
    write_static(tmp_path / "field", words, table, weights)
    return tmp_path / "field"


@pytest.fixture
def static(folder: Path, tmp_path: Path) -> Encoder:
    return load_encoder(str(folder), tmp_path, hub=False)


def test_a_vector_is_the_weighted_sum_of_its_words(
    static: Encoder,
    words: Words,
    table: Floats,
    weights: Floats,
    texts: Sequence[str],
) -> None:
    found = static.encode_documents(texts)
    for row, text in enumerate(texts):
        ids = words.ids(text, 384)
        wanted = weights[ids] @ table[ids]
        assert found[row] @ wanted / np.linalg.norm(wanted) > 0.9995  # int8 levels
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)


def test_a_vector_depends_on_its_text_only(static: Encoder, texts: Sequence[str]) -> None:
    many = [*texts, "", "zzz 😀", *texts] * 3
    together = static.encode_documents(many)
    alone = np.concatenate([static.encode_queries([text]) for text in many])
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(static.encode_documents(many[::-1])[::-1], together)


def test_threads_change_no_vector(folder: Path, static: Encoder, texts: Sequence[str]) -> None:
    many = list(texts) * 10
    wanted = static.encode_documents(many)
    for threads in (1, 3):
        np.testing.assert_array_equal(StaticEncoder(folder, threads).encode_documents(many), wanted)
    with ThreadPoolExecutor(4) as pool:
        for answer in pool.map(lambda _: static.encode_documents(many), range(4)):
            np.testing.assert_array_equal(answer, wanted)


def test_texts_without_words_share_one_unit_vector(static: Encoder) -> None:
    vectors = static.encode_documents(["", " \n", "😀 – ?", "ψψψ", "\ud800"])
    np.testing.assert_array_equal(vectors, np.repeat(vectors[:1], 5, axis=0))
    assert np.linalg.norm(vectors[0]) == 1
    assert static.encode_documents([]).shape == (0, DIMENSIONS)


def test_only_the_first_words_of_a_text_count(
    tmp_path: Path,
    words: Words,
    table: Floats,
    weights: Floats,
    texts: Sequence[str],
) -> None:
    write_static(tmp_path / "short", words, table, weights, limit=12)
    short = StaticEncoder(tmp_path / "short")
    cut = b" ".join(split_words(texts[0])[:12]).decode()
    np.testing.assert_array_equal(short.encode_documents([texts[0]]), short.encode_documents([cut]))


def test_a_title_counts_as_often_as_was_written(
    tmp_path: Path, words: Words, table: Floats, weights: Floats, texts: Sequence[str]
) -> None:
    write_static(tmp_path / "thrice", words, table, weights, titles=3)
    write_static(tmp_path / "once", words, table, weights)
    thrice, once = StaticEncoder(tmp_path / "thrice"), StaticEncoder(tmp_path / "once")
    title, body = texts[0].split("\n")
    found = thrice.encode_documents([f"{title}\n{body}", f"{title} {body}"])
    np.testing.assert_array_equal(
        found, once.encode_documents([f"{title} {title} {title} {body}", f"{title} {body}"])
    )
    np.testing.assert_array_equal(thrice.encode_queries(texts), once.encode_queries(texts))


def test_the_key_names_the_content(
    tmp_path: Path,
    words: Words,
    table: Floats,
    weights: Floats,
) -> None:
    first = write_static(tmp_path / "My model (2)", words, table, weights)
    again = write_static(tmp_path / "b" / "My model (2)", words, table, weights)
    other = write_static(tmp_path / "c", words, table, weights + 1)
    cut = write_static(tmp_path / "d", words, table, weights, limit=9)
    assert first == again == StaticEncoder(tmp_path / "My model (2)").key
    assert first.startswith("static-my-model-2-")
    assert len({key.rpartition("-")[2] for key in (first, other, cut)}) == 3


def test_an_earlier_encoder_is_replaced_and_nothing_is_left_over(
    folder: Path,
    words: Words,
    table: Floats,
    weights: Floats,
) -> None:
    key = write_static(folder, words, table * 2 + 1, weights)
    assert StaticEncoder(folder).key == key
    assert [entry.name for entry in folder.parent.iterdir()] == ["field"]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("where", ["table", "weights"])
def test_values_that_are_no_numbers_are_refused(
    folder: Path,
    words: Words,
    table: Floats,
    weights: Floats,
    bad: float,
    where: str,
) -> None:
    before = StaticEncoder(folder).key
    broken = {"table": table.copy(), "weights": weights.copy()}
    broken[where][7] = bad
    with pytest.raises(EncoderError, match=f"{where} is not finite: the model is not written"):
        write_static(folder, words, broken["table"], broken["weights"])
    assert StaticEncoder(folder).key == before


def test_other_shapes_are_refused(
    tmp_path: Path,
    words: Words,
    table: Floats,
    weights: Floats,
) -> None:
    with pytest.raises(ValueError, match="shape"):
        write_static(tmp_path / "x", words, table[1:], weights)


def test_a_folder_of_something_else_is_not_replaced(
    tmp_path: Path,
    words: Words,
    table: Floats,
    weights: Floats,
) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("mine")
    for place in (tmp_path, notes):
        with pytest.raises(EncoderError, match="holds something else: give another folder"):
            write_static(place, words, table, weights)
    assert notes.read_text() == "mine"


def changed(name: str, value: object, *, sealed: bool = True) -> Callable[[Path], None]:
    """Without its seal a folder is as the oldest ones are."""

    def change(folder: Path) -> None:
        meta = json.loads((folder / "meta.json").read_text())
        if not sealed:
            del meta["seal"]
        (folder / "meta.json").write_text(json.dumps(meta | {name: value}))

    return change


def flipped(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[len(content) // 2] ^= 1
        (folder / name).write_bytes(content)

    return change


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (flipped("levels.i8"), "levels.i8: is damaged .it has another SHA-256"),
        (flipped("scales.f32"), "scales.f32: is damaged .it has another SHA-256"),
        (flipped("words.txt"), "words.txt: is damaged .it has another SHA-256"),
        (flipped("pieces.json"), "pieces.json: is damaged .it has another SHA-256"),
        (lambda folder: (folder / "levels.i8").unlink(), "No such file"),
        (changed("kind", "poem"), "no encoder of kind 'poem'"),
        (changed("format", 99), "format 99"),
        (changed("limit", 7), "meta.json: is damaged .it was changed"),
        (changed("limit", 0), "limit cannot be"),
        (changed("dimensions", 0), "dimensions cannot be"),
        (changed("dimensions", 7), "damaged"),
        (changed("dimensions", 12, sealed=False), "sizes do not fit"),
        (changed("titles", "many"), "titles cannot be"),
        (changed("files", {}), "files cannot be"),
        (lambda folder: (folder / "meta.json").write_text("{"), "what kind"),
        (lambda folder: (folder / "meta.json").write_text("[]"), "what kind"),
    ],
)
def test_a_damaged_folder_is_named_in_one_line(
    folder: Path, damage: Callable[[Path], None], said: str
) -> None:
    damage(folder)
    with pytest.raises(EncoderError, match=said) as raised:
        load_encoder(str(folder), folder.parent, hub=False)
    assert str(folder) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_it_is_loaded_without_torch_and_without_a_transformer(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from broadsheet.encoders import load_encoder;"
        "print(load_encoder(sys.argv[1], Path('.'), hub=False).encode_queries(['x']).shape,"
        "[name for name in ('torch', 'onnxruntime', 'transformers') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"(1, {DIMENSIONS}) []"
