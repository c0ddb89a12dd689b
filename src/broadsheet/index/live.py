"""Which generation answers, without opening it: who encodes queries asks first."""

from __future__ import annotations

from dataclasses import dataclass

from broadsheet.index.faults import IndexMissing
from broadsheet.index.generation import Folder, read_meta
from broadsheet.settings import Settings


@dataclass(frozen=True, slots=True)
class Live:
    """The generation in use; ``encoder`` is the key of its vectors, '' before there is one."""

    generation: str
    encoder: str
    dimensions: int


def written_since(settings: Settings) -> float | None:
    """Since when a process writes the index (seconds since 1970); None where none does."""
    return Folder(settings.index_path).locked_since()


def live_generation(settings: Settings) -> Live | None:
    """What `open_index` would open now; None before the first writer.

    Raises `IndexOutdated` or `IndexBroken`.
    """
    folder = Folder(settings.index_path)
    try:
        name = folder.current()
    except IndexMissing:
        return None
    meta = read_meta(folder.path(name))
    return Live(name, meta.encoder, meta.dimensions)
