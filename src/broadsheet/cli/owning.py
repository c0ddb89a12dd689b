"""Whose home it is: what root writes into the home of a service, the service cannot read."""

from __future__ import annotations

import os
import pwd
import shlex
from pathlib import Path

from broadsheet.settings import Settings

_ROOT = 0


def root_among_strangers(settings: Settings) -> str:
    """What to do where root acts on the home of another user, in one line; '' where nobody would
    be locked out: also where all there is was root's before."""
    if os.geteuid() != _ROOT:
        return ""
    owner = _owner(settings.home)
    if owner in (None, _ROOT) or _owner(settings.catalog_path) == _ROOT:
        return ""
    return (
        f"{settings.home} belongs to {_name(owner)}, who could not use what root writes there; "
        f"run it as that user: sudo -u {shlex.quote(_sudo(owner))} broadsheet …"
    )


def strange_catalog(settings: Settings) -> tuple[str, str]:
    """Where the catalog is another user's than the home: what is wrong and what to do; empty
    where it is not."""
    home, catalog = _owner(settings.home), _owner(settings.catalog_path)
    if home is None or catalog is None or home == catalog:
        return "", ""
    seen = f"belongs to {_name(home)}, but its {settings.catalog_path.name} to {_name(catalog)}"
    return (
        seen,
        f"chown -R {shlex.quote(_sudo(home).lstrip('#'))} {shlex.quote(str(settings.home))}",
    )


def _owner(path: Path) -> int | None:
    try:
        return path.stat().st_uid
    except OSError:
        return None


def _name(uid: int) -> str:
    try:
        return f"user '{pwd.getpwuid(uid).pw_name}'"
    except KeyError:
        return f"user {uid}"


def _sudo(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"#{uid}"
