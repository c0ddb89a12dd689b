from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from broadsheet.encoders import (
    AdaptedEncoder,
    Encoder,
    EncoderError,
    LowRank,
    PaperVectors,
    StaticEncoder,
    VectorStore,
    Words,
    load_encoder,
    write_adapted,
    write_static,
)

D, HOME = 16, 8
TEXTS = [
    "graph of galaxies",
    "star catalogue",
    "galaxies and dust",
    "",
    "graph search",
    "unseen words",
]
VOCABULARY = ["and", "catalogue", "dust", "galaxies", "graph", "of", "search", "star"]


def pieces() -> Tokenizer:
    letters = "abcdefghijklmnopqrstuvwxyz"
    known = ["[UNK]", *letters, *(f"##{letter}" for letter in letters)]
    numbers = {piece: number for number, piece in enumerate(known)}
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def static(folder: Path, dimensions: int, seed: int) -> str:
    words = Words(VOCABULARY, pieces())
    rng = np.random.default_rng(seed)
    table = rng.standard_normal((len(words), dimensions), np.float32)
    return write_static(folder, words, table, rng.uniform(0.5, 2, len(words)))


def low_rank(seed: int, rank: int = 3) -> LowRank:
    rng = np.random.default_rng(seed)
    into = rng.standard_normal((D, rank), np.float32)
    return LowRank(into, rng.standard_normal((rank, D), np.float32))


def cosines(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.asarray(one @ other.T)


@pytest.fixture
def stock(tmp_path: Path) -> Encoder:
    static(tmp_path / "stock", D, 1)
    return StaticEncoder(tmp_path / "stock")


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[[Path], Encoder]:
    return lambda folder: load_encoder(str(folder), tmp_path, hub=False)


def joint(folder: Path, stock: Encoder, share: float = 0.4) -> str:
    return write_adapted(
        folder,
        stock,
        words=lambda inner: static(inner, HOME, 2),
        word_dimensions=HOME,
        share=share,
    )


def test_a_head_on_queries_leaves_papers_and_their_key_alone(
    tmp_path: Path, stock: Encoder, loaded: Callable[[Path], Encoder]
) -> None:
    learned = low_rank(5)
    key = write_adapted(tmp_path / "head", stock, query=learned)
    head = loaded(tmp_path / "head")
    assert key == head.key == stock.key
    assert head.name != stock.name
    assert head.dimensions == D
    documents = head.encode_documents(TEXTS)
    assert np.allclose(documents, stock.encode_documents(TEXTS), atol=0.01)  # int8 levels
    plain = stock.encode_queries(TEXTS)
    wanted = plain + plain @ learned.into @ learned.out
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    assert np.allclose(head.encode_queries(TEXTS), wanted, atol=1e-5)


def test_a_map_of_papers_makes_another_key(tmp_path: Path, stock: Encoder) -> None:
    keys = {
        write_adapted(tmp_path / f"head{seed}", stock, query=low_rank(seed), document=low_rank(7))
        for seed in (5, 6)
    }
    assert len(keys) == 1  # what is asked has no part in the vectors of papers
    other = write_adapted(tmp_path / "other", stock, document=low_rank(8))
    assert len({*keys, other, stock.key}) == 3


def test_a_joint_cosine_is_the_weighted_mean_of_both(
    tmp_path: Path, stock: Encoder, loaded: Callable[[Path], Encoder]
) -> None:
    key = joint(tmp_path / "joint", stock, share=0.25)
    both = loaded(tmp_path / "joint")
    own = StaticEncoder(tmp_path / "joint" / "words")
    assert both.key == key != stock.key
    assert both.dimensions == D + HOME
    queries, documents = both.encode_queries(TEXTS), both.encode_documents(TEXTS)
    assert np.allclose(np.linalg.norm(documents, axis=1), 1, atol=1e-5)
    wanted = 0.75 * cosines(stock.encode_queries(TEXTS), stock.encode_documents(TEXTS))
    wanted += 0.25 * cosines(own.encode_queries(TEXTS), own.encode_documents(TEXTS))
    assert np.allclose(cosines(queries, documents), wanted, atol=0.01)


def test_a_paper_has_one_vector_whether_its_stock_vector_was_kept_or_not(
    tmp_path: Path, stock: Encoder, loaded: Callable[[Path], Encoder]
) -> None:
    joint(tmp_path / "joint", stock)
    both = loaded(tmp_path / "joint")
    root = tmp_path / "vectors"
    hashes = [bytes([number]) * 16 for number in range(len(TEXTS))]
    with VectorStore(root / stock.key, D, read_only=False) as store:
        store.append(hashes[:3], stock.encode_documents(TEXTS[:3]))
    made = PaperVectors(both, root).make(hashes, TEXTS)
    assert np.array_equal(made, both.encode_documents(TEXTS))
    # What had to be made is kept, for the way back.
    assert len(VectorStore(root / stock.key, D, read_only=True)) == len(TEXTS)
    assert np.array_equal(PaperVectors(both, root).make(hashes, TEXTS), made)


def test_kept_stock_vectors_are_used_and_not_made_again(
    tmp_path: Path, stock: Encoder, loaded: Callable[[Path], Encoder]
) -> None:
    joint(tmp_path / "joint", stock)
    both = loaded(tmp_path / "joint")
    hashes = [bytes([number]) * 16 for number in range(2)]
    others = stock.encode_documents(["star catalogue", "dust"])
    with VectorStore(tmp_path / "vectors" / stock.key, D, read_only=False) as store:
        store.append(hashes, others)
    made = PaperVectors(both, tmp_path / "vectors").make(hashes, ["graph", "search"])
    assert isinstance(both, AdaptedEncoder)
    assert np.allclose(made, both.derive(["graph", "search"], others), atol=1e-6)
    assert not np.allclose(made, both.encode_documents(["graph", "search"]), atol=0.1)


def test_another_writer_of_stock_vectors_does_no_harm(
    tmp_path: Path, stock: Encoder, loaded: Callable[[Path], Encoder]
) -> None:
    joint(tmp_path / "joint", stock)
    both = loaded(tmp_path / "joint")
    with VectorStore(tmp_path / "vectors" / stock.key, D, read_only=False) as store:
        made = PaperVectors(both, tmp_path / "vectors").make([b"1" * 16], ["graph"])
        assert len(store) == 0
    assert np.array_equal(made, both.encode_documents(["graph"]))


def test_a_folder_for_another_stock_encoder_is_refused(tmp_path: Path, stock: Encoder) -> None:
    joint(tmp_path / "joint", stock)
    static(tmp_path / "another", D, 9)
    with pytest.raises(EncoderError, match="train it anew"):
        AdaptedEncoder(tmp_path / "joint", lambda _: StaticEncoder(tmp_path / "another"))


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda folder: (folder / "query-in.npy").write_bytes(b"x"), "query-in.npy is not what"),
        (lambda folder: (folder / "query-out.npy").unlink(), "No such file"),
        (lambda folder: (folder / "meta.json").write_text("{}"), "what kind"),
        (lambda folder: changed(folder, share=2), "impossible sizes"),
        (lambda folder: changed(folder, format=9), "format 9"),
        (lambda folder: changed(folder, share=float("nan")), "impossible sizes"),
        (lambda folder: changed(folder, share=0.9), "meta.json was changed"),
        (lambda folder: changed(folder, files=[]), "impossible sizes"),
        (lambda folder: changed(folder, files={}), "meta.json was changed"),
        (lambda folder: changed(folder, words="static-other"), "meta.json was changed"),
        (lambda folder: static(folder / "words", HOME, 3), "words is of another"),
        (lambda folder: changed(folder, surprise=1), "meta.json cannot be read"),
        (lambda folder: (folder / "words" / "meta.json").unlink(), "words"),
    ],
)
def test_a_damaged_folder_is_told_in_one_line(
    tmp_path: Path,
    stock: Encoder,
    loaded: Callable[[Path], Encoder],
    harm: Callable[[Path], object],
    told: str,
) -> None:
    write_adapted(
        tmp_path / "both",
        stock,
        query=low_rank(5),
        words=lambda inner: static(inner, HOME, 2),
        word_dimensions=HOME,
        share=0.4,
    )
    harm(tmp_path / "both")
    with pytest.raises(EncoderError, match=told) as caught:
        loaded(tmp_path / "both")
    assert "\n" not in str(caught.value)


def test_a_folder_from_before_there_were_seals_is_read_and_its_key_tells_a_change(
    tmp_path: Path, stock: Encoder, loaded: Callable[[Path], Encoder]
) -> None:
    key = joint(tmp_path / "joint", stock)
    meta = json.loads((tmp_path / "joint" / "meta.json").read_text())
    del meta["seal"]
    (tmp_path / "joint" / "meta.json").write_text(json.dumps(meta))
    assert loaded(tmp_path / "joint").key == key
    changed(tmp_path / "joint", share=0.9)
    with pytest.raises(EncoderError, match=r"meta\.json was changed"):
        loaded(tmp_path / "joint")


def changed(folder: Path, **values: object) -> None:
    path = folder / "meta.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_numbers_that_are_none_are_never_written(tmp_path: Path, stock: Encoder) -> None:
    into = np.zeros((D, 2), np.float32)
    into[0, 0] = np.nan
    with pytest.raises(ValueError, match="finite"):
        LowRank(into, np.zeros((2, D), np.float32))
    with pytest.raises(ValueError, match="no map"):
        LowRank(np.zeros((D, 2), np.float32), np.zeros((3, D), np.float32))
    with pytest.raises(ValueError, match="dimensions"):
        small = LowRank(np.zeros((4, 2), np.float32), np.zeros((2, 4), np.float32))
        write_adapted(tmp_path / "head", stock, query=small)
    with pytest.raises(ValueError, match="share"):
        write_adapted(tmp_path / "head", stock, share=0.3)
    assert not (tmp_path / "head").exists()


def test_a_failed_write_leaves_the_folder_that_was_there(tmp_path: Path, stock: Encoder) -> None:
    joint(tmp_path / "joint", stock)

    def full(_: Path) -> str:
        raise OSError(28, "No space left on device")

    with pytest.raises(EncoderError, match="make room"):
        write_adapted(tmp_path / "joint", stock, words=full, word_dimensions=HOME, share=0.4)
    again = AdaptedEncoder(tmp_path / "joint", lambda _: stock)
    assert again.encode_queries(["graph"]).shape == (1, D + HOME)
    assert not list(tmp_path.glob(".unfinished*"))
