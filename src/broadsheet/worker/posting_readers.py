"""Readers who go, and the one who takes over from the local reader: what the post keeps of them as
files goes where their rows go."""

from __future__ import annotations

from broadsheet.readers import LOCAL, Readers, ReadersError
from broadsheet.settings import Settings
from broadsheet.worker.posting_outbox import clear_outbox, hand_over_outbox


def delete_reader(settings: Settings, readers: Readers, reader_id: int) -> None:
    """Deletes a reader, every row of theirs and their mails in the outbox; of the local reader
    everything but itself. Raises `ReadersError`."""
    readers.data.delete(reader_id)
    # Afterwards: who writes a mail looks for its row once the file is there (`PostOffice`).
    try:
        clear_outbox(settings, reader_id)
    except OSError as error:
        raise ReadersError(
            f"the reader is deleted, but mails of theirs are left: {error}; delete them by hand"
        ) from error


def adopt_local(settings: Settings, readers: Readers, reader_id: int) -> int:
    """Gives everything of the local reader to a new account, its mails in the outbox too; returns
    how many rows it were. Raises `ReadersError`."""
    moved = readers.data.adopt(reader_id)
    local, heir = readers.accounts.get(LOCAL), readers.accounts.get(reader_id)
    if local is not None and heir is not None:
        try:
            hand_over_outbox(settings, local, heir)
        except OSError as error:
            raise ReadersError(
                f"'{heir.name}' has taken over, but for mails in the outbox: {error}"
            ) from error
    return moved
