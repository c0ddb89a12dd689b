"""``index``: what is filed, and how to file it again."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from broadsheet.cli.common import print_json, progress, to_run, with_home
from broadsheet.settings import Settings

if TYPE_CHECKING:
    from broadsheet.encoders import Choice, Encoder

SHOWN = 10


@click.group()
def index() -> None:
    """What is filed, and how to file it again."""


@index.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_home
def status(settings: Settings, as_json: bool) -> None:
    """How many papers are filed by words and by meaning."""
    from broadsheet.catalog import Catalog
    from broadsheet.encoders import encoder_choice, promoted_problem
    from broadsheet.index import open_index

    with closing(Catalog.open(settings)) as catalog, closing(open_index(settings)) as reader:
        standing = reader.status()
        answering = encoder_choice(settings, standing.encoder)
        found = {
            "stored": catalog.count(),
            **asdict(standing),
            "run": answering.run or None,
            "since": answering.since or None,
            "bytes": standing.bytes,
            "catalog_seq": catalog.seq(),
        }
    if as_json:
        print_json(found)
        return
    click.echo(f"Stored:     {found['stored']:,} papers")
    click.echo(f"By words:   {found['papers']:,}")
    click.echo(f"By meaning: {found['encoded']:,} ({found['pending']:,} to go)")
    click.echo(f"Encoder:    {found['encoder'] or 'none yet'}{_origin(answering)}")
    coming = encoder_choice(settings)
    if problem := promoted_problem(coming):
        click.echo(f"To come:    nothing. {problem}")
    elif coming.name != answering.name:
        click.echo(f"To come:    {coming.run or coming.name}, when its generation is filed")
    click.echo(f"Generation: {found['generation']}, {found['bytes'] / 1e6:,.0f} MB on disk")


def _origin(answering: Choice) -> str:
    """Where an encoder of this home's own comes from, and since when it answers."""
    if not answering.since:
        return ""
    whose = f"trained here: {answering.run}" if answering.run else "the settings' own"
    return f" ({whose}, since {answering.since[:16].replace('T', ' ')} UTC)"


@index.command()
@click.option("--words-only", is_flag=True, help="Leave the meaning to the worker.")
@with_home
def build(settings: Settings, words_only: bool) -> None:
    """Files everything that is not filed yet; goes on where it was interrupted."""
    _build(settings, rebuild=False, words_only=words_only)


@index.command()
@click.option("--words-only", is_flag=True, help="Leave the meaning to the worker.")
@with_home
def rebuild(settings: Settings, words_only: bool) -> None:
    """Makes the index anew, beside the old one, which answers until then."""
    _build(settings, rebuild=True, words_only=words_only)


def _build(settings: Settings, *, rebuild: bool, words_only: bool) -> None:
    from broadsheet.encoders import home_encoder
    from broadsheet.index import open_index

    file_all(settings, None if words_only else home_encoder(settings), rebuild=rebuild)
    with closing(open_index(settings)) as reader:
        found = reader.status()
    click.echo(f"{found.papers:,} papers by words, {found.encoded:,} by meaning.")


def file_all(settings: Settings, encoder: Encoder | None, *, rebuild: bool = False) -> None:
    """Files and encodes all that is not, with progress; raises `IndexLocked`."""
    from broadsheet.catalog import Catalog
    from broadsheet.index import open_writer
    from broadsheet.worker import Encoding

    with closing(Catalog.open(settings)) as catalog:
        key, dimensions = (encoder.key, encoder.dimensions) if encoder else ("", 0)
        with open_writer(settings, key, dimensions, repair=rebuild) as writer:
            with progress("Filing words") as show:
                (writer.rebuild if rebuild else writer.sync)(catalog, show)
            if encoder is not None:
                with (
                    Encoding(settings, encoder) as encoding,
                    progress("Encoding meaning", writer.pending_count()) as show,
                ):
                    encoding.all(catalog, writer, show)
                with progress("Filing meaning") as show:
                    writer.build_dense(show)


@index.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_home
def check(settings: Settings, as_json: bool) -> None:
    """Compares the catalog with the index; exit status 1 when they differ or a file is damaged."""
    from broadsheet.catalog import Catalog
    from broadsheet.index import open_index

    with closing(Catalog.open(settings)) as catalog, closing(open_index(settings)) as reader:
        reader.verify()
        differences = reader.check(catalog)
        papers = reader.status().papers
    if as_json:
        print_json(
            {
                "agrees": not differences,
                "papers": papers,
                "differences": [asdict(difference) for difference in differences],
            }
        )
    elif differences:
        click.echo(f"{len(differences):,} differences between catalog and index, among them:")
        for difference in differences[:SHOWN]:
            click.echo(f"  {difference}")
        click.echo(f"To catch up: {to_run('index build')}; anew: {to_run('index rebuild')}")
    else:
        click.echo(f"The index agrees with the catalog: {papers:,} papers.")
    if differences:
        raise SystemExit(1)
