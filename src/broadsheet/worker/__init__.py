"""What happens by itself: new papers are filed, and their meaning is encoded.

The worker is always a process of its own at low priority, so that searches stay quick while
it encodes. One process at a time holds the index's lock and writes to it.
"""

from broadsheet.worker.beside import WordsBeside
from broadsheet.worker.encoding import Encoding
from broadsheet.worker.loop import Worker
from broadsheet.worker.posting import PostOffice, Tally
from broadsheet.worker.posting_health import post_health
from broadsheet.worker.posting_log import Mail, Postbox, PostLog
from broadsheet.worker.posting_outbox import PostingLocked
from broadsheet.worker.posting_room import PostRounds, post_office
from broadsheet.worker.posting_writing import Writing
from broadsheet.worker.starter import fill_with_starter

__all__ = [
    "Encoding",
    "Mail",
    "PostLog",
    "PostOffice",
    "PostRounds",
    "Postbox",
    "PostingLocked",
    "Tally",
    "WordsBeside",
    "Worker",
    "Writing",
    "fill_with_starter",
    "post_health",
    "post_office",
]
