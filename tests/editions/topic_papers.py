"""Papers of known themes, for maps of topics."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache

import numpy as np

from broadsheet.editions import Sighted, Sights
from broadsheet.papers import Author, Paper, parse_identifier
from broadsheet.sources import Arrived
from broadsheet.text import read_paper, subjects, telling_words

# A theme: phrases for titles, and words that its abstracts use.
THEMES = {
    "galaxies": (
        ["dwarf galaxies", "star formation", "galaxy clusters", "spiral galaxies"],
        "galaxy stellar redshift photometry halo metallicity telescope luminosity dust quasar",
    ),
    "segmentation": (
        ["image segmentation", "medical images", "tumor segmentation", "semantic segmentation"],
        "segmentation pixel mask annotation tumor organ scan boundary contour voxel",
    ),
    "speech": (
        ["speech recognition", "speaker verification", "speech synthesis", "speech enhancement"],
        "speech acoustic speaker phoneme utterance transcription audio prosody microphone voice",
    ),
    "quantum": (
        ["quantum error correction", "quantum circuits", "quantum entanglement", "qubits"],
        "qubit entanglement gate decoherence stabilizer unitary hamiltonian fidelity circuit spin",
    ),
    "rewards": (
        ["reinforcement learning", "policy gradient", "offline reinforcement learning", "robots"],
        "reward policy exploration agent critic environment robot trajectory controller imitation",
    ),
    "retrieval": (
        ["dense retrieval", "question answering", "query expansion", "search engines"],
        "retrieval query passage ranking relevance corpus document index reranking search",
    ),
}
CATEGORIES = {
    "galaxies": "astro-ph.GA",
    "segmentation": "cs.CV",
    "speech": "eess.AS",
    "quantum": "quant-ph",
    "rewards": "cs.RO",
    "retrieval": "cs.IR",
}


def written(theme: str, number: int) -> tuple[str, str]:
    """The title and abstract of a paper: the same for the same number."""
    phrases, words = THEMES[theme]
    drawn = random.Random(f"{theme} {number}")
    one, other = drawn.sample(phrases, 2)
    told = drawn.sample(words.split(), 7)
    # Papers that are otherwise alike would be taken for one.
    name = "".join(drawn.choice("bdfgklmnprstvz") + drawn.choice("aeiou") for _ in range(5))
    title = f"{name.capitalize()}: {one} with {told[0]} {told[1]} for {other}"
    abstract = (
        f"{name.capitalize()} is new. "
        f"We study {one} by means of {told[2]} and {told[3]}. Our {told[4]} takes the {told[5]} "
        f"into account. Results for {other} show that {told[6]} matters to {one}."
    )
    return title, abstract


def theme_vector(theme: str, number: int, dimensions: int = 32) -> np.ndarray:
    """A unit vector near its theme's."""
    drawn = np.random.default_rng([list(THEMES).index(theme), number])
    vector = 0.15 * drawn.standard_normal(dimensions)
    vector[list(THEMES).index(theme)] += 1.0
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


@cache
def _sighted(theme: str, number: int) -> Sighted:
    title, abstract = written(theme, number)
    found = subjects(read_paper(title, abstract).keywords)
    work_id = number * 10 + list(THEMES).index(theme)
    return Sighted(work_id, telling_words(title, abstract), found)


def sights(wanted: Sequence[tuple[str, int]], *, meant: str = "none") -> Sights:
    """Papers as the map sees them, numbered as their places in ``wanted`` tell (theme, number);
    ``meant``: "all", "none" or "some" of them have vectors."""
    papers = []
    for theme, number in wanted:
        papers.append(_sighted(theme, number))
    if meant == "none":
        return Sights(papers, np.zeros((len(papers), 0), np.float32))
    vectors = np.array([theme_vector(*one) for one in wanted]).reshape(len(wanted), 32)
    if meant == "some":
        vectors[::3] = np.nan
    return Sights(papers, vectors)


def theme_of(work_id: int) -> str:
    """The theme of a paper of `sights`."""
    return list(THEMES)[work_id % 10]


def a_day(number: int, each: int, themes: Sequence[str] = ()) -> list[tuple[str, int]]:
    """Papers of a day, ``each`` of every theme, in mixed order."""
    chosen = list(themes) or list(THEMES)
    return [(theme, number * 1_000 + place) for place in range(each) for theme in chosen]


def iso(number: int) -> str:
    """The ISO day of a number: 0 is a Monday."""
    return (date(2026, 8, 3) + timedelta(days=number)).isoformat()


def arrived(theme: str, number: int, day: str, line: int) -> Arrived:
    """The same paper as one that comes in, announced on a day."""
    title, abstract = written(theme, number)
    name = f"26{list(THEMES).index(theme) + 1:02}.{number + 1:05}"
    paper = Paper(
        id=name,
        source="listings",
        title=title,
        abstract=abstract,
        authors=(Author(f"{theme.title()} Author {number}"),),
        categories=(CATEGORIES[theme],),
        identifiers=(parse_identifier(name)[0],),
        announced=day,
    )
    return Arrived(paper, line)
