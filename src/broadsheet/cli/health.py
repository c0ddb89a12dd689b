"""``doctor``: what is wrong with a home, and what to do about it."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import click

from broadsheet.cli.common import print_json, to_run, told, with_settings
from broadsheet.cli.doors import open_door
from broadsheet.cli.owning import strange_catalog
from broadsheet.errors import UserError
from broadsheet.settings import CONFIG_NAME, Settings

LOW_DISK = 1_000_000_000
# Below it the catalog's log finds no room, and then nothing can be read either.
_FULL_DISK = 16_000_000
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is well, what was seen, and what to do."""

    what: str
    state: Literal["ok", "warning", "failed"]
    seen: str
    todo: str = ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_settings
def doctor(settings: Settings, as_json: bool) -> None:
    """Looks a home over; exit status 1 when something is broken."""
    findings = list(examine(settings))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            click.echo(f"{finding.state:8} {finding.what:9} {finding.seen}")
            if finding.todo:
                click.echo(f"{'':18} -> {finding.todo}")
    if any(finding.state == "failed" for finding in findings):
        raise SystemExit(1)


def examine(settings: Settings) -> Iterator[Finding]:
    """Runs every check; one that breaks is a finding, not an end."""
    checks: dict[str, Callable[[Settings], Finding]] = {
        "home": _home,
        "disk": _disk,
        "catalog": _catalog,
        "encoder": _encoder,
        "models": _models,
        "index": _index,
        "sources": _sources,
        "clock": _clock,
        "mail": _mail,
        "doors": _doors,
    }
    failures: dict[str, str] = {}
    for what, check in checks.items():
        try:
            yield check(settings)
        except (UserError, OSError) as error:
            first = failures.setdefault(told(error), what)
            seen = told(error) if first == what else f"not looked at: the same as with the {first}"
            yield Finding(what, "failed", seen)


def _home(settings: Settings) -> Finding:
    home = settings.home
    if not home.exists():
        todo = "broadsheet serve, or broadsheet import, makes it"
        return Finding("home", "warning", f"{home} does not exist yet", todo)
    if not home.is_dir():
        todo = "move the file away, or name another folder with --home"
        return Finding("home", "failed", f"{home} is a file", todo)
    if not os.access(home, os.W_OK | os.X_OK):
        todo = f"change its owner, or name another folder with --home (you are uid {os.getuid()})"
        return Finding("home", "failed", f"{home} cannot be written to", todo)
    seen, todo = strange_catalog(settings)
    if seen:
        may = os.access(settings.catalog_path, os.R_OK | os.W_OK)
        return Finding("home", "warning" if may else "failed", f"{home} {seen}", todo)
    if seen := _seen_by_others(settings):
        return Finding("home", "warning", f"{home}: {seen}", f"chmod 700 {shlex.quote(str(home))}")
    return Finding("home", "ok", str(home))


def _seen_by_others(settings: Settings) -> str:
    """What every user of this machine can do in a home; '' for nothing that is not theirs."""
    if not settings.home.stat().st_mode & stat.S_IXOTH:
        return ""
    held = (settings.catalog_path, settings.home / CONFIG_NAME)
    names = [path.name for path in held if path.exists() and path.stat().st_mode & stat.S_IROTH]
    return f"other users of this machine can read {' and '.join(names)}" if names else ""


def _disk(settings: Settings) -> Finding:
    folder = settings.home
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free >= LOW_DISK:
        return Finding("disk", "ok", f"{free / 1e9:,.1f} GB free")
    full = free < _FULL_DISK
    seen = f"{free / 1e6:,.1f} MB free{': too little to open a catalog and add to it' * full}"
    todo = "make room" if full else "make room before imports; a paper takes about 6 kB"
    # What grows and can be deleted with nothing running amiss.
    kept = {path: _bytes(path) for path in (settings.backups_path, settings.learn_path / "cache")}
    if held := [f"{path} holds {size / 1e6:,.1f} MB" for path, size in kept.items() if size]:
        todo = f"{todo}; {', '.join(held)}"
    return Finding("disk", "failed" if full else "warning", seen, todo)


def _bytes(folder: Path) -> int:
    """How much the files in a folder take; 0 where there is none."""
    inside = ((Path(here) / name for name in names) for here, _, names in os.walk(folder))
    return sum(path.lstat().st_size for paths in inside for path in paths if path.exists())


def _catalog(settings: Settings) -> Finding:
    from broadsheet.catalog import Catalog, has_catalog

    if not has_catalog(settings):
        return Finding("catalog", "warning", "no papers yet", to_run("import FILE"))
    with closing(Catalog.open(settings)) as catalog:
        problem = catalog.integrity()
        if problem:
            todo = f"{to_run('restore ARCHIVE')} (backups are in {settings.backups_path})"
            return Finding("catalog", "failed", problem, todo)
        seen = f"{catalog.count():,} papers, sound"
        if waiting := catalog.ahead():
            first = catalog.get_many(waiting[:_NAMED]).values()
            named = ", ".join(f"{work.paper.id} ({work.announced})" for work in first)
            more = f" and {len(waiting) - _NAMED:,} more" if len(waiting) > _NAMED else ""
            todo = "they are printed on their day; has it come, then this machine's clock is slow"
            return Finding("catalog", "warning", f"{seen}; announced ahead: {named}{more}", todo)
        return Finding("catalog", "ok", seen)


def _encoder(settings: Settings) -> Finding:
    from broadsheet.encoders import WeightsMissing, encoder_choice, load_choice, standing

    if not settings.home.exists():
        # An encoder is built into its home: one that is only looked for is not begun by that.
        with TemporaryDirectory() as scratch:
            return _encoder(settings.model_copy(update={"home": Path(scratch)}))
    chosen = encoder_choice(settings)
    try:
        encoder = load_choice(settings, chosen)
    except WeightsMissing as error:
        return Finding("encoder", "warning", str(error), "until then papers are found by words")
    encoder.encode_queries(["a paper about search"])
    name = f"{chosen.run}, trained here" if chosen.run else encoder.name
    since = f", since {chosen.since[:16].replace('T', ' ')} UTC" if chosen.since else ""
    seen = f"{name}, {encoder.dimensions} dimensions{since}"
    known = standing(settings)
    if known.stack and known.against != settings.encoder:
        waits = f"{known.stack[0].run} was promoted against {known.against} and waits"
        todo = f"set encoder to {known.against}, or: {to_run('learn rollback --all')}"
        return Finding("encoder", "warning", f"{seen}; {waits}", todo)
    return Finding("encoder", "ok", seen)


def _models(settings: Settings) -> Finding:
    if not settings.learn_path.is_dir():
        return Finding("models", "ok", "nothing was trained here")
    from broadsheet.learn import known_runs, leaving, untold

    if lost := untold(settings):
        names = ", ".join(run.name for run in lost)
        todo = f"delete {lost[0].folder}, or restore ARCHIVE that has its card.json"
        return Finding("models", "failed", f"whom {names} learned from cannot be read", todo)
    if left := leaving(settings):
        seen = f"{', '.join(left)} learned from who withdrew, and is not deleted yet"
        return Finding("models", "failed", seen, "broadsheet work --once, or serve, deletes it")
    runs = known_runs(settings)
    if damaged := [run for run, card, _ in runs if card is None]:
        seen = f"{damaged[0].name}: its card cannot be read"
        todo = f"restore ARCHIVE that has it, or move {damaged[0].folder} away"
        return Finding("models", "warning", seen, todo)
    return Finding("models", "ok", f"{len(runs)} trained here")


def _index(settings: Settings) -> Finding:
    from broadsheet.catalog import Catalog
    from broadsheet.index import open_index

    if not settings.index_path.exists():
        return Finding("index", "warning", "nothing is filed yet", to_run("index build"))
    with closing(Catalog.open(settings)) as catalog, closing(open_index(settings)) as reader:
        reader.verify()
        status, seq = reader.status(), catalog.seq()
    seen = f"{status.papers:,} papers by words, {status.encoded:,} by meaning"
    if status.applied_seq > seq:  # the catalog was lost, or an older one put in its place
        beyond = f"{seen}; it was made from a later catalog than the one that is here"
        todo = f"bring the catalog back, or leave it so: {to_run('index build')}"
        return Finding("index", "warning", beyond, todo)
    if status.applied_seq < seq:
        behind = f"{seen}; {seq - status.applied_seq:,} changes behind"
        return Finding("index", "warning", behind, f"{to_run('index build')}, or leave it to serve")
    if status.pending:
        return Finding("index", "ok", f"{seen} (the worker encodes the rest)")
    return Finding("index", "ok", seen)


def _sources(settings: Settings) -> Finding:
    from broadsheet.catalog import Catalog, has_catalog
    from broadsheet.sources import require_known
    from broadsheet.worker import sync_health

    require_known(settings)
    if not has_catalog(settings):
        followed = ", ".join(settings.sync)
        seen = f"serve will ask {followed}" if followed else "none is followed"
        return Finding("sources", "ok", seen)
    with closing(Catalog.open(settings)) as catalog:
        state, seen, todo = sync_health(settings, catalog)
    return Finding("sources", state, seen, todo)


def _clock(settings: Settings) -> Finding:
    from broadsheet.catalog import Catalog, has_catalog
    from broadsheet.worker import clock_health, utc_now

    if not has_catalog(settings):
        return Finding("clock", "ok", "no source has told its time yet")
    with closing(Catalog.open(settings)) as catalog:
        state, seen, todo = clock_health(settings, catalog, utc_now())
    return Finding("clock", state, seen, todo)


def _mail(settings: Settings) -> Finding:
    from broadsheet.catalog import Catalog, has_catalog
    from broadsheet.worker import post_health

    if not has_catalog(settings):
        return Finding("mail", "ok", "nothing to send yet")
    with closing(Catalog.open(settings)) as catalog:
        state, seen, todo = post_health(settings, catalog)
    return Finding("mail", state, seen, todo)


def _doors(settings: Settings) -> Finding:
    from broadsheet.catalog import Catalog, has_catalog

    if not has_catalog(settings):
        return Finding("doors", "ok", f"serve will listen on {settings.host}")
    with closing(Catalog.open(settings)) as catalog:
        if found := open_door(settings, catalog):
            return Finding("doors", "warning", *found)
    return Finding("doors", "ok", f"listens on {settings.host}")
