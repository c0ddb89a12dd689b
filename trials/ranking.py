"""Compares ways to rank on judged collections: ``python -m trials.ranking CONFIG.toml DIR...``

The table is that of ``broadsheet evaluate search``, with the same options. A config names the
systems and what they are compared with; ``[[system]]`` adds one of its own:

    baseline = "hybrid"
    systems = ["hybrid", "rrf", "hybrid-complete"]     # known names, see `evaluate search`

    [[system]]
    name = "combsum"
    candidates = "trials.fusions:combsum"   # (Candidates, Field, str, **args) -> Candidates
    args = {weight = 0.5}

    [[system]]
    name = "shallow"
    pipeline = "trials.stages:shallow"      # a Pipeline, or with args a function that makes one
    without = ["collapse"]                  # stages left out

    [[system]]
    name = "mine"
    make = "trials.mine:make"               # (Field, **args) -> (str -> document ids)

``candidates`` functions get the best 200 works of each leg with both scores, looked up once for
all systems (`broadsheet.evaluate.Field.candidates`).
"""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from broadsheet import evaluate, settings
from broadsheet.encoders import WeightsMissing, load_encoder
from broadsheet.evaluate import BenchError, System, chosen, of_candidates, of_pipeline
from broadsheet.search import Pipeline

_KINDS = ("candidates", "pipeline", "make")


def named(text: str, place: str) -> Any:
    """What ``module:name`` names; raises `BenchError`."""
    module, colon, name = text.partition(":")
    if not colon:
        raise BenchError(f"{place}: {text!r} is not of the form module:name")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise BenchError(f"{place}: {text!r} cannot be had ({error})") from error


def own_system(entry: Mapping[str, Any], place: str) -> System:
    """The system of one ``[[system]]``; raises `BenchError`."""
    kinds = [kind for kind in _KINDS if kind in entry]
    name = entry.get("name")
    if not isinstance(name, str) or len(kinds) != 1:
        raise BenchError(f"{place}: a system has a name and one of {', '.join(_KINDS)}")
    kind, args = kinds[0], entry.get("args", {})
    unknown = entry.keys() - {"name", "args", "about", "without", kind}
    if unknown:
        raise BenchError(f"{place}: system {name} has an unknown key {sorted(unknown)[0]!r}")
    found = named(entry[kind], place)
    about = str(entry.get("about", ""))
    if kind == "candidates":
        return of_candidates(name, partial(found, **args) if args else found, about)
    if kind == "make":
        return System(name, partial(found, **args) if args else found, about)
    try:
        line = found if isinstance(found, Pipeline) else found(**args)
    except TypeError as error:
        raise BenchError(f"{place}: {entry[kind]!r} is no pipeline ({error})") from error
    if not isinstance(line, Pipeline):
        raise BenchError(f"{place}: {entry[kind]!r} is no pipeline")
    return of_pipeline(name, line.without(*entry.get("without", ())), about)


def read_config(path: Path) -> tuple[list[System], str]:
    """The systems of a config and the name of its baseline; raises `BenchError`."""
    try:
        config = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BenchError(f"{path}: cannot be read as TOML ({error})") from error
    unknown = config.keys() - {"baseline", "systems", "system"}
    if unknown:
        raise BenchError(f"{path}: unknown key {sorted(unknown)[0]!r}")
    systems = [*chosen(config.get("systems", ()))]
    systems += [own_system(entry, str(path)) for entry in config.get("system", ())]
    if not systems:
        raise BenchError(f"{path}: names no system")
    names = [system.name for system in systems]
    if len(set(names)) < len(names):
        raise BenchError(f"{path}: two systems have one name")
    return systems, str(config.get("baseline", names[0]))


def run(
    systems: Sequence[System], baseline: str, folders: Sequence[str], *, sample: int = 0
) -> tuple[list[evaluate.Judged], Mapping[str, Any]]:
    """Every value, and what it comes to."""
    home = settings.load()
    try:
        encoder = load_encoder(home.encoder, home.models_path, hub=home.model_hub)
    except WeightsMissing as error:
        click.echo(f"Words only: {error}", err=True)
        encoder = None
    sets = [one for folder in folders for one in evaluate.read_judged(folder)]
    judged = evaluate.compare(sets, systems, encoder, sample=sample)
    return judged, evaluate.summarise(judged, baseline)


@click.command()
@click.argument("config", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("folders", metavar="DIR...", nargs=-1, required=True)
@click.option("--baseline", help="Another than the config's.")
@click.option("--sample", type=click.IntRange(min=0), default=0, help="Queries a collection.")
@click.option("--markdown", is_flag=True)
@click.option("--brief", is_flag=True, help="Only the table over all collections.")
@click.option("--per-query", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False))
def main(
    config: Path,
    folders: tuple[str, ...],
    baseline: str | None,
    sample: int,
    markdown: bool,
    brief: bool,
    per_query: Path | None,
    plot: Path | None,
) -> None:
    """Prints the table of a config's systems on judged collections."""
    try:
        systems, against = read_config(config)
        judged, figures = run(systems, baseline or against, folders, sample=sample)
    except BenchError as error:
        raise click.ClickException(str(error)) from error
    if per_query:
        per_query.write_text(evaluate.per_query(judged), encoding="utf-8")
    if plot:
        plot.write_text(evaluate.as_svg(figures, baseline or against), encoding="utf-8")
    if brief and "overall" in figures:
        figures = {**figures, "collections": []}
    show: Callable[[Mapping[str, Any]], str] = (
        evaluate.as_markdown if markdown else evaluate.as_text
    )
    click.echo(show(figures), nl=False)


if __name__ == "__main__":
    main()
