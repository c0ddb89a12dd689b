"""The fields of the word index, and how a work fills them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import tantivy

from broadsheet.index import analysis, denying
from broadsheet.index.author_names import name_keys
from broadsheet.papers import first_day, last_day
from broadsheet.text import found_links

if TYPE_CHECKING:
    from datetime import date

    from broadsheet.catalog import Work

VERSION = 4  # raise it when a field changes: older generations are then made anew

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
    for name in ("category", "source", "has"):  # fast: they are counted
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in ("dated_from", "dated_to", "announced_from", "announced_to"):
        builder.add_integer_field(name, fast=True)
    builder.add_integer_field("newest", fast=True)
    builder.add_integer_field("words", fast=True)
    return builder.build()


def number(day: date | None) -> int:
    """A day as YYYYMMDD; 0 when there is none."""
    return day.year * 10_000 + day.month * 100 + day.day if day else UNDATED


def document(work: Work) -> tantivy.Document:
    """What is filed of a work."""
    try:
        return _document(work, valid=str)
    except UnicodeEncodeError:
        return _document(work, valid=analysis.valid)


def _document(work: Work, valid: Callable[[str], str]) -> tantivy.Document:
    paper = work.paper
    document = tantivy.Document()
    document.add_integer("work", work.id)
    document.add_integer("seq", work.seq)
    words = 0
    # Apart, so that no phrase reaches from the title into the abstract.
    for text in (paper.title, paper.abstract, paper.summary):
        if text:
            document.add_text("text", valid(text))
            words += len(text.split())
    document.add_integer("words", words)
    denied = denying.denied_words(valid(paper.title), valid(paper.abstract), valid(paper.summary))
    if denied:
        document.add_text("denied", denied)
    document.add_text("title", valid(paper.title))
    keys: set[str] = set()
    for author in paper.authors:
        name = valid(author.name)
        document.add_text("author", name)
        keys |= name_keys(name)
    for key in keys:
        document.add_text("name", key)
    for category in categories(paper.categories):
        document.add_text("category", valid(category))
    for source in work.sources:
        document.add_text("source", valid(source))
    kinds = {link.kind for link in paper.links}
    # Papers that came in before links were looked for so well.
    kinds |= {link.kind for link in found_links(paper.abstract) if link.kind != "other"}
    for kind in kinds:
        document.add_text("has", valid(kind))
    dated = work.published or work.announced
    _add_days(document, "dated", dated)
    _add_days(document, "announced", work.announced)
    # By day, then by id, so that pages of a list neither repeat nor lose a work. What bears a
    # later day than that of its announcement (an issue's, of next spring) is as new as that.
    day = number(first_day(min(dated, work.announced or dated)))
    document.add_integer("newest", day * _IDS + work.id % _IDS)
    return document


def _add_days(document: tantivy.Document, name: str, iso: str) -> None:
    document.add_integer(f"{name}_from", number(first_day(iso)))
    document.add_integer(f"{name}_to", number(last_day(iso)))


def categories(names: Iterable[str]) -> set[str]:
    """The categories with the archives they belong to: ``cs.LG`` is in ``cs`` too."""
    return {part for name in names for part in (name, name.partition(".")[0]) if part}
