"""The papers that something is learned from, in the order of their days."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
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
    """Documents sorted by day, but for those that a training began with (`begun`); no two with the
    same text."""

    documents: tuple[Document, ...]

    @classmethod
    def of(cls, documents: Iterable[Document]) -> Corpus:
        """Sorted, doubles left out."""
        seen = {document.key: document for document in documents}
        return cls(tuple(sorted(seen.values(), key=lambda one: (one.day, one.name))))

    def __len__(self) -> int:
        return len(self.documents)

    def digest(self) -> str:
        """Which papers these are: the same for the same texts in the same order."""
        told = blake2b(b"".join(one.key for one in self.documents), digest_size=16)
        return told.hexdigest()

    def split(self, day: str) -> tuple[Corpus, Corpus]:
        """What came before a day (undated papers with it), and what came on it or later."""
        at = bisect_left([document.day for document in self.documents], day)
        return Corpus(self.documents[:at]), Corpus(self.documents[at:])

    def newest(self, share: float) -> tuple[Corpus, Corpus, str]:
        """What came before the newest ``share`` of the corpus, that share, and its first day, ''
        for undated papers.

        Whole days while they are no more than twice that share. Of a day that holds more, those
        papers belong to it whose keys are the highest: nothing else is newer in them.
        """
        documents = self.documents
        if not documents:
            return self, self, ""
        at = min(int(len(documents) * (1 - share)), len(documents) - 1)
        day = documents[at].day
        first = bisect_left(documents, day, key=lambda one: one.day)
        if len(documents) - first <= max(1, 2 * share * len(documents)):
            return *self.split(day), day
        after = bisect_right(documents, day, key=lambda one: one.day)
        drawn = sorted(documents[first:after], key=lambda one: one.key)
        kept = {one.key for one in drawn[len(drawn) - (after - at) :]}
        earlier = (one for one in documents[:after] if one.key not in kept)
        later = (one for one in documents if one.day > day or one.key in kept)
        return Corpus(tuple(earlier)), Corpus(tuple(later)), day

    def begun(self, keys: Sequence[bytes], day: str) -> tuple[Corpus, Corpus]:
        """The papers of these keys, in their order, and others of a day and later."""
        known = {one.key: one for one in self.documents}
        earlier = tuple(known[key] for key in keys if key in known)
        began = frozenset(keys)
        later = (one for one in self.documents if one.key not in began and one.day >= day)
        return Corpus(earlier), Corpus(tuple(later))


def corpus_of_catalog(
    catalog: Catalog, limit: int = LIMIT, keys: frozenset[bytes] = frozenset()
) -> Corpus:
    """The newest ``limit`` papers of a home that have a title or an abstract; those of ``keys``
    whatever came since."""
    found: list[Document] = []
    after = 0
    while changes := catalog.changes(after, _READ):
        after = changes[-1].seq
        for change in changes:
            work = change.work
            if work is not None and not work.deleted:
                day = work.announced or work.published
                found.append(document_of(work.paper, day, work.text_hash, work.id))
    documents = Corpus.of(found).documents
    old = tuple(one for one in documents[:-limit] if one.key in keys)
    return Corpus(old + documents[-limit:])


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
