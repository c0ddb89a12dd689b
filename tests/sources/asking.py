"""One process that asks, for the tests that need several: ``python -m tests.sources.asking``.

asking FOLDER ORIGIN INTERVAL COUNT          asks for the feed so many times
asking FOLDER ORIGIN harvest FILE            harvests by OAI-PMH, noting each page in FILE
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from broadsheet.sources import Arrived, ArxivOai, Client, RemoteSettings, Want


def harvest(client: Client, origin: str, file: Path) -> None:
    """Each page becomes one line: its ids and its cursor, as one transaction would hold them."""
    lines = file.read_text().splitlines() if file.exists() else []
    cursor = json.loads(lines[-1])["cursor"] if lines else ""
    if lines and not cursor:
        return
    source = ArxivOai(RemoteSettings({"arxiv": f"http://{origin}/oai"}), interval=0.0)
    for page in source.pages(client, Want(("cs.CL", "cs.LG")), cursor):
        ids = [item.paper.id for item in page.items if isinstance(item, Arrived)]
        with file.open("a") as stream:
            stream.write(json.dumps({"ids": ids, "cursor": page.cursor}) + "\n")


def main() -> None:
    folder, origin, what, how = sys.argv[1:5]
    intervals = {origin: 0.0 if what == "harvest" else float(what)}
    client = Client(Path(folder), private=frozenset((origin,)), intervals=intervals)
    if what == "harvest":
        harvest(client, origin, Path(how))
        return
    for _ in range(int(how)):
        client.get(f"http://{origin}/rss/cs.CL")


if __name__ == "__main__":
    main()
