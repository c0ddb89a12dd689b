"""The texts of papers themselves, read for what the word index cannot say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import orjson
from sqlalchemy import or_, select

from broadsheet.catalog import Catalog, chunked, metadata
from broadsheet.index import Index
from broadsheet.web.compat.arxiv_api_query import Leaf
from broadsheet.web.compat.arxiv_api_shelf import Mask, Shelf, folded

# Up to so many papers are read one by one, more in one go through all.
_FEW = 30_000
_BATCH = 2_000
# Letters that are printed with accents often: any letter may stand there.
_ACCENTED = re.compile("[aeiouycnsz]")
_RUN = re.compile(r"[a-z0-9]+")


class Wanted:
    """A word or a phrase, looked for in texts just as the index files them."""

    def __init__(self, index: Index, leaf: Leaf) -> None:
        self._index = index
        words = index.words(leaf.text)
        self._terms = [word.term for word in words]
        stems = [
            _common(folded(word.surface), word.term)[: max(2, len(word.term) - 1)]
            for word in words
            if word.term
        ]
        # Every form of a word begins like its stem, whose last letter alone may differ.
        self.literal = max(stems, key=len, default="")
        self._form = re.compile(rf"(?<![^\W_]){re.escape(self.literal)}[^\W_]*")
        self._fits: dict[str, bool] = {}

    def among(self, text: str) -> bool:
        """Whether a text has it: the words side by side, any word in the place of a stop word."""
        text = folded(text)
        if len(self._terms) == 1:
            return any(self._is_form(form) for form in self._form.findall(text))
        if self.literal not in text:
            return False
        terms = [word.term for word in self._index.words(text)]
        return any(
            all(one in ("", terms[start + place]) for place, one in enumerate(self._terms))
            for start in range(len(terms) - len(self._terms) + 1)
        )

    def _is_form(self, form: str) -> bool:
        """Whether a word is filed under the term that is wanted; most texts have it in few forms,
        so that hardly any has to be analysed."""
        known = self._fits.get(form)
        if known is None:
            filed = [word.term for word in self._index.words(form)]
            known = self._fits[form] = self._terms[0] in filed
        return known


class Forms:
    """Words with wildcards."""

    def __init__(self, text: str) -> None:
        words = folded(text).split()
        patterns = [
            "".join({"*": r"\w*", "?": r"\w"}.get(one, re.escape(one)) for one in word)
            for word in words
        ]
        self._words = [re.compile(rf"(?<!\w){pattern}(?!\w)") for pattern in patterns]
        together = r"\W+".join(patterns)
        self._phrase = re.compile(rf"(?<!\w){together}(?!\w)")
        runs = [run for word in words for run in _RUN.findall(word)]
        self.literal = max(runs, key=len, default="")

    def among(self, text: str) -> bool:
        """Whether a text has the words side by side."""
        return bool(text) and self._phrase.search(folded(text)) is not None

    def in_a_name(self, authors: str) -> bool:
        """Whether all of the words are in the name of one author; ``authors`` is as kept."""
        for author in orjson.loads(authors) if authors else ():
            name = folded(author if isinstance(author, str) else author[0])
            if all(word.search(name) for word in self._words):
                return True
        return False


def _common(one: str, other: str) -> str:
    """How both begin."""
    same = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        same += 1
    return one[:same]


def wild_words(text: str) -> Forms:
    """Words in which ``*`` and ``?`` stand for letters."""
    return Forms(text)


class Texts:
    """Reads the shown texts of works."""

    def __init__(self, catalog: Catalog, shelf: Shelf) -> None:
        self._catalog = catalog
        self._shelf = shelf

    def read(
        self,
        within: Mask,
        columns: Sequence[str],
        fits: Callable[[str], bool],
        literal: str = "",
    ) -> Mask:
        """Those of some works of which a column fits; of their abstract, or the summary where
        there is none. ``literal`` is in whatever fits, accents aside."""
        found: list[int] = []
        shelf = self._shelf
        for number, *texts in self._rows(within, columns, literal):
            if any(fits(text) for text in texts):
                found.append(number)
        return within & shelf.mask(shelf.rows(np.array(found, np.int64)))

    def _rows(self, within: Mask, columns: Sequence[str], literal: str) -> Iterator[Sequence[Any]]:
        works, records = metadata.tables["works"], metadata.tables["records"]
        asked = [records.c[name] for name in columns]
        if "abstract" in columns:
            asked.append(records.c.summary)
        query = select(works.c.id, *asked).join_from(
            works, records, records.c.id == works.c.record_id
        )
        ids = self._shelf.ids[within].tolist()
        with self._catalog.database.read() as connection:
            if len(ids) <= _FEW:
                for part in chunked(ids):
                    yield from connection.execute(query.where(works.c.id.in_(part)))
                return
            query = query.where(works.c.alive == 1)
            if literal:
                like = f"%{_ACCENTED.sub('_', literal)}%"
                query = query.where(or_(*(column.ilike(like) for column in asked)))
            yield from connection.execution_options(yield_per=_BATCH).execute(query)
