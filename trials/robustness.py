"""What small changes of queries and papers do: ``python -m trials.robustness CONFIG.toml DIR...``

A config names systems and changes:

    systems = ["hybrid", "dense", "lexical", "bm25"]
    queries = ["typo", "paraphrase", "opposite"]      # of `broadsheet.evaluate.perturbations`
    papers = ["told sentence out", "other sentence out", "shuffled"]   # `PAPER_CHANGES`
    sample = 150                                      # queries of a collection

For queries the table gives nDCG@10 before and after with the interval of the difference, the
mean overlap of the first ten, and the share of changed queries with the very same first ten:
little where the change turns the meaning round, much where it leaves it. For papers each query
has one, relevant and among the first ten, that is changed and filed anew; the table gives how
many places it falls (up to 100) and how often it stays where it was.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np

from broadsheet import settings
from broadsheet.encoders import Encoder, load_encoder
from broadsheet.evaluate import (
    BenchError,
    Collection,
    Field,
    Judged,
    System,
    chosen,
    field_of,
    interval,
    judge,
    perturbations,
    read_judged,
)
from broadsheet.papers import Paper

QUERY_CHANGES: Mapping[str, perturbations.Change] = {
    "typo": perturbations.typo,
    "plural": perturbations.plural,
    "word order": perturbations.word_order,
    "fillers": perturbations.fillers,
    "paraphrase": perturbations.paraphrase,
    "opposite": perturbations.opposite,
}
_BELOW = 101  # the place of a paper that is not among the first hundred
_STUFFED = 4  # times the query's words are put in


@dataclass(frozen=True)
class Row:
    """One line of a table: a collection, a change and a system, with figures by name."""

    collection: str
    change: str
    system: str
    changed: int
    figures: Mapping[str, str]


def of_queries(ground: Field, systems: Sequence[System], names: Sequence[str]) -> list[Row]:
    """Every query change, judged on the queries that it changes."""
    collection = ground.collection
    before = judge(ground, systems)
    rows = []
    for name in names:
        change = QUERY_CHANGES[name]
        texts = {
            query: change(text, np.random.default_rng(place))
            for place, (query, text) in enumerate(collection.queries.items())
        }
        moved = np.array([texts[query] != text for query, text in collection.queries.items()])
        if not moved.any():
            continue
        after = judge(replace(ground, collection=replace(collection, queries=texts)), systems)
        for system in systems:
            old, new = before.of(system.name)[moved], after.of(system.name)[moved]
            tops = [
                (before.rankings[system.name][q][:10], after.rankings[system.name][q][:10])
                for q, change_made in zip(collection.queries, moved, strict=True)
                if change_made
            ]
            low, high = interval(new - old, draws=2_000)
            alike = [len({*a} & {*b}) / max(len({*a} | {*b}), 1) for a, b in tops]
            figures = {
                "nDCG@10": f"{old.mean():.4f}",
                "after": f"{new.mean():.4f}",
                "95 % of Δ": f"{low:+.3f} {high:+.3f}",
                "overlap@10": f"{np.mean(alike):.3f}",
                "same ten": f"{np.mean([set(a) == set(b) for a, b in tops]):.1%}",
            }
            rows.append(Row(collection.name, name, system.name, int(moved.sum()), figures))
    return rows


@dataclass(frozen=True)
class Pair:
    """A query, and the paper that is changed for it."""

    query: str
    text: str
    paper: Paper


PaperChange = Callable[[Pair, Field], Paper | None]


def _with_abstract(paper: Paper, abstract: str) -> Paper:
    return replace(paper, abstract=abstract)


def _told(pair: Pair, ground: Field) -> int | None:
    """The sentence that says most of what was asked; None where there are not three.

    By cosine to the query with an encoder, by the query's words in it without.
    """
    parts = perturbations.sentences(pair.paper.abstract)
    if len(parts) < 3:
        return None
    if ground.encoder is None:
        asked = {word.term for word in ground.index.words(pair.text)}
        said = [sum(word.term in asked for word in ground.index.words(part)) for part in parts]
        return int(np.argmax(said))
    vectors = ground.encoder.encode_queries([pair.text, *parts])
    return int(np.argmax(vectors[1:] @ vectors[0]))


def _told_out(pair: Pair, ground: Field) -> Paper | None:
    place = _told(pair, ground)
    if place is None:
        return None
    text = perturbations.without_sentence(pair.paper.abstract, place)
    return _with_abstract(pair.paper, text)


def _other_out(pair: Pair, ground: Field) -> Paper | None:
    """Another sentence out, drawn by the query's id."""
    place = _told(pair, ground)
    if place is None:
        return None
    count = len(perturbations.sentences(pair.paper.abstract))
    other = (place + 1 + len(pair.query + pair.text) % (count - 1)) % count
    text = perturbations.without_sentence(pair.paper.abstract, other)
    return _with_abstract(pair.paper, text)


def _told_turned(pair: Pair, ground: Field) -> Paper | None:
    """The sentence turned round; None where no rule can."""
    place = _told(pair, ground)
    if place is None:
        return None
    parts = perturbations.sentences(pair.paper.abstract)
    turned = perturbations.opposite(parts[place], np.random.default_rng(0))
    if turned == parts[place]:
        return None
    return _with_abstract(pair.paper, " ".join([*parts[:place], turned, *parts[place + 1 :]]))


def _rewritten(change: perturbations.Change) -> PaperChange:
    def run(pair: Pair, _ground: Field) -> Paper | None:
        text = change(pair.paper.abstract, np.random.default_rng(len(pair.text)))
        return _with_abstract(pair.paper, text) if text != pair.paper.abstract else None

    return run


def _stuffed(pair: Pair, _ground: Field) -> Paper | None:
    return _with_abstract(
        pair.paper, f"{pair.paper.abstract} {_STUFFED * (pair.text + ' ')}".strip()
    )


# By name: how a paper is changed, and whether it is one that was found or one far below.
PAPER_CHANGES: Mapping[str, tuple[PaperChange, bool]] = {
    "told sentence out": (_told_out, True),
    "other sentence out": (_other_out, True),
    "told sentence turned round": (_told_turned, True),
    "shuffled": (_rewritten(perturbations.shuffled), True),
    "truncated": (_rewritten(perturbations.truncated), True),
    "stuffed": (_stuffed, False),
}


def _pairs(ground: Field, rankings: Mapping[str, Sequence[str]], *, found: bool) -> list[Pair]:
    """For each query a paper of its own: relevant and in the first ten, or not relevant and
    from place 50 on."""
    papers = {paper.id: paper for paper in ground.collection.documents}
    taken: set[str] = set()
    pairs = []
    for query, text in ground.collection.queries.items():
        grades = ground.collection.qrels[query]
        ranking = rankings[query]
        wanted = (
            [name for name in ranking[:10] if grades.get(name, 0) > 0]
            if found
            else [name for name in ranking[50:] if grades.get(name, 0) <= 0]
        )
        free = [name for name in wanted if name not in taken and papers[name].abstract]
        if free:
            taken.add(free[0])
            pairs.append(Pair(query, text, papers[free[0]]))
    return pairs


def of_papers(
    ground: Field, encoder: Encoder, systems: Sequence[System], names: Sequence[str]
) -> list[Row]:
    """Every paper change; all changed papers of one change are filed together."""
    before = judge(ground, systems)
    rows = []
    for name in names:
        change, found = PAPER_CHANGES[name]
        pairs = _pairs(ground, before.rankings[systems[0].name], found=found)
        made = {pair.query: change(pair, ground) for pair in pairs}
        kept = [pair for pair in pairs if made[pair.query] is not None]
        if not kept:
            continue
        changed = {paper.id: paper for paper in made.values() if paper is not None}
        documents = tuple(changed.get(one.id, one) for one in ground.collection.documents)
        queries = {pair.query: pair.text for pair in kept}
        qrels = {query: ground.collection.qrels[query] for query in queries}
        again = replace(ground.collection, documents=documents, queries=queries, qrels=qrels)
        with field_of(again, encoder) as other:
            after = judge(other, systems)
            spoilt = [_imbalance(other, pair.text, pair.paper.id) for pair in kept]
        sound = [
            _imbalance(ground, pair.text, hit)
            for pair in kept
            for hit in before.rankings[systems[0].name][pair.query][:3]
        ]
        auc = _auc(spoilt, sound)
        rows += [
            _shift(ground.collection, name, one.name, kept, before, after, auc) for one in systems
        ]
    return rows


def _imbalance(ground: Field, query: str, name: str) -> float:
    """How much more the words of a query say for a paper than its meaning does.

    Each leg's score as a share of its best for the query: the pattern by which stuffing might be
    told. 0 for a paper that neither leg found.
    """
    found = ground.candidates(query)
    at = np.flatnonzero(np.array(ground.names(found.ids.tolist())) == name)
    if not len(at):
        return 0.0
    words, meaning = found.lexical, np.nan_to_num(found.dense)
    best_words, best_meaning = max(float(words.max()), 1e-9), max(float(meaning.max()), 1e-9)
    return float(words[at[0]] / best_words - meaning[at[0]] / best_meaning)


def _auc(spoilt: Sequence[float], sound: Sequence[float]) -> float:
    """The chance that a spoilt paper has the greater value of two; ties count half."""
    one, other = np.array(spoilt)[:, None], np.array(sound)[None, :]
    return float(np.mean((one > other) + 0.5 * (one == other)))


def _shift(
    collection: Collection,
    change: str,
    system: str,
    pairs: Sequence[Pair],
    before: Judged,
    after: Judged,
    auc: float,
) -> Row:
    old = np.array([_place(before.rankings[system][pair.query], pair.paper.id) for pair in pairs])
    new = np.array([_place(after.rankings[system][pair.query], pair.paper.id) for pair in pairs])
    falls = (new - old).astype(float)
    low, high = interval(falls, draws=2_000)
    figures = {
        "place": f"{np.mean(old):.1f}",
        "after": f"{np.mean(new):.1f}",
        "95 % of fall": f"{low:+.1f} {high:+.1f}",
        "unmoved": f"{np.mean(falls == 0):.1%}",
        "AUC": f"{auc:.3f}",
        "in first ten": f"{np.mean(old <= 10):.0%} → {np.mean(new <= 10):.0%}",
    }
    return Row(collection.name, change, system, len(pairs), figures)


def _place(ranking: Sequence[str], name: str) -> int:
    return list(ranking).index(name) + 1 if name in ranking else _BELOW


def table(rows: Sequence[Row]) -> str:
    """Markdown; '' of no rows."""
    if not rows:
        return ""
    head = ["collection", "change", "system", "changed", *rows[0].figures]
    lines = [head, ["---", "---", "---", *("--:" for _ in head[3:])]]
    lines += [
        [row.collection, row.change, row.system, str(row.changed), *row.figures.values()]
        for row in rows
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _sampled(collection: Collection, sample: int) -> Collection:
    names = sorted(collection.queries)
    drawn = np.random.default_rng(1).permutation(len(names))[:sample]
    kept = {names[place]: collection.queries[names[place]] for place in sorted(drawn.tolist())}
    return replace(collection, queries=kept, qrels={q: collection.qrels[q] for q in kept})


@click.command()
@click.argument("config", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("folders", metavar="DIR...", nargs=-1, required=True)
def main(config: Path, folders: tuple[str, ...]) -> None:
    """Prints what a config's changes do to its systems on judged collections."""
    asked = tomllib.loads(config.read_text(encoding="utf-8"))
    home = settings.load()
    encoder = load_encoder(home.encoder, home.models_path, hub=home.model_hub)
    by_query: list[Row] = []
    by_paper: list[Row] = []
    try:
        systems = chosen(asked["systems"])
        for folder in folders:
            for collection in read_judged(folder):
                with field_of(_sampled(collection, asked.get("sample", 150)), encoder) as ground:
                    by_query += of_queries(ground, systems, asked.get("queries", []))
                    by_paper += of_papers(ground, encoder, systems, asked.get("papers", []))
    except KeyError as error:
        raise click.ClickException(f"{config}: lacks or does not know {error}") from error
    except BenchError as error:
        raise click.ClickException(str(error)) from error
    click.echo("\n\n".join(text for text in (table(by_query), table(by_paper)) if text))


if __name__ == "__main__":
    main()
