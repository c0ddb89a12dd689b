"""A run's card: what it was trained on and how, what it can do, and what became of it.

Everything in it is plain JSON, so that a card can be read without this program.
"""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from importlib import metadata
from typing import Any, Literal, get_args

from broadsheet.learn.corpus import Corpus
from broadsheet.learn.recipe import Recipe, as_tables

State = Literal["running", "finished", "failed", "interrupted", "refused"]
FORMAT = 1
LICENCES = (
    "Learned from titles, abstracts and metadata as their sources give them, each under its own"
    " licence (arXiv metadata: CC0 1.0; others as their records say). No text is kept in the model"
    " but its words. A model of papers under a non-commercial licence is for such use only."
)
_PACKAGES = ("broadsheet", "numpy", "torch")


@dataclass(frozen=True, slots=True)
class Card:
    """All that is known of a run.

    ``problem`` says why it failed or was refused. ``data`` tells the papers, ``recipe`` the parts
    as tables, ``history`` pairs, steps and losses, ``encoder`` key, sizes and speeds, ``figures``
    held-out search with intervals, ``comparisons`` verdicts (newest last), ``events`` promotions
    and what ended them. ``consents`` are opaque numbers of the readers' consents whose acts were
    used; a run is in order while each of them holds.
    """

    run: str
    state: State = "running"
    problem: str = ""
    seed: int = 0
    started: str = ""
    finished: str = ""
    recipe: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    history: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    encoder: Mapping[str, Any] = field(default_factory=dict)
    figures: Sequence[Mapping[str, Any]] = ()
    comparisons: Sequence[Mapping[str, Any]] = ()
    events: Sequence[Mapping[str, Any]] = ()
    consents: Sequence[str] = ()
    format: int = FORMAT


def card_of(values: Mapping[str, Any]) -> Card:
    """A card from its JSON form; raises ValueError, KeyError or TypeError."""
    if values["format"] != FORMAT:
        raise ValueError(f"format {values['format']!r}, not {FORMAT}")
    if values["state"] not in get_args(State):
        raise ValueError(f"state {values['state']!r}")
    known = {one.name for one in fields(Card)}
    return Card(**{name: value for name, value in values.items() if name in known})


def first_card(run: str, recipe: Recipe, data: Mapping[str, Any]) -> Card:
    """The card of a run that begins."""
    return Card(
        run=run,
        seed=recipe.seed,
        started=now(),
        recipe=as_tables(recipe),
        data=data,
        versions=versions(),
    )


def told_of(corpus: Corpus, held_out: int) -> dict[str, Any]:
    """What a card says of the papers that are learned from; ``held_out`` is how many were not."""
    days = [document.day for document in corpus.documents if document.day]
    sources = Counter(document.source for document in corpus.documents)
    return {
        "papers": len(corpus),
        "held_out": held_out,
        "first_day": days[0] if days else "",
        "last_day": days[-1] if days else "",
        "sources": dict(sources.most_common()),
        "licences": LICENCES,
    }


def card_json(card: Card) -> dict[str, Any]:
    """A card as plain JSON data, as it is kept and printed."""
    return {one.name: _plain(getattr(card, one.name)) for one in fields(Card)}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def versions() -> dict[str, str]:
    """What it is trained with."""
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def now() -> str:
    """This moment, ISO in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
