"""What others take from here: a whole harvest by OAI-PMH, and queries in arXiv's way.

    python benchmarks/providing.py HOME [--prefix arXiv] [--client] [--papers N] [--queries]

Serves a home in a process of its own and harvests all of it (or N papers), page after page, as a
program does that only looks for the token and counts the records; every few seconds it prints
records a second and the memory of the server. ``--client`` harvests with the unmodified sickle,
which reads every record, in a process of its own. ``--queries`` asks the query API instead: kinds
of queries, each once on a fresh server and then again with other words.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, urlencode

from processes import processor_seconds, serve

from broadsheet.catalog import Catalog
from broadsheet.settings import Settings

_TOKEN = re.compile(rb"<resumptionToken[^>]*>([^<]+)<")
_EVERY = 5.0
_WORDS = 40


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("--prefix", default="arXiv", choices=("arXiv", "oai_dc"))
    parser.add_argument("--client", action="store_true", help="harvest with sickle")
    parser.add_argument("--papers", type=int, default=0, help="stop after so many; 0: all")
    parser.add_argument("--plain", action="store_true", help="ask for no compression")
    parser.add_argument("--queries", action="store_true", help="measure the query API instead")
    asked = parser.parse_args()
    with closing(Catalog.open(Settings(home=asked.home))) as catalog:
        papers, words = catalog.count(), telling(catalog)
    port, server = serve(asked.home)
    try:
        if asked.queries:
            query(port, server.pid, words)
            return
        print(f"{papers:,} papers, server at {resident(server.pid):.0f} MB", flush=True)
        pages = sickle(port, asked.prefix) if asked.client else raw(port, asked.prefix, asked.plain)
        harvest(pages, server.pid, asked.papers)
    finally:
        server.terminate()
        server.wait(20)


def harvest(pages: Iterator[int], pid: int, most: int) -> None:
    """Counts records until there are no more, and says how it goes."""
    begun = told = time.perf_counter()
    spent = processor_seconds(pid)
    count = before = 0
    memory: list[float] = []
    for number in pages:
        count += number
        now = time.perf_counter()
        if now - told >= _EVERY or (most and count >= most):
            memory.append(resident(pid))
            rate = (count - before) / (now - told)
            print(f"{count:>9,} records {rate:>8,.0f}/s  server {memory[-1]:.0f} MB", flush=True)
            told, before = now, count
        if most and count >= most:
            break
    took = time.perf_counter() - begun
    report = {
        "records": count,
        "seconds": round(took, 2),
        "a_second": round(count / took),
        "server_cpu_us_a_record": round(1e6 * (processor_seconds(pid) - spent) / max(1, count)),
        "server_mb": [round(one) for one in (memory[:1] + memory[-1:])],
        "peak_mb": round(max(memory, default=0.0)),
    }
    print(json.dumps(report))


def raw(port: int, prefix: str, plain: bool) -> Iterator[int]:
    """Pages over one connection: how many records each has."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    asked = {"verb": "ListRecords", "metadataPrefix": prefix}
    while True:
        headers = {} if plain else {"Accept-Encoding": "gzip"}
        connection.request("GET", f"/oai?{urlencode(asked)}", headers=headers)
        reply = connection.getresponse()
        body = reply.read()
        if reply.headers.get("Content-Encoding") == "gzip":
            import gzip

            body = gzip.decompress(body)
        yield body.count(b"<record>")
        found = _TOKEN.search(body, max(0, len(body) - 1_000))
        if found is None:
            return
        asked = {"verb": "ListRecords", "resumptionToken": found[1].decode()}


def sickle(port: int, prefix: str) -> Iterator[int]:
    """The same through sickle in a process of its own, which says how many it has."""
    program = (
        "import sys\nfrom sickle import Sickle\n"
        "n = 0\n"
        "for one in Sickle(sys.argv[1], timeout=600).ListRecords(metadataPrefix=sys.argv[2]):\n"
        "    one.metadata\n    n += 1\n    if n % 500 == 0: print(500, flush=True)\n"
        "print(n % 500, flush=True)\n"
    )
    command = [sys.executable, "-c", program, f"http://127.0.0.1:{port}/oai", prefix]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout is not None  # it was asked for
        for line in client.stdout:
            yield int(line)


def telling(catalog: Catalog) -> list[str]:
    """Words of titles from all over the catalog, none twice."""
    last = catalog.seq()
    found: dict[str, None] = {}
    for start in range(0, last, max(1, last // 60)):
        for change in catalog.changes(start, 3):
            title = change.work.paper.title if change.work else ""
            words = [word for word in re.findall(r"[A-Za-z]{6,}", title) if word.islower()]
            found |= dict.fromkeys(words[:2])
    return list(found)


def query(port: int, pid: int, words: list[str]) -> None:
    """Kinds of queries; the first of each kind is told apart, it may have to read things in."""
    kinds = {
        "all:A": "all:{}",
        "ti:A": "ti:{}",
        "abs:A": "abs:{}",
        "cat:cs.LG AND all:A": "cat:cs.LG AND all:{}",
        "(ti:A OR abs:A) ANDNOT cat:cs.CV": "(ti:{0} OR abs:{0}) ANDNOT cat:cs.CV",
        "submittedDate and all:A": "submittedDate:[202501010000 TO 202612312359] AND all:{}",
        "co:A": "co:{}",
        "ti:A*": "ti:{}*",
    }
    ways = {"relevance": "", "submittedDate": "&sortBy=submittedDate&sortOrder=descending"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    for name, form in kinds.items():
        for way, more in ways.items():
            times = []
            for word in words[:_WORDS]:
                begun = time.perf_counter()
                asked = quote(form.format(word[:6] if "*" in form else word))
                connection.request("GET", f"/api/query?search_query={asked}&max_results=50{more}")
                reply = connection.getresponse()
                body = reply.read()
                times.append(1000 * (time.perf_counter() - begun))
                if reply.status != 200 or b"<feed" not in body:
                    raise SystemExit(f"{name} {word}: {reply.status} {body[:200]!r}")
            rest = sorted(times[1:])
            print(
                f"{name:34} {way:14} first {times[0]:8.0f} ms  median "
                f"{statistics.median(rest):7.1f} ms  worst {rest[-1]:7.1f} ms  "
                f"server {resident(pid):.0f} MB",
                flush=True,
            )


def resident(pid: int) -> float:
    """The memory of a process in MB; 0 where the system does not tell."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1000 if found else 0.0


if __name__ == "__main__":
    main()
