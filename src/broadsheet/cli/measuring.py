"""``bench``, ``evaluate search``, ``evaluate checks``: how well search does, and if it is sound."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from broadsheet.cli.common import fail, print_json, progress, with_home, with_settings
from broadsheet.cli.judging import evaluate
from broadsheet.settings import Settings

if TYPE_CHECKING:
    from broadsheet.encoders import Encoder
    from broadsheet.evaluate import Check


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
        encoder=encoder or "",
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


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


@evaluate.command("search")
@click.argument("collections", metavar="DIR...", nargs=-1, required=True)
@click.option("--systems", help="Which to run, with commas; hybrid-STAGE leaves a stage out.")
@click.option("--baseline", help="What the others are compared with.  [default: rrf]")
@click.option("--encoder", help="Another encoder.  [default: the home's]")
@click.option("--sample", type=click.IntRange(min=0), default=0, help="Queries a collection.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--markdown", is_flag=True, help="Print Markdown.")
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), help="Write an SVG.")
@click.option(
    "--per-query", type=click.Path(path_type=Path, dir_okay=False), help="Write every value (TSV)."
)
@with_settings
def evaluate_search(
    settings: Settings,
    collections: tuple[str, ...],
    systems: str | None,
    baseline: str | None,
    encoder: str | None,
    sample: int,
    as_json: bool,
    markdown: bool,
    plot: Path | None,
    per_query: Path | None,
) -> None:
    """Compares systems on judged collections, with tests and intervals.

    DIR is a folder with a corpus, queries and judgements, or DIR:SPLIT for one of several sets
    of queries; scitldr's summaries and trials/word-capture are read too.
    """
    from broadsheet import evaluate as room

    names = _names(systems) if systems else room.DEFAULT
    against = baseline or (room.BASELINE if room.BASELINE in names else names[0])
    if against not in names:
        names = (*names, against)
    runs = room.chosen(names)
    sets = [one for name in collections for one in room.read_judged(name)]
    with progress("Searching") as show:
        judged = room.compare(
            sets,
            runs,
            _encoder(settings, encoder),
            sample=sample,
            told=lambda _said, done, total: show(done, total),
        )
    figures = room.summarise(judged, against)
    if per_query:
        per_query.write_text(room.per_query(judged), encoding="utf-8")
    if plot:
        plot.write_text(room.as_svg(figures, against), encoding="utf-8")
    if as_json:
        print_json(figures)
    else:
        click.echo(room.as_markdown(figures) if markdown else room.as_text(figures), nl=False)


@evaluate.command("checks")
@click.option("--sample", type=click.IntRange(min=2), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_home
def evaluate_checks(settings: Settings, sample: int, as_json: bool) -> None:
    """Checks search in this home, without judgements; exit status 1 where one falls short.

    It asks for what is surely there (titles, sentences), says the same in other words, and
    looks whether the encoder and the index do what the rest takes for granted.
    """
    from broadsheet import evaluate as room
    from broadsheet.catalog import Catalog
    from broadsheet.index import open_index

    with (
        closing(Catalog.open(settings)) as catalog,
        closing(open_index(settings)) as index,
    ):
        encoder = _encoder(settings, None, index.encoder)
        subject = room.subject_of(catalog, index, encoder, sample)
        if not subject.works:
            fail("nothing to check: the index holds no paper yet; import some first")
        checks = room.check_all(subject)
    short = [check for check in checks if not check.passed]
    if as_json:
        rows = [asdict(check) | {"passed": check.passed} for check in checks]
        print_json({"works": len(subject.works), "failed": len(short), "checks": rows})
    else:
        for check in checks:
            click.echo(_check_line(check))
        click.echo(f"{len(checks)} checks on {len(subject.works)} papers, {len(short)} failed")
    if short:
        raise SystemExit(1)


def _check_line(check: Check) -> str:
    state = (
        "ok" if check.passed and check.least is not None else "told" if check.passed else "FAILED"
    )
    if check.value is None:
        return f"{'none':7} {check.group:10} {check.name:22} {'':8} {check.seen}"
    wanted = f"(least {check.least:g})" if check.least is not None else ""
    return f"{state:7} {check.group:10} {check.name:22} {check.value:8.4f} {check.seen} {wanted}"


def _encoder(settings: Settings, name: str | None, key: str = "") -> Encoder | None:
    """The encoder, the home's for an index's ``key`` where none is named; or None with a line on
    standard error: then meaning is left out."""
    from broadsheet.encoders import WeightsMissing, home_encoder, load_encoder

    try:
        if not name:
            return home_encoder(settings, key)
        return load_encoder(name, settings.models_path, hub=settings.model_hub)
    except WeightsMissing as error:
        if name:
            fail(str(error))
        click.echo(f"Words only, hybrid included: {error}", err=True)
        return None
