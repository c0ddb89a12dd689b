"""Papers to rows and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from typing import Any

import orjson

from broadsheet.catalog.values import Work
from broadsheet.papers import Author, Identifier, Link, Paper, parse_identifier
from broadsheet.sources import is_titled
from broadsheet.text import clean_paper, text_hash, title_key, withdrawal

MAX_ID = 1_000
# What a source counts and counts again: it makes no new version of a paper.
COUNTS = ("upvotes", "numComments", "githubStars", "cited_by_count")
# PostgreSQL holds an index entry of at most 2,704 bytes.
_MAX_SHOWN_CATEGORIES = 500

RECORD_COLUMNS = (
    "id", "work_id", "origin_id", "import_id", "source", "external_id", "name", "version",
    "published", "announced", "updated", "arrived_at", "content_hash", "text_hash", "fullness",
    "identifiers", "categories", "title", "authors", "links", "extra", "summary", "abstract",
    "original",
)  # fmt: skip


EXTRA = RECORD_COLUMNS.index("extra") - RECORD_COLUMNS.index("source")


class UnfitError(ValueError):
    """A paper that cannot be stored; the text says why."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A paper made ready outside of any transaction.

    ``keys`` are its identifiers as ``scheme<TAB>value``, its own first. ``told`` is the paper
    cleaned, ``title_key`` what it is found by (0: too short a title). ``counted``: it states some
    of `COUNTS`; ``titled``: it brought no id and is named by its title. ``tail`` are the columns
    of `RECORD_COLUMNS` from ``source`` on.
    """

    line: int
    source: str
    keys: tuple[str, ...]
    version: str
    published: str
    announced: str
    updated: str
    content_hash: bytes
    fullness: int
    categories: str
    title_key: int
    counted: bool
    titled: bool
    told: Paper
    tail: tuple[Any, ...]

    @property
    def extra(self) -> str:
        """The column of what else the record says."""
        return str(self.tail[EXTRA])

    @property
    def size(self) -> int:
        """About how many characters are going to be written."""
        return sum(len(value) for value in self.tail[-7:])


def now() -> str:
    """The time as it is stored: UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def latest_day(moment: str = "") -> str:
    """The last day (ISO) that can have come by a moment, by default now: the next one of UTC,
    which begins earlier in the east."""
    return (date.fromisoformat((moment or now())[:10]) + timedelta(days=1)).isoformat()


def prepare(paper: Paper, line: int, source: str, arrived_at: str) -> Prepared:
    """Cleans a paper and lays its columns out; raises `UnfitError`."""
    source = paper.source or source
    stated, paper = paper.published, _come(paper, arrived_at)
    keys, version = _keys(paper, source)
    cleaned = clean_paper(paper)
    title, abstract, summary = cleaned.title, cleaned.abstract, cleaned.summary
    if not (title or abstract or summary):
        raise UnfitError("neither title nor abstract")
    categories = _lines(cleaned.categories)
    identifiers = "\n".join(keys)
    try:
        authors = _json([_author(author) for author in cleaned.authors]) if cleaned.authors else ""
        links = _json([(link.kind, link.url) for link in paper.links]) if paper.links else ""
        extra = _json(paper.extra) if paper.extra else ""
        marked = _marked(cleaned)
        shown_extra = extra if marked is paper.extra else _json(marked)
        categories.encode()
    except (TypeError, UnicodeEncodeError) as error:
        raise UnfitError(
            f"a field holds what is not text: {' '.join(str(error).split())}"
        ) from error
    original = _original(paper, cleaned)
    counted = any(name in paper.extra for name in COUNTS) if paper.extra else False
    lasting = _json(_lasting(paper.extra)) if counted else extra
    fullness = bool(title) + 2 * bool(abstract)
    content_hash = _content_hash(
        (
            *(paper.title, paper.abstract, paper.summary),
            authors if cleaned.authors is paper.authors else [_author(a) for a in paper.authors],
            *(categories, links, lasting, identifiers, version, stated, paper.updated),
        )
    )
    tail = (
        *(source, paper.id, keys[0], version, paper.published, paper.announced, paper.updated),
        *(arrived_at, content_hash, text_hash(cleaned), fullness, identifiers, categories),
        *(title, authors, links, shown_extra, summary, abstract, original),
    )
    return Prepared(
        line,
        source,
        keys,
        version,
        paper.published,
        paper.announced,
        paper.updated,
        content_hash,
        fullness,
        categories,
        title_number(title),
        counted,
        is_titled(paper),
        cleaned if cleaned.source else replace(cleaned, source=source),
        tail,
    )


def _come(paper: Paper, arrived_at: str) -> Paper:
    """A paper that states a day of announcement which has not come was announced when it arrived;
    the day it states is that of its publication where it states no other."""
    if paper.announced <= latest_day(arrived_at):
        return paper
    published = paper.published or paper.announced
    return replace(paper, announced=arrived_at[:10], published=published)


def _marked(paper: Paper) -> Mapping[str, object]:
    """What else a record says, and that it was withdrawn where its text says so."""
    if "withdrawn" in paper.extra:
        return paper.extra
    comments = paper.extra.get("comments")
    said = withdrawal(paper.title, paper.abstract, comments if isinstance(comments, str) else "")
    return {**paper.extra, "withdrawn": said} if said else paper.extra


def _lasting(extra: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in extra.items() if name not in COUNTS}


def _keys(paper: Paper, source: str) -> tuple[tuple[str, ...], str]:
    """The identifiers of a paper, its own first, and its version label."""
    if not paper.id:
        raise UnfitError("no id")
    own, version = parse_identifier(paper.id.removeprefix(f"{source}:"), source)
    keys = {f"{own.scheme}\t{own.value}": None}
    for identifier in paper.identifiers:
        keys[f"{identifier.scheme}\t{identifier.value}"] = None
    for key in keys:
        scheme, _, value = key.partition("\t")
        if not (scheme.isprintable() and value.isprintable() and paper.id.isprintable()):
            raise UnfitError("an id with control characters")
        if not value.strip() or len(key) > MAX_ID or len(paper.id) > MAX_ID:
            raise UnfitError(f"an id that is empty or longer than {MAX_ID:,} characters")
    return tuple(keys), paper.version or version


def title_number(title: str) -> int:
    """63 bits that name a clean title, whatever its case and marks; 0 for one too short to tell."""
    name = title_key(title)
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest()) >> 1 if name else 0


def _author(author: Author) -> str | tuple[str, str]:
    return (author.name, author.affiliation) if author.affiliation else author.name


def _lines(values: Sequence[str]) -> str:
    joined = "\n".join(values)
    if joined.count("\n") >= max(len(values), 1) or "\0" in joined:
        joined = "\n".join(" ".join(value.replace("\0", " ").split()) for value in values)
    return joined


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _original(paper: Paper, cleaned: Paper) -> str:
    """The fields that cleaning changed, as they came; JSON also holds what is no Unicode."""
    if cleaned is paper:
        return ""
    changed: dict[str, object] = {
        name: getattr(paper, name)
        for name in ("title", "abstract", "summary")
        if getattr(paper, name) != getattr(cleaned, name)
    }
    if paper.authors != cleaned.authors:
        changed["authors"] = [_author(author) for author in paper.authors]
    try:
        return _json(changed) if changed else ""
    except TypeError:
        return json.dumps(changed)


def _content_hash(fields: tuple[object, ...]) -> bytes:
    """Names what a source said. The announced day is no part of it: listings repeat papers."""
    try:
        content = orjson.dumps(fields)
    except TypeError:
        content = json.dumps(fields).encode()
    return blake2b(content, digest_size=16).digest()


def shown_categories(categories: str) -> str:
    """The categories as `works` keeps them: each between line breaks, within bounds."""
    if not categories:
        return ""
    if len(categories) > _MAX_SHOWN_CATEGORIES:
        categories = categories[:_MAX_SHOWN_CATEGORIES].rpartition("\n")[0]
    return f"\n{categories}\n" if categories else ""


def split_lines(text: str) -> tuple[str, ...]:
    """What lines were joined into a column."""
    return tuple(text.split("\n")) if text else ()


def to_identifiers(text: str) -> tuple[Identifier, ...]:
    """Identifiers from a column."""
    if not text:
        return ()
    return tuple([Identifier(*key.split("\t", 1)) for key in text.split("\n")])


def to_work(row: Sequence[Any]) -> Work:
    """A work from the columns of `queries.WORK_COLUMNS`."""
    (
        work_id, seq, work_published, work_announced, work_updated, versions, deleted, sources,
        identifiers, source, external_id, version, published, announced, updated, text_hash_,
        own_identifiers, categories, title, authors, links, extra, summary, abstract,
    ) = row  # fmt: skip
    names = to_identifiers(identifiers)
    paper = Paper(
        external_id,
        source,
        title,
        abstract,
        summary,
        to_authors(authors),
        split_lines(categories),
        names if own_identifiers == identifiers else to_identifiers(own_identifiers),
        tuple([Link(kind, url) for kind, url in orjson.loads(links)]) if links else (),
        published,
        announced,
        updated,
        version,
        orjson.loads(extra) if extra else {},
    )
    return Work(
        work_id,
        seq,
        paper,
        names,
        split_lines(sources),
        work_published,
        work_announced,
        work_updated,
        versions,
        bool(deleted),
        bytes(text_hash_),
    )


def to_authors(text: str) -> tuple[Author, ...]:
    """Authors from a column."""
    if not text:
        return ()
    return tuple(
        [Author(name) if name.__class__ is str else Author(*name) for name in orjson.loads(text)]
    )
