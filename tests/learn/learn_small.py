"""A small corpus and a small student for the tests of training's parts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer, models

from broadsheet.encoders import Words
from broadsheet.learn.corpus import Corpus, Document
from broadsheet.learn.job import Job
from broadsheet.learn.parts import Pair, built
from broadsheet.learn.recipe import Spec, recipe_of
from broadsheet.learn.students.static import StaticStudent

BIRDS = "owls hunt mice at night"
FISH = "trout swim up cold rivers"


def document(
    name: str,
    title: str,
    abstract: str,
    *,
    authors: Sequence[str] = (),
    cites: Sequence[str] = (),
    work: int = 0,
    day: str = "2026-01-01",
) -> Document:
    key = name.encode().ljust(16, b"\0")[:16]
    return Document(name, title, abstract, tuple(authors), (), day, key, tuple(cites), work)


def job_of(
    documents: Sequence[Document], folder: Path, *, seed: int = 0, guide: str = "initial"
) -> Job:
    """A job without pairs or student; ``documents`` keep their order as rows."""
    recipe = recipe_of(
        {
            "name": "small",
            "seed": seed,
            "guide": guide,
            "student": {"kind": "static"},
            "pairs": [{"kind": "title-abstract"}],
            "loss": {"kind": "infonce"},
            "batches": {"kind": "random", "size": 8},
            "schedule": {"steps": 3},
        }
    )
    return Job(recipe, Corpus(tuple(documents)), _no_encoder, folder)


def _no_encoder(name: str) -> Any:
    raise AssertionError(f"no part should ask for {name}")


def with_student(job: Job, pairs: Sequence[Pair] | None = None, seed: int = 0) -> Job:
    """The job with pairs (titles ask for abstracts) and a student whose words lie anywhere."""
    documents = job.corpus.documents
    job.pairs = list(pairs or [Pair(one.title, row) for row, one in enumerate(documents)])
    texts = [one.text for one in documents] + [pair.query for pair in job.pairs]
    words = sorted({word for text in texts for word in text.lower().split() if word.isalpha()})
    pieces = Tokenizer(models.WordPiece(vocab={"[UNK]": 0}, unk_token="[UNK]"))
    held = Words(words, pieces)
    vectors = np.random.default_rng(seed).standard_normal((len(held), 16)).astype(np.float32)
    job.student = StaticStudent(held, vectors, np.ones(len(held)))
    job.start_guide()
    return job


def pairs_of(job: Job, kind: str, **args: object) -> list[Pair]:
    return list(built("pairs", Spec(kind, args), job))
