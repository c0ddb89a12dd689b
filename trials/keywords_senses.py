"""Senses of terms on constructed ambiguity: ``python -m trials.keywords_senses DIR…``

Two key terms of the papers in DIR are made one (a pseudo-word); their papers should part into the
two again. Printed: how often they are parted, purity and normalised mutual information (0 where
they are not), beside a random parting and none; and how often the papers of a single term are
parted, which should be seldom. Pairs and terms are drawn anew for each seed.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import click
import numpy as np
from sklearn.metrics import normalized_mutual_info_score

from broadsheet.evaluate.significance import interval
from broadsheet.text import clean_abstract, clean_title
from broadsheet.text.reading import Document, prepare
from broadsheet.text.terms import keywords, senses
from trials.keywords_table import papers

LEAST, MOST = 40, 250  # papers of a term that is drawn
DRAWN = 60  # papers of each of the two


def _purity(found: Sequence[int], truth: Sequence[int]) -> float:
    groups: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for group, label in zip(found, truth, strict=True):
        groups[group][label] += 1
    return sum(max(counts.values()) for counts in groups.values()) / len(truth)


def _labels(key: str, documents: Sequence[Document]) -> list[int]:
    labels = [0] * len(documents)
    for number, sense in enumerate(senses(key, documents)):
        for place in sense.papers:
            labels[place] = number
    return labels


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--every", default=4, show_default=True, help="Read every nth paper.")
@click.option("--pairs", default=25, show_default=True, help="Pseudo-words of a seed.")
@click.option("--singles", default=40, show_default=True, help="Single terms of a seed.")
@click.option("--seeds", default=3, show_default=True)
def main(folders: tuple[Path, ...], every: int, pairs: int, singles: int, seeds: int) -> None:
    """Prints the figures of each seed and of all."""
    texts = [(clean_title(t), clean_abstract(a)) for t, a in papers(folders, every)]
    terms: defaultdict[str, list[int]] = defaultdict(list)
    for number, (title, abstract) in enumerate(texts):
        for term in keywords(prepare(title, abstract)):
            terms[term.key].append(number)
    good = sorted(k for k, held in terms.items() if LEAST <= len(held) <= MOST and " " in k)
    read = cache(lambda number: prepare(*texts[number]))
    rows: list[tuple[float, float, float]] = []
    lone: list[bool] = []
    for seed in range(seeds):
        draw = random.Random(seed)  # noqa: S311
        mine: list[tuple[float, float, float]] = []
        while len(mine) < pairs:
            one, other = draw.sample(good, 2)
            first = draw.sample(terms[one], min(DRAWN, len(terms[one])))
            second = draw.sample(terms[other], min(DRAWN, len(terms[other])))
            if set(one.split()) & set(other.split()) or set(first) & set(second):
                continue
            items = [(n, 0) for n in first] + [(n, 1) for n in second]
            draw.shuffle(items)
            truth = [label for _, label in items]
            found = _labels(f"{one} {other}", [read(n) for n, _ in items])
            score = float(normalized_mutual_info_score(truth, found)) if any(found) else 0.0
            chance = [draw.randrange(2) for _ in truth]
            mine.append((score, _purity(found, truth), _purity(chance, truth)))
        rows += mine
        alone = [
            bool(senses(key, [read(n) for n in terms[key][:120]]))
            for key in draw.sample(good, min(singles, len(good)))
        ]
        lone += alone
        _line(f"seed {seed}", mine, alone)
    _line("all", rows, lone)
    low, high = interval(np.array([row[0] for row in rows]))
    click.echo(f"NMI of all: [{low:.3f}, {high:.3f}] (95 %, bootstrap over pairs)")


def _line(name: str, rows: Sequence[tuple[float, float, float]], lone: Sequence[bool]) -> None:
    nmi, purity, chance = np.array(rows).mean(axis=0)
    parted = np.mean([row[0] > 0 for row in rows])
    click.echo(
        f"{name:8} pairs {len(rows):3} parted {parted:.2f}  NMI {nmi:.3f}  purity {purity:.3f}"
        f" (random {chance:.3f})  |  single terms {len(lone):3} parted {np.mean(lone):.2f}"
    )


if __name__ == "__main__":
    main()
