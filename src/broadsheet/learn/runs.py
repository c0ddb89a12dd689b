"""Trainings on disk: a folder each, which says what it was made of and what became of it.

    HOME/learn/CURRENT          what is in use (`encoders.standing`)
    HOME/learn/train.lock       held by the process that trains
    HOME/learn/last-number      the highest number that a run was ever given
    HOME/learn/0003-static/     one run
        recipe.toml             what it was put together from, as given
        card.json               everything known of it (`learn.cards`)
        consents.json           numbers of the consents that it learned under, as its card has them
        trained.keys            hashes of the papers it learned from, 16 bytes each
        checkpoint              while it is unfinished
        model/                  the encoder

A number is given once: what is in use and what was compared go by the names of runs, also of
those whose folders are gone. A run whose card says ``running`` while nobody holds the lock was
interrupted: `learn train --resume` takes it up again from its checkpoint.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from broadsheet.encoders import EncoderError, standing
from broadsheet.files import (
    private_folder,
    put,
    replace_file,
    replaced_folder,
    sweep_unfinished,
    take_lock,
)
from broadsheet.learn.cards import Card, State, card_json, card_of
from broadsheet.learn.corpus import Corpus
from broadsheet.learn.errors import LearnError
from broadsheet.learn.recipe import Recipe, parse_recipe
from broadsheet.settings import Settings

RECIPE, CARD, KEYS, CHECKPOINT, MODEL = (
    "recipe.toml", "card.json", "trained.keys", "checkpoint", "model",
)  # fmt: skip
CONSENTS = "consents.json"
LEAVING = ".leaving-"  # how the folder of a run begins that is being deleted
LOCK = "train.lock"
_LAST = "last-number"
_NUMBER = re.compile(rf"(?:{re.escape(LEAVING)})?(\d+)-")
CACHE = "cache"
TRAINING = "training"  # below it: what is dear to make for a training, vectors by encoders' keys
HELD_OUT = "held-out"  # below it: vectors of papers as held-out queries file them
HASH_BYTES = 16


@dataclass(frozen=True, slots=True)
class Run:
    """One training's folder."""

    folder: Path

    @property
    def name(self) -> str:
        """Its number and the recipe's name: ``0003-static``."""
        return self.folder.name

    @property
    def number(self) -> int:
        """Its number."""
        return int(self.name.partition("-")[0])

    @property
    def model(self) -> Path:
        """Where its encoder is."""
        return self.folder / MODEL

    @property
    def checkpoint(self) -> Path:
        """Where it goes on from."""
        return self.folder / CHECKPOINT

    def recipe(self) -> Recipe:
        """What it is made from, with the seed of this run; raises `LearnError`."""
        path = self.folder / RECIPE
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise LearnError(f"{path}: cannot be read ({error}); train anew") from error
        return parse_recipe(text, str(path)).seeded(self.card().seed)

    def card(self) -> Card:
        """What is known of it; raises `LearnError` where its card is damaged."""
        path = self.folder / CARD
        try:
            return card_of(json.loads(path.read_bytes()))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LearnError(
                f"{path}: cannot be read ({error}); move {self.folder} away, the rest goes on"
            ) from error

    def write(self, card: Card) -> None:
        """Replaces the card in one step, after its consents are in the list; raises OSError."""
        listed = self.listed_consents()
        if listed is not None and not listed.issuperset(card.consents):
            self.keep_consents(listed.union(card.consents))
        replace_file(self.folder / CARD, (json.dumps(card_json(card), indent=1) + "\n").encode())

    def keep_consents(self, numbers: Iterable[str]) -> None:
        """Notes under whose consents it learns, beside the card; raises OSError."""
        replace_file(self.folder / CONSENTS, json.dumps(sorted(numbers)).encode())

    def listed_consents(self) -> frozenset[str] | None:
        """What `keep_consents` noted; None where there is no such list, or a damaged one."""
        return texts_in(self.folder / CONSENTS)

    def consents(self) -> frozenset[str] | None:
        """The numbers of the consents that it learned under, by its card and by the list beside
        it; None where neither can be read, so that nobody can tell."""
        listed = self.listed_consents()
        try:
            return frozenset(self.card().consents) | (listed or frozenset())
        except LearnError:
            return listed

    def keep_keys(self, corpus: Corpus) -> None:
        """Notes which papers it learns from."""
        replace_file(self.folder / KEYS, b"".join(one.key for one in corpus.documents))

    def keys(self) -> frozenset[bytes]:
        """Hashes of the papers that it learned from (`text.text_hash`)."""
        return frozenset(self.keys_in_order())

    def keys_in_order(self) -> tuple[bytes, ...]:
        """The same, in the order in which it has them."""
        try:
            content = (self.folder / KEYS).read_bytes()
        except FileNotFoundError:
            return ()
        ends = range(HASH_BYTES, len(content) + 1, HASH_BYTES)
        return tuple(content[end - HASH_BYTES : end] for end in ends)


def texts_in(path: Path) -> frozenset[str] | None:
    """The list of texts that a JSON file holds; None where there is none, or a damaged one."""
    try:
        found = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    whole = isinstance(found, list) and all(isinstance(one, str) for one in found)
    return frozenset(found) if whole else None


def all_runs(settings: Settings) -> list[Run]:
    """All runs of a home, oldest first."""
    folder = settings.learn_path
    if not folder.is_dir():
        return []
    found = [Run(path) for path in folder.iterdir() if _is_run(path)]
    return sorted(found, key=lambda run: run.number)


def find_run(settings: Settings, name: str) -> Run:
    """A run by its name, its number or ``latest``; raises `LearnError`."""
    known = all_runs(settings)
    if not known:
        raise LearnError("nothing was trained here yet; run: broadsheet learn train RECIPE")
    if name == "latest":
        return known[-1]
    for run in known:
        if name == run.name or (name.isdecimal() and int(name) == run.number):
            return run
    raise LearnError(f"no run {name!r}; there are {', '.join(run.name for run in known[-10:])}")


def new_run(settings: Settings, recipe: Recipe, text: str) -> Run:
    """Makes the folder of a new run, under a number that none had before; raises OSError."""
    private_folder(settings.home)
    settings.learn_path.mkdir(exist_ok=True)
    number = last_number(settings) + 1
    letters = (letter if letter.isalnum() else "-" for letter in recipe.name.lower()[:40])
    slug = "".join(letters).strip("-") or "run"
    run = Run(settings.learn_path / f"{number:04}-{slug}")
    sweep_unfinished(settings.learn_path)
    replace_file(settings.learn_path / _LAST, f"{number}\n".encode())
    # There from its first moment with what it says of consents: else it would look like a run
    # that has lost it.
    with replaced_folder(run.folder) as new:
        put(new / RECIPE, text.encode())
        Run(new).keep_consents(())
    return run


def last_number(settings: Settings) -> int:
    """The highest number that a run of this home is known to have had, 0 before the first.

    Homes that did not write it down have it from their folders, from what is promoted and from
    what was ever compared or put in use.
    """
    names = [path.name for path in settings.learn_path.iterdir()]
    with contextlib.suppress(FileNotFoundError):
        names.append((settings.learn_path / _LAST).read_text("utf-8", "replace").strip() + "-")
    with contextlib.suppress(EncoderError):  # that CURRENT is damaged is said where it is used
        names += [entry.run for entry in standing(settings).stack]
    for _, card, _ in known_runs(settings):
        if card is not None:
            names += [str(one.get("other_name", "")) for one in card.comparisons]
            names += [str(one.get("instead_of", "")) for one in card.events]
    return max((int(found[1]) for found in map(_NUMBER.match, names) if found), default=0)


def known_runs(settings: Settings) -> list[tuple[Run, Card | None, State]]:
    """All runs with their cards and states; a damaged card is None, and its run ``failed``."""
    found: list[tuple[Run, Card | None, State]] = []
    for run in all_runs(settings):
        try:
            found.append((run, run.card(), state_of(settings, run)))
        except LearnError:
            found.append((run, None, "failed"))
    return found


def state_of(settings: Settings, run: Run) -> State:
    """How a run stands; one that nobody works at any more was interrupted."""
    state = run.card().state
    if state == "running" and not _held(settings):
        return "interrupted"
    return state


@contextlib.contextmanager
def training_lock(settings: Settings) -> Iterator[None]:
    """Keeps other trainings out while it lasts; raises `LearnError` where one is at work.

    The lock ends with the process, however that ends.
    """
    private_folder(settings.home)
    settings.learn_path.mkdir(exist_ok=True)
    with (settings.learn_path / LOCK).open("a+", encoding="utf-8") as file:
        if not _locked(file.fileno()):
            file.seek(0)
            holder = file.read(20).strip() or "unknown"
            raise LearnError(
                f"another training is at work here (process {holder}); wait for it or stop it"
            )
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _is_run(path: Path) -> bool:
    number, dash, _ = path.name.partition("-")
    return bool(dash) and number.isdecimal() and path.is_dir()


def _locked(descriptor: int) -> bool:
    """Takes the lock; tries again for a moment, because who asks how runs stand holds it too."""
    for _ in range(5):
        if take_lock(descriptor):
            return True
        time.sleep(0.1)
    return False


def _held(settings: Settings) -> bool:
    try:
        with (settings.learn_path / LOCK).open("r+") as file:
            return not take_lock(file, shared=True)
    except OSError:
        return False
