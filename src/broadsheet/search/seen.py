"""Works that are the same paper twice, told apart while a ranking is gone through."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from broadsheet.catalog import Work

SAME_MEANING = 0.95  # cosine
SAME_TITLE = 0.8  # of the words of both titles
_SHORT_TITLE = 16  # characters; "Introduction" names no work

_WORD = re.compile(r"\w+")
_NO_LETTERS = bytes(code for code in range(128) if not chr(code).isalnum())
_NUMBER = re.compile(r"\d+|[ivx]+")


class Seen:
    """The works of a ranking so far, found again by their titles and authors."""

    def __init__(self) -> None:
        self._titles: dict[str, list[Work]] = {}
        self._authors: dict[str, list[int]] = {}
        self._works: list[tuple[Work, NDArray[np.float32]]] = []

    def is_first(self, work: Work, vector: NDArray[np.float32]) -> bool:
        """Whether a work is none of those seen; it is one of them from now on.

        ``vector`` (d,) has unit length, or is empty or nan where it is not known.
        """
        alike = self._titles.setdefault(_folded(work.paper.title), [])
        first = not any(same_paper(work, other) for other in alike)
        names = {_folded(author.name) for author in work.paper.authors}
        if first and len(vector):
            # Nobody in common, nothing to compare: a page deep down has thousands before it.
            places = {place for name in names for place in self._authors.get(name, ())}
            first = not any(
                _nearly_same(work, vector, *self._works[place]) for place in sorted(places)
            )
        alike.append(work)
        if len(vector):
            for name in names:
                self._authors.setdefault(name, []).append(len(self._works))
            self._works.append((work, vector))
        return first


def _nearly_same(
    work: Work, vector: NDArray[np.float32], other: Work, near: NDArray[np.float32]
) -> bool:
    """Whether two works with an author in common mean the same, have the same words in their
    titles, and abstracts that tell more than a title."""
    told = bool(work.paper.abstract and other.paper.abstract)
    return (
        told
        and float(vector @ near) >= SAME_MEANING
        and near_titles(work.paper.title, other.paper.title)
    )


def same_paper(one: Work, other: Work) -> bool:
    """Whether two works of one title are surely one paper.

    They have the same authors or, where none are known, the same abstract.
    """
    names, others = (
        {_folded(author.name) for author in work.paper.authors} for work in (one, other)
    )
    if names and others:
        return names == others and len(one.paper.title) >= _SHORT_TITLE
    return bool(one.paper.abstract) and one.paper.abstract == other.paper.abstract


def near_titles(one: str, other: str) -> bool:
    """Whether two titles have nearly the same words and the same numbers: no sequel."""
    words, others = (set(_WORD.findall(title.casefold())) for title in (one, other))
    if not words or len(words & others) < SAME_TITLE * len(words | others):
        return False
    return not any(_NUMBER.fullmatch(word) for word in words ^ others)


def _folded(text: str) -> str:
    if text.isascii():  # nearly all are, and a page has hundreds of names
        return text.lower().encode().translate(None, _NO_LETTERS).decode()
    text = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in text if character.isalnum())
