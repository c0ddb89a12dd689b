"""Papers to store, and a look at all that a catalog says of itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import select

from broadsheet.catalog import Catalog, ImportResult, Work, ingest
from broadsheet.catalog.draft import Draft
from broadsheet.catalog.faces import FACELESS, face
from broadsheet.catalog.tables import counters, identifiers, records, works
from broadsheet.papers import Author, Paper, parse_identifier
from broadsheet.sources import Arrived, Rejected


def paper(id_: str, title: str = "On Things", *others: str, **fields: Any) -> Paper:
    """A paper of the source ``lab``; ``others`` are further identifiers."""
    source = fields.pop("source", "lab")
    named = tuple(parse_identifier(other.removeprefix("lab:"), "lab")[0] for other in others)
    defaults: dict[str, Any] = {
        "abstract": f"We study {title.lower()} and say what they are.",
        "authors": (Author("Ada Lovelace"), Author("Emmy Noether", "Göttingen")),
        "categories": ("cs.LG", "stat.ML"),
        "identifiers": named,
    }
    return Paper(id=id_, source=source, title=title, **{**defaults, **fields})


def store(
    catalog: Catalog, *papers: Paper, name: str = "papers", rejected: Path | None = None
) -> ImportResult:
    return take(catalog, [Arrived(item, line) for line, item in enumerate(papers, 1)], name)


def take(
    catalog: Catalog, items: Iterable[Arrived | Rejected], name: str = "papers"
) -> ImportResult:
    """An import that comes from no file, so that it is never resumed."""
    return ingest(
        catalog, items, path=Path(name), source="lab", rejected_dir=Path("/nonexistent/rejected")
    )


def date_ahead(catalog: Catalog, work_id: int, day: str) -> None:
    """Puts a work of one record under a day as homes kept it that took any day."""
    with catalog.database.write() as connection:
        draft = Draft(catalog.database, connection)
        draft.load_works([work_id])
        (record,) = draft.works[work_id].records
        record.announced = day
        change = records.update().where(records.c.id == record.id)
        connection.execute(change.values(announced=day))
        draft.touch(draft.works[work_id])
        draft.save()


def everything(catalog: Catalog) -> dict[int, Work]:
    """The index's view: the change log from its beginning."""
    return replay(catalog, {}, 0, step=1_000)[0]


def replay(
    catalog: Catalog, seen: dict[int, Work], after: int, step: int = 3
) -> tuple[dict[int, Work], int]:
    """Follows the change log from where one was, in small steps."""
    seen = dict(seen)
    while changes := catalog.changes(after, step):
        for change in changes:
            assert change.seq > after
            after = change.seq
            if change.work is None:
                seen.pop(change.work_id, None)
            else:
                assert (change.work.id, change.work.seq) == (change.work_id, change.seq)
                seen[change.work_id] = change.work
    return seen, after


def content(catalog: Catalog) -> dict[int, tuple[Any, ...]]:
    """What every work says, apart from when it changed."""
    return {
        number: (
            work.paper,
            work.identifiers,
            work.sources,
            (work.published, work.announced, work.updated),
            work.versions,
            work.text_hash,
            tuple(catalog.versions(number)),
        )
        for number, work in everything(catalog).items()
    }


def check(catalog: Catalog) -> None:
    """Everything that is kept twice agrees: shown columns, counters, identifiers, places."""
    with catalog.database.read() as connection:
        rows = {row.id: row for row in connection.execute(select(works))}
        draft = Draft(catalog.database, connection)
        draft.load_works(rows)
        stored = list(connection.execute(select(records)))
        named = list(connection.execute(select(identifiers)))
        counted = {row.name: row.value for row in connection.execute(select(counters))}

    def root(number: int) -> int:
        while rows[number].merged_into is not None:
            number = rows[number].merged_into
        return number

    expected: Counter[str] = Counter()
    for number, row in rows.items():
        kept = draft.works[number].records
        assert tuple(getattr(row, name) for name in FACELESS._fields) == face(kept)
        alive = bool(kept) and not row.deleted and row.merged_into is None
        assert row.alive == alive
        if alive:
            expected.update(["works", *(f"source:{name}" for name in row.sources.split("\n"))])
            expected.update([f"day:{row.announced}"] if row.announced else [])
    for name, value in counted.items():
        if name == "works" or ":" in name:
            assert value == expected.pop(name, 0), name
    assert not +expected
    assert len({row.seq for row in rows.values()}) == len(rows)
    assert max((row.seq for row in rows.values()), default=0) <= counted["seq"]
    for record in stored:
        assert record.work_id == root(record.origin_id)
    carried = {key for record in stored for key in record.identifiers.split("\n")}
    assert {f"{row.scheme}\t{row.value}" for row in named} <= carried
    for row in named:
        assert row.work_id == root(row.origin_id)
        assert draft.works[row.work_id].records
