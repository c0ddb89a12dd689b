"""``identity``: works that are kept twice, and merges: shown, done and taken back."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from typing import Any

import click

from broadsheet.cli.common import ROW, Verbs, print_json, the_work, to_run, with_home
from broadsheet.settings import Settings

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_SHOWN = 50


@click.group(cls=Verbs)
def identity() -> None:
    """Says which records are one work, and lets a person decide."""


@identity.command()
@click.option("--join", "joining", is_flag=True, help="Join the sure ones.")
@_JSON
@with_home
def scan(settings: Settings, joining: bool, as_json: bool) -> None:
    """Looks for works that are kept twice; minutes for 300,000 papers."""
    from broadsheet.catalog import Catalog
    from broadsheet.formulas import plain

    with closing(Catalog.open(settings)) as catalog:
        twins = catalog.twins()
        joined = 0
        if joining:
            stays: dict[int, int] = {}
            for twin in (twin for twin in twins if twin.sure):
                one, other = (_end(stays, number) for number in (twin.one, twin.other))
                if one != other:
                    kept = catalog.join(one, other, twin.reason)
                    stays[other if kept == one else one] = kept
                    joined += 1
            twins = [twin for twin in twins if not twin.sure]
        works = catalog.get_many([number for t in twins for number in (t.one, t.other)])
    listed: list[dict[str, Any]] = [
        {
            "one": str(works[twin.one].identifiers[0]),
            "other": str(works[twin.other].identifiers[0]),
            "titles": [works[twin.one].paper.title, works[twin.other].paper.title],
            "sure": twin.sure,
            "reason": twin.reason,
        }
        for twin in twins
        if twin.one in works and twin.other in works
    ]
    if as_json:
        print_json({"joined": joined, "pairs": listed})
        return
    for pair in listed[:_SHOWN]:
        click.echo(f"{'sure ' if pair['sure'] else 'maybe'}  {pair['one']}  {pair['other']}")
        titles = " | ".join(plain(title) for title in dict.fromkeys(pair["titles"]))
        click.echo(f"       {pair['reason']}: {titles}")
    more = f"; --json prints all {len(listed):,}" if len(listed) > _SHOWN else ""
    click.echo(
        f"{joined:,} joined, {len(listed):,} pairs of works look like one{more}."
        " 'broadsheet identity join ONE OTHER' makes them one."
    )


def _end(stays: dict[int, int], number: int) -> int:
    while number in stays:
        number = stays[number]
    return number


@identity.command()
@click.argument("one")
@click.argument("other")
@with_home
def join(settings: Settings, one: str, other: str) -> None:
    """Makes two works one; votes, lists and notes of both stay."""
    from broadsheet.catalog import Catalog

    with closing(Catalog.open(settings)) as catalog:
        first, second = the_work(catalog, one), the_work(catalog, other)
        kept = catalog.join(first.id, second.id, "joined by hand")
        work = catalog.get_many([kept])[kept]
        merge = catalog.merges()[0]
    click.echo(f"One work now: {work.identifiers[0]}. Undo: {to_run(f'identity apart {merge.id}')}")


@identity.command()
@click.argument("number", type=ROW)
@with_home
def apart(settings: Settings, number: int) -> None:
    """Takes merge NUMBER back; these two are not joined again."""
    from broadsheet.catalog import Catalog

    with closing(Catalog.open(settings)) as catalog:
        catalog.undo_merge(number)
    click.echo(f"Merge {number} taken back.")


@identity.command()
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1))
@_JSON
@with_home
def merges(settings: Settings, limit: int, as_json: bool) -> None:
    """Lists what was joined, newest first, with the reason."""
    from broadsheet.catalog import Catalog
    from broadsheet.formulas import plain

    with closing(Catalog.open(settings)) as catalog:
        log = catalog.merges()[:limit]
        works = catalog.get_many([merge.survivor for merge in log])
    if as_json:
        print_json([asdict(merge) for merge in log])
        return
    for merge in log:
        title = plain(works[merge.survivor].paper.title) if merge.survivor in works else ""
        state = f" (taken back by {merge.undone_by})" if merge.undone_by else ""
        click.echo(f"{merge.id:>6}  {merge.merged_at}  {merge.reason}{state}: {title}")
    if not log:
        click.echo("Nothing was joined yet.")
