"""Parameters of a request, read leniently for pages and strictly for programs."""

from __future__ import annotations

import re

from starlette.exceptions import HTTPException
from starlette.requests import Request

# Longer than any sentence someone means to search for; the rest is cut, and the page says so.
LONGEST_QUERY = 2000
# Longer than any address of ours: refused before anything is made of it.
LONGEST_ADDRESS = 32_000
LAST_OFFSET = 1000
PAGE = 20

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


def tidy(text: str) -> str:
    """Text on one line: control characters and half characters become a space."""
    return _CONTROL.sub(" ", text)


def query_text(text: str) -> tuple[str, bool]:
    """A query without control characters and half characters; whether it was cut."""
    clean = tidy(text).strip()
    return clean[:LONGEST_QUERY].rstrip(), len(clean) > LONGEST_QUERY


def whole_number(request: Request, name: str, default: int, first: int, last: int) -> int:
    """A parameter of a page as a number between bounds; what is none counts as the default."""
    text = request.query_params.get(name, "")
    if not re.fullmatch(r"[+-]?\d{1,12}", text, re.ASCII):
        return default
    return min(max(int(text), first), last)


def asked_number(request: Request, name: str, default: int, first: int, last: int) -> int:
    """A parameter of a file that programs fetch: 400 for what is no number from ``first`` on, as
    nobody looks at such a file and finds it to be another one; more than ``last`` is ``last``."""
    text = request.query_params.get(name, "")
    if not text:
        return default
    if not re.fullmatch(r"\d{1,12}", text, re.ASCII) or int(text) < first:
        told = f"“{tidy(text)[:40]}” is not a whole number from {first} on"
        raise HTTPException(400, f"{name}: {told}.")
    return min(int(text), last)
