"""What the answers to agents cost: tokens and milliseconds of every tool.

    python benchmarks/agents.py HOME [--tokenizer FILE …] [--queries 20]

Asks each tool as an agent would, for queries made of titles of the home's own papers, and counts
the tokens of its text by every tokenizer given (``tokenizer.json`` of the tokenizers library; by
default that of the encoder, where the home has made it) and by the estimate that pages are cut
by. Prints a row a tool: papers on a page, tokens (median, most), and time in the process itself.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from broadsheet.readers import LOCAL
from broadsheet.settings import Settings
from broadsheet.web.desk import Desk
from broadsheet.web.mcp.answers import dumps, plain_json
from broadsheet.web.mcp.asking import Asking
from broadsheet.web.mcp.measure import tokens
from broadsheet.web.mcp.tools import TOOLS
from broadsheet.web.visitors import Visitor

_SAMPLE = 2000
Count = Callable[[str], int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("--tokenizer", type=Path, action="append", default=[])
    parser.add_argument("--queries", type=int, default=20)
    given = parser.parse_args()
    settings = Settings(home=given.home)
    files = given.tokenizer or sorted(settings.models_path.glob("*/tokenizer.json"))[:1]
    counts: dict[str, Count] = {str(file): _counter(file) for file in files}
    counts["estimate"] = tokens
    desk = Desk(settings, None)
    try:
        state = desk.look()
        visitor = Visitor("single", state.readers.accounts.get(LOCAL), None)
        asking = Asking(state, visitor, settings.public_address, b"benchmark", writes=False)
        titles, ids = _queries(asking, given.queries)
        for name, calls in _calls(titles, ids).items():
            _measure(name, asking, calls, counts)
    finally:
        desk.close()


def _queries(asking: Asking, count: int) -> tuple[list[str], list[str]]:
    """The first words of titles, and the papers they belong to."""
    chooser = random.Random(7)
    changes = asking.state.catalog.changes(0, _SAMPLE)
    works = [change.work for change in changes if change.work and change.work.paper.abstract]
    chosen = chooser.sample(works, min(count, len(works)))
    words = [" ".join(work.paper.title.split()[:5]) for work in chosen]
    return words, [work.paper.id for work in chosen]


def _calls(
    titles: Sequence[str], ids: Sequence[str]
) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    def asked(tool: str, values: Sequence[str], key: str, **more: Any) -> list[Any]:
        return [(tool, {key: value, **more}) for value in values]

    return {
        "search": asked("search", titles, "query"),
        "fetch": asked("fetch", ids, "id"),
        "papers, none": asked("papers", titles, "query", abstracts="none"),
        "papers, snippet": asked("papers", titles, "query"),
        "papers, snippet, explain": asked("papers", titles, "query", explain=True),
        "papers, full": asked("papers", titles, "query", abstracts="full"),
        "papers, full, 20,000": asked(
            "papers", titles, "query", abstracts="full", max_tokens=20_000
        ),
        "similar": asked("similar", ids, "id"),
        "edition, month": [
            ("edition", {"edition": "month", "offset": n}) for n in range(0, 200, 20)
        ],
        "digest_since": [("digest_since", {})],
        "for_you": [("for_you", {})],
        "trending": [("trending", {})],
    }


def _measure(
    name: str, asking: Asking, calls: Sequence[tuple[str, dict[str, Any]]], counts: dict[str, Count]
) -> None:
    papers: list[int] = []
    took: list[float] = []
    found: dict[str, list[int]] = {key: [] for key in counts}
    for tool, arguments in calls:
        started = time.perf_counter()
        text = dumps(plain_json(TOOLS[tool].call(asking, arguments)))
        took.append(1000 * (time.perf_counter() - started))
        values = json.loads(text)
        papers.append(len(values.get("papers", values.get("results", ()))))
        for key, count in counts.items():
            found[key].append(count(text))
    said = "  ".join(
        f"{Path(key).parent.name or key}: {statistics.median(n):,.0f} (most {max(n):,})"
        for key, n in found.items()
    )
    print(
        f"{name:26} papers {statistics.median(papers):g} ({min(papers)}-{max(papers)})  {said}  "
        f"{statistics.median(took):.0f} ms (most {max(took):.0f})"
    )


def _counter(file: Path) -> Count:
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)


if __name__ == "__main__":
    main()
