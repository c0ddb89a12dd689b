"""An attentive encoder: what it computes, and the folder that it comes from."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.encoders.small_bert import TEXTS, small_tokenizer

from broadsheet.encoders import (
    AttentionMaps,
    AttentiveEncoder,
    Encoder,
    EncoderError,
    Words,
    is_trained_here,
    load_encoder,
    weight_of_meaning,
    write_attentive,
)
from broadsheet.encoders.attentive import OWN

D, HEADS, WIDTH = 12, 3, 4
KNOWN = ["cold", "day", "mice", "owls", "rivers", "tide", "twice"]


def maps() -> AttentionMaps:
    chance = np.random.default_rng(1)

    def normal(*shape: int) -> NDArray[np.float32]:
        return chance.normal(0, 0.5, shape).astype(np.float32)

    return AttentionMaps(
        powers=np.array([1.2, 0.7], np.float32),
        first=normal(D, D),
        bias=normal(D),
        asks=normal(D, HEADS * WIDTH) * 3,
        keys=normal(HEADS, WIDTH, D) * 3,
        slopes=normal(2, HEADS),
        out=normal(HEADS * D, D),
    )


def parts(folder: Path) -> tuple[Words, NDArray[np.float32], NDArray[np.float32]]:
    words = Words(KNOWN, small_tokenizer(folder))
    chance = np.random.default_rng(2)
    levels = chance.integers(-127, 128, (len(words), D))
    levels[:, 3] = 127  # so that int8 holds the table as it is
    table = (levels / 64).astype(np.float32)
    return words, table, chance.uniform(0, 2, len(words)).astype(np.float32)


def written(folder: Path, *, titles: int = 1, queries: Encoder | None = None) -> Path:
    write_attentive(
        folder / "model", "Small one", *parts(folder), maps(), titles=titles, queries=queries
    )
    return folder / "model"


def no_base(name: str) -> Encoder:
    raise AssertionError(name)


def by_hand(folder: Path, ids: list[int]) -> NDArray[np.float64]:
    """The same by the definition, a word and a head at a time."""
    _, table, rarity = parts(folder)
    learned, counts = maps(), Counter(ids)

    def shares(scores: dict[int, float]) -> dict[int, float]:
        total = sum(np.exp(score) for score in scores.values())
        return {word: float(np.exp(score) / total) for word, score in scores.items()}

    told = {word: np.array([rarity[word], np.log(times)]) for word, times in counts.items()}
    weights = shares({word: float(learned.powers @ told[word]) for word in counts})
    mean = sum(weights[word] * table[word].astype(float) for word in counts)
    found = impression = mean @ learned.first + learned.bias
    asked = (impression / np.linalg.norm(impression)) @ learned.asks
    for head in range(HEADS):
        asking = asked[head * WIDTH : (head + 1) * WIDTH] @ learned.keys[head]
        heard = shares(
            {
                word: float(table[word] @ asking + told[word] @ learned.slopes[:, head])
                for word in counts
            }
        )
        heard_of = sum(heard[word] * table[word].astype(float) for word in counts)
        found = found + heard_of @ learned.out[head * D : (head + 1) * D]
    result: NDArray[np.float64] = found / np.linalg.norm(found)
    return result


def test_it_computes_what_is_defined(tmp_path: Path) -> None:
    encoder = AttentiveEncoder(written(tmp_path), no_base)
    texts = [*TEXTS[:3], "tide tide tide owls", "owls"]
    ids = encoder.pack(texts)
    found = encoder.encode_documents(texts)
    assert found.dtype == np.float32
    for row, vector in enumerate(found):
        expected = by_hand(tmp_path, ids[row].tolist())
        assert vector @ expected > 0.99999
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)


def test_a_vector_depends_on_its_text_only(tmp_path: Path) -> None:
    encoder = AttentiveEncoder(written(tmp_path), no_base, threads=2)
    texts = [" ".join(np.random.default_rng(n).choice(KNOWN, n % 9)) for n in range(700)]
    together = encoder.encode_documents(texts)
    with ThreadPoolExecutor(4) as pool:
        alone = list(pool.map(lambda text: encoder.encode_documents([text])[0], texts[:60]))
    assert np.abs(together[:60] - np.stack(alone)).max() < 1e-6
    assert np.abs(np.linalg.norm(together, axis=1) - 1).max() < 1e-5


def test_texts_without_a_word_have_one_vector(tmp_path: Path) -> None:
    encoder = AttentiveEncoder(written(tmp_path), no_base)
    found = encoder.encode_documents(["", "!?", "owls", "ζζ"])
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[3])
    assert not np.array_equal(found[0], found[2])
    assert np.isfinite(found).all()
    assert encoder.encode_documents([]).shape == (0, D)


def test_a_title_counts_as_often_as_was_asked(tmp_path: Path) -> None:
    encoder = AttentiveEncoder(written(tmp_path, titles=3), no_base)
    said = encoder.encode_documents(["owls\ntide day"])[0]
    again = encoder.encode_queries(["owls owls owls tide day"])[0]
    assert np.abs(said - again).max() < 1e-6


class Other:
    """Reads queries in another's place."""

    name, key, dimensions = "other", "other-1", D

    def encode_queries(self, texts: list[str]) -> NDArray[np.float32]:
        return np.full((len(texts), D), D**-0.5, np.float32)

    encode_documents = encode_queries


def test_queries_may_be_read_by_another(tmp_path: Path) -> None:
    folder = written(tmp_path, queries=Other())
    encoder = AttentiveEncoder(folder, lambda _name: Other())
    asked = encoder.encode_queries(["owls", "?"])
    # Its own vector says something besides, where the query has a word.
    expected = Other().encode_queries([""])[0] + OWN * encoder.encode_documents(["owls"])[0]
    assert np.abs(asked[0] - expected / np.linalg.norm(expected)).max() < 1e-6
    assert np.abs(asked[1] - np.float32(D**-0.5)).max() < 1e-6
    assert encoder.encode_documents(["owls"])[0, 0] != np.float32(D**-0.5)
    assert encoder.encode_queries([]).shape == (0, D)
    changed = Other()
    changed.key = "other-2"
    with pytest.raises(EncoderError, match="was trained beside other-1, and other is other-2 now"):
        AttentiveEncoder(folder, lambda _name: changed)


def test_it_is_loaded_by_its_folder_and_named_by_what_it_holds(tmp_path: Path) -> None:
    folder = written(tmp_path)
    encoder = load_encoder(str(folder), tmp_path)
    assert isinstance(encoder, AttentiveEncoder)
    assert encoder.key.startswith("attentive-small-one-")
    assert weight_of_meaning(encoder) == 0.45
    assert is_trained_here(encoder)
    other = replace(maps(), bias=np.ones(D, np.float32))
    assert write_attentive(tmp_path / "b", "Small one", *parts(tmp_path), other) != encoder.key
    assert write_attentive(tmp_path / "c", "Small one", *parts(tmp_path), maps()) == encoder.key


@pytest.mark.parametrize("file", ["levels.i8", "maps.safetensors", "rarity.f32", "words.txt"])
def test_a_damaged_folder_is_one_line(tmp_path: Path, file: str) -> None:
    folder = written(tmp_path)
    (folder / file).write_bytes((folder / file).read_bytes()[:-1] + b"\x07")
    with pytest.raises(EncoderError, match=f"{file}: is damaged .*: train it anew") as caught:
        load_encoder(str(folder), tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("titles", 0, "titles cannot be"),
        ("titles", 1.5, "titles cannot be"),
        ("meaning", -0.1, "meaning cannot be"),
        ("meaning", 5, "meaning cannot be"),
        ("meaning", float("nan"), "meaning cannot be"),
        ("dimensions", "many", "dimensions cannot be"),
        ("format", 2, "attentive of format 2, not attentive of 1"),
        ("dimensions", 6, "sizes do not fit|cannot reshape"),
        ("queries", {"name": 3}, "queries cannot be"),
    ],
)
def test_a_meta_that_cannot_be_is_one_line(
    tmp_path: Path, key: str, value: object, said: str
) -> None:
    folder = written(tmp_path)
    told = json.loads((folder / "meta.json").read_bytes())
    del told["seal"]  # as the oldest folders are
    (folder / "meta.json").write_text(json.dumps(told | {key: value}))
    with pytest.raises(EncoderError, match=said) as caught:
        AttentiveEncoder(folder, no_base)
    assert "\n" not in str(caught.value)


def test_what_is_no_number_is_not_written(tmp_path: Path) -> None:
    words, table, rarity = parts(tmp_path)
    wrong = replace(maps(), out=np.full((HEADS * D, D), np.nan, np.float32))
    with pytest.raises(EncoderError, match="out is not finite: the model is not written"):
        write_attentive(tmp_path / "model", "x", words, table, rarity, wrong)
    assert not (tmp_path / "model").exists()
    with pytest.raises(ValueError, match="ids, a table of"):
        write_attentive(tmp_path / "model", "x", words, table[:-1], rarity, maps())
    with pytest.raises(ValueError, match="meaning counts from 0 to 1, not 2"):
        write_attentive(tmp_path / "model", "x", words, table, rarity, maps(), meaning=2)
    with pytest.raises(ValueError, match="do not fit each other: bias, out"):
        replace(maps(), bias=np.ones(D + 1, np.float32), out=np.ones((1, D), np.float32))
    with pytest.raises(ValueError, match="other has 12 dimensions"):
        different = replace(
            maps(),
            first=np.eye(4, dtype=np.float32),
            bias=np.ones(4, np.float32),
            asks=np.ones((4, 2), np.float32),
            keys=np.ones((1, 2, 4), np.float32),
            slopes=np.ones((2, 1), np.float32),
            out=np.ones((4, 4), np.float32),
        )
        write_attentive(
            tmp_path / "model", "x", words, table[:, :4], rarity, different, queries=Other()
        )
