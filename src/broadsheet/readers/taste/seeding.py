"""Cold start: from own papers, from a sentence, from ten well-chosen papers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from broadsheet.index import Filters
from broadsheet.papers import Paper
from broadsheet.readers import checks
from broadsheet.readers.errors import ReadersError
from broadsheet.readers.references import references, references_of_file
from broadsheet.readers.taste.kept import Kept

if TYPE_CHECKING:
    from broadsheet.readers.taste.taste import Taste

_SENTENCE = 2_000
_BY_AUTHOR = 50
_FROM_LIBRARY = 200
_POOL = 2_000
_DENSITY_NEAR = 10


class Seeding:
    """What is known before the first like. Calls raise `ReadersError`."""

    def __init__(self, taste: Taste) -> None:
        self._taste = taste

    def sentence(self, reader_id: int, text: str) -> int:
        """“I work on …”; returns the seed's number."""
        text = checks.prose(text, "sentence", _SENTENCE, empty=False)
        return self._taste.keeping.add_seeds(reader_id, [("sentence", text, "", 0)])[0]

    def papers(self, reader_id: int, content: bytes, name: str) -> list[int]:
        """`file` for what was sent; ``name`` is the file's, whose ending helps to read it."""
        return self._tell(reader_id, references_of_file(content, name))

    def file(self, reader_id: int, path: Path) -> list[int]:
        """Own papers out of a file of references; returns the seeds' numbers.

        BibTeX, RIS, CSL-JSON, or whatever else `sources` reads. What the catalog has is taken
        from there. Raises `ReadersError` with what is wrong.
        """
        return self._tell(reader_id, references(path))

    def _tell(self, reader_id: int, papers: list[Paper]) -> list[int]:
        works = self._taste.catalog.meant(papers)
        rows = [
            ("paper", paper.title, paper.abstract, work)
            for paper, work in zip(papers, works, strict=True)
        ]
        return self._taste.keeping.add_seeds(reader_id, rows)

    def author(self, reader_id: int, name: str) -> list[int]:
        """The papers of an author in the catalog as own papers, the newest of them."""
        name = checks.line(name, "name", 200, empty=False)
        if len(name.split()) < 2:
            raise ReadersError("give a name with first and last name, or initial: “C. Pearson”")
        ids = self._taste.index.newest(Filters(authors=(name,)), _BY_AUTHOR)
        works = self._taste.catalog.get_many([int(work_id) for work_id in ids])
        if not works:
            raise ReadersError(f"no paper here is by {name}; give a file of own papers instead")
        return self._taste.keeping.add_seeds(
            reader_id, [("paper", work.paper.title, "", work.id) for work in works.values()]
        )

    def library(self, reader_id: int, source: str = "zotero") -> list[int]:
        """The papers that a synced library brought as own papers, the newest of them.

        What is told already is not told twice, so it can be called after every sync. Returns
        the new seeds' numbers; raises `ReadersError` when nothing of the source is here.
        """
        ids = self._taste.index.newest(Filters(sources=(source,)), _FROM_LIBRARY)
        works = self._taste.catalog.get_many([int(work_id) for work_id in ids])
        if not works:
            raise ReadersError(f"nothing from {source} is here; 'broadsheet sync {source}' first")
        told = {seed.work_id for seed in self._taste.keeping.of(reader_id).seeds}
        rows = [("paper", w.paper.title, "", w.id) for w in works.values() if w.id not in told]
        return self._taste.keeping.add_seeds(reader_id, rows)

    def remove(self, reader_id: int, number: int) -> None:
        """Takes a seed back."""
        self._taste.keeping.remove_seed(reader_id, number)

    def vectors(self, kept: Kept) -> dict[int, NDArray[np.float32]]:
        """The vectors of seeds that are not in the catalog, by negative number.

        Made once and kept; without an encoder only those that are.
        """
        found: dict[int, NDArray[np.float32]] = {}
        missing = []
        key = self._taste.index.encoder
        for seed in kept.seeds:
            if seed.work_id:
                continue
            encoder, vector = kept.vectors[seed.id]
            if vector and encoder == key:
                found[-seed.id] = np.frombuffer(vector, "<f4").astype(np.float32)
            else:
                missing.append(seed)
        encoder_ = self._taste.encoder
        if not missing or encoder_ is None:
            return found
        texts = ["\n".join(part for part in (one.title, one.text) if part) for one in missing]
        made = encoder_.encode_documents(texts)
        new = {one.id: vector for one, vector in zip(missing, made, strict=True)}
        self._taste.keeping.keep_vectors(key, new)
        return found | {-number: vector for number, vector in new.items()}

    def to_rate(self, count: int = 10, without: NDArray[np.int64] | None = None) -> list[int]:
        """Papers whose ratings tell most about a newcomer, each unlike the others.

        Farthest-point sampling weighted by density (Gonzalez 1985; the density keeps outliers
        out): each next paper is the one whose neighbourhood is densest among those farthest
        from what was chosen. The pool are the newest papers, so categories that fill it are
        covered before rare ones. Without vectors: the newest of the largest categories in turn.
        """
        index = self._taste.index
        pool = index.newest(None, _POOL)
        if without is not None:
            pool = pool[~np.isin(pool, without)]
        works = self._taste.catalog.get_many([int(work_id) for work_id in pool])
        # What was withdrawn has an abstract that says so, and is like nothing else.
        works = {i: work for i, work in works.items() if not work.paper.withdrawn}
        full = [i for i, work in works.items() if work.paper.abstract]
        pool = np.asarray(full if len(full) >= count else list(works), np.int64)
        step = max(1, len(pool) // 600)
        field = self._taste.shelves.field(pool[::step])
        encoded = field.vectors.any(axis=1)
        if not encoded.any():
            return self._by_category(pool, count)
        ids, vectors = field.ids[encoded], field.vectors[encoded]
        alike = vectors @ vectors.T
        near = min(_DENSITY_NEAR, len(ids))
        density = np.sort(alike, axis=1)[:, -near:].mean(axis=1)
        chosen = [int(np.argmax(density))]
        while len(chosen) < min(count, len(ids)):
            covered = alike[:, chosen].max(axis=1)
            gain = (1 - covered) * density
            gain[chosen] = -np.inf
            chosen.append(int(np.argmax(gain)))
        return [int(ids[row]) for row in chosen]

    def _by_category(self, pool: NDArray[np.int64], count: int) -> list[int]:
        works = self._taste.catalog.get_many([int(work_id) for work_id in pool])
        by: dict[str, list[int]] = {}
        for work in works.values():
            by.setdefault(next(iter(work.paper.categories), ""), []).append(work.id)
        order = sorted(by.values(), key=lambda ids: -len(ids))
        turns = [ids[at] for at in range(count) for ids in order if at < len(ids)]
        return turns[:count]
