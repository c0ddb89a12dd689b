"""The fields of the word index, and how a work fills them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import orjson
import tantivy

from broadsheet.citations import appearances, publication, venue_key
from broadsheet.index import analysis, denying
from broadsheet.index.author_names import name_keys
from broadsheet.papers import first_day, last_day
from broadsheet.text import found_links

if TYPE_CHECKING:
    from datetime import date

    from broadsheet.catalog import Work
    from broadsheet.papers import Paper

VERSION = 8  # raise it when a field changes: older generations are then made anew

UNDATED = 0
_IDS = 10**10


def build() -> tantivy.Schema:
    """The schema: nothing is stored, hits are told by the fast field ``work``."""
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("work", indexed=True, fast=True)
    builder.add_integer_field("seq", fast=True)
    for name in ("text", "title", "author"):
        builder.add_text_field(name, tokenizer_name=name, index_option="position")
    builder.add_text_field("name", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("denied", tokenizer_name="text", index_option="basic")
    builder.add_text_field("caps", tokenizer_name="raw", index_option="basic")
    for name in ("comment", "journal", "report"):
        builder.add_text_field(name, tokenizer_name="text", index_option="position")
    builder.add_text_field("venue_key", tokenizer_name="raw", index_option="basic")
    for name in ("category", "source", "venue", "has"):  # fast: they are counted
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in ("dated_from", "dated_to", "announced_from", "announced_to"):
        builder.add_integer_field(name, fast=True)
    builder.add_integer_field("newest", fast=True)
    builder.add_integer_field("words", fast=True)
    return builder.build()


def number(day: date | None) -> int:
    """A day as YYYYMMDD; 0 when there is none."""
    return day.year * 10_000 + day.month * 100 + day.day if day else UNDATED


def document(work: Work) -> str:
    """What is filed of a work: JSON, which Tantivy takes in faster than values one by one."""
    try:
        return orjson.dumps(_fields(work, valid=str)).decode()
    except (UnicodeEncodeError, orjson.JSONEncodeError):  # half a character
        return orjson.dumps(_fields(work, valid=analysis.valid)).decode()


def _fields(work: Work, valid: Callable[[str], str]) -> dict[str, int | str | list[str]]:
    paper = work.paper
    title, abstract, summary = valid(paper.title), valid(paper.abstract), valid(paper.summary)
    # Apart, so that no phrase reaches from the title into the abstract.
    texts = [text for text in (title, abstract, summary) if text]
    written = [valid(author.name) for author in paper.authors]
    names = list(dict.fromkeys((*written, *map(analysis.in_full, written))))
    kinds = {link.kind for link in paper.links}
    # Papers that came in before links were looked for so well.
    kinds |= {link.kind for link in found_links(paper.abstract) if link.kind != "other"}
    dated = work.published or work.announced
    # By day, then by id, so that pages of a list neither repeat nor lose a work. What bears a
    # later day than that of its announcement (an issue's, of next spring) is as new as that.
    day = number(first_day(min(dated, work.announced or dated)))
    fields: dict[str, int | str | list[str]] = {
        "work": work.id,
        "seq": work.seq,
        "text": texts,
        "words": sum(len(text.split()) for text in texts),
        "title": title,
        "author": names,
        "name": list({key for name in names for key in name_keys(name)}),
        "category": [valid(category) for category in categories(paper.categories)],
        "source": [valid(source) for source in work.sources],
        "has": [valid(kind) for kind in kinds],
        "dated_from": number(first_day(dated)),
        "dated_to": number(last_day(dated)),
        "announced_from": number(first_day(work.announced)),
        "announced_to": number(last_day(work.announced)),
        "newest": day * _IDS + work.id % _IDS,
    }
    # A text that is all in capitals, as old titles are, says nothing by them.
    capitals = analysis.capitals(" ".join(text for text in texts if not text.isupper()))
    if capitals:
        fields["caps"] = capitals
    denied = denying.denied_words(title, abstract, summary)
    if denied:
        fields["denied"] = denied
    return fields | {name: said for name, said in (*_noted(paper, valid), *_venues(paper)) if said}


def _noted(paper: Paper, valid: Callable[[str], str]) -> Iterator[tuple[str, list[str]]]:
    """What a record notes beside its text, by field; each apart, so that no phrase reaches on."""
    if not paper.extra:  # as of most
        return
    for name, keys, more in (
        ("comment", ("comments", "comment"), ()),
        ("journal", ("journal_ref",), publication(paper).names),
        ("report", ("report_number",), ()),
    ):
        said = (*(paper.extra.get(key) for key in keys), *more)
        texts = dict.fromkeys(text for text in said if isinstance(text, str) and text)
        yield name, [valid(text) for text in texts]


def _venues(paper: Paper) -> Iterator[tuple[str, list[str]]]:
    """Where it appeared, as it is counted; its keys are with the year and without."""
    told = appearances(paper)
    yield "venue", [analysis.valid(str(one)) for one in told]
    keys = dict.fromkeys(venue_key(text) for one in told for text in (one.name, str(one)))
    yield "venue_key", [analysis.valid(key) for key in keys]


def categories(names: Iterable[str]) -> set[str]:
    """The categories with the archives they belong to: ``cs.LG`` is in ``cs`` too."""
    return {part for name in names for part in (name, name.partition(".")[0]) if part}
