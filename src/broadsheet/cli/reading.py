"""``edition``: the paper of a day, a week or a month, in the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING, Literal

import click

from broadsheet.cli.common import fail, print_json, with_home
from broadsheet.papers import parse_date
from broadsheet.settings import Settings

if TYPE_CHECKING:
    from broadsheet.catalog import Work

KINDS: dict[str, Literal["day", "week", "month"]] = {
    "today": "day",
    "week": "week",
    "month": "month",
}


@click.command()
@click.argument("which", type=click.Choice(tuple(KINDS)), default="today")
@click.option("--date", "day", help="A day of the edition.  [default: the newest there is]")
@click.option("--limit", type=click.IntRange(1), default=40, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_home
def edition(settings: Settings, which: str, day: str | None, limit: int, as_json: bool) -> None:
    """Prints an edition: what was announced on its day, week or month."""
    from broadsheet import editions
    from broadsheet.catalog import Catalog

    if day is not None and (len(parse_date(day)) != len("2026-01-01") or not _is_day(day)):
        raise click.UsageError(f"--date takes a day such as 2026-01-31, not '{day}'")
    with closing(Catalog.open(settings)) as catalog:
        found = editions.edition(catalog, KINDS[which], day or "", limit=limit)
        if found is None:
            fail(
                f"nothing was announced on {day}; leave --date out for the newest edition"
                if day
                else "no paper here has an announced day yet; 'broadsheet import' takes papers in"
            )
        if as_json:
            print_json(found.to_json())
            return
        noun = "paper" if found.total == 1 else "papers"
        click.echo(click.style(f"{found.title} · {found.total:,} {noun}", bold=True))
        _print_works(found.leads)
        for section in found.sections:
            click.echo(f"\n{section.name} ({section.total:,})")
            _print_works(section.works)


def _print_works(works: Iterable[Work]) -> None:
    from broadsheet.formulas import plain
    from broadsheet.text import told_title

    for work in works:
        click.echo(f"  {told_title(work.paper, plain(work.paper.title))}\n    {work.paper.id}")


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
