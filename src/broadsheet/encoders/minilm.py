"""all-MiniLM-L6-v2: the stock case of a graph, built from weights that are looked up."""

from __future__ import annotations

from pathlib import Path

from broadsheet.encoders.built import MODEL, built_model
from broadsheet.encoders.graph import BUILDER, MAX_TOKENS
from broadsheet.encoders.interface import Precision
from broadsheet.encoders.running import GraphEncoder
from broadsheet.encoders.weights import TOKENIZER

NAME = "all-MiniLM-L6-v2"


class MiniLM(GraphEncoder):
    """The default encoder; safe to use from several threads at once."""

    def __init__(
        self,
        models_dir: Path,
        *,
        hub: bool = True,
        threads: int | None = None,
        precision: Precision = "int8",
    ) -> None:
        key = f"{NAME}-{precision}-{MAX_TOKENS}-{BUILDER}"
        folder = built_model(key, models_dir, precision, hub=hub)
        super().__init__(
            NAME,
            key,
            folder / MODEL,
            folder / TOKENIZER,
            tokens=MAX_TOKENS,
            threads=threads,
        )
