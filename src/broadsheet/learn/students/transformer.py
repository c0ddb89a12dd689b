"""A transformer student: a part of all-MiniLM-L6-v2, trained on.

What is taken of the stock encoder: some layers, a window of so many tokens (the most telling ones
of a longer text, `encoders.telling_tokens`), and in every layer the hidden units and heads that
matter most (`learn.students.pruning`). It is exported as an int8 graph that runs without torch.

It may read papers only, and leave queries to the stock encoder (`learn.students.reading`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from broadsheet.encoders import (
    REACH,
    BertState,
    EncoderError,
    Pieces,
    Pooling,
    Ragged,
    rarity_of,
    stock_state,
    telling_tokens,
    write_transformer,
)
from broadsheet.learn.errors import LearnError
from broadsheet.learn.job import Job
from broadsheet.learn.parts import part
from broadsheet.learn.students.bert import Bert, Passed, vectors_of
from broadsheet.learn.students.pruning import ROUND, cut, measured_units
from broadsheet.learn.students.reading import StockReader, queries_reader

_SAMPLE = 48  # texts by which outlier units are found
_COUNTED = 20_000  # texts by which rare tokens are found
_FITTED = 800  # texts by which it is found what a layer can do without
UNITS, HEADS = 1536, 12  # of a layer of the stock encoder


@part("student", "transformer")
def transformer(
    job: Job,
    *,
    layers: list[int] | None = None,
    tokens: int = 64,
    units: int = 1536,
    heads: int = 12,
    pool_from: int | None = None,
    pool: int = 2,
    apart: int = 2,
    train_words: bool = False,
    stay: float = 0.0,
    queries: str = "student",
) -> TransformerStudent:
    """``layers`` of the stock encoder's six, from 0 (None: all), a window of ``tokens``.

    The layers keep ``units`` hidden units and ``heads`` heads in the mean: those for which the rest
    cannot make up (`learn.students.pruning.cut`). From layer ``pool_from`` on, counted among those
    taken, ``pool`` tokens go on as one (`encoders.Pooling`; None: nowhere). ``apart`` units
    a layer, those that fire most, int8 computes apart: nearer to what was trained, and slower.
    ``train_words`` moves the table of words too.
    What is exported is ``stay`` of the start and the rest of what was learned (Wortsman et al.,
    2022, "Robust fine-tuning").
    ``queries`` are read by the 'student' or by the 'stock' encoder, which stays as it is.
    """
    state, tokenizer = stock_state()
    taken = list(range(6)) if layers is None else layers
    if not taken or any(isinstance(one, bool) or one not in range(6) for one in taken):
        raise ValueError(f"layers are numbers from 0 to 5, not {taken}")
    if not 16 <= tokens <= 256:
        raise ValueError(f"tokens must be from 16 to 256, not {tokens}")
    if not ROUND <= units <= UNITS or not 1 <= heads <= HEADS:
        raise ValueError(f"units must be from {ROUND} to {UNITS:,} and heads from 1 to {HEADS}")
    if pool_from is not None and not 0 <= pool_from < len(taken):
        raise ValueError(f"pool_from must be from 0 to {len(taken) - 1}, not {pool_from}")
    if not 2 <= pool <= 16:
        raise ValueError(f"pool must be from 2 to 16, not {pool}")
    if not 0 <= apart <= ROUND // 2:
        raise ValueError(f"apart must be from 0 to {ROUND // 2}, not {apart}")
    if not 0 <= stay < 1:
        raise ValueError(f"stay must be from 0 to below 1, not {stay}")
    pooling = None if pool_from is None else Pooling(pool_from, pool)
    network = Bert(state, layers=taken, tokens=tokens, train_words=train_words, pooling=pooling)
    texts = [one.text for one in job.corpus.documents]
    reader = queries_reader(job, queries)
    student = TransformerStudent(
        job.recipe.name, network, tokenizer, texts, stay, reader, apart=apart
    )
    if units < UNITS or heads < HEADS:
        sample = texts[:: max(len(texts) // _FITTED, 1)][:_FITTED]
        student.cut(sample, units, heads, partial(job.preparing, "Cutting"))
    return student


class TransformerStudent:
    """A network, and the tokenizer that feeds it."""

    def __init__(
        self,
        name: str,
        network: Bert,
        tokenizer: Path,
        texts: Sequence[str],
        stay: float = 0.0,
        reader: StockReader | None = None,
        *,
        apart: int = 2,
    ) -> None:
        """By ``texts`` it is found which tokens are rare, and which units int8 computes apart."""
        self.network = network
        self.dimensions = network.dimensions
        self.keep_states = False  # for a loss that asks for them, which must take them
        self._states: list[Passed] = []
        self._name = name
        self._stay = stay
        self._reader = reader
        self._apart = apart
        self._start = self.state() if stay else {}
        self._path = tokenizer
        self._pieces = Pieces(tokenizer)
        counted = self._pieces.rows(texts[:_COUNTED], REACH)
        self.rarity = rarity_of(counted, network.words.num_embeddings)
        self._sample = list(texts[:_SAMPLE])

    def cut(
        self,
        texts: list[str],
        units: int,
        heads: int,
        told: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> None:
        """Leaves the network so many units and heads a layer; ``texts`` are like what it reads,
        ``told`` is as `learn.students.pruning.cut` takes it."""
        if not texts:
            raise LearnError("there is no paper by which to choose what a layer can do without")
        ids = self.pack(texts, "document")
        cut(self.network, [ids[row] for row in range(len(ids))], units, heads, told)
        self._start = self.state() if self._stay else {}

    def pack(self, texts: list[str], side: str) -> Ragged:
        """The token ids of texts, the most telling ones of those that are too long."""
        if side == "query" and self._reader is not None:
            return self._reader.pack(texts)
        window = self.network.tokens
        rows = self._pieces.rows(texts, REACH)
        return Ragged.of([telling_tokens(one, self.rarity, window) for one in rows])

    def encode(self, ids: Ragged, side: str) -> Tensor:
        """Unit vectors (n, dimensions)."""
        if side == "query" and self._reader is not None:
            return self._reader.encode(ids)
        if self.keep_states and torch.is_grad_enabled():
            return vectors_of(self.network, ids, self._states.append)
        return vectors_of(self.network, ids)

    def take_states(self) -> list[Passed]:
        """What was encoded since this was last called."""
        taken, self._states = self._states, []
        return taken

    def groups(self, learning_rate: float) -> list[dict[str, Any]]:
        """All weights that are trained."""
        trained = [one for one in self.network.parameters() if one.requires_grad]
        return [{"params": trained, "lr": learning_rate}]

    def state(self) -> dict[str, Any]:
        """Copies of the weights that are trained."""
        return {
            name: one.detach().clone()
            for name, one in self.network.named_parameters()
            if one.requires_grad
        }

    def load(self, state: dict[str, Any]) -> None:
        """Raises `LearnError` for the weights of another shape."""
        own = dict(self.network.named_parameters())
        if any(name not in own or own[name].shape != one.shape for name, one in state.items()):
            raise LearnError("the checkpoint is of another transformer: train anew")
        with torch.no_grad():
            for name, one in state.items():
                own[name].copy_(one)

    def export(self, folder: Path) -> str:
        """Writes a folder that `encoders.load_encoder` reads; returns the encoder's key."""
        learned = self.state()
        if self._stay:
            self.load(
                {
                    name: torch.lerp(one, self._start[name], self._stay)
                    for name, one in learned.items()
                }
            )
        try:
            return self._written(folder)
        finally:
            self.load(learned)

    def _written(self, folder: Path) -> str:
        state: BertState = self.network.state()
        sample = self.pack(self._sample, "document")
        rows = [sample[row] for row in range(len(sample))]
        outliers = measured_units(self.network, rows, self._apart)
        try:
            return write_transformer(
                folder,
                self._name,
                state,
                self._path,
                tokens=self.network.tokens,
                outlier_units=[units.tolist() for units in outliers],
                pooling=self.network.pooling,
                rarity=self.rarity,
                queries=self._reader.encoder if self._reader else None,
            )
        except EncoderError as error:
            raise LearnError(str(error)) from error
