"""``topics``: the sections of editions, what changed of them, and how to map the rest at once."""

from __future__ import annotations

import time
from contextlib import closing

import click

from broadsheet.cli.common import Verbs, print_json, with_home
from broadsheet.settings import Settings

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("topics", cls=Verbs)
def map_topics() -> None:
    """The topics that editions are sectioned by."""


@map_topics.command()
@_JSON
@with_home
def status(settings: Settings, as_json: bool) -> None:
    """How many days are mapped, the newest one's sections, and what changed of topics last."""
    from broadsheet.catalog import Catalog, Topics

    with closing(Catalog.open(settings)) as catalog:
        topics = Topics(catalog)
        day = topics.newest()
        names = topics.names(day, day) if day else {}
        places = topics.places(day, day).values() if day else ()
        sizes = [sum(p.topic == topic for p in places) for topic in names]
        sections = [
            {"topic": topic, "name": name, "papers": size}
            for size, (topic, name) in sorted(
                zip(sizes, names.items(), strict=True), key=lambda one: (-one[0], one[1])
            )
        ]
        changes = [{"day": when, "change": what} for when, what in topics.changes(20)]
        encoder = topics.kind().partition(" ")[2]
        days = len(topics.days())
        elsewhere = sum(not p.topic for p in places)
    if as_json:
        found: dict[str, object] = {"days": days, "newest": day or None}
        found |= {"vectors": encoder or None, "sections": sections}
        print_json(found | {"elsewhere": elsewhere, "changes": changes})
        return
    if not day:
        click.echo("No day is mapped yet; 'broadsheet topics build' maps those that are read.")
        return
    by = f"vectors of {encoder}" if encoder else "words alone"
    click.echo(f"{days} days are mapped, the newest {day}, by {by}.")
    for section in sections:
        click.echo(f"  {section['papers']:5} {section['name']} (topic {section['topic']})")
    click.echo(f"  {elsewhere:5} Elsewhere")
    for change in changes:
        click.echo(f"{change['day']}  {change['change']}")


@map_topics.command()
@click.option("--again", is_flag=True, help="Begin the map anew; topics get new numbers.")
@_JSON
@with_home
def build(settings: Settings, again: bool, as_json: bool) -> None:
    """Maps every day whose papers are read; goes on where it was interrupted."""
    from broadsheet.catalog import Catalog, Topics
    from broadsheet.encoders import EncoderError, home_encoder
    from broadsheet.index import live_generation
    from broadsheet.worker import Mapping

    began = time.perf_counter()
    key, dimensions = "", 0
    try:
        live = live_generation(settings)
        if live is not None and live.encoder:
            key, dimensions = live.encoder, live.dimensions
        else:
            encoder = home_encoder(settings)
            key, dimensions = encoder.key, encoder.dimensions
    except EncoderError as error:
        click.echo(f"{error}; topics by words alone", err=True)
    days = 0
    with closing(Catalog.open(settings)) as catalog:
        if again:
            Topics(catalog).reset()
        with closing(Mapping(settings, catalog, key, dimensions)) as mapping:
            while mapping.some(encoding=False):
                days += 1
        kept = len(Topics(catalog).days())
    seconds = time.perf_counter() - began
    if as_json:
        print_json({"mapped": days, "days": kept, "seconds": round(seconds, 2)})
        return
    click.echo(f"{days:,} days mapped in {seconds:.0f} s; {kept:,} are.")
