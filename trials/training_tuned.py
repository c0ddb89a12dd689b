"""A template of pseudo-queries chosen by a few real pairs, against one that was not.

``python -m trials.training_tuned CONFIG.toml DATA --pairs 32`` trains the candidates of a config
of `trials.training`, takes the one that does best on the first claims of SciFact, and measures it
on all other queries: beside the usual template, and beside titles alone. What is tuned by a soft
prompt where there is a language model (SPTAR, Peng et al. 2023) is here what a sampler of
pseudo-queries takes from a paper.
"""

from __future__ import annotations

import importlib
import importlib.util
import tomllib
from collections.abc import Mapping
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from broadsheet.evaluate import interval, randomisation
from broadsheet.learn.training import register_parts
from trials.training import HELD, PARTS, Outcome, ground, outcome, variants

FEW = "scifact"
TITLES, USUAL = "recipe", "+ words, divergence"
CANDIDATES = (
    USUAL,
    "+ words, frequency",
    "+ words, 2",
    "+ words, 8",
    "+ keywords",
    "+ sentence-rest",
)


def chosen(done: Mapping[str, Outcome], pairs: int) -> str:
    """The candidate with the best mean over the first ``pairs`` queries."""
    return max(CANDIDATES, key=lambda name: float(done[name].values[FEW][:pairs].mean()))


def rest(one: Outcome, pairs: int) -> list[NDArray[np.float64]]:
    """Values by judged set of the queries that nothing was chosen by."""
    judged = {name: found for name, found in one.values.items() if name not in HELD}
    return [found[pairs:] if name == FEW else found for name, found in judged.items()]


def compared(one: Outcome, other: Outcome, pairs: int) -> str:
    """The mean over the sets, and its difference to the other."""
    mine, theirs = rest(one, pairs), rest(other, pairs)
    gaps = [a - b for a, b in zip(mine, theirs, strict=True)]
    pooled = np.concatenate([gap / len(gap) for gap in gaps])
    low, high = interval(pooled * len(pooled) / len(gaps))
    mean, gap = np.mean([a.mean() for a in mine]), np.mean([g.mean() for g in gaps])
    return f"{mean:.4f} {gap:+.4f} [{low:+.4f}, {high:+.4f}] p={randomisation(gaps):.4f}"


def told(done: Mapping[str, Outcome], pairs: int) -> str:
    """All lines of the answer."""
    best = chosen(done, pairs)
    few = [f"{name} {done[name].values[FEW][:pairs].mean():.4f}" for name in CANDIDATES]
    return "\n".join(
        (
            f"on {pairs} claims: {'; '.join(few)}",
            f"chosen {best!r} against titles alone: {compared(done[best], done[TITLES], pairs)}",
            f"chosen {best!r} against the usual: {compared(done[best], done[USUAL], pairs)}",
            f"the usual against titles alone: {compared(done[USUAL], done[TITLES], pairs)}",
        )
    )


@click.command()
@click.argument("config", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--pairs", default=32, show_default=True)
@click.option("--seeds", default=3, show_default=True)
def main(config: Path, data: Path, pairs: int, seeds: int) -> None:
    """Prints which template was chosen and what it is worth."""
    register_parts()
    for module in PARTS:
        if importlib.util.find_spec(f"trials.{module}") is not None:
            importlib.import_module(f"trials.{module}")
    settings = tomllib.loads(config.read_text("utf-8"))
    known = variants(settings, str(config))
    over = ground(data, int(settings["papers"]))
    done = {name: outcome(known[name][0], over, range(seeds)) for name in (TITLES, *CANDIDATES)}
    click.echo(told(done, pairs))


if __name__ == "__main__":
    main()
