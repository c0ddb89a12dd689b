"""The folder of an encoder that was trained here: its files, and ``meta.json``, which tells of it.

``meta.json`` holds kind, format, name, key, dimensions, the sizes that its kind asks for, every
file's SHA-256, under ``queries`` name and key of the encoder that reads queries, where that is
another, and under ``seal`` a digest of all this, which the oldest folders have not.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders.interface import Encoder, EncoderError
from broadsheet.encoders.weights import sha256
from broadsheet.files import put, replaced_folder

META = "meta.json"
_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class FolderKind:
    """What a folder of one kind of encoder holds: ``files`` beside ``meta.json``, and ``sizes`` in
    it with the least that each may be; one whose least is an int is an int."""

    kind: str
    format: int
    files: tuple[str, ...]
    sizes: Mapping[str, float]

    def write(
        self,
        folder: Path,
        name: str,
        files: Mapping[str, bytes],
        sizes: Mapping[str, float],
        *,
        dimensions: int,
        queries: Encoder | None = None,
    ) -> str:
        """Writes a folder that `load_encoder` takes, whole or not at all; returns its key.

        ``queries`` is the encoder that reads queries, in whose space the vectors are (None: this
        one). An earlier encoder in its place is replaced, nothing else. Raises `EncoderError` where
        it cannot be written, ValueError where ``queries`` has other dimensions or ``files`` and
        ``sizes`` are not this kind's.
        """
        if files.keys() != set(self.files) or sizes.keys() != self.sizes.keys():
            raise ValueError(f"{self.kind}: {sorted(files)} and {sorted(sizes)} are not its own")
        if queries is not None and queries.dimensions != dimensions:
            raise ValueError(f"{queries.name} has {queries.dimensions} dimensions, {name} others")
        told = " ".join(str(size) for size in sizes.values())
        digest = hashlib.sha256(b"".join(files.values()) + told.encode()).hexdigest()[:12]
        meta: dict[str, Any] = {
            "kind": self.kind,
            "format": self.format,
            "name": name,
            "key": f"{self.kind}-{_SLUG.sub('-', name.lower()).strip('-')[:40]}-{digest}",
            "dimensions": dimensions,
            **sizes,
            "files": {file: hashlib.sha256(held).hexdigest() for file, held in files.items()},
        }
        if queries is not None:
            meta["queries"] = {"name": queries.name, "key": queries.key}
        meta["seal"] = seal(meta)
        try:
            if _is_of_something_else(folder):
                raise EncoderError(f"{folder}: holds something else: give another folder")
            with replaced_folder(folder) as new:
                for file, held in files.items():
                    put(new / file, held)
                put(new / META, json.dumps(meta, indent=1).encode())
        except OSError as error:
            raise EncoderError(
                f"{folder}: cannot be written ({error.strerror or error})"
            ) from error
        return str(meta["key"])

    def read(self, folder: Path) -> dict[str, Any]:
        """What ``meta.json`` tells of an intact folder; raises `EncoderError`."""
        try:
            meta: dict[str, Any] = json.loads((folder / META).read_bytes())
            if (meta["kind"], meta["format"]) != (self.kind, self.format):
                raise EncoderError(
                    f"{folder}: {meta['kind']} of format {meta['format']}, not {self.kind} of "
                    f"{self.format}: train it anew"
                )
            least: dict[str, float] = {"dimensions": 1, **self.sizes}
            wrong = [name for name in least if _below(meta[name], least[name])]
            wrong += [] if isinstance(meta["key"], str) else ["key"]
            if wrong or meta["files"].keys() != set(self.files):
                raise ValueError(f"{', '.join(wrong) or 'files'} cannot be")
            asked = meta.get("queries")
            if asked is not None and not (isinstance(asked["name"], str) and asked["key"]):
                raise ValueError("queries cannot be")
            if meta.get("seal", seal(meta)) != seal(meta):
                raise ValueError("it was changed")
            other = [n for n, known in meta["files"].items() if sha256(folder / n) != known]
        except OSError as error:
            raise EncoderError(f"{folder}: cannot be read ({error.strerror or error})") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise damaged(folder / META, str(error)) from error
        if other:
            raise damaged(folder / other[0], "it has another SHA-256 than meta.json says")
        return meta


def query_reader(
    folder: Path, meta: Mapping[str, Any], base_of: Callable[[str], Encoder]
) -> Encoder | None:
    """The encoder that reads queries for the one in ``folder``, None where that does itself.

    ``base_of`` loads it by name. Raises `EncoderError` where it is not the one that was there in
    the training.
    """
    asked = meta.get("queries")
    if asked is None:
        return None
    reader = base_of(asked["name"])
    if reader.key != asked["key"]:
        raise EncoderError(
            f"{folder}: was trained beside {asked['key']}, and {asked['name']} is"
            f" {reader.key} now; train it anew"
        )
    return reader


def seal(meta: Mapping[str, Any]) -> str:
    """The digest of everything that ``meta.json`` tells, but for itself."""
    told = {name: value for name, value in meta.items() if name != "seal"}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def damaged(path: Path, why: str) -> EncoderError:
    """To be raised where a folder, or a file in it, cannot be what was written."""
    return EncoderError(f"{path}: is damaged ({why}): train it anew")


def _is_of_something_else(folder: Path) -> bool:
    if not folder.is_dir():
        return folder.exists()
    return any(folder.iterdir()) and not (folder / META).is_file()


def _below(size: object, least: float) -> bool:
    number = isinstance(size, int) or (isinstance(size, float) and isinstance(least, float))
    # What is no number at all (nan) is not above the least either.
    return not number or isinstance(size, bool) or not cast(float, size) >= least


def check_finite(folder: Path, parts: Mapping[str, NDArray[np.floating[Any]]]) -> None:
    """Raises `EncoderError` for arrays that hold what is no number."""
    for part, values in parts.items():
        if not np.isfinite(values).all():
            raise EncoderError(f"{folder}: {part} is not finite: the model is not written")
