"""all-MiniLM-L6-v2: the stock case of a graph, built from weights that are looked up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from broadsheet.encoders.built import MODEL, built_model
from broadsheet.encoders.graph import BUILDER, INPUT, MAX_TOKENS, with_states
from broadsheet.encoders.interface import Precision, TokenStates
from broadsheet.encoders.running import GraphEncoder, session_of
from broadsheet.encoders.weights import TOKENIZER

NAME = "all-MiniLM-L6-v2"
_TOGETHER = 64  # texts whose states are held at once, some 300 KB each


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
        self._model = folder / MODEL

    def states(self, texts: Sequence[str]) -> Iterator[TokenStates]:
        """What each text's vector is the mean of, in the order of ``texts``; as fast as vectors.

        Raises OSError where the graph is gone meanwhile.
        """
        session = session_of(with_states(self._model.read_bytes()), self._model)

        def read(text: str) -> TokenStates:
            ids = self.tokens_of(text)
            vector, states = session.run(None, {INPUT: ids})
            return TokenStates(ids[0], np.asarray(states[0]), np.asarray(vector[0]))

        with ThreadPoolExecutor(self._threads, "encode") as pool:
            for start in range(0, len(texts), _TOGETHER):
                yield from pool.map(read, texts[start : start + _TOGETHER])
