"""``import``, ``backup`` and ``restore``: papers come in, and the home is kept safe."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from broadsheet.cli.common import (
    ROW,
    fail,
    print_json,
    progress,
    to_run,
    with_home,
    with_settings,
)
from broadsheet.settings import Settings

if TYPE_CHECKING:
    from broadsheet.catalog import Catalog

COUNTED = ("read", "new", "updated", "merged", "unchanged", "rejected")
_SUMMED = (*COUNTED, "undated")


class _Formats(click.Choice[str]):
    """What can be read.

    Looked up when it is asked for: the room that knows takes longer to load than all others that
    every command needs.
    """

    def __init__(self) -> None:
        self.case_sensitive = True

    @cached_property
    def choices(self) -> Sequence[str]:  # type: ignore[override]
        """The names of the formats."""
        from broadsheet.sources import FORMATS

        return FORMATS


@click.command("import")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "format_", type=_Formats(), help="[default: found]")
@click.option("--source", help="Name of the source.  [default: the file's folder]")
@click.option(
    "--date-is",
    type=click.Choice(("announced", "published")),
    default="announced",
    show_default=True,
    help="What the field 'date' means.",
)
@click.option("--list", "listed", is_flag=True, help="List earlier imports instead.")
@click.option("--undo", type=ROW, metavar="N", help="Take back import number N instead.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_settings
def import_(
    settings: Settings,
    paths: tuple[Path, ...],
    format_: str | None,
    source: str | None,
    date_is: Any,
    listed: bool,
    undo: int | None,
    as_json: bool,
) -> None:
    """Reads papers from files (.gz and .zst too), or takes an earlier import back."""
    from broadsheet.catalog import Catalog, require_catalog
    from broadsheet.worker import WordsBeside

    if sum((bool(paths), listed, undo is not None)) != 1:
        raise click.UsageError("give files to import, or --list, or --undo N")
    if not paths:
        require_catalog(settings)
    with closing(Catalog.open(settings)) as catalog:
        if listed:
            _print_imports(catalog, as_json)
            return
        with WordsBeside(settings, to_catch_up=to_run("index build")) as words:
            if undo is not None:
                summary: dict[str, Any] = {"undone": undo, "works": catalog.undo_import(undo)}
            else:
                summary = _import_all(catalog, settings, paths, format_, source, date_is)
        summary["searchable"] = words.filed
    if as_json:
        print_json(summary)
    else:
        _print_summary(summary, words.note)
    if wrong := [text for file in summary.get("files", ()) if (text := _wrong(file))]:
        fail("; ".join(wrong))


def _import_all(
    catalog: Catalog,
    settings: Settings,
    paths: tuple[Path, ...],
    format_: str | None,
    source: str | None,
    date_is: Any,
) -> dict[str, Any]:
    """Imports each file in turn; counts are summed, rejects files listed."""
    import gc

    from broadsheet.catalog import ImportResult, import_file
    from broadsheet.sources import SourceError

    # Papers hold no cycles: looking for them as often as usual costs a tenth of the time.
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    summary: dict[str, Any] = dict.fromkeys(_SUMMED, 0)
    summary["rejected_file"] = None
    files = []
    for path in paths:
        with progress(f"Reading {path.name}") as show:
            try:
                result = import_file(
                    catalog,
                    path,
                    rejected_dir=settings.rejected_path,
                    format=format_,
                    source=source,
                    date_is=date_is,
                    progress=show,
                ).to_json()
            except SourceError as error:
                if len(paths) == 1:
                    raise
                # What the other files hold is taken all the same, and told.
                result = {**ImportResult(0, problem=str(error)).to_json(), "import": None}
        for name in _SUMMED:
            summary[name] += result[name]
        files.append({"path": str(path), **result})
        summary["rejected_file"] = result["rejected_file"] or summary["rejected_file"]
    summary["files"] = files
    return summary


def _wrong(file: dict[str, Any]) -> str:
    """Why an import of a file did not do what it was to do; '' where it did."""
    if file["import"] is None:
        return str(file["problem"])
    if file["problem"]:
        return f"{file['problem']}, and the import goes on there"
    if file["read"] and file["read"] == file["rejected"]:
        return (
            f"{file['path']}: nothing of it could be taken ({file['rejected']:,} rejected); "
            f"{file['rejected_file']} says why"
        )
    return ""


def _print_summary(summary: dict[str, Any], note: str) -> None:
    if "undone" in summary:
        click.echo(f"Import {summary['undone']} taken back: {summary['works']:,} works changed.")
        return
    counts = ", ".join(f"{summary[name]:,} {name}" for name in COUNTED)
    click.echo(counts[0].upper() + counts[1:] + ".")
    if summary["undated"]:
        click.echo(f"{summary['undated']:,} without a readable date; one is written 2026-03-01.")
    for file in summary["files"]:
        if file["rejected_file"]:
            click.echo(f"Rejected ones, with line and reason: {file['rejected_file']}")
    click.echo(note)


# What the catalog knows of an import whose process may be at work or gone.
_UNFINISHED = ("running", "undoing")


def _print_imports(catalog: Catalog, as_json: bool) -> None:
    runs = [run.to_json() for run in catalog.imports()]
    if as_json:
        print_json(runs)
        return
    for run in runs:
        counts = ", ".join(f"{run[name]:,} {name}" for name in COUNTED if run[name])
        state = "unfinished" if run["state"] in _UNFINISHED else run["state"]
        click.echo(f"{run['id']:>4}  {run['started']}  {state:10}  {run['path']}  ({counts})")
        if said := run["problem"] or _how_it_goes_on(run):
            click.echo(f"{'':6}{said}")
    if not runs:
        click.echo("No imports yet: 'broadsheet import FILE' takes papers in.")


def _how_it_goes_on(run: dict[str, Any]) -> str:
    """What to do about an import that is under way, or whose process has ended amidst it."""
    if run["state"] not in _UNFINISHED or run["path"].startswith("sync "):
        return ""  # the worker goes on with a sync by itself
    from broadsheet.sources import default_source

    words = f"import {shlex.quote(run['path'])}"
    if run["source"] != default_source(Path(run["path"])):
        words += f" --source {shlex.quote(run['source'])}"
    if run["state"] == "undoing":
        words = f"import --undo {run['id']}"
    return f"where no process is at it any more, it goes on by: {to_run(words)}"


@click.command()
@click.argument("target", required=False, type=click.Path(path_type=Path))
@click.option(
    "--keep",
    type=click.IntRange(1),
    help="Once it is written, remove all but so many of the folder's that are named by their time.",
)
@with_home
def backup(settings: Settings, target: Path | None, keep: int | None) -> None:
    """Writes a backup of the whole home, while it is in use.

    TARGET is a file, or a folder in which the file is named by its time: also one that is made,
    where a name has no ending. Without it that is the home's folder backups.
    """
    from broadsheet import catalog

    click.echo(catalog.backup(settings, target or settings.backups_path, keep=keep or 0))


@click.command()
@click.argument("archive", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace a home that already holds papers.")
@with_settings
def restore(settings: Settings, archive: Path, force: bool) -> None:
    """Verifies a backup and puts it in place; the index is rebuilt from it.

    ARCHIVE is what backup wrote, or a catalog alone, which an upgrade or a restore left in the
    home's folder backups: of the home only the catalog is replaced then.
    """
    from broadsheet import catalog

    if not archive.is_file():
        fail(f"{archive}: no such backup")
    aside = catalog.restore(settings, archive, force=force)
    if aside:
        click.echo(f"What it replaced is in {aside}.")
    click.echo(f"Restored into {settings.home}. Next: {to_run('index build')}")
