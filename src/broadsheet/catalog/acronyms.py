"""The dictionary of a home: what its papers define short forms as, and how many do."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select

from broadsheet.catalog.catalog import Catalog
from broadsheet.catalog.database import Database, chunked
from broadsheet.catalog.tables_acronyms import acronym_papers
from broadsheet.text import Meaning, Reading, long_key, short_key

_LAST = "\U0010ffff"
_AT_ONCE = 2_000  # definitions of one short form that are looked at for how it is printed


@dataclass(frozen=True, slots=True)
class AcronymEntry:
    """A line of the dictionary: a short form, its commonest meanings, and how many it has."""

    key: str
    short: str
    meanings: tuple[Meaning, ...]
    senses: int


class Acronyms:
    """The acronyms of a catalog; safe to share between threads."""

    def __init__(self, catalog: Catalog) -> None:
        self._database = catalog.database

    def entries(self, initial: str, *, after: str = "", limit: int = 100) -> list[AcronymEntry]:
        """Short forms that begin so, in order, those up to ``after`` left out.

        ``initial`` is a small letter, or "0" for all that begin with none.
        """
        table = acronym_papers.c
        inside = (
            (table.short_key < "a") | (table.short_key >= "{")
            if initial == "0"
            else (table.short_key >= initial) & (table.short_key < initial + _LAST)
        )
        query = (
            select(table.short_key)
            .where(inside, table.short_key > after)
            .group_by(table.short_key)
            .order_by(table.short_key)
            .limit(limit)
        )
        with self._database.read() as connection:
            keys = [str(key) for key in connection.execute(query).scalars()]
            return _entries(connection, keys)

    def entry(self, short: str) -> AcronymEntry | None:
        """All meanings of a short form, however it is written; None where no paper has it."""
        with self._database.read() as connection:
            found = _entries(connection, [short_key(short)], most=100)
        return found[0] if found else None

    def meanings(self, shorts: Iterable[str]) -> dict[str, tuple[Meaning, ...]]:
        """What short forms may mean, by their keys, the commonest first."""
        keys = list(dict.fromkeys(map(short_key, shorts)))
        with self._database.read() as connection:
            return {one.key: one.meanings for one in _entries(connection, keys, most=20)}

    def shorts(self, longs: Iterable[str]) -> dict[str, tuple[str, int]]:
        """The commonest short form of each long one, by its key, and the papers that use it."""
        keys = list(dict.fromkeys(map(long_key, longs)))
        table = acronym_papers.c
        number = func.count().label("number")
        found: dict[str, tuple[str, int]] = {}
        with self._database.read() as connection:
            for part in chunked(keys):
                query = (
                    select(table.long_key, func.min(table.short), number)
                    .where(table.long_key.in_(part))
                    .group_by(table.long_key, table.short_key)
                    .order_by(number, table.short_key.desc())
                )
                for key, short, papers in connection.execute(query):
                    found[key] = str(short), int(papers)
        return found

    def papers(self, short: str, long: str, limit: int = 40) -> list[int]:
        """Works that define a short form so, the last that came first."""
        table = acronym_papers.c
        query = (
            select(table.work_id)
            .where(table.short_key == short_key(short), table.long_key == long_key(long))
            .order_by(table.work_id.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())


def forget(connection: Connection, work_ids: Sequence[int]) -> None:
    """Takes the definitions of works away."""
    for part in chunked(work_ids):
        connection.execute(delete(acronym_papers).where(acronym_papers.c.work_id.in_(part)))


def store(
    database: Database, connection: Connection, readings: Iterable[tuple[int, Reading]]
) -> None:
    """Enters the definitions of works that have none entered."""
    rows = {
        (short_key(one.short), long_key(one.long), work_id): (one.short, one.long)
        for work_id, reading in readings
        for one in reading.acronyms
    }
    if rows:
        columns = ("short_key", "long_key", "work_id", "short", "long")
        filled = [(*key, *printed) for key, printed in rows.items()]
        connection.exec_driver_sql(database.insert(acronym_papers, columns), filled)


def _entries(connection: Connection, keys: Sequence[str], most: int = 4) -> list[AcronymEntry]:
    table = acronym_papers.c
    number = func.count().label("number")
    shorts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    longs: defaultdict[str, dict[str, Counter[str]]] = defaultdict(dict)
    for part in chunked(keys):
        query = (
            select(table.short_key, table.long_key, table.short, table.long, number)
            .where(table.short_key.in_(part))
            .group_by(table.short_key, table.long_key, table.short, table.long)
            .order_by(number.desc(), table.long)
            .limit(_AT_ONCE * len(part))
        )
        for key, long, short, printed, papers in connection.execute(query):
            shorts[key][short] += papers
            longs[key].setdefault(long, Counter())[printed] += papers
    found = []
    for key in keys:
        if key not in shorts:
            continue
        meanings = sorted(
            (
                Meaning(printed.most_common(1)[0][0], float(printed.total()))
                for printed in longs[key].values()
            ),
            key=lambda one: (-one.papers, one.long),
        )
        short = shorts[key].most_common(1)[0][0]
        found.append(AcronymEntry(key, short, tuple(meanings[:most]), len(meanings)))
    return found
