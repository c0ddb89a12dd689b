"""What happens by itself: new papers are filed, and their meaning is encoded.

The worker is always a process of its own at low priority, so that searches stay quick while
it encodes. One process at a time holds the index's lock and writes to it.
"""

from broadsheet.worker.beside import WordsBeside
from broadsheet.worker.encoding import Encoding
from broadsheet.worker.loop import Worker
from broadsheet.worker.starter import fill_with_starter

__all__ = ["Encoding", "WordsBeside", "Worker", "fill_with_starter"]
