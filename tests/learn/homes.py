"""Homes with made-up papers, and encoders small enough for a test."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
from tests import commands
from tokenizers import Tokenizer, models, pre_tokenizers

from broadsheet import learn
from broadsheet import settings as settings_
from broadsheet.catalog import Catalog, ingest
from broadsheet.encoders import Words, document_frequencies, load_encoder, write_static
from broadsheet.learn import Run
from broadsheet.papers import Author, Paper
from broadsheet.settings import Settings
from broadsheet.sources import Arrived

TOPICS = ("cs.CL", "cs.CV", "cs.IR", "math.ST")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
RECIPE = """# A recipe for tests.
name = "tiny"
[student]
kind = "static"
[[pairs]]
kind = "title-abstract"
[loss]
kind = "infonce"
"""


def command(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    """What ``broadsheet`` with these words leaves of a home."""
    return commands.run([*words, "--home", str(settings.home)], timeout=300)


def made_papers(count: int, seed: int = 0) -> list[Paper]:
    """Papers of four topics with words of their own, from January 2025 on, four a day."""
    rng = np.random.default_rng(seed)
    shared = _words(rng, 60)
    topics = [_words(rng, 80) for _ in TOPICS]
    papers = []
    for number in range(count):
        topic = int(rng.integers(len(TOPICS)))
        own = _words(rng, 4)
        told = [*rng.choice(topics[topic], 24), *rng.choice(shared, 12), *own]
        rng.shuffle(told)
        middle = len(told) // 2
        first, second = " ".join(told[:middle]), " ".join(told[middle:])
        title = " ".join([*rng.choice(told, 5, replace=False), own[0]])
        papers.append(
            Paper(
                id=f"2501.{number:05}",
                source="arxiv",
                title=title.capitalize(),
                abstract=f"{first.capitalize()}. {second.capitalize()}.",
                authors=(Author("Ada Lovelace"),),
                categories=(TOPICS[topic],),
                announced=str(np.datetime64("2025-01-01") + number // 4),
            )
        )
    return papers


def made_home(folder: Path, papers: Sequence[Paper], encoder: Path) -> Settings:
    """A home with papers, its settings' encoder a folder; nothing is filed yet."""
    folder.mkdir(parents=True)
    told = f'encoder = "{encoder}"\nmodel_hub = false\nsync = "off"\n'
    (folder / "broadsheet.toml").write_text(told, encoding="utf-8")
    settings = settings_.load(home=folder)
    with closing(Catalog.open(settings)) as catalog:
        file_papers(settings, catalog, papers)
    return settings


def file_papers(settings: Settings, catalog: Catalog, papers: Sequence[Paper]) -> None:
    """Stores papers in a home."""
    arrived = [Arrived(paper, line) for line, paper in enumerate(papers, 1)]
    rejected = settings.rejected_path
    ingest(catalog, arrived, path=Path("made"), source="arxiv", rejected_dir=rejected)


def made_encoder(folder: Path, papers: Sequence[Paper], *, rank: int, seed: int = 0) -> Path:
    """A static encoder over the papers' words in 32 dimensions.

    Words are random vectors of ``rank`` dimensions: with 32 it finds most papers again, with 1
    it knows next to nothing.
    """
    texts = [f"{paper.title} {paper.abstract}" for paper in papers]
    words = Words(sorted(document_frequencies(texts, 400)), _speller())
    rng = np.random.default_rng(seed)
    table = rng.standard_normal((len(words), 32), np.float32)
    table[:, rank:] = 0.01
    write_static(folder, words, table, np.ones(len(words)))
    return folder


def finished_run(settings: Settings, papers: Sequence[Paper], *, rank: int, seed: int = 0) -> Run:
    """A run as a training leaves it, its encoder made by hand."""
    recipe = learn.parse_recipe(RECIPE, "test")
    run = learn.new_run(settings, recipe, RECIPE)
    made_encoder(run.model, papers, rank=rank, seed=seed)
    key = load_encoder(str(run.model), settings.models_path).key
    trained, later = learn.home_corpus(settings).split("2025-02-15")
    run.keep_keys(trained)
    card = learn.first_card(run.name, recipe, {"day": "2025-02-15", "held_out": len(later)})
    run.write(replace(card, state="finished", encoder={"key": key}))
    return run


def _words(rng: np.random.Generator, count: int) -> list[str]:
    return ["".join(rng.choice(list(_LETTERS), int(rng.integers(5, 9)))) for _ in range(count)]


def _speller() -> Tokenizer:
    pieces = ["[UNK]", *_LETTERS, *(f"##{letter}" for letter in _LETTERS)]
    tokenizer = Tokenizer(models.WordPiece({p: n for n, p in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer
