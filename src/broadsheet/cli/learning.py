"""``learn``: the home trains its own encoder, proves it, uses it, and can go back."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from broadsheet.cli.common import (
    Verbs,
    fail,
    print_json,
    progress,
    to_run,
    with_home,
    with_settings,
)
from broadsheet.cli.indexing import file_all
from broadsheet.settings import Settings

if TYPE_CHECKING:
    from broadsheet.encoders import Encoder
    from broadsheet.learn import Change, Run, Told

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_UNITS = {"": 60, "s": 1, "m": 60, "h": 3600}
_NICENESS = 10  # of trainings and comparisons: searches of a running paper go first
_MOST_SEED = 2**63 - 1
_NEWEST = "newest"  # what --resume without a RUN stands for


@click.group("learn", cls=Verbs)
def learn() -> None:
    """Trains encoders on the papers that are here, and keeps one only if it is better."""


def _budget(_ctx: click.Context, _param: click.Parameter, value: str | None) -> float | None:
    if value is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", value)
    if match is None or float(match[1]) == 0:
        raise click.BadParameter("takes a time such as 90s, 30m or 2h")
    return float(match[1]) * _UNITS[match[2]]


def _day(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str:
    if not value:
        return ""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = None
    if day is None or day.isoformat() != value:  # a week's day, say, is a day in ISO's eyes too
        raise click.BadParameter("takes a day such as 2026-01-31")
    return value


@learn.command()
@_JSON
@with_settings
def recipes(settings: Settings, as_json: bool) -> None:
    """The recipes that come with the program; a file of one's own does as well."""
    del settings
    from broadsheet.learn import shipped

    known = {name: _about(text) for name, text in shipped().items()}
    if as_json:
        print_json([{"name": name, "about": about} for name, about in known.items()])
        return
    for name, about in known.items():
        click.echo(f"{name:16} {about}")


def _about(text: str) -> str:
    """What a recipe says of itself: the comment at its head."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("# ").rstrip())
    return " ".join(lines)


@learn.command()
@click.argument("recipe", required=False)
@click.option("--budget", callback=_budget, help="Train no longer than this: 90s, 30m, 2h.")
@click.option("--seed", type=click.IntRange(0, _MOST_SEED), help="Another seed than the recipe's.")
@click.option(
    "--resume",
    is_flag=False,
    flag_value=_NEWEST,
    metavar="[RUN]",
    help="Go on with a training that was interrupted.  [default: the newest with a checkpoint]",
)
@click.option(
    "--corpus",
    "paths",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    help="Learn from the papers of a file instead of the home's; can be repeated.",
)
@click.option("--until", callback=_day, help="Keep back papers from this day on to measure on.")
@_JSON
@with_home
def train(
    settings: Settings,
    recipe: str | None,
    budget: float | None,
    seed: int | None,
    resume: str | None,
    paths: tuple[Path, ...],
    until: str,
    as_json: bool,
) -> None:
    """Trains an encoder by a RECIPE and writes its card."""
    from broadsheet.learn import begin, card_json, finish, register_parts, training_lock, unfinished

    if (resume is None) == (recipe is None):
        raise click.UsageError("name a recipe ('learn recipes' lists them), or give --resume")
    if resume is not None and (paths or until or seed is not None):
        raise click.UsageError("--resume goes on with the papers, days and seed it began with")
    register_parts()
    os.nice(_NICENESS)
    with training_lock(settings), _telling() as told:
        if recipe is None:
            run = unfinished(settings, resume if resume and resume != _NEWEST else "")
            click.echo(f"Going on with {run.name}.", err=True)
        else:
            run = begin(settings, recipe, seed=seed, paths=paths, until=until)
        card = finish(settings, run, budget=budget, told=told)
    if as_json:
        print_json(card_json(card))
    else:
        _print_trained(card)
    if card.state != "finished":
        raise SystemExit(1)


@contextmanager
def _telling() -> Iterator[Told]:
    from broadsheet.learn import Told

    # One bar for all: a terminal shows one at a time.
    with progress("Preparing") as show:
        yield Told(
            prepare=lambda what, done, total: show(done, total, what),
            step=lambda done, total, loss: show(done, total, f"Training, loss {loss:.3f}"),
            search=lambda what, done, total: show(done, total, f"Measuring {what}"),
        )


def _print_trained(card: Any) -> None:
    if card.state != "finished":
        click.echo(f"{card.run} is {card.state}: {card.problem}", err=True)
        return
    history, encoder = card.history, card.encoder
    click.echo(
        f"{card.run}: {history['pairs']:,} pairs of {card.data['papers']:,} papers, "
        f"{history['steps']:,} steps in {history['seconds']:.0f} s"
    )
    click.echo(
        f"{encoder['dimensions']} dimensions, {encoder['bytes'] / 1e6:.1f} MB, "
        f"{encoder['documents_per_second']:,.0f} papers/s, {encoder['query_ms']:.2f} ms a query"
    )
    for figure in card.figures:
        mean, low, high = figure["hybrid"]["ndcg@10"]
        click.echo(f"{figure['collection']:12} nDCG@10 {mean:.3f} ({low:.3f} to {high:.3f})")
    if note := card.data.get("held_out_note"):
        click.echo(f"Not measured: {note}", err=True)
    compare = f"learn compare {int(card.run.partition('-')[0])}"
    click.echo(f"Next: {to_run(compare)}")


@learn.command()
@click.argument("run_name", metavar="RUN")
@click.option("--with", "other", help="Another run, or 'stock'.  [default: what is in use]")
@click.option(
    "--judged", multiple=True, metavar="DIR", help="A judged collection too; can be repeated."
)
@click.option("--queries", type=click.IntRange(20), help="Queries of each held-out collection.")
@click.option("--documents", type=click.IntRange(50), help="Papers that they are asked of.")
@_JSON
@with_home
def compare(
    settings: Settings,
    run_name: str,
    other: str | None,
    judged: tuple[str, ...],
    queries: int | None,
    documents: int | None,
    as_json: bool,
) -> None:
    """Holds a RUN against another encoder on papers it has not seen; the verdict is on its card."""
    from broadsheet import learn as room
    from broadsheet.evaluate import read_judged

    os.nice(_NICENESS)
    run = room.find_run(settings, run_name)
    encoder = room.load_run(settings, run)
    against = _other(settings, other, run)
    sizes = {"queries": queries, "documents": documents}
    own = room.own_collections(settings, run, **{n: v for n, v in sizes.items() if v})
    sets = [one for name in judged for one in read_judged(name)]
    with progress("Comparing") as show:
        verdict, figures = room.compare_encoders(
            (run.name, encoder),
            against,
            own,
            sets,
            cache=settings.learn_path / room.CACHE / room.HELD_OUT,
            told=lambda what, done, total: show(done, total, f"Comparing, {what}"),
        )
    card = run.card()
    run.write(replace(card, figures=figures, comparisons=(*card.comparisons, verdict.json())))
    if as_json:
        print_json(verdict.json())
        return
    for one in verdict.collections:
        low, high = one.interval
        click.echo(
            f"{one.collection:14} {one.queries:5,} queries  {one.run:.4f} against {one.other:.4f}"
            f"  {one.difference:+.4f} ({low:+.4f} to {high:+.4f}), p {one.p:.4f}"
        )
    click.echo(f"{'Passed' if verdict.passed else 'Not passed'}: {verdict.why}.")
    if verdict.faster:
        click.echo(f"For its speed: {verdict.faster_why} (promote --faster).")


def _other(settings: Settings, name: str | None, run: Run) -> tuple[str, Encoder]:
    """What a run is held against, with the name it has on the card."""
    from broadsheet import learn as room
    from broadsheet.encoders import load_encoder

    if name is None and (problem := room.used_problem(settings)):
        fail(problem)
    chosen = name or room.current_name(settings)
    if chosen in ("stock", settings.encoder):
        loaded = load_encoder(settings.encoder, settings.models_path, hub=settings.model_hub)
        return settings.encoder, loaded
    other = room.find_run(settings, chosen)
    if other.name == run.name:
        fail(f"{run.name} is what is in use; name another with --with, e.g. --with stock")
    return other.name, room.load_run(settings, other)


@learn.command()
@click.argument("run_name", metavar="RUN")
@click.option("--faster", is_flag=True, help="Also one as good that is twice as fast or more.")
@click.option("--force", is_flag=True, help="Without a won comparison; the card says so.")
@_JSON
@with_home
def promote(settings: Settings, run_name: str, faster: bool, force: bool, as_json: bool) -> None:
    """Puts the encoder of a RUN in use; the one before answers until papers are encoded."""
    from broadsheet import learn as room

    withdraw_models(settings)
    run = room.find_run(settings, run_name)
    change = room.promote(settings, run, faster=faster, force=force)
    _carry_out(settings, change, as_json)


@learn.command()
@click.option("--all", "everything", is_flag=True, help="Back to the encoder of the settings.")
@_JSON
@with_home
def rollback(settings: Settings, everything: bool, as_json: bool) -> None:
    """Goes back to the encoder that was in use before; its vectors are still here."""
    from broadsheet import learn as room

    _carry_out(settings, room.rollback(settings, everything=everything), as_json)


def withdraw_models(settings: Settings) -> list[str]:
    """Takes out of use what learned from readers who do not allow it any more, and files what is
    used instead; the names of the runs that are gone."""
    from contextlib import closing

    from broadsheet.catalog import Catalog
    from broadsheet.encoders import home_encoder, standing_stamp
    from broadsheet.index import IndexLocked
    from broadsheet.learn import withdraw

    if not settings.learn_path.is_dir():
        return []
    stamp = standing_stamp(settings)
    with closing(Catalog.open(settings)) as catalog:
        gone = withdraw(settings, catalog)
    if standing_stamp(settings) != stamp:
        try:
            file_all(settings, home_encoder(settings))
        except IndexLocked:
            return gone  # the worker does it
    _forget(settings)
    return gone


def _forget(settings: Settings) -> None:
    """Deletes what models that had to go have left: their vectors, and generations of these."""
    from broadsheet.index import IndexLocked, open_writer
    from broadsheet.learn import forget_vectors

    if forget_vectors(settings):
        with suppress(IndexLocked), open_writer(settings):
            pass  # opening sweeps


def _carry_out(settings: Settings, change: Change, as_json: bool) -> None:
    """Files what the encoder in use now needs, unless a worker does."""
    from broadsheet.encoders import home_encoder
    from broadsheet.index import IndexLocked, live_generation

    encoder = home_encoder(settings)
    left = False
    try:
        file_all(settings, encoder)
        _forget(settings)
    except IndexLocked:
        left = True
    live = live_generation(settings)
    answers = live is not None and live.encoder == encoder.key
    if as_json:
        told = {"before": change.before, "after": change.after, "at": change.at}
        print_json(told | {"answers": answers, "left_to_worker": left})
        return
    if change.after == change.before:
        click.echo(f"{change.after} stays in use; nothing waits to be put in its place any more.")
    else:
        click.echo(f"{change.after} is in use instead of {change.before}.")
    if left and not answers:
        click.echo("The worker files it; the one before answers until that is done.")


@learn.command()
@click.argument("run_name", metavar="[RUN]", default="latest")
@click.option("--markdown", "form", flag_value="markdown", help="Print Markdown.  [default]")
@click.option("--html", "form", flag_value="html", help="Print a page that stands alone.")
@click.option("--json", "form", flag_value="json", help="Print JSON.")
@with_home
def report(settings: Settings, run_name: str, form: str | None) -> None:
    """Prints the card of a RUN, by default the newest one's."""
    from broadsheet import learn as room

    run = room.find_run(settings, run_name)
    card = replace(run.card(), state=room.state_of(settings, run))
    if form == "json":
        print_json(room.card_json(card))
    else:
        click.echo(room.as_html(card) if form == "html" else room.as_markdown(card), nl=False)


@learn.command("runs")
@_JSON
@with_home
def list_runs(settings: Settings, as_json: bool) -> None:
    """All trainings of this home, and which is in use."""
    from broadsheet import learn as room

    used, problem = room.current_name(settings), room.used_problem(settings)
    rows: list[dict[str, Any]] = []
    for run, card, state in room.known_runs(settings):
        last = card.comparisons[-1] if card and card.comparisons else None
        rows.append(
            {
                "run": run.name,
                "state": state,
                "problem": (card.problem or None) if card else "its card is damaged",
                "started": card.started if card else None,
                "papers": card.data.get("papers", 0) if card else None,
                "in_use": run.name == used and not problem,
                "difference": last["difference"] if last else None,
                "against": last["other_name"] if last else None,
                "passed": last["passed"] if last else None,
            }
        )
    if as_json:
        print_json({"in_use": used, "runs": rows})
        return
    for row in rows:
        moved = f"{row['difference']:+.4f} against {row['against']}" if row["against"] else ""
        mark = "in use" if row["in_use"] else ""
        began = (row["started"] or "")[:16]
        click.echo(f"{row['run']:24} {row['state']:12} {began:17} {mark:7} {moved}")
    if problem:
        click.echo(f"In use: {used}, which is not as it was put in use. {problem}.")
    elif used == settings.encoder:
        click.echo(f"In use: {used}, the encoder of the settings.")
