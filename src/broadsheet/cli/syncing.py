"""``sync`` and ``ledger``: papers come from other hosts, and whether all of them did."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from broadsheet.cli.common import fail, print_json, progress, to_run, with_home, with_settings
from broadsheet.settings import Settings

if TYPE_CHECKING:
    from broadsheet.catalog import Catalog, LedgerRow, SyncRun
    from broadsheet.sources import Want
    from broadsheet.worker import Syncing

_COUNTED = ("read", "new", "updated", "merged", "unchanged", "rejected")
_COLUMNS = (
    *("announced", "fetched", "stored", "merged", "rejected"),
    *("indexed", "encoded", "missing"),
)


class _Day(click.ParamType[str]):
    """An ISO day."""

    name = "day"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        """The day as it was given."""
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.fail(f"'{value}' is no day; write 2026-03-01", param, ctx)
        if not 1900 <= day.year <= 2200:  # room for the days around it
            self.fail(f"no paper is of {value}; write a day like 2026-03-01", param, ctx)
        return day.isoformat()


@click.command()
@click.argument("source", required=False)
@click.option("--set", "sets", multiple=True, help="Only this set; may be given several times.")
@click.option("--since", type=_Day(), help="From this day on.  [default: the last sync]")
@click.option("--until", type=_Day(), help="Up to this day.")
@click.option("--dry-run", is_flag=True, help="Ask for the first pages and store nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_settings
def sync(
    settings: Settings,
    source: str | None,
    sets: tuple[str, ...],
    since: str | None,
    until: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Fetches papers from a source; without one, lists the sources.

    A sync that was interrupted goes on where it was when the same is asked for again, or when
    nothing is said of sets and days: then what is new is asked for after it.
    """
    from broadsheet.catalog import Catalog
    from broadsheet.sources import require_known
    from broadsheet.worker import Syncing, source_of

    require_known(settings)
    if source is None:
        if sets or since or until or dry_run:
            raise click.UsageError("name a source; 'broadsheet sync' alone lists them")
        _list_sources(settings, as_json)
        return
    if since and until and since > until:
        raise click.UsageError(f"--since {since} is later than --until {until}")
    with closing(Catalog.open(settings)) as catalog:
        syncing = Syncing(settings, catalog)
        followed = settings.sync.get(source) or settings.sync.get(source_of(source), ())
        want = _wanted(syncing, source, followed, sets, since, until)
        if dry_run:
            _print_preview(syncing, source, want or syncing.next_want(source, followed), as_json)
            return

        def ask(show: Callable[[int], None]) -> list[SyncRun]:
            if want is None:
                return syncing.catch_up(source, followed, show)
            return [syncing.run(source, want, show)]

        _sync(settings, catalog, syncing, source, ask, sets, as_json)


def _wanted(
    syncing: Syncing,
    source: str,
    followed: tuple[str, ...],
    sets: tuple[str, ...],
    since: str | None,
    until: str | None,
) -> Want | None:
    """What was asked for; None: everything since the last time."""
    from broadsheet.sources import Want

    if not (sets or since or until):
        return None
    usual = syncing.next_want(source, sets or followed)
    return Want(usual.sets, since or ("" if until else usual.since), until or "")


def _sync(
    settings: Settings,
    catalog: Catalog,
    syncing: Syncing,
    source: str,
    ask: Callable[[Callable[[int], None]], list[SyncRun]],
    asked: tuple[str, ...],
    as_json: bool,
) -> None:
    from broadsheet.worker import Checks, Repairs, WordsBeside, unheard, utc_now

    with WordsBeside(settings, to_catch_up=to_run("index build")) as words:
        with progress(f"Asking {source}") as show:
            *before, run = ask(show)
        checks = Checks(catalog.completeness, syncing.syncs, syncing.troubles, utc_now)
        checks.look()
        Repairs(syncing, checks).read_again(utc_now())
    troubles = [one for one in catalog.troubles.all(open_only=True) if one.source == source]
    files = {one.id: one.rejected_file for one in catalog.imports()}
    rejected = files.get(run.import_id, "")
    if as_json:
        more: dict[str, object] = {
            "went_on": [one.to_json() for one in before],
            "rejected_file": rejected or None,
            "searchable": words.filed,
            "troubles": [one.to_json() for one in troubles],
        }
        print_json({**run.to_json(), **more})
        return
    for one in before:
        days = f" from {one.since}" * bool(one.since) + f" to {one.until}" * bool(one.until)
        click.echo(f"Went on with {', '.join(one.sets) or source}{days}, which was interrupted:")
        _print_run(one, files.get(one.import_id, ""))
    _print_run(run, rejected)
    # Hosts answer both alike, and a mistyped set would stay empty for ever.
    nothing = asked if not (run.counts.read or run.announced) else ()
    if sets := ", ".join(nothing if asked else unheard(settings, catalog, source)):
        click.echo(f"Nothing came of {sets}: nothing is new there, or {source} has no such set.")
    for trouble in troubles:
        click.echo(f"! {trouble.sentence}")
    click.echo(words.note)


def _print_run(run: SyncRun, rejected: str) -> None:
    counts = run.to_json()
    line = ", ".join(f"{counts[name]:,} {name}" for name in _COUNTED)
    click.echo(f"{line}; {run.announced:,} lines of its listing are new.")
    if rejected:
        click.echo(f"Rejected ones, with line and reason: {rejected}")


def _list_sources(settings: Settings, as_json: bool) -> None:
    from broadsheet.catalog import Catalog, has_catalog
    from broadsheet.worker import Syncing

    with ExitStack() as stack:
        if not has_catalog(settings):
            # A home is not begun by asking what could be fetched into it.
            scratch = Path(stack.enter_context(TemporaryDirectory()))
            settings = settings.model_copy(update={"home": scratch})
        catalog = stack.enter_context(closing(Catalog.open(settings)))
        _print_sources(Syncing(settings, catalog), settings, as_json)


def _print_sources(syncing: Syncing, settings: Settings, as_json: bool) -> None:
    times = syncing.syncs.times()
    found = []
    for name in syncing.names():
        remote = syncing.remote(name)
        found.append(
            {
                "name": name,
                "description": remote.description,
                "host": remote.host,
                "sets": list(settings.sync.get(name) or remote.default_sets),
                "followed": name in settings.sync,
                "last": times[name].done_at or None if name in times else None,
            }
        )
    if as_json:
        print_json(found)
        return
    for one in found:
        mark = "*" if one["followed"] else " "
        click.echo(f"{mark} {one['name']:14} {one['description']}")
    click.echo("* asked by the worker itself (setting 'sync')")


def _print_preview(syncing: Syncing, source: str, want: Want, as_json: bool) -> None:
    preview = syncing.preview(source, want)
    if as_json:
        print_json({"source": source, "dry_run": True, **preview.to_json()})
        return
    more = "all there is" if preview.whole else "more would follow"
    click.echo(
        f"{preview.papers:,} papers and {preview.announced:,} lines of its listing on "
        f"{preview.pages:,} pages ({more}), {preview.rejected:,} unfit; nothing was stored."
    )


@click.command()
@click.option("--source", help="Only this source's listing.")
@click.option("--set", "set_name", default="", help="Only this set.")
@click.option(
    "--days", type=click.IntRange(1, 3650), default=8, show_default=True, help="How many days."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_home
def ledger(settings: Settings, source: str | None, set_name: str, days: int, as_json: bool) -> None:
    """Shows what the sources announced day by day, and what became of it."""
    from broadsheet.catalog import Catalog
    from broadsheet.worker import freshness

    tomorrow = (datetime.now(UTC).date() + timedelta(days=1)).isoformat()
    with closing(Catalog.open(settings)) as catalog:
        _known(settings, catalog, source, set_name)
        newest = catalog.completeness.last_day() or tomorrow
        first = (date.fromisoformat(newest) - timedelta(days=days - 1)).isoformat()
        rows = _covered(settings, catalog, first, tomorrow, source or "", set_name)
        troubles = [
            one
            for one in catalog.troubles.all(since=first)
            if source in (None, one.source) and set_name in ("", one.set)
        ]
        fresh = freshness(catalog)
    if as_json:
        print_json(
            {
                "freshness": fresh.to_json(),
                "rows": [row.to_json() for row in rows],
                "troubles": [one.to_json() for one in troubles],
            }
        )
        return
    _print_rows(rows)
    for one in troubles:
        ending = f" ({one.ending}, {one.closed_at[:10]})" if one.closed_at else ""
        click.echo(f"{'  ' if one.closed_at else '! '}{one.sentence}{ending}")
    if words := fresh.words():
        click.echo(f"{words[0].upper()}{words[1:]}.")


def _known(settings: Settings, catalog: Catalog, source: str | None, set_name: str) -> None:
    """Fails for a source or a set that the ledger cannot have."""
    from broadsheet.worker import Syncing

    there = catalog.completeness.listing_names("")
    names = sorted({*Syncing(settings, catalog).names(), *(name for name, _ in there)})
    if source is not None and source not in names:
        fail(f"there is no source '{source}'; there are {', '.join(names)}")
    sets = sorted({one for name, one in there if one and source in (None, name)})
    if set_name and set_name not in sets:
        kept = f"it has {', '.join(sets[:20])}" if sets else "nothing was announced yet"
        fail(f"the ledger has no set '{set_name}'; {kept}")


def _covered(
    settings: Settings, catalog: Catalog, first: str, last: str, source: str, set_name: str
) -> list[LedgerRow]:
    """The rows, with what is filed and encoded where there is an index."""
    from broadsheet.index import IndexFault, open_index
    from broadsheet.worker import with_encoded

    ledger_ = catalog.completeness
    try:
        index = open_index(settings)
    except IndexFault:
        return ledger_.rows(first, last, listing=source, set_name=set_name)
    with closing(index):
        rows = ledger_.rows(
            first, last, listing=source, set_name=set_name, applied_seq=index.applied_seq
        )
        return with_encoded(rows, ledger_, index)


def _print_rows(rows: list[LedgerRow]) -> None:
    if not rows:
        click.echo("Nothing was announced in these days: 'broadsheet sync SOURCE' asks a source.")
        return
    click.echo(f"{'day':10}  {'source':12} {'set':18} " + " ".join(f"{c:>9}" for c in _COLUMNS))
    for row in rows:
        values = row.to_json()
        cells = ("-" if values[c] is None else f"{values[c]:,}" for c in _COLUMNS)
        note = "  stale batch" if row.stale else ""
        line = " ".join(f"{cell:>9}" for cell in cells)
        click.echo(f"{row.day}  {row.listing:12} {row.set or '-':18} {line}{note}")
