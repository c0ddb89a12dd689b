"""all-MiniLM-L6-v2 on ONNX Runtime, without torch.

Each text runs alone, unpadded, one text a thread. With 256 tokens a row fills the matrix
kernels as well as a batch does, nothing is spent on padding, and a text's vector depends on
that text only: int8 activations take their scale from the whole tensor, so that in a batch
neighbours would change it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from tokenizers import Tokenizer

from broadsheet.encoders.built import MODEL, built_model
from broadsheet.encoders.graph import BUILDER, DIMENSIONS, INPUT, MAX_TOKENS
from broadsheet.encoders.interface import EncoderError, Precision, Vectors
from broadsheet.encoders.readable import readable
from broadsheet.encoders.weights import TOKENIZER

NAME = "all-MiniLM-L6-v2"


class MiniLM:
    """The default encoder; safe to use from several threads at once."""

    def __init__(
        self,
        models_dir: Path,
        *,
        hub: bool = True,
        threads: int | None = None,
        precision: Precision = "int8",
    ) -> None:
        self.name = NAME
        self.dimensions = DIMENSIONS
        self.key = f"{NAME}-{precision}-{MAX_TOKENS}-{BUILDER}"
        self._threads = threads or _processors()
        folder = built_model(self.key, models_dir, precision, hub=hub)
        try:
            self._session = onnxruntime.InferenceSession(
                folder / MODEL, _options(), providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime's errors share no base of their own
            raise EncoderError(
                f"{folder / MODEL}: ONNX Runtime {onnxruntime.__version__} cannot load it: "
                f"{' '.join(str(error).split())[:200]}; delete the folder, or reinstall onnxruntime"
            ) from error
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """As `encode_documents`: this model was trained without prompts."""
        return self.encode_documents(texts)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """(n, 384) float32 of unit length, in the order of ``texts``."""
        vectors = np.empty((len(texts), DIMENSIONS), np.float32)
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
        ids = self._tokenizer.encode(readable(text, MAX_TOKENS)).ids
        (vector,) = self._session.run(None, {INPUT: np.array([ids], np.int32)})
        return np.asarray(vector[0], np.float32)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):  # what this process may use; not on every system
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _next(rows: SimpleQueue[int]) -> int | None:
    try:
        return rows.get_nowait()
    except Empty:
        return None


def _options() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only
    return options
