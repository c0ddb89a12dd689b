"""What filters narrow a search by vectors to."""

from __future__ import annotations

from dataclasses import replace

from broadsheet.index.contract import Filters


def filters_key(filters: Filters) -> object:
    """A name for what the filters let through, ``without`` aside."""
    return (
        filters.first_day,
        filters.last_day,
        filters.announced_first,
        filters.announced_last,
        filters.categories,
        filters.authors,
        filters.sources,
        filters.has,
        None if filters.only is None else filters.only.tobytes(),
        tuple(tuple(filters_key(member) for member in group) for group in filters.one_of),
        tuple(filters_key(member) for member in filters.none_of),
        filters.unmet,
    )


def narrowing(filters: Filters | None) -> Filters | None:
    """The filters without ``without``; None when nothing is left that narrows."""
    if filters is None:
        return None
    if filters_key(filters) == filters_key(Filters()):
        return None
    return replace(filters, without=None)
