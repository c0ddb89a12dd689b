"""Queries that this week's papers speak to (row 20), and a collection that asks for them.

``python -m trials.bursts ARXIV OUT`` makes the collection from a dated feed: known-item queries
of two or three neighbouring title words, half of them for papers of the last week whose words
burst there, half for older papers. The functions are for ``trials.ranking``.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import click
import numpy as np

from broadsheet.evaluate import Field
from broadsheet.evaluate.collection import read_lines
from broadsheet.index import Clause, WordQuery
from broadsheet.search import Candidates
from broadsheet.search.fusion import DENSE_WEIGHT, fuse_scores

Run = Callable[[str], Sequence[str]]
DAYS = 7
LEAST_USES = 3  # papers of the week that have a bursting word
BURST = 2.0  # times the share of the week's papers that have it, against the earlier ones
NEAREST = 10  # of the week's papers, that make the context
DEPTH = 100


def bursting(week: Iterable[str], before: Iterable[str]) -> set[str]:
    """The words that are much more frequent in the week's texts than in the earlier ones."""
    new = [set(_tokens(text)) for text in week]
    old = [set(_tokens(text)) for text in before]
    now = Counter(word for words in new for word in words)
    then = Counter(word for words in old for word in words)
    return {
        word
        for word, uses in now.items()
        if uses >= LEAST_USES
        and uses / max(1, len(new)) > BURST * (then[word] + 0.5) / max(1, len(old))
    }


def _tokens(text: str) -> list[str]:
    return re.findall(r"[a-z][a-z-]{3,}", text.lower())


def fused(field: Field, *, weight: float = 0.3, gated: bool = True, boost: float = 0.0) -> Run:
    """The query's vector with the mean of the week's nearest papers, ``weight`` of it; ``gated``:
    only where a word of the query bursts, and only papers that have it. ``boost`` adds to the
    scores of the week's papers where a word bursts: what is gained without any vector."""
    works = field.documents.works
    days = {one: date.fromisoformat(work.paper.id.partition("/")[0]) for one, work in works.items()}
    start = max(days.values()) - timedelta(DAYS - 1)
    recent = np.array(sorted(one for one in works if days[one] >= start), np.int64)
    text = {one: f"{work.paper.title} {work.paper.abstract}" for one, work in works.items()}
    new = set(recent.tolist())
    bursts = bursting([text[one] for one in new], [text[one] for one in works if one not in new])
    has = cache(lambda one: frozenset(_tokens(text[one])))
    vectors = np.nan_to_num(field.index.vectors(recent))
    if field.encoder is None:
        raise ValueError("this trial needs an encoder")
    encode = field.encoder.encode_queries

    def run(query: str) -> list[str]:
        vector = encode([query])[0]
        vector = vector / np.linalg.norm(vector)
        loud = set(_tokens(query)) & bursts
        if weight and (loud or not gated):
            allowed = [at for at, one in enumerate(recent.tolist()) if not gated or loud & has(one)]
            near = np.array(allowed)[np.argsort(-(vectors[allowed] @ vector))[:NEAREST]]
            vector = vector + weight * vectors[near].mean(0)
            vector = vector / np.linalg.norm(vector)
        words = WordQuery((Clause(query),))
        found = Candidates.none().join(field.index.search_words(words, DEPTH), "lexical")
        found = found.join(field.index.search_vectors(vector, DEPTH), "dense")
        lexical = field.index.score_words(words, found.ids).astype(np.float64)
        dense = field.index.score_vectors(vector, found.ids).astype(np.float64)
        ranking = fuse_scores(Candidates.of(found.ids, lexical, dense), DENSE_WEIGHT)
        if boost and loud:
            added = boost * np.isin(ranking.ids, recent)
            ranking = ranking.ordered(ranking.lexical_share + added, ranking.dense_share)
        return field.names(ranking.ids[:DEPTH].tolist())

    return run


def _made(rows: list[dict[str, Any]], rng: random.Random, count: int) -> tuple[list[Any], ...]:
    """Documents, timely and timeless queries: id, text, document."""
    last = max(date.fromisoformat(row["date"]) for row in rows)
    start = last - timedelta(DAYS - 1)
    week = [row for row in rows if date.fromisoformat(row["date"]) >= start]
    rest = [row for row in rows if date.fromisoformat(row["date"]) < start]
    week = rng.sample(week, min(len(week), 600))
    rest = rng.sample(rest, min(len(rest), 1_800))
    bursts = bursting(*([f"{row['title']} {row['abstract']}" for row in part]
                        for part in (week, rest)))  # fmt: skip
    timely: list[tuple[str, str]] = []
    timeless: list[tuple[str, str]] = []
    for part, found in ((week, timely), (rest, timeless)):
        for row in part:
            words = re.findall(r"[A-Za-z][A-Za-z-]+", row["title"])
            at = [n for n, word in enumerate(words) if len(word) > 3]
            if part is week:
                at = [n for n in at if words[n].lower() in bursts]
            if at and len(words) > 3 and len(found) < count:
                start_at = max(0, rng.choice(at) - rng.choice([0, 1]))
                text = " ".join(words[start_at : start_at + rng.choice([2, 3])])
                found.append((text, f"{row['date']}/{row['id']}"))
    return [*week, *rest], timely, timeless


@click.command()
@click.argument("feed", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--count", default=150, show_default=True, help="Queries of each kind.")
def main(feed: Path, out: Path, count: int) -> None:
    """Makes two collections over one corpus: OUT/timely and OUT/timeless."""
    rows = [json.loads(line) for _, line in read_lines(feed)]
    documents, timely, timeless = _made(rows, random.Random(0), count)  # noqa: S311
    for name, asked in (("timely", timely), ("timeless", timeless)):
        folder = out / name
        folder.mkdir(parents=True, exist_ok=True)
        lines = [
            json.dumps({"id": f"{row['date']}/{row['id']}", "title": row["title"],
                        "abstract": row["abstract"]})
            for row in documents
        ]  # fmt: skip
        (folder / "corpus.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
        texts = [f"q{number}\t{text}\n" for number, (text, _) in enumerate(asked)]
        (folder / "queries.tsv").write_text("".join(texts), "utf-8")
        grades = [f"q{number} 0 {wanted} 1\n" for number, (_, wanted) in enumerate(asked)]
        (folder / "qrels.trec").write_text("".join(grades), "utf-8")
        click.echo(f"{folder}: {len(documents)} documents, {len(asked)} queries")


if __name__ == "__main__":
    main()
