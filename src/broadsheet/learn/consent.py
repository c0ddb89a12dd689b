"""Models that learned from readers leave with them.

Only readers who allow it are learned from (`readers.Learning`), and a run names the consents that
it used, on its card and in a list beside it: its own, and those of every run whose model it
started from or was taught by. Once one of them is gone, because it was withdrawn or its reader's
data was deleted, the run is taken out of use at once, the newest one below it that is in order
takes its place, and its folder and the vectors that it made are deleted. A run that is still
training under such a consent ends without a model. Where neither card nor list can be read,
nobody can tell whom a run learned from: it goes once any consent is gone.

    HOME/learn/consents.json    numbers of all consents that ever held here or were used
    HOME/learn/leaving.json     keys of the encoders whose vectors are still to go
    HOME/learn/.leaving-NAME/   a run whose deletion has begun
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from broadsheet.catalog import Catalog
from broadsheet.encoders import Standing, own_key, standing, write_standing
from broadsheet.files import replace_file
from broadsheet.index import live_generation
from broadsheet.learn.cards import now
from broadsheet.learn.errors import LearnError
from broadsheet.learn.recipe import Recipe
from broadsheet.learn.runs import CACHE, HELD_OUT, LEAVING, TRAINING, Run, all_runs, texts_in
from broadsheet.readers import Readers
from broadsheet.settings import Settings

READERS_PAIRS = "co-liked"  # the kind of pairs that is made of readers' acts
_EVER = "consents.json"
_LEAVING = "leaving.json"


def liked_for(catalog: Catalog, recipe: Recipe) -> Mapping[str, tuple[int, ...]]:
    """By consent the works that readers like, where a recipe learns from them; else nothing."""
    if not any(spec.kind == READERS_PAIRS for spec in recipe.pairs):
        return {}
    return Readers(catalog).learning.liked()


def inherited(settings: Settings, tables: Mapping[str, Any]) -> frozenset[str]:
    """The consents of the runs whose models a recipe's tables name, as a start, a teacher or a
    guide; raises `LearnError` where those of one cannot be told."""
    found: set[str] = set()
    for run in _named(settings, tables):
        consents = _consents(settings, run)
        if consents is None:
            raise LearnError(
                f"{run.folder}: whom it learned from cannot be read, so nothing can learn from"
                " it; take another model"
            )
        found |= consents
    return frozenset(found)


def untold(settings: Settings) -> list[Run]:
    """The runs of which nobody can tell whom they learned from."""
    return [run for run in all_runs(settings) if _consents(settings, run) is None]


def leaving(settings: Settings) -> list[str]:
    """The runs whose deletion has begun and did not come to its end."""
    return [folder.name.removeprefix(LEAVING) for folder in _begun(settings)]


def withdraw(settings: Settings, catalog: Catalog) -> list[str]:
    """Takes every run out of use, and off the disk, of whose consents one is gone; their names.

    Goes on with what was interrupted. Raises `EncoderError` where it cannot be told what is in
    use, OSError.
    """
    if not settings.learn_path.is_dir():
        return []
    deleted = _sweep(settings)
    runs = all_runs(settings)
    if not runs:
        return deleted
    held = Readers(catalog).learning.held()
    known = {run: _consents(settings, run) for run in runs}
    any_gone = _note_consents(settings, held, known)
    going = [
        run
        for run, consents in known.items()
        if (any_gone if consents is None else not held.issuperset(consents))
    ]
    if not going:
        return deleted
    names = {run.name for run in going}
    stood = standing(settings)
    left = tuple(entry for entry in stood.stack if entry.run not in names)
    # First what is to go is noted, then it is out of use, then it goes: whatever happens in
    # between, the next call finds the rest.
    keys = {key for run in going if (key := _own_key(run, stood))}
    _note_leaving(settings, keys | set(_leaving(settings)))
    if left != stood.stack:
        write_standing(settings, Standing(stood.against, left, now()))
    for run in going:
        # Another process may be at it too.
        with contextlib.suppress(FileNotFoundError):
            run.folder.rename(settings.learn_path / f"{LEAVING}{run.name}")
    return sorted({*deleted, *_sweep(settings), *names})


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
    cache = settings.learn_path / CACHE
    for key in done:
        for folder in (settings.vectors_path, cache / HELD_OUT, cache / TRAINING):
            _remove(folder / key)
    if done:
        _note_leaving(settings, [key for key in leaving if key not in done])
    return done


def _own_key(run: Run, stood: Standing) -> str:
    """The key under which the vectors lie that a run's model made; '' where it made none."""
    key = own_key(run.model)
    if key is not None:
        return key
    with contextlib.suppress(LearnError):  # a damaged card does not keep a run from going
        encoder = run.card().encoder
        return str(encoder.get("key", "")) if encoder.get("own_vectors") else ""
    return next((entry.key for entry in stood.stack if entry.run == run.name), "")


def _consents(settings: Settings, run: Run) -> frozenset[str] | None:
    """The numbers of a run's consents; None where nobody can tell."""
    found = run.consents()
    if found is None or run.listed_consents() is not None:
        return found
    # Of a version that kept no list, and did not ask whom the models it started from knew.
    with contextlib.suppress(LearnError):  # of one that is lost: the run's own card was read
        tables = run.card().recipe
        earlier = [one for one in _named(settings, tables) if one.number < run.number]
        for one in earlier:
            found |= _consents(settings, one) or frozenset()
    return found


def _named(settings: Settings, values: object) -> Iterator[Run]:
    """The runs into whose folders one of a recipe's texts leads."""
    if isinstance(values, Mapping):
        values = list(values.values())
    if isinstance(values, str):
        learned = settings.learn_path.resolve()
        with contextlib.suppress(ValueError, OSError, RuntimeError):  # no path at all
            place = Path(values).expanduser().resolve()
            if place.is_relative_to(learned) and place != learned:
                name = place.relative_to(learned).parts[0]
                yield from (run for run in all_runs(settings) if run.name == name)
    elif isinstance(values, Sequence):
        for value in values:
            yield from _named(settings, value)


def _note_consents(
    settings: Settings, held: frozenset[str], known: Mapping[Run, frozenset[str] | None]
) -> bool:
    """Writes down which consents there ever were, for homes and runs that did not yet; whether
    one of them is gone, which is taken to be so where it cannot be told."""
    path = settings.learn_path / _EVER
    ever = texts_in(path)
    now_known = (ever or frozenset()).union(held, *(one for one in known.values() if one))
    if now_known != ever:
        replace_file(path, json.dumps(sorted(now_known)).encode())
    for run, consents in known.items():
        if consents is not None and run.listed_consents() is None:
            run.keep_consents(consents)
    return ever is None or not held.issuperset(now_known)


def _sweep(settings: Settings) -> list[str]:
    """Deletes the runs whose deletion has begun; their names."""
    names = leaving(settings)
    for folder in _begun(settings):
        _remove(folder)
    return names


def _begun(settings: Settings) -> list[Path]:
    return sorted(settings.learn_path.glob(f"{LEAVING}*"))


def _remove(folder: Path) -> None:
    """Deletes a folder, which another process may be deleting too; raises OSError."""
    while folder.exists():
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(folder)


def _leaving(settings: Settings) -> frozenset[str]:
    return texts_in(settings.learn_path / _LEAVING) or frozenset()


def _note_leaving(settings: Settings, keys: Iterable[str]) -> None:
    path = settings.learn_path / _LEAVING
    if noted := sorted(keys):
        replace_file(path, json.dumps(noted).encode())
    else:
        path.unlink(missing_ok=True)
