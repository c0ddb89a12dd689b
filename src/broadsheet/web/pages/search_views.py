"""What the templates of the search page show."""

from __future__ import annotations

from dataclasses import dataclass

from broadsheet.web.views import Item


@dataclass(frozen=True, slots=True)
class PartView:
    """One understood part of the query; ``without`` is the search that lacks it, '' for none."""

    kind: str
    text: str
    without: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A way to look at the results; the one in use has no address."""

    name: str
    url: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class HitView:
    """A result, and where one can go from it."""

    rank: int
    item: Item
    lacks: str
    likely: str
    why: str
    more: str
    less: str
    note: str
    tags: tuple[str, ...]
    noted: bool
