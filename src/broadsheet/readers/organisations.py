"""Organisations: from the affiliations that sources bring, or claimed by those who belong to them.

Their papers are gathered from the catalog's change log, a batch at a time, so that new papers
are found without looking at the others again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, exists, func, select

from broadsheet.catalog import Change, chunked, take
from broadsheet.readers import checks
from broadsheet.readers.affiliations import MAX_NAME, names_in
from broadsheet.readers.bounds import AT_ONCE
from broadsheet.readers.errors import ReadersError
from broadsheet.readers.officers import let_in, require_active, require_operator
from broadsheet.readers.store import COUNTER, Store, families, fit, living, roots
from broadsheet.readers.tables import meta, readers
from broadsheet.readers.tables_community import members, organisation_works, organisations

MAX_ABOUT, MAX_A_READER = 2_000, 10
_CURSOR = "readers.organisations"


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation; ``slug`` is its name in addresses and what is followed."""

    id: int
    name: str
    slug: str
    url: str
    about: str
    at: str
    works: int = 0


@dataclass(frozen=True, slots=True)
class Member:
    """A reader who speaks for an organisation, or asks to; state: waiting or confirmed.

    ``by`` and ``name`` are their display name and their name.
    """

    organisation_id: int
    reader_id: int
    by: str
    name: str
    state: str
    at: str


class Organisations:
    """The organisations of a home."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def gather(self, limit: int = 500) -> int:
        """Reads the affiliations of at most ``limit`` changed works; 0: all are read."""
        with self._store.read() as connection:
            after = int(_cursor(connection) or 0)
        changes = self._store.catalog.changes(after, limit)
        if not changes:
            return 0
        named = {change.work_id: _named(change) for change in changes}
        with self._store.quiet() as connection:
            if int(_cursor(connection) or 0) != after:
                return len(changes)  # another process was quicker
            self._file(connection, named)
            connection.execute(meta.delete().where(meta.c.name == _CURSOR))
            row = {"name": _CURSOR, "value": str(changes[-1].seq)}
            connection.execute(meta.insert(), row)
        return len(changes)

    def _file(self, connection: Connection, named: dict[int, dict[str, str]]) -> None:
        """Replaces what the affiliations of these works say: organisations by slug and name."""
        wanted = {slug: name for names in named.values() for slug, name in names.items()}
        known: dict[str, int] = {}
        for part in chunked(sorted(wanted)):
            query = select(organisations.c.slug, organisations.c.id).where(
                organisations.c.slug.in_(part)
            )
            known.update((slug, number) for slug, number in connection.execute(query))
        known.update(_cut(connection, {wanted[slug] for slug in wanted if slug not in known}))
        new = [slug for slug in wanted if slug not in known]
        first = take(connection, COUNTER, len(new)) if new else 0
        rows = [_row(first + place, wanted[slug], slug) for place, slug in enumerate(new)]
        if rows:
            connection.execute(organisations.insert(), rows)
            known.update((row["slug"], row["id"]) for row in rows)
        said = organisation_works.c.by_reader == 0
        held: set[tuple[int, int]] = set()
        for part in chunked(sorted(named)):
            here = organisation_works.c.work_id.in_(part)
            connection.execute(organisation_works.delete().where(here, said))
            query = select(organisation_works.c.organisation_id, organisation_works.c.work_id)
            held.update((one, other) for one, other in connection.execute(query.where(here)))
        works = [
            {"organisation_id": known[slug], "work_id": work_id, "by_reader": 0}
            for work_id, names in named.items()
            for slug in names
            if (known[slug], work_id) not in held
        ]
        if works:
            connection.execute(organisation_works.insert(), works)

    def make(
        self, reader_id: int, name: str, url: str = "", about: str = "", *, twice: bool = False
    ) -> Organisation:
        """A new organisation that no affiliation has brought; its maker asks to speak for it.

        ``twice``: the one that they made so a moment ago is meant, because a button may be
        pressed twice.
        """
        name = checks.line(name, "name of the organisation", MAX_NAME)
        url = checks.web_address(url) if url.strip() else ""
        about = checks.prose(about, "description", MAX_ABOUT)
        slug = checks.own_slug(name)
        if not any(character.isalnum() for character in name):
            raise ReadersError("the name of the organisation has no letter and no digit")
        with self._store.write() as (connection, number):
            require_active(connection, reader_id)
            older = _cut(connection, {name}).get(slug, 0)
            taken = _query().where((organisations.c.slug == slug) | (organisations.c.id == older))
            if (there := connection.execute(taken).first()) is not None:
                said = (there.name, there.url, there.about) == (name, url, about)
                if twice and said and _just_asked(connection, reader_id, there.id):
                    return Organisation(*tuple(there))
                raise ReadersError("there is an organisation of this name; claim that one")
            row = {**_row(number, name, slug), "url": url, "about": about}
            connection.execute(organisations.insert(), row)
            _ask(connection, reader_id, number)
            return _the(connection, number)

    def claim(self, reader_id: int, organisation_id: int) -> Member:
        """Asks to speak for an organisation; an operator confirms it."""
        with self._store.write() as (connection, _):
            require_active(connection, reader_id)
            _the(connection, organisation_id)
            _ask(connection, reader_id, organisation_id)
        return next(item for item in self.members(organisation_id) if item.reader_id == reader_id)

    def decide(self, by: int, organisation_id: int, reader_id: int, *, good: bool) -> None:
        """An operator confirms who speaks for an organisation, or declines, also later on."""
        which = (members.c.organisation_id == organisation_id) & (members.c.reader_id == reader_id)
        with self._store.write() as (connection, _):
            require_operator(connection, by)
            if good:
                change = members.update().where(which).values(state="confirmed", by_reader=by)
                changed = connection.execute(change).rowcount
            else:
                changed = connection.execute(members.delete().where(which)).rowcount
                drop_empty(connection)
            if changed != 1:
                raise ReadersError("nobody of this number asks to speak for this organisation")

    def leave(self, reader_id: int, organisation_id: int) -> None:
        """Speaks for an organisation no longer, or asks no longer to."""
        mine = (members.c.organisation_id == organisation_id) & (members.c.reader_id == reader_id)
        with self._store.write() as (connection, _):
            if connection.execute(members.delete().where(mine)).rowcount != 1:
                raise ReadersError("you do not speak for this organisation")
            drop_empty(connection)

    def edit(
        self,
        reader_id: int,
        organisation_id: int,
        *,
        url: str | None = None,
        about: str | None = None,
    ) -> Organisation:
        """Changes what its page says; for those who speak for it, and operators."""
        values: dict[str, str] = {}
        if url is not None:
            values["url"] = checks.web_address(url) if url.strip() else ""
        if about is not None:
            values["about"] = checks.prose(about, "description", MAX_ABOUT)
        with self._store.write() as (connection, _):
            _require_voice(connection, reader_id, organisation_id)
            if values:
                which = organisations.c.id == organisation_id
                connection.execute(organisations.update().where(which).values(**values))
            return _the(connection, organisation_id)

    def attach(
        self, reader_id: int, organisation_id: int, work_id: int, *, belongs: bool = True
    ) -> None:
        """Says that a paper is this organisation's, or takes that back; what affiliations say
        stays as they say it."""
        with self._store.write() as (connection, _):
            _require_voice(connection, reader_id, organisation_id)
            root = living(connection, work_id)
            family = list(families(connection, [root]))
            here = (organisation_works.c.organisation_id == organisation_id) & (
                organisation_works.c.work_id.in_(family)
            )
            if not belongs:
                said = organisation_works.c.by_reader != 0
                connection.execute(organisation_works.delete().where(here, said))
            elif connection.execute(select(organisation_works).where(here)).first() is None:
                row = {
                    "organisation_id": organisation_id, "work_id": root, "by_reader": reader_id,
                }  # fmt: skip
                connection.execute(organisation_works.insert(), row)

    def get(self, organisation_id: int) -> Organisation | None:
        """An organisation by number."""
        return self._one(organisations.c.id == organisation_id) if fit(organisation_id) else None

    def by_slug(self, slug: str) -> Organisation | None:
        """An organisation by its name in addresses."""
        if not checks.is_storable(slug):
            return None
        return self._one(organisations.c.slug == slug)

    def names(self, slugs: Iterable[str]) -> dict[str, str]:
        """Their names by their names in addresses; of those that are gone none."""
        found: dict[str, str] = {}
        with self._store.read() as connection:
            for part in chunked(sorted(slug for slug in set(slugs) if checks.is_storable(slug))):
                query = select(organisations.c.slug, organisations.c.name)
                rows = connection.execute(query.where(organisations.c.slug.in_(part)))
                found.update((slug, name) for slug, name in rows)
        return found

    def all(self, *, offset: int = 0, limit: int = 100) -> list[Organisation]:
        """Those with the most papers first."""
        query = _query().order_by(func.count(organisation_works.c.work_id).desc())
        query = query.order_by(organisations.c.slug).offset(offset).limit(limit)
        with self._store.read() as connection:
            return [Organisation(*tuple(row)) for row in connection.execute(query)]

    def works(self, organisation_id: int) -> list[int]:
        """The papers of an organisation, the newest numbers first."""
        query = select(organisation_works.c.work_id).where(
            organisation_works.c.organisation_id == organisation_id
        )
        with self._store.read() as connection:
            found = list(connection.execute(query).scalars())
            return sorted(set(roots(connection, found).values()), reverse=True)

    def on(self, work_ids: Iterable[int]) -> dict[int, tuple[Organisation, ...]]:
        """The organisations of each of these works that has any."""
        asked = list(dict.fromkeys(work_ids))
        found: dict[int, dict[int, Organisation]] = {}
        columns = (organisation_works.c.work_id, *organisations.c)
        with self._store.read() as connection:
            above = roots(connection, asked)
            family = families(connection, set(above.values()))
            query = (
                select(*columns)
                .join_from(
                    organisation_works,
                    organisations,
                    organisations.c.id == organisation_works.c.organisation_id,
                )
                .where(organisation_works.c.work_id.in_(list(family)))
                .order_by(organisations.c.name)
            )
            for work_id, *row in connection.execute(query):
                found.setdefault(family[work_id], {})[row[0]] = Organisation(*row)
        return {
            number: tuple(found[above[number]].values())
            for number in asked
            if above[number] in found
        }

    def members(
        self, organisation_id: int = 0, *, waiting: bool = False, limit: int | None = None
    ) -> list[Member]:
        """Who speaks for an organisation or asks to, or the first ``limit`` of them; for number 0
        those of all. None who is shut out."""
        query = (
            select(members, readers.c.display, readers.c.name)
            .join_from(members, readers, readers.c.id == members.c.reader_id)
            .where(readers.c.disabled == 0)
        )
        if organisation_id:
            query = query.where(members.c.organisation_id == organisation_id)
        if waiting:
            query = query.where(members.c.state == "waiting")
        with self._store.read() as connection:
            query = query.order_by(members.c.at, members.c.reader_id).limit(limit)
            rows = connection.execute(query).all()
        return [
            Member(row.organisation_id, row.reader_id, row.display, row.name, row.state, row.at)
            for row in rows
        ]

    def undecided(self) -> int:
        """How many who are not shut out wait to be let speak."""
        query = select(func.count()).where(
            members.c.state == "waiting", let_in(members.c.reader_id)
        )
        with self._store.read() as connection:
            return int(connection.execute(query).scalar_one())

    def _one(self, condition: Any) -> Organisation | None:
        with self._store.read() as connection:
            row = connection.execute(_query().where(condition)).one_or_none()
        return Organisation(*tuple(row)) if row is not None else None


def drop_empty(connection: Connection) -> None:
    """Takes away the organisations that nobody speaks for or asks to, and that have no paper:
    nobody could change what their pages say."""
    held = (members, organisation_works)
    empty = [~exists().where(table.c.organisation_id == organisations.c.id) for table in held]
    connection.execute(organisations.delete().where(*empty))


def _named(change: Change) -> dict[str, str]:
    """The organisations of a changed work: slug to name; none of one that is gone."""
    authors = change.work.paper.authors if change.work else ()
    found: dict[str, str] = {}
    for author in authors:
        for name in names_in(author.affiliation):
            if checks.is_storable(name):
                found.setdefault(checks.own_slug(name), name)
    return found


def _cursor(connection: Connection) -> str | None:
    return connection.execute(select(meta.c.value).where(meta.c.name == _CURSOR)).scalar()


def _query() -> Any:
    return (
        select(*organisations.c, func.count(organisation_works.c.work_id))
        .join_from(
            organisations,
            organisation_works,
            organisation_works.c.organisation_id == organisations.c.id,
            isouter=True,
        )
        .group_by(*organisations.c)
    )


def _the(connection: Connection, organisation_id: int) -> Organisation:
    row: Row[Any] | None = None
    if fit(organisation_id):
        which = organisations.c.id == organisation_id
        row = connection.execute(_query().where(which)).one_or_none()
    if row is None:
        raise ReadersError("there is no such organisation")
    return Organisation(*tuple(row))


def _row(number: int, name: str, slug: str) -> dict[str, Any]:
    values = (number, name, slug, "", "", checks.now())
    return dict(zip(organisations.c.keys(), values, strict=True))


def _ask(connection: Connection, reader_id: int, organisation_id: int) -> None:
    held = select(members).where(members.c.reader_id == reader_id)
    rows = connection.execute(held).all()
    if any(row.organisation_id == organisation_id for row in rows):
        return
    if len(rows) >= MAX_A_READER:
        raise ReadersError(f"you speak for {MAX_A_READER} organisations already")
    values = (organisation_id, reader_id, "waiting", checks.now(), 0)
    connection.execute(members.insert(), dict(zip(members.c.keys(), values, strict=True)))


def _cut(connection: Connection, names: set[str]) -> dict[str, int]:
    """The organisations of these names that have an address from the time when long names were
    cut and two that began alike were one: it stays with the name that it was given for."""
    cut = {checks.slug(name) for name in names if checks.slug(name) != checks.own_slug(name)}
    found: dict[str, int] = {}
    for part in chunked(sorted(cut)):
        query = select(organisations.c.name, organisations.c.id)
        for name, number in connection.execute(query.where(organisations.c.slug.in_(part))):
            found[checks.own_slug(name)] = number
    return found


def _just_asked(connection: Connection, reader_id: int, organisation_id: int) -> bool:
    mine = (members.c.organisation_id == organisation_id) & (members.c.reader_id == reader_id)
    recent = members.c.at > checks.later(seconds=-AT_ONCE)
    return connection.execute(select(members.c.at).where(mine, recent)).first() is not None


def _require_voice(connection: Connection, reader_id: int, organisation_id: int) -> None:
    reader = require_active(connection, reader_id)
    _the(connection, organisation_id)
    mine = select(members.c.state).where(
        members.c.organisation_id == organisation_id, members.c.reader_id == reader_id
    )
    if not reader.is_operator and connection.execute(mine).scalar() != "confirmed":
        raise ReadersError("only those who speak for the organisation may do this")
