"""Queries with the clues of their hits and what judges said of them."""

from __future__ import annotations

import io
import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import zstandard

from broadsheet.encoders import Encoder
from broadsheet.evaluate import BenchError, Collection, Field, field_of, read_judged
from broadsheet.papers import Paper
from broadsheet.search import HYBRID, LEXICAL
from broadsheet.search.candidates import Floats
from broadsheet.search.clues import clues
from broadsheet.sources import starter
from broadsheet.text import clean_paper

HERE = Path(__file__).parent
OTHER_WORLDS = HERE / "other-worlds.tsv"
TOP = 10  # hits of a query that are judged
LENT = 2  # words of a query from another world that follow a title's own
LONGEST_TOPIC = 3  # words
FEWEST_TITLED, MOST_TITLED = 8, 400  # papers of a corpus with a topic in their titles
_LEGS = {"both": HYBRID, "words": LEXICAL}
_STOPS = frozenset(
    re.findall(
        r"\w+",
        "the a an of for with and in on to from by via is are using based towards toward at as or"
        " how what your you its their do does not can",
    )
)


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A query's first ten hits. ``kind`` is judged, title, keyword (a piece of a
    title), untitled (such a piece, asked of papers without their titles), topic, other (world) or
    half.

    A topic is asked for by one to three words that stand side by side in the titles of several
    papers. Nobody judged them: taken for relevant is what has those words so in its title, or
    twice in its abstract.

    A half-answered query is a piece of a title and the last words of a query from another world:
    the corpus has papers on the one and none on both.

    ``relevant`` has shape (hits,): 1 for judged relevant, else 0, unjudged included; ``score``
    is the fused score, ``known`` the clues by name. ``group`` parts the queries for folds:
    other worlds, and what ends with their words, by topic.
    """

    collection: str
    kind: str
    query: str
    group: str
    leg: str
    score: Floats
    relevant: Floats
    known: Mapping[str, Floats]

    def __len__(self) -> int:
        return len(self.score)


def gather(
    config: Mapping[str, Any], data: Path, encoder: Encoder | None, cache: Path | None
) -> list[Asked]:
    """Asks every query of a config's collections, by words and meaning and by words alone."""
    found: list[Asked] = []
    for entry in config["collection"]:
        rng = random.Random(0)  # noqa: S311 - a sample, no secret
        collection, lost = _untitled(_collection(entry, data), entry.get("untitled", 0))
        queries = [("judged", query, text) for query, text in collection.queries.items()]
        rng.shuffle(queries)
        queries = queries[: entry.get("queries", len(queries))]
        titled = [paper for paper in collection.documents if paper.title]
        named = rng.sample(titled, entry.get("titles", 0))
        queries += [("title", paper.id, paper.title) for paper in named]
        short = [(paper.id, _keyword(paper.title, rng)) for paper in named]
        queries += [("keyword", name, text) for name, text in short if text]
        if entry.get("other_worlds", False):
            queries += [("other", name, text) for name, _, text in other_worlds()]
        if entry.get("halves", False):
            queries += [("half", name, text) for name, text in _halves(collection, rng)]
        queries += [("untitled", name, text) for name, text in lost]
        if wanted := entry.get("topics", 0):
            queries += [("topic", text, text) for text in _topics(titled, wanted, rng)]
        with field_of(collection, encoder, cache) as ground:
            found += list(_asked(ground, entry["name"], queries))
    return found


def other_worlds() -> list[tuple[str, str, str]]:
    """Id, topic and text of the queries that no paper of these collections answers."""
    lines = OTHER_WORLDS.read_text(encoding="utf-8").splitlines()
    return [(line.split("\t")[0], line.split("\t")[1], line.split("\t")[2]) for line in lines]


def _untitled(collection: Collection, count: int) -> tuple[Collection, list[tuple[str, str]]]:
    """A collection in which so many papers that nobody judged have lost their titles, and a piece
    of each such title: short queries that a paper answers without having all of their words."""
    rng = random.Random(0)  # noqa: S311 - a sample, no secret
    papers = list(collection.documents)
    judged = {name for grades in collection.qrels.values() for name in grades}
    free = [
        at
        for at, paper in enumerate(papers)
        if paper.id not in judged and (paper.abstract or paper.summary)
    ]
    pieces: list[tuple[str, str]] = []
    for at in rng.sample(free, count):
        if piece := _keyword(papers[at].title, rng):
            pieces.append((papers[at].id, piece))
            papers[at] = replace(papers[at], title="")
    return replace(collection, documents=tuple(papers)), pieces


def _halves(collection: Collection, rng: random.Random) -> list[tuple[str, str]]:
    """One for each query of another world: a piece of some title, and that query's last words."""
    pieces = [piece for paper in collection.documents if (piece := _keyword(paper.title, rng))]
    return [
        (name, f"{rng.choice(pieces)} {' '.join(text.split()[-LENT:])}")
        for name, _, text in other_worlds()
    ]


def _asked(ground: Field, name: str, queries: Sequence[tuple[str, str, str]]) -> Iterator[Asked]:
    topics = {query: topic for query, topic, _ in other_worlds()}
    for kind, query, text in queries:
        grades = ground.collection.qrels.get(query, {}) if kind == "judged" else {}
        topic = _phrase(text) if kind == "topic" else None
        for leg, pipeline in _LEGS.items():
            if leg == "both" and ground.encoder is None:
                continue
            line = pipeline.without("calibrate", "collapse", "page", "explain")
            search, ranking = ground.start(text, pipeline=line)
            works = ranking.ids[:TOP].tolist()
            ids = ground.names(works)
            if topic is not None:
                papers, named = ground.documents.works, zip(ids, works, strict=True)
                grades = {one: _is_on(papers[at].paper, topic) for one, at in named}
            yield Asked(
                collection=name,
                kind=kind,
                query=query,
                group=topics.get(query, query.rsplit("/", 1)[-1]),
                leg=leg,
                score=ranking.score[:TOP],
                relevant=np.array([float(grades.get(one, 0) > 0) for one in ids]),
                known=clues(search, ranking, TOP) if ids else {},
            )


def _collection(entry: Mapping[str, Any], data: Path) -> Collection:
    if "parts" not in entry:
        papers = tuple(clean_paper(item.paper) for item in starter())
        return Collection(entry["name"], papers, {}, {})
    parts: list[Collection] = []
    for part in entry["parts"]:
        place = HERE.parent.parent / part if part.startswith("trials/") else data / part
        parts += read_judged(str(place))
    if len(parts) == 1 and "arxiv" not in entry:
        return parts[0]
    return _mixed(entry, data, parts)


def _mixed(entry: Mapping[str, Any], data: Path, parts: Sequence[Collection]) -> Collection:
    """Several collections and a sample of arXiv in one corpus, ids with their names before."""
    papers: list[Paper] = []
    queries: dict[str, str] = {}
    qrels: dict[str, dict[str, int]] = {}
    for part in parts:
        papers += [replace(paper, id=f"{part.name}/{paper.id}") for paper in part.documents]
        for query, text in part.queries.items():
            queries[f"{part.name}/{query}"] = text
            grades = part.qrels[query].items()
            qrels[f"{part.name}/{query}"] = {f"{part.name}/{one}": grade for one, grade in grades}
    rows = _rows(data / "arxiv-1993-2019" / "corpus.jsonl.zst")
    random.Random(7).shuffle(rows)  # noqa: S311 - a sample, no secret
    papers += [
        clean_paper(
            Paper(id=f"arxiv/{row['id']}", source="arxiv", title=row["title"] or "",
                  abstract=row["abstract"] or "")
        )
        for row in rows[: entry["arxiv"]]
    ]  # fmt: skip
    return Collection(entry["name"], tuple(papers), queries, qrels)


def _rows(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        raise BenchError(f"{path}: no such file; give the folder that holds the collections")
    with path.open("rb") as file:
        stream = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(file)
        return [json.loads(line) for line in io.TextIOWrapper(stream, "utf-8")]


def _topics(papers: Sequence[Paper], count: int, rng: random.Random) -> list[str]:
    """So many topics of a corpus, as many of each number of words."""
    titled: Counter[str] = Counter()
    for paper in papers:
        titled.update(
            {
                " ".join(run[start : start + length]).lower()
                for run in _runs(paper.title)
                for length in range(1, LONGEST_TOPIC + 1)
                for start in range(len(run) - length + 1)
            }
        )
    found: list[str] = []
    for length in range(1, LONGEST_TOPIC + 1):
        several = sorted(
            topic
            for topic, number in titled.items()
            if FEWEST_TITLED <= number <= MOST_TITLED and topic.count(" ") == length - 1
        )
        found += rng.sample(several, min(len(several), count // LONGEST_TOPIC))
    return found


def _phrase(topic: str) -> re.Pattern[str]:
    """A topic in a text, in singular or plural."""
    words = (re.escape(word.rstrip("s")) + r"(?:e?s)?" for word in topic.split())
    return re.compile(rf"\b{'[ -]'.join(words)}\b", re.IGNORECASE)


def _is_on(paper: Paper, topic: re.Pattern[str]) -> int:
    return int(bool(topic.search(paper.title)) or len(topic.findall(paper.abstract)) > 1)


def _keyword(title: str, rng: random.Random) -> str:
    """One to three neighbouring words of a title, the last of its longest run without stops."""
    return " ".join(max(_runs(title), key=len)[-rng.choice([1, 2, 2, 3]) :])


def _runs(title: str) -> list[list[str]]:
    """The words of a title between its stop words."""
    runs: list[list[str]] = [[]]
    for word in re.findall(r"[A-Za-z][A-Za-z-]+", title):
        if word.lower() in _STOPS:
            runs.append([])
        else:
            runs[-1].append(word)
    return runs
