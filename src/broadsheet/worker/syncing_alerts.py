"""Operators are told of a trouble once, by a mail of the post."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from broadsheet.catalog import Catalog, Trouble, Troubles
from broadsheet.readers import Reader, Readers
from broadsheet.settings import Settings
from broadsheet.worker.posting_log import PostLog
from broadsheet.worker.posting_writing import Writing
from broadsheet.worker.syncing import log, stamp

# What has been repaired by then stands on the ledger's page and needs nobody.
PATIENCE = timedelta(minutes=30)
_ASKED_AGAIN = ("throttled", "unreachable")


def tell_operators(
    settings: Settings, catalog: Catalog, troubles: Troubles, now: datetime
) -> list[Trouble]:
    """Writes one mail about all troubles that are older than half an hour and were not told;
    returns them. Where no operator has an address they count as told all the same: the log,
    the ledger's page and ``doctor`` say them."""
    before = stamp(now - PATIENCE)
    new = [
        one
        for one in troubles.all(open_only=True)
        if not one.told_at and one.opened_at <= before and one.kind != "interrupted"
    ]
    if not new:
        return []
    writing, post = Writing(settings, catalog), PostLog(catalog.database)
    subject = _subject(new)
    # The number makes it a mail of its own: the post sends each address once.
    link = f"{settings.public_address}/ledger?trouble={max(one.id for one in new)}"
    lines = _lines(new)
    if any(one.kind in _ASKED_AGAIN for one in new):
        lines.append("The paper goes on asking by itself: there is nothing to do unless it lasts.")
    lines.append("This is said once; the ledger shows when it is repaired:")
    for reader in operators(Readers(catalog)):
        post.put(writing.letter(reader, reader.email, subject, lines, link, stamp(now)))
    troubles.told([one.id for one in new])
    for one in new:
        log.warning("not repaired yet: %s", one.sentence)
    return new


def operators(readers: Readers) -> list[Reader]:
    """Who runs this home and has a confirmed address."""
    return [
        one
        for one in readers.accounts.all()
        if one.is_operator and one.email and one.email_confirmed and not one.disabled
    ]


def _subject(troubles: Sequence[Trouble]) -> str:
    if len(troubles) > 1:
        return f"{len(troubles)} troubles with the sources"
    (one,) = troubles
    # Their sentences are those of commands: an address, and when to try again.
    return f"{one.source} cannot be asked just now" if one.kind in _ASKED_AGAIN else one.sentence


def _lines(troubles: Sequence[Trouble]) -> list[str]:
    return [one.sentence for one in sorted(troubles, key=lambda one: one.id)]
