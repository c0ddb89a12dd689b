"""A harvest from a local server that behaves as arXiv does: speed, memory and intervals.

    python -m benchmarks.harvest [--papers 20000] [--page 3500] [--interval 0.25]

Harvests a set by OAI-PMH without pauses and prints records a second and the peak of memory (of
the harvest's own process); then asks from two processes at once, with an interval, and prints
the shortest time between two requests that the server saw. arXiv gives 3,500 records a page
and one page in three seconds: what is faster than 1,170 records a second waits for arXiv.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from benchmarks.upstream import Upstream, archive_of, starter_papers

from broadsheet.sources import Arrived, ArxivOai, Client, RemoteSettings, Want


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--papers", type=int, default=20_000)
    parser.add_argument("--page", type=int, default=3500)
    parser.add_argument("--interval", type=float, default=0.25)
    parser.add_argument("--as", dest="role", default="", help=argparse.SUPPRESS)
    parser.add_argument("--origin", default="", help=argparse.SUPPRESS)
    parser.add_argument("--folder", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.role:
        _play(asked)
        return
    starter = starter_papers()
    papers = [starter[place % len(starter)] for place in range(asked.papers)]
    archive = archive_of(papers, date(2026, 1, 5), days=60, categories=("cs.LG",))
    with tempfile.TemporaryDirectory() as folder, Upstream(archive, page=asked.page) as upstream:
        common = ["--origin", upstream.origin, "--folder", folder]
        harvest = _start("harvest", common)
        print(harvest.communicate()[0].decode().strip(), flush=True)
        upstream.requests.clear()
        both = [_start("ask", [*common, "--interval", str(asked.interval)]) for _ in range(2)]
        for one in both:
            one.communicate()
        print(
            f"two processes, {len(upstream.requests)} requests {asked.interval} s apart: "
            f"the closest two {upstream.closest():.3f} s, at most {upstream.most_at_once} at once"
        )


def _start(role: str, words: Sequence[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "benchmarks.harvest", "--as", role, *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def _play(asked: argparse.Namespace) -> None:
    harvests = asked.role == "harvest"
    interval = 0.0 if harvests else asked.interval
    private = frozenset((asked.origin,))
    client = Client(Path(asked.folder), private=private, intervals={asked.origin: interval})
    if not harvests:
        for _ in range(20):
            client.get(f"http://{asked.origin}/rss/stat.ML")
        return
    before = resource.getrusage(resource.RUSAGE_SELF)
    began, records, pages = time.perf_counter(), 0, 0
    source = ArxivOai(RemoteSettings({"arxiv": f"http://{asked.origin}/oai"}))
    for page in source.pages(client, Want(("cs.LG",)), ""):
        pages += 1
        records += sum(isinstance(item, Arrived) for item in page.items)
        json.loads(page.cursor or "{}")
    after = resource.getrusage(resource.RUSAGE_SELF)
    seconds = time.perf_counter() - began
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"{records} records in {pages} pages: {records / seconds:,.0f} a second with the server, "
        f"{records / busy:,.0f} a second of its own time; peak {after.ru_maxrss >> 10} MiB "
        f"({before.ru_maxrss >> 10} MiB before)"
    )


if __name__ == "__main__":
    main()
