"""Which digest of a reader is due, under a name that no other one has.

A machine's clock may have been far ahead once. What was made then bears names of days to come: when
such a day comes its digest is another one, and gets another name, which is what makes its
Message-ID another one too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from broadsheet.editions import Cadence, Slot, is_timely, latest_slot
from broadsheet.readers import Reader
from broadsheet.worker.posting_log import PostLog, stamp

# Another hour and zone of a reader move the moment of a name by two days at most.
_TOO_EARLY = timedelta(days=3)


def slot_of(log: PostLog, reader: Reader, now: datetime) -> Slot:
    """The newest digest of a reader whose hour has come; a daily one where they want none."""
    slot = _by_calendar(reader, now)
    made = log.get(reader.id, slot.key)
    return _named(slot, made.made_at if made else "")


def timely_slots(
    log: PostLog, readers: Sequence[Reader], now: datetime
) -> list[tuple[Reader, Slot, str, str]]:
    """The digests that may be sent now, each with what the log has of it: state and answer, ''
    where it was not made."""
    slots = [(reader, _by_calendar(reader, now)) for reader in readers]
    slots = [(reader, slot) for reader, slot in slots if is_timely(slot, now)]
    known = log.known(sorted({slot.key for _, slot in slots}))
    named = [
        (reader, _named(slot, known[reader.id, slot.key].made_at))
        if (reader.id, slot.key) in known
        else (reader, slot)
        for reader, slot in slots
    ]
    if other := sorted({slot.key for _, slot in named} - {slot.key for _, slot in slots}):
        known |= log.known(other)
    return [
        (reader, slot, found.state, found.answer)
        if (found := known.get((reader.id, slot.key)))
        else (reader, slot, "", "")
        for reader, slot in named
    ]


def _by_calendar(reader: Reader, now: datetime) -> Slot:
    cadence: Cadence = "weekly" if reader.digest == "weekly" else "daily"
    return latest_slot(cadence, reader.digest_hour, reader.timezone, now)


def _named(slot: Slot, made_at: str) -> Slot:
    """A slot under another name where its own was used days before its hour."""
    if made_at and made_at < stamp(slot.at - _TOO_EARLY):
        return replace(slot, key=f"{slot.key} again")
    return slot
