"""``reading``: what was read from papers, and how to read the rest at once."""

from __future__ import annotations

import time
from contextlib import closing

import click

from broadsheet.cli.common import Verbs, print_json, progress, with_home
from broadsheet.settings import Settings

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("reading", cls=Verbs)
def peruse() -> None:
    """What Broadsheet reads from abstracts: roles, summary, terms."""


@peruse.command()
@_JSON
@with_home
def status(settings: Settings, as_json: bool) -> None:
    """How many papers are read, and by which version of reading."""
    from broadsheet.catalog import Catalog, Readings
    from broadsheet.text import READING_VERSION

    with closing(Catalog.open(settings)) as catalog:
        readings = Readings(catalog)
        found = {
            "stored": catalog.count(),
            "read": readings.count(),
            "waiting": readings.waiting(),
            "version": READING_VERSION,
            "seq": readings.seq(),
            "catalog_seq": catalog.seq(),
        }
    if as_json:
        print_json(found)
        return
    click.echo(f"Stored:  {found['stored']:,} papers")
    click.echo(f"Read:    {found['read']:,} ({found['waiting']:,} changes to go)")
    click.echo(f"Version: {found['version']} of reading")


@peruse.command()
@click.option("--again", is_flag=True, help="Read everything again, not only what is new.")
@click.option("--processes", type=click.IntRange(1, 256), help="How many.  [default: one a core]")
@_JSON
@with_home
def build(settings: Settings, again: bool, processes: int | None, as_json: bool) -> None:
    """Reads every paper that is not read yet; goes on where it was interrupted."""
    from broadsheet.catalog import Catalog, Readings
    from broadsheet.worker import Perusing

    began = time.perf_counter()
    with closing(Catalog.open(settings)) as catalog:
        readings = Readings(catalog)
        if again:
            readings.reset()
        with progress("Reading", readings.waiting()) as show:
            done = Perusing(catalog).all(show, processes=processes)
        seconds = time.perf_counter() - began
        found = {"read": done, "papers": readings.count(), "seconds": round(seconds, 2)}
    if as_json:
        print_json(found)
        return
    click.echo(f"{done:,} read in {seconds:.0f} s; {found['papers']:,} papers have a reading.")
