"""``bench``: any judged collection, measured by the product's own pipeline."""

from __future__ import annotations

from pathlib import Path

import click

from broadsheet.cli.common import print_json, with_settings
from broadsheet.settings import Settings


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--queries", default="queries.tsv", show_default=True, help="Relative to DIR.")
@click.option("--qrels", default="qrels.trec", show_default=True, help="Relative to DIR.")
@click.option(
    "--legs",
    default="lexical,dense,rrf,hybrid",
    show_default=True,
    help="Which to measure; hybrid always is.",
)
@click.option("--encoder", help="Another encoder.  [default: the home's]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_settings
def bench(
    settings: Settings,
    folder: Path,
    queries: str,
    qrels: str,
    legs: str,
    encoder: str | None,
    as_json: bool,
) -> None:
    """Measures search on a judged collection, in a throw-away index."""
    from broadsheet.evaluate import run_bench

    result = run_bench(
        folder,
        settings=settings,
        queries=queries,
        qrels=qrels,
        legs=tuple(leg.strip() for leg in legs.split(",") if leg.strip()),
        encoder=encoder or settings.encoder,
    )
    if as_json:
        print_json(result)
        return
    click.echo(
        f"{result['collection']}: {result['documents']:,} documents, "
        f"indexed in {result['index_seconds']:.1f} s"
    )
    columns = ("ndcg@10", "recall@100", "mrr@10", "p50_ms", "p99_ms")
    click.echo(f"{'':10}" + "".join(f"{name:>12}" for name in columns))
    for leg, figures in result["runs"].items():
        row = "".join(
            f"{figures[name]:12.1f}" if name.endswith("ms") else f"{figures[name]:12.4f}"
            for name in columns
        )
        click.echo(f"{leg:10}{row}")
    for note in result["notes"]:
        click.echo(note)
