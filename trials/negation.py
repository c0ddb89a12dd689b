"""Finds what sentences deny, and compares with labels: ``python -m trials.negation [--half held]``

The labels are `negation-labels/sentences.tsv`. Printed for each system: precision, recall and F1 of
cues, of words in a scope, and of whole scopes with their cue, each over all labels; the 95 %
interval of the words' F1, sentences redrawn; and its difference to the product's, paired.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click
import numpy as np
from numpy.typing import NDArray

from broadsheet.text import denials

LABELS = Path(__file__).parent / "negation-labels" / "sentences.tsv"
_WORD = re.compile(r"\w+")
_NEGEX_CUES = re.compile(
    r"\b(?:not|cannot|no|without|denies|absence of|free of|never|none|neither|nor|lack of|lacks?"
    r"|lacking|fails? to|failed to|failing to|unable to|instead of|rather than|unlike)\b|n['’]t\b",
    re.IGNORECASE,
)
_MARK = re.compile(r"[,.;:!?()]|\b(?:but|however|although|though|because|except)\b", re.IGNORECASE)
_DRAWS = 2_000

T = TypeVar("T")
Place = tuple[int, int]
Found = list[tuple[Place, Place]]  # cues and their scopes
Words = frozenset[int]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A labelled sentence: its paper, the half it is for, its denials by place."""

    paper: str
    half: str
    text: str
    denials: tuple[tuple[Place, Place], ...]


def read_labels(path: Path = LABELS) -> list[Sentence]:
    """The labelled sentences; ValueError names a line that is none."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            paper, half, marks, _, text = line.split("\t")
            pairs = [[_place(part) for part in mark.split(":")] for mark in marks.split()]
            found.append(Sentence(paper, half, text, tuple((cue, scope) for cue, scope in pairs)))
        except ValueError as error:
            raise ValueError(f"{path}:{number}: {error}") from None
    return found


def _place(text: str) -> Place:
    start, end = text.split("-")
    return int(start), int(end)


def ours(text: str) -> Found:
    """The product's rules."""
    return [((d.cue.start, d.cue.end), (d.scope.start, d.scope.end)) for d in denials(text)]


def ours_to_mark(text: str) -> Found:
    """The product's cues, each with all up to the next mark."""
    return [
        (cue, scope if scope[0] < cue[0] else _to_mark(text, cue[1])) for cue, scope in ours(text)
    ]


def negex(text: str) -> Found:
    """A list of cues, each with the words up to the next mark or "but"."""
    places = [match.span() for match in _NEGEX_CUES.finditer(text)]
    return [(cue, _to_mark(text, cue[1])) for cue in places]


def negex_five(text: str) -> Found:
    """The same with a window of at most five words."""
    found = []
    for cue, scope in negex(text):
        words = list(_WORD.finditer(text, *scope))[:5]
        found.append((cue, (scope[0], words[-1].end() if words else scope[0])))
    return found


def _to_mark(text: str, start: int) -> Place:
    match = _MARK.search(text, start)
    return start, match.start() if match else len(text)


SYSTEMS: dict[str, Callable[[str], Found]] = {
    "ours": ours,
    "our cues, to the next mark": ours_to_mark,
    "list of cues, to the next mark (NegEx)": negex,
    "list of cues, five words": negex_five,
}


def counts(sentences: Sequence[Sentence], system: Callable[[str], Found]) -> NDArray[np.int64]:
    """Hits, found, labelled of cues, words and whole scopes; shape (sentences, 3, 3)."""
    rows = []
    for sentence in sentences:
        words = [match.span() for match in _WORD.finditer(sentence.text)]
        wanted = [_sets(words, pair) for pair in sentence.denials]
        got = [_sets(words, pair) for pair in system(sentence.text)]
        rows.append(
            [
                _hits({cue for cue, _ in got}, {cue for cue, _ in wanted}),
                _hits(_union(got), _union(wanted)),
                _hits(set(got), set(wanted)),
            ]
        )
    return np.array(rows, np.int64)


def _sets(words: Sequence[Place], pair: tuple[Place, Place]) -> tuple[Words, Words]:
    cue, scope = (
        frozenset(at for at, (start, end) in enumerate(words) if start < two and end > one)
        for one, two in pair
    )
    return cue, scope


def _union(pairs: Sequence[tuple[Words, Words]]) -> set[int]:
    return {word for _, scope in pairs for word in scope}


def _hits(got: Set[T], wanted: Set[T]) -> tuple[int, int, int]:
    return len(got & wanted), len(got), len(wanted)


def f1(summed: NDArray[np.int64]) -> NDArray[np.float64]:
    """F1 of hits, found and labelled, the last axis."""
    found: NDArray[np.float64] = 2 * summed[..., 0] / np.maximum(1, summed[..., 1] + summed[..., 2])
    return found


@click.command()
@click.option("--half", type=click.Choice(["dev", "held", "fresh", "all"]), default="held")
@click.option("--show", is_flag=True, help="Print where the product differs from the labels.")
def main(half: str, show: bool) -> None:
    """Prints the table."""
    sentences = [one for one in read_labels() if half in ("all", one.half)]
    denying = sum(bool(one.denials) for one in sentences)
    labels = sum(len(one.denials) for one in sentences)
    click.echo(f"{len(sentences)} sentences ({half}), {denying} of them deny; {labels} denials")
    click.echo(f"{'':40} {'cue P/R/F1':>16} {'word P/R/F1':>16} {'whole':>5}  words' F1, 95 %")
    drawn = np.random.default_rng(0).integers(0, len(sentences), (_DRAWS, len(sentences)))
    base = f1(counts(sentences, ours)[drawn].sum(1))[:, 1]
    for name, system in SYSTEMS.items():
        found = counts(sentences, system)
        whole = found.sum(0)
        redrawn = f1(found[drawn].sum(1))[:, 1]
        low, high = np.quantile(redrawn, (0.025, 0.975))
        parts = [
            "/".join(f"{x:.3f}"[1:] if x < 1 else "1.00" for x in (h / g, h / w, f1(whole[at])))
            for at, (h, g, w) in enumerate(whole[:2])
        ]
        line = f"{name:40} {parts[0]:>16} {parts[1]:>16} {f1(whole[2]):.3f}"
        line += f"  {low:.3f} to {high:.3f}"
        if system is not ours:
            gap = np.quantile(base - redrawn, (0.025, 0.5, 0.975))
            line += f"; ours +{gap[1]:.3f} ({gap[0]:.3f} to {gap[2]:.3f})"
        click.echo(line)
    if show:
        _show(sentences)


def _show(sentences: Sequence[Sentence]) -> None:
    for sentence in sentences:
        got = set(ours(sentence.text))
        wrong = sorted(got ^ set(sentence.denials))
        if wrong:
            click.echo(f"\n{sentence.text}")
        for cue, scope in wrong:
            sign = "+" if (cue, scope) in got else "-"
            text = sentence.text
            click.echo(f"  {sign} {text[slice(*cue)]} > {text[slice(*scope)]}")


if __name__ == "__main__":
    main()
