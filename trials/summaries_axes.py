"""Summaries judged on two axes, how simple and how true: ``python -m trials.summaries_axes DEV``

Neither axis needs a reference, as in Cripwell, Legrand and Gardent (2024, "Evaluating document
simplification"); one figure for both hides which of the two a summary lacks.

- **simplicity**: the mean of three standardised figures, over all texts of the run: fewer words
  (logarithm), fewer syllables a word, commoner words (logarithm of the share of abstracts that
  have one). Flesch's reading ease is printed beside it.
- **meaning**: the cosine of the summary's vector to the abstract's by the encoder of the
  settings. Beside it the share of the paper's key terms that are kept, and the share of the
  summary's numbers and names that the paper has.

Systems are the product's line, sentences chosen in plain ways, the clause nearest to what people
wrote (oracle), what people wrote, and baselines that must fail on one axis: the whole abstract
(says all, no simpler), the rarer half of the words left out (simple, says little), the line of
another paper (as simple, untrue).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau, rankdata  # type: ignore[import-untyped]

from broadsheet import settings
from broadsheet.encoders import Encoder, load_encoder
from broadsheet.evaluate import interval, randomisation, read_summarised
from broadsheet.evaluate.collection import read_lines
from broadsheet.evaluate.rouge import best_rouge, rouge_words
from broadsheet.evaluate.summaries import Summarised
from broadsheet.text import clauses, keywords, one_line
from broadsheet.text.terms.background import background
from broadsheet.text.terms.stopping import FUNCTION

Floats = NDArray[np.float64]
PRODUCT = "product"
PERSON = "person"
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_VOWELS = re.compile(r"[aeiouy]+")
_END = re.compile(r"[.!?](?:\s|$)")
_NAME = re.compile(r"\b\w*(?:\d|\w[A-Z])\w*\b")  # a digit, or a capital that is not the first
_ABOUT = ("words", "syllables", "rarity")


@dataclass(frozen=True, slots=True, eq=False)
class Axes:
    """Figures of every system on every paper, each of shape (systems, papers)."""

    names: tuple[str, ...]
    simplicity: Floats
    meaning: Floats
    parts: dict[str, Floats]
    rouge: Floats

    def of(self, name: str) -> tuple[Floats, Floats]:
        """One system's simplicity and meaning by paper."""
        row = self.names.index(name)
        return self.simplicity[row], self.meaning[row]


def syllables(word: str) -> int:
    """Groups of vowels, a silent e at the end left out; one at least."""
    groups = len(_VOWELS.findall(word.lower()))
    silent = word.lower().endswith("e") and not word.lower().endswith(("le", "ee", "ye"))
    return max(1, groups - silent)


def rarity(word: str) -> float:
    """How many times fewer abstracts than all have a word, as a base-2 logarithm.

    The table has no function words: they are in all.
    """
    if word.lower() in FUNCTION:
        return 0.0
    known = background()
    found = known.words.get(word.lower())
    return -found.share if found else -known.unknown


def ease(text: str) -> tuple[float, float, float, float]:
    """Words of a text (logarithm), syllables a word, mean rarity, and Flesch's reading ease."""
    words = _WORD.findall(text) or ["-"]
    sounds = sum(map(syllables, words)) / len(words)
    sentences = max(1, len(_END.findall(text)))
    flesch = 206.835 - 1.015 * len(words) / sentences - 84.6 * sounds
    return float(np.log2(len(words))), sounds, float(np.mean([rarity(w) for w in words])), flesch


def terms_kept(paper: Summarised, text: str) -> float:
    """The share of the paper's key terms all of whose words a text has; 1 where it has none."""
    there = {word.rstrip("s") for word in rouge_words(text)}
    terms = [rouge_words(term.text) for term in keywords(paper.document)]
    if not terms:
        return 1.0
    return float(np.mean([all(word.rstrip("s") in there for word in term) for term in terms]))


def names_held(paper: Summarised, text: str) -> float:
    """The share of a text's numbers and names that the paper has; 1 where there are none."""
    there = f"{paper.document.title} {paper.document.abstract}".lower()
    found = _NAME.findall(text)
    return float(np.mean([name.lower() in there for name in found])) if found else 1.0


# What is judged: a paper's text by system.


def sentences_of(paper: Summarised) -> list[str]:
    """The abstract's."""
    return [paper.said(span) for span in paper.document.sentences]


def shown(paper: Summarised) -> str:
    """The product's line; the first sentence where it shows none."""
    span = one_line(paper.document)
    return paper.said(span) if span else sentences_of(paper)[0]


def nearest_clause(paper: Summarised) -> str:
    """What agrees best with the people's summaries."""
    count = len(paper.document.sentences)
    spans = [span for at in range(count) for span in clauses(paper.document, at)]
    texts = [paper.said(span) for span in spans] or sentences_of(paper)
    return max(texts, key=lambda text: sum(best_rouge(text, paper.references).values()))


def common_half(text: str) -> str:
    """A text without the rarer half of its words."""
    words = text.split()
    rare = [max((rarity(one) for one in _WORD.findall(word)), default=0.0) for word in words]
    kept = np.sort(np.argsort(rare, kind="stable")[: max(1, len(words) // 2)])
    return " ".join(words[place] for place in kept.tolist())


SYSTEMS: dict[str, Callable[[Summarised, np.random.Generator], str]] = {
    PRODUCT: lambda paper, _: shown(paper),
    "first sentence": lambda paper, _: sentences_of(paper)[0],
    "last sentence": lambda paper, _: sentences_of(paper)[-1],
    "any sentence": lambda paper, chance: str(chance.choice(sentences_of(paper))),
    "longest sentence": lambda paper, _: max(sentences_of(paper), key=len),
    "shortest sentence": lambda paper, _: min(sentences_of(paper), key=len),
    "title": lambda paper, _: paper.document.title or "-",
    "nearest clause (oracle)": lambda paper, _: nearest_clause(paper),
    "whole abstract": lambda paper, _: paper.document.abstract,
    "product, common half": lambda paper, _: common_half(shown(paper)),
}


def written(path: Path) -> dict[str, str]:
    """What a person wrote of each paper, by id: the first of the references."""
    found = {}
    for number, line in read_lines(path):
        row = json.loads(line)
        said = row["tldr"] if isinstance(row["tldr"], str) else next(filter(None, row["tldr"]), "")
        found[str(row.get("id", number))] = said
    return found


def measured(
    papers: Sequence[Summarised], said: Mapping[str, Sequence[str]], encoder: Encoder
) -> Axes:
    """Both axes of every text; ``said[system]`` has one a paper."""
    names = tuple(said)
    table = np.array([[ease(text) for text in said[name]] for name in names])
    flat = table[..., :3].reshape(-1, 3)
    scaled = (table[..., :3] - flat.mean(0)) / np.maximum(flat.std(0), 1e-9)
    whole = encoder.encode_documents([paper.document.abstract for paper in papers])
    nearness = [(encoder.encode_documents(list(said[name])) * whole).sum(1) for name in names]
    pairs = [list(zip(papers, said[name], strict=True)) for name in names]
    parts = {name: table[..., at] for at, name in enumerate(_ABOUT)}
    parts["words"] = 2 ** parts["words"]
    parts["flesch"] = table[..., 3]
    parts["terms"] = np.array([[terms_kept(*pair) for pair in row] for row in pairs])
    parts["names"] = np.array([[names_held(*pair) for pair in row] for row in pairs])
    found = [
        [sum(best_rouge(text, paper.references).values()) / 3 for paper, text in row]
        for row in pairs
    ]
    return Axes(names, -scaled.mean(2), np.array(nearness, np.float64), parts, np.array(found))


def correlations(left: Sequence[Floats], right: Sequence[Floats]) -> Floats:
    """Spearman's, paper by paper; those without an order are left out."""
    found = []
    for one, other in zip(left, right, strict=True):
        a, b = rankdata(one), rankdata(other)
        if len(a) > 2 and a.std() and b.std():
            found.append(float(np.corrcoef(a, b)[0, 1]))
    return np.array(found)


def row(axes: Axes, name: str) -> str:
    """A system's figures, and what it is apart from the product on both axes."""
    at = axes.names.index(name)
    parts = " ".join(f"{axes.parts[key][at].mean():6.2f}" for key in axes.parts)
    told = f"{name:24} {axes.simplicity[at].mean():+.3f} {axes.meaning[at].mean():.3f} | {parts} |"
    if name != PERSON:
        told += f" {axes.rouge[at].mean():.3f}"
    for mine, theirs in zip(axes.of(name), axes.of(PRODUCT), strict=True):
        gap = mine - theirs
        if gap.any():
            low, high = interval(gap)
            told += f" | {gap.mean():+.3f} [{low:+.3f}, {high:+.3f}] p={randomisation([gap]):.4f}"
    return told


def agreements(axes: Axes) -> list[str]:
    """How far the axes, and ROUGE against what people wrote, order the systems alike."""
    rows = [at for at, name in enumerate(axes.names) if name != PERSON]
    measures = {"simplicity": axes.simplicity, "meaning": axes.meaning, "ROUGE": axes.rouge}
    told = []
    for one, other in combinations(measures, 2):
        a, b = measures[one][rows], measures[other][rows]
        tau = kendalltau(a.mean(1), b.mean(1)).statistic
        each = correlations(list(a.T), list(b.T))
        low, high = interval(each)
        told.append(
            f"{len(rows)} systems, {one} and {other}: tau of the means {tau:+.2f},"
            f" within a paper {each.mean():+.3f} [{low:+.3f}, {high:+.3f}]"
        )
    return told


def within(papers: Sequence[Summarised], encoder: Encoder) -> list[str]:
    """The same among the sentences of each abstract: which ones are simple, which tell it."""
    texts = [sentences_of(paper) for paper in papers]
    ends = np.cumsum([len(one) for one in texts])[:-1]
    flat = [(paper, text) for paper, some in zip(papers, texts, strict=True) for text in some]
    table = np.array([ease(text)[:3] for _, text in flat])
    simple = -((table - table.mean(0)) / table.std(0)).mean(1)
    whole = encoder.encode_documents([paper.document.abstract for paper in papers])
    own = np.repeat(np.arange(len(papers)), [len(one) for one in texts])
    near = (encoder.encode_documents([text for _, text in flat]) * whole[own]).sum(1)
    like = np.array([sum(best_rouge(text, paper.references).values()) / 3 for paper, text in flat])
    parts = {"simplicity": simple, "meaning": near, "ROUGE": like}
    told = []
    for one, other in combinations(parts, 2):
        each = correlations(np.split(parts[one], ends), np.split(parts[other], ends))
        low, high = interval(each)
        told.append(
            f"{len(flat)} sentences, {one} and {other}: within a paper {each.mean():+.3f}"
            f" [{low:+.3f}, {high:+.3f}]"
        )
    return told


@click.command()
@click.argument("dev", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--papers", default=300, help="How many, drawn at random.")
def main(dev: Path, papers: int) -> None:
    """Prints both axes of every system, and how far they agree."""
    found = read_summarised(dev)
    chance = np.random.default_rng(0)
    kept = [found[at] for at in np.sort(chance.permutation(len(found))[:papers]).tolist()]
    said = {name: [make(paper, chance) for paper in kept] for name, make in SYSTEMS.items()}
    said["product, next paper's"] = [*said[PRODUCT][1:], said[PRODUCT][0]]
    by_hand = written(dev)
    said[PERSON] = [by_hand[paper.id] for paper in kept]
    home = settings.load()
    encoder = load_encoder(home.encoder, home.models_path, hub=home.model_hub)
    axes = measured(kept, said, encoder)
    click.echo(f"{len(kept)} papers; simplicity, meaning | {' '.join(axes.parts)} | ROUGE |")
    click.echo("less the product: simplicity | meaning")
    for name in axes.names:
        click.echo(row(axes, name))
    for line in [*agreements(axes), *within(kept, encoder)]:
        click.echo(line)


if __name__ == "__main__":
    main()
