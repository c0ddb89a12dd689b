"""The papers that something is learned from, in the order of their days."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from broadsheet.learn.errors import LearnError
from broadsheet.papers import Paper
from broadsheet.sources import Arrived, read
from broadsheet.text import clean_paper, plain, text_hash

if TYPE_CHECKING:
    from broadsheet.catalog import Catalog

LIMIT = 400_000  # papers held at once, the newest: about 1 GB
_READ = 500


@dataclass(frozen=True, slots=True)
class Document:
    """A paper as training sees it; texts are clean, formulas readable.

    ``day`` is ISO, '' where unknown; ``key`` the 16-byte `text.text_hash`; ``cites`` ids of
    papers that it names, where its source has them.
    """

    name: str
    title: str
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    day: str
    key: bytes
    cites: tuple[str, ...] = ()
    work: int = 0
    source: str = ""

    @property
    def text(self) -> str:
        """Title and abstract, as the product embeds them (`text.embedded_text`)."""
        return "\n".join(part for part in (self.title, self.abstract) if part)


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """Documents sorted by day; no two with the same text."""

    documents: tuple[Document, ...]

    @classmethod
    def of(cls, documents: Iterable[Document]) -> Corpus:
        """Sorted, doubles left out."""
        seen = {document.key: document for document in documents}
        return cls(tuple(sorted(seen.values(), key=lambda one: (one.day, one.name))))

    def __len__(self) -> int:
        return len(self.documents)

    def split(self, day: str) -> tuple[Corpus, Corpus]:
        """What came before a day (undated papers with it), and what came on it or later."""
        at = bisect_left([document.day for document in self.documents], day)
        return Corpus(self.documents[:at]), Corpus(self.documents[at:])

    def day_leaving(self, share: float) -> str:
        """The day that leaves about so much of the corpus on it or later; '' without days."""
        days = [document.day for document in self.documents if document.day]
        return days[min(int(len(days) * (1 - share)), len(days) - 1)] if days else ""


def corpus_of_catalog(catalog: Catalog, limit: int = LIMIT) -> Corpus:
    """The newest ``limit`` papers of a home that have a title or an abstract."""
    found: list[Document] = []
    after = 0
    while changes := catalog.changes(after, _READ):
        after = changes[-1].seq
        for change in changes:
            work = change.work
            if work is not None and not work.deleted:
                day = work.announced or work.published
                found.append(document_of(work.paper, day, work.text_hash, work.id))
    return Corpus(Corpus.of(found).documents[-limit:])


def corpus_of_files(paths: Sequence[Path], limit: int = LIMIT) -> Corpus:
    """The papers of files in any form that ``import`` reads; raises `LearnError` for none."""
    found = []
    for path in paths:
        for item in read(path):
            if isinstance(item, Arrived):
                paper = clean_paper(item.paper)
                day = paper.announced or paper.published
                found.append(document_of(paper, day, text_hash(paper)))
    if not found:
        raise LearnError(f"no paper could be read from {', '.join(map(str, paths))}")
    return Corpus(Corpus.of(found).documents[-limit:])


def document_of(paper: Paper, day: str, key: bytes, work: int = 0) -> Document:
    """A clean paper as training sees it."""
    cites = paper.extra.get("cites") or paper.extra.get("references") or ()
    return Document(
        name=paper.id,
        title=plain(paper.title),
        abstract=plain(paper.abstract or paper.summary),
        authors=tuple(author.name for author in paper.authors),
        categories=paper.categories,
        day=day,
        key=key,
        cites=tuple(str(one) for one in cites) if isinstance(cites, list | tuple) else (),
        work=work,
        source=paper.source,
    )
