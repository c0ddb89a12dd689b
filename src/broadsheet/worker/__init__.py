"""What happens by itself: new papers are filed, and their meaning is encoded.

The worker is always a process of its own at low priority, so that searches stay quick while
it encodes. One process at a time holds the index's lock and writes to it.
"""

from broadsheet.worker.beside import WordsBeside
from broadsheet.worker.encoding import Encoding
from broadsheet.worker.loop import Worker
from broadsheet.worker.mapping import Mapping
from broadsheet.worker.perusing import Perusing
from broadsheet.worker.posting import PostOffice
from broadsheet.worker.posting_health import post_health
from broadsheet.worker.posting_log import Mail, Postbox, PostLog
from broadsheet.worker.posting_outbox import PostingLocked
from broadsheet.worker.posting_readers import adopt_local, delete_reader
from broadsheet.worker.posting_rest import DigestsWait
from broadsheet.worker.posting_room import PostRounds, post_office
from broadsheet.worker.posting_tally import Tally
from broadsheet.worker.posting_writing import Writing
from broadsheet.worker.schedule import NEW_YORK, lists
from broadsheet.worker.starter import fill_with_starter
from broadsheet.worker.syncing import Preview, Syncing, SyncLocked, source_of, utc_now
from broadsheet.worker.syncing_checks import Checks
from broadsheet.worker.syncing_cover import with_encoded
from broadsheet.worker.syncing_health import (
    Freshness,
    clock_health,
    freshness,
    sync_health,
    unheard,
)
from broadsheet.worker.syncing_quiet import ALARM_RATE, THRESHOLD, Expectation, expectation
from broadsheet.worker.syncing_repairs import Repairs
from broadsheet.worker.syncing_rounds import SyncRounds

__all__ = [
    "ALARM_RATE",
    "NEW_YORK",
    "THRESHOLD",
    "Checks",
    "DigestsWait",
    "Encoding",
    "Expectation",
    "Freshness",
    "Mail",
    "Mapping",
    "Perusing",
    "PostLog",
    "PostOffice",
    "PostRounds",
    "Postbox",
    "PostingLocked",
    "Preview",
    "Repairs",
    "SyncLocked",
    "SyncRounds",
    "Syncing",
    "Tally",
    "WordsBeside",
    "Worker",
    "Writing",
    "adopt_local",
    "clock_health",
    "delete_reader",
    "expectation",
    "fill_with_starter",
    "freshness",
    "lists",
    "post_health",
    "post_office",
    "source_of",
    "sync_health",
    "unheard",
    "utc_now",
    "with_encoded",
]
