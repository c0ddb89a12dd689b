"""Votes from many clients at once: every one is kept, none twice, and counts are exact.

    python benchmarks/votes.py [--clients 50] [--votes 10000] [--processes 1] [--database URL]

Each client is a reader who votes for papers of the starter edition; a part of the votes is cast
twice, and a part by two clients of one reader at the same moment. What the clients believe is
compared with the counts, the rows and the log. Prints a table and exits 1 on any difference.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import numpy as np
from sqlalchemy import text

from broadsheet.catalog import Catalog, ingest
from broadsheet.readers import Readers
from broadsheet.settings import Settings
from broadsheet.sources import starter

WORKS = 482


def plan(clients: int, votes: int, seed: int) -> list[list[tuple[int, int]]]:
    """For every client the (reader, work) pairs it votes for.

    Clients come in pairs that share two readers, so that one vote arrives twice at once.
    """
    chance = random.Random(seed)
    each = votes // clients
    pairs = []
    for client in range(clients):
        mine = [(client + 2, work) for work in chance.sample(range(1, WORKS + 1), each)]
        pairs.append(mine)
    for client in range(0, clients - 1, 2):
        shared = pairs[client][: each // 10]
        pairs[client + 1][: len(shared)] = shared
    return pairs


def cast(settings: Settings, pairs: list[list[tuple[int, int]]]) -> list[float]:
    """Casts the votes of some clients, each in its own thread; returns seconds a vote."""
    times: list[float] = []
    failures: list[Exception] = []
    with closing(Catalog.open(settings)) as catalog:
        readers = Readers(catalog, acts_per_minute=1_000_000)

        def vote(mine: list[tuple[int, int]]) -> None:
            for place, (reader, work) in enumerate(mine):
                start = time.perf_counter()
                try:
                    readers.acts.do(reader, "upvote", work)
                    if place % 20 == 0:
                        readers.acts.do(reader, "upvote", work)
                except Exception as error:
                    failures.append(error)
                    return
                times.append(time.perf_counter() - start)

        threads = [threading.Thread(target=vote, args=(mine,)) for mine in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]
    return times


def differences(settings: Settings, pairs: list[list[tuple[int, int]]]) -> list[str]:
    """What is not as the clients believe."""
    wanted = {pair for mine in pairs for pair in mine}
    found = []
    with closing(Catalog.open(settings)) as catalog:
        readers = Readers(catalog)
        with catalog.database.read() as connection:
            rows = connection.execute(text("SELECT reader_id, work_id FROM acts")).all()
        if len(rows) != len(wanted):
            found.append(f"{len(rows)} rows for {len(wanted)} votes")
        if {tuple(row) for row in rows} != wanted:
            found.append("the rows are not the votes")
        expected = Counter(work for _, work in wanted)
        if readers.acts.votes(range(1, WORKS + 1)) != {
            work: expected[work] for work in range(1, WORKS + 1)
        }:
            found.append("the counts are not the votes")
        logged = readers.acts.votes_between("2000-01-01", "2999-12-31", ("upvote",))
        if sorted((reader, work) for work, reader, _, _ in logged) != sorted(wanted):
            found.append("the log is not the votes")
    return found


def run(arguments: argparse.Namespace, settings: Settings) -> dict[str, object]:
    with closing(Catalog.open(settings)) as catalog:
        ingest(
            catalog, starter(), path=Path("starter"), source="starter",
            rejected_dir=settings.rejected_path,
        )  # fmt: skip
        readers = Readers(catalog)
        for number in range(arguments.clients):
            readers.accounts.add(f"client{number}", None)
    pairs = plan(arguments.clients, arguments.votes, arguments.seed)
    parts = [pairs[place :: arguments.processes] for place in range(arguments.processes)]
    start = time.perf_counter()
    if arguments.processes == 1:
        times = cast(settings, pairs)
    else:
        with multiprocessing.get_context("spawn").Pool(arguments.processes) as pool:
            cast_ = pool.starmap(cast, [(settings, part) for part in parts])
            times = [seconds for part in cast_ for seconds in part]
    seconds = time.perf_counter() - start
    return {
        "clients": arguments.clients,
        "processes": arguments.processes,
        "votes_cast": sum(map(len, pairs)),
        "votes_wanted": len({pair for mine in pairs for pair in mine}),
        "seconds": round(seconds, 1),
        "votes_per_second": round(len(times) / seconds),
        "p50_ms": round(float(np.percentile(times, 50)) * 1000, 1),
        "p99_ms": round(float(np.percentile(times, 99)) * 1000, 1),
        "differences": differences(settings, pairs),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--votes", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--database", default="", help="an empty PostgreSQL database")
    arguments = parser.parse_args()
    if not 0 < arguments.votes // arguments.clients <= WORKS:
        parser.error(f"a client votes for 1 to {WORKS} papers")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder) / "home", database=arguments.database)
        found = run(arguments, settings)
    print(json.dumps(found))
    sys.exit(1 if found["differences"] else 0)


if __name__ == "__main__":
    main()
