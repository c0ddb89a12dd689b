"""Style sheet, script and icon: read once, named by their content, kept by browsers for good."""

from __future__ import annotations

import gzip
import mimetypes
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.resources import files

# The file that each folder is joined to, in the order of the names in it.
_JOINED = {"style": "style.css", "script": "broadsheet.js"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served; ``name`` carries a hash of the content."""

    name: str
    media_type: str
    body: bytes
    compressed: bytes


@cache
def assets() -> dict[str, Asset]:
    """What the package's ``static`` folder holds, by plain name; its folders are joined."""
    found = {}
    for entry in files("broadsheet.web").joinpath("static").iterdir():
        if entry.is_dir():
            parts = sorted(entry.iterdir(), key=lambda part: part.name)
            name = _JOINED[entry.name]
            found[name] = _asset(name, b"\n".join(part.read_bytes() for part in parts))
        else:
            found[entry.name] = _asset(entry.name, entry.read_bytes())
    return found


def _asset(name: str, body: bytes) -> Asset:
    stem, _, suffix = name.rpartition(".")
    digest = blake2b(body, digest_size=6).hexdigest()
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Asset(f"{stem}.{digest}.{suffix}", media_type, body, gzip.compress(body, 9, mtime=0))


@cache
def by_hashed_name() -> dict[str, Asset]:
    """The same files by the name that pages use."""
    return {asset.name: asset for asset in assets().values()}
