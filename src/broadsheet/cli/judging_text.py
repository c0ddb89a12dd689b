"""``evaluate roles`` and ``evaluate summaries``: what is read from papers, on labelled files."""

from __future__ import annotations

from pathlib import Path

import click

from broadsheet.cli.common import print_json
from broadsheet.cli.judging import evaluate

_PATHS = click.argument(
    "paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@evaluate.command()
@_PATHS
@click.option(
    "--folds",
    type=click.IntRange(2, 50),
    help="Train on all papers but those of one fold, and measure each fold so. Needed on the file"
    " that the shipped model was trained on.",
)
@_JSON
def roles(paths: tuple[Path, ...], folds: int | None, as_json: bool) -> None:
    """Tells problem, task, idea and result apart: macro-F1 over labelled parts of abstracts.

    PATH holds JSON lines (.zst, .gz) or CSV of abstract, start_idx, end_idx, label and arxiv_id.
    """
    from broadsheet.evaluate import evaluate_roles

    found = evaluate_roles(paths, folds=folds or 0)
    if found["trained_on"]:
        click.echo(
            f"{found['trained_on']:,} of {found['papers']:,} abstracts are among those that the"
            " shipped model was trained on: these figures flatter it; --folds 5 does not.",
            err=True,
        )
    if as_json:
        print_json(found)
        return
    click.echo(f"{found['spans']:,} labelled spans of {found['papers']:,} abstracts")
    click.echo(f"macro-F1 {found['macro_f1']:.4f}  [{found['low']:.4f}, {found['high']:.4f}]")
    for role in ("problem", "task", "idea", "result"):
        click.echo(f"  {role:22}{found[f'f1_{role}']:8.4f}")
    click.echo(f"whole sentences         {found['sentence_macro_f1']:8.4f}")
    click.echo(f"by position alone       {found['position_macro_f1']:8.4f}")
    click.echo(f"the commonest role      {found['majority_macro_f1']:8.4f}")


@evaluate.command()
@_PATHS
@click.option(
    "--systems",
    default="",
    help="Others to measure beside it, with commas between, or all: lead-1, random, longest,"
    " title, clause-oracle, oracle.",
)
@_JSON
def summaries(paths: tuple[Path, ...], systems: str, as_json: bool) -> None:
    """Compares the line shown of a paper with summaries that people wrote: ROUGE.

    PATH holds JSON lines (.zst, .gz) of title, sentences (or abstract) and tldr.
    """
    from broadsheet.evaluate import SUMMARY_SYSTEMS, evaluate_summaries

    asked = tuple(name.strip() for name in systems.split(",") if name.strip())
    chosen = SUMMARY_SYSTEMS if systems == "all" else asked
    found = evaluate_summaries(paths, systems=chosen)
    if as_json:
        print_json(found)
        return
    click.echo(
        f"{found['papers']:,} papers, a line shown for {found['shown']:.1%} of them:"
        f" {found['words']:.1f} words on average, at most {found['longest']}"
    )
    click.echo(f"{'':18}{'ROUGE-1':>9}{'ROUGE-2':>9}{'ROUGE-L':>9}")
    for name in ("", *chosen):
        key = f"{name}_" if name else ""
        values = (found[f"{key}rouge{part}"] for part in ("1", "2", "L"))
        p = f"   p = {found[f'{name}_p']:.4f}" if name else ""
        click.echo(f"{name or 'broadsheet':18}{''.join(f'{value:9.4f}' for value in values)}{p}")
