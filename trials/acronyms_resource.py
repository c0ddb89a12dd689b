"""Builds what ships as knowledge of acronyms: ``python -m trials.acronyms_resource DATA OUT``.

DATA is a folder with ``arxiv-1993-2019``, ``arxiv-2025-2026`` and ``acl-anthology``; of the last
only what is licensed CC BY (2016 on) is read. Three passes: definitions are counted; words and
abstracts are put into one space (truncated SVD of weighted occurrences); contexts of long forms
are gathered there.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils.extmath import randomized_svd

from broadsheet.evaluate.collection import read_lines
from broadsheet.text.acronyms import bare, find_acronyms, long_key, words_of

SOURCES = ("arxiv-1993-2019", "arxiv-2025-2026", "acl-anthology")
WORDS, COMMON, DIMENSIONS = 16_000, 60, 64
LEAST, LEAST_CONTEXT = 2, 4  # papers of a definition; ... of one whose contexts are kept
MOST_PAPERS = 300  # of one long form
EVERY = 4  # the papers that the space is made of
_UNIT = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|\S")
_END = re.compile(r"(?<=[.!?]) +(?=[A-Z])")


def abstracts(data: Path) -> Iterator[str]:
    """Title and abstract of every paper."""
    for name in SOURCES:
        for _, line in read_lines(data / name / "corpus.jsonl.zst"):
            paper = json.loads(line)
            old = name.startswith("acl") and str(paper.get("date") or "0")[:4] < "2016"
            if paper["abstract"] and not old:
                yield f"{paper['title']}. {paper['abstract']}"


def definitions(text: str) -> set[tuple[str, str]]:
    """Short and long forms that brackets define."""
    found = set()
    for sentence in _END.split(text):
        if "(" not in sentence:
            continue
        words = _UNIT.findall(sentence[:1500])
        for one in find_acronyms(words):
            if one.long is None:
                continue
            opened = {words[one.start - 1], words[one.long[0] - 1]} if one.long[0] else {"("}
            if "(" in opened:
                short = bare("".join(words[one.start : one.end]))
                found.add((short, " ".join(words[slice(*one.long)])))
    return found


def counted(data: Path) -> list[tuple[str, str, int]]:
    """Definitions of several papers: short and long form as most often printed, and papers."""
    seen: Counter[tuple[str, str]] = Counter()
    printed: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for text in abstracts(data):
        for short, long in definitions(text):
            key = short, long_key(long)
            seen[key] += 1
            printed[key][re.sub(r" ([-–'’/]) ", r"\1", long)] += 1
    kept = [(key, papers) for key, papers in seen.items() if papers >= LEAST]
    kept.sort(key=lambda one: (-one[1], one[0]))
    return [(key[0], printed[key].most_common(1)[0][0], papers) for key, papers in kept]


def space(data: Path) -> tuple[dict[str, int], NDArray[np.float32], NDArray[np.float32]]:
    """The words, their directions and their inverse document frequencies."""
    texts = [words_of(text) for place, text in enumerate(abstracts(data)) if place % EVERY == 0]
    counts = Counter(word for words in texts for word in set(words))
    common = [w for w, _ in counts.most_common(WORDS + COMMON) if not w.isdigit()][COMMON:]
    known = {word: place for place, word in enumerate(common)}
    columns: list[int] = []
    starts = [0]
    for words in texts:
        columns += {known[word] for word in words if word in known}
        starts.append(len(columns))
    ones = np.ones(len(columns), np.float32)
    matrix = sparse.csr_matrix((ones, columns, starts), shape=(len(texts), len(known)))
    specific = np.log(len(texts) / np.array([counts[word] for word in common])).astype(np.float32)
    weighed = matrix.multiply(specific).tocsr()
    lengths = np.sqrt(np.asarray(weighed.multiply(weighed).sum(1)).ravel())
    weighed = sparse.diags(1 / np.maximum(lengths, 1e-6)).dot(weighed).astype(np.float32)
    _, _, directions = randomized_svd(weighed, DIMENSIONS, n_iter=4, random_state=0)
    return known, _unit(directions.T.astype(np.float32)), specific


def contexts(
    data: Path, longs: list[str], known: dict[str, int], vectors: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The mean direction of the words around each long form, by how telling they are of it."""
    keys = {tuple(long_key(long).split()): place for place, long in enumerate(longs)}
    lengths: defaultdict[str, set[int]] = defaultdict(set)
    for key in keys:
        lengths[key[0]].add(len(key))
    inside: list[Counter[int]] = [Counter() for _ in longs]
    papers: Counter[int] = Counter()
    everywhere: Counter[int] = Counter()
    for number, text in enumerate(abstracts(data)):
        words = words_of(text)
        places = {
            keys[key]
            for at, word in enumerate(words)
            for length in lengths.get(word, ())
            if (key := tuple(words[at : at + length])) in keys
        }
        places = {place for place in places if papers[place] < MOST_PAPERS}
        if places or number % EVERY == 0:
            counts = Counter(known[word] for word in words if word in known)
            counts = Counter({word: min(uses, 3) for word, uses in counts.items()})
            if number % EVERY == 0:
                everywhere.update(counts)
            for place in places:
                papers[place] += 1
                inside[place].update(counts)
    usual = np.zeros(len(known))
    usual[list(everywhere)] = list(everywhere.values())
    usual = (usual + 0.5) / (usual.sum() + 0.5 * len(known))
    found = np.zeros((len(longs), vectors.shape[1]), np.float32)
    for place, counts in enumerate(inside):
        rows = np.fromiter(counts, np.int64, len(counts))
        uses = np.fromiter(counts.values(), np.float64, len(counts))
        share = (uses + 500 * usual[rows]) / (uses.sum() + 500)
        telling = np.maximum(0.0, share * np.log(share / usual[rows]))
        found[place] = telling @ vectors[rows]
    return _unit(found)


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return unit


def _bytes(rows: NDArray[np.float32]) -> NDArray[np.int8]:
    scale = 127 / np.maximum(np.abs(rows).max(axis=1, keepdims=True), 1e-9)
    return np.round(rows * scale).astype(np.int8)


def main() -> None:
    """Builds and writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    asked = parser.parse_args()
    senses = counted(asked.data)
    print(f"{len(senses)} definitions", flush=True)
    known, vectors, specific = space(asked.data)
    print(f"{len(known)} words", flush=True)
    # Rows with contexts come first: the resource tells them by their place.
    longs = list(dict.fromkeys(long for _, long, papers in senses if papers >= LEAST_CONTEXT))
    first = {long_key(long): place for place, long in enumerate(longs)}
    around = contexts(asked.data, longs, known, vectors)
    rows = "\n".join("\t".join(map(str, one)) for one in senses)
    np.savez_compressed(
        asked.out,
        words=np.frombuffer("\n".join(known).encode(), np.uint8),
        vectors=_bytes(vectors),
        specific=np.clip(np.round(specific * 16), 0, 255).astype(np.uint8),
        senses=np.frombuffer(rows.encode(), np.uint8),
        longs=np.frombuffer("\n".join(longs).encode(), np.uint8),
        contexts=_bytes(around),
    )
    print(f"{len(first)} contexts, {asked.out.stat().st_size:,} bytes", flush=True)


if __name__ == "__main__":
    main()
