"""Judged collections as they lie on disk, each recognised by its files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from broadsheet.evaluate.collection import (
    CORPORA,
    BenchError,
    Collection,
    judged,
    read_collection,
    read_grades,
    read_lines,
    read_queries,
)
from broadsheet.papers import Paper
from broadsheet.sources import starter
from broadsheet.text import clean_paper

_QUERIES = re.compile(r"queries(?:\.(?P<split>\w+))?\.tsv(?:\.gz|\.zst)?")
_LEARNED = "train"  # queries that models are fitted on, where a folder has others as well
_SUMMARIES = ("train.jsonl.zst", "dev.jsonl.zst")


def read_judged(name: str) -> list[Collection]:
    """The collections of a folder, given as ``DIR`` or ``DIR:SPLIT``.

    A folder holds a corpus with ``queries[.SPLIT].tsv`` and ``qrels[.SPLIT].trec``, perhaps
    ``friends.trec``; or queries
    over the starter edition (``kinds.tsv``: query, kind, half; ``friends.trec``: false friends);
    or papers with one-sentence summaries (``sentences`` and ``tldr``), which become a
    known-item collection: a summary asks for its paper. Without a split, one that is not for
    training is taken, and every half of a set over the starter edition. Raises `BenchError`.
    """
    folder, _, split = name.partition(":") if not Path(name).is_dir() else (name, "", "")
    place = Path(folder)
    if not place.is_dir():
        raise BenchError(f"{place}: no such folder; name the folder of a judged collection")
    if any((place / corpus).is_file() for corpus in CORPORA):
        return [_with_corpus(place, split)]
    if (place / "kinds.tsv").is_file():
        return _over_starter(place, split)
    if any((place / summaries).is_file() for summaries in _SUMMARIES):
        return [known_items(place)]
    raise BenchError(
        f"{place}: no judged collection here; it must hold {CORPORA[0]} with queries.tsv and"
        f" qrels.trec, {' and '.join(_SUMMARIES)}, or kinds.tsv"
    )


def _with_corpus(folder: Path, split: str) -> Collection:
    found = {
        match["split"] or "": path.name
        for path in sorted(folder.iterdir())
        if (match := _QUERIES.fullmatch(path.name))
    }
    if not found:
        raise BenchError(f"{folder}: no queries here; it must hold queries.tsv")
    if split and split not in found:
        raise BenchError(f"{folder}: no queries.{split}.tsv; there are {', '.join(found.values())}")
    chosen = split or min(found, key=lambda name: (name == _LEARNED, name))
    collection = read_collection(folder, found[chosen], _qrels(folder, chosen))
    if (folder / "friends.trec").is_file():
        friends = read_grades(folder / "friends.trec")
        collection = replace(
            collection,
            friends={query: frozenset(friends.get(query, ())) for query in collection.queries},
        )
    if chosen == _LEARNED or _LEARNED not in found:
        return collection
    learned = read_queries(folder / found[_LEARNED])
    return replace(collection, learned=tuple(learned.values()))


def _qrels(folder: Path, split: str) -> str:
    name = f"qrels.{split}.trec" if split else "qrels.trec"
    packed = (name, f"{name}.gz", f"{name}.zst")
    return next((file for file in packed if (folder / file).is_file()), name)


def _over_starter(folder: Path, half: str) -> list[Collection]:
    """Each half of a set over the starter edition, a collection of its own."""
    documents = {paper.id: clean_paper(paper) for paper in (item.paper for item in starter())}
    texts = read_queries(folder / "queries.tsv")
    kinds, halves = _kinds(folder / "kinds.tsv")
    grades = read_grades(folder / "qrels.trec")
    friends = read_grades(folder / "friends.trec")
    made = []
    for name in sorted(set(halves.values())):
        if half and name != half:
            continue
        asked = {query: text for query, text in texts.items() if halves.get(query) == name}
        collection = judged(
            f"{folder.resolve().name}/{name}", documents, asked, grades, place=folder / "qrels.trec"
        )
        made.append(
            replace(
                collection,
                friends={query: frozenset(friends.get(query, ())) for query in asked},
                groups={"kind": {query: kinds[query] for query in collection.queries}},
            )
        )
    if not made:
        raise BenchError(f"{folder / 'kinds.tsv'}: no half is named {half!r}")
    return made


def _kinds(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    kinds, halves = {}, {}
    for number, line in read_lines(path):
        parts = line.split("\t")
        if len(parts) != 3:
            raise BenchError(f"{path}:{number}: a line is a query, its kind and its half")
        kinds[parts[0]], halves[parts[0]] = parts[1], parts[2]
    return kinds, halves


def known_items(folder: Path) -> Collection:
    """Papers with summaries as a known-item collection: the first summary asks for its paper."""
    documents: dict[str, Paper] = {}
    texts: dict[str, str] = {}
    name = folder.resolve().name
    for file in _SUMMARIES:
        if not (folder / file).is_file():
            continue
        for number, line in read_lines(folder / file):
            paper, summary = _summarised(line, name, f"{folder / file}:{number}")
            documents[paper.id] = paper
            if summary:
                texts[paper.id] = summary
    grades = {paper_id: {paper_id: 1} for paper_id in texts}
    return judged(name, documents, texts, grades, place=folder)


def _summarised(line: str, source: str, place: str) -> tuple[Paper, str]:
    try:
        row: Mapping[str, object] = json.loads(line)
        sentences, summaries = row["sentences"], row["tldr"]
        if not (isinstance(sentences, list) and isinstance(summaries, list)):
            raise TypeError("sentences and tldr are lists")
        paper = Paper(
            id=str(row["id"]),
            source=source,
            title=str(row.get("title") or ""),
            abstract=" ".join(str(sentence) for sentence in sentences),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BenchError(f"{place}: is no paper with id, sentences and tldr ({error})") from error
    # A summary is one line of text; a line break would end the query's row in other tools.
    return clean_paper(paper), " ".join(str(summaries[0]).split()) if summaries else ""
