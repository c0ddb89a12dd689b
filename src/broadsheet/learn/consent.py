"""Models that learned from readers leave with them.

Only readers who allow it are learned from (`readers.Learning`), and a run's card names the
consents it used. Once one of them is gone, because it was withdrawn or its reader's data was
deleted, the run is taken out of use at once, the newest one below it that is in order takes its
place, and its folder and the vectors that it made are deleted. A run that is still training
under such a consent ends without a model.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping

from broadsheet.catalog import Catalog
from broadsheet.encoders import Standing, standing, write_standing
from broadsheet.files import replace_file
from broadsheet.index import live_generation
from broadsheet.learn.cards import now
from broadsheet.learn.recipe import Recipe
from broadsheet.learn.runs import CACHE, HELD_OUT, known_runs
from broadsheet.readers import Readers
from broadsheet.settings import Settings

READERS_PAIRS = "co-liked"  # the kind of pairs that is made of readers' acts
_LEAVING = "leaving.json"


def liked_for(catalog: Catalog, recipe: Recipe) -> Mapping[str, tuple[int, ...]]:
    """By consent the works that readers like, where a recipe learns from them; else nothing."""
    if not any(spec.kind == READERS_PAIRS for spec in recipe.pairs):
        return {}
    return Readers(catalog).learning.liked()


def withdraw(settings: Settings, catalog: Catalog) -> list[str]:
    """Takes every run out of use, and off the disk, of whose consents one is gone; their names.

    Raises `EncoderError` where it cannot be told what is in use, OSError.
    """
    if not settings.learn_path.is_dir():
        return []
    used = [(run, card) for run, card, _ in known_runs(settings) if card and card.consents]
    if not used:
        return []
    held = Readers(catalog).learning.held()
    gone = [(run, card) for run, card in used if not held.issuperset(card.consents)]
    if not gone:
        return []
    names = {run.name for run, _ in gone}
    known = standing(settings)
    left = tuple(entry for entry in known.stack if entry.run not in names)
    keys = {str(card.encoder.get("key", "")) for _, card in gone if card.encoder.get("own_vectors")}
    # First what is to go is noted, then it is out of use, then it goes: whatever happens in
    # between, the next call finds the rest.
    _note(settings, sorted(keys | set(_leaving(settings))))
    if left != known.stack:
        write_standing(settings, Standing(known.against, left, now()))
    for run, _ in gone:
        shutil.rmtree(run.folder)
    return sorted(names)


def forget_vectors(settings: Settings) -> list[str]:
    """Deletes the vectors of models that had to go, once no generation in use holds them.

    Cheap where there is nothing to do. Returns the keys that are deleted; raises OSError.
    """
    leaving = _leaving(settings)
    if not leaving:
        return []
    live = live_generation(settings)
    kept = [entry.key for entry in standing(settings).stack] + ([live.encoder] if live else [])
    done = [key for key in leaving if key not in kept]
    for key in done:
        for folder in (settings.vectors_path, settings.learn_path / CACHE / HELD_OUT):
            shutil.rmtree(folder / key, ignore_errors=True)
    if done:
        _note(settings, [key for key in leaving if key not in done])
    return done


def _leaving(settings: Settings) -> list[str]:
    try:
        found = json.loads((settings.learn_path / _LEAVING).read_bytes())
    except (FileNotFoundError, ValueError):
        return []
    return [str(key) for key in found]


def _note(settings: Settings, keys: list[str]) -> None:
    path = settings.learn_path / _LEAVING
    if keys:
        replace_file(path, json.dumps(keys).encode())
    else:
        path.unlink(missing_ok=True)
