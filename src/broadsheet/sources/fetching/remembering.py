"""Answers kept with their ETag or Last-Modified, to ask whether they have changed.

The body is kept too: a process that died between asking and storing finds it again, though
the host says that nothing has changed.
"""

from __future__ import annotations

import gzip
import json
import os
import zlib
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

_MOST_ANSWERS = 200


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it came last."""

    etag: str
    modified: str
    content: bytes
    headers: dict[str, str]

    def conditions(self) -> dict[str, str]:
        """The headers that ask for it only if it has changed."""
        asked = {"if-none-match": self.etag, "if-modified-since": self.modified}
        return {name: value for name, value in asked.items() if value}


class Memory:
    """The kept answers of a folder, the newest 200."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, key: str) -> Kept | None:
        """The answer kept under a key; None when there is none that can be read."""
        try:
            head, _, body = gzip.decompress(self._path(key).read_bytes()).partition(b"\n")
            values = json.loads(head)
            if values["key"] != key:
                return None
            return Kept(values["etag"], values["modified"], body, values["headers"])
        except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError):
            return None  # nothing kept, or half of it: asked without conditions

    def keep(self, key: str, headers: dict[str, str], content: bytes) -> None:
        """Keeps an answer that says how to ask for its changes."""
        etag, modified = headers.get("etag", ""), headers.get("last-modified", "")
        if not etag and not modified:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        values = {"key": key, "etag": etag, "modified": modified, "headers": headers}
        packed = gzip.compress(json.dumps(values).encode() + b"\n" + content, compresslevel=6)
        path = self._path(key)
        scratch = path.with_suffix(f".{os.getpid()}")
        scratch.write_bytes(packed)
        scratch.replace(path)
        self._forget()

    def drop(self, key: str) -> None:
        """Keeps an answer no longer."""
        self._path(key).unlink(missing_ok=True)

    def _forget(self) -> None:
        def age(path: Path) -> float:
            with suppress(FileNotFoundError):
                return path.stat().st_mtime
            return 0.0

        newest_first = sorted(self._folder.iterdir(), key=age, reverse=True)
        for path in newest_first[_MOST_ANSWERS:]:
            path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / f"{blake2b(key.encode(), digest_size=16).hexdigest()}.gz"
