"""Makes queries for what some papers only deny: ``python -m trials.denied FEED OUT``

FEED is a corpus.jsonl.zst. For each phrase of `negation-labels/phrases.tsv` the query by it asks
for five papers that have it in the title; papers that name it only to say that they do without it
are its false friends (``friends@10``). Of ``means`` (supervision) they are not what was asked for;
of ``harm`` (collisions) a paper without them may be. The query "without" it asks for those, and
the others are the friends. 900 papers drawn at random lie between them.
"""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from pathlib import Path

import click

from broadsheet.papers import Paper
from broadsheet.sources import Arrived, read
from broadsheet.text import clean_paper, denials

PHRASES = Path(__file__).parent / "negation-labels" / "phrases.tsv"
_EACH = 5
_BETWEEN = 900


def _stem(phrase: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(phrase.removesuffix('s'))}", re.IGNORECASE)


def sides(papers: list[Paper], phrase: str) -> tuple[list[str], list[str]]:
    """The papers that have a phrase in the title, and those that only deny it."""
    stem = _stem(phrase)
    having, denying = [], []
    for paper in papers:
        if not stem.search(f"{paper.title} {paper.abstract}"):
            continue
        if stem.search(paper.title):
            if not denials(paper.title) and "free" not in paper.title.lower():
                having.append(paper.id)
            continue
        scopes = [
            (found.scope.start, found.scope.end)
            for found in denials(paper.abstract)
            if found.kind == "exclusion"
        ]
        places = [match.start() for match in stem.finditer(paper.abstract)]
        if all(any(start <= place < end for start, end in scopes) for place in places):
            denying.append(paper.id)
    return having, denying


@click.command()
@click.argument("feed", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@click.option("--every", type=click.IntRange(min=1), default=3, help="One paper of so many.")
def main(feed: Path, out: Path, every: int) -> None:
    """Writes the collection."""
    arrived = (item.paper for item in read(feed, source="feed") if isinstance(item, Arrived))
    papers = [clean_paper(paper) for at, paper in enumerate(arrived) if at % every == 0]
    drawn = random.Random(0)  # noqa: S311  # the same papers each time
    kept = {paper.id for paper in drawn.sample(papers, min(_BETWEEN, len(papers)))}
    files: dict[str, list[str]] = defaultdict(list)
    for number, line in enumerate(PHRASES.read_text(encoding="utf-8").splitlines(), 1):
        phrase, kind, half = line.split("\t")
        having, denying = sides(papers, phrase)
        if len(having) < _EACH or len(denying) < 2:
            continue
        having = drawn.sample(having, _EACH)
        denying = drawn.sample(denying, min(_EACH, len(denying)))
        kept.update(having, denying)
        asked = (("p", phrase, having, denying), ("w", f"without {phrase}", denying, having))
        for letter, text, wanted, friends in asked:
            query = f"{letter}{number:02}"
            split = f"{kind if letter == 'p' else 'without'}_{half}"
            files[f"queries.{split}.tsv"].append(f"{query}\t{text}")
            files[f"qrels.{split}.trec"] += [f"{query} 0 {name} 1" for name in wanted]
            files["friends.trec"] += [f"{query} 0 {name} 1" for name in friends]
    files["corpus.jsonl"] = [
        json.dumps({"id": paper.id, "title": paper.title, "abstract": paper.abstract})
        for paper in papers
        if paper.id in kept
    ]
    out.mkdir(parents=True, exist_ok=True)
    for name, lines in files.items():
        (out / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    counts = {name: len(lines) for name, lines in files.items() if name[0] in "qc"}
    click.echo(", ".join(f"{name} {count}" for name, count in sorted(counts.items())))


if __name__ == "__main__":
    main()
