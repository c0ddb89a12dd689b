"""The pieces are the tokenizer's own, whatever the text."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from broadsheet.encoders import EncoderError, Pieces, pieces
from broadsheet.encoders.readable import readable
from broadsheet.encoders.weights import ModelFiles
from broadsheet.sources import starter

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
VOCABULARY = [*SPECIAL, "graph", "##s", "un", "##seen", "x", "##x", "naive", "深", "学", "[", "]"]
VOCABULARY += [".", "-", "é", "α", "1", "##2", "sep", "a"]
# What the normaliser or the splitter treats in a way of its own.
ODD = "\x00\x0b\x0c\x1c\x7f\x85\xa0\u200b\u2028\u3000\ufeff\ufffd\u0301ÀéßİΣſǅ深学。—𝛼😀\ud800"


def made() -> Tokenizer:
    tokenizer = Tokenizer(
        models.WordPiece({piece: n for n, piece in enumerate(VOCABULARY)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.add_special_tokens(SPECIAL)
    return tokenizer


def written(tokenizer: Tokenizer, folder: Path) -> Path:
    path = folder / "tokenizer.json"
    tokenizer.save(str(path))
    return path


@pytest.fixture(scope="session")
def own(tmp_path_factory: pytest.TempPathFactory) -> Pieces:
    return Pieces(written(made(), tmp_path_factory.mktemp("tokenizer")))


def said(tokenizer: Tokenizer, text: str, limit: int) -> list[int]:
    tokenizer.no_padding()
    tokenizer.enable_truncation(limit)
    return list(tokenizer.encode(readable(text, limit)).ids)


WORDS = st.sampled_from([*VOCABULARY, "Unseen", "GRAPHS", "x" * 63, "x" * 101, "naïve", "12", " "])
TEXTS = st.lists(WORDS | st.text(st.sampled_from(ODD + "aZ \t\n.x1"), max_size=6), max_size=30)


@given(TEXTS, st.sampled_from(["", " ", "\n"]), st.integers(3, 40))
def test_every_text_has_the_tokenizers_ids(
    own: Pieces, words: list[str], between: str, limit: int
) -> None:
    text = between.join(words)
    assert own.ids(text, limit) == said(made(), text, limit)


@given(st.text(max_size=80))
def test_any_text_has_the_tokenizers_ids(own: Pieces, text: str) -> None:
    assert own.ids(text, 64) == said(made(), text, 64)


def test_the_starter_papers_have_the_stock_tokenizers_ids(model_files: ModelFiles) -> None:
    held, tokenizer = Pieces(model_files.tokenizer), Tokenizer.from_file(str(model_files.tokenizer))
    for arrived in islice(starter(), 482):
        for text in (arrived.paper.title, f"{arrived.paper.title}\n{arrived.paper.summary}"):
            assert held.ids(text, 256) == said(tokenizer, text, 256)
            assert held.ids(f"{text} — é", 24) == said(tokenizer, f"{text} — é", 24)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    held = Pieces(written(made(), tmp_path))
    monkeypatch.setattr(pieces, "_REMEMBERED", 100)
    for number in range(1_000):
        held.ids(f"x{'x' * (number % 60)}un{number}", 99)
        assert held.remembered <= 110
    assert held.ids("unseen graphs", 9) == [2, 7, 8, 5, 6, 3]


def test_threads_that_meet_new_words_together_read_the_same(own: Pieces) -> None:
    texts = [f"{'x' * (n % 40)} unseen{'x' * (n % 7)} graph é" for n in range(400)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: own.ids(text, 99), texts))
    assert found == [said(made(), text, 99) for text in texts]


def test_a_tokenizer_of_another_kind_is_refused(tmp_path: Path) -> None:
    tokenizer = made()
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    with pytest.raises(EncoderError, match="no tokenizer of BERT's kind without capitals"):
        Pieces(written(tokenizer, tmp_path))
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(EncoderError, match="no tokenizer can be read there"):
        Pieces(tmp_path / "tokenizer.json")
