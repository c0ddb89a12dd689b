"""``export``: papers as citations, on standard output or into a Zotero library."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from broadsheet.cli.common import fail, the_work, with_home
from broadsheet.cli.finding import searcher_of
from broadsheet.cli.shelving import entries_of, the_reader
from broadsheet.settings import Settings

if TYPE_CHECKING:
    from broadsheet.catalog import Catalog, Work
    from broadsheet.papers import Paper
    from broadsheet.readers import Reader, Readers

TO_OWN = "zotero"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which papers are asked for, each way that was given."""

    ids: tuple[str, ...]
    saved: bool
    lists: tuple[str, ...]
    search: str
    limit: int
    edition: str
    reader: str


@click.command()
@click.argument("papers", nargs=-1, metavar="[ID...]")
@click.option("--saved", is_flag=True, help="The papers a reader saved.")
@click.option("--list", "lists", multiple=True, metavar="NAME", help="A list, by name or number.")
@click.option("--search", "query", default="", help="The first hits of a search.")
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=100, show_default=True, help="Of a search."
)
@click.option("--edition", "key", default="", help="A day, week or month: 2026-08-20, 2026-W34.")
@click.option("--reader", default="", help="Whose lists these are.  [default: the local reader]")
@click.option(
    "--format",
    "format_",
    type=click.Choice(("bibtex", "ris", "csl", "text")),
    help="[default: bibtex; text with --style]",
)
@click.option("--style", default="", help="A citation style by name (apa, ieee), or a .csl file.")
@click.option(
    "--to",
    default="",
    metavar="LIBRARY",
    help="Send them to users/NUMBER or groups/NUMBER with the key zotero.key, or to 'zotero': "
    "the library the reader named on the pages.",
)
@click.option("--collection", default="", help="Where in that library; made where missing.")
@with_home
def export(
    settings: Settings,
    papers: tuple[str, ...],
    saved: bool,
    lists: tuple[str, ...],
    query: str,
    limit: int,
    key: str,
    reader: str,
    format_: str | None,
    style: str,
    to: str,
    collection: str,
) -> None:
    """Writes papers as BibTeX, RIS, CSL-JSON or text; '-' reads ids from standard input.

    Papers are named by id, list, search or edition, in any number.
    """
    from broadsheet.catalog import Catalog
    from broadsheet.readers import Readers

    if style and format_ not in (None, "text"):
        raise click.UsageError("--style is for text; leave --format out")
    if collection and not to:
        raise click.UsageError("--collection is a place in a library: name that with --to")
    wanted = _Wanted(_ids(papers), saved, lists, query.strip(), limit, key, reader)
    with closing(Catalog.open(settings)) as catalog:
        readers = Readers(catalog)
        works = {work.id: work for work in _works(settings, catalog, readers, wanted)}
        found = [work.paper for work in works.values()]
        if to:
            _send(settings, readers, the_reader(readers, reader), to, collection, found)
            return
    _write(found, format_ or ("text" if style else "bibtex"), style)


def _write(papers: Sequence[Paper], format_: str, style: str) -> None:
    from broadsheet import citations

    if format_ != "text":
        click.echo(citations.export(papers, format_), nl=False)
        return
    named = style or next(iter(citations.STYLES))
    for line in citations.formatted(papers, Path(named) if named.endswith(".csl") else named):
        click.echo(line)


def _ids(papers: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(
        name
        for paper in papers
        for name in (sys.stdin.read().split() if paper == "-" else (paper,))
    )
    if papers and not names:
        fail("no ids were given on standard input")
    return names


def _works(
    settings: Settings, catalog: Catalog, readers: Readers, wanted: _Wanted
) -> Iterator[Work]:
    from broadsheet.readers import saved_entries

    if not (wanted.ids or wanted.saved or wanted.lists or wanted.search or wanted.edition):
        raise click.UsageError("name papers by id, or with --saved, --list, --search or --edition")
    for name in wanted.ids:
        yield the_work(catalog, name)
    if wanted.saved:
        me = the_reader(readers, wanted.reader).id
        yield from _living(catalog, [entry.work_id for entry in saved_entries(readers, me)])
    for name in wanted.lists:
        entries = entries_of(readers, the_reader(readers, wanted.reader), name)
        yield from _living(catalog, [entry.work_id for entry in entries])
    if wanted.edition:
        yield from _of_edition(catalog, wanted.edition)
    if wanted.search:
        from broadsheet.search import SearchRequest

        with searcher_of(settings, dense=True) as (_, searcher, missing):
            result = searcher.search(SearchRequest(wanted.search, limit=wanted.limit))
            for note in (*result.notes, missing):
                if note:
                    click.echo(note, err=True)
            yield from _living(catalog, [hit.work_id for hit in result.hits])


def _living(catalog: Catalog, numbers: Iterable[int]) -> list[Work]:
    found = catalog.get_many(list(numbers))
    return [work for work in found.values() if not work.deleted]


def _of_edition(catalog: Catalog, key: str) -> Iterator[Work]:
    from broadsheet.editions import Editions, parse_key

    span = parse_key(key)
    if span is None:
        raise click.UsageError("--edition takes 2026-08-20, 2026-W34 or 2026-08")
    editions = Editions(catalog)
    first = editions.read(span)
    if first is None:
        fail(f"nothing was announced in {key}")
    for number in range(1, first.pages + 1):
        page = first if number == 1 else editions.read(span, number)
        if page is not None:
            for works in (page.leads, *(part.works for part in page.sections)):
                yield from works


def _send(
    settings: Settings,
    readers: Readers,
    reader: Reader,
    to: str,
    collection: str,
    papers: Sequence[Paper],
) -> None:
    from broadsheet.sources import client_of, remote_settings, send_to_zotero

    told = remote_settings(settings)
    library = to
    if to == TO_OWN:
        own = readers.zotero.of(reader.id)
        if own is None:
            fail(
                "no Zotero library is named yet: the page /zotero asks for it; or give --to users/…"
            )
        library, collection = own.library, collection or own.collection
        told = replace(told, options={**told.options, "zotero.key": own.key})
    sent = send_to_zotero(client_of(settings), told, library, papers, collection)
    click.echo(f"Sent {sent.written:,} to {library}; {sent.there:,} were there already.")
    for paper, why in sent.refused:
        click.echo(f"Refused: {paper.id}: {why}", err=True)
    if sent.refused:
        fail(f"{len(sent.refused):,} papers were refused")
