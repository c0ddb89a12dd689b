"""Kills a digest run with SIGKILL at random moments, then counts what every reader was sent.

    .venv/bin/python benchmarks/post_crash.py

A real mail server on the loopback takes a message when it has read all of it and answers a random
0 to 20 ms later, which is when a kill does most harm. Each round starts `broadsheet digest --due`
on the same home and kills its whole process group; the next one goes on. When so many kills have
struck, one run is left to finish. Every reader must have been sent exactly one digest.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import contextlib
import email
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiosmtpd.controller import Controller

from broadsheet.catalog import Catalog, ingest
from broadsheet.settings import Settings
from broadsheet.sources import read

TOPICS = ("galaxies", "kernels", "translation", "segmentation", "proteins")


class Server:
    """Counts messages by address."""

    def __init__(self, rng: random.Random) -> None:
        self.taken: dict[str, list[str]] = collections.defaultdict(list)
        self._rng = rng

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802
        message = email.message_from_bytes(envelope.content)
        self.taken[envelope.rcpt_tos[0]].append(message["Message-ID"])
        await asyncio.sleep(self._rng.uniform(0, 0.02))
        return "250 taken"

    def total(self) -> int:
        return sum(map(len, self.taken.values()))


def fill(home: Path, readers: int) -> Settings:
    """A home of a hundred papers of today and so many readers, each of whom is due."""
    settings = Settings(home=home)
    today = (datetime.now(UTC) - timedelta(hours=1)).date().isoformat()
    folder = home.parent / "papers"
    papers = folder / "papers.jsonl"
    folder.mkdir(parents=True)
    with papers.open("w", encoding="utf-8") as file:
        for number in range(100):
            topic = TOPICS[number % len(TOPICS)]
            row = {
                "id": f"2608.{number:05}",
                "title": f"On {topic}, part {number}",
                "abstract": f"We study {topic} and say what is new about {topic}. " * 5,
                "authors": ["Ada Lovelace"],
                "categories": ["cs.LG"],
                "date": today,
            }
            file.write(json.dumps(row) + "\n")
    with closing(Catalog.open(settings)) as catalog:
        found = read(papers, format="jsonl", source="listings")
        ingest(catalog, found, path=papers, source="listings", rejected_dir=folder)
    hour = (datetime.now(UTC) - timedelta(hours=1)).hour
    with sqlite3.connect(home / "catalog.sqlite3") as database:
        database.executemany(
            "INSERT INTO readers VALUES (?,?,?,?,1,'reader','',0,'UTC',15,'daily',?,?,0)",
            [
                (1000 + n, f"r{n}", f"Reader {n}", f"r{n}@example.org", hour, f"{today}T00:00:00Z")
                for n in range(readers)
            ],
        )
        database.executemany(
            "INSERT INTO follows VALUES (?,?,'term',?,?)",
            [
                (100_000 + n, 1000 + n, TOPICS[n % len(TOPICS)], f"{today}T00:00:00Z")
                for n in range(readers)
            ],
        )
    return settings


def run(command: list[str], variables: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, **variables},
    )


def kill(process: subprocess.Popen[bytes]) -> bool:
    """Kills a process and all that it started; whether it was still running."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    status = process.wait()
    if status > 0:
        raise SystemExit(f"the run ended with {status}")
    return status == -signal.SIGKILL


def strike(process: subprocess.Popen[bytes], server: Server, rng: random.Random) -> bool:
    """Kills a run at a random moment after its first mail; whether it still had some to send.

    One time in five the moment is any, also before that mail.
    """
    before = server.total()
    if rng.random() < 0.2:
        time.sleep(rng.uniform(0.2, 4.0))
    else:
        while server.total() == before and process.poll() is None:
            time.sleep(0.0005)
        time.sleep(rng.uniform(0, 0.4))
    return kill(process) and server.total() > before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--readers", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    folder = Path(tempfile.mkdtemp(prefix="broadsheet-post-crash-"))
    server = Server(rng)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        home = folder / "home"
        fill(home, arguments.readers)
        variables = {
            "BROADSHEET_SMTP_HOST": "127.0.0.1",
            "BROADSHEET_SMTP_PORT": str(port),
            "BROADSHEET_SMTP_SECURITY": "none",
            "BROADSHEET_MAIL_FROM": "paper@example.org",
            "BROADSHEET_PUBLIC_URL": "https://paper.example.org",
            "BROADSHEET_MODEL_HUB": "false",
        }
        command = [sys.executable, "-m", "broadsheet", "digest", "--due", "--home", str(home)]
        begun, hits, rounds = time.monotonic(), 0, 0
        while hits < arguments.kills and server.total() < arguments.readers:
            rounds += 1
            hits += strike(run(command, variables), server, rng)
        if hits < arguments.kills:
            raise SystemExit(f"all was sent after {hits} kills: take more --readers")
        if status := run(command, variables).wait(timeout=600):
            raise SystemExit(f"the last run ended with {status}")
        report(home, server, hits, rounds, arguments.readers, time.monotonic() - begun)
    finally:
        controller.stop()
        shutil.rmtree(folder, ignore_errors=True)


def report(
    home: Path, server: Server, hits: int, rounds: int, readers: int, seconds: float
) -> None:
    with sqlite3.connect(home / "catalog.sqlite3") as database:
        states = dict(database.execute("SELECT state, count(*) FROM post GROUP BY state"))
        unseen = database.execute(
            "SELECT count(*) FROM post WHERE answer LIKE 'handed over whole%'"
        ).fetchone()[0]
    twice = sum(len(ids) > 1 for ids in server.taken.values())
    none = readers - len(server.taken)
    print(f"{rounds} runs, {hits} killed while they sent, in {seconds:.0f} s; log: {states}")
    print(f"{unseen} kills struck between the message's last byte and the answer to it")
    print(f"{readers} readers: {readers - twice - none} got one digest, {none} none, {twice} two")
    if twice or none:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
