"""A run from its beginning to its card: papers, training, figures."""

from __future__ import annotations

import contextlib
import math
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from broadsheet.catalog import Catalog
from broadsheet.encoders import AdaptedEncoder, Encoder, EncoderError, load_encoder
from broadsheet.evaluate import Collection
from broadsheet.files import sweep_unfinished
from broadsheet.learn.cards import Card, first_card, now, told_of
from broadsheet.learn.consent import liked_for, withdraw
from broadsheet.learn.corpus import Corpus, corpus_of_catalog, corpus_of_files
from broadsheet.learn.errors import LearnError
from broadsheet.learn.figures import figures_of, judged_by, size_of, speeds, with_learned
from broadsheet.learn.held_out import holdout
from broadsheet.learn.promotion import check_sound
from broadsheet.learn.recipe import read_recipe, shipped
from broadsheet.learn.runs import CACHE, HELD_OUT, Run, known_runs, new_run
from broadsheet.learn.training import check_recipe, train_model
from broadsheet.settings import Settings

KEPT_BACK = 0.1  # of the papers, the newest
QUERIES, DOCUMENTS = 400, 4_000  # of each held-out collection, unless more are asked for
_CHECKED_TEXTS = 64


@dataclass(frozen=True, slots=True)
class Told:
    """How a training goes on: ``prepare`` takes what is being done before the first step, how much
    of it, out of how much; ``step`` steps done, in all, and the loss; ``search`` what is being
    measured, how much of it, out of how much."""

    prepare: Callable[[str, int, int], None] = lambda _what, _done, _total: None
    step: Callable[[int, int, float], None] = lambda _done, _total, _loss: None
    search: Callable[[str, int, int], None] = lambda _what, _done, _total: None


def begin(
    settings: Settings,
    recipe: str,
    *,
    seed: int | None = None,
    paths: Sequence[Path] = (),
    until: str = "",
) -> Run:
    """Makes a run of a recipe, a shipped one or a file; raises `LearnError` and makes none
    where its parts cannot be.

    ``paths`` are files of papers to learn from instead of the home's own. Papers of the day
    ``until`` and later are kept back to measure on; '' keeps back the newest tenth.
    """
    read = read_recipe(recipe)
    if seed is not None:
        read = read.seeded(seed)
    check_recipe(read)
    text = shipped().get(recipe) or Path(recipe).read_text("utf-8")
    run = new_run(settings, read, text)
    data = {"paths": [str(path.resolve()) for path in paths], "until": until}
    run.write(first_card(run.name, read, data))
    return run


def unfinished(settings: Settings) -> Run:
    """The newest run that can be taken up again; raises `LearnError` where there is none.

    The caller holds the lock (`training_lock`), so that a run that says it is at work is not.
    """
    for run, card, _ in reversed(known_runs(settings)):
        if card is not None and card.state in ("running", "failed"):
            return run
    raise LearnError("no training was interrupted here; run: broadsheet learn train RECIPE")


def finish(
    settings: Settings, run: Run, *, budget: float = math.inf, told: Told | None = None
) -> Card:
    """Trains a run, from its checkpoint where there is one, and fills its card.

    ``budget`` is in seconds of training. What goes wrong is on the card and raised again:
    `LearnError`, `EncoderError`, OSError. The caller holds the lock (`training_lock`).
    """
    run.write(replace(run.card(), state="running", problem=""))
    try:
        return _finish(settings, run, budget, told or Told())
    except (LearnError, EncoderError, OSError) as error:
        _failed(run, error)
        raise
    except (RuntimeError, MemoryError) as error:
        # What torch raises when memory or a device is gone.
        line = " ".join(str(error).split())[:200] or type(error).__name__
        broken = LearnError(f"the training broke off ({line}); go on with: learn train --resume")
        _failed(run, broken)
        raise broken from error


def corpus_of(settings: Settings, card: Card) -> tuple[Corpus, Corpus, str]:
    """The papers a run learns from, those kept back, and the day between; raises `LearnError`."""
    paths = [Path(path) for path in card.data.get("paths", ())]
    corpus = corpus_of_files(paths) if paths else home_corpus(settings)
    day = card.data.get("until") or corpus.day_leaving(KEPT_BACK)
    trained, later = corpus.split(day) if day else (corpus, Corpus(()))
    if not len(trained):
        raise LearnError(
            f"none of {len(corpus)} papers is from before {day}, so there is nothing to learn"
            " from: import older papers, or name a later day with --until"
        )
    return trained, later, day


def home_corpus(settings: Settings) -> Corpus:
    """The papers of a home; raises `LearnError` where there is none."""
    if not settings.database and not settings.catalog_path.exists():
        raise LearnError(f"{settings.home} holds no papers to learn from; import some first")
    with closing(Catalog.open(settings)) as catalog:
        corpus = corpus_of_catalog(catalog)
    if not len(corpus):
        raise LearnError(f"{settings.home} holds no papers to learn from; import some first")
    return corpus


def own_collections(
    settings: Settings, run: Run, *, queries: int = QUERIES, documents: int = DOCUMENTS
) -> list[Collection]:
    """The home's held-out queries for a run: papers it did not learn from, of the days after.

    Raises `LearnError` where they are too few.
    """
    known = run.keys()
    day = run.card().data.get("day", "")
    fresh = [one for one in home_corpus(settings).documents if one.key not in known]
    return holdout(Corpus(tuple(fresh)), day, queries=queries, documents=documents)


def _finish(settings: Settings, run: Run, budget: float, told: Told) -> Card:
    card = run.card()
    trained, later, day = corpus_of(settings, card)
    if not (card.encoder and run.model.is_dir()):
        card = _train(settings, run, card, trained, later, day, budget, told)
    encoder = load_encoder(str(run.model), settings.models_path, hub=settings.model_hub)
    bodies = [one.abstract for one in trained.documents if one.abstract]
    try:
        check_sound(encoder, tuple(bodies[:_CHECKED_TEXTS]))
    except LearnError as error:
        card = replace(card, state="refused", problem=str(error), finished=now())
        run.write(card)
        return card
    titles = [one.title for one in later.documents or trained.documents if one.title]
    measured = dict(card.encoder) | {
        "own_vectors": not isinstance(encoder, AdaptedEncoder) or encoder.key != encoder.base_key,
        "kind": str(card.recipe.get("student", {}).get("kind", "")),
        "dimensions": encoder.dimensions,
        "bytes": size_of(run.model),
        **speeds(encoder, bodies, titles),
    }
    figures, note = _figures(settings, encoder, trained, later, day, told)
    data = dict(card.data) | ({"held_out_note": note} if note else {})
    card = replace(
        card, state="finished", finished=now(), encoder=measured, figures=figures, data=data
    )
    run.write(card)
    run.checkpoint.unlink(missing_ok=True)
    _check_consents(settings, run, card)
    return card


def _check_consents(settings: Settings, run: Run, card: Card) -> None:
    if not card.consents:
        return
    with closing(Catalog.open(settings)) as catalog:
        if run.name in withdraw(settings, catalog):
            raise LearnError(
                f"a reader whose acts {run.name} learned from has withdrawn meanwhile, so the run"
                " is deleted; train again without"
            )


def _train(
    settings: Settings,
    run: Run,
    card: Card,
    trained: Corpus,
    later: Corpus,
    day: str,
    budget: float,
    told: Told,
) -> Card:
    data = dict(card.data) | told_of(trained, len(later)) | {"day": day}
    liked = _liked(settings, run)
    # Named before anything is learned: whoever withdraws meanwhile finds the run.
    card = replace(card, data=data, consents=tuple(liked))
    run.write(card)
    run.keep_keys(trained)
    shutil.rmtree(run.model, ignore_errors=True)
    sweep_unfinished(run.folder)  # an export that was killed
    key, history = train_model(
        run.recipe(),
        trained,
        run.model,
        encoder_of=lambda name: load_encoder(name, settings.models_path, hub=settings.model_hub),
        cache=settings.learn_path / CACHE / "training",
        checkpoint=run.checkpoint,
        budget=budget,
        told=told.step,
        liked=tuple(liked.values()),
        stores=settings.vectors_path,
        preparing=told.prepare,
    )
    card = replace(card, history=_plain(asdict(history)), encoder={"key": key})
    run.write(card)
    return card


def _liked(settings: Settings, run: Run) -> Mapping[str, tuple[int, ...]]:
    if run.card().data.get("paths"):  # works of files are not those that readers know
        return {}
    with closing(Catalog.open(settings)) as catalog:
        return liked_for(catalog, run.recipe())


def _figures(
    settings: Settings, encoder: Encoder, trained: Corpus, later: Corpus, day: str, told: Told
) -> tuple[list[dict[str, Any]], str]:
    """The figures on the papers kept back, or why there are none."""
    try:
        collections = holdout(later, day, queries=QUERIES, documents=DOCUMENTS)
    except LearnError as error:
        return [], str(error)
    collections = with_learned(collections, trained)
    cache = settings.learn_path / CACHE / HELD_OUT
    judged = judged_by(encoder, collections, cache, told.search)
    return [figures_of(one, "own") for one in judged], ""


def _failed(run: Run, error: Exception) -> None:
    # A disk that is full takes no card either: the run then counts as interrupted.
    with contextlib.suppress(OSError):
        problem = " ".join(str(error).split())
        run.write(replace(run.card(), state="failed", problem=problem, finished=now()))


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Numbers of numpy as Python's own, for JSON."""
    return {
        name: [list(entry) for entry in value] if name == "losses" else value
        for name, value in values.items()
    }
