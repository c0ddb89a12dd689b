"""Bugs planted on purpose, and which checks find them: ``python -m trials.seeded_bugs DIR...``

Each bug is planted around the real encoder, index or search of one judged collection. The table
says what it does to nDCG@10, which is all that a benchmark would show, and which of the checks
of ``broadsheet evaluate checks`` fail. (Papi et al., ACL 2024.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import click
import numpy as np

from broadsheet import settings
from broadsheet.encoders import Encoder, Vectors, load_encoder
from broadsheet.evaluate import (
    BenchError,
    Collection,
    check_all,
    field_of,
    measure,
    randomisation,
    read_judged,
    subject_of,
)
from broadsheet.index import Filters, Index, Ranking, WordQuery
from broadsheet.papers import Paper
from broadsheet.search import Searcher, SearchRequest, SearchResult

HIDDEN = 0.01  # a smaller loss of nDCG@10 would be taken for noise
_BATCH = 32
_STOP = re.compile(r"\b(the|of|and|in|a|for|on|to|is|are|by|with|an)\b", re.IGNORECASE)
_MARK = "qq"

Search = Callable[[SearchRequest], SearchResult]


class Known:
    """An encoder that encodes a text once; bugs are planted around it."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder, self.known = encoder, dict[str, Any]()
        self.name, self.key, self.dimensions = encoder.name, encoder.key, encoder.dimensions

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """The vectors of queries."""
        return self.encode_documents(texts)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """The vectors of documents."""
        new = list(dict.fromkeys(text for text in texts if text not in self.known))
        if new:
            self.known.update(zip(new, self.encoder.encode_documents(new), strict=True))
        return np.stack([self.known[text] for text in texts])


class Wrong(Known):
    """An encoder with a bug, which is a function of texts and vectors, by batches of 32."""

    def __init__(
        self, sound: Known, bug: Callable[[Known, list[str]], Vectors], *, queries: bool = True
    ) -> None:
        super().__init__(sound)
        self.sound, self.bug, self.queries = sound, bug, queries
        self.key = f"{sound.key}-wrong"

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """The vectors of queries, with the bug where it concerns them."""
        return self._batches(texts) if self.queries else self.sound.encode_documents(texts)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """The vectors of documents, with the bug."""
        return self._batches(texts)

    def _batches(self, texts: Sequence[str]) -> Vectors:
        parts = [list(texts[start : start + _BATCH]) for start in range(0, len(texts), _BATCH)]
        return np.concatenate([self.bug(self.sound, part) for part in parts])


class Around:
    """An index whose methods are its own but for the ones given."""

    def __init__(self, index: Index, **methods: Callable[..., Any]) -> None:
        self._index, self._methods = index, methods

    def __getattr__(self, name: str) -> Any:
        if name in self._methods:
            return self._methods[name]
        return getattr(self._index, name)


@dataclass(frozen=True)
class Bug:
    """A bug: what it changes in the texts filed, the encoder, the index, the query, the search."""

    name: str
    about: str
    paper: Callable[[Paper], Paper] | None = None
    encoder: Callable[[Known], Known] | None = None
    index: Callable[[Index], Index] | None = None
    query: Callable[[str], str] | None = None
    search: Callable[[Search], Search] | None = None


def _padded(sound: Known, texts: list[str]) -> Vectors:
    """The mean over tokens takes the padding with it."""
    vectors, pad = sound.encode_documents(texts), sound.encode_documents(["."])[0]
    lengths = np.array([[len(text.split())] for text in texts])
    mixed = lengths * vectors + 0.5 * (lengths.max() - lengths) * pad
    return np.asarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True), np.float32)


def _swapped(sound: Known, texts: list[str]) -> Vectors:
    """The last two of a batch come back in each other's place."""
    vectors = sound.encode_documents(texts)
    return np.concatenate([vectors[:-2], vectors[-2:][::-1]])


def _stretched(sound: Known, texts: list[str]) -> Vectors:
    """Vectors grow with the length of their text."""
    lengths = np.array([[len(text.split())] for text in texts])
    return np.asarray(sound.encode_documents(texts) * np.sqrt(lengths) / 5, np.float32)


def _cut(sound: Known, texts: list[str]) -> Vectors:
    """Only the first 24 words are read."""
    return sound.encode_documents([" ".join(text.split()[:24]) for text in texts])


def _prefixed(sound: Known, texts: list[str]) -> Vectors:
    """Another model's prefix before everything."""
    return sound.encode_documents([f"passage: {text}" for text in texts])


def _unmarked(sound: Known, texts: list[str]) -> Vectors:
    """Sound vectors of texts that were marked for the words leg's bugs."""
    return sound.encode_documents([re.sub(rf"{_MARK}\b", "", text) for text in texts])


def _mark_all(text: str) -> str:
    return re.sub(rf"\b([A-Za-z]{{3,}}?)(?:{_MARK})?\b", rf"\1{_MARK}", text)


def _mark_stop(text: str) -> str:
    return _STOP.sub(rf"\1{_MARK}", text)


def _marked(mark: Callable[[str], str]) -> Callable[[Paper], Paper]:
    return lambda paper: replace(
        paper, title=mark(paper.title), abstract=mark(paper.abstract), summary=mark(paper.summary)
    )


def _neighbours(index: Index) -> Index:
    """The row of a vector is taken for the one after it."""

    def search_vectors(vector: Any, limit: int, filters: Filters | None = None) -> Ranking:
        found = index.search_vectors(vector, limit, filters)
        return replace(found, ids=found.ids % index.count() + 1)

    return cast(Index, Around(index, search_vectors=search_vectors))


def _short_list(index: Index) -> Index:
    """The list to compare misses every third of the nearest."""

    def search_vectors(vector: Any, limit: int, filters: Filters | None = None) -> Ranking:
        found = index.search_vectors(vector, limit, filters)
        kept = found.ids % 3 != 0
        return replace(found, ids=found.ids[kept], scores=found.scores[kept])

    return cast(Index, Around(index, search_vectors=search_vectors))


def _scores_in_order_of_ids(index: Index) -> Index:
    """Scores that are looked up come back in the order of ids, not of the question."""

    def score_words(query: WordQuery, ids: Any) -> Any:
        return index.score_words(query, np.sort(np.asarray(ids, np.int64)))

    return cast(Index, Around(index, score_words=score_words))


def _filters_lost(index: Index) -> Index:
    """Filters are not handed on."""
    words, vectors = index.search_words, index.search_vectors
    return cast(
        Index,
        Around(
            index,
            search_words=lambda query, limit, _filters=None: words(query, limit),
            search_vectors=lambda vector, limit, _filters=None: vectors(vector, limit),
        ),
    )


def _first_lost(search: Search) -> Search:
    """Ranks from 1 used as places from 0."""
    return lambda request: replace((found := search(request)), hits=found.hits[1:])


def _next_page_late(search: Search) -> Search:
    """The second page starts one too late."""
    return lambda request: search(replace(request, offset=request.offset + bool(request.offset)))


def _page_kept(search: Search) -> Search:
    """Answers are kept by their query alone, not by the page that was asked for."""
    kept: dict[str, SearchResult] = {}
    return lambda request: kept.setdefault(request.query, search(request))


def _ties_broken_by_chance(search: Search) -> Search:
    """The order depends on what was asked before."""
    random = np.random.default_rng(0)

    def run(request: SearchRequest) -> SearchResult:
        found = search(request)
        order = np.argsort(np.arange(len(found.hits)) + random.uniform(0, 3, len(found.hits)))
        return replace(found, hits=tuple(found.hits[place] for place in order))

    return run


BUGS = (
    Bug("none", "the product as it is"),
    Bug("padding", "padding in the mean", encoder=lambda sound: Wrong(sound, _padded)),
    Bug("batch order", "two of a batch swapped", encoder=lambda sound: Wrong(sound, _swapped)),
    Bug("length", "vectors not of unit length", encoder=lambda sound: Wrong(sound, _stretched)),
    Bug("cut", "texts cut to 24 words", encoder=lambda sound: Wrong(sound, _cut)),
    Bug(
        "prefix",
        "documents with another model's prefix",
        encoder=lambda sound: Wrong(sound, _prefixed, queries=False),
    ),
    Bug("ids", "a vector's id off by one", index=_neighbours),
    Bug("short list", "a third of the nearest missed", index=_short_list),
    Bug("lookup order", "looked-up scores in another order", index=_scores_in_order_of_ids),
    Bug("filters", "filters not handed on", index=_filters_lost),
    Bug(
        "stop words",
        "stop words kept",
        paper=_marked(_mark_stop),
        query=_mark_stop,
        encoder=lambda sound: Wrong(sound, _unmarked),
    ),
    Bug(
        "stemmer",
        "words not stemmed",
        paper=_marked(_mark_all),
        query=_mark_all,
        encoder=lambda sound: Wrong(sound, _unmarked),
    ),
    Bug(
        "short words",
        "query words of three letters lost",
        query=lambda text: " ".join(word for word in text.split() if len(word) > 3) or text,
    ),
    Bug("titles", "titles not filed", paper=lambda paper: replace(paper, title="")),
    Bug("minus", "a minus is read as a space", query=lambda text: text.replace(" -", " ")),
    Bug("first hit", "ranks off by one", search=_first_lost),
    Bug("next page", "the second page one too late", search=_next_page_late),
    Bug("kept page", "answers kept by query alone", search=_page_kept),
    Bug("shaken", "an order that changes by chance", search=_ties_broken_by_chance),
)


@dataclass(frozen=True)
class Outcome:
    """What a bug did: nDCG@10 by query, and the checks that fail."""

    bug: Bug
    ndcg: dict[str, float]
    failed: tuple[str, ...]

    @property
    def mean(self) -> float:
        """nDCG@10 over the queries."""
        return float(np.mean(list(self.ndcg.values())))


def plant(bug: Bug, collection: Collection, sound: Known, cache: Path, sample: int) -> Outcome:
    """Files the collection with the bug in place, measures it and checks it."""
    encoder = bug.encoder(sound) if bug.encoder else sound
    wrong = bug.paper or (lambda paper: paper)
    filed = replace(collection, documents=tuple(wrong(paper) for paper in collection.documents))
    with field_of(filed, encoder, cache / bug.name) as ground, field_of(collection, None) as plain:
        index = bug.index(ground.index) if bug.index else ground.index
        search: Search = Searcher(plain.documents, index, encoder).search
        if bug.search:
            search = bug.search(search)
        asked = _asked(search, bug.query) if bug.query else search
        subject = replace(subject_of(plain.documents, index, encoder, sample), search=asked)
        failed = tuple(check.name for check in check_all(subject) if not check.passed)
        rankings = {}
        for query, text in collection.queries.items():
            found = asked(SearchRequest(text, limit=100))
            rankings[query] = plain.names([hit.work_id for hit in found.hits])
    return Outcome(bug, measure(rankings, collection.qrels)["ndcg@10"], failed)


def _asked(search: Search, change: Callable[[str], str]) -> Search:
    return lambda request: search(replace(request, query=change(request.query)))


def table(outcomes: Sequence[Outcome]) -> str:
    """A Markdown table: bug, nDCG@10 and its change with a p-value, checks that fail."""
    sound = outcomes[0]
    rows = ["| bug | nDCG@10 | Δ | p | checks that fail |", "|---|--:|--:|--:|---|"]
    caught = hidden = hidden_caught = 0
    for outcome in outcomes:
        differences = np.array([outcome.ndcg[q] - sound.ndcg[q] for q in sound.ndcg])
        change = float(differences.mean())
        p = randomisation([differences])
        rows.append(
            f"| {outcome.bug.about} | {outcome.mean:.4f} | {change:+.4f} | {p:.4f} |"
            f" {', '.join(outcome.failed) or 'none'} |"
        )
        if outcome is not sound:
            caught += bool(outcome.failed)
            hidden += change > -HIDDEN
            hidden_caught += change > -HIDDEN and bool(outcome.failed)
    rows.append(
        f"\n{caught} of {len(outcomes) - 1} bugs are caught. nDCG@10 hides {hidden} of them (a loss"
        f" below {HIDDEN}), of which the checks catch {hidden_caught}."
    )
    return "\n".join(rows)


@click.command()
@click.argument("folder")
@click.option("--sample", type=int, default=60, show_default=True, help="Papers checked.")
@click.option("--bugs", default="", help="Only these, with commas.")
def main(folder: str, sample: int, bugs: str) -> None:
    """Plants every bug in a judged collection and prints the table."""
    import tempfile

    home = settings.load()
    sound = Known(load_encoder(home.encoder, home.models_path, hub=home.model_hub))
    try:
        collection = read_judged(folder)[0]
    except BenchError as error:
        raise click.ClickException(str(error)) from error
    wanted = {"none", *(name.strip() for name in bugs.split(","))} if bugs else None
    with tempfile.TemporaryDirectory(prefix="broadsheet-bugs-") as cache:
        outcomes = [
            plant(bug, collection, sound, Path(cache), sample)
            for bug in BUGS
            if wanted is None or bug.name in wanted
        ]
    click.echo(f"{collection.name}: {len(collection.queries)} queries\n\n{table(outcomes)}")


if __name__ == "__main__":
    main()
