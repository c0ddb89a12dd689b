"""``evaluate acronyms``: short and long forms found in sentences, and what short forms mean."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from broadsheet.evaluate.collection import BenchError, read_lines
from broadsheet.evaluate.significance import interval
from broadsheet.text import Meaning, acronym_knowledge, find_acronyms, long_key, words_of

SUFFIXES = (".jsonl", ".jsonl.zst", ".jsonl.gz", ".json")
DICTIONARY = "diction.json"
Encode = Callable[[Sequence[str]], NDArray[np.float32]]
# A sentence with a dictionary of doubtful meanings is another case than an abstract: how often
# papers define a meaning tells less of it. Four numbers, found by cross-validation over acronyms on
# the open half of SciAD (no label is used when measuring); the product's own are others.
WITH_ENCODER = {"papers": 0.22, "sense": 4.4, "words": 0.3, "near": 6.2}
BY_WORDS = {"papers": 0.23, "sense": 5.2, "words": 1.6, "near": 0.0}
Spans = set[tuple[int, int, int]]  # sentence, first token, after the last


@dataclass(frozen=True, slots=True)
class Tagged:
    """A sentence and its labels: ``O``, ``B-short``, ``I-short``, ``B-long``, ``I-long``."""

    tokens: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A sentence, its acronym, the long forms it may have there, and the right one."""

    tokens: tuple[str, ...]
    place: int
    choices: tuple[str, ...]
    expansion: str

    @property
    def short(self) -> str:
        """The acronym as written."""
        return self.tokens[self.place]

    @property
    def text(self) -> str:
        """The sentence without it."""
        return " ".join(self.tokens[: self.place] + self.tokens[self.place + 1 :])


def evaluate_acronyms(paths: Sequence[Path], encode: Encode | None = None) -> dict[str, Any]:
    """Measures on files of labelled sentences, or folders of them; one of either kind is enough.

    Identification (lines of tokens and labels) gives ``f1_short``, ``f1_long``, ``f1_macro``,
    ``f1_micro`` with precisions and recalls, of exact spans, as the shared task of AAAI-21
    counts. Disambiguation (tokens, acronym, expansion; a `DICTIONARY` beside) gives
    ``accuracy`` with ``accuracy_low`` and ``_high`` (95 %), ``macro_f1`` of the task, and
    baselines: ``commonest_accuracy``, ``context_accuracy`` (nearest context), ``first_accuracy``,
    ``chance_accuracy`` and ``labelled_commonest_accuracy``, which knows the labels. No label is
    used for anything else. Raises `BenchError`.
    """
    tagged: list[Tagged] = []
    ambiguous: list[Ambiguous] = []
    for file in (file for path in paths for file in _files(path)):
        rows = _rows(file)
        if not rows:
            continue
        if "labels" in rows[0]:
            tagged += [_tagged(file, row) for row in rows]
        elif "acronym" in rows[0]:
            choices = _dictionary(file)
            ambiguous += [_ambiguous(file, row, choices) for row in rows if "expansion" in row]
    if not tagged and not ambiguous:
        raise BenchError(
            f"{', '.join(map(str, paths))}: no labelled sentence there; lines have tokens and"
            " labels, or tokens, acronym and expansion"
        )
    found: dict[str, Any] = {}
    if tagged:
        found |= identified([(one.labels, tags(one.tokens)) for one in tagged])
    if ambiguous:
        found |= disambiguated(ambiguous, encode)
    return found


def tags(tokens: Sequence[str]) -> tuple[str, ...]:
    """What the product finds in a sentence, as labels."""
    labels = ["O"] * len(tokens)
    found = find_acronyms(tokens)
    longs = {one.long for one in found if one.long}
    # A short form within a long one is a part of that.
    for kind, spans in (("short", {(one.start, one.end) for one in found}), ("long", longs)):
        for start, end in sorted(spans):
            labels[start:end] = [f"B-{kind}", *[f"I-{kind}"] * (end - start - 1)]
    return tuple(labels)


def identified(pairs: Iterable[tuple[Sequence[str], Sequence[str]]]) -> dict[str, float]:
    """Precision, recall and F1 of spans, from given and found labels of each sentence."""
    given: dict[str, Spans] = {"short": set(), "long": set()}
    ours: dict[str, Spans] = {"short": set(), "long": set()}
    count = 0
    for place, (labels, predicted) in enumerate(pairs):
        count += 1
        for side, row in ((given, labels), (ours, predicted)):
            for kind, start, end in spans_of(row):
                side[kind].add((place, start, end))
    figures: dict[str, float] = {"sentences": count}
    rates = {}
    for kind in ("short", "long"):
        rates[kind] = _rates(len(given[kind] & ours[kind]), len(ours[kind]), len(given[kind]))
        figures |= dict(
            zip((f"precision_{kind}", f"recall_{kind}", f"f1_{kind}"), rates[kind], strict=True)
        )
    precision, recall = (float(np.mean([rate[n] for rate in rates.values()])) for n in (0, 1))
    right = sum(len(given[kind] & ours[kind]) for kind in given)
    sizes = (sum(map(len, side.values())) for side in (ours, given))
    figures["f1_macro"] = _harmonic(precision, recall)
    figures["f1_micro"] = _rates(right, *sizes)[2]
    return figures


def spans_of(labels: Sequence[str]) -> list[tuple[str, int, int]]:
    """Kind, first and after-last token of each labelled stretch; an ``I`` may open one."""
    found: list[tuple[str, int, int]] = []
    kind, start = "", 0
    for place, label in enumerate((*labels, "O")):
        mark, _, name = label.partition("-")
        if kind and (mark != "I" or name != kind):
            found.append((kind, start, place))
            kind = ""
        if not kind and name in ("short", "long"):
            kind, start = name, place
    return found


def disambiguated(items: Sequence[Ambiguous], encode: Encode | None = None) -> dict[str, Any]:
    """Accuracy and macro-F1 of meanings chosen among each sentence's choices, and baselines."""
    known = acronym_knowledge()
    seen: dict[tuple[str, str], float] = {}
    for short in dict.fromkeys(item.short for item in items):
        for meaning in known.meanings(short):
            key = short, meaning.key
            seen[key] = seen.get(key, 0.0) + meaning.papers
    near = _nearness(items, encode) if encode else None
    answers: dict[str, list[str]] = defaultdict(list)
    chance = random.Random(0)  # noqa: S311 - a baseline
    for place, item in enumerate(items):
        meanings = [Meaning(c, seen.get((item.short, long_key(c)), 0.0)) for c in item.choices]
        words = words_of(item.text)
        by_words = known.weigh(words, meanings, weights=BY_WORDS)
        weighed = known.weigh(words, meanings, near[place], WITH_ENCODER) if near else by_words
        answers[""].append(weighed[0].meaning.long)
        evidence = known.evidence(words, meanings)
        for name, column in (("commonest", 0), ("context", 1)):
            answers[name].append(item.choices[int(evidence[:, column].argmax())])
        answers["first"].append(item.choices[0])
        answers["chance"].append(chance.choice(item.choices))
        if near:
            answers["without_encoder"].append(by_words[0].meaning.long)
    labelled: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for item in items:
        labelled[item.short][item.expansion] += 1
    answers["labelled_commonest"] = [labelled[i.short].most_common(1)[0][0] for i in items]
    gold = [item.expansion for item in items]
    figures: dict[str, Any] = {}
    for name, chosen in answers.items():
        right = np.array([a == b for a, b in zip(gold, chosen, strict=True)], np.float64)
        prefix = f"{name}_" if name else ""
        figures[f"{prefix}accuracy"] = float(right.mean())
        figures[f"{prefix}macro_f1"] = macro_f1(gold, chosen)
        if not name:
            figures["accuracy_low"], figures["accuracy_high"] = interval(right)
    figures |= {"cases": len(items), "acronyms": len(labelled), "encoder": encode is not None}
    return figures


def macro_f1(gold: Sequence[str], chosen: Sequence[str]) -> float:
    """The task's own: the harmonic mean of mean precision and mean recall over the expansions
    that are right somewhere; one never chosen has precision 1."""
    total, asked = Counter(gold), Counter(chosen)
    right = Counter(a for a, b in zip(gold, chosen, strict=True) if a == b)
    precision = [right[one] / asked[one] if asked[one] else 1.0 for one in total]
    recall = [right[one] / total[one] for one in total]
    return _harmonic(float(np.mean(precision)), float(np.mean(recall)))


def _nearness(items: Sequence[Ambiguous], encode: Encode) -> list[list[float]]:
    """The cosine of each sentence to each of its choices."""
    longs = list(dict.fromkeys(choice for item in items for choice in item.choices))
    rows = dict(zip(longs, encode(longs), strict=True))
    texts = encode([item.text[:400] for item in items])
    return [
        [float(text @ rows[choice]) for choice in item.choices]
        for item, text in zip(items, texts, strict=True)
    ]


def _rates(right: int, found: int, given: int) -> tuple[float, float, float]:
    precision = right / found if found else 1.0
    recall = right / given if given else 1.0
    return precision, recall, _harmonic(precision, recall)


def _harmonic(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0


def _rows(file: Path) -> list[dict[str, Any]]:
    try:
        if file.suffix == ".json":
            rows = json.loads(file.read_text(encoding="utf-8"))
        else:
            rows = [json.loads(line) for _, line in read_lines(file) if line.strip()]
    except (ValueError, OSError) as error:
        raise BenchError(f"{file}: cannot be read ({error}); lines of JSON are needed") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return []
    return rows


def _tagged(file: Path, row: dict[str, Any]) -> Tagged:
    tokens, labels = _texts(file, row, "tokens"), _texts(file, row, "labels")
    if len(tokens) != len(labels):
        raise BenchError(
            f"{file}, {row.get('id', '?')}: {len(tokens)} tokens and {len(labels)} labels;"
            " each token needs one"
        )
    return Tagged(tokens, labels)


def _ambiguous(file: Path, row: dict[str, Any], dictionary: dict[str, Any]) -> Ambiguous:
    tokens, place = _texts(file, row, "tokens"), row["acronym"]
    if not isinstance(place, int) or not 0 <= place < len(tokens):
        raise BenchError(f"{file}, {row.get('id', '?')}: acronym is the number of a token")
    choices = dictionary.get(tokens[place])
    if not isinstance(choices, list) or not choices:
        raise BenchError(f"{file}, {row.get('id', '?')}: {tokens[place]} is not in {DICTIONARY}")
    return Ambiguous(tokens, place, tuple(map(str, choices)), str(row["expansion"]))


def _texts(file: Path, row: dict[str, Any], name: str) -> tuple[str, ...]:
    found = row.get(name)
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise BenchError(f"{file}, {row.get('id', '?')}: {name} is a list of texts")
    return tuple(found)


def _dictionary(file: Path) -> dict[str, Any]:
    for folder in (file.parent, file.parent.parent):
        beside = folder / DICTIONARY
        if beside.is_file():
            try:
                found = json.loads(beside.read_text(encoding="utf-8"))
            except ValueError as error:
                raise BenchError(f"{beside}: is no JSON ({error})") from error
            if isinstance(found, dict):
                return found
    raise BenchError(f"{file}: needs {DICTIONARY} beside it, short forms to lists of long ones")


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(
        file for file in path.iterdir() if file.name.endswith(SUFFIXES) and file.name != DICTIONARY
    )
    if not found:
        raise BenchError(f"{path}: no .jsonl file there (.zst, .gz); give a file or its folder")
    return found
