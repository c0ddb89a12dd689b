"""``evaluate identity``: which records are one work, on labelled pairs and on look-alikes."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from broadsheet.evaluate.collection import CORPORA, BenchError
from broadsheet.papers import Paper
from broadsheet.sources import Arrived, SourceError, read
from broadsheet.text import (
    Titles,
    clean_paper,
    likeness,
    near_duplicates,
    title_key,
)

Name = tuple[str, str]  # corpus and id
Pair = tuple[Name, Name]

_DIFFERENT = frozenset(("different", "negative"))
_MOST_PAPERS = 60  # of one author, in look-alikes: more is rarely one person
_ALIKE_TITLE, _ALIKE_ABSTRACT = 0.5, 0.3
_COPIED = 0.95
_LEAST = 0.5  # of an abstract's triples, to become a candidate


@dataclass(frozen=True, slots=True)
class Labelled:
    """Pairs of records that are one work, and pairs that are not."""

    same: tuple[Pair, ...]
    different: tuple[Pair, ...]


def evaluate_identity(path: Path, corpora: Path | None = None) -> dict[str, float | int]:
    """Finds the works that are there twice in whole corpora, and compares with labelled pairs.

    ``path`` is a ``pairs.tsv`` (corpus, id, corpus, id, evidence, ...) or its folder; evidence
    ``different`` marks two works. Each corpus is a folder of that name, or of several that
    begin with it, in ``corpora``, by default beside the folder of pairs. Where no pair is marked
    different, look-alikes stand in: two records of one archive by one author, alike in title
    or abstract, whose titles differ in more than the edition.

    Returns ``precision`` (of the labelled pairs that were called one work) and ``recall``, both
    over pairs with two abstracts; ``title_author_recall`` for the others; the numbers of pairs,
    and the seconds that search and comparison took. Raises `BenchError`.
    """
    file = path / "pairs.tsv" if path.is_dir() else path
    labelled = labelled_pairs(file)
    named = {name for pair in (*labelled.same, *labelled.different) for name in pair}
    home = corpora or file.resolve().parent.parent
    papers = dict(papers_of(home, sorted({corpus for corpus, _ in named})))
    gone = [name for name in named if name not in papers]
    if gone:
        raise BenchError(
            f"{file}: {gone[0][1]} of {gone[0][0]} and {len(gone) - 1:,} more are in no corpus of"
            f" {home}; --corpora names the folder that has them"
        )
    different = labelled.different or tuple(look_alikes(papers))
    started = time.perf_counter()
    found = _found(papers)
    seconds = time.perf_counter() - started
    whole = [pair for pair in labelled.same if both_abstracts(papers, pair)]
    rest = [pair for pair in labelled.same if not both_abstracts(papers, pair)]
    hits = sum(_either(pair, found) for pair in whole)
    false = sum(_either(pair, found) for pair in different)
    return {
        "precision": round(hits / max(1, hits + false), 4),
        "recall": round(hits / max(1, len(whole)), 4),
        "title_author_recall": round(sum(_either(p, found) for p in rest) / max(1, len(rest)), 4),
        "pairs": len(whole),
        "title_author_pairs": len(rest),
        "different_pairs": len(different),
        "false": false,
        "records": len(papers),
        "called_one_work": len(found),
        "seconds": round(seconds, 1),
    }


def look_alikes(papers: dict[Name, Paper]) -> Iterator[Pair]:
    """Pairs of different works that are easily taken for one: see `evaluate_identity`.

    An archive gives every work one id, so two ids are two works, but for those that were put
    there twice. What a reader would take for such is left out: the same title, perhaps with
    "(extended version)" to it, or a copied abstract under a title little changed.
    """
    told = {name: paper for name, paper in papers.items() if paper.abstract}
    names = list(told)
    alike = set(_alike_titles(told))
    for near in near_duplicates([paper.abstract for paper in told.values()], _ALIKE_ABSTRACT):
        pair = names[near.one], names[near.other]
        if pair[0][0] == pair[1][0] and _share_an_author(told[pair[0]], told[pair[1]]):
            alike.add(pair)
    for pair in sorted(alike):
        found = likeness(told[pair[0]], told[pair[1]])
        copied = found.contained is not None and found.contained >= _COPIED
        if found.titles is Titles.OTHER or (
            found.titles in (Titles.WITHIN, Titles.CHANGED) and not copied
        ):
            yield pair


def _alike_titles(papers: dict[Name, Paper]) -> Iterator[Pair]:
    """Pairs of one archive and author whose titles share at least half of their words."""
    by_author: dict[tuple[str, str], list[Name]] = defaultdict(list)
    for name, paper in papers.items():
        for author in paper.authors[:12]:
            by_author[name[0], author.name].append(name)
    titles = {name: frozenset(paper.title.lower().split()) for name, paper in papers.items()}
    for names in by_author.values():
        if len(names) > _MOST_PAPERS:
            continue
        for one, other in combinations(names, 2):
            mine, theirs = titles[one], titles[other]
            shared = len(mine & theirs)
            if shared and shared >= _ALIKE_TITLE * (len(mine) + len(theirs) - shared):
                yield one, other


def _share_an_author(one: Paper, other: Paper) -> bool:
    return not {a.name for a in one.authors}.isdisjoint(a.name for a in other.authors)


def _found(papers: dict[Name, Paper]) -> set[Pair]:
    """The pairs of records that are called one work."""
    names = list(papers)
    by_title: dict[str, list[Name]] = defaultdict(list)
    for name, paper in papers.items():
        if key := title_key(paper.title):
            by_title[key].append(name)
    candidates = {
        pair
        for group in by_title.values()
        if 1 < len(group) <= _MOST_PAPERS
        for pair in combinations(group, 2)
    }
    for near in near_duplicates([paper.abstract for paper in papers.values()], _LEAST):
        candidates.add((names[near.one], names[near.other]))
    return {pair for pair in candidates if likeness(papers[pair[0]], papers[pair[1]]).same}


def _either(pair: Pair, found: set[Pair]) -> bool:
    return pair in found or (pair[1], pair[0]) in found


def both_abstracts(papers: dict[Name, Paper], pair: Pair) -> bool:
    """Whether both records of a pair have an abstract."""
    return bool(papers[pair[0]].abstract and papers[pair[1]].abstract)


def labelled_pairs(file: Path) -> Labelled:
    """The pairs of a file; raises `BenchError`."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BenchError(f"{file}: cannot be read ({error})") from None
    same: list[Pair] = []
    different: list[Pair] = []
    for number, line in enumerate(lines, 1):
        parts = line.split("\t")
        if len(parts) < 4:
            raise BenchError(f"{file}:{number}: a line is corpus, id, corpus, id, by tabs")
        pair = ((parts[0], parts[1]), (parts[2], parts[3]))
        (different if parts[4:] and parts[4] in _DIFFERENT else same).append(pair)
    if not same:
        raise BenchError(f"{file}: holds no pair")
    return Labelled(tuple(same), tuple(different))


def papers_of(home: Path, corpora: Sequence[str]) -> Iterator[tuple[Name, Paper]]:
    """The cleaned records of these corpora; raises `BenchError`."""
    for corpus in corpora:
        files = list(corpus_files(home, corpus))
        if not files:
            raise BenchError(f"{home}: no corpus {corpus!r} here ({corpus}/{CORPORA[0]})")
        for file in files:
            yield from _read(file, corpus)


def corpus_files(home: Path, corpus: str) -> Iterable[Path]:
    """The files of a corpus: of the folder of its name, and of those that begin with it."""
    for folder in sorted(home.iterdir()):
        if folder.name == corpus or folder.name.startswith(f"{corpus}-"):
            yield from (folder / name for name in CORPORA if (folder / name).is_file())


def _read(file: Path, corpus: str) -> Iterator[tuple[Name, Paper]]:
    try:
        for item in read(file, source=corpus):
            if isinstance(item, Arrived):
                paper = clean_paper(item.paper)
                yield (corpus, item.paper.id), paper
    except SourceError as error:
        raise BenchError(str(error)) from error
