"""What can go wrong with a catalog, as one line that says what, where and what to do."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from broadsheet.errors import UserError


class CatalogError(UserError):
    """The catalog cannot do this; the text is one line for the user."""


_DISK_FULL = "the disk is full; free some space and do it again (an import goes on where it was)"
_LOCKED = "another program keeps the catalog locked; close it or wait, and do it again"
_READ_ONLY = "cannot be written; give your user the right, or choose another folder with --home"
_NOT_SQLITE = "is no catalog, or a damaged one; move it away, or bring back a backup with 'restore'"
# SQLite's primary result codes (https://www.sqlite.org/rescode.html), and those of its extended
# ones that say more: of a disk without a byte left, whoever only opens the catalog learns that the
# file that its readers share cannot grow (4874).
_SQLITE = {
    4874: _DISK_FULL,
    5: _LOCKED,
    6: _LOCKED,
    8: _READ_ONLY,
    10: "the disk does not read or write it; see that it has room and is sound, and bring back a "
    "backup with 'restore' where it is not",
    11: _NOT_SQLITE,
    13: _DISK_FULL,
    14: "cannot be opened; see that the folder is there and your user may write in it, "
    "or choose another with --home",
    26: _NOT_SQLITE,
}
_STOPPED = "the database was stopped, or is not ready yet; do it again when it runs"
# PostgreSQL's SQLSTATE classes and codes (appendix A of its manual).
_POSTGRESQL = {
    "53100": _DISK_FULL,
    "53300": "the database takes no more connections; close some, or raise its max_connections",
    "55P03": _LOCKED,
    "57P01": _STOPPED,
    "57P02": _STOPPED,
    "57P03": _STOPPED,
    "25006": _READ_ONLY,
    "42501": "the database user lacks the right; grant it all rights on the database",
    "28000": "the database refuses the user; see the address in the setting 'database'",
    "28P01": "the password is wrong; see the address in the setting 'database'",
    "3D000": "there is no such database; make it with createdb",
}
_OS = {
    errno.ENOSPC: _DISK_FULL,
    errno.EDQUOT: _DISK_FULL,
    errno.EACCES: _READ_ONLY,
    errno.EPERM: _READ_ONLY,
    errno.EROFS: _READ_ONLY,
    errno.ENOTDIR: "a file stands where a folder is expected; choose another folder with --home",
    errno.EEXIST: "a file stands where a folder is expected; choose another folder with --home",
}


@contextmanager
def reported(where: str) -> Iterator[None]:
    """Turns the errors of a database or of files at ``where`` into `CatalogError`."""
    try:
        yield
    except DBAPIError as error:
        raise CatalogError(f"{where}: {_advice(error.orig)}") from error
    except sqlite3.Error as error:
        raise CatalogError(f"{where}: {_advice(error)}") from error
    except SQLAlchemyError as error:
        raise CatalogError(f"{where}: {_one_line(error)}") from error
    except OSError as error:
        advice = _OS.get(error.errno or 0) or error.strerror or str(error)
        raise CatalogError(f"{error.filename or where}: {advice}") from error


def _advice(error: BaseException | None) -> str:
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and (known := _SQLITE.get(code) or _SQLITE.get(code & 0xFF)):
        return known
    state = getattr(error, "sqlstate", None)
    if state in _POSTGRESQL:
        return _POSTGRESQL[state]
    text = _one_line(error)
    if text.startswith("Could not decode to UTF-8"):  # sqlite3's own, without a code
        return _NOT_SQLITE
    if state is None and code is None and ("connection" in text or "resolve host" in text):
        # Refused before there is a session to have a state.
        _, _, reason = text.partition("FATAL: ")
        if reason:
            return f"the database refuses: {reason.strip()}; see the setting 'database'"
        return f"the database does not answer ({text}); start it, or see the setting 'database'"
    return text


def _one_line(error: BaseException | None) -> str:
    return " ".join(str(error).split())
