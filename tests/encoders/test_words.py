from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from broadsheet.encoders import EncoderError, Words, document_frequencies, split_words, words
from broadsheet.sources import starter

PIECES = ["[UNK]", "un", "##seen", "##known", "x", "##x", "naive", "深", "学"]


def pieces() -> Tokenizer:
    tokenizer = Tokenizer(
        models.WordPiece({piece: n for n, piece in enumerate(PIECES)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


@pytest.fixture
def vocabulary() -> Words:
    return Words(["graph", "graphs", "neural", "x2"], pieces())


def test_a_known_word_is_one_id_and_another_its_pieces(vocabulary: Words) -> None:
    assert vocabulary.ids("Neural graphs: unseen!", 9) == [2, 1, 4 + 1, 4 + 2]
    assert len(vocabulary) == 4 + len(PIECES)


def test_case_accents_and_compatible_forms_are_folded(vocabulary: Words) -> None:
    assert vocabulary.ids("NEURAL Naïve x² neu\u0301ral", 9) == [2, 4 + 6, 3, 2]


def test_an_ascii_text_and_the_same_among_other_characters_have_the_same_words() -> None:
    for arrived in islice(starter(), 100):
        text = f"{arrived.paper.title} {arrived.paper.summary}"
        assert split_words(f"{text} — é")[:-1] == split_words(text + " é")[:-1]
        if text.isascii():
            assert split_words(text) == split_words(f"{text} —")


def test_what_the_pieces_cannot_spell_has_no_id(vocabulary: Words) -> None:
    assert vocabulary.ids("qqq 😀 ψψ \ud800", 9) == []
    assert vocabulary.ids("", 9) == []
    assert vocabulary.ids("_ - \n", 9) == []


def test_scripts_without_spaces_are_read_in_pieces(vocabulary: Words) -> None:
    assert vocabulary.ids("深度学习", 9) == [4 + 7, 4 + 8]


def test_no_more_ids_than_asked_for(vocabulary: Words) -> None:
    assert vocabulary.ids("unseen unseen graph", 3) == [5, 6, 5]
    packed = vocabulary.pack(["graph " * 50, "unseen " * 50, ""], 7)
    assert packed.lengths.tolist() == [7, 7, 0]


def test_an_endless_word_is_read_up_to_its_sixty_fourth_character(vocabulary: Words) -> None:
    assert vocabulary.ids("x" * 100_000, 900) == [4 + 4] + [4 + 5] * 63


def test_a_batch_gives_each_text_what_it_gets_alone(vocabulary: Words) -> None:
    texts = ["graph unseen", "", "深 unknown x2", "neural"]
    packed = vocabulary.pack(texts, 9)
    assert len(packed) == 4
    for row, text in enumerate(texts):
        assert packed[row].tolist() == vocabulary.ids(text, 9)
    assert (packed.flat.dtype, packed.offsets.dtype) == (np.int32, np.int64)


@given(st.lists(st.text(max_size=60), max_size=6), st.integers(1, 20))
def test_any_text_can_be_read(texts: list[str], limit: int) -> None:
    held = Words(["graph"], pieces())
    packed = held.pack(texts, limit)
    assert len(packed) == len(texts)
    assert (packed.lengths <= limit).all()
    assert ((packed.flat >= 0) & (packed.flat < len(held))).all()


def test_what_is_remembered_of_unknown_words_is_bounded(
    monkeypatch: pytest.MonkeyPatch, vocabulary: Words
) -> None:
    monkeypatch.setattr(words, "_REMEMBERED", 100)
    for start in range(0, 5_000, 50):
        vocabulary.pack([f"un{number}" for number in range(start, start + 50)], 9)
        assert vocabulary.remembered <= 150
    assert vocabulary.ids("unseen graph", 9) == [5, 6, 0]


def test_threads_that_meet_new_words_together_read_the_same(vocabulary: Words) -> None:
    texts = [f"{'x' * (n % 40)} unseen{'x' * (n % 7)} graph" for n in range(400)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: vocabulary.pack(texts, 99).flat.tolist(), range(8)))
    fresh = Words(vocabulary.words, pieces()).pack(texts, 99).flat.tolist()
    assert all(answer == fresh for answer in answers)


@pytest.mark.parametrize("bad", [["Graph"], ["two words"], ["naïve"], [""], ["a", "a"]])
def test_a_vocabulary_that_no_text_could_match_is_refused(bad: list[str]) -> None:
    with pytest.raises(ValueError, match="vocabulary"):
        Words(bad, pieces())


def test_a_file_that_is_no_tokenizer_is_named(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text("{}")
    with pytest.raises(EncoderError, match=r"tokenizer\.json: no tokenizer"):
        Words(["graph"], path)


def test_document_frequencies_count_a_text_once() -> None:
    counted = document_frequencies(["Graph graph ünder", "graph", ""], 9)
    assert counted == {"graph": 2, "under": 1}
