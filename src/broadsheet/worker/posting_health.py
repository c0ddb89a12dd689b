"""How the post fares, in a line for the operator."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

from broadsheet.catalog import Catalog
from broadsheet.settings import Settings
from broadsheet.worker.posting_log import PostLog, stamp
from broadsheet.worker.posting_smtp import trouble

_MANY_ATTEMPTS = 2
# What is older has come with a later digest.
_LATELY = timedelta(days=7)


def post_health(
    settings: Settings, catalog: Catalog
) -> tuple[Literal["ok", "warning", "failed"], str, str]:
    """State, what was seen, and what to do ('' for nothing)."""
    if why := trouble(settings):
        return "failed", why, "set it in broadsheet.toml or as a BROADSHEET_ variable"
    log = PostLog(catalog.database)
    counts = log.counts()
    sent = f"{counts.get('sent', 0):,} sent"
    where = settings.smtp_host or f"the folder {settings.outbox_path}"
    stuck = log.stuck(_MANY_ATTEMPTS)
    if stuck:
        said = stuck[0].answer.removeprefix(f"{where}: ")
        seen = f"{len(stuck):,} wait{'s' if len(stuck) == 1 else ''} for {where}: {said}"
        return "warning", seen, "look at the smtp_ settings; they are tried again by themselves"
    refusing = [box for box in log.postboxes().values() if box.failures]
    if bouncing := sum(bool(box.bouncing_at) for box in refusing):
        who = "1 address refuses" if bouncing == 1 else f"{bouncing} addresses refuse"
        seen = f"{sent} to {where}; {who} mail"
        return "warning", seen, "their readers confirm an address again on their page"
    if refusing:
        who = "1 address" if len(refusing) == 1 else f"{len(refusing)} addresses"
        last = log.latest(refusing[0].reader_id, ("failed",))
        said = f": {last.answer}" if last is not None else ""
        seen = f"{sent} to {where}; {who} refused the last mail{said}"
        return (
            "warning",
            seen,
            "its papers come with the next one; three in a row, and none is sent",
        )
    lately = stamp(datetime.now(UTC) - _LATELY)
    if failed := log.given_up(lately):
        which = "1 digest" if len(failed) == 1 else f"{len(failed):,} digests"
        seen = f"{sent} to {where}; {which} could not be sent: {failed[0].answer}"
        return "warning", seen, "their papers come with the next one; look at what the server says"
    if unanswered := log.counts(lately).get("unanswered", 0):
        seen = f"{sent} to {where}; {unanswered} handed over without an answer"
        return "warning", seen, "nothing: their papers come with the next digest"
    return "ok", f"{sent} to {where}", ""
