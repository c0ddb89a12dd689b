"""Records as JSON, one object a line; plain, gzip or Zstandard."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import orjson

from broadsheet.sources.arrival import RAW_LIMIT, Arrived, Rejected, SourceError
from broadsheet.sources.records import DateIs, FieldError, paper_from
from broadsheet.sources.streams import (
    LONGEST_LINE,
    BrokenStreamError,
    broken_after,
    lines,
    open_file,
)

Shape = Callable[[Mapping[str, object]], Mapping[str, object]]


def _as_it_is(row: Mapping[str, object]) -> Mapping[str, object]:
    return row


def read_jsonl(
    path: Path,
    source: str,
    date_is: DateIs = "announced",
    start_line: int = 0,
    shape: Shape = _as_it_is,
) -> Iterator[Arrived | Rejected]:
    """The papers of a file in order, in constant memory; bad lines among them as `Rejected`.

    The first ``start_line`` lines are passed over unread. Blank lines are no records. Where
    the file cannot be read to its end (a packed one is cut off or damaged), all whole lines
    before come first, then `BrokenStreamError`. ``shape`` makes a line's object a record of our
    form.
    """
    number = 0
    with open_file(path) as file:
        try:
            for number, raw, complete in lines(file):
                if number <= start_line or raw.isspace() or not raw:
                    continue
                if complete:
                    yield _record(number, raw, source, date_is, shape)
                else:
                    reason = f"the line is longer than {LONGEST_LINE >> 20} MiB"
                    yield Rejected(number, reason, raw[:RAW_LIMIT])
        except BrokenStreamError as error:
            raise broken_after(error, number) from error


def _record(
    number: int, raw: bytes, source: str, date_is: DateIs, shape: Shape
) -> Arrived | Rejected:
    try:
        record = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        return Rejected(number, _why_not_json(raw, error), raw[:RAW_LIMIT])
    if type(record) is not dict:
        return Rejected(number, "is JSON but not an object", raw[:RAW_LIMIT])
    try:
        return Arrived(paper_from(shape(record), source, date_is), number)
    except FieldError as error:
        return Rejected(number, str(error), raw[:RAW_LIMIT])


def _why_not_json(raw: bytes, error: orjson.JSONDecodeError) -> str:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as problem:
        return (
            f"is not UTF-8: byte {problem.start} of the line is 0x{raw[problem.start]:02x};"
            " save the file as UTF-8"
        )
    if b"\0" in raw:
        return f"holds a NUL byte at byte {raw.index(0)} of the line"
    return f"is not JSON: {error.msg} at character {error.pos}"


def check_start(path: Path, start: bytes) -> None:
    """`SourceError` for a file whose first bytes cannot be JSON lines."""
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] == b"[":
        raise SourceError(
            f"{path}: is one JSON array; one object a line is wanted (jq -c '.[]' makes that)"
        )
    if start[:1] == b"{" and start[1:].lstrip(b" \t\r")[:1] == b"\n":
        raise SourceError(
            f"{path}: has JSON over several lines; one object a line is wanted (jq -c . makes that)"
        )
