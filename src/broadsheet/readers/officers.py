"""Who may decide about others' things: asked again here, whatever the pages have checked."""

from __future__ import annotations

from sqlalchemy import Connection

from broadsheet.readers.accounts import the_reader
from broadsheet.readers.errors import ReadersError
from broadsheet.readers.values import Reader


def require_active(connection: Connection, reader_id: int) -> Reader:
    """A reader whose account is not disabled; raises `ReadersError`."""
    reader = the_reader(connection, reader_id)
    if reader.disabled:
        raise ReadersError("this account is disabled")
    return reader


def require_curator(connection: Connection, reader_id: int) -> Reader:
    """A curator or operator; raises `ReadersError`."""
    reader = require_active(connection, reader_id)
    if not reader.is_curator:
        raise ReadersError("only curators and operators may do this")
    return reader


def require_operator(connection: Connection, reader_id: int) -> Reader:
    """An operator; raises `ReadersError`."""
    reader = require_active(connection, reader_id)
    if not reader.is_operator:
        raise ReadersError("only operators may do this")
    return reader
