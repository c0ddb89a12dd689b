"""A set of readers with own papers and graded interests: three files in a folder."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

from broadsheet.evaluate.collection import BenchError, read_documents, read_lines
from broadsheet.papers import Paper


@dataclass(frozen=True, slots=True, eq=False)
class TasteSet:
    """``papers`` by id; ``profiles``: reader -> ids of own papers, in the order of the file;
    ``ratings``: reader -> paper -> rating, higher is more interesting."""

    name: str
    papers: dict[str, Paper]
    profiles: dict[str, list[str]]
    ratings: dict[str, dict[str, float]]


def read_taste_set(folder: Path) -> TasteSet:
    """Reads corpus.jsonl (.zst, .gz or plain), profiles.json and ratings.tsv.

    Papers that the corpus lacks are left out. Raises `BenchError`.
    """
    papers = read_documents(folder)
    profiles = _profiles(folder / "profiles.json", papers)
    ratings = _ratings(folder / "ratings.tsv", papers)
    known = {reader: rated for reader, rated in ratings.items() if profiles.get(reader)}
    if not any(len(set(rated.values())) > 1 for rated in known.values()):
        raise BenchError(
            f"{folder}: no reader with own papers rated two papers of the corpus differently"
        )
    return TasteSet(folder.resolve().name, papers, profiles, known)


def _profiles(path: Path, papers: dict[str, Paper]) -> dict[str, list[str]]:
    try:
        data = json.loads("\n".join(line for _, line in read_lines(path)))
    except (ValueError, RecursionError) as error:
        raise BenchError(f"{path}: is not JSON ({error})") from error
    if isinstance(data, list):  # [{"reader": …, "papers": […]}]
        data = {str(row.get("reader")): row.get("papers") for row in data if isinstance(row, dict)}
    if not isinstance(data, dict):
        raise BenchError(f"{path}: must be an object, reader -> ids of own papers")
    found: dict[str, list[str]] = {}
    for reader, ids in data.items():
        if isinstance(ids, dict):
            ids = ids.get("papers")
        if not isinstance(ids, list):
            raise BenchError(f"{path}: the papers of reader {reader!r} must be a list of ids")
        names = [str(one.get("id")) if isinstance(one, dict) else str(one) for one in ids]
        found[str(reader)] = [name for name in dict.fromkeys(names) if name in papers]
    return found


def _ratings(path: Path, papers: dict[str, Paper]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for place, (number, line) in enumerate(read_lines(path)):
        parts = line.split("\t")
        try:
            reader, paper, rating = parts[0], parts[1], float(parts[2])
            if not math.isfinite(rating):
                raise ValueError(rating)
        except (ValueError, IndexError):
            if place == 0:
                continue  # a line of column names
            raise BenchError(
                f"{path}:{number}: a line is a reader, a paper and a rating, between tabs"
            ) from None
        if paper in papers:
            found.setdefault(reader, {})[paper] = rating
    if not found:
        raise BenchError(f"{path}: rates no paper of the corpus")
    return found
