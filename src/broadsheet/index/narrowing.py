"""Filters by their values: a name for them, and what they narrow a search by vectors to."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import fields, replace
from typing import Any

import numpy as np

from broadsheet.index.contract import Filters


def filters_key(filters: Filters) -> Hashable:
    """A name for all that filters say: the same for the same values."""
    return tuple(_value_key(getattr(filters, field.name)) for field in fields(filters))


def _value_key(value: Any) -> Hashable:
    if isinstance(value, Filters):
        return filters_key(value)
    if isinstance(value, tuple):
        return tuple(map(_value_key, value))
    key: Hashable = value.tobytes() if isinstance(value, np.ndarray) else value
    return key


def narrowing(filters: Filters | None) -> Filters | None:
    """The filters without ``without``; None when nothing is left that narrows."""
    if filters is None:
        return None
    left = replace(filters, without=None)
    return None if filters_key(left) == filters_key(Filters()) else left
