"""Reference lists in CSL-JSON, as Zotero, pandoc and citation processors write them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import orjson

from broadsheet.citations import Name
from broadsheet.sources.arrival import Arrived, Rejected, SourceError
from broadsheet.sources.whole import (
    Entry,
    arrivals,
    content,
    put_name,
    says_withdrawn,
)

_TAKEN_NAMES = (
    "id type title abstract author issued DOI URL container-title archive number keyword version"
)
_TAKEN = frozenset(_TAKEN_NAMES.split())


def read_csl(path: Path, source: str, start_line: int = 0) -> Iterator[Arrived | Rejected]:
    """The items of a list in order; ``line`` is an item's place in it (from 1).

    A paper is named by its arXiv id, else its DOI, else its title. Raises `SourceError` when
    the file is no list of items.
    """
    text, broken = content(path)
    try:
        items = orjson.loads(text.encode("utf-8", "surrogateescape"))
    except orjson.JSONDecodeError as error:
        raise SourceError(f"{path}: is not CSL-JSON: {broken or error}") from None
    if isinstance(items, dict):
        items = items.get("items", [items])
    if not isinstance(items, list) or not items:
        raise SourceError(f"{path}: is not CSL-JSON: a list of items is wanted")
    entries = [_entry(place, item) for place, item in enumerate(items, 1)]
    return arrivals(entries, source, start_line, broken)


def _entry(place: int, item: object) -> Entry:
    raw = orjson.dumps(item).decode()
    if not isinstance(item, dict):
        return Entry(place, "is not an object with a title", raw)
    record = {name: value for name, value in item.items() if name not in _TAKEN}
    record |= {
        "title": item.get("title"),
        "abstract": item.get("abstract"),
        "authors": _authors(item.get("author")),
        "published": _date(item.get("issued")),
        "venue": item.get("container-title"),
        "keywords": item.get("keyword"),
        "citation_key": item.get("id"),
        "entry_type": item.get("type"),
        "withdrawn": says_withdrawn(item.get("status"), item.get("note")),
        "doi": item.get("DOI"),
        "url": item.get("URL"),
    }
    number, doi = str(item.get("number") or ""), str(item.get("DOI") or "")
    stated = number if number.lower().startswith("arxiv:") else ""
    put_name(record, stated, [item.get("note")], doi)
    return Entry(place, {name: value for name, value in record.items() if value}, raw)


def _authors(value: object) -> list[str]:
    people = value if isinstance(value, list) else []
    names = [_name(person) for person in people if isinstance(person, Mapping)]
    return [name for name in names if name]


def _name(person: Mapping[str, object]) -> str:
    def said(*parts: str) -> str:
        return " ".join(str(person[part]) for part in parts if person.get(part))

    particle = said("non-dropping-particle", "dropping-particle")
    name = Name(said("family"), said("given"), particle, said("suffix"), said("literal"))
    return name.printed


def _date(value: object) -> str:
    if not isinstance(value, Mapping):
        return ""
    parts = value.get("date-parts")
    if isinstance(parts, list) and parts and isinstance(parts[0], list):
        numbers = [str(part) for part in parts[0][:3] if str(part).isdigit()]
        return "-".join(number.zfill(2) for number in numbers)
    return str(value.get("raw") or value.get("literal") or "")
