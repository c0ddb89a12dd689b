"""A BERT with small sizes and weights by chance, and a tokenizer for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

TEXT = "the tide rises and falls twice a day owls hunt mice at night in cold rivers"
WORDS = TEXT.split()
TEXTS = ["The tide rises twice a day", "owls", "mice in cold rivers at night and owls", ""]


def small_state(
    *, layers: int = 2, width: int = 64, units: int = 96, heads: int = 2, projection: int = 0
) -> dict[str, NDArray[np.float32]]:
    chance = np.random.default_rng(0)
    state: dict[str, NDArray[np.float32]] = {}

    def linear(name: str, given: int, out: int) -> None:
        state[f"{name}.weight"] = chance.normal(0, given**-0.5, (out, given)).astype(np.float32)
        state[f"{name}.bias"] = chance.normal(0, 0.1, out).astype(np.float32)

    def norm(name: str) -> None:
        state[f"{name}.weight"] = chance.uniform(0.5, 1.5, width).astype(np.float32)
        state[f"{name}.bias"] = chance.normal(0, 0.1, width).astype(np.float32)

    for name, rows in (("word", len(WORDS) + 4), ("position", 32), ("token_type", 2)):
        table = chance.normal(0, 1, (rows, width)).astype(np.float32)
        state[f"embeddings.{name}_embeddings.weight"] = table
    norm("embeddings.LayerNorm")
    for number in range(layers):
        own = f"encoder.layer.{number}."
        for part in ("query", "key", "value"):
            linear(f"{own}attention.self.{part}", width, 32 * heads)
        linear(f"{own}attention.output.dense", 32 * heads, width)
        norm(f"{own}attention.output.LayerNorm")
        linear(f"{own}intermediate.dense", width, units)
        linear(f"{own}output.dense", units, width)
        norm(f"{own}output.LayerNorm")
    if projection:
        state["projection.weight"] = chance.normal(0, 1, (projection, width)).astype(np.float32)
    return state


def small_tokenizer(folder: Path) -> Path:
    vocabulary = {
        word: row for row, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS])
    }
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    path = folder / "small-tokenizer.json"
    tokenizer.save(str(path))
    return path
