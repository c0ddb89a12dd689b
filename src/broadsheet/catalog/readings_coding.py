"""A reading as bytes: places as differences in variable-length numbers, about 90 a paper.

Seven bits a byte, the lowest first, the eighth says that more follow (LEB128). Terms are
numbers of the table `terms`; what a paper prints otherwise than the table is kept beside them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args
from urllib.parse import urlsplit

from broadsheet.text import (
    ROLES,
    Acronym,
    FoundLink,
    Keyword,
    LinkKind,
    Reading,
    Role,
    Sentence,
    Span,
)

Term = tuple[str, str]  # key and printed text

_ROLES: tuple[Role, ...] = ("", *ROLES)
_KINDS: tuple[LinkKind, ...] = get_args(LinkKind)
_SURE = 31
_WEIGHT = 255


def pack(reading: Reading, numbers: Mapping[str, int], texts: Mapping[int, str]) -> bytes:
    """Bytes of a reading; ``numbers`` of term keys, ``texts`` of those numbers."""
    out = bytearray()
    _number(out, len(reading.keywords))
    for keyword in reading.keywords:
        number = numbers[keyword.key]
        _number(out, number)
        out.append(min(_WEIGHT, max(0, round(keyword.weight * _WEIGHT))))
        _text(out, "" if texts[number] == keyword.text else keyword.text)
    _number(out, len(reading.sentences))
    at = 0
    for sentence in reading.sentences:
        _number(out, sentence.start - at)
        _number(out, sentence.end - sentence.start)
        out.append(_ROLES.index(sentence.role) << 5 | round(sentence.sure * _SURE))
        at = sentence.end
    for span in (reading.problem, reading.idea, reading.result, reading.summary):
        _span(out, span)
    _number(out, len(reading.denied))
    for span in reading.denied:
        _span(out, span)
    _number(out, len(reading.acronyms))
    for acronym in reading.acronyms:
        _text(out, acronym.short)
        _text(out, acronym.long)
        _number(out, acronym.start + 1)
        _number(out, max(0, acronym.end - acronym.start))
    _number(out, len(reading.links))
    for link in reading.links:
        out.append(_KINDS.index(link.kind))
        _text(out, link.url)
    return bytes(out)


def term_numbers(data: bytes) -> list[int]:
    """The terms of a packed reading, without the rest."""
    source = _Source(data)
    numbers = []
    for _ in range(source.number()):
        numbers.append(source.number())
        source.byte()
        source.text()
    return numbers


def unpack(data: bytes, terms: Mapping[int, Term]) -> Reading:
    """The reading again, with its probabilities and weights to about a hundredth."""
    source = _Source(data)
    keywords = []
    for _ in range(source.number()):
        key, printed = terms[source.number()]
        weight = source.byte() / _WEIGHT
        keywords.append(Keyword(source.text() or printed, key, weight))
    sentences = []
    at = 0
    for _ in range(source.number()):
        start = at + source.number()
        at = start + source.number()
        packed = source.byte()
        sentences.append(Sentence(start, at, _ROLES[packed >> 5], (packed & _SURE) / _SURE))
    problem, idea, result, summary = (source.span() for _ in range(4))
    return Reading(
        tuple(sentences),
        problem,
        idea,
        result,
        summary,
        tuple(keywords),
        denied=tuple(filter(None, [source.span() for _ in range(source.number())])),
        acronyms=tuple(source.acronym() for _ in range(source.number())),
        links=tuple(source.link() for _ in range(source.number())),
    )


def keys(readings: Sequence[Reading]) -> dict[str, str]:
    """The term keys of readings, each with the text it was first printed as."""
    found: dict[str, str] = {}
    for reading in readings:
        for keyword in reading.keywords:
            found.setdefault(keyword.key, keyword.text)
    return found


def _number(out: bytearray, value: int) -> None:
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)


def _text(out: bytearray, text: str) -> None:
    data = text.encode("utf-8", "replace")
    _number(out, len(data))
    out += data


def _span(out: bytearray, span: Span | None) -> None:
    _number(out, span.start + 1 if span else 0)
    if span:
        _number(out, span.end - span.start)


class _Source:
    """Reads what the functions above wrote, in the same order."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def number(self) -> int:
        value = shift = 0
        while (byte := self.byte()) > 127:
            value |= (byte & 127) << shift
            shift += 7
        return value | byte << shift

    def text(self) -> str:
        length = self.number()
        self._at += length
        return self._data[self._at - length : self._at].decode()

    def span(self) -> Span | None:
        start = self.number() - 1
        return Span(start, start + self.number()) if start >= 0 else None

    def acronym(self) -> Acronym:
        short, long, start = self.text(), self.text(), self.number() - 1
        return Acronym(short, long, start, start + self.number())

    def link(self) -> FoundLink:
        kind, url = _KINDS[self.byte()], self.text()
        return FoundLink(kind, url, urlsplit(url).hostname or "")
