"""A model that reads query and paper together puts the first hits in a new order.

Off unless the setting ``reranker`` names a model: a cross-encoder of sentence-transformers, by
its name on the hub or its folder (the extra ``models``). Anything else that scores texts for a
query, a late-interaction model say, fits the same `Reranker`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from broadsheet.encoders import EncoderError, WeightsMissing
from broadsheet.search.candidates import Candidates, Floats
from broadsheet.search.pipeline import Search, Stage
from broadsheet.settings import Settings
from broadsheet.text import embedded_text

DEPTH = 50  # hits that are read at most
BUDGET_MS = 200.0
_BATCH = 4  # pairs between two looks at the clock
_LONGEST = 4_000  # characters of a paper that are read


class Reranker(Protocol):
    """Scores texts for a query."""

    @property
    def name(self) -> str:
        """The name it is loaded by."""

    def scores(self, query: str, texts: Sequence[str]) -> Floats:
        """How well each text answers the query, shape (n,); higher is better."""


class CrossEncoderReranker:
    """A cross-encoder by its name on the hub or its folder, loaded when it is first used.

    ``scores`` raises `EncoderError`, of which `WeightsMissing` is one.
    """

    def __init__(self, name: str, *, hub: bool = True) -> None:
        self.name = name
        self._hub = hub
        self._lock = threading.Lock()
        self._model: Any = None

    def scores(self, query: str, texts: Sequence[str]) -> Floats:
        """The model's relevance of each text, shape (n,)."""
        with self._lock:
            if self._model is None:
                self._model = _load(self.name, hub=self._hub)
        if not texts:
            return np.empty(0)
        found = self._model.predict(
            [(query, text[:_LONGEST]) for text in texts], show_progress_bar=False
        )
        values = np.asarray(found, np.float64)
        # A model with several classes gives the relevant one last.
        return values[:, -1] if values.ndim > 1 else values


def _load(name: str, *, hub: bool) -> Any:
    try:
        library = import_module("sentence_transformers")
    except ImportError as error:
        raise EncoderError(
            f"reranker {name!r} needs sentence-transformers ({error}): "
            "pip install 'broadsheet[models]', or unset the reranker"
        ) from error
    path = Path(name).expanduser()
    try:
        return library.CrossEncoder(str(path) if path.exists() else name, local_files_only=not hub)
    except OSError as error:
        raise WeightsMissing(
            f"reranker {name!r} was not found: give a cross-encoder's name on the hub or the"
            f" folder of one ({_line(error)})"
        ) from error
    except Exception as error:  # whatever a model's own configuration and code may raise
        raise EncoderError(
            f"reranker {name!r} cannot be loaded as a cross-encoder: {_line(error)}"
        ) from error


def load_reranker(settings: Settings) -> Stage | None:
    """The stage that the setting ``reranker`` asks for; None when it asks for none."""
    if not settings.reranker:
        return None
    model = CrossEncoderReranker(settings.reranker, hub=settings.model_hub)
    return rerank(model, settings.reranker_ms)


def rerank(
    reranker: Reranker,
    budget_ms: float = BUDGET_MS,
    depth: int = DEPTH,
    clock: Callable[[], float] = time.perf_counter,
) -> Stage:
    """Puts the first hits in the order of a model, as many of them as fit the budget.

    They are read from the top, a few at a time, until the next few would go over the budget;
    the search then says how many were read. The read ones share out the scores that they had,
    so that those below keep their places. A model that cannot be used leaves the order and
    says why. Feature ``rerank``: the model's score, nan for what it did not read.
    """

    def run(search: Search, ranking: Candidates) -> Candidates:
        query = search.reading.meaning
        wanted = min(len(ranking), depth)
        if not query or wanted < 2 or search.settled.looked:
            return ranking
        try:
            found = _read(search, ranking, query, wanted)
        except EncoderError as error:
            search.notes.append(f"Not reranked: {error}")
            return ranking
        if len(found) < wanted:
            search.notes.append(
                f"{reranker.name} read the first {len(found)} of {wanted} hits in its"
                f" {budget_ms:g} ms."
            )
        return reordered(ranking, found)

    def _read(search: Search, ranking: Candidates, query: str, wanted: int) -> Floats:
        ids = ranking.ids[:wanted].tolist()
        works = search.library.get_many(ids)
        texts = [embedded_text(works[one].paper) if one in works else "" for one in ids]
        reranker.scores(query, [])  # loading is not the query's time
        started = clock()
        scores: list[Floats] = []
        for start in range(0, wanted, _BATCH):
            spent = (clock() - started) * 1e3
            if scores and spent * (1 + 1 / len(scores)) > budget_ms:
                break
            scores.append(reranker.scores(query, texts[start : start + _BATCH]))
        return np.concatenate(scores)

    return Stage("rerank", run)


def reordered(ranking: Candidates, scores: Floats) -> Candidates:
    """The first hits in the order of the new scores, shape (k,), sharing out the old ones."""
    count = len(scores)
    order = np.argsort(-scores, kind="stable")
    before = ranking.score
    known = ranking.knowing(
        rerank=np.concatenate([scores, np.full(len(ranking) - count, np.nan)])
    ).take(np.concatenate([order, np.arange(count, len(ranking))]).astype(np.intp))
    had = known.score[:count]
    given = np.sort(before[:count])[::-1]
    factor = np.divide(given, had, out=np.ones(count), where=had > 0)
    lexical, dense = known.lexical_share.copy(), known.dense_share.copy()
    lexical[:count] *= factor
    dense[:count] *= factor
    return known.ordered(lexical, dense)


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
