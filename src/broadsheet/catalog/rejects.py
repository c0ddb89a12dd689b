"""The file that rejected papers are written to: one JSON object a line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

import orjson

from broadsheet.catalog.errors import reported

# As much of a rejected line as is kept.
_RAW_BYTES = 2_000


class RejectedFile:
    """Appends ``{"line", "reason", "raw"}``; made with the first of them.

    What is behind ``committed`` bytes was written by a run that never committed it, and goes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: BinaryIO | None = None

    def write(
        self, name: str, committed: int, rejects: list[tuple[int, str, bytes]]
    ) -> tuple[Path, int]:
        """Writes rejects to the disk; returns the path and the file's length after them."""
        path = self._folder / name
        with reported(str(path)):
            if self._file is None:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._file = path.open("r+b" if path.exists() else "w+b")
                self._file.truncate(committed)
            self._file.seek(committed)
            for line, reason, raw in rejects:
                text = raw[:_RAW_BYTES].decode("utf-8", "replace")
                self._file.write(
                    orjson.dumps({"line": line, "reason": reason, "raw": text}) + b"\n"
                )
            self._file.flush()
            os.fsync(self._file.fileno())
            return path, self._file.tell()

    def close(self) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()
