"""Collections of a Zotero library chosen by patterns over their paths."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from broadsheet.sources.answers import text

_DEEPEST = 50


def paths_of(collections: Iterable[object]) -> dict[str, str]:
    """The path of each collection by its key: ``2026/survey/topic``.

    A collection in a circle of parents, or under one that is not there, starts a path itself.
    """
    names: dict[str, tuple[str, str]] = {}
    for one in collections:
        key = text(one, "key") or text(one, "data", "key")
        if key:
            names[key] = text(one, "data", "name"), text(one, "data", "parentCollection")
    return {key: _path(key, names) for key in names}


def _path(key: str, names: dict[str, tuple[str, str]]) -> str:
    parts: list[str] = []
    seen: set[str] = set()
    while key in names and key not in seen and len(parts) < _DEEPEST:
        seen.add(key)
        name, parent = names[key]
        parts.append(name)
        key = parent
    return "/".join(reversed(parts))


def chosen(paths: Iterable[str], include: tuple[str, ...], ignore: tuple[str, ...]) -> bool:
    """Whether an item in collections of these paths is wanted.

    Without ``include`` everything is, also what is in no collection; ``ignore`` has the last
    word. Both work as in zotero-arxiv-daily: one path and one pattern that match are enough.
    """
    known = list(paths)
    if include and not any(matches(path, pattern) for path in known for pattern in include):
        return False
    return not any(matches(path, pattern) for path in known for pattern in ignore)


def matches(path: str, pattern: str) -> bool:
    """Whether a path is of a pattern: ``**`` is any number of levels, ``*`` and ``?`` within one.

    ``2026/survey/**`` is also ``2026/survey`` itself: who names a collection and all below it
    means the papers that lie in it too.
    """
    return _compiled(pattern).fullmatch(path) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    levels = pattern.strip("/").split("/")
    written = ""
    for place, level in enumerate(levels):
        if level == "**":
            # Levels with the slash after each, or, at the end, with the slash before each.
            written += r"(?:[^/]+/)*" if place < len(levels) - 1 else r"(?:/[^/]+)*"
            continue
        written += _level(level)
        last = place == len(levels) - 1 or levels[place + 1 :] == ["**"]
        written += "" if last else "/"
    if levels == ["**"]:
        written = r".*"
    try:
        return re.compile(written, re.DOTALL)
    except re.error:  # [z-a]: no such range, so the brackets mean themselves
        return re.compile(re.escape(pattern))


def _level(level: str) -> str:
    written, place = "", 0
    while place < len(level):
        char = level[place]
        end = level.find("]", place + 2) if char == "[" else -1
        if char == "*":
            written += "[^/]*"
        elif char == "?":
            written += "[^/]"
        elif end > 0:
            inside = level[place + 1 : end]
            negated = inside[:1] == "!"
            inside = re.escape(inside[negated:]).replace(r"\-", "-")
            written += f"[{'^/' if negated else ''}{inside}]"
            place = end
        else:
            written += re.escape(char)
        place += 1
    return written
