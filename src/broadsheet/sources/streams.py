"""Bytes of a plain, gzip or Zstandard file in constant memory, as chunks and as lines."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

import zstandard

from broadsheet.sources.arrival import RAW_LIMIT, SourceError

LONGEST_LINE = 64 << 20

_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_GZIP_MAGIC = b"\x1f\x8b"
# RFC 8878, 3.1.2: pzstd begins each of its frames with one, a seekable file ends in one.
_SKIPPABLE_MAGICS = tuple(bytes((0x50 + kind, 0x2A, 0x4D, 0x18)) for kind in range(16))
_BOM = b"\xef\xbb\xbf"
_READ_AHEAD = 1 << 20
_PLAIN_CHUNK = 1 << 18
# Four bytes of Zstandard can stand for 128 KiB: small helpings keep a bomb's burst to 32 MiB.
_PACKED_CHUNK = 1 << 10
# With a larger window a Zstandard file could ask for gigabytes.
_LARGEST_WINDOW = 1 << 27


class BrokenStreamError(SourceError):
    """The file ends early or is damaged; everything before was good."""


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


def broken_after(error: BrokenStreamError, line: int) -> BrokenStreamError:
    """The same error, with the last line that was read before it."""
    return BrokenStreamError(f"{error}; nothing after line {line:,} could be read")


def open_file(path: Path) -> BinaryIO:
    """Opens a file to be read; `SourceError` for a folder, a missing or a forbidden file."""
    if path.is_dir():
        raise SourceError(f"{path}: is a folder; name the files in it")
    try:
        return path.open("rb", buffering=_READ_AHEAD)
    except FileNotFoundError:
        raise SourceError(f"{path}: no such file") from None
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from error


def head(path: Path, size: int = 1 << 16) -> bytes:
    """The first decompressed bytes, at most ``size``; what a damaged start still gives."""
    with open_file(path) as file:
        beginning = b""
        try:
            for chunk in chunks(file):
                beginning += chunk
                if len(beginning) >= size:
                    break
        except BrokenStreamError:
            if not beginning:
                raise
        return beginning[:size]


def chunks(file: BinaryIO) -> Iterator[bytes]:
    """The decompressed content in pieces; `BrokenStreamError` where it is damaged or cut off."""
    try:
        start = file.read(4)
        if start == _ZSTD_MAGIC or start in _SKIPPABLE_MAGICS:
            yield from _unpacked(_Packed(file, start), "Zstandard")
        elif start[:2] == _GZIP_MAGIC:
            yield from _unpacked(_Packed(file, start), "gzip")
        else:
            yield start
            while chunk := file.read(_PLAIN_CHUNK):
                yield chunk
    except OSError as error:
        raise BrokenStreamError(f"reading failed: {error.strerror}") from error


class _Packed:
    """The bytes of a packed file that are not unpacked yet, and where they stand in it."""

    def __init__(self, file: BinaryIO, start: bytes) -> None:
        self._file = file
        self.data = start
        self._read = len(start)

    @property
    def position(self) -> int:
        """The place in the file of the first byte of ``data``."""
        return self._read - len(self.data)

    def more(self) -> bool:
        """Reads on; whether there was anything left."""
        chunk = self._file.read(_PACKED_CHUNK)
        self._read += len(chunk)
        self.data += chunk
        return bool(chunk)

    def holds(self, size: int) -> bool:
        """Whether the file has so many bytes from here on; they are in ``data`` then."""
        while len(self.data) < size and self.more():
            pass
        return len(self.data) >= size

    def skip(self, size: int) -> bool:
        """Passes over so many bytes; whether the file has them all."""
        while size > len(self.data):
            size -= len(self.data)
            self.data = b""
            if not self.more():
                return False
        self.data = self.data[size:]
        return True


def _decompressor(kind: str) -> _Decompressor:
    if kind == "gzip":
        return zlib.decompressobj(wbits=31)
    return zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW).decompressobj()


def _unpacked(packed: _Packed, kind: str) -> Iterator[bytes]:
    magic = _ZSTD_MAGIC if kind == "Zstandard" else _GZIP_MAGIC
    while _has_stream(packed, kind):  # files may hold several streams one after the other
        if not (packed.data.startswith(magic) or magic.startswith(packed.data)):
            raise BrokenStreamError(
                f"bytes that are not {kind} after byte {packed.position} of the file"
            )
        yield from _stream(packed, kind)


def _has_stream(packed: _Packed, kind: str) -> bool:
    """Passes over what may stand between streams; whether anything follows."""
    if kind == "gzip":
        while packed.holds(1) and packed.data[0] == 0:  # tapes pad with zeros
            packed.data = packed.data.lstrip(b"\0")
    else:
        while packed.holds(4) and packed.data[:4] in _SKIPPABLE_MAGICS:
            header = packed.holds(8)
            if not (header and packed.skip(8 + int.from_bytes(packed.data[4:8], "little"))):
                raise _cut_off(packed, kind)
    return packed.holds(1)


def _stream(packed: _Packed, kind: str) -> Iterator[bytes]:
    unpack = _decompressor(kind)
    try:
        while not unpack.eof:
            if not packed.data and not packed.more():
                raise _cut_off(packed, kind)
            data, packed.data = packed.data, b""
            content = unpack.decompress(data)
            if content:
                yield content
        packed.data = unpack.unused_data
    except (zstandard.ZstdError, zlib.error) as error:
        raise BrokenStreamError(
            f"the {kind} stream is damaged near byte {packed.position} of the file: {error}"
        ) from error


def _cut_off(packed: _Packed, kind: str) -> BrokenStreamError:
    return BrokenStreamError(f"the {kind} stream is cut off at byte {packed.position} of the file")


def lines(file: BinaryIO) -> Iterator[tuple[int, bytes, bool]]:
    """(line number from 1, bytes without the newline, complete) in constant memory.

    A line longer than 64 MiB is not complete: only its first bytes are given. Raises
    `BrokenStreamError` after the last good line.
    """
    number = 1
    pieces: list[bytes] = []
    size = 0
    broken: BrokenStreamError | None = None
    try:
        for chunk in chunks(file):
            parts = chunk.split(b"\n")
            if len(parts) > 1:
                first = b"".join((*pieces, parts[0])) if pieces else parts[0]
                yield number, _without_bom(first, number), size + len(parts[0]) <= LONGEST_LINE
                for part in parts[1:-1]:
                    number += 1
                    yield number, part, len(part) <= LONGEST_LINE
                number += 1
                pieces, size = [], 0
            size += len(parts[-1])
            if size <= LONGEST_LINE:
                pieces.append(parts[-1])
            elif len(pieces) > 1:
                pieces = [b"".join(pieces)[:RAW_LIMIT]]
    except BrokenStreamError as error:
        broken = error
    last = b"".join(pieces)
    # What stands before a break is a line only if its newline came.
    if last and broken is None:
        yield number, _without_bom(last, number), size <= LONGEST_LINE
    if broken is not None:
        raise broken


def _without_bom(line: bytes, number: int) -> bytes:
    return line[3:] if number == 1 and line.startswith(_BOM) else line
