"""A graph of `encoders.graph` on ONNX Runtime, without torch: texts to unit vectors.

Each text runs alone, unpadded, one text a thread. With 256 tokens a row fills the matrix
kernels as well as a batch does, nothing is spent on padding, and a text's vector depends on
that text only: int8 activations take their scale from the whole tensor, so that in a batch
neighbours would change it.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from numpy.typing import NDArray

from broadsheet.encoders.graph import INPUT
from broadsheet.encoders.interface import EncoderError, Vectors
from broadsheet.encoders.machine import processors
from broadsheet.encoders.pieces import Pieces
from broadsheet.encoders.telling import REACH, telling_tokens


class GraphEncoder:
    """An encoder that is one graph and its tokenizer; safe to use from several threads at once."""

    def __init__(
        self,
        name: str,
        key: str,
        model: Path | bytes,
        tokenizer: Path,
        *,
        tokens: int,
        threads: int | None = None,
        source: Path | None = None,
        rarity: NDArray[np.float32] | None = None,
    ) -> None:
        """``model`` is a graph or where it lies, ``source`` the place named when it fails.

        Of a longer text the first ``tokens`` are read, or with ``rarity`` the most telling ones
        (`telling_tokens`). Raises `EncoderError` for a graph that cannot be loaded.
        """
        self.name = name
        self.key = key
        self._tokens = tokens
        self._rarity = rarity
        self._reach = tokens if rarity is None else max(tokens, REACH)
        self._threads = threads or processors()
        self._session = session_of(model, model if isinstance(model, Path) else source)
        self.dimensions = int(self._session.get_outputs()[0].shape[1])
        self._pieces = Pieces(tokenizer)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """As `encode_documents`: these models are trained without prompts."""
        return self.encode_documents(texts)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """(n, dimensions) float32 of unit length, in the order of ``texts``."""
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        if self._threads == 1 or len(texts) < 2:
            for row, text in enumerate(texts):
                vectors[row] = self._vector(text)
            return vectors
        # The longest first, so that at the end no thread waits for another's long text.
        rows: SimpleQueue[int] = SimpleQueue()
        for row in sorted(range(len(texts)), key=lambda row: -len(texts[row])):
            rows.put(row)

        def work() -> None:
            while (row := _next(rows)) is not None:
                vectors[row] = self._vector(texts[row])

        with ThreadPoolExecutor(self._threads, "encode") as pool:
            running = [pool.submit(work) for _ in range(self._threads)]
            try:
                for future in running:
                    future.result()
            finally:  # after an error or Ctrl-C the others stop at their next text
                while _next(rows) is not None:
                    pass
        return vectors

    def _vector(self, text: str) -> Vectors:
        (vector,) = self._session.run(None, {INPUT: self.tokens_of(text)})
        return np.asarray(vector[0], np.float32)

    def tokens_of(self, text: str) -> NDArray[np.int32]:
        """The token ids that it reads of a text, (1, t)."""
        ids = self._pieces.ids(text, self._reach)
        if self._rarity is not None:
            ids = telling_tokens(ids, self._rarity, self._tokens)
        return np.array([ids], np.int32)


def _next(rows: SimpleQueue[int]) -> int | None:
    try:
        return rows.get_nowait()
    except Empty:
        return None


def session_of(model: Path | bytes, place: Path | None) -> onnxruntime.InferenceSession:
    """A graph to run on one thread; raises `EncoderError`, which names ``place``."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors share no base of their own
        raise EncoderError(
            f"{place}: ONNX Runtime {onnxruntime.__version__} cannot load it: "
            f"{' '.join(str(error).split())[:200]}; delete the folder, or reinstall onnxruntime"
        ) from error
