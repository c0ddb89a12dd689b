"""A record, as one JSON object, becomes a paper."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Literal

from broadsheet.papers import (
    Author,
    Identifier,
    Link,
    Paper,
    parse_date,
    parse_identifier,
)
from broadsheet.sources.addresses import link_to, links_in
from broadsheet.sources.people import PersonError, authors_from

DateIs = Literal["announced", "published"]

LONGEST_ABSTRACT = 1_000_000
LONGEST_TITLE = 10_000
LONGEST_ID = 500
_SLUG_LENGTH = 100

_FIELDS = (
    "id title abstract summary authors categories date published announced updated doi"
    " url links version arxiv_id"
)
_KNOWN = frozenset(_FIELDS.split())
_DATES = ("published", "announced", "updated")
_STATED_DATES = ("date", *_DATES)
_LINK_KINDS = frozenset(("abstract", "pdf", "code", "data", "model", "project", "other"))
# Fields that name one address; anything else in them is kept as it came.
_LINK_FIELDS = {"pdf": "pdf", "pdf_url": "pdf", "code_url": "code", "project_url": "project"}
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_parse_date = lru_cache(maxsize=4096)(parse_date)


class FieldError(ValueError):
    """A record that cannot be a paper; the message names the field."""


def paper_from(record: Mapping[str, object], source: str, date_is: DateIs) -> Paper:
    """The paper of a record; `FieldError` names the field that cannot be used.

    ``date`` is the day the paper was announced unless ``date_is`` says that it is the day of
    publication. A date that cannot be read, and every unknown field, stays in ``extra`` as
    it came.
    """
    title, abstract = _text(record, "title"), _text(record, "abstract")
    if not title and not abstract:
        raise FieldError("has neither title nor abstract")
    _check_length("title", title, LONGEST_TITLE)
    _check_length("abstract", abstract, LONGEST_ABSTRACT)
    extra = {name: value for name, value in record.items() if name not in _KNOWN}
    identity, identifiers, version = _identity(record, source, title or abstract)
    dates = _dates(record, date_is, extra)
    return Paper(
        id=identity,
        source=source,
        title=title,
        abstract=abstract,
        summary=_text(record, "summary"),
        authors=_authors(record),
        categories=_categories(record),
        identifiers=identifiers,
        links=_links(record, abstract, extra),
        published=dates[0],
        announced=dates[1],
        updated=dates[2],
        version=version,
        extra=extra,
    )


def has_unread_date(paper: Paper) -> bool:
    """Whether its record states a date that could not be read: `paper_from` keeps it aside."""
    return not paper.extra.keys().isdisjoint(_STATED_DATES)


def is_titled(paper: Paper) -> bool:
    """Whether its record brought no id, so that `paper_from` named it by its title."""
    source = f"{paper.source}:"
    return paper.id.startswith(source) and paper.id == source + slug(paper.title or paper.abstract)


def slug(text: str) -> str:
    """A short name in ``a-z0-9-`` for a title; it ends in a hash where it had to be cut."""
    folded = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    name = _NOT_SLUG.sub("-", folded).strip("-")
    if len(name) * 2 >= len(text.strip()) and len(name) <= _SLUG_LENGTH:
        return name
    digest = blake2b(text.encode("utf-8", "replace"), digest_size=4).hexdigest()
    return f"{name[:_SLUG_LENGTH].rstrip('-')}-{digest}".lstrip("-")


def _kind(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text"}
    return names.get(type(value), "a list" if isinstance(value, list) else "an object")


def _text(record: Mapping[str, object], name: str) -> str:
    value = record.get(name)
    if type(value) is str:
        return "" if value.isspace() else value
    if value is None:
        return ""
    raise FieldError(f"field '{name}' is {_kind(value)}, not a text")


def _text_or_number(record: Mapping[str, object], name: str) -> str:
    value = record.get(name)
    return str(value) if type(value) is int else _text(record, name).strip()


def _check_length(name: str, text: str, limit: int) -> None:
    if len(text) > limit:
        raise FieldError(
            f"field '{name}' has {len(text):,} characters; at most {limit:,} are taken"
        )


def _identity(
    record: Mapping[str, object], source: str, text: str
) -> tuple[str, tuple[Identifier, ...], str]:
    identity = _text_or_number(record, "id")
    if not identity:
        identity = f"{source}:{slug(text)}"
    _check_length("id", identity, LONGEST_ID)
    own, version = parse_identifier(identity.removeprefix(f"{source}:"), source)
    identifiers = [own]
    for name in ("doi", "arxiv_id", "url"):
        value = record.get(name)
        if not value:
            continue
        if not isinstance(value, str):
            raise FieldError(f"field '{name}' is {_kind(value)}, not a text")
        other, label = parse_identifier(value.removeprefix("DOI:").strip())
        # An address of no known scheme may be a venue's page that many papers share.
        if other.scheme not in ("id", "url") and other not in identifiers:
            identifiers.append(other)
            version = version or label
    stated = record.get("version")
    if stated is not None:
        version = f"v{stated}" if type(stated) is int else _text(record, "version") or version
    return identity, tuple(identifiers), version


def _authors(record: Mapping[str, object]) -> tuple[Author, ...]:
    value = record.get("authors")
    if not value:
        return ()
    try:
        return authors_from(value)
    except PersonError as error:
        raise FieldError(f"field 'authors' {error}") from None


def _categories(record: Mapping[str, object]) -> tuple[str, ...]:
    value = record.get("categories")
    if not value:
        return ()
    if isinstance(value, str):
        parts = re.split(r"[,;]", value) if re.search(r"[,;]", value) else value.split()
    elif isinstance(value, list):
        parts = value
        for entry in parts:
            if type(entry) is not str:
                raise FieldError(f"field 'categories' holds {_kind(entry)}, not only texts")
    else:
        raise FieldError(f"field 'categories' is {_kind(value)}, neither a list nor a text")
    return tuple(dict.fromkeys([part.strip() for part in parts if part.strip()]))


def _dates(
    record: Mapping[str, object], date_is: DateIs, extra: dict[str, object]
) -> tuple[str, str, str]:
    """(published, announced, updated); a day of announcement is a whole day or none."""
    values: dict[str, str] = {}
    for name in _STATED_DATES:
        stated = record.get(name)
        if stated is None or stated == "":
            continue
        written = _text_or_number(record, name)
        value = _parse_date(written)
        if not value:
            extra[name] = stated
            continue
        target = date_is if name == "date" else name
        if target == "announced" and len(value) < 10:
            target = "published"
        if name != "date" or target not in values:
            values[target] = value
    return values.get("published", ""), values.get("announced", ""), values.get("updated", "")


def _links(
    record: Mapping[str, object], abstract: str, extra: dict[str, object]
) -> tuple[Link, ...]:
    links = links_in(abstract)
    if "url" in record or "links" in record:
        links = [*_stated_links(record, extra), *links]
    for name, kind in _LINK_FIELDS.items():
        address = record.get(name)
        if isinstance(address, str) and address.startswith(("http://", "https://")):
            links.append(Link(kind, address))
            del extra[name]
    return tuple(dict.fromkeys(links)) if links else ()


def _stated_links(record: Mapping[str, object], extra: dict[str, object]) -> list[Link]:
    links: list[Link] = []
    for name in ("url", "links"):
        value = record.get(name)
        if not value:
            continue
        for entry in value if isinstance(value, list) else [value]:
            address, kind = entry, ""
            if isinstance(entry, dict):
                address = entry.get("url") or entry.get("href")
                kind = str(entry.get("kind") or entry.get("title") or entry.get("rel") or "")
            if not isinstance(address, str):
                raise FieldError(f"field '{name}' holds {_kind(entry)} that is no address")
            if address.lower().startswith(("http://", "https://")):
                links.append(link_to(address, kind if kind in _LINK_KINDS else ""))
            else:
                extra[name] = value  # no address a reader could follow: kept as it came
    return links
