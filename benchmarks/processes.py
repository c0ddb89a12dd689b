"""Servers to measure, and what processes use, read from /proc (Linux)."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path


def serve(home: Path, *, searching: bool = True) -> tuple[int, subprocess.Popen[bytes]]:
    """`broadsheet serve` on a free port, once it answers; ``searching``: once it can search."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "broadsheet", "serve", "--home", str(home), "--no-worker"]
    server = subprocess.Popen([*command, "--port", str(port)], stderr=subprocess.DEVNULL)
    for _ in range(1_800):
        if _answers(port, searching):
            return port, server
        time.sleep(0.1)
    server.terminate()
    raise SystemExit("the server does not start, or has no index")


def _answers(port: int, searching: bool) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/api/v1/status" if searching else "/healthz")
        answer = connection.getresponse()
        content = answer.read()
        if not searching or answer.status != 200:
            return answer.status == 200
        status = json.loads(content)
        if not status.get("index") or status.get("problems"):
            return False
        connection.request("GET", "/api/v1/search?q=warm")  # what the first search would wait for
        return connection.getresponse().status == 200
    except (OSError, ValueError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def processor_seconds(pid: int) -> float:
    """What a process has used so far; 0 where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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
