"""How much one reader may add: floods end in a clear answer, not in a full disk."""

from __future__ import annotations

from sqlalchemy import Connection, Table, func, select

from broadsheet.readers import checks
from broadsheet.readers.errors import ThrottledError

AT_ONCE = 60  # seconds within which the same again is a button that was pressed twice


def require_room(
    connection: Connection, table: Table, reader_id: int, most: int, hours: int, what: str
) -> None:
    """Raises `ThrottledError` when a reader has added so many rows within the last hours."""
    recent = select(func.count()).where(
        table.c.reader_id == reader_id, table.c.at > checks.later(seconds=-3600 * hours)
    )
    if connection.execute(recent).scalar_one() >= most:
        span = "an hour" if hours == 1 else f"{hours} hours"
        raise ThrottledError(f"more than {most} {what} within {span}: go on later", 3600)
