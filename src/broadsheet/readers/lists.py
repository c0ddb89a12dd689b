"""Lists of works with notes and tags: private, or for everyone to see.

To be in a list is to be saved: the first list a work is put into saves it, and taking it out
of the last one ends that.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from broadsheet.cache import Cache
from broadsheet.catalog import last, take
from broadsheet.readers import checks, keys
from broadsheet.readers.accounts import the_reader
from broadsheet.readers.acts import record, take_back
from broadsheet.readers.bounds import AT_ONCE
from broadsheet.readers.errors import ReadersError
from broadsheet.readers.store import COUNTER, Store, families, fit, living, roots
from broadsheet.readers.tables import entries, lists, readers, works
from broadsheet.readers.values import LIBRARY, Entry, List

MAX_LISTS = 200
MAX_ENTRIES = 10_000
MAX_NAME, MAX_NOTE, MAX_TAG, MAX_TAGS = 120, 10_000, 50, 30
_KEPT_BYTES, _ENTRY_BYTES = 16_000_000, 250
_ENTRY = ("list_id", "work_id", "reader_id", "note", "tags", "added_at")
_SIZE = (
    select(func.count())
    .where(entries.c.list_id == lists.c.id)
    .correlate(lists)
    .scalar_subquery()
    .label("size")
)


class Lists:
    """The lists of every reader; ``owner`` in a call is who must own the list, 0: not asked."""

    def __init__(self, store: Store, per_minute: int) -> None:
        self._store = store
        self._per_minute = per_minute
        self._entries: Cache[tuple[str, int], tuple[Entry, ...]] = Cache(_KEPT_BYTES, _weight)

    def make(
        self,
        reader_id: int,
        name: str,
        *,
        public: bool = False,
        note: str = "",
        twice: bool = False,
    ) -> List:
        """A new, empty list; ``twice``: the one that was made so a moment ago is meant, where
        there is one, because a button may be pressed twice."""
        name = checks.line(name, "name of the list", MAX_NAME)
        note = checks.prose(note, "note", MAX_NOTE)
        secret = keys.feed_secret()
        with self._store.write() as (connection, number):
            the_reader(connection, reader_id)
            mine = lists.c.reader_id == reader_id
            taken = connection.execute(select(lists, _SIZE).where(mine)).all()
            for row in taken if twice else ():
                same = (row.name, bool(row.public), row.note) == (name, public, note)
                if same and row.created_at > checks.later(seconds=-AT_ONCE):
                    return _to_list(row)
            if len(taken) >= MAX_LISTS:
                raise ReadersError(f"you have {MAX_LISTS} lists; delete one first, or use tags")
            if name.casefold() in {row.name.casefold() for row in taken}:
                raise ReadersError(f"you have a list named '{name}' already")
            slug = _free_slug(checks.slug(name), {row.slug for row in taken})
            values = (number, reader_id, name, slug, int(public), note, secret, checks.now())
            connection.execute(lists.insert(), dict(zip(lists.c.keys(), values, strict=True)))
        return List(number, reader_id, name, slug, public, note, secret, values[-1])

    def change(
        self,
        list_id: int,
        *,
        name: str | None = None,
        note: str | None = None,
        public: bool | None = None,
        owner: int = 0,
    ) -> List:
        """Changes a list's name, note or who may see it; its address stays."""
        values: dict[str, Any] = {}
        if name is not None:
            values["name"] = checks.line(name, "name of the list", MAX_NAME)
        if note is not None:
            values["note"] = checks.prose(note, "note", MAX_NOTE)
        if public is not None:
            values["public"] = int(public)
        with self._store.write() as (connection, _):
            found = _the_list(connection, list_id, owner)
            if name is not None:
                query = select(lists.c.name).where(
                    lists.c.reader_id == found.reader_id, lists.c.id != list_id
                )
                taken = {other.casefold() for other in connection.execute(query).scalars()}
                if values["name"].casefold() in taken:
                    raise ReadersError(f"you have a list named '{values['name']}' already")
            if values:
                connection.execute(lists.update().where(lists.c.id == list_id).values(**values))
            return _the_list(connection, list_id, owner)

    def rename(self, list_id: int, name: str, *, owner: int = 0) -> List:
        """Gives a list another name."""
        return self.change(list_id, name=name, owner=owner)

    def renew(self, list_id: int, *, owner: int = 0) -> List:
        """Gives its feed another secret address; the old one is worthless."""
        with self._store.write() as (connection, _):
            _the_list(connection, list_id, owner)
            change = lists.update().where(lists.c.id == list_id)
            connection.execute(change.values(secret=keys.feed_secret()))
            return _the_list(connection, list_id, owner)

    def delete(self, list_id: int, *, owner: int = 0) -> None:
        """Deletes a list and what it says of its works; what is in no other is saved no more."""
        with self._store.write() as (connection, _):
            found = _the_list(connection, list_id, owner)
            held = select(entries.c.work_id).where(entries.c.list_id == list_id)
            works = list(connection.execute(held).scalars())
            connection.execute(entries.delete().where(entries.c.list_id == list_id))
            connection.execute(lists.delete().where(lists.c.id == list_id))
            for work_id in works:
                _unsave(connection, found.reader_id, work_id)

    def everyones(self, list_id: int) -> bool:
        """Whether everyone may see a list: it is public, and its reader is not shut out."""
        if not fit(list_id):
            return False
        query = (
            select(lists.c.id)
            .join_from(lists, readers, readers.c.id == lists.c.reader_id)
            .where(lists.c.id == list_id, lists.c.public == 1, readers.c.disabled == 0)
        )
        with self._store.read() as connection:
            return connection.execute(query).first() is not None

    def of(self, reader_id: int, *, public: bool = False) -> list[List]:
        """The lists of a reader, or those of them that everyone may see, by name."""
        query = select(lists, _SIZE).where(lists.c.reader_id == reader_id)
        if public:
            query = query.where(lists.c.public == 1)
        with self._store.read() as connection:
            found = [_to_list(row) for row in connection.execute(query)]
        return sorted(found, key=lambda item: item.name.casefold())

    def get(self, list_id: int) -> List | None:
        """A list by number."""
        return self._one(lists.c.id == list_id) if fit(list_id) else None

    def by_slug(self, reader_id: int, slug: str) -> List | None:
        """A list by its reader and the name in its address."""
        if not checks.is_storable(slug):
            return None
        return self._one((lists.c.reader_id == reader_id) & (lists.c.slug == slug))

    def by_secret(self, secret: str) -> List | None:
        """The list whose feed has this address."""
        if not secret or not secret.isascii() or not secret.isprintable():
            return None
        return self._one(lists.c.secret == secret)

    def put(
        self,
        list_id: int,
        work_id: int,
        note: str | None = None,
        tags: Iterable[str] | None = None,
        *,
        owner: int = 0,
    ) -> Entry:
        """Puts a work into a list, or changes its note or tags there; None leaves them."""
        said = None if note is None else checks.prose(note, "note", MAX_NOTE)
        marked = None if tags is None else _tags(tags)
        with self._store.write() as (connection, number):
            found = _the_list(connection, list_id, owner)
            root = living(connection, work_id)
            family = list(families(connection, [root]))
            here = (entries.c.list_id == list_id) & entries.c.work_id.in_(family)
            row = connection.execute(
                select(entries).where(here).order_by(entries.c.added_at)
            ).first()
            if row is None and found.size >= MAX_ENTRIES:
                raise ReadersError(f"the list is full: it holds {MAX_ENTRIES:,} papers")
            kept = _entry(row, root) if row is not None else Entry(root, "", (), checks.now())
            entry = Entry(
                root,
                kept.note if said is None else said,
                kept.tags if marked is None else marked,
                kept.added_at,
            )
            values: dict[str, Any] = {"note": entry.note, "tags": "\n".join(entry.tags)}
            if row is not None:
                connection.execute(entries.update().where(here).values(**values))
                return entry
            values |= {"list_id": list_id, "work_id": root, "reader_id": found.reader_id}
            connection.execute(entries.insert(), {**values, "added_at": entry.added_at})
            record(connection, number, found.reader_id, "save", root, "", "", self._per_minute)
        return entry

    def fill(self, list_id: int, work_ids: Iterable[int], *, owner: int = 0) -> int:
        """Puts works out of a library into a list, all or none; how many were not in it.

        That they are saved says what their reader likes, and not what readers turn to now.
        """
        asked = [number for number in dict.fromkeys(work_ids) if fit(number)]
        with self._store.quiet() as connection:
            found = _the_list(connection, list_id, owner)
            above = roots(connection, asked)
            family = families(connection, set(above.values()))
            held = select(entries.c.work_id).where(entries.c.list_id == list_id)
            there = {family.get(work) for work in connection.execute(held).scalars()}
            new = [root for root in dict.fromkeys(above.values()) if root not in there]
            if found.size + len(new) > MAX_ENTRIES:
                raise ReadersError(f"the list would be too full: it holds {MAX_ENTRIES:,} papers")
            first = take(connection, COUNTER, len(new))
            for place, root in enumerate(new):
                record(connection, first + place, found.reader_id, "save", root, LIBRARY, "", 0)
                row = (list_id, root, found.reader_id, "", "", checks.now())
                connection.execute(entries.insert(), dict(zip(_ENTRY, row, strict=True)))
        return len(new)

    def take(self, list_id: int, work_id: int, *, owner: int = 0) -> bool:
        """Takes a work out of a list; whether it was in it."""
        if not fit(work_id):
            return False
        with self._store.write() as (connection, _):
            found = _the_list(connection, list_id, owner)
            root = roots(connection, [work_id])[work_id]
            family = list(families(connection, [root]))
            here = (entries.c.list_id == list_id) & entries.c.work_id.in_(family)
            if not connection.execute(entries.delete().where(here)).rowcount:
                return False
            _unsave(connection, found.reader_id, root)
        return True

    def entries(self, list_id: int) -> list[Entry]:
        """What is in a list, the newest first; works that became one are there once."""
        return self._kept_entries(("list", list_id), entries.c.list_id == list_id)

    def noted(self, reader_id: int) -> list[Entry]:
        """What is in any list of a reader, each work once, with what stands beside it in all."""
        return self._kept_entries(("reader", reader_id), entries.c.reader_id == reader_id)

    def holding(self, reader_id: int, work_ids: Iterable[int]) -> dict[int, tuple[int, ...]]:
        """Which of a reader's lists hold each of these works."""
        asked = list(dict.fromkeys(work_ids))
        found: dict[int, list[int]] = {}
        query = select(entries.c.work_id, entries.c.list_id).where(entries.c.reader_id == reader_id)
        with self._store.read() as connection:
            above = roots(connection, asked)
            family = families(connection, set(above.values()))
            here = query.where(entries.c.work_id.in_(list(family)))
            for work_id, list_id in connection.execute(here):
                found.setdefault(family[work_id], []).append(list_id)
        return {number: tuple(sorted(set(found.get(above[number], ())))) for number in asked}

    def _kept_entries(self, key: tuple[str, int], condition: ColumnElement[bool]) -> list[Entry]:
        """Entries as they are now, read anew only where a reader did something or a work changed:
        each page and each search of a long list wants all of them."""
        with self._store.read() as connection:
            state = last(connection, COUNTER), last(connection, "seq")
            found = self._entries.get(key, state)
            if found is None:
                found = _read(connection, condition)
                self._entries.put(key, found, state)
        return list(found)

    def _one(self, condition: Any) -> List | None:
        with self._store.read() as connection:
            row = connection.execute(select(lists, _SIZE).where(condition)).one_or_none()
        return _to_list(row) if row is not None else None


def _read(connection: Connection, condition: ColumnElement[bool]) -> tuple[Entry, ...]:
    query = select(entries, works.c.merged_into).where(condition)
    query = query.outerjoin_from(entries, works, works.c.id == entries.c.work_id)
    rows = connection.execute(query.order_by(entries.c.added_at, entries.c.work_id)).all()
    above = roots(connection, {row.work_id for row in rows if row.merged_into is not None})
    found: dict[int, Entry] = {}
    for row in rows:
        root = above.get(row.work_id, row.work_id)
        entry = _entry(row, root)
        if (first := found.get(root)) is not None:
            notes = [note for note in (first.note, entry.note) if note]
            tags = tuple(dict.fromkeys(first.tags + entry.tags))
            entry = Entry(root, "\n\n".join(dict.fromkeys(notes)), tags, first.added_at)
        found[root] = entry
    return tuple(
        sorted(found.values(), key=lambda item: (item.added_at, item.work_id), reverse=True)
    )


def _weight(found: tuple[Entry, ...]) -> int:
    """About how many bytes they take."""
    return sum(_ENTRY_BYTES + 2 * len(entry.note) for entry in found) + _ENTRY_BYTES


def _the_list(connection: Connection, list_id: int, owner: int) -> List:
    if fit(list_id):
        row = connection.execute(select(lists, _SIZE).where(lists.c.id == list_id)).one_or_none()
        if row is not None and owner in (0, row.reader_id):
            return _to_list(row)
    raise ReadersError("there is no such list; it may have been deleted")


def _to_list(row: Row[Any]) -> List:
    values = dict(row._mapping)
    return List(**{**values, "public": bool(values["public"])})


def _entry(row: Row[Any], work_id: int) -> Entry:
    tags = tuple(row.tags.split("\n")) if row.tags else ()
    return Entry(work_id, row.note, tags, row.added_at)


def _tags(tags: Iterable[str]) -> tuple[str, ...]:
    found = dict.fromkeys(checks.line(tag, "tag", MAX_TAG, empty=True) for tag in tags)
    found.pop("", None)
    if len(found) > MAX_TAGS:
        raise ReadersError(f"a paper has at most {MAX_TAGS} tags")
    return tuple(found)


def _free_slug(slug: str, taken: set[str]) -> str:
    number, candidate = 1, slug
    while candidate in taken:
        number += 1
        candidate = f"{slug}-{number}"
    return candidate


def _unsave(connection: Connection, reader_id: int, work_id: int) -> None:
    root = roots(connection, [work_id])[work_id]
    family = list(families(connection, [root]))
    elsewhere = select(entries.c.list_id).where(
        entries.c.reader_id == reader_id, entries.c.work_id.in_(family)
    )
    if connection.execute(elsewhere.limit(1)).first() is None:
        take_back(connection, reader_id, "save", root)
