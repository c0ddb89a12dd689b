"""Retrievers that generate instead of looking up: ``python -m trials.generative KIND DATA``

Rows 14, 16 and 18 of docs/methods.md. No language model can be had here; what each idea rests on is
measured with the smallest model that has it:

- ``substrings`` (row 14): n-grams that the corpus holds, found in a suffix array of all abstracts,
  are generated from the query (its own ones, the only ones a model of its words gives a chance) and
  scored as SEAL does; a fourth retriever beside BM25 and the encoder. Recall@100 of the three
  joined, bytes, and the seconds a new day takes.
- ``identifiers`` (row 16): a softmax over papers, trained from sentences of papers (a corpus-built
  model that is the index). Recall@10 of papers that arrive later, and what learning those costs
  the papers that were there.
- ``titles`` (row 18): a translation model (IBM 1) writes the title word by word under the trie of
  all titles, beam search. Recall@10 and bytes against the encoder.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import click
import numpy as np
import torch
from numpy.typing import NDArray

from broadsheet.encoders import split_words
from broadsheet.evaluate import Collection, field_of, interval, measure, randomisation, read_judged
from broadsheet.text import embedded_text, split_sentences
from trials.training import JUDGED, cache_folder, ground, stock

Ints = NDArray[np.int64]
LONGEST = 4  # words of a generated n-gram
DEPTH = 100


class Suffixes:
    """A suffix array over the words of texts; n-grams are found by bisection."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.ids: dict[bytes, int] = {}
        flat: list[int] = []
        owner: list[int] = []
        for place, text in enumerate(texts):
            words = [self.ids.setdefault(word, len(self.ids) + 1) for word in split_words(text)]
            flat.extend([*words, 0])  # 0 ends a text: no n-gram reaches into the next
            owner.extend([place] * (len(words) + 1))
        self.owner = np.array(owner, np.int32)
        padded = np.array([*flat, *[0] * LONGEST], np.int64)
        # Suffixes compared by their first words are enough for n-grams of that many.
        keys = np.stack([padded[i : i + len(flat)] for i in range(LONGEST)])
        self.order = np.lexsort(keys[::-1]).astype(np.int32)
        self.keys = keys[:, self.order]

    def range(self, gram: Sequence[int]) -> tuple[int, int]:
        """The places of suffixes that begin with an n-gram."""
        low, high = 0, len(self.order)
        for depth, word in enumerate(gram):
            part = self.keys[depth, low:high]
            low, high = (
                low + int(np.searchsorted(part, word, "left")),
                low + int(np.searchsorted(part, word, "right")),
            )
        return low, high

    @property
    def bytes(self) -> int:
        """The text as 32-bit words, the order and the owners."""
        return 3 * 4 * len(self.order)


def substring_scores(index: Suffixes, query: str, documents: int) -> NDArray[np.float64]:
    """SEAL's intersective score (Bevilacqua et al. 2022): n-grams weigh by how much likelier the
    query makes them than the corpus does; one inside another already counted adds nothing."""
    words = [index.ids.get(word, -1) for word in split_words(query)]
    total = len(index.order)
    found = []
    for length in range(LONGEST, 0, -1):
        for start in range(len(words) - length + 1):
            gram = words[start : start + length]
            low, high = index.range(gram) if -1 not in gram else (0, 0)
            if high > low:
                found.append((np.log(total / (high - low)) * length**0.5, start, length, low, high))
    scores = np.zeros(documents)
    covered: dict[int, set[int]] = defaultdict(set)
    for weight, start, length, low, high in sorted(found, reverse=True):
        places = set(range(start, start + length))
        for owner in set(index.owner[index.order[low:high]].tolist()):
            new = len(places - covered[owner]) / length
            scores[owner] += weight * new
            covered[owner] |= places
    return scores


def recalls(one: Collection, rankings: Mapping[str, Sequence[str]]) -> NDArray[np.float64]:
    """Recall@100 by query."""
    table = measure(rankings, one.qrels)["recall@100"]
    return np.array([table[query] for query in one.queries])


def substrings(data: Path) -> None:
    """Row 14."""
    encoder = stock("all-MiniLM-L6-v2")
    gaps, alone = [], []
    for one in [found for name in JUDGED for found in read_judged(str(data / name))]:
        names = [paper.id for paper in one.documents]
        texts = [embedded_text(paper) for paper in one.documents]
        began = time.perf_counter()
        index = Suffixes(texts)
        built = time.perf_counter() - began
        queries = dict(list(one.queries.items())[:200])
        with ExitStack() as stack:
            field = stack.enter_context(field_of(one, encoder))
            both: dict[str, list[str]] = {}
            three: dict[str, list[str]] = {}
            only: dict[str, list[str]] = {}
            for query, text in queries.items():
                candidates = field.candidates(text)
                legs = [candidates.lexical, np.nan_to_num(candidates.dense)]
                ids = field.names(candidates.ids.tolist())
                ranked = [
                    [ids[i] for i in np.argsort(-np.nan_to_num(leg), kind="stable")] for leg in legs
                ]
                scores = substring_scores(index, text, len(names))
                third = [names[i] for i in np.argsort(-scores, kind="stable")[:200]]
                only[query] = third[:DEPTH]
                both[query] = reciprocal(ranked)
                three[query] = reciprocal([*ranked, third])
        part = Collection(
            one.name, one.documents, queries, {query: one.qrels[query] for query in queries}
        )
        base, more = recalls(part, both), recalls(part, three)
        gaps.append(more - base)
        alone.append(float(recalls(part, only).mean()))
        click.echo(
            f"{one.name:20} recall@100 BM25+encoder {base.mean():.4f}, with substrings"
            f" {more.mean():.4f}, substrings alone {alone[-1]:.4f};"
            f" {index.bytes / len(names):.0f} bytes a paper, built in {built:.1f} s"
            f" (again for every new day)"
        )
    tell("substrings added", gaps)


def reciprocal(rankings: Sequence[Sequence[str]]) -> list[str]:
    """Rankings joined by reciprocal ranks, k = 60."""
    scores: Counter[str] = Counter()
    for ranking in rankings:
        for rank, name in enumerate(ranking[:200], 1):
            scores[name] += 1 / (60 + rank)  # type: ignore[assignment]
    return [name for name, _ in scores.most_common(DEPTH)]


def tell(what: str, gaps: Sequence[NDArray[np.float64]]) -> None:
    """The mean difference over sets with its interval and test."""
    mean = float(np.mean([gap.mean() for gap in gaps]))
    pooled = np.concatenate([gap / len(gap) for gap in gaps])
    low, high = interval(pooled * len(pooled) / len(gaps))
    click.echo(f"{what}: {mean:+.4f} [{low:+.4f}, {high:+.4f}] p={randomisation(gaps):.4f}")


def identifiers(data: Path) -> None:
    """Row 16."""
    encoder = stock("all-MiniLM-L6-v2")
    papers = ground(data, 20_000).corpus.documents[-1_500:]
    for seed in range(3):
        torch.manual_seed(seed)
        asked, told, numbers = [], [], []
        for number, paper in enumerate(papers):
            spans = split_sentences(paper.abstract)
            sentences = [paper.abstract[span.start : span.end] for span in spans]
            asked.append(sentences[0])
            told.extend(sentences[1:])
            numbers.extend([number] * len(sentences[1:]))
        vectors = kept(encoder, told)
        queries, bodies = kept(encoder, asked), kept(encoder, [paper.title for paper in papers])
        of, old = torch.tensor(numbers), 1_000
        model = torch.nn.Linear(vectors.shape[1], len(papers))
        first = recall_at_10(model(queries).detach(), range(old))
        learn(model, vectors, of, of < old)
        before = recall_at_10(model(queries).detach(), range(old))
        unseen = recall_at_10(model(queries).detach(), range(old, len(papers)))
        learn(model, vectors, of, of >= old)
        after = recall_at_10(model(queries).detach(), range(old))
        learned = recall_at_10(model(queries).detach(), range(old, len(papers)))
        dense = queries @ bodies.T
        click.echo(
            f"seed {seed}: first sentence asks; known papers {before:.3f} (untrained {first:.3f});"
            f" papers arrived since {unseen:.3f} without training, {learned:.3f} after it, known"
            f" ones then {after:.3f}; encoder over titles {recall_at_10(dense, range(old)):.3f}"
            f" and {recall_at_10(dense, range(old, len(papers))):.3f}, nothing to train"
        )


def kept(encoder: object, texts: list[str]) -> torch.Tensor:
    """Vectors of texts, made once."""
    from broadsheet.learn.keeping import kept_vectors

    return torch.from_numpy(kept_vectors(encoder, texts, cache_folder() / "vectors"))  # type: ignore[arg-type]


def learn(
    model: torch.nn.Linear, vectors: torch.Tensor, of: torch.Tensor, which: torch.Tensor
) -> None:
    """Trains the softmax on some sentences."""
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    rows = torch.nonzero(which).squeeze(1)
    for _ in range(8):
        for batch in rows[torch.randperm(len(rows))].split(256):
            loss = torch.nn.functional.cross_entropy(20 * model(vectors[batch]), of[batch])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()


def recall_at_10(scores: torch.Tensor, rows: range) -> float:
    """How often a paper is among the first ten for its own query."""
    wanted = torch.tensor(list(rows))
    best = scores[wanted].topk(10, dim=1).indices
    return float((best == wanted[:, None]).any(dim=1).float().mean())


class Translation:
    """IBM model 1 (Brown et al. 1993): the chance of a title's word given an abstract's words."""

    def __init__(self, pairs: Sequence[tuple[list[bytes], list[bytes]]], rounds: int = 4) -> None:
        self.chances: dict[bytes, dict[bytes, float]] = {}
        seen: Counter[bytes] = Counter(word for _, title in pairs for word in title)
        total = sum(seen.values())
        self.background = {word: count / total for word, count in seen.items()}
        for _ in range(rounds):
            counts: dict[bytes, dict[bytes, float]] = defaultdict(lambda: defaultdict(float))
            for source, title in pairs:
                for word in title:
                    shares = {s: self.chance(s, word) for s in source}
                    whole = sum(shares.values())
                    for s, share in shares.items():
                        if share > 1e-3 * whole:
                            counts[s][word] += share / whole
            self.chances = {
                s: {word: count / sum(row.values()) for word, count in row.items()}
                for s, row in counts.items()
            }

    def chance(self, source: bytes, word: bytes) -> float:
        """Of a word, given one of the query's."""
        if not self.chances:
            return self.background[word]
        return self.chances.get(source, {}).get(word, 1e-7)

    def writer(self, query: list[bytes]) -> Callable[[bytes], float]:
        """The log chance of each word of a title, as this query would have it written."""

        def log_chance(word: bytes) -> float:
            mean = sum(self.chance(s, word) for s in query) / max(len(query), 1)
            return float(np.log(0.9 * mean + 0.1 * self.background.get(word, 1e-7)))

        return log_chance


def titles(data: Path) -> None:
    """Row 18."""
    encoder = stock("all-MiniLM-L6-v2")
    over = ground(data, 20_000)
    papers = over.corpus.documents[-1_000:]
    others = over.corpus.documents[-6_000:-1_000]  # what is asked for must not be learned from
    pairs = [(query_words(paper.abstract), split_words(paper.title)) for paper in others]
    model = Translation(pairs)
    trie: dict[bytes, dict[bytes, object]] = {}
    for number, paper in enumerate(papers):
        node = trie
        for word in split_words(paper.title):
            node = node.setdefault(word, {})  # type: ignore[assignment]
        node.setdefault(b"", {})[str(number).encode()] = {}
    asked = [paper.abstract[: paper.abstract.find(". ") + 1] or paper.abstract for paper in papers]
    asked = asked[:300]
    found = [beam(trie, model.writer(query_words(text))) for text in asked]
    written = np.array([float(number in ten) for number, ten in enumerate(found)])
    queries, bodies = kept(encoder, asked), kept(encoder, [paper.title for paper in papers])
    best = (queries @ bodies.T).topk(10, dim=1).indices.numpy()
    dense = np.array([float(number in row) for number, row in enumerate(best)])
    held = sum(len(paper.title.encode()) for paper in papers) / len(papers)
    chances = sum(map(len, model.chances.values()))
    click.echo(
        f"recall@10 of 1,000 titles, first sentence asks: written under the trie"
        f" {written.mean():.3f} ({held:.0f} bytes a title and a table of {chances:,}"
        f" chances), encoder {dense.mean():.3f} ({bodies.shape[1]} bytes)"
    )
    tell("written against the encoder", [written - dense])


def query_words(text: str) -> list[bytes]:
    """The distinct words of a text, at most 40."""
    return list(dict.fromkeys(split_words(text)))[:40]


def beam(
    trie: Mapping[bytes, Mapping[bytes, object]], chance: Callable[[bytes], float], width: int = 50
) -> list[int]:
    """The ten titles that are likeliest a word, by beam search down the trie."""
    ends: list[tuple[float, int]] = []
    open_: list[tuple[float, int, Mapping[bytes, object]]] = [(0.0, 0, trie)]
    while open_:
        longer = []
        for score, length, node in open_:
            for word, below in node.items():
                if word == b"":
                    ends.extend((score / max(length, 1), int(key)) for key in below)  # type: ignore[attr-defined]
                else:
                    longer.append((score + chance(word), length + 1, below))
        longer.sort(key=lambda one: -one[0] / one[1])
        open_ = longer[:width]  # type: ignore[assignment]
    return [number for _, number in sorted(ends, reverse=True)[:10]]


KINDS = {"substrings": substrings, "identifiers": identifiers, "titles": titles}


@click.command()
@click.argument("kind", type=click.Choice(sorted(KINDS)))
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
def main(kind: str, data: Path) -> None:
    """Prints what the trial measures."""
    KINDS[kind](data)


if __name__ == "__main__":
    main()
