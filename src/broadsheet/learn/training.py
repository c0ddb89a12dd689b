"""A recipe and papers in, a trained encoder's folder out."""

from __future__ import annotations

import math
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from broadsheet.learn.corpus import Corpus
from broadsheet.learn.errors import LearnError, RecipeError
from broadsheet.learn.job import EncoderOf, Job
from broadsheet.learn.parts import Table, check
from broadsheet.learn.recipe import Recipe

if TYPE_CHECKING:
    from broadsheet.learn import figures
    from broadsheet.learn.trainer import History

Told = Callable[[int, int, float], None]
_MODULES = (
    "pairs",
    "pairs_shared",
    "pairs_text",
    "pairs_views",
    "pairs_words",
    "generating",
    "negatives_answers",
    "negatives_near",
    "negatives_words",
    "guards",
    "batches",
    "batches_topics",
    "losses",
    "distilling",
    "weights",
    "students.static",
    "students.attentive",
    "students.transformer",
    "imitation",
    "students.head",
)


def register_parts() -> None:
    """Imports every module that holds parts; raises `LearnError` without torch."""
    try:
        import_module("torch")
    except ImportError as error:
        raise LearnError(
            "training needs torch, which is not installed: pip install 'broadsheet[train]'"
        ) from error
    for module in _MODULES:
        import_module(f"broadsheet.learn.{module}")


def check_recipe(recipe: Recipe) -> None:
    """Whether every part is there and takes its arguments; raises `RecipeError`."""
    register_parts()
    single: tuple[Table, ...] = ("student", "batches", "negatives", "weights", "loss", "choice")
    for table in single:
        if (spec := getattr(recipe, table)) is not None:
            check(table, spec)
    lists: tuple[Table, ...] = ("pairs", "guards", "extra")
    for table in lists:
        for spec in getattr(recipe, table):
            check(table, spec)
    if recipe.loss.kind != "imitate" and any(spec.kind == "papers" for spec in recipe.pairs):
        raise RecipeError(
            f"pairs of kind 'papers' have no queries, and the loss {recipe.loss.kind!r} needs them:"
            " take 'title-abstract', or the loss 'imitate'"
        )


def train_model(
    recipe: Recipe,
    corpus: Corpus,
    model: Path,
    *,
    encoder_of: EncoderOf,
    cache: Path,
    checkpoint: Path | None = None,
    budget: float = math.inf,
    told: Told | None = None,
    liked: tuple[tuple[int, ...], ...] = (),
    stores: Path | None = None,
    preparing: figures.Told = lambda _what, _done, _total: None,
) -> tuple[str, History]:
    """Trains on all of ``corpus`` and writes the encoder to ``model``.

    ``budget`` is in seconds, ``told`` takes steps done, steps in all and the loss; ``liked`` are
    works by reader, of those who allow to learn from them, ``stores`` the folder in which a home
    keeps its papers' vectors; ``preparing`` is told of what takes long before the first step.
    Returns the encoder's key and what the training went through. Raises `LearnError`,
    `EncoderError`.
    """
    check_recipe(recipe)
    from broadsheet.learn import trainer

    job = Job(recipe, corpus, encoder_of, cache, liked=liked, stores=stores, preparing=preparing)
    trainer.prepare(job)
    history = trainer.fit(job, checkpoint=checkpoint, budget=budget, told=told)
    if not model.parent.is_dir():
        # Of a run that had to go nothing is made again, not for a moment.
        raise LearnError(f"{model.parent} was deleted meanwhile, and the model with it")
    return job.student.export(model), history
