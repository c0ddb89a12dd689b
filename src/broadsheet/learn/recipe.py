"""A recipe: which parts a training is put together from. A small TOML file.

    name = "static"
    guide = "initial"      # what judges pairs: the student's own start, or an encoder; '': none

    [student]
    kind = "static"
    dimensions = 256

    [[pairs]]
    kind = "title-abstract"

    [loss]
    kind = "infonce"
    temperature = 0.05

    [schedule]
    epochs = 2
    learning_rate = 0.01

Every ``kind`` is a part (`learn.parts`); its other keys are the part's arguments.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from importlib import resources
from pathlib import Path
from typing import Any

from broadsheet.learn.errors import RecipeError

_SINGLE = ("student", "batches", "negatives", "weights", "loss", "choice")
_LISTS = ("pairs", "guards", "extra")
_PLAIN = {"name": str, "seed": int, "guide": str}
_NEEDED = ("student", "pairs", "loss")
MOST_SEED = 2**63 - 1  # what the generators of torch and of numpy both take
OPTIMISERS = ("adam", "adamw", "adagrad", "sgd")
DECAYS = ("linear", "cosine", "constant")


def _inside(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise RecipeError(f"[schedule] {name} must be from {low:g} to {high:g}, not {value!r}")


def _among(name: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise RecipeError(f"[schedule] {name} is one of {', '.join(known)}, not {value!r}")


@dataclass(frozen=True, slots=True)
class Spec:
    """A part by its kind, with its arguments."""

    kind: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast. ``steps`` 0: as many as ``epochs`` make. ``warmup`` is the share
    of steps in which the learning rate rises; it then falls to ``floor`` of itself."""

    epochs: float = 1.0
    steps: int = 0
    learning_rate: float = 0.01
    warmup: float = 0.05
    decay: str = "linear"
    floor: float = 0.02
    optimiser: str = "adam"
    weight_decay: float = 0.0
    average: float = 0.0

    def __post_init__(self) -> None:
        _inside("epochs", self.epochs, 0.001, 1_000)
        _inside("steps", self.steps, 0, 10_000_000)
        _inside("learning_rate", self.learning_rate, 1e-8, 100)
        _inside("warmup", self.warmup, 0, 1)
        _inside("floor", self.floor, 0, 1)
        _inside("weight_decay", self.weight_decay, 0, 10)
        _inside("average", self.average, 0, 1)
        _among("optimiser", self.optimiser, OPTIMISERS)
        _among("decay", self.decay, DECAYS)


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that a training is made of, beside the papers."""

    name: str
    student: Spec
    pairs: tuple[Spec, ...]
    loss: Spec
    seed: int = 0
    guide: str = ""
    batches: Spec = Spec("random")
    negatives: Spec | None = None
    guards: tuple[Spec, ...] = ()
    weights: Spec = Spec("uniform")
    choice: Spec | None = None
    extra: tuple[Spec, ...] = ()
    schedule: Schedule = Schedule()

    def seeded(self, seed: int) -> Recipe:
        """The same with another seed."""
        return replace(self, seed=seed)


def shipped() -> dict[str, str]:
    """The recipes that come with the package: name to TOML."""
    folder = resources.files("broadsheet.learn") / "recipes"
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".toml")),
        key=lambda file: file.name,
    )
    return {file.name.removesuffix(".toml"): file.read_text("utf-8") for file in files}


def read_recipe(name: str) -> Recipe:
    """A recipe by the name of a shipped one or as a file; raises `RecipeError`."""
    known = shipped()
    if name in known:
        return parse_recipe(known[name], f"recipe {name}")
    path = Path(name)
    if not path.is_file():
        raise RecipeError(
            f"no recipe {name!r}: give a TOML file or one of {', '.join(known) or 'none'}"
        )
    try:
        return parse_recipe(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: cannot be read ({error})") from error


def parse_recipe(text: str, place: str) -> Recipe:
    """A recipe's TOML; raises `RecipeError` with ``place`` in front."""
    try:
        return recipe_of(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{place}: is no TOML ({error})") from error
    except RecipeError as error:
        raise RecipeError(f"{place}: {error}") from None


def recipe_of(values: Mapping[str, Any]) -> Recipe:
    """A recipe's tables; raises `RecipeError` for unknown names and impossible sizes."""
    known = {*_SINGLE, *_LISTS, *_PLAIN, "schedule"}
    if unknown := sorted(values.keys() - known):
        raise RecipeError(f"unknown key {unknown[0]!r}; there are {', '.join(sorted(known))}")
    if missing := [name for name in _NEEDED if name not in values]:
        raise RecipeError(f"[{missing[0]}] is missing")
    found: dict[str, Any] = {"name": "unnamed"} | _plain_of(values)
    for name in _SINGLE:
        if name in values:
            found[name] = _spec(name, values[name])
    for name in _LISTS:
        if name in values:
            if not isinstance(values[name], list) or not values[name]:
                raise RecipeError(f"{name} is a list of tables: write [[{name}]]")
            found[name] = tuple(_spec(name, one) for one in values[name])
    if "schedule" in values:
        found["schedule"] = _schedule(values["schedule"])
    return Recipe(**found)


def _plain_of(values: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: values[name] for name in _PLAIN if name in values}
    for name, value in found.items():
        kind = _PLAIN[name]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise RecipeError(f"{name} must be a {kind.__name__}, not {value!r}")
    if not 0 <= found.get("seed", 0) <= MOST_SEED:
        raise RecipeError(f"seed must be from 0 to {MOST_SEED}, not {found['seed']}")
    return found


def as_tables(recipe: Recipe) -> dict[str, Any]:
    """A recipe as plain tables, which `recipe_of` reads again."""
    tables: dict[str, Any] = {name: getattr(recipe, name) for name in _PLAIN}
    for name in (*_SINGLE, *_LISTS):
        value = getattr(recipe, name)
        if isinstance(value, Spec):
            tables[name] = {"kind": value.kind, **value.args}
        elif value:
            tables[name] = [{"kind": one.kind, **one.args} for one in value]
    tables["schedule"] = {f.name: getattr(recipe.schedule, f.name) for f in fields(Schedule)}
    return tables


def _spec(table: str, values: object) -> Spec:
    if not isinstance(values, Mapping) or not isinstance(values.get("kind"), str):
        raise RecipeError(f"[{table}] needs a kind, a text")
    return Spec(values["kind"], {name: value for name, value in values.items() if name != "kind"})


def _schedule(values: object) -> Schedule:
    if not isinstance(values, Mapping):
        raise RecipeError("schedule is a table: write [schedule]")
    known = {f.name: type(getattr(Schedule(), f.name)) for f in fields(Schedule)}
    if unknown := sorted(values.keys() - known.keys()):
        raise RecipeError(f"[schedule] has no {unknown[0]!r}; there are {', '.join(known)}")
    for name, value in values.items():
        wanted = (int, float) if known[name] is float else known[name]
        if isinstance(value, bool) or not isinstance(value, wanted):
            raise RecipeError(f"[schedule] {name} must be a {known[name].__name__}, not {value!r}")
    return Schedule(**values)
