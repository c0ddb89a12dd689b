"""All that a reader saved, in whatever list, as a list of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from broadsheet.readers.readers import Readers
from broadsheet.readers.values import Entry


def saved_entries(readers: Readers, reader_id: int) -> list[Entry]:
    """What a reader saved, the last first, with the notes and tags of all their lists."""
    acts = readers.acts.of(reader_id, ["save"])
    noted = {entry.work_id: entry for entry in readers.lists.noted(reader_id)}
    latest = {act.work_id: act.at for act in reversed(acts)}
    return [
        replace(noted.get(work, Entry(work, "", (), at)), added_at=at)
        for work, at in latest.items()
    ]


def notes_of(entries: Iterable[Entry]) -> dict[int, str]:
    """What stands beside each paper of a list, note and tags; '' for nothing."""
    return {entry.work_id: "\n".join(filter(None, (entry.note, *entry.tags))) for entry in entries}
