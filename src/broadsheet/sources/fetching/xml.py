"""XML from other hosts: no document type, so no entities and nothing outside; bounded in depth.

The parser is the standard library's expat with a tree built by hand: it needs no package, tells
of a document type before anything in it is read, and gives what stood whole before a break.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET
from xml.parsers import expat

_DEEPEST = 64
_MOST_ELEMENTS = 2_000_000
# Characters XML 1.0 cannot hold, which old metadata now and then does.
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_CONTROL_REFERENCE = re.compile(
    rb"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|x0*(?:[0-8bcefBCEF]|1[\da-fA-F]));"
)
_OPENING = re.compile(rb"<([A-Za-z_][\w:.-]*)(?:\s[^<>]*)?>")


class XmlError(ValueError):
    """Bytes that are not XML that is read here; the message says why."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A part of a document that cannot be parsed: its bytes, why, and its place among the
    records that can be and those that cannot (from 1)."""

    raw: bytes
    reason: str
    place: int


def parse_xml(content: bytes) -> ET.Element:
    """The root of a document, names in ElementTree's ``{namespace}name``; `XmlError` if broken."""
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.tree.data
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(content, True)
        return builder.tree.close()
    except (expat.ExpatError, AssertionError, LookupError, ValueError) as error:
        raise XmlError(f"is not whole XML: {error}") from None


def _refuse_doctype(*_: object) -> None:
    raise XmlError("declares a document type, which could name entities: not read")


class _Builder:
    """Takes expat's events; counts what a hostile document could grow."""

    def __init__(self) -> None:
        self.tree = ET.TreeBuilder()
        self._depth = self._elements = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > _DEEPEST or self._elements > _MOST_ELEMENTS:
            raise XmlError("is nested too deep or has too many elements")
        self.tree.start(_full(name), {_full(key): value for key, value in attributes.items()})

    def end(self, name: str) -> None:
        self._depth -= 1
        self.tree.end(_full(name))


def _full(name: str) -> str:
    return "{" + name if "}" in name else name


def parse_records(content: bytes, tag: str) -> tuple[ET.Element, list[Broken]]:
    """A document's root, without the elements of a tag that cannot be parsed, and those.

    Control characters that XML cannot hold are taken out first. When the document is broken
    still, each element of the (unprefixed) tag is tried alone, so that one bad record does not
    cost a page. Raises `XmlError` when what is left is no XML either, as in a body cut off.
    """
    try:
        return parse_xml(content), []
    except XmlError as error:
        if "document type" in str(error):
            raise
    content = _CONTROL_REFERENCE.sub(b"", _CONTROLS.sub(b"", content))
    content = content.decode("utf-8", "replace").encode()
    kept: list[bytes] = []
    broken: list[Broken] = []
    end = 0
    head = (b"", b"")
    for place, (start, stop) in enumerate(_slices(content, tag.encode()), start=1):
        head = head if end else _around(content[:start])
        kept.append(content[end:start])
        record, end = content[start:stop], stop
        try:
            parse_xml(head[0] + record + head[1])
        except XmlError as error:
            broken.append(Broken(record, str(error), place))
        else:
            kept.append(record)
    return parse_xml(b"".join((*kept, content[end:]))), broken


def _slices(content: bytes, tag: bytes) -> Iterator[tuple[int, int]]:
    """Where each element of a tag begins and ends, by its tags alone, in one pass."""
    closing = b"</" + tag + b">"
    end = 0
    while (start := content.find(b"<" + tag, end)) >= 0:
        if content[start + 1 + len(tag) : start + 2 + len(tag)] not in (b">", b" ", b"\n", b"\t"):
            end = start + 1
            continue
        stop = content.find(closing, start)
        if stop < 0:
            return
        end = stop + len(closing)
        yield start, end


def _around(before: bytes) -> tuple[bytes, bytes]:
    """The root's opening tag, for the namespaces it declares, and its closing tag."""
    opening = _OPENING.search(before)
    if opening is None:
        return b"<x>", b"</x>"
    return opening[0], b"</" + opening[1] + b">"


def text_of(element: ET.Element | None, path: str, spaces: dict[str, str] | None = None) -> str:
    """The text of a child on one line, '' where it is missing."""
    found = element.find(path, spaces) if element is not None else None
    return " ".join("".join(found.itertext()).split()) if found is not None else ""
