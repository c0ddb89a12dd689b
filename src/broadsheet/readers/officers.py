"""Who may decide about others' things: asked again here, whatever the pages have checked."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, select

from broadsheet.readers.accounts import the_reader
from broadsheet.readers.errors import ReadersError
from broadsheet.readers.tables import readers
from broadsheet.readers.values import Reader


def let_in(reader_id: Column[Any]) -> ColumnElement[bool]:
    """The rows of readers who are not shut out, by the column that says whose they are."""
    out: Select[Any] = select(readers.c.id).where(readers.c.disabled == 1)
    return reader_id.not_in(out)


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
