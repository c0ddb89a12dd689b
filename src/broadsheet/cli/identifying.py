"""``evaluate identity``: whether two records are one work, measured on labelled pairs."""

from __future__ import annotations

from pathlib import Path

import click

from broadsheet.cli.common import fail, print_json
from broadsheet.cli.judging import evaluate


@evaluate.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--corpora",
    type=click.Path(path_type=Path),
    help="The folder of the corpora.  [default: beside the folder of pairs]",
)
@click.option(
    "--imported", is_flag=True, help="Import the corpora, and judge what became one work."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def identity(path: Path, corpora: Path | None, imported: bool, as_json: bool) -> None:
    """Finds works that are there twice in whole corpora, against labelled pairs."""
    from broadsheet.evaluate import BenchError, evaluate_identity, evaluate_imported

    try:
        figures = (evaluate_imported if imported else evaluate_identity)(path, corpora)
    except BenchError as error:
        fail(str(error))
    if as_json:
        print_json(figures)
        return
    click.echo(
        f"precision {figures['precision']:.4f} and recall {figures['recall']:.4f}"
        f" over {figures['pairs']:,} pairs with two abstracts and"
        f" {figures['different_pairs']:,} look-alikes ({figures['false']} taken for one)"
    )
    click.echo(
        f"recall {figures['title_author_recall']:.4f} over {figures['title_author_pairs']:,} pairs"
        " known by title and authors alone"
    )
    if imported:
        click.echo(
            f"{figures['records']:,} records imported in {figures['seconds']:.0f} s;"
            f" {figures['joined']:,} works joined with others"
        )
        return
    click.echo(
        f"{figures['records']:,} records searched in {figures['seconds']:.0f} s;"
        f" {figures['called_one_work']:,} pairs called one work"
    )
