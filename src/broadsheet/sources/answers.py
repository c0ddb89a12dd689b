"""What sources on the network share: answers read as JSON, records made papers, cursors, days."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

import orjson

from broadsheet.sources.arrival import RAW_LIMIT, Arrived, Rejected
from broadsheet.sources.fetching import Answer, FetchError
from broadsheet.sources.records import DateIs, FieldError, paper_from

Fields = Mapping[str, object]
_Item = TypeVar("_Item")

_MOST_DAYS = 40_000


def json_of(answer: Answer) -> object:
    """The JSON of an answer; `FetchError` when it is none (a page of a captive portal, a cut).

    One bad text must not make a page unreadable for ever: bytes that are no UTF-8 are replaced,
    and halves of characters pass, for the record alone to be rejected.
    """
    try:
        return orjson.loads(answer.content)
    except orjson.JSONDecodeError as error:
        strict = error
    try:
        return json.loads(answer.content.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise FetchError(
            f"{where(answer)}: answers with something that is not JSON ({strict.msg} at character "
            f"{strict.pos}); try again later",
            transient=True,
            status=answer.status,
            content=answer.content[:200],
        ) from None


def unusable(answer: Answer, wanted: str) -> FetchError:
    """The error for JSON of another shape than a source documents."""
    return FetchError(
        f"{where(answer)}: answers without {wanted}; its form may have changed, or the address is "
        "of something else",
        transient=False,
        status=answer.status,
        content=answer.content[:200],
    )


def where(answer: Answer) -> str:
    """The address of an answer for a message: without its query, which may hold keys."""
    return answer.url.partition("?")[0][:300]


def text(fields: object, *path: str) -> str:
    """The text at a path of names; '' when anything on the way is missing, null or no text."""
    value = at(fields, *path)
    return value.strip() if isinstance(value, str) else ""


def number(fields: object, *path: str) -> int | None:
    """The whole number at a path, also one written as a text; None when there is none."""
    value = at(fields, *path)
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        return int(value.strip()[:18])
    return value if type(value) is int else None


def at(fields: object, *path: str) -> object:
    """What stands at a path of names; None when anything on the way is missing."""
    for name in path:
        fields = fields.get(name) if isinstance(fields, Mapping) else None
    return fields


def listed(fields: object, *path: str) -> list[object]:
    """The list at a path; empty when there is none."""
    value = at(fields, *path)
    return value if isinstance(value, list) else []


def filled(record: Mapping[str, object]) -> dict[str, object]:
    """A record without what is empty; a count of 0 stays."""
    return {name: value for name, value in record.items() if value or type(value) is int}


def arrival(
    shape: Callable[[Fields], Fields],
    raw: object,
    place: int,
    source: str,
    date_is: DateIs = "published",
) -> Arrived | Rejected:
    """The paper of one object of an answer; what cannot be one is `Rejected` with the reason.

    ``shape`` makes it a record of our form and may raise `FieldError`; ``place`` counts the
    objects of an answer from 1.
    """
    try:
        if not isinstance(raw, Mapping):
            raise FieldError("is not an object")
        return Arrived(paper_from(filled(shape(raw)), source, date_is), place)
    except FieldError as error:
        return Rejected(place, str(error), _raw(raw))


def _raw(value: object) -> bytes:
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)[:RAW_LIMIT]
    except (TypeError, RecursionError):
        return repr(value).encode("utf-8", "replace")[:RAW_LIMIT]


def to_cursor(**state: object) -> str:
    """A place in a sync as text."""
    return json.dumps(state, separators=(",", ":"))


def from_cursor(cursor: str) -> dict[str, object]:
    """The place a cursor names; {} (the beginning) for '' and for one of another release.

    Beginning again stores nothing twice: papers are told apart by what they say.
    """
    if not cursor:
        return {}
    try:
        state = json.loads(cursor)
    except ValueError:
        return {}
    return state if isinstance(state, dict) else {}


def whole_batch(
    walk: Callable[[], tuple[Sequence[_Item], int | None]],
    key: Callable[[_Item], object],
    passes: int = 3,
) -> list[_Item]:
    """The items of a batch that may change while it is paged, each once, newest say wins.

    ``walk`` pages through the batch and returns its items and the count the source states
    (None: none). What comes in or goes up while pages are turned pushes items from one page to
    another: an item seen twice, another never. So a batch is walked again until a walk brings
    nothing new, unless one walk alone gave as many different items as the source says there are.
    """
    found: dict[object, _Item] = {}
    for _ in range(passes):
        before = len(found)
        items, total = walk()
        fresh = {key(item): item for item in items}
        found.update(fresh)
        if len(fresh) == total or (before and len(found) == before):
            break
    return list(found.values())


def today() -> date:
    """The day in UTC."""
    return datetime.now(UTC).date()


def days(since: str, until: str, latest: date, default: int) -> Iterator[str]:
    """The ISO days from ``since`` to ``until``, both included, none after ``latest``.

    Without ``since``: the last ``default`` days. `FetchError` for what is no day.
    """
    last = min(day_of(until), latest) if until else latest
    first = day_of(since) if since else last - timedelta(days=default - 1)
    for step in range(min((last - first).days + 1, _MOST_DAYS)):
        yield (first + timedelta(days=step)).isoformat()


def day_of(text_: str) -> date:
    """An ISO day; `FetchError` for anything else."""
    try:
        return date.fromisoformat(text_[:10])
    except ValueError:
        raise FetchError(
            f"{text_[:40]!r} is no day; give it as 2026-08-21", transient=False
        ) from None


def moment_of(milliseconds: object) -> str:
    """The ISO day (UTC) of milliseconds since 1970; '' for anything else."""
    if type(milliseconds) not in (int, float):
        return ""
    try:
        return datetime.fromtimestamp(float(str(milliseconds)) / 1000, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return ""
