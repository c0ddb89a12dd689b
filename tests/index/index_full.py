"""Files more than may be written; run by the test of a full disk."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

from index_backends import LocalBackend, Log, history

from broadsheet.index import IndexFault

if __name__ == "__main__":
    backend = LocalBackend(Path(os.environ["INDEX_HOME"]))
    writer = backend.writer()
    # The longest a file may be, in place of the room on a disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    try:
        writer.sync(Log(history(3_000)))
    except IndexFault as error:
        print(error)
        sys.stdout.flush()
        os._exit(0)
    os._exit(1)
