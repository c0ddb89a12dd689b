"""XML asked from another host, asked again while it comes broken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from broadsheet.sources.fetching.client import Client
from broadsheet.sources.fetching.errors import FetchError
from broadsheet.sources.fetching.values import Answer
from broadsheet.sources.fetching.xml import Broken, XmlError, parse_records

_TRIES = 3


@dataclass(frozen=True, slots=True)
class Document:
    """A document, the records of it that could not be parsed, and how it came."""

    root: ET.Element
    broken: tuple[Broken, ...]
    answer: Answer

    def records(self, tag: str) -> Iterator[tuple[int, ET.Element | Broken]]:
        """The records in their order, each with its place (from 1): elements of a ``tag`` (with
        its namespace), and those that could not be parsed."""
        broken = {one.place: one for one in self.broken}
        place = 1
        for element in self.root.iter(tag):
            while place in broken:
                yield place, broken.pop(place)
                place += 1
            yield place, element
            place += 1
        yield from sorted(broken.items())


def ask_document(
    client: Client,
    url: str,
    params: Mapping[str, str],
    record: str,
    *,
    interval: float | None = None,
    accept: str = "application/xml",
    remember: bool = False,
) -> Document:
    """The XML at an address, whose records are elements of the (unprefixed) tag ``record``.

    What comes broken is asked for again, twice: most often it was cut off or made in haste.
    Records that are broken still are given apart. Raises `FetchError` when there is no whole
    document around them.
    """
    reason = ""
    document: Document | None = None
    for _ in range(_TRIES):
        answer = client.get(url, params, interval=interval, accept=accept, remember=remember)
        try:
            root, broken = parse_records(answer.content, record)
        except XmlError as error:
            reason = str(error)
        else:
            document = Document(root, tuple(broken), answer)
            if not broken:
                return document
        client.forget(url, params, accept)
    if document is not None:
        return document
    raise FetchError(
        f"{url}: the answer {reason}; it was asked for {_TRIES} times: try again later",
        transient=True,
        status=answer.status,
    )
