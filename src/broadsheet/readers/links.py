"""Code, data, models and project pages of a paper, each with where it comes from.

Sources bring some, some stand in the text, readers add others. Confirmed authors have the last
word: what they strike is gone, whoever brought it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, select

from broadsheet.catalog import Work
from broadsheet.readers import checks
from broadsheet.readers.bounds import require_room
from broadsheet.readers.claims import writes
from broadsheet.readers.errors import ReadersError
from broadsheet.readers.officers import require_active
from broadsheet.readers.store import Store, families, fit, living, roots
from broadsheet.readers.tables import readers
from broadsheet.readers.tables_community import links
from broadsheet.readers.values import Reader
from broadsheet.text import found_links

LINK_KINDS = ("code", "data", "model", "project")
A_DAY = 50
MAX_A_WORK = 50
_CODE = ("github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "git.sr.ht", "gitee.com")
_DATA = ("zenodo.org", "figshare.com", "datadryad.org", "osf.io", "dataverse.harvard.edu")
_PAGES = (".github.io", ".gitlab.io", ".pages.dev", ".netlify.app")


@dataclass(frozen=True, slots=True)
class WorkLink:
    """An address that belongs to a paper.

    ``origin``: source, text, reader or author; ``by`` and ``name`` are the display name and the
    name of who added it, ``reader_id`` their number, and ``id`` that of what they added (0 for
    the others).
    """

    id: int
    work_id: int
    kind: str
    url: str
    origin: str
    by: str
    at: str
    reader_id: int = 0
    name: str = ""


def kind_of(url: str) -> str:
    """What an address leads to, by its host: code, data, model, project, or '' when unsure."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    if host == "huggingface.co":
        first = parts.path.strip("/").split("/")[0]
        return {"datasets": "data", "spaces": "project", "papers": ""}.get(first, "model")
    if host in _CODE:
        return "code"
    if host in _DATA or (host == "kaggle.com" and parts.path.startswith("/datasets")):
        return "data"
    return "project" if host.endswith(_PAGES) else ""


def in_text(text: str) -> list[tuple[str, str]]:
    """(kind, address) of what a text links to, where it is known what it is."""
    return [(link.kind, link.url) for link in found_links(text) if link.kind in LINK_KINDS]


class Links:
    """The links of papers."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, reader_id: int, work_id: int, kind: str, url: str) -> WorkLink:
        """Adds an address to a paper; the same one again returns the first."""
        checks.one_of(kind, LINK_KINDS, "kind of link")
        url = checks.web_address(url)
        with self._store.write() as (connection, number):
            reader = require_active(connection, reader_id)
            root = living(connection, work_id)
            family = list(families(connection, [root]))
            rows = connection.execute(_query().where(links.c.work_id.in_(family))).all()
            author = writes(connection, reader_id, root)
            for row in rows:
                if _same(row.url, url):
                    if row.state == "shown" and not row.disabled:
                        return _link(row, root, author=False)
                    if row.state == "struck" and not (author or reader.is_curator):
                        raise ReadersError("an author says that this address is not the paper's")
                    connection.execute(links.delete().where(links.c.id == row.id))
            if len(rows) >= MAX_A_WORK:
                raise ReadersError(f"the paper has {MAX_A_WORK} links already")
            require_room(connection, links, reader_id, A_DAY, 24, "links")
            at = checks.now()
            _insert(connection, (number, reader_id, root, kind, url, "shown", at))
        origin = "author" if author else "reader"
        by, name = reader.display, reader.name
        return WorkLink(number, root, kind, url, origin, by, at, reader_id, name)

    def remove(self, reader_id: int, link_id: int) -> None:
        """Takes a link away: one's own, on one's own paper, or as a curator anyone's."""
        with self._store.write() as (connection, _):
            reader = require_active(connection, reader_id)
            which = links.c.id == (link_id if fit(link_id) else 0)
            row = connection.execute(select(links).where(which)).one_or_none()
            if row is None or row.state != "shown":
                raise ReadersError("there is no such link; it may have been removed")
            root = roots(connection, [row.work_id])[row.work_id]
            _require_right(connection, reader, root, own=row.reader_id == reader_id)
            connection.execute(links.delete().where(which))

    def strike(self, reader_id: int, work_id: int, url: str) -> None:
        """Says that an address does not belong to a paper, whoever brought it; for its authors."""
        url = checks.web_address(url)
        with self._store.write() as (connection, number):
            reader = require_active(connection, reader_id)
            root = living(connection, work_id)
            _require_right(connection, reader, root)
            family = list(families(connection, [root]))
            rows = connection.execute(select(links).where(links.c.work_id.in_(family))).all()
            gone = [row.id for row in rows if _same(row.url, url)]
            connection.execute(links.delete().where(links.c.id.in_(gone)))
            row = (number, reader_id, root, kind_of(url) or "project", url, "struck", checks.now())
            _insert(connection, row)

    def correct(self, reader_id: int, work_id: int, url: str, kind: str, new: str) -> WorkLink:
        """Puts another address in the place of one; for the paper's authors."""
        self.strike(reader_id, work_id, url)
        return self.add(reader_id, work_id, kind, new)

    def of(self, work: Work) -> list[WorkLink]:
        """The links of a paper; of one address the first of source, author, reader, text.

        None that somebody added who is shut out; what they struck stays struck.
        """
        return self.of_many({work.id: work})[work.id]

    def told(self, work: Work) -> list[WorkLink]:
        """The links that a paper's sources and its own text bring, without those of readers."""
        return _together(work, (), set())

    def of_many(self, works: Mapping[int, Work]) -> dict[int, list[WorkLink]]:
        """`of`, for many papers by their numbers."""
        added: dict[int, list[Any]] = {}
        with self._store.read() as connection:
            family = families(connection, list(works))
            rows = connection.execute(
                _query().where(links.c.work_id.in_(list(family))).order_by(links.c.id)
            ).all()
            authors = {
                (row.reader_id, family[row.work_id])
                for row in rows
                if writes(connection, row.reader_id, family[row.work_id])
            }
        for row in rows:
            added.setdefault(family[row.work_id], []).append(row)
        return {
            number: _together(work, added.get(number, ()), authors)
            for number, work in works.items()
        }


def _together(work: Work, rows: Iterable[Any], authors: set[tuple[int, int]]) -> list[WorkLink]:
    rows = list(rows)
    struck = {_folded(row.url) for row in rows if row.state == "struck"}
    found: dict[str, WorkLink] = {}
    for link in work.paper.links:
        if link.kind in LINK_KINDS:
            found.setdefault(
                _folded(link.url), WorkLink(0, work.id, link.kind, link.url, "source", "", "")
            )
    for row in rows:
        if row.state == "shown" and not row.disabled:
            author = (row.reader_id, work.id) in authors
            found.setdefault(_folded(row.url), _link(row, work.id, author=author))
    text = "\n".join((work.paper.abstract, work.paper.summary))
    for kind, url in in_text(text):
        found.setdefault(_folded(url), WorkLink(0, work.id, kind, url, "text", "", ""))
    return [link for address, link in found.items() if address not in struck]


def _query() -> Any:
    return select(links, readers.c.display, readers.c.name, readers.c.disabled).join_from(
        links, readers, readers.c.id == links.c.reader_id
    )


def _link(row: Any, work_id: int, *, author: bool) -> WorkLink:
    origin = "author" if author else "reader"
    by, name = row.display, row.name
    return WorkLink(row.id, work_id, row.kind, row.url, origin, by, row.at, row.reader_id, name)


def _insert(connection: Connection, values: tuple[object, ...]) -> None:
    connection.execute(links.insert(), dict(zip(links.c.keys(), values, strict=True)))


def _require_right(connection: Connection, reader: Reader, root: int, *, own: bool = False) -> None:
    if not (own or reader.is_curator or writes(connection, reader.id, root)):
        raise ReadersError("only an author of the paper, or a curator, may do this")


def _folded(url: str) -> str:
    return re.sub(r"^https?://(www\.)?", "", url.strip(), flags=re.IGNORECASE).rstrip("/").lower()


def _same(one: str, other: str) -> bool:
    return _folded(one) == _folded(other)
