"""``evaluate``: one part of the product measured on a labelled file or a reader's history."""

from __future__ import annotations

from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from broadsheet.cli.common import Verbs, fail, print_json, progress, with_settings
from broadsheet.settings import Settings

if TYPE_CHECKING:
    from broadsheet.encoders import Encoder


@click.group(cls=Verbs)
def evaluate() -> None:
    """Measures one part of the product on labelled data."""


_SYSTEMS = click.option(
    "--systems", default="", help="Other recipes to measure beside it, with commas between; or all."
)
_ENCODER = click.option("--encoder", help="Another encoder.  [default: the home's]")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@evaluate.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@_SYSTEMS
@_ENCODER
@_JSON
@with_settings
def taste(
    settings: Settings, folder: Path, systems: str, encoder: str | None, as_json: bool
) -> None:
    """Orders papers by readers' own ones: the weighted Kendall loss against their ratings.

    DIR holds corpus.jsonl (.zst, .gz), profiles.json (reader -> ids of own papers) and
    ratings.tsv (reader, paper, rating).
    """
    from broadsheet.evaluate import evaluate_taste

    chosen = _chosen(systems, ("top3-cosine", "mean-cosine", "svm", "tfidf", "random"))
    result = evaluate_taste(folder, _encoder(settings, encoder), systems=chosen)
    if as_json:
        print_json(result)
        return
    click.echo(f"{result['ratings']:,} ratings of {result['readers']:,} readers")
    click.echo(f"loss {result['loss']:.4f}")
    for name, figures in result.get("systems", {}).items():
        click.echo(
            f"{name:24}{figures['loss']:8.4f}  [{figures['low']:.4f}, {figures['high']:.4f}]"
        )


@evaluate.command()
@click.argument(
    "paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@_SYSTEMS
@_ENCODER
@_JSON
@with_settings
def screening(
    settings: Settings,
    paths: tuple[Path, ...],
    systems: str,
    encoder: str | None,
    as_json: bool,
) -> None:
    """Screens systematic reviews with feedback: recall and work saved.

    PATH is a file of records with labels, or a folder of such files.
    """
    from broadsheet.evaluate import SCREENING_MEASURES, evaluate_screening

    chosen = _chosen(systems, ("mean-cosine", "svm", "random"))
    used = _encoder(settings, encoder)
    with progress("Screening") as show:
        result = evaluate_screening(paths, used, systems=chosen, progress=show)
    if as_json:
        print_json(result)
        return
    click.echo(f"{'':32}" + "".join(f"{name:>12}" for name in SCREENING_MEASURES))
    rows: dict[str, Any] = dict(result["reviews"])
    rows |= result.get("systems", {"all": {name: result[name] for name in SCREENING_MEASURES}})
    for name, figures in rows.items():
        line = "".join(f"{figures[measure]:12.4f}" for measure in SCREENING_MEASURES)
        click.echo(f"{name:32}{line}")


@evaluate.command()
@click.argument(
    "folder", metavar="[DIR]", required=False, default=None, type=click.Path(path_type=Path)
)
@click.option("--readers", default=60, show_default=True, help="How many libraries are drawn.")
@click.option("--reader", help="Whose history of the home, by name.  [default: the first reader's]")
@_SYSTEMS
@_ENCODER
@_JSON
@with_settings
def replay(
    settings: Settings,
    folder: Path | None,
    readers: int,
    reader: str | None,
    systems: str,
    encoder: str | None,
    as_json: bool,
) -> None:
    """Replays what readers liked: would it have been found from what they liked before?

    DIR holds libraries (NAME.items.jsonl, NAME.users.tsv): what is found of them from 1, 3, 10
    and 30 likes. Without DIR it is a reader's own history in this home, day by day.
    """
    chosen = _chosen(systems or "all", ("taste-without-dislikes", "mean-cosine", "svm", "random"))
    if not systems and find_spec("sklearn") is None:
        chosen = tuple(name for name in chosen if name != "svm")
        click.echo("Without svm: pip install 'broadsheet[trials]' to have it beside.", err=True)
    if folder is None:
        if encoder:
            raise click.UsageError("--encoder is for DIR; a home has the vectors of its own")
        _replay_home(settings, reader, chosen, as_json)
        return
    if reader:
        raise click.UsageError("--reader is for a home; DIR has none by name")
    from broadsheet.evaluate import replay_libraries

    used = _encoder(settings, encoder)
    with progress("Replaying") as show:
        result = replay_libraries(folder, used, readers=readers, systems=chosen, progress=show)
    if as_json:
        print_json(result)
        return
    for likes, found in result["likes"].items():
        click.echo(
            f"{likes} likes, {found['readers']} readers; under the line: "
            f"{found['liked_below_line']:.1%} of later likes, {found['all_below_line']:.1%} of all"
        )
        _print_promises(found)
        _print_precision(found["systems"])


@evaluate.command()
@click.argument(
    "paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@_JSON
def keywords(paths: tuple[Path, ...], as_json: bool) -> None:
    """Extracts the key terms of labelled texts: precision, recall and F1 of the first ten.

    PATH is a file of texts with their keys (id, text or title and abstract, keys; one a line),
    or a folder of such files.
    """
    from broadsheet.evaluate import evaluate_keywords

    result = evaluate_keywords(paths)
    if as_json:
        print_json(result)
        return
    click.echo(f"{'':24}{'P@10':>8}{'R@10':>8}{'F1@10':>8}{'exact':>8}{'shown':>8}{'P shown':>9}")
    for name, figures in [*result["sets"].items(), ("all", result)]:
        click.echo(
            f"{name:24}{figures['precision@10']:8.4f}{figures['recall@10']:8.4f}"
            f"{figures['f1@10']:8.4f}{figures['exact_f1@10']:8.4f}"
            f"{figures['shown_terms']:8.2f}{figures['shown_precision']:9.4f}"
        )


def _replay_home(
    settings: Settings, name: str | None, systems: tuple[str, ...], as_json: bool
) -> None:
    from broadsheet.catalog import Catalog, require_catalog
    from broadsheet.evaluate import replay_history
    from broadsheet.index import open_index
    from broadsheet.readers import LOCAL, Readers

    require_catalog(settings)
    with Catalog.open(settings) as catalog, closing(open_index(settings)) as index:
        room = Readers(catalog)
        reader = room.accounts.by_name(name) if name else room.accounts.get(LOCAL)
        if reader is None:
            fail(f"there is no reader {name!r}; see: broadsheet user list")
        with progress("Replaying") as show:
            result = replay_history(catalog, index, room, reader, systems=systems, progress=show)
    if as_json:
        print_json(result)
        return
    click.echo(
        f"{result['reader']}: {result['likes']} likes on {result['days']} days from "
        f"{result['first_day']} to {result['last_day']}, among {result['candidates']:g} papers a "
        f"day; under the line: {result['liked_below_line']:.1%} of likes, "
        f"{result['all_below_line']:.1%} of all"
    )
    _print_promises(result)
    _print_precision(result["systems"])


def _print_promises(found: dict[str, Any]) -> None:
    told = "; ".join(
        f"{band['papers']:,} told {band['said']:.1%}, liked {band['liked']:.1%}"
        for band in found["told"]
    )
    click.echo(f"  {told} (log loss {found['log_loss']}, of the rate {found['log_loss_of_rate']})")


def _print_precision(systems: dict[str, dict[str, float]]) -> None:
    for name, figures in systems.items():
        p = f"  p = {figures['p']:.4f}" if "p" in figures else ""
        bounds = f"[{figures['low']:.4f}, {figures['high']:.4f}]"
        click.echo(f"  {name:24}{figures['ap']:8.4f}  {bounds}{p}")


def _chosen(systems: str, everything: tuple[str, ...]) -> tuple[str, ...]:
    if systems == "all":
        return everything
    return tuple(name.strip() for name in systems.split(",") if name.strip())


def _encoder(settings: Settings, name: str | None) -> Encoder | None:
    """The encoder, or None with a line where its weights cannot be had: words alone then."""
    from broadsheet.encoders import WeightsMissing, home_encoder, load_encoder

    try:
        if not name:
            return home_encoder(settings)
        return load_encoder(name, settings.models_path, hub=settings.model_hub)
    except WeightsMissing as error:
        click.echo(f"Words only: {error}", err=True)
        return None
