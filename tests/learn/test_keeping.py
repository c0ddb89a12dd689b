"""Vectors of texts by a stock encoder, kept between trainings."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders import VectorStore, unit
from broadsheet.learn.keeping import keep_vectors, kept_vectors

TEXTS = ["owls hunt mice", "trout swim", "owls hunt mice", "tides rise", "moths fly"]


class Counting:
    """Vectors that depend on the text alone, and a note of what was asked for."""

    name = key = "counting"
    dimensions = 8

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return np.array([self.vector(text) for text in texts], np.float32)

    encode_queries = encode_documents

    def vector(self, text: str) -> NDArray[np.float32]:
        seed = int.from_bytes(text.encode(), "big") % 2**32
        return unit(np.random.default_rng(seed).standard_normal((1, 8)))[0]


def test_each_text_is_encoded_once_and_what_a_home_holds_not_at_all(tmp_path: Path) -> None:
    encoder = Counting()
    held = blake2b(b"tides rise", digest_size=16).digest()
    with VectorStore(tmp_path / "home" / "counting", 8, read_only=False) as store:
        store.append([held], encoder.vector("tides rise")[None])
    for _ in range(2):
        found = kept_vectors(encoder, TEXTS, tmp_path / "cache", tmp_path / "home")
        wanted = np.array([encoder.vector(text) for text in TEXTS])
        np.testing.assert_allclose((found * wanted).sum(axis=1), 1, atol=1e-3)
    assert sorted(encoder.asked) == ["moths fly", "owls hunt mice", "trout swim"]


def test_a_home_without_vectors_costs_nothing_but_the_encoding(tmp_path: Path) -> None:
    encoder = Counting()
    done: list[tuple[int, int]] = []
    kept_vectors(
        encoder,
        TEXTS[:2],
        tmp_path / "cache",
        tmp_path / "none",
        told=lambda *both: done.append(both),
    )
    assert done == [(2, 2)]
    assert not (tmp_path / "none").exists()
    assert len(encoder.asked) == 2


def test_what_another_occasion_gave_is_kept_once_and_not_beside_the_home_s(tmp_path: Path) -> None:
    encoder = Counting()
    held = blake2b(b"tides rise", digest_size=16).digest()
    with VectorStore(tmp_path / "home" / "counting", 8, read_only=False) as store:
        store.append([held], encoder.vector("tides rise")[None])
    vectors = np.array([encoder.vector(text) for text in TEXTS])
    for _ in range(2):
        keep_vectors(encoder, TEXTS, vectors, tmp_path / "cache", tmp_path / "home")
    with VectorStore(tmp_path / "cache" / "counting", 8, read_only=True) as store:
        assert len(store) == 3
    found = kept_vectors(encoder, TEXTS, tmp_path / "cache", tmp_path / "home")
    np.testing.assert_allclose((found * vectors).sum(axis=1), 1, atol=1e-3)
    assert not encoder.asked
