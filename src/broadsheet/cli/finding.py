"""``search``, ``similar`` and ``show``: papers come out."""

from __future__ import annotations

import difflib
import re
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Literal

import click

from broadsheet.cli.common import print_json, the_work, with_home
from broadsheet.cli.shelving import entries_of, the_reader
from broadsheet.settings import Settings

if TYPE_CHECKING:
    from broadsheet.catalog import Catalog
    from broadsheet.papers import Version
    from broadsheet.search import Explanation, Searcher, SearchResult

LEGS = ("lexical", "dense")
_MARGIN = 8 * " "
_OPTION = re.compile(r"--[a-z][a-z-]*(?=$|=)")


@contextmanager
def searcher_of(settings: Settings, *, dense: bool) -> Iterator[tuple[Catalog, Searcher, str]]:
    """The catalog and a searcher over its index; the text says why meaning is left out."""
    from broadsheet.catalog import Acronyms, Catalog
    from broadsheet.encoders import EncoderError, home_encoder
    from broadsheet.index import open_index
    from broadsheet.search import Searcher, load_reranker

    encoder, missing = None, ""
    with (
        closing(Catalog.open(settings)) as catalog,
        closing(open_index(settings)) as index,
    ):
        if dense:
            try:
                encoder = home_encoder(settings, index.encoder)
            except EncoderError as error:
                missing = str(error)
        yield (
            catalog,
            Searcher(catalog, index, encoder, load_reranker(settings), Acronyms(catalog)),
            missing,
        )


def _legs(_ctx: click.Context, _param: click.Parameter, value: str) -> tuple[str, ...]:
    legs = tuple(part.strip() for part in value.split(",") if part.strip())
    unknown = [leg for leg in legs if leg not in LEGS]
    if unknown or not legs:
        raise click.BadParameter(f"takes {' and '.join(LEGS)}, separated by commas")
    return legs


class _Asking(click.Command):
    """A command whose words may begin with a minus: they are left out of the search."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Reads the line; a mistyped ``--option`` is told, since no word begins with two."""
        said = args[: args.index("--")] if "--" in args else args
        known = [name for option in self.get_params(ctx) for name in option.opts]
        for word in said:
            name = _OPTION.match(word)
            if name and name[0] not in known:
                near = difflib.get_close_matches(name[0], known, 1)
                raise click.NoSuchOption(name[0], possibilities=near, ctx=ctx)
        if "-h" in said:
            args = ["--help"]
        return super().parse_args(ctx, args)


_SORT = click.option(
    "--sort",
    type=click.Choice(("relevance", "newest")),
    default="relevance",
    show_default=True,
    help="The best first, or the newest of the relevant ones.",
)


# No help by -h for the parser: it reads a word as a row of short options, and would find an h
# in -graph.
@click.command(
    cls=_Asking,
    context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]},
)
@click.argument("query", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True)
@click.option("--legs", callback=_legs, default="lexical,dense", show_default=True)
@click.option("--explain", is_flag=True, help="Say what carried each hit.")
@_SORT
@click.option("--diverse", is_flag=True, help="Papers that differ from one another first.")
@click.option("--saved", is_flag=True, help="Only what a reader saved, notes and tags included.")
@click.option("--list", "list_", metavar="NAME", help="Only a list, by name or number.")
@click.option("--reader", default="", help="Whose that is.  [default: the local reader]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_home
def search(
    settings: Settings,
    query: tuple[str, ...],
    limit: int,
    legs: tuple[str, ...],
    explain: bool,
    sort: Literal["relevance", "newest"],
    diverse: bool,
    saved: bool,
    list_: str | None,
    reader: str,
    as_json: bool,
) -> None:
    """Finds papers by meaning and by word."""
    from broadsheet.search import SearchRequest, search_kept

    if saved and list_ is not None:
        raise click.UsageError("--saved is all that a reader keeps: leave --list out")
    if reader and not saved and list_ is None:
        raise click.UsageError("--reader says whose papers: add --saved or --list NAME")

    request = SearchRequest(
        query=" ".join(query),
        limit=limit,
        legs=legs,
        explain=explain,
        sort=sort,
        diverse=diverse,
    )
    with searcher_of(settings, dense="dense" in legs) as (catalog, searcher, missing):
        if saved or list_ is not None:
            notes = _kept(catalog, reader, list_)
            result = search_kept(searcher, request, notes)
            _print_result(catalog, result, as_json, missing, notes)
        else:
            _print_result(catalog, searcher.search(request), as_json, missing)


def _kept(catalog: Catalog, reader: str, list_: str | None) -> dict[int, str]:
    """The papers of a list, of all that was saved for None, with what stands beside each."""
    from broadsheet.readers import Readers, notes_of, saved_entries

    readers = Readers(catalog)
    owner = the_reader(readers, reader)
    return notes_of(
        saved_entries(readers, owner.id) if list_ is None else entries_of(readers, owner, list_)
    )


@click.command()
@click.argument("paper", metavar="ID")
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True)
@_SORT
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_home
def similar(
    settings: Settings,
    paper: str,
    limit: int,
    sort: Literal["relevance", "newest"],
    as_json: bool,
) -> None:
    """Finds the papers nearest to a paper."""
    with searcher_of(settings, dense=True) as (catalog, searcher, missing):
        result = searcher.similar(the_work(catalog, paper).id, limit=limit, sort=sort)
        _print_result(catalog, result, as_json, missing)


def _print_result(
    catalog: Catalog,
    result: SearchResult,
    as_json: bool,
    missing: str,
    notes: Mapping[int, str] | None = None,
) -> None:
    """What was found; of a list with what stands beside each paper."""
    from broadsheet.formulas import plain
    from broadsheet.search import hit_json, result_json
    from broadsheet.text import told_title

    works = catalog.get_many([hit.work_id for hit in result.hits])
    if as_json:
        told = result_json(result, works)
        if notes is not None:
            told["hits"] = [
                {
                    **hit_json(hit, works[hit.work_id]),
                    "note": notes[hit.work_id],
                    "noted": hit.noted,
                }
                for hit in result.hits
            ]
        print_json(told)
        return
    if result.nothing and result.hits:
        click.echo("Nothing here is likely to be what you look for. The nearest there is:")
    for hit in result.hits:
        work = works[hit.work_id]
        likely = "" if hit.probability is None else f"{max(hit.probability, 0.01):.0%} likely"
        beside = (work.paper.id, work.published or work.announced, likely)
        title = told_title(work.paper, plain(work.paper.title) or work.paper.id)
        click.echo(f"{hit.score:6.3f}  {title}")
        click.echo(click.style(f"        {'  '.join(filter(None, beside))}", dim=True))
        if note := (notes or {}).get(hit.work_id):
            click.echo(textwrap.indent(textwrap.shorten(note, 240, placeholder=" …"), _MARGIN))
        if hit.explanation is not None:
            _print_explanation(hit.explanation)
    if not result.hits:
        click.echo("Nothing found.")
    if result.vendi:
        click.echo(f"As varied as {result.vendi['1']:.1f} wholly different papers.", err=True)
    meant = f"Did you mean: {result.suggestion}" if result.suggestion else ""
    for note in (*result.notes, missing, meant):
        if note:
            click.echo(note, err=True)


def _print_explanation(explanation: Explanation) -> None:
    """The sentence and, for each word, what its absence takes from the score."""
    click.echo(
        textwrap.fill(explanation.in_words(), 88, initial_indent=_MARGIN, subsequent_indent=_MARGIN)
    )
    width = max((len(part.word) for part in explanation.by_word), default=0)
    for part in explanation.by_word:
        dense = "" if part.dense is None else f"  by meaning {part.dense:+.3f}"
        line = f"{_MARGIN}{part.word:{width}}  by words {part.lexical:+.3f}{dense}"
        click.echo(click.style(line, dim=True))


def _versions(versions: Sequence[Version]) -> dict[str, str]:
    """How many a source has of a paper; a record that another source brings is no version."""
    of = Counter(version.source for version in versions)
    if max(of.values(), default=1) == 1:
        return {}
    if len(of) == 1:
        return {"Versions": str(len(versions))}
    return {"Versions": ", ".join(f"{count} of {source}" for source, count in of.items())}


@click.command()
@click.argument("paper", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_home
def show(settings: Settings, paper: str, as_json: bool) -> None:
    """Shows a paper: an id, DOI or address names it."""
    from broadsheet.catalog import Catalog, work_json
    from broadsheet.citations import appearances
    from broadsheet.formulas import plain
    from broadsheet.text import authors_comments

    with closing(Catalog.open(settings)) as catalog:
        work = the_work(catalog, paper)
        if as_json:
            print_json(work_json(work))
            return
        click.echo(click.style(plain(work.paper.title) or "(no title)", bold=True))
        if work.paper.authors:
            click.echo(", ".join(author.name for author in work.paper.authors))
        facts = {
            "Identifiers": ", ".join(str(identifier) for identifier in work.identifiers),
            "Categories": ", ".join(work.paper.categories),
            "Announced": work.announced,
            "Published": work.published,
            "Updated": work.updated,
            "Appeared at": ", ".join(map(str, appearances(work.paper))),
            "Comments": authors_comments(work.paper),
            "Sources": ", ".join(work.sources),
            **_versions(catalog.versions(work.id)),
            "Gone from": ", ".join(catalog.completeness.gone(work.identifiers) or ()),
            "Withdrawn": work.paper.withdrawn,
        }
        for name, value in facts.items():
            if value:
                click.echo(f"{name + ':':13}{value}")
        if work.paper.abstract:
            paragraphs = work.paper.abstract.split("\n")
            click.echo("\n" + "\n".join(map(plain, paragraphs)))
        elif work.paper.summary:
            click.echo(f"\nIn our words: {work.paper.summary}")
