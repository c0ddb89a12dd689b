"""Votes over HTTP from many readers at once: none lost, none doubled, counts exact.

    python benchmarks/votes_http.py [--clients 50] [--votes 200] [--again 0.2] [--home DIR]

Makes a home with accounts, a reader for each client and some papers; serves it in a process of
its own; then every client, logged in, votes for its own random choice of papers, and sends a
part of the votes a second time, as an impatient reader does. Prints the votes a second, the
times of a vote, and what the page, the API and the database count in the end.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import re
import statistics
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

from processes import serve

from broadsheet.catalog import Catalog, ingest
from broadsheet.readers import Readers
from broadsheet.settings import Settings
from broadsheet.sources import starter


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--votes", type=int, default=200, help="votes of each client")
    parser.add_argument("--again", type=float, default=0.2, help="share sent a second time")
    parser.add_argument("--home", type=Path, help="where to make it; by default a passing folder")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        run(asked.home or Path(passing), asked.clients, asked.votes, asked.again)


def run(home: Path, clients: int, votes: int, again: float) -> None:
    settings = Settings(home=home)
    works, sessions = make_home(settings, clients)
    votes = min(votes, len(works))
    port, server = serve(home, searching=False)
    try:
        tellers = [
            Teller(port, session, random.Random(number).sample(works, votes), again, number)
            for number, session in enumerate(sessions)
        ]
        begun = time.perf_counter()
        threads = [threading.Thread(target=teller.vote) for teller in tellers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - begun
        report(settings, tellers, seconds)
    finally:
        server.terminate()
        server.wait(20)


class Teller:
    """One client: a session, the papers it votes for, and how long each vote took."""

    def __init__(
        self, port: int, session: str, works: list[int], again: float, number: int
    ) -> None:
        self.works, self.times, self.refused = works, [], 0
        self._port, self._session = port, session
        chance = random.Random(1000 + number)
        self._sent = [w for w in works for _ in range(1 + (chance.random() < again))]

    def vote(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
        cookie = {"Cookie": f"broadsheet-session={self._session}"}
        connection.request("GET", "/about", headers=cookie)
        page = connection.getresponse().read().decode()
        token = re.search(r'name="csrf" value="([^"]+)"', page)[1]  # type: ignore[index]
        headers = cookie | {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Enhanced": "1",
            "Origin": f"http://127.0.0.1:{self._port}",
        }
        for work in self._sent:
            body = urlencode({"csrf": token, "act": f"upvote {work}"})
            begun = time.perf_counter()
            connection.request("POST", "/acts", body, headers)
            reply = connection.getresponse()
            reply.read()
            self.times.append(time.perf_counter() - begun)
            self.refused += reply.status != 200


def make_home(settings: Settings, clients: int) -> tuple[list[int], list[str]]:
    with closing(Catalog.open(settings)) as catalog:
        ingest(
            catalog,
            list(starter()),
            path=Path("starter"),
            source="starter",
            rejected_dir=settings.rejected_path,
            progress=None,
        )
        readers = Readers(catalog)
        readers.accounts.add("operator1", "violet tram beneath seven lanterns", "operator")
        readers.accounts.set_mode("accounts")
        sessions = []
        for number in range(clients):
            reader = readers.accounts.add(f"reader{number}")
            sessions.append(readers.sessions.start(reader.id, "benchmark", "127.0.0.1"))
        return [change.work_id for change in catalog.changes(0, 10_000)], sessions


def report(settings: Settings, tellers: list[Teller], seconds: float) -> None:
    times = sorted(t for teller in tellers for t in teller.times)
    expected: dict[int, int] = {}
    for teller in tellers:
        for work in teller.works:
            expected[work] = expected.get(work, 0) + 1
    with closing(Catalog.open(settings)) as catalog:
        readers = Readers(catalog)
        counted = readers.acts.votes(expected)
        rows = sum(len(readers.acts.of(r.id, ["upvote"])) for r in readers.accounts.all())
    wrong = sum(counted[work] != votes for work, votes in expected.items())
    cuts = statistics.quantiles(times, n=100)
    found = {
        "clients": len(tellers),
        "sent": len(times),
        "meant": sum(expected.values()),
        "refused": sum(teller.refused for teller in tellers),
        "votes_held": rows,
        "papers_with_a_wrong_count": wrong,
        "votes_a_second": round(len(times) / seconds, 1),
        "p50_ms": round(1000 * cuts[49], 1),
        "p99_ms": round(1000 * cuts[98], 1),
    }
    print(json.dumps(found, indent=1))
    if wrong or rows != found["meant"] or found["refused"]:
        raise SystemExit("votes were lost, doubled or refused")


if __name__ == "__main__":
    main()
