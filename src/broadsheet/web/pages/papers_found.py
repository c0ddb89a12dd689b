"""What a name in an address means: works, and the export that its suffix asks for."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.exceptions import HTTPException

from broadsheet.catalog import Work
from broadsheet.web.citing import EXPORTS
from broadsheet.web.desk import State

_LONGEST_ID = 2000


@dataclass(frozen=True, slots=True)
class Found:
    """The works a name means, and the export its suffix asks for ('' for the page)."""

    works: list[Work]
    suffix: str = ""


def find(state: State, name: str, suffix: str = "") -> Found:
    """The works of a name, with or without the suffix of an export. Never raises."""
    if 0 < len(name) <= _LONGEST_ID:
        ids = state.catalog.resolve(name)
        if ids:
            works = state.catalog.get_many(ids)
            kept = [works[i] for i in ids if i in works and not works[i].deleted]
            return Found(kept, suffix)
        stem, dot, ending = name.rpartition(".")
        if not suffix and stem and dot + ending in EXPORTS:
            return find(state, stem, dot + ending)
    return Found([])


def one(found: Found) -> Work:
    """The only work of a name; an HTTP error where there is none."""
    if not found.works:
        raise HTTPException(404)
    return found.works[0]


__all__ = ["EXPORTS", "Found", "find", "one"]
