"""A home of papers on four topics, with vectors of a small encoder, and readers over it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from broadsheet.catalog import Catalog, ingest
from broadsheet.index import open_index
from broadsheet.papers import Author, Paper
from broadsheet.readers import Readers, Taste
from broadsheet.settings import Settings
from broadsheet.sources import Arrived
from tests.web.serving import HashedWords, file_papers

TOPICS = {
    "galaxies": "galaxies redshift spectra telescope clusters dust luminosity halo",
    "retrieval": "retrieval queries documents ranking dense index passages relevance",
    "proteins": "proteins folding residues binding enzymes structure cells ligands",
    "graphs": "graphs colouring vertices edges planar matching bounds lattice",
}
EACH = 12
DAY = "2026-08-20"
FIELDS = {
    "galaxies": "astro-ph.GA",
    "retrieval": "cs.IR",
    "proteins": "q-bio.BM",
    "graphs": "math.CO",
}


def made(
    topic: str, number: int, *, day: str = DAY, extra: dict[str, object] | None = None
) -> Paper:
    """A paper of a topic; which of its words it has depends on the number."""
    random = np.random.default_rng(number * 7 + len(topic))
    words = TOPICS[topic].split()
    body = " ".join(random.choice(words, 24).tolist() + random.choice(COMMON, 12).tolist())
    title = (
        f"{words[0].title()} and {words[1 + number % 7]} in {words[1 + (number * 3) % 7]} {number}"
    )
    return Paper(
        id=f"{topic}-{number}",
        source="made",
        title=title,
        abstract=f"We study {body}.",
        authors=(Author(f"Ada {topic.title()}"), Author(f"Bo Number{number}")),
        categories=(FIELDS[topic],),
        announced=day,
        extra=extra or {},
    )


_COMMON_TEXT = "method results model data new approach analysis show large study"
COMMON = np.array(_COMMON_TEXT.split())


@dataclass(frozen=True)
class Home:
    settings: Settings
    catalog: Catalog
    readers: Readers
    taste: Taste
    encoder: HashedWords | None

    def work(self, name: str) -> int:
        (found,) = self.catalog.resolve(f"made:{name}")
        return found

    def all(self) -> np.ndarray:
        return self.taste.index.newest(None, 1000)

    def like(self, *names: str, reader: int = 1, kind: str = "upvote") -> None:
        for name in names:
            self.readers.acts.do(reader, kind, self.work(name))

    def topics(self, ids: list[int]) -> list[str]:
        works = self.catalog.get_many(ids)
        return [works[i].paper.id.partition("-")[0] for i in ids]


def keep(catalog: Catalog, settings: Settings, papers: list[Paper]) -> None:
    arrived = [Arrived(paper, number) for number, paper in enumerate(papers, 1)]
    ingest(catalog, arrived, path=Path("made"), source="made", rejected_dir=settings.rejected_path)


@contextmanager
def taste_home(folder: Path, papers: list[Paper], *, encoded: bool = True) -> Iterator[Home]:
    settings = Settings(home=folder, database="")
    with Catalog.open(settings) as catalog:
        keep(catalog, settings, papers)
        file_papers(settings, catalog, HashedWords() if encoded else None)
    with opened(folder, encoded=encoded) as home:
        yield home


@contextmanager
def opened(folder: Path, *, encoded: bool = True) -> Iterator[Home]:
    settings = Settings(home=folder, database="")
    encoder = HashedWords() if encoded else None
    with Catalog.open(settings) as catalog:
        readers = Readers(catalog)
        taste = Taste(readers, catalog, open_index(settings), encoder)
        yield Home(settings, catalog, readers, taste, encoder)


def four_topics() -> list[Paper]:
    return [made(topic, number) for topic in TOPICS for number in range(EACH)]
