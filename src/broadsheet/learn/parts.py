"""The parts of a training by name, and what each kind of part is.

A part is a function ``(job, *, its arguments) -> what the kind says``, registered by

    @part("loss", "infonce")
    def infonce(job: Job, *, temperature: float = 0.05) -> Loss: ...

Arguments come from the recipe and are checked against the signature: their names and types by
`built`, their sizes by the part itself, which raises ValueError.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from broadsheet.learn.errors import RecipeError
from broadsheet.learn.recipe import Spec

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from broadsheet.encoders import Ragged
    from broadsheet.learn.job import Job

Table = Literal[
    "student", "pairs", "batches", "negatives", "guards", "weights", "loss", "extra", "choice"
]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pair:
    """A query and the document that answers it.

    ``document`` is a row of the corpus; ``text`` is what stands for it in this pair, None: its
    abstract (a document whose title is the query must not show the title).
    """

    query: str
    document: int
    source: str = ""
    text: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """One step, scored: q pairs against c candidate documents.

    ``scores`` (q, c) are cosines, ``positives`` (q,) the column of each pair's own document,
    ``allowed`` (q, c) which candidates count beside it (its own column is True), ``pairs`` (q,)
    rows of the job's pairs, ``documents`` (c,) rows of its corpus, int64 all, ``queries`` (q, d)
    and ``candidates`` (c, d) unit vectors, ``share`` how much of the training is done (0 to 1).
    ``guide`` (q, c) are the frozen guide's cosines, where the recipe names a guide.
    """

    scores: Tensor
    positives: Tensor
    allowed: Tensor
    pairs: Tensor
    documents: Tensor
    queries: Tensor
    candidates: Tensor
    share: float
    guide: Tensor | None = None


class Student(Protocol):
    """What is trained: an encoder with gradients.

    Texts become ids once (`pack`), ids become vectors at every step (`encode`).
    """

    dimensions: int

    def pack(self, texts: list[str], side: str) -> Ragged:
        """The ids of texts; ``side`` is 'query' or 'document'."""

    def encode(self, ids: Ragged, side: str) -> Tensor:
        """Unit vectors (n, dimensions), with gradients where they are wanted."""

    def groups(self, learning_rate: float) -> list[dict[str, Any]]:
        """The parameters as groups for an optimiser; ``sparse`` says which have sparse
        gradients."""

    def state(self) -> dict[str, Any]:
        """Everything learned, as `load` takes it."""

    def load(self, state: dict[str, Any]) -> None:
        """Goes back to a state."""

    def export(self, folder: Path) -> str:
        """Writes what `encoders.load_encoder` reads; returns the encoder's key."""


Pairs = Iterator[Pair]
Batches = Callable[[], Rows]
Negatives = Callable[[Rows, int], Rows]
Guard = Callable[[Rows, Rows], "Tensor"]
Loss = Callable[[Scored], "Tensor"]


class Weigher(Protocol):
    """Weights of the pairs of a step; may remember what it saw."""

    def weigh(self, scored: Scored) -> Tensor:
        """Weights (q,), without gradient."""


_PARTS: dict[tuple[str, str], Callable[..., Any]] = {}


def part(table: Table, kind: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers a part under its name."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        if (table, kind) in _PARTS:
            raise ValueError(f"{table} {kind!r} is there twice")
        _PARTS[table, kind] = function
        return function

    return register


def kinds(table: Table) -> list[str]:
    """The names of a table's parts."""
    return sorted(kind for known, kind in _PARTS if known == table)


def built(table: Table, spec: Spec, job: Job) -> Any:
    """Calls a part with its arguments; raises `RecipeError`."""
    function = check(table, spec)
    try:
        made = function(job, **spec.args)
        # Pairs are a generator, which looks at its arguments when the first one is wanted.
        return list(made) if table == "pairs" else made
    except ValueError as error:
        raise RecipeError(f"[{table}] {spec.kind}: {error}") from error


def check(table: Table, spec: Spec) -> Callable[..., Any]:
    """The part that a spec names, its arguments' names and types checked; raises `RecipeError`."""
    function = _PARTS.get((table, spec.kind))
    if function is None:
        raise RecipeError(
            f"[{table}] has no kind {spec.kind!r}; there are {', '.join(kinds(table))}"
        )
    known = {
        name: parameter
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }
    for name, value in spec.args.items():
        if name not in known:
            takes = ", ".join(known) or "no argument"
            raise RecipeError(f"[{table}] {spec.kind} has no {name!r}; it takes {takes}")
        wanted = type(known[name].default)
        if known[name].default in (None, inspect.Parameter.empty):
            continue
        fits = isinstance(value, wanted) or (wanted is float and isinstance(value, int))
        if not fits or (isinstance(value, bool) and wanted is not bool):
            raise RecipeError(
                f"[{table}] {spec.kind}: {name} must be a {wanted.__name__}, not {value!r}"
            )
    return function
