"""What pages cost the thread that makes them, and how large they are.

    python benchmarks/pages.py HOME --queries DIR
    python benchmarks/pages.py HOME --path / --path /papers/2401.00001

With ``--queries`` the search page (or what is ``--at`` another address) is asked for, each time
with other words: windows of four of the queries of DIR, see benchmarks/search.py. Pages of
``--path`` are made anew each time. The application is asked itself, in one thread, without a
server or a client: what is printed is that thread's processor time, which other programs on the
machine change less than the clock. One line of JSON is printed for each.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from broadsheet.settings import Settings
from broadsheet.web import create_app
from broadsheet.web.site import bodies
from search import read_queries, windows

T = TypeVar("T")
WARM = 20
HOST = b"127.0.0.1:8000"


class Asker:
    """Asks the application of a home, whose work is done in this thread."""

    def __init__(self, home: Path) -> None:
        self.app = create_app(Settings(home=home))
        self.site = self.app.state.site
        self.site.in_thread = self._here

    async def _here(self, work: Callable[[], T]) -> T:
        return work()

    async def ready(self) -> None:
        """Waits for the encoder, where there is one."""
        while self.site.desk.look().encoder_loading:
            await asyncio.sleep(0.3)

    def forget(self) -> None:
        """Makes the next page anew."""
        self.site._bodies, self.site._dressed = bodies(), bodies()

    async def get(self, address: str) -> tuple[bytes, float]:
        """The body of a page and the milliseconds that it took."""
        path, _, query = address.partition("?")
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(b"host", HOST), (b"accept-encoding", b"identity")],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8000),
            "scheme": "http",
            "root_path": "",
        }
        told: list[dict] = []

        async def receive() -> dict:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict) -> None:
            told.append(message)

        started = time.thread_time()
        await self.app(scope, receive, send)
        took = (time.thread_time() - started) * 1e3
        if told[0]["status"] != 200:
            raise SystemExit(f"{address}: {told[0]['status']}")
        return b"".join(part.get("body", b"") for part in told[1:]), took


async def measure(asker: Asker, name: str, addresses: list[str], forget: bool) -> dict:
    took, body = [], b""
    for place, address in enumerate(addresses):
        if forget:
            asker.forget()
        body, ms = await asker.get(address)
        if place >= WARM:
            took.append(ms)
    return {
        "page": name,
        "bytes": len(body),
        "gzip": len(gzip.compress(body, 4)),
        "p50_ms": round(statistics.median(took), 2),
        "mean_ms": round(statistics.mean(took), 2),
    }


async def run(args: argparse.Namespace) -> None:
    asker = Asker(args.home)
    await asker.ready()
    for path in args.path:
        found = await measure(asker, path, [path] * (args.count + WARM), forget=True)
        print(json.dumps(found))
    if args.queries:
        texts = list(windows(read_queries(args.queries)))[: args.count + WARM]
        asked = [f"{args.at}?q={quote(text)}" for text in texts]
        print(json.dumps(await measure(asker, args.at, asked, forget=False)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("--queries", type=Path, help="folder of query files")
    parser.add_argument("--at", default="/search", help="where queries are asked")
    parser.add_argument("--path", action="append", default=[], help="a page of the paper")
    parser.add_argument("--count", type=int, default=200, help="how often each is asked for")
    args = parser.parse_args()
    if not (args.path or args.queries):
        parser.error("give --queries or --path")
    asyncio.run(run(args))


if __name__ == "__main__":
    main()
