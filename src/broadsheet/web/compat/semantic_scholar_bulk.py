"""Semantic Scholar's bulk search: every paper that has the words, in an order that stands still.

Words are required, ``|`` is or, ``-`` is not, quotes make a phrase, whose words may be out of
their places by ``~N``; ``*`` ends the beginning of a word. Nested brackets are passed over.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import select
from starlette.exceptions import HTTPException

from broadsheet.catalog import Work, metadata
from broadsheet.index import Clause, WordQuery
from broadsheet.web.compat.semantic_scholar_asked import Narrowed
from broadsheet.web.desk import State

PAGE = 1_000
_MOST_CLAUSES = 100
_SORTS = ("paperId:asc", "paperId:desc", "publicationDate:asc", "publicationDate:desc")
# A word that every paper begins one with takes as long as all of them.
_MOST_PREFIXES, _SHORTEST_PREFIX = 8, 2
_FARTHEST = 100
_PARTS = re.compile(
    r"""(?P<either>\|) | (?P<sign>-?) (?: "(?P<phrase>[^"]+)" (?:\s*~\s*(?P<slop>\d{1,3}))?
    | (?P<word>[^\s"|()]+) )""",
    re.VERBOSE | re.ASCII,
)
_DISTANCE = re.compile(r".*\w~\d*", re.DOTALL)
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
    words = read(query)
    filters, size = narrowed.filters, max(1, state.index.size)
    if query:
        ids = state.index.search_words(words, size, filters).ids.tolist()
    else:
        ids = state.index.newest(filters, size).tolist()
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


def read(query: str) -> WordQuery:
    """A query in their syntax, as the index is asked; raises 400 for what it cannot be asked."""
    clauses: list[Clause] = []
    either, begun = False, 0
    for match in _PARTS.finditer(query):
        if match["either"]:
            either = bool(clauses)
            continue
        clause = _clause(match)
        if clause is None:
            continue
        begun += clause.prefix
        if begun > _MOST_PREFIXES:
            raise HTTPException(400, f"query: up to {_MOST_PREFIXES} words may end in *")
        if match["sign"]:
            clauses.append(replace(clause, occur="must_not"))
        elif either and clauses[-1].occur == "must":
            last = clauses.pop()
            members = last.any_of or (last,)
            clauses.append(Clause(any_of=(*members, clause), occur="must"))
        else:
            clauses.append(replace(clause, occur="must"))
        either = False
        if len(clauses) >= _MOST_CLAUSES:
            break
    return WordQuery(tuple(clauses))


def _clause(match: re.Match[str]) -> Clause | None:
    """A phrase, a word or the beginning of one; None for signs alone."""
    if match["phrase"] is not None:
        slop = min(int(match["slop"] or 0), _FARTHEST)
        return Clause(match["phrase"], phrase=True, slop=slop) if match["phrase"].strip() else None
    word = match["word"].lstrip("+")
    if _DISTANCE.fullmatch(word):
        raise HTTPException(400, f"query: {word[:40]}: words at a distance are not looked for here")
    text = word.rstrip("*")
    if text == word or not text:
        return Clause(text) if text else None
    if len(text) < _SHORTEST_PREFIX:
        raise HTTPException(
            400, f"query: {word[:40]}: {_SHORTEST_PREFIX} letters and more begin a word"
        )
    return Clause(text, prefix=True)


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
