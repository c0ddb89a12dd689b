"""Semantic Scholar's bulk search: every paper that has the words, in an order that stands still."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from starlette.exceptions import HTTPException

from broadsheet.catalog import Work, metadata
from broadsheet.web.compat.semantic_scholar_asked import Narrowed
from broadsheet.web.compat.semantic_scholar_syntax import meeting, read
from broadsheet.web.desk import State

PAGE = 1_000
_SORTS = ("paperId:asc", "paperId:desc", "publicationDate:asc", "publicationDate:desc")
_TOKEN = re.compile(r"(\d{0,4}(?:-\d{2}){0,2})>(\d{1,15})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of papers; ``token`` leads to the next, '' at the end."""

    works: tuple[Work, ...]
    total: int
    token: str


def bulk(state: State, query: str, narrowed: Narrowed, sort: str, token: str) -> Page:
    """The papers after a token; raises 400 for an order or a token that there is not."""
    if sort not in _SORTS and sort not in ("paperId", "publicationDate"):
        raise HTTPException(400, f"sort: one of {', '.join(_SORTS)} is wanted")
    after = _read(token) if token else None
    if state.index is None:
        raise HTTPException(503, state.index_problem or "the index is not made yet")
    sought, filters = read(query), narrowed.filters
    if query:
        ids = meeting(state.index, sought, filters).tolist()
    else:
        ids = state.index.newest(filters, max(1, state.index.size)).tolist()
    ordered = _ordered(state, ids, by_date=sort.startswith("publicationDate"))
    if sort.endswith(":desc"):
        ordered.reverse()
    start = 0
    if after is not None:
        backward = sort.endswith(":desc")
        start = sum(1 for key in ordered if (key >= after if backward else key <= after))
    shown = ordered[start : start + PAGE]
    works = state.catalog.get_many([number for _, number in shown]).values()
    more = start + PAGE < len(ordered)
    return Page(
        tuple(work for work in works if narrowed.keeps(work)),
        len(ordered),
        _token(*shown[-1]) if more else "",
    )


def _ordered(state: State, ids: Iterable[int], *, by_date: bool) -> list[tuple[str, int]]:
    if not by_date:
        return [("", number) for number in sorted(ids)]
    works = metadata.tables["works"]
    wanted = set(ids)
    query = select(works.c.published, works.c.announced, works.c.id).where(works.c.alive == 1)
    with state.catalog.database.read() as connection:
        return sorted(
            (published or announced, number)
            for published, announced, number in connection.execute(query)
            if number in wanted
        )


def _token(date: str, number: int) -> str:
    return base64.urlsafe_b64encode(f"{date}>{number}".encode()).decode().rstrip("=")


def _read(token: str) -> tuple[str, int]:
    try:
        told = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        told = ""
    match = _TOKEN.fullmatch(told)
    if match is None:
        raise HTTPException(400, "token: not one of ours; begin without it")
    return match[1], int(match[2])
