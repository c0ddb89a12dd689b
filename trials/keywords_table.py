"""Makes the table that the keyword extractor ships: ``python -m trials.keywords_table OUT DIR…``

Each DIR holds a corpus.jsonl(.zst) of papers in the public domain. Three things are counted:
which small words stand beside each word (a logistic regression of these contexts and of endings,
learned from `trials.keywords_seeds`, tells nouns, adjectives, verbs and adverbs apart); in how
many abstracts words and phrases stand; in how many of them the title has them too.
"""

from __future__ import annotations

import io
import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import numpy as np
import zstandard
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from broadsheet.text.reading import Token, tokenize
from broadsheet.text.terms.background import STEP, Background, Known
from broadsheet.text.terms.keys import key_of
from broadsheet.text.terms.phrases import runs
from broadsheet.text.terms.stopping import FUNCTION
from trials.keywords_seeds import ADJECTIVES, ADVERBS, NOUNS, VERBS

CLASSIFIED = 8  # abstracts a word must stand in to get a class
LONGEST = 4  # words of a phrase
PRIOR = (2.0, 0.05)  # of the title rate: as many abstracts more, with this rate
_DASHES = str.maketrans("‐‑–’", "---'")
Documents = Sequence[tuple[tuple[Token, ...], tuple[Token, ...]]]


def papers(folders: Sequence[Path], every: int) -> Iterator[tuple[str, str]]:
    """Titles and abstracts of every nth paper."""
    for folder in folders:
        path = next(folder.glob("corpus.jsonl*"))
        with path.open("rb") as file:
            stream = zstandard.ZstdDecompressor().stream_reader(file)
            raw = stream if path.suffix == ".zst" else file
            for number, line in enumerate(io.TextIOWrapper(raw, encoding="utf-8")):
                if number % every == 0:
                    paper = json.loads(line)
                    if paper["abstract"]:
                        yield paper["title"], paper["abstract"]


def _lower(token: Token) -> str:
    """The word in lower case; '' for what is none."""
    text = token.text
    if not (text[0].isalpha() or (text[-1].isalpha() and text[0] != "$")):
        return ""
    return text.lower().translate(_DASHES).removesuffix("'s")


class Words:
    """Counts of words and of what stands beside them."""

    def __init__(self) -> None:
        self.papers = 0
        self.frequency: Counter[str] = Counter()
        self.titled: Counter[str] = Counter()
        self.contexts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._marks: dict[str, str] = {}

    def add(self, title: Sequence[Token], abstract: Sequence[Token]) -> None:
        """Counts one paper."""
        self.papers += 1
        body = [_lower(token) for token in abstract]
        marks = [self._mark(word, token) for word, token in zip(body, abstract, strict=True)]
        found = set(body) - {""}
        self.frequency.update(found)
        self.titled.update(found & {_lower(token) for token in title})
        marks.append("$")
        before = "^"
        for place, word in enumerate(body):
            if word:
                self.contexts[word]["l" + before] += 1
                self.contexts[word]["r" + marks[place + 1]] += 1
            before = marks[place]

    def _mark(self, word: str, token: Token) -> str:
        if not word:
            return "|" + token.text[0]
        if word not in self._marks:
            ends = ("ly", "ing", "ed", "s")
            shape = "-" + next((end for end in ends if word.endswith(end)), "")
            self._marks[word] = word if word in FUNCTION else shape
        return self._marks[word]


def _features(word: str, contexts: Counter[str]) -> dict[str, float]:
    total = sum(contexts.values()) / 2
    features = {name: math.sqrt(count / total) for name, count in contexts.items()}
    head = word.rsplit("-", 1)[-1]
    for length in (1, 2, 3, 4):
        if len(head) > length:
            features["-" + head[-length:]] = 0.4
    return features


def classes(counted: Words) -> dict[str, str]:
    """The class of each word that is frequent enough: N, A, V, D, or B for noun or verb."""
    words = [
        word
        for word, count in counted.frequency.items()
        if count >= CLASSIFIED and word not in FUNCTION
    ]
    rows = [_features(word, counted.contexts[word]) for word in words]
    used = Counter(name for row in rows for name in row)
    columns = {name: n for n, name in enumerate(sorted(k for k, c in used.items() if c >= 40))}
    matrix: NDArray[np.float32] = np.zeros((len(words), len(columns)), np.float32)
    for number, row in enumerate(rows):
        for name, value in row.items():
            if name in columns:
                matrix[number, columns[name]] = value
    places = {word: number for number, word in enumerate(words)}
    seeds = {"N": NOUNS, "A": ADJECTIVES, "V": VERBS, "D": ADVERBS}
    known = [(places[w], kind) for kind, ws in seeds.items() for w in ws if w in places]
    model = LogisticRegression(C=10, max_iter=500)
    model.fit(matrix[[row for row, _ in known]], [kind for _, kind in known])
    chances = model.predict_proba(matrix)
    names = [str(name) for name in model.classes_]
    noun, verb = names.index("N"), names.index("V")
    best = chances.argmax(axis=1)
    mixed = (chances[:, noun] > 0.15) & (chances[:, verb] > 0.15)
    return {word: "B" if mixed[row] else names[int(best[row])] for row, word in enumerate(words)}


Counts = tuple[Counter[str], Counter[str], Counter[str]]


def phrases(corpus: Iterator[tuple[str, str]], table: Background) -> Counts:
    """By key, for one to four words: abstracts; those whose title has it; those that have it whole.

    A phrase is whole where the run of nouns and adjectives is no longer.
    """
    frequency: Counter[str] = Counter()
    titled: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    for number, (title, abstract) in enumerate(corpus, 1):
        found, maximal = _spans(tokenize(abstract), table)
        frequency.update(found)
        whole.update(maximal)
        titled.update(found & _spans(tokenize(title), table)[0])
        if number % 40_000 == 0:
            for key in [key for key, count in frequency.items() if count == 1]:
                del frequency[key]
    return frequency, titled, whole


def _spans(tokens: Sequence[Token], table: Background) -> tuple[set[str], set[str]]:
    found, maximal = set(), set()
    for run in runs(tokens, table):
        for end in range(1, len(run) + 1):
            last = key_of(run[end - 1][0])
            for start in range(max(0, end - LONGEST), end):
                before = "".join(word + " " for _, word, _ in run[start : end - 1])
                key = before.replace("-", " ") + last
                found.add(key)
                if start == 0 and end == len(run):
                    maximal.add(key)
    return found, maximal


def written(table: Background) -> bytes:
    """The table as `broadsheet.text.terms.background.parse` reads it."""
    lines = [f"{-table.unknown:.3f}"]
    for entries in (table.words, table.phrases):
        previous = ""
        for text in sorted(entries):
            kind, share, titled, whole = entries[text]
            shared = 0
            for one, other in zip(previous[:70], text, strict=False):
                if one != other:
                    break
                shared += 1
            step = chr(48 + round(-share * STEP))
            rate = chr(48 + round(math.sqrt(min(titled, 1.0)) * 64))
            part = chr(48 + round(min(whole, 1.0) * 16))
            lines.append(f"{chr(48 + shared)}{kind}{step}{rate}{part}{text[shared:]}")
            previous = text
    return zstandard.ZstdCompressor(level=19).compress("\n".join(lines).encode())


def _known(kind: str, count: int, titled: int, whole: float, total: int) -> Known:
    weight, rate = PRIOR
    share = math.log2(count / total)
    return Known(kind, share, (titled + weight * rate) / (count + weight), whole)


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--every", default=1, show_default=True, help="Read every nth paper.")
@click.option("--words", "least_word", default=24, show_default=True, help="Abstracts of a word.")
@click.option(
    "--phrases", "least_phrase", default=24, show_default=True, help="Abstracts of a phrase."
)
def main(
    out: Path, folders: tuple[Path, ...], every: int, least_word: int, least_phrase: int
) -> None:
    """Writes the table."""
    counted = Words()
    for title, abstract in papers(folders, every):
        counted.add(tokenize(title), tokenize(abstract))
    total = counted.papers
    kinds = classes(counted)
    entries = {
        word: _known(kind, counted.frequency[word], counted.titled[word], 0.0, total)
        for word, kind in kinds.items()
    }
    unknown = math.log2(least_word / total)
    frequency, titled, whole = phrases(papers(folders, every), Background(entries, {}, unknown))
    kept_words = {}
    for word, known in entries.items():
        if counted.frequency[word] >= least_word or known.kind != "N":
            key = key_of(word)
            kept_words[word] = known._replace(whole=whole[key] / max(frequency[key], 1))
    kept = {
        key: _known("P", count, titled[key], whole[key] / count, total)
        for key, count in frequency.items()
        if count >= least_phrase and " " in key
    }
    content = written(Background(kept_words, kept, unknown))
    out.write_bytes(content)
    click.echo(f"{total:,} papers, {len(kept_words):,} words, {len(kept):,} phrases")
    click.echo(f"{out}: {len(content):,} bytes")


if __name__ == "__main__":
    main()
