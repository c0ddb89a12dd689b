"""Which copies go once newer ones stand: those that upgrades left, and archives where one asks.

Only files of the very names that this program gives are looked at. What `restore` put aside, and
whatever somebody named or moved here by hand, is never removed.
"""

from __future__ import annotations

import re
from pathlib import Path

_STAMP = r"(?P<stamp>\d{8}-\d{6}-\d{6})"
_ARCHIVE = re.compile(rf"broadsheet-{_STAMP}\.tar\.zst")
_UPGRADE = re.compile(rf"catalog-(?P<schema>\w+)-{_STAMP}\.sqlite3")
# Schemas of which a copy stays: the way back to the versions that had them.
_SCHEMAS = 3


def older_archives(folder: Path, keep: int, made: Path, now: str) -> list[Path]:
    """The archives named by their time that go, so that ``keep`` stay, ``made`` among them.

    ``now`` is the stamp of this moment: what is named by a later one was made under a clock that
    was ahead, and counts as the oldest. Raises OSError.
    """
    return _newest_first(_named(folder, _ARCHIVE, made), now)[keep - 1 :]


def older_copies(folder: Path, made: Path, now: str) -> list[Path]:
    """The copies of upgrades that go once ``made`` stands: all but one of each of three schemas.

    ``now`` as in `older_archives`. Raises OSError.
    """
    found = _named(folder, _UPGRADE, made)
    own = _UPGRADE.fullmatch(made.name)
    schemas = {own["schema"]} if own else set()
    spare = []
    for path in _newest_first(found, now):
        schema = found[path]["schema"]
        if schema in schemas or len(schemas) >= _SCHEMAS:
            spare.append(path)
        schemas.add(schema)
    return spare


def _named(folder: Path, name: re.Pattern[str], made: Path) -> dict[Path, re.Match[str]]:
    """The files of a folder that have such a name, but for the one just ``made``."""
    return {
        path: match
        for path in folder.iterdir()
        if path != made and path.is_file() and (match := name.fullmatch(path.name))
    }


def _newest_first(found: dict[Path, re.Match[str]], now: str) -> list[Path]:
    stamps = {path: match["stamp"] for path, match in found.items()}
    return sorted(stamps, key=lambda path: (stamps[path] <= now, stamps[path]), reverse=True)
