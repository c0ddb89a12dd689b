"""Files a long history until it is killed; run by the tests of crashes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from index_backends import LocalBackend, Log, history

if __name__ == "__main__":
    backend = LocalBackend(Path(os.environ["INDEX_HOME"]))
    log = Log(history(400))
    with backend.writer() as writer:
        print("begun", flush=True)
        while changes := log.changes(writer.applied_seq, 10):
            writer.apply(changes)
            backend.encode(changes)
            writer.commit()
            writer.build_dense(force=True)
    sys.exit(0)
