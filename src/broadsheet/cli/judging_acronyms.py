"""``evaluate acronyms``: short and long forms, on labelled files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from broadsheet.cli.common import print_json, with_settings
from broadsheet.cli.judging import evaluate
from broadsheet.settings import Settings

_BASELINES = (
    ("chance", "any of its meanings"),
    ("first", "the first in the dictionary"),
    ("commonest", "the commonest of papers"),
    ("context", "the nearest context"),
    ("without_encoder", "without the encoder"),
    ("labelled_commonest", "the commonest by the labels (a bound, no baseline)"),
)


@evaluate.command()
@click.argument(
    "paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--no-encoder", is_flag=True, help="Tell meanings by words alone.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_settings
def acronyms(settings: Settings, paths: tuple[Path, ...], no_encoder: bool, as_json: bool) -> None:
    """Finds acronyms and their long forms in sentences, and tells which meaning one has.

    PATH is a file or folder of JSON lines (.zst, .gz) as the shared tasks of AAAI-21 have them:
    tokens and labels, or tokens, acronym and expansion with diction.json beside.
    """
    from broadsheet.evaluate import evaluate_acronyms

    found = evaluate_acronyms(paths, None if no_encoder else _encode(settings))
    if as_json:
        print_json(found)
        return
    for line in _lines(found):
        click.echo(line)


def _lines(found: dict[str, Any]) -> list[str]:
    lines = []
    if "f1_short" in found:
        lines.append(f"{found['sentences']:,} sentences     precision  recall      F1")
        for kind in ("short", "long"):
            values = (found[f"{name}_{kind}"] for name in ("precision", "recall", "f1"))
            lines.append(f"  {kind} forms        " + "".join(f"{value:8.4f}" for value in values))
        lines.append(f"  macro-F1 {found['f1_macro']:.4f}, micro-F1 {found['f1_micro']:.4f}")
    if "accuracy" in found:
        lines.append(
            f"{found['cases']:,} uses of {found['acronyms']:,} acronyms    accuracy  macro-F1"
        )
        low, high = found["accuracy_low"], found["accuracy_high"]
        lines.append(
            f"  broadsheet{'':40}{found['accuracy']:8.4f}{found['macro_f1']:8.4f}"
            f"   [{low:.4f}, {high:.4f}]"
        )
        lines += [
            f"  {said:50}{found[f'{name}_accuracy']:8.4f}{found[f'{name}_macro_f1']:8.4f}"
            for name, said in _BASELINES
            if f"{name}_accuracy" in found
        ]
    return lines


def _encode(settings: Settings) -> Any:
    """The encoder's way with texts, or None with a line on standard error."""
    from broadsheet.encoders import WeightsMissing, home_encoder

    try:
        encoder = home_encoder(settings)
    except WeightsMissing as error:
        click.echo(f"Words only: {error}", err=True)
        return None
    return encoder.encode_queries
