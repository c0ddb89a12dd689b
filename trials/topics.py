"""Trial of the map of topics on consecutive days: do sections stay, do they hold together?

``python -m trials.topics HOME`` maps the newest days of a home (imported and encoded) as the
worker does, after as many days of warming up, and prints for each way of sectioning:

- *kept*, *kept5*: the share of sectioned papers whose section's name stood in the edition before
  too, and in one of the five before (some editions are of a Saturday's ten papers);
- *ARI 1*, *ARI 5*: adjusted Rand index between a day's sections and those that its papers get
  from the map as it is one and five days later, other days' papers taken in meanwhile;
- *same 1*, *same 5*: the share of the day's papers that then stand under the same name;
- *NPMI*: the mean normalised pointwise mutual information of the pairs of a section's ten most
  telling words, in papers from before the days that are mapped (Lau et al., 2014);
- *said*: the share of papers that speak of a subject that their section is named by;
- *NMI*: normalised mutual information with arXiv's first categories, a check of sanity only;
- sections a day, the share elsewhere, and the size of sections: median, and largest.

``topics`` has vectors and words, ``words`` words alone; the others are baselines: first
categories, spherical k-means afresh each day with as many groups and the same way of naming,
and groups of the same sizes drawn at random. ``--show N`` prints N days as a reader would see
them, ``--mixed 0.5`` leaves so many papers without a vector.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import click
import numpy as np

from broadsheet import settings as settings_
from broadsheet.catalog import Catalog, Readings, Work
from broadsheet.editions import (
    ELSEWHERE,
    Sighted,
    Sights,
    TopicMap,
    advance,
    category_name,
    filed,
    is_new_week,
)
from broadsheet.editions.topics.grouping import grouped, sums_of
from broadsheet.editions.topics.naming import named, surfaces, tallied
from broadsheet.editions.topics.values import Frame, Points, Topic, unit
from broadsheet.encoders import VectorStore
from broadsheet.text import read_paper, subjects, telling_words

RECENT, BEGIN = 8, 12  # days, as the worker has them
TOP, HELD_OUT = 10, 20_000
Named = dict[int, str]  # work id to the name of its section, '' elsewhere


@dataclass(slots=True)
class Paper:
    """A paper of the trial."""

    sighted: Sighted
    title: str
    category: str
    vector: np.ndarray


@dataclass(slots=True)
class Outcome:
    """What a way of sectioning did: sections of each day, and those by a later map."""

    days: list[Named] = field(default_factory=list)
    later: dict[int, list[tuple[Named, Named]]] = field(default_factory=lambda: {1: [], 5: []})
    seconds: list[float] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    near: dict[int, float] = field(default_factory=dict)


def load(home: Path, days: int, mixed: float) -> tuple[dict[str, list[Paper]], list[set[str]]]:
    """The papers of the newest days by day, oldest first, and the words of held-out papers."""
    settings = settings_.load(home=home)
    with closing(Catalog.open(settings)) as catalog:
        listed = [day for day, _ in catalog.days(days)][::-1]
        (folder,) = [path for path in settings.vectors_path.iterdir() if path.is_dir()]
        store = VectorStore(folder, _dimensions(folder), read_only=True)
        readings = Readings(catalog)
        found = {}
        for day in listed:
            works = catalog.get_many([one.work_id for one in catalog.listing(day, day)])
            found[day] = _papers(list(works.values()), readings, store, mixed)
        held = [
            set(telling_words(work.paper.title, work.paper.abstract))
            for day, _ in catalog.days(1_000, before=listed[0])[: HELD_OUT // 300]
            for work in catalog.get_many(
                [one.work_id for one in catalog.listing(day, day)]
            ).values()
        ]
        store.close()
    return found, held[:HELD_OUT]


def _dimensions(folder: Path) -> int:
    levels, entries = (folder / "vectors.i8").stat().st_size, (folder / "entries").stat().st_size
    return levels // (entries // 24)


def _papers(
    works: Sequence[Work], readings: Readings, store: VectorStore, mixed: float
) -> list[Paper]:
    known = readings.get_many([work.id for work in works])
    rows = store.rows([work.text_hash for work in works])
    if (rows < 0).any():
        raise click.ClickException(f"{int((rows < 0).sum())} papers have no vector yet")
    vectors = unit(store.vectors(rows).astype(np.float32))
    drawn = np.random.default_rng(20)
    found = []
    for work, vector in zip(works, vectors, strict=True):
        paper = work.paper
        reading = known.get(work.id) or read_paper(paper.title, paper.abstract)
        words = telling_words(paper.title, paper.abstract)
        sighted = Sighted(work.id, words, subjects(reading.keywords), paper.categories)
        if drawn.random() < mixed:
            vector = np.full_like(vector, np.nan)
        first = paper.categories[0] if paper.categories else ""
        found.append(Paper(sighted, paper.title, first, vector))
    return found


def sights(papers: Sequence[Paper], *, words: bool = False) -> Sights:
    """The papers as the map sees them."""
    wide = 0 if words else None
    return Sights([p.sighted for p in papers], np.array([p.vector[:wide] for p in papers]))


def mapped(days: dict[str, list[Paper]], warming: int, *, words: bool) -> Outcome:
    """The product: day by day, and earlier days again by later maps."""
    names = list(days)
    outcome = Outcome()
    current: TopicMap | None = None
    maps: list[TopicMap] = []
    for place, day in enumerate(names):
        if place < min(BEGIN, warming):
            continue  # the map begins from these
        today = sights(days[day], words=words)
        recent = None
        if current is None or is_new_week(current.day, day):
            span = BEGIN if current is None else RECENT
            before = [p for other in names[max(0, place - span) : place] for p in days[other]]
            recent = sights(before, words=words)
        start = time.perf_counter()
        found = advance(current, day, today, recent)
        spent = time.perf_counter() - start
        if found is None:
            raise click.ClickException(f"{day}: too few papers to begin with")
        current = found.map
        if place < warming:
            continue
        outcome.seconds.append(spent)
        outcome.log += [f"{day} {line}" for line in found.log]
        maps.append(current)
        told = found.names()
        outcome.near |= {w: near for w, (_, near) in found.places.items()}
        outcome.days.append({w: told.get(n, "") for w, (n, _) in found.places.items()})
    for later in outcome.later:
        for place in range(len(maps) - later):
            papers = days[names[warming + place]]
            again = filed(maps[place + later], sights(papers, words=words))
            told = again.names()
            outcome.later[later].append(
                (
                    outcome.days[place],
                    {w: told[n] if n != ELSEWHERE else "" for w, (n, _) in again.places.items()},
                )
            )
    return outcome


def by_category(days: dict[str, list[Paper]], warming: int) -> Outcome:
    """Sections as they are without a map: they never move."""
    outcome = Outcome()
    for day in list(days)[warming:]:
        outcome.days.append({p.sighted.work_id: category_name(p.category) for p in days[day]})
    for later in outcome.later:
        outcome.later[later] = [(one, one) for one in outcome.days[:-later]]
    return outcome


def afresh(days: dict[str, list[Paper]], warming: int, like: Outcome) -> Outcome:
    """k-means of each day alone, as many groups as the map has sections there."""
    outcome = Outcome()
    frame: Frame | None = None
    made: list[tuple[Points, list[str]]] = []
    for day, ours in zip(list(days)[warming:], like.days, strict=True):
        seen = sights(days[day])
        frame = frame or seen.frame()
        points = seen.points(frame)
        start = time.perf_counter()
        groups = grouped(points, max(1, len(set(ours.values()) - {""})))
        outcome.seconds.append(time.perf_counter() - start)
        size = int(groups.max()) + 1
        told = _names(seen.papers, groups, size)
        made.append((unit(sums_of(points, groups, size)), told))
        outcome.days.append(_named(seen.papers, groups, told))
    for later in outcome.later:
        for place in range(len(made) - later):
            seen = sights(days[list(days)[warming + place]])
            centres, told = made[place + later]
            points = seen.points(frame or seen.frame())
            groups = np.argmax(points @ centres.T, axis=1)
            outcome.later[later].append((outcome.days[place], _named(seen.papers, groups, told)))
    return outcome


def at_random(like: Outcome) -> Outcome:
    """Groups of the sizes that the map has, under its names, drawn anew each day."""
    outcome = Outcome()
    drawn = np.random.default_rng(20)

    def shuffled(ours: Named) -> Named:
        names = list(ours.values())
        order = drawn.permutation(len(names)).tolist()
        return {work: names[place] for work, place in zip(ours, order, strict=True)}

    outcome.days = [shuffled(ours) for ours in like.days]
    for later in outcome.later:
        outcome.later[later] = [(one, shuffled(one)) for one in outcome.days[:-later]]
    return outcome


def _names(papers: Sequence[Sighted], groups: np.ndarray, size: int) -> list[str]:
    inside: list[list[Sighted]] = [[] for _ in range(size)]
    for paper, group in zip(papers, groups.tolist(), strict=True):
        inside[group].append(paper)
    counts = [dict(tallied(p.subjects for p in one)) for one in inside]
    mass = np.array([len(one) for one in inside], float)
    bare = [Topic(n + 1, "", (), "", "") for n in range(size)]
    told = named(bare, counts, mass, surfaces(p.subjects for p in papers))
    return [name or f"Group {n}" for n, (_, name) in enumerate(told)]


def _named(papers: Sequence[Sighted], groups: np.ndarray, told: Sequence[str]) -> Named:
    return {p.work_id: told[g] for p, g in zip(papers, groups.tolist(), strict=True)}


def adjusted_rand(one: Sequence[str], other: Sequence[str]) -> float:
    """The adjusted Rand index of two partitions (Hubert and Arabie, 1985): 1 equal, 0 chance."""

    def pairs(counts: Counter[object]) -> float:
        return sum(n * (n - 1) / 2 for n in counts.values())

    both = pairs(Counter(zip(one, other, strict=True)))
    a, b = pairs(Counter(one)), pairs(Counter(other))
    chance = a * b / (len(one) * (len(one) - 1) / 2)
    return 1.0 if (a + b) / 2 == chance else (both - chance) / ((a + b) / 2 - chance)


def mutual_information(one: Sequence[str], other: Sequence[str]) -> float:
    """Normalised by the mean of both entropies."""
    total = len(one)

    def entropy(counts: Counter[object]) -> float:
        return -sum(n / total * math.log(n / total) for n in counts.values())

    first, second = entropy(Counter(one)), entropy(Counter(other))
    both = entropy(Counter(zip(one, other, strict=True)))
    return 2 * (first + second - both) / (first + second) if first + second else 0.0


class Coherence:
    """NPMI of pairs of words in held-out papers."""

    def __init__(self, held: Sequence[set[str]]) -> None:
        self._total = len(held)
        self._papers: dict[str, set[int]] = {}
        for place, words in enumerate(held):
            for word in words:
                self._papers.setdefault(word, set()).add(place)

    def knows(self, word: str) -> bool:
        """Whether enough papers have a word to say what it goes with."""
        return len(self._papers.get(word, ())) >= 5

    def of(self, words: Sequence[str]) -> float:
        """The mean over pairs; -1 for a pair that never meets."""
        found = []
        for one, other in combinations(words, 2):
            a, b = self._papers[one], self._papers[other]
            both = len(a & b) / self._total
            if not both:
                found.append(-1.0)
                continue
            pmi = math.log(both / (len(a) / self._total * len(b) / self._total))
            found.append(pmi / -math.log(both) if both < 1 else 1.0)
        return float(np.mean(found)) if found else 0.0


def coherence(day: Named, papers: Sequence[Paper], known: Coherence) -> float:
    """The mean NPMI of a day's sections, each counted by its papers."""
    rows = [(day[p.sighted.work_id], set(p.sighted.words)) for p in papers]
    everywhere = Counter(w for _, words in rows for w in words)
    found: list[float] = []
    sizes: list[int] = []
    for name in sorted(set(day.values()) - {""}):
        inside = [words for section, words in rows if section == name]
        counts = Counter(w for words in inside for w in words if known.knows(w))
        rest = len(rows) - len(inside) + 1
        worth = {
            w: n / len(inside) * math.log(n / len(inside) / ((everywhere[w] - n + 0.5) / rest))
            for w, n in counts.items()
            if n > 1
        }
        top = sorted(worth, key=lambda w: (-worth[w], w))[:TOP]
        if len(top) > 2:
            found.append(known.of(top))
            sizes.append(len(inside))
    return float(np.average(found, weights=sizes)) if found else 0.0


def said(day: Named, papers: Sequence[Paper]) -> float:
    """The share of sectioned papers that have a word of their section's name in their text."""
    told, total = 0, 0
    for paper in papers:
        name = day[paper.sighted.work_id]
        if name:
            total += 1
            parts = [telling_words(part, "") for part in name.split(" and ")]
            told += any(set(part) and set(part) <= set(paper.sighted.words) for part in parts)
    return told / max(1, total)


def row(outcome: Outcome, days: Sequence[Sequence[Paper]], known: Coherence) -> list[float]:
    """The figures of one way of sectioning, in the order of the table."""
    kept, kept5, sizes, counts, elsewhere, nmi = [], [], [], [], [], []
    for place, (day, papers) in enumerate(zip(outcome.days, days, strict=True)):
        tally = Counter(day.values())
        elsewhere.append(tally.pop("", 0) / len(day))
        counts.append(len(tally))
        sizes += list(tally.values())
        if place and tally:
            before = set(outcome.days[place - 1].values())
            kept.append(sum(n for name, n in tally.items() if name in before) / tally.total())
        if place >= 5 and tally:
            before = {n for other in outcome.days[place - 5 : place] for n in other.values()}
            kept5.append(sum(n for name, n in tally.items() if name in before) / tally.total())
        inside = [p for p in papers if day[p.sighted.work_id] and p.category]
        if len(inside) > 1:
            sections = [day[p.sighted.work_id] for p in inside]
            nmi.append(mutual_information(sections, [p.category for p in inside]))
    again: list[float] = []
    for later in (1, 5):
        pairs = [(one, other) for one, other in outcome.later[later] if len(one) > 1]
        again.append(
            float(np.mean([adjusted_rand(list(a.values()), [b[w] for w in a]) for a, b in pairs]))
        )
        again.append(float(np.mean([np.mean([a[w] == b[w] for w in a]) for a, b in pairs])))
    together = [coherence(d, p, known) for d, p in zip(outcome.days, days, strict=True)]
    spoken = [said(d, p) for d, p in zip(outcome.days, days, strict=True)]
    return [
        float(np.mean(kept)),
        float(np.mean(kept5)),
        *again,
        float(np.mean(together)),
        float(np.mean(spoken)),
        float(np.mean(nmi)),
        float(np.mean(counts)),
        float(np.mean(elsewhere)),
        float(np.median(sizes)),
        float(max(sizes)),
        max(outcome.seconds, default=0.0),
    ]


def show(day: str, place: int, ours: Outcome, papers: Sequence[Paper]) -> None:
    """A day as its reader sees it: sections, sizes, three titles each."""
    sections, say = ours.days[place], click.echo
    say(f"\n{day}, {len(papers)} papers")
    titles: dict[str, list[str]] = {}
    for paper in sorted(papers, key=lambda p: -ours.near[p.sighted.work_id]):
        titles.setdefault(sections[paper.sighted.work_id], []).append(paper.title)
    for name, inside in sorted(titles.items(), key=lambda item: (not item[0], -len(item[1]))):
        say(f"  {name or 'Elsewhere'} ({len(inside)})")
        for title in inside[:3]:
            say(f"      {title[:90]}")


@click.command()
@click.argument("home", type=click.Path(exists=True, path_type=Path))
@click.option("--days", default=30, show_default=True)
@click.option("--warming", default=30, show_default=True, help="Days before those measured.")
@click.option("--skip", default=0, show_default=True, help="Newest days that are left out.")
@click.option("--show", "shown", default=0, help="Days to print.")
@click.option("--mixed", default=0.0, help="Share of papers without a vector.")
def main(home: Path, days: int, warming: int, skip: int, shown: int, mixed: float) -> None:
    """Prints the table."""
    found, held = load(home, days + warming + skip, mixed)
    chosen = dict(list(found.items())[: days + warming])
    measured = list(chosen.values())[warming:]
    names = list(chosen)[warming:]
    sizes = [len(papers) for papers in measured]
    click.echo(
        f"{names[0]} to {names[-1]}: {days} days of {min(sizes)} to {max(sizes)} papers, "
        f"{sum(sizes)} in all; {len(held)} held-out papers"
    )
    known = Coherence(held)
    ours = mapped(chosen, warming, words=False)
    ways = {
        "topics": ours,
        "words": mapped(chosen, warming, words=True),
        "categories": by_category(chosen, warming),
        "afresh": afresh(chosen, warming, ours),
        "random": at_random(ours),
    }
    heads = (
        "kept kept5 ARI1 same1 ARI5 same5 NPMI said NMI sections elsewhere median largest seconds"
    )
    click.echo(f"{'':12}" + "".join(f"{head:>10}" for head in heads.split()))
    for way, outcome in ways.items():
        figures = row(outcome, measured, known)
        click.echo(f"{way:12}" + "".join(f"{figure:10.3f}" for figure in figures))
    other = mapped(dict(list(chosen.items())[5:]), warming - 5, words=False)
    pairs = [(a, b) for a, b in zip(ours.days, other.days, strict=True) if len(a) > 1]
    again = [adjusted_rand(list(a.values()), [b[w] for w in a]) for a, b in pairs]
    click.echo(f"A map begun five days later: ARI {np.mean(again):.3f}")
    click.echo("\nWhat changed of the topics:")
    for line in ours.log:
        click.echo(f"  {line}")
    for place in range(min(shown, len(names))):
        show(names[place], place, ours, measured[place])


if __name__ == "__main__":
    main()
