"""What the foreign protocols have in common: parameters, addresses, dates, JSON."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request

from broadsheet.papers import first_day
from broadsheet.search import Searcher
from broadsheet.web.desk import State
from broadsheet.web.params import tidy
from broadsheet.web.reply import JSON, Body

_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def number(request: Request, name: str, default: int, first: int, last: int) -> int:
    """A parameter as a whole number between bounds; 400 for any other."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if not _NUMBER.fullmatch(text) or not first <= int(text) <= last:
        raise HTTPException(400, f"{name}: a whole number from {first} to {last} is wanted")
    return int(text)


def text(request: Request, name: str, most: int) -> str:
    """A parameter on one line, '' where it is missing; 400 for one that is too long."""
    found = tidy(request.query_params.get(name, "")).strip()
    if len(found) > most:
        raise HTTPException(400, f"{name}: {len(found):,} characters; it takes up to {most:,}")
    return found


def choice(request: Request, name: str, known: Collection[str], default: str) -> str:
    """A parameter that is one of some words; 400 for any other."""
    found = request.query_params.get(name)
    if found is None:
        return default
    if found not in known:
        raise HTTPException(400, f"{name}: one of {', '.join(known)} is wanted")
    return found


async def sent(request: Request) -> dict[str, object]:
    """The JSON object in a request's body; 400 for anything else."""
    try:
        found = orjson.loads(await request.body() or b"{}")
    except orjson.JSONDecodeError as error:
        raise HTTPException(400, f"The body is not JSON: {error.msg}.") from error
    if not isinstance(found, dict):
        raise HTTPException(400, "The body is not a JSON object.")
    return found


def said(given: dict[str, object], name: str, most: int = 2000) -> str:
    """A field of a body as text, '' where it is missing or null; 400 for any other kind."""
    value = given.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > most:
        raise HTTPException(400, f"{name}: text of up to {most:,} characters is wanted")
    return value


def names(given: dict[str, object], name: str, most: int) -> list[str]:
    """A field of a body as a list of ids, empty where it is missing; 400 for any other kind."""
    value = given.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise HTTPException(400, f"{name}: a list of ids is wanted")
    if len(value) > most:
        raise HTTPException(400, f"{name}: {len(value):,} ids; it takes up to {most:,}")
    return value


def here(request: Request, **changed: object) -> str:
    """The address that was asked for with some of its parameters changed.

    By the name it was asked under, which is the one its asker reaches.
    """
    return str(request.url.include_query_params(**changed))


def json_body(content: object, headers: dict[str, str] | None = None) -> Body:
    """JSON; what a record holds of half characters is replaced."""
    return Body(_dumped(content), JSON, headers=headers or {})


def _dumped(content: object) -> bytes:
    try:
        return orjson.dumps(content)
    except TypeError:
        return orjson.dumps(_whole(content))


def _whole(value: object) -> object:
    """The value in what JSON can say: half characters replaced, numbers of any size as text."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {str(_whole(str(key))): _whole(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_whole(one) for one in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    return value


def moment(iso: str) -> str | None:
    """A date of any precision as the first moment it can mean: ``2026-08-20T00:00:00.000Z``.

    Times are kept to the second. None for what is no date.
    """
    if len(iso) >= 19 and iso[10] == "T":
        return f"{iso[:19]}.000Z"
    try:
        day = first_day(iso)
    except ValueError:
        return None
    return f"{day.isoformat()}T00:00:00.000Z" if day else None


def is_day(iso: str) -> bool:
    """Whether this is a day that the calendar has."""
    if not _DAY.fullmatch(iso):
        return False
    try:
        date.fromisoformat(iso)
    except ValueError:
        return False
    return True


def searcher_of(state: State) -> Searcher:
    """The searcher; 503 while there is no index."""
    if state.searcher is None:
        raise HTTPException(503, state.index_problem or "the index is not made yet")
    return state.searcher


def page_of(found: Sequence[int], offset: int, limit: int) -> tuple[list[int], bool]:
    """A page of a list, and whether more follow."""
    return list(found[offset : offset + limit]), len(found) > offset + limit
