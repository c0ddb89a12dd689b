"""Which papers meet a query in arXiv's way: all of them, exactly, as sets over the whole home.

Words are asked of the word index, each as a set; dates, categories and notes of the `Shelf`; and
what neither holds (a word in the abstract alone, wildcards) of the catalog's texts, for as few
papers as the rest of the query leaves. A word of no meaning (a stop word) is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from broadsheet.cache import Cache
from broadsheet.catalog import Catalog
from broadsheet.index import Clause, Index, WordQuery
from broadsheet.papers import parse_identifier
from broadsheet.web.compat.arxiv_api_query import Both, Either, Leaf, Node, Range, spaced
from broadsheet.web.compat.arxiv_api_shelf import NOTES, Mask, Rows, Shelf, part_of
from broadsheet.web.compat.arxiv_api_texts import Texts, Wanted, wild_words

_COSTS = {"cat": 0, "id": 0, "ti": 1, "au": 1, "co": 2, "jr": 2, "rn": 2, "all": 2, "abs": 3}
_WILD = 4
_KEPT = 32


@dataclass(slots=True)
class Matcher:
    """Answers queries over one state of a home; ``state`` is the index's. For many threads."""

    catalog: Catalog
    index: Index
    shelf: Shelf
    state: str
    _kept: Cache[Leaf, Mask] = field(default_factory=lambda: Cache(_KEPT))

    def match(self, node: Node) -> Rows:
        """The rows of the shelf that meet a query."""
        found = self._match(node, self.shelf.alive)
        return np.empty(0, np.int64) if found is None else np.flatnonzero(found)

    def _match(self, node: Node, within: Mask) -> Mask | None:
        """Those of ``within`` that meet a part; None where it looks for nothing."""
        if isinstance(node, Leaf):
            return self._leaf(spaced(node), within)
        if isinstance(node, Range):
            column = getattr(self.shelf, node.column)
            return np.asarray(within & (column >= node.first) & (column <= node.last))
        if isinstance(node, Either):
            found = [one for part in node.parts if (one := self._match(part, within)) is not None]
            return np.logical_or.reduce(found) if found else None
        return self._both(node, within)

    def _both(self, node: Both, within: Mask) -> Mask | None:
        asked = False
        for part in sorted(node.parts, key=_cost):
            found = self._match(part, within)
            if found is not None:
                within, asked = found, True
        if not asked:
            return None
        for part in sorted(node.without, key=_cost):
            found = self._match(part, within)
            if found is not None:
                within = within & ~found
        return within

    def _leaf(self, leaf: Leaf, within: Mask) -> Mask | None:
        if leaf.field == "cat":
            return within & self._category(leaf.text)
        if leaf.field == "id":
            return within & self._named(leaf.text)
        if leaf.wild:
            return self._wild(leaf, within)
        if not self._says(leaf):
            return None
        if leaf.field == "abs":
            return self._abstract(leaf, within)
        known = self._kept.get(leaf)
        if known is None:
            known = self._full(leaf)
            self._kept.put(leaf, known)
        return within & known

    def _full(self, leaf: Leaf) -> Mask:
        """All papers that a leaf finds without looking at texts."""
        match leaf.field:
            case "ti":
                return self._words(self._clause(leaf, "title"))
            case "au":
                return self._words(Clause(leaf.text, field="author", occur="must"))
            case "co" | "jr" | "rn":
                return self._noted(leaf, [leaf.field])
            case _:
                found = self._words(self._clause(leaf, "text"))
                found |= self._words(Clause(leaf.text, "author", phrase=True, occur="must"))
                found |= self._noted(leaf, list(NOTES))
                return found | self._category(leaf.text) | self._named(leaf.text)

    def _says(self, leaf: Leaf) -> bool:
        """Whether a leaf has a word to look for; stop words are looked for as phrases."""
        words = self.index.words(leaf.text)
        if leaf.field == "au":
            return bool(words)
        return any(word.term for word in words) or (len(words) > 1 and leaf.phrase)

    def _clause(self, leaf: Leaf, where: str) -> Clause:
        # What is written as one word and filed as several (graph-based) stands side by side.
        several = len(self.index.words(leaf.text)) > 1
        return Clause(leaf.text, where, phrase=several, occur="must")  # type: ignore[arg-type]

    def _words(self, clause: Clause) -> Mask:
        found = self.index.search_words(WordQuery((clause,)), max(1, self.index.size))
        return self.shelf.mask(self.shelf.rows(found.ids))

    def _abstract(self, leaf: Leaf, within: Mask) -> Mask:
        """A word that a text has and its title has not stands in the abstract; where the title
        has it too, the abstract is read."""
        text = within & self._words(self._clause(leaf, "text"))
        title = text & self._words(self._clause(leaf, "title"))
        wanted = Wanted(self.index, leaf)
        texts = Texts(self.catalog, self.shelf)
        return (text & ~title) | texts.read(title, ("abstract",), wanted.among)

    def _noted(self, leaf: Leaf, fields: Sequence[str]) -> Mask:
        wanted = Wanted(self.index, leaf)
        found: list[int] = []
        if wanted.literal:
            for segment in self.shelf.segments:
                for row in segment.rows_with(wanted.literal).tolist():
                    note = segment.note(row)
                    if any(wanted.among(part_of(note, one)) for one in fields):
                        found.append(row)
        return self.shelf.mask(np.array(found, np.int64)) & self.shelf.alive

    def _category(self, name: str) -> Mask:
        """Papers in a category; ``*`` and ``?`` stand for any letters."""
        pattern = re.escape(name.casefold()).replace(r"\*", ".*").replace(r"\?", ".")
        form = re.compile(pattern)
        combinations = self.shelf.combinations
        hit = [any(form.fullmatch(one.casefold()) for one in names) for names in combinations]
        if not any(hit):
            return np.zeros(len(self.shelf.ids), np.bool_)
        return np.asarray(np.array(hit, np.bool_)[self.shelf.filed] & self.shelf.alive)

    def _named(self, name: str) -> Mask:
        identifier, _ = parse_identifier(name)
        if identifier.scheme == "id":
            return np.zeros(len(self.shelf.ids), np.bool_)
        ids = np.array(self.catalog.resolve(name), np.int64)
        return self.shelf.mask(self.shelf.rows(ids))

    def _wild(self, leaf: Leaf, within: Mask) -> Mask:
        """Words with wildcards are looked for in the texts themselves."""
        forms = wild_words(leaf.text)
        texts = Texts(self.catalog, self.shelf)
        found = np.zeros(len(within), np.bool_)
        columns = {"ti": ("title",), "abs": ("abstract",), "all": ("title", "abstract")}
        if leaf.field in columns:
            found |= texts.read(within, columns[leaf.field], forms.among, forms.literal)
        if leaf.field in ("au", "all"):
            found |= texts.read(within, ("authors",), forms.in_a_name, forms.literal)
        fields = list(NOTES) if leaf.field == "all" else [leaf.field]
        if leaf.field in (*NOTES, "all"):
            for row in np.flatnonzero(within & ~found).tolist():
                note = self.shelf.note(row)
                if note and any(forms.among(part_of(note, one)) for one in fields):
                    found[row] = True
        return found & within


def _cost(node: Node) -> int:
    if isinstance(node, Leaf):
        return _WILD if node.wild and node.field != "cat" else _COSTS[node.field]
    if isinstance(node, Range):
        return 0
    parts = (*node.parts, *node.without) if isinstance(node, Both) else node.parts
    return max(map(_cost, parts))
