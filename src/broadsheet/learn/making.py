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

from broadsheet.catalog import Catalog, has_catalog
from broadsheet.encoders import AdaptedEncoder, Encoder, EncoderError, load_encoder
from broadsheet.evaluate import Collection
from broadsheet.files import sweep_unfinished
from broadsheet.learn.cards import Card, first_card, now, told_of
from broadsheet.learn.consent import inherited, liked_for, withdraw
from broadsheet.learn.corpus import Corpus, corpus_of_catalog, corpus_of_files
from broadsheet.learn.errors import LearnError
from broadsheet.learn.figures import figures_of, judged_by, size_of, speeds, with_learned
from broadsheet.learn.held_out import holdout
from broadsheet.learn.promotion import check_sound
from broadsheet.learn.recipe import Recipe, as_tables, read_recipe, shipped
from broadsheet.learn.runs import CACHE, HELD_OUT, TRAINING, Run, find_run, known_runs, new_run
from broadsheet.learn.training import check_recipe, train_model
from broadsheet.settings import Settings

KEPT_BACK = 0.1  # of the papers, the newest
QUERIES, DOCUMENTS = 400, 4_000  # of each held-out collection, unless more are asked for
_CHECKED_TEXTS = 64
_OPEN = ("running", "failed")  # states of a card whose run can be taken up again
_BUDGET = "budget"  # on a card's data where there is one: seconds
_PAPERS = "papers"  # on a card's data once it is settled which papers are learned from


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


def unfinished(settings: Settings, name: str = "") -> Run:
    """A run that can be taken up again: the one of a name or number, else the newest that has a
    checkpoint, was killed, or failed, in this order; raises `LearnError` where there is none.

    The caller holds the lock (`training_lock`), so that a run that says it is at work is not.
    """
    if name:
        run = find_run(settings, name)
        if run.card().state not in _OPEN:
            raise LearnError(f"{run.name} is {run.card().state}: there is nothing to go on with")
        return run
    left = [
        # What failed at its beginning would fail there again.
        (run.checkpoint.is_file(), card.state == "running", run.number, run)
        for run, card, _ in known_runs(settings)
        if card and card.state in _OPEN
    ]
    if not left:
        raise LearnError("no training was interrupted here; run: broadsheet learn train RECIPE")
    return max(left, key=lambda found: found[:3])[-1]


def finish(
    settings: Settings, run: Run, *, budget: float | None = None, told: Told | None = None
) -> Card:
    """Trains a run, from its checkpoint where there is one, and fills its card.

    ``budget`` is in seconds of training, what came before an interruption included; None is that
    which it was given last, if any. What goes wrong is on the card and raised again: `LearnError`,
    `EncoderError`, OSError. The caller holds the lock (`training_lock`).
    """
    card = run.card()
    data = card.data if budget is None else {**card.data, _BUDGET: budget}
    run.write(replace(card, state="running", problem="", data=data))
    try:
        return _finish(settings, run, told or Told())
    except (LearnError, EncoderError, OSError) as error:
        _failed(run, error)
        raise
    except (RuntimeError, MemoryError) as error:
        # What torch raises when memory or a device is gone.
        broken = LearnError(
            f"the training broke off ({_line(error)}); go on with: learn train --resume"
        )
        _failed(run, broken)
        raise broken from error
    except (ValueError, ArithmeticError, LookupError, TypeError) as error:
        # What numpy and torch raise for sizes that pass for possible in a recipe and are not.
        broken = LearnError(
            f"the training broke off ({_line(error)}): the recipe asks for what cannot be; change"
            " it and train anew"
        )
        _failed(run, broken)
        raise broken from error


def corpus_of(settings: Settings, run: Run) -> tuple[Corpus, Corpus, str]:
    """The papers a run learns from, those kept back, and the day between; raises `LearnError`.

    A run that has begun learns from the papers that it began with.
    """
    data = run.card().data
    paths = [Path(path) for path in data.get("paths", ())]
    keys = run.keys_in_order() if _PAPERS in data else ()
    corpus = corpus_of_files(paths) if paths else home_corpus(settings, frozenset(keys))
    day = data.get("until", "")
    if keys:
        day = data["day"]
        trained, later = corpus.begun(keys, day)
    elif day:
        trained, later = corpus.split(day)
        if not len(later):
            raise LearnError(
                f"the newest of {len(corpus)} papers is of {corpus.documents[-1].day or 'no day'},"
                f" so none would be kept back to measure on: name an earlier day than {day} with"
                " --until"
            )
    else:
        trained, later, day = corpus.newest(KEPT_BACK)
    if not len(trained):
        raise LearnError(
            f"none of {len(corpus)} papers is from before {day or 'the newest'}, so there is"
            " nothing to learn from: import older papers, or name a later day with --until"
        )
    return trained, later, day


def home_corpus(settings: Settings, keys: frozenset[bytes] = frozenset()) -> Corpus:
    """The newest papers of a home, and those of ``keys``; raises `LearnError` for none."""
    if not has_catalog(settings):
        raise LearnError(f"{settings.home} holds no papers to learn from; import some first")
    with closing(Catalog.open(settings)) as catalog:
        corpus = corpus_of_catalog(catalog, keys=keys)
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


def _finish(settings: Settings, run: Run, told: Told) -> Card:
    trained, later, day = corpus_of(settings, run)
    card = _begun(run, trained, later, day)
    if not (card.encoder and run.model.is_dir()):
        card = _train(settings, run, card, trained, told)
    encoder = load_encoder(str(run.model), settings.models_path, hub=settings.model_hub)
    # Texts that are the same have the same vector by any encoder.
    bodies = list(dict.fromkeys(one.abstract for one in trained.documents if one.abstract))
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


def _begun(run: Run, trained: Corpus, later: Corpus, day: str) -> Card:
    """The card with the papers that are learned from, which stay the same from now on."""
    card = run.card()
    if _PAPERS in card.data and run.keys():
        return card
    run.keep_keys(trained)
    data = {**card.data, "day": day, **told_of(trained, len(later))}
    card = replace(card, data=data)
    run.write(card)
    return card


def _train(settings: Settings, run: Run, card: Card, trained: Corpus, told: Told) -> Card:
    recipe = run.recipe()
    liked = _liked(settings, run, recipe)
    # Named before anything is learned: whoever withdraws meanwhile finds the run.
    consents = sorted(inherited(settings, as_tables(recipe)).union(liked, card.consents))
    card = replace(card, consents=tuple(consents))
    run.write(card)
    _check_consents(settings, run, card)
    shutil.rmtree(run.model, ignore_errors=True)
    sweep_unfinished(run.folder)  # an export that was killed
    key, history = train_model(
        recipe,
        trained,
        run.model,
        encoder_of=lambda name: load_encoder(name, settings.models_path, hub=settings.model_hub),
        cache=settings.learn_path / CACHE / TRAINING,
        checkpoint=run.checkpoint,
        budget=card.data.get(_BUDGET, math.inf),
        told=told.step,
        liked=tuple(liked.values()),
        stores=settings.vectors_path,
        preparing=told.prepare,
    )
    card = replace(card, history=_plain(asdict(history)), encoder={"key": key})
    run.write(card)
    return card


def _liked(settings: Settings, run: Run, recipe: Recipe) -> Mapping[str, tuple[int, ...]]:
    if run.card().data.get("paths"):  # works of files are not those that readers know
        return {}
    with closing(Catalog.open(settings)) as catalog:
        return liked_for(catalog, recipe)


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
    # And a run that had to go has no card any more.
    with contextlib.suppress(OSError, LearnError):
        problem = " ".join(str(error).split())
        run.write(replace(run.card(), state="failed", problem=problem, finished=now()))


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Numbers of numpy as Python's own, for JSON."""
    return {
        name: [list(entry) for entry in value] if name == "losses" else value
        for name, value in values.items()
    }
