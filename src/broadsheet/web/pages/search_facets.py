"""The years, categories, sources and kinds among the results, each a link that narrows to it."""

from __future__ import annotations

from dataclasses import dataclass

from broadsheet.editions import category_name
from broadsheet.search import SearchResult
from broadsheet.web.pages.search_asked import Asked

MOST_VALUES = 8

_KINDS = {"code": "Code", "data": "Data", "model": "Model", "pdf": "PDF", "project": "Project page"}
# Field of the query language -> heading.
_NAMES = {
    "year": "Year",
    "category": "Category",
    "venue": "Appeared at",
    "source": "Source",
    "has": "With a link to",
}
_FIELDS = {"year": "year", "category": "cat", "venue": "venue", "source": "source", "has": "has"}
# What tells something though all of the results, or none but a few, have it.
_ALONE = ("has", "venue")


@dataclass(frozen=True, slots=True)
class Value:
    """One value with the number of papers that have it."""

    name: str
    title: str
    count: str
    url: str


@dataclass(frozen=True, slots=True)
class Facet:
    """A heading with its values."""

    name: str
    values: tuple[Value, ...]


def facet_views(result: SearchResult, asked: Asked, base: str) -> tuple[Facet, ...]:
    """What can be narrowed to. A facet that would change nothing, or that the query already
    names, is left out: its part above the results takes it away."""
    named = {part.kind for part in result.reading.parts}
    found = []
    for kind, counts in result.facets.items():
        already = {"year": "date"}.get(kind, kind) in named
        telling = len(counts) > 1 or kind in _ALONE
        if kind not in _NAMES or already or not telling:
            continue
        values = tuple(
            _value(kind, value, count, asked, base)
            for value, count in list(counts)[:MOST_VALUES]
            if _typed(value, kind)
        )
        if values:
            found.append(Facet(_NAMES[kind], values))
    return tuple(found)


def _value(kind: str, value: str, count: int, asked: Asked, base: str) -> Value:
    name = category_name(value) if kind == "category" else _KINDS.get(value, value)
    shown = value if kind == "category" else name
    said = f'"{value}"' if " " in value else value
    query = f"{asked.query} {_FIELDS[kind]}:{said}".strip()
    title = name if name != shown else ""
    return Value(shown, title, f"{count:,}", asked.asking(query).address(base))


def _typed(value: str, kind: str) -> bool:
    """Whether the query language can say a value: commas join several, and where it is no venue's
    name, which is quoted, it ends at a space."""
    return bool(value) and not any(
        (c.isspace() and kind != "venue") or c in ',"()“”„«»' for c in value
    )
