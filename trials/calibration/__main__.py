"""Runs a trial of probabilities: ``python -m trials.calibration CONFIG.toml DATA``.

``DATA`` is the folder of the judged collections. A config names a ``trial`` and the
collections it asks; ``fit.toml`` with ``--write`` makes the product's coefficients.
"""

from __future__ import annotations

import pickle
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from broadsheet import settings
from broadsheet.encoders import load_encoder
from broadsheet.evaluate import BenchError
from trials.calibration import alternatives, fitting, heads, shifted, simulated
from trials.calibration.gather import Asked, gather

TRIALS: dict[str, Callable[[Sequence[Asked], Sequence[str]], Iterator[str]]] = {
    "fit": fitting.table,
    "cutoffs": alternatives.cutoffs,
    "maps": alternatives.maps,
    "uncertainty": heads.uncertainty,
    "keep": heads.keep,
    "shift": shifted.shift,
    "balance": simulated.balance_score,
}


@click.command()
@click.argument("config", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--write", is_flag=True, help="Writes the coefficients that the product ships.")
@click.option("--vectors", type=click.Path(path_type=Path), help="Where vectors are kept.")
@click.option(
    "--kept", type=click.Path(path_type=Path), help="A file that keeps what was asked, for reruns."
)
def main(config: Path, data: Path, write: bool, vectors: Path | None, kept: Path | None) -> None:
    """Prints the figures of one trial."""
    entry = tomllib.loads(config.read_text(encoding="utf-8"))
    if entry.get("trial") not in TRIALS:
        raise click.ClickException(f"{config}: trial is one of {', '.join(TRIALS)}")
    tested = [one["name"] for one in entry.get("collection", ()) if not one.get("learn", True)]
    asked = _asked(entry, data, vectors, kept)
    for line in TRIALS[entry["trial"]](asked, tested):
        click.echo(line)
    if write:
        command = f"python -m trials.calibration trials/calibration/{config.name} DATA --write"
        click.echo(f"wrote {fitting.write(asked, tested, command)}")


def _asked(
    entry: dict[str, Any], data: Path, vectors: Path | None, kept: Path | None
) -> list[Asked]:
    if kept is not None and kept.is_file():
        with kept.open("rb") as file:
            return list(pickle.load(file))  # noqa: S301 - a file that this command wrote
    if not entry.get("collection"):
        return []
    home = settings.load()
    try:
        encoder = load_encoder(home.encoder, home.models_path, hub=home.model_hub)
        asked = gather(entry, data, encoder, vectors)
    except BenchError as error:
        raise click.ClickException(str(error)) from error
    if kept is not None:
        with kept.open("wb") as file:
            pickle.dump(asked, file)
    return asked


if __name__ == "__main__":
    main()
