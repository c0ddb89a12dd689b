"""Compares keyword extractors: ``python -m trials.keywords CONFIG.toml DATA``

DATA is the folder of the labelled sets. Printed for each set: P, R and F1 of the first ten terms
(stemmed; F1 without a stemmer beside), the 95 % interval of F1, what the ``baseline`` has more,
paired over texts, and the p-value of a randomisation test, corrected for their number (Holm).
A config names the sets and the systems:

    sets = ["Inspec", "SemEval2017"]
    baseline = "ours"

    [[system]]
    name = "ours"
    make = "trials.keywords_ours:ours"     # (**args) -> ((title, abstract) -> terms)
    args = {whole = 1.0}
    grid = {keyness = [0.25, 0.5, 1.0]}    # chosen on the one set, measured on the other

    [[system]]
    name = "keyness"
    learn = "trials.keywords_learned:keyness"   # (labelled texts, seed, **args) -> the same
    seeds = 3                                   # learned on the one set, measured on the other
"""

from __future__ import annotations

import importlib
import time
import tomllib
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import click
import numpy as np

from broadsheet.evaluate import holm, interval, randomisation
from broadsheet.evaluate.keywords import Extractor, Keyed, exact, read_keyed, scores
from broadsheet.evaluate.significance import Floats

Sets = dict[str, tuple[Keyed, ...]]
F1 = 2


def _named(place: str) -> Callable[..., Any]:
    module, _, name = place.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found


def _tuned(
    make: Callable[..., Extractor], system: dict[str, Any], texts: Sequence[Keyed]
) -> dict[str, Any]:
    """The setting of the grid that is best on these texts, with the fixed arguments."""
    grid, fixed = system.get("grid", {}), system.get("args", {})
    best, best_score = dict(fixed), -1.0
    for values in product(*grid.values()):
        args = {**fixed, **dict(zip(grid, values, strict=True))}
        score = float(scores(texts, make(**args))[:, F1].mean())
        if score > best_score:
            best, best_score = args, score
    return best


def measured(system: dict[str, Any], sets: Sets, name: str) -> tuple[Floats, float, float, str]:
    """Scores of each text of a set (texts, 3), exact F1, milliseconds a text, and the setting."""
    items = sets[name]
    others = [item for other, texts in sets.items() if other != name for item in texts]
    if "learn" in system:
        learn = _named(system["learn"])
        seeds = range(system.get("seeds", 1))
        made = [learn(others, seed, **system.get("args", {})) for seed in seeds]
        setting = ""
    else:
        make = _named(system["make"])
        args = _tuned(make, system, others) if "grid" in system else system.get("args", {})
        made = [make(**args)]
        setting = " ".join(f"{key}={args[key]}" for key in system.get("grid", {}))
    start = time.perf_counter()
    runs = [scores(items, _remembered(extract)) for extract in made]
    spent = (time.perf_counter() - start) / len(items) / len(made) * 1_000
    if len(runs) > 1:
        means = [float(run[:, F1].mean()) for run in runs]
        setting += f" seeds {min(means):.4f}-{max(means):.4f}"
    plain = float(scores(items, _remembered(made[0]), exact)[:, F1].mean())
    return np.mean(runs, axis=0), plain, spent, setting.strip()


def _remembered(extract: Extractor) -> Extractor:
    """The same extractor; slow ones keep what they found, for the second form of matching."""
    known = _FOUND.setdefault(id(extract), {})
    _KEPT.append(extract)

    def asked(title: str, abstract: str) -> Sequence[str]:
        place = (title, abstract)
        if place not in known:
            known[place] = list(extract(title, abstract))
        return known[place]

    return asked


_FOUND: dict[int, dict[tuple[str, str], list[str]]] = {}
_KEPT: list[Extractor] = []  # so that no identity is used twice


@click.command()
@click.argument("config", type=click.Path(path_type=Path))
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--sample", default=0, help="Only the first texts of each set.  [default: all]")
@click.option("--only", default="", help="Names of systems, with commas between.")
def main(config: Path, data: Path, sample: int, only: str) -> None:
    """Prints the table."""
    chosen = tomllib.loads(config.read_text(encoding="utf-8"))
    sets = {
        name: read_keyed(data / f"{name}.jsonl.zst")[: sample or None] for name in chosen["sets"]
    }
    wanted = {name for name in only.split(",") if name} | {chosen["baseline"]}
    systems = [s for s in chosen["system"] if not only or s["name"] in wanted]
    for name in sets:
        click.echo(f"\n{name}, {len(sets[name])} texts; learned and tuned on the other set")
        click.echo(f"{'':20}{'P@10':>8}{'R@10':>8}{'F1@10':>8}{'95 %':>18}{'exact':>8}{'ms':>8}")
        found: dict[str, Floats] = {}
        for system in systems:
            rows, plain, spent, setting = measured(system, sets, name)
            found[system["name"]] = rows[:, F1]
            low, high = interval(rows[:, F1])
            p, r, f1 = rows.mean(axis=0)
            click.echo(
                f"{system['name']:20}{p:8.4f}{r:8.4f}{f1:8.4f}  [{low:.4f}, {high:.4f}]"
                f"{plain:8.4f}{spent:8.2f}  {setting}"
            )
        _differences(found, chosen["baseline"])


def _differences(found: dict[str, Floats], baseline: str) -> None:
    moved = {name: found[baseline] - row for name, row in found.items() if name != baseline}
    values = holm([randomisation([row]) for row in moved.values()])
    for (name, row), p in zip(moved.items(), values, strict=True):
        low, high = interval(row)
        click.echo(
            f"{baseline} - {name:20}{row.mean():+8.4f}  [{low:+.4f}, {high:+.4f}]  p = {p:.4f}"
        )


if __name__ == "__main__":
    main()
