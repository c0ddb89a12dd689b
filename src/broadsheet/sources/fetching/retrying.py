"""How long to wait before asking again."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

RETRIED = frozenset((408, 425, 429, 500, 502, 503, 504))
"""Statuses after which the same request may succeed."""
_LONGEST_BACKOFF = 120.0


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that ``Retry-After`` asks for: as such or as a date; None without a usable one.

    A date is compared with the host's own ``Date`` where it has one: clocks differ.
    """
    asked = headers.get("retry-after", "").strip()
    if not asked:
        return None
    if asked.isascii() and asked.isdigit():
        return float(asked[:9])
    moment = _moment(asked)
    if moment is None:
        return None
    return max(0.0, moment - (_moment(headers.get("date", "")) or now))


def backoff(attempt: int, base: float) -> float:
    """Seconds before attempt ``attempt + 1``: doubled each time, a random half of it taken off.

    Without chance, all who were refused together would come back together.
    """
    longest = min(base * 2.0**attempt, _LONGEST_BACKOFF)
    return longest * (0.5 + 0.5 * random.random())  # noqa: S311 - no secret


def _moment(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
