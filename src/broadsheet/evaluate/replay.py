"""``evaluate replay``: what would have been recommended, had only the first likes been known.

The papers of a library have no dates, so the split is random and drawn
anew for each reader: k likes are known, half of all other papers were shown (those that the
mean-cosine recipe put first and that are not in the library are the reader's dislikes), and the
other half is to be ordered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders import Encoder
from broadsheet.evaluate.collection import BenchError, paper_of, read_lines
from broadsheet.evaluate.promises import Promised, promises
from broadsheet.evaluate.recipes import Ranker, recipe
from broadsheet.evaluate.significance import interval, randomisation
from broadsheet.evaluate.throwaway import Throwaway, throwaway
from broadsheet.papers import Paper
from broadsheet.readers import Scorer

LIKES = (1, 3, 10, 30)
SYSTEMS = ("taste", "taste-without-dislikes", "mean-cosine", "svm", "random")
_HELD = 4  # liked papers that must be left to be found
Progress = Callable[[int, int], None]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Libraries:
    """Papers with text, and the libraries as places among them."""

    papers: tuple[Paper, ...]
    libraries: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Round:
    """What is known of a reader, and what is to be ordered: places of papers, and labels."""

    liked: list[int]
    disliked: list[int]
    asked: list[int]
    wanted: NDArray[np.bool_]


def read_libraries(folder: Path) -> Libraries:
    """``*.items.jsonl*`` and ``*.users.tsv*`` of a folder (citeulike-a): items with a title.

    Raises `BenchError`.
    """
    items = next(iter(sorted(folder.glob("*.items.jsonl*"))), None)
    users = next(iter(sorted(folder.glob("*.users.tsv*"))), None)
    if items is None or users is None:
        raise BenchError(f"{folder}: must hold NAME.items.jsonl and NAME.users.tsv (or packed)")
    places: dict[str, int] = {}
    papers: list[Paper] = []
    for number, line in read_lines(items):
        paper = paper_of(line, folder.resolve().name, f"{items}:{number}")
        if paper.title:
            places[paper.id] = len(papers)
            papers.append(paper)
    libraries = []
    for number, line in read_lines(users):
        _, tab, listed = line.partition("\t")
        if not tab:
            raise BenchError(f"{users}:{number}: a line is a reader, a tab, and item ids")
        libraries.append(tuple(places[name] for name in listed.split() if name in places))
    return Libraries(tuple(papers), tuple(libraries))


def replay_libraries(
    folder: Path,
    encoder: Encoder | None,
    *,
    likes: Sequence[int] = LIKES,
    systems: Sequence[str] = SYSTEMS,
    readers: int = 60,
    cache: Path | None = None,
    progress: Progress | None = None,
    each: bool = False,
) -> dict[str, Any]:
    """Average precision of each recipe at each number of likes, and how sure differences are.

    Returns ``papers``, ``likes``: number -> ``readers`` and ``systems``: name -> ``ap``,
    ``low``, ``high`` and, against the product, ``p`` (paired randomisation); and what `promises`
    tells, by number of likes. With ``each`` a number of likes also has ``values``: name -> those
    of every reader.
    """
    data = read_libraries(folder)
    names = list(dict.fromkeys(["taste", *systems]))
    result: dict[str, Any] = {"papers": len(data.papers), "likes": {}}
    done, total = 0, len(likes) * len(names)
    with throwaway(data.papers, encoder, cache) as filed:
        rankers = {name: recipe(name).make(filed) for name in names}
        reference = recipe("mean-cosine").make(filed)
        for known in likes:
            rounds = rounds_of(data, known, readers, reference)
            if not rounds:
                continue
            found: dict[str, Floats] = {}
            for name in names:
                scores = [_scored(rankers[name], data, one) for one in rounds]
                found[name] = np.asarray(
                    [
                        average_precision(s, one.wanted)
                        for s, one in zip(scores, rounds, strict=True)
                    ]
                )
                done += 1
                if progress:
                    progress(done, total)
            figures = {name: figures_of(values, found["taste"]) for name, values in found.items()}
            entry: dict[str, Any] = {"readers": len(rounds), "systems": figures}
            if each:
                entry["values"] = {name: values.tolist() for name, values in found.items()}
            entry |= promises(promised(data, filed, rounds))
            result["likes"][str(known)] = entry
    return result


def rounds_of(data: Libraries, known: int, readers: int, reference: Ranker) -> list[Round]:
    """A round for each of the readers drawn who have enough papers."""
    enough = [library for library in data.libraries if len(library) >= known + 2 * _HELD]
    random = np.random.default_rng(known)
    drawn = random.permutation(len(enough))[:readers]
    return [
        made
        for at in drawn
        if (made := _round(data, enough[int(at)], known, random, reference)) is not None
    ]


def _round(
    data: Libraries,
    library: Sequence[int],
    known: int,
    random: np.random.Generator,
    reference: Ranker,
) -> Round | None:
    liked = [int(place) for place in random.permutation(library)[:known]]
    rest = np.setdiff1d(np.arange(len(data.papers)), liked)
    rest = random.permutation(rest)
    shown, asked = rest[: len(rest) // 2], rest[len(rest) // 2 :]
    wanted = np.isin(asked, library)
    if wanted.sum() < 1:
        return None
    others = shown[~np.isin(shown, library)]
    scores = np.asarray(reference(_pairs(data, liked), [], _pairs(data, others)))
    worst = others[np.lexsort((others, -scores))][:known]
    return Round(liked, worst.tolist(), asked.tolist(), wanted)


def _pairs(data: Libraries, places: Sequence[int] | NDArray[np.int64]) -> list[tuple[int, Paper]]:
    return [(int(place) + 1, data.papers[int(place)]) for place in places]


def _scored(ranker: Ranker, data: Libraries, one: Round) -> Floats:
    scores = ranker(_pairs(data, one.liked), _pairs(data, one.disliked), _pairs(data, one.asked))
    return np.asarray(scores, np.float64)


def figures_of(values: Floats, product: Floats) -> dict[str, float]:
    """The mean with its 95 % interval and, for others than the product, p of the difference."""
    low, high = interval(values, draws=2_000)
    found = {"ap": float(values.mean()), "low": low, "high": high}
    if values is not product:
        found["p"] = randomisation([product - values], draws=2_000)
    return {name: round(value, 4) for name, value in found.items()}


def promised(data: Libraries, filed: Throwaway, rounds: Sequence[Round]) -> list[Promised]:
    """What *for you* would promise each reader of the papers asked for."""
    scorer = Scorer(filed.index)
    found = []
    for one in rounds:
        away = scorer.judged(_pairs(data, one.disliked))
        lens = scorer.lens(scorer.judged(_pairs(data, one.liked)), away)
        if lens is not None:
            field = scorer.shelves.field(np.asarray(one.asked) + 1)
            found.append(Promised.by(scorer, lens, field, one.wanted))
    return found


def average_precision(scores: Floats, wanted: NDArray[np.bool_]) -> float:
    """The mean precision at each wanted paper, (n,) and (n,); ties in the order given."""
    order = np.argsort(-scores, kind="stable")
    hits = wanted[order]
    found = np.cumsum(hits)[hits] / (np.flatnonzero(hits) + 1)
    return float(found.mean()) if len(found) else 0.0
