"""All that is a reader's: taken along, or deleted, whole.

No table is listed here. Whatever has a column ``reader_id`` is a reader's own, in this room and
in every later one; a column ``by_reader`` names who decided about another's row.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import orjson
from sqlalchemy import Connection, MetaData, Table, select

from broadsheet.catalog import Work
from broadsheet.citations import export as cite
from broadsheet.readers import checks
from broadsheet.readers.accounts import (
    forget_heir,
    keep_an_operator,
    make_fresh,
    take_over,
    the_reader,
)
from broadsheet.readers.errors import ReadersError
from broadsheet.readers.organisations import drop_empty
from broadsheet.readers.sessions import name_key
from broadsheet.readers.store import Store, roots
from broadsheet.readers.tables import attempts, entries, lists, readers, searches
from broadsheet.readers.tables_post import LETTER, post
from broadsheet.readers.values import LOCAL, json_of

# What opens doors is no data of the reader; feeds' secrets are theirs to carry on.
_WITHHELD = ("password", "secret_hash", "api_key")
FORMAT = 1


class OwnData:
    """What readers take along, and what is left of them in the catalog when they go: nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def export(self, reader_id: int) -> dict[str, Any]:
        """Every row of a reader by table, and what the works in them are, as JSON data."""
        tables: dict[str, list[dict[str, Any]]] = {}
        with self._store.read() as connection:
            reader = the_reader(connection, reader_id)
            for table in _own_tables(connection):
                mine = select(table).where(table.c.reader_id == reader_id)
                rows = connection.execute(mine.order_by(*table.primary_key.columns))
                tables[str(table.name)] = [_plain(table, row._mapping) for row in rows]
            named = {row["work_id"] for rows in tables.values() for row in rows if "work_id" in row}
            above = roots(connection, named)
        works = self._store.catalog.get_many(sorted(set(above.values())))
        return {
            "format": FORMAT,
            "exported_at": checks.now(),
            "reader": json_of(reader),
            "tables": tables,
            "works": {
                str(number): _named(works[root])
                for number, root in sorted(above.items())
                if root in works
            },
        }

    def json(self, reader_id: int) -> bytes:
        """`export`, as a file."""
        return orjson.dumps(self.export(reader_id), option=orjson.OPT_INDENT_2)

    def opml(self, reader_id: int, base: str = "") -> str:
        """The feeds of a reader's lists and saved searches as OPML 2.0.

        ``base`` is the address of the pages, without a slash at the end.
        """
        with self._store.read() as connection:
            reader = the_reader(connection, reader_id)
            mine = select(lists.c.name, lists.c.secret).where(lists.c.reader_id == reader_id)
            kept = select(searches.c.name, searches.c.secret).where(
                searches.c.reader_id == reader_id
            )
            feeds = [
                *(("list", row) for row in connection.execute(mine.order_by(lists.c.id))),
                *(("search", row) for row in connection.execute(kept.order_by(searches.c.id))),
            ]
        root = Element("opml", {"version": "2.0"})
        SubElement(SubElement(root, "head"), "title").text = f"{reader.display}: feeds"
        body = SubElement(root, "body")
        for kind, row in feeds:
            address = f"{base}/feeds/{kind}/{row.secret}.atom"
            named = {"type": "rss", "text": row.name, "title": row.name, "xmlUrl": address}
            SubElement(body, "outline", named)
        return tostring(root, encoding="unicode", xml_declaration=True) + "\n"

    def bibtex(self, reader_id: int, list_id: int = 0) -> str:
        """The papers of a reader's lists, or of one of them, as BibTeX."""
        query = select(entries.c.work_id).where(entries.c.reader_id == reader_id)
        with self._store.read() as connection:
            the_reader(connection, reader_id)
            if list_id:
                mine = select(lists.c.id).where(
                    lists.c.reader_id == reader_id, lists.c.id == list_id
                )
                if connection.execute(mine).first() is None:
                    raise ReadersError("there is no such list; it may have been deleted")
                query = query.where(entries.c.list_id == list_id)
            ids = list(connection.execute(query.order_by(entries.c.added_at)).scalars())
            above = roots(connection, ids)
        found = self._store.catalog.get_many(list(dict.fromkeys(above[number] for number in ids)))
        return cite((work.paper for work in found.values()), "bibtex")

    def delete(self, reader_id: int) -> None:
        """Deletes a reader and every row of theirs; of the local reader everything but itself.

        What they decided about others' rows stays, without their number.
        """
        with self._store.write() as (connection, _):
            reader = the_reader(connection, reader_id)
            keep_an_operator(connection, reader)
            for table in _own_tables(connection):
                connection.execute(table.delete().where(table.c.reader_id == reader_id))
            for table in _tables(connection):
                if "by_reader" in table.c:
                    theirs = table.update().where(table.c.by_reader == reader_id)
                    connection.execute(theirs.values(by_reader=0))
            drop_empty(connection)
            # The name may be another's soon.
            tries = attempts.c.subject == name_key(reader.name)
            connection.execute(attempts.delete().where(tries))
            forget_heir(connection, reader_id)
            if reader_id == LOCAL:
                make_fresh(connection)
            else:
                connection.execute(readers.delete().where(readers.c.id == reader_id))

    def adopt(self, reader_id: int) -> int:
        """Gives everything of the local reader to an account that has nothing yet: its rows, and
        the settings that the account was not given itself, a confirmed address among them.

        For the day a home gets accounts; returns how many rows it were. Sessions and tokens stay:
        they open doors as the local reader.
        """
        moved = 0
        with self._store.write() as (connection, _):
            reader = the_reader(connection, reader_id)
            if reader.id == LOCAL:
                raise ReadersError("name the account that takes over from the local reader")
            kept = [
                table for table in _own_tables(connection)
                if table.name not in ("reader_sessions", "reader_tokens")
            ]  # fmt: skip
            # A letter asks to confirm an address or a claim, which a new account may do as well.
            for table in (table for table in kept if table.name != "reader_letters"):
                theirs = select(table.c.reader_id).where(table.c.reader_id == reader_id)
                if connection.execute(theirs.limit(1)).first() is not None:
                    raise ReadersError(
                        f"'{reader.name}' has acts or lists already; only an account that was "
                        "not used yet can take over from the local reader"
                    )
            for table in kept:
                change = table.update().where(table.c.reader_id == LOCAL)
                moved += connection.execute(change.values(reader_id=reader_id)).rowcount
            take_over(connection, reader)
        return moved


def _tables(connection: Connection) -> Iterator[Table]:
    """Every table there is in the database, whichever room it belongs to."""
    found = MetaData()
    found.reflect(connection)
    yield from found.sorted_tables


def _own_tables(connection: Connection) -> list[Table]:
    return [table for table in _tables(connection) if "reader_id" in table.c]


def _plain(table: Table, row: Any) -> dict[str, Any]:
    # The link in a letter shows that it was read in the mailbox that it was sent to.
    sealed = table.name == post.name and row["key"].startswith(LETTER)
    return {
        str(name): value.hex() if isinstance(value, bytes | memoryview) else value
        for name, value in row.items()
        if name not in _WITHHELD and not (sealed and name == "content")
    }


def _named(work: Work) -> dict[str, Any]:
    return {
        "id": work.paper.id,
        "title": work.paper.title,
        "identifiers": [str(identifier) for identifier in work.identifiers],
    }
