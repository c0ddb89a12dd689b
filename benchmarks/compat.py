"""The protocols of others over HTTP, asked by a client on the same machine.

    python benchmarks/compat.py HOME [--seconds 6] [--connections 4] [--only NAME …] [--client]

Serves a home in a process of its own, then asks each kind of request over connections that stay
open: `distinct` never twice the same (nothing is answered from a cache of answers), `repeated`
ten of them again and again. ``--client`` asks the same through the unmodified huggingface_hub and
semanticscholar packages, which read every answer. Prints requests a second and their times.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, urlencode

from processes import processor_seconds, serve

from broadsheet.catalog import Catalog, Work
from broadsheet.settings import Settings
from broadsheet.web.compat.naming import hub_name

_SAMPLE = 12_000
_REPEATED = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("--seconds", type=float, default=6.0, help="of each kind of request")
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--only", nargs="*", help="kinds of requests, by name")
    parser.add_argument("--client", action="store_true", help="through the unmodified clients too")
    asked = parser.parse_args()
    works, days = sample(asked.home)
    port, server = serve(asked.home)
    try:
        report: dict[str, object] = {"papers": len(works)}
        for name, paths in requests(works, days).items():
            if asked.only and name not in asked.only:
                continue
            report[name] = {
                way: ask(port, server.pid, chosen, asked.seconds, asked.connections)
                for way, chosen in (
                    ("distinct", iter(paths)),
                    ("repeated", itertools.cycle(paths[:_REPEATED])),
                )
            }
            print(name, json.dumps(report[name]), flush=True)
        if asked.client:
            for name, call in clients(port, works).items():
                print(name, json.dumps(through(call, asked.seconds)), flush=True)
    finally:
        server.terminate()
        server.wait(20)


def sample(home: Path) -> tuple[list[Work], list[str]]:
    """Papers from all over the catalog, in no order, and the days it has."""
    with closing(Catalog.open(Settings(home=home))) as catalog:
        last = catalog.seq()
        chance = random.Random(7)
        starts = sorted(chance.sample(range(max(1, last)), min(last, _SAMPLE // 100)))
        works = {c.work_id: c.work for s in starts for c in catalog.changes(s, 100) if c.work}
        found = list(works.values())
        chance.shuffle(found)
        return found, [day for day, _ in catalog.days(2_000)]


def requests(works: list[Work], days: list[str]) -> dict[str, list[str]]:
    """Paths of every kind, none twice."""
    names = [quote(hub_name(work.paper, work.id), safe="/%:") for work in works]
    queries = list(dict.fromkeys(" ".join(w.paper.title.split()[:4]) for w in works))
    pages = [urlencode({"p": n, "limit": 50}) for n in range(1, 4_000)]
    return {
        "paper_info": [f"/api/papers/{name}" for name in names],
        "list_papers": [f"/api/papers/search?{urlencode({'q': q, 'limit': 20})}" for q in queries],
        "list_daily_papers": [f"/api/daily_papers?{page}" for page in pages],
        "list_daily_papers(date)": [f"/api/daily_papers?date={day}" for day in days],
        "read_paper": [f"/papers/{name}.md" for name in names],
        "s2 paper": [f"/graph/v1/paper/{name}?fields=title,abstract,authors" for name in names],
        "s2 search": [
            f"/graph/v1/paper/search?{urlencode({'query': q, 'limit': 20, 'fields': 'title,year'})}"
            for q in queries
        ],
        "s2 recommendations": [
            f"/recommendations/v1/papers/forpaper/{name}?limit=10&fields=title" for name in names
        ],
    }


def ask(
    port: int, pid: int, paths: Iterator[str], seconds: float, connections: int
) -> dict[str, object]:
    """Requests for so long, each connection one after the other; the server's own processor time
    for each says what it costs, whatever else this machine does."""
    before = processor_seconds(pid)
    times: list[float] = []
    wrong: list[int] = []
    lock = threading.Lock()
    end = time.perf_counter() + seconds

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        while time.perf_counter() < end:
            with lock:
                path = next(paths, None)
            if path is None:
                return
            begun = time.perf_counter()
            connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
            reply = connection.getresponse()
            reply.read()
            took = time.perf_counter() - begun
            with lock:
                times.append(took)
                if reply.status != 200:
                    wrong.append(reply.status)

    begun = time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = processor_seconds(pid) - before
    return told(times, time.perf_counter() - begun) | {
        "server_cpu_ms": round(1000 * spent / max(1, len(times)), 2),
        "failed": len(wrong),
    }


def told(times: list[float], seconds: float) -> dict[str, object]:
    cuts = statistics.quantiles(times, n=100) if len(times) > 1 else [*times] * 99
    return {
        "requests": len(times),
        "a_second": round(len(times) / seconds, 1),
        "p50_ms": round(1000 * cuts[49], 2),
        "p99_ms": round(1000 * cuts[98], 2),
    }


def clients(port: int, works: list[Work]) -> dict[str, Callable[[], object]]:
    from huggingface_hub import HfApi
    from semanticscholar import SemanticScholar

    address = f"http://127.0.0.1:{port}"
    hub = HfApi(endpoint=address, token=False)
    scholar = SemanticScholar(api_url=address, timeout=60)
    names = itertools.cycle([hub_name(work.paper, work.id) for work in works[5_000:]])
    titles = itertools.cycle([" ".join(w.paper.title.split()[:4]) for w in works[5_000:]])
    return {
        "HfApi.paper_info": lambda: hub.paper_info(next(names)),
        "HfApi.list_papers": lambda: list(hub.list_papers(query=next(titles), limit=20)),
        "HfApi.list_daily_papers": lambda: list(hub.list_daily_papers(limit=50)),
        "SemanticScholar.get_paper": lambda: scholar.get_paper(next(names), ["title", "authors"]),
    }


def through(call: Callable[[], object], seconds: float) -> dict[str, object]:
    """A client's call, one after the other."""
    times: list[float] = []
    begun = time.perf_counter()
    while (now := time.perf_counter()) - begun < seconds:
        call()
        times.append(time.perf_counter() - now)
    return told(times, time.perf_counter() - begun)


if __name__ == "__main__":
    main()
