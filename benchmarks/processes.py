"""Memory of a process and all its children, sampled from /proc (Linux)."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path


def tree(root: int) -> list[int]:
    """The process and its descendants."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, queue = [], [root]
    while queue:
        found.append(queue[0])
        queue.extend(children.get(queue.pop(0), []))
    return found


def memory(root: int) -> int:
    """Bytes held by the tree: shared pages are counted once (PSS)."""
    total = 0
    for process in tree(root):
        try:
            text = Path(f"/proc/{process}/smaps_rollup").read_text()
        except OSError:
            continue
        total += next((int(x.split()[1]) for x in text.splitlines() if x.startswith("Pss:")), 0)
    return total * 1024


class Peak:
    """Samples the memory of a running command until `stop`.

    Once a second: reading it ten times as often slowed an import by a third.
    """

    def __init__(self, process: subprocess.Popen[bytes] | int, seconds: float = 1.0) -> None:
        self.bytes = 0
        self._root = process if isinstance(process, int) else process.pid
        self._seconds = seconds
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def _sample(self) -> None:
        while not self._end.wait(self._seconds):
            self.bytes = max(self.bytes, memory(self._root))

    def stop(self) -> int:
        self._end.set()
        self._thread.join()
        return self.bytes
