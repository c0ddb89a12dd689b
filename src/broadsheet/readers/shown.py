"""What was shown to whom and where, so that no place shows what another has; another text may be
shown again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import select

from broadsheet.catalog import chunked
from broadsheet.readers import checks
from broadsheet.readers.store import Store, fit, roots
from broadsheet.readers.tables import shown

PLACES = ("for_you", "digest")


class Shown:
    """The log of what readers were shown."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def mark(
        self,
        reader_id: int,
        where: str,
        day: str,
        work_ids: Iterable[int],
        versions: Mapping[int, bytes] | None = None,
    ) -> None:
        """Notes works as shown in a place on a day; ``versions`` are their text hashes now.

        Shown again in the same place, the later day and text count.
        """
        checks.one_of(where, PLACES, "place")
        day = checks.a_day(day)
        ids = [number for number in dict.fromkeys(work_ids) if fit(number)]
        rows = [
            {
                "reader_id": reader_id,
                "work_id": number,
                "place": where,
                "day": day,
                "text_hash": (versions or {}).get(number, b""),
            }
            for number in ids
        ]
        if not rows:
            return
        with self._store.write() as (connection, _):
            mine = (shown.c.reader_id == reader_id) & (shown.c.place == where)
            for part in chunked(ids):
                connection.execute(shown.delete().where(mine, shown.c.work_id.in_(part)))
            connection.execute(shown.insert(), rows)

    def of(self, reader_id: int, where: str = "") -> dict[int, tuple[str, bytes]]:
        """Work -> (day, text hash) of what was last shown to a reader, in one place or any.

        The hash is empty where another text would say nothing: the work was shown as one that
        was joined to it since.
        """
        query = select(shown.c.work_id, shown.c.day, shown.c.text_hash)
        query = query.where(shown.c.reader_id == reader_id).order_by(shown.c.day)
        if where:
            query = query.where(shown.c.place == where)
        with self._store.read() as connection:
            rows = connection.execute(query).all()
            above = roots(connection, {row.work_id for row in rows})
        return {
            above[row.work_id]: (
                row.day,
                bytes(row.text_hash) if above[row.work_id] == row.work_id else b"",
            )
            for row in rows
        }

    def forget(self, reader_id: int, since: str = "") -> None:
        """Lets everything be shown again, or what was shown from a day on."""
        mine = shown.c.reader_id == reader_id
        with self._store.write() as (connection, _):
            gone = shown.delete().where(mine, shown.c.day >= (checks.a_day(since) if since else ""))
            connection.execute(gone)
