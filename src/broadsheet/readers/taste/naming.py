"""What an interest is called, and the terms it is told by: the key terms of its papers.

A term counts by how much it stands for each paper that mentions it and by how rare its words
are; less where a paper is named already by a term that was taken before: three of them are to
speak of all papers.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from broadsheet.text import Keyword, keywords, prepare

READ = 40  # papers, the latest: more of them change no name and take 2 ms each
_IN_NAME = 3
_MENTIONED = 0.3  # how much a term stands for a paper that says it and is known by others
_COVERED = 0.4  # what is left of a paper for a second term
_ADDRESS = re.compile(
    r"(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.(?:ai|co|com|dev|edu|gov|io|net|org)\b(?:/\S*)?",
    re.IGNORECASE,
)
# Macros of authors that came without what they stand for.
_MACRO = re.compile(
    r"(?:my|our|the)?(?:alg|algo|algorithm|approach|bench|benchmark|data|dataset|framework|meth"
    r"|method|model|paper|project|sys|system|task|tool)names?"
)


@dataclass(frozen=True, slots=True)
class KeyTerms:
    """A liked paper: its weight, the terms it is known by, and all its words in order, as the
    index knows them, with a space around each."""

    weight: float
    known_by: tuple[Keyword, ...]
    words: str


def key_terms(title: str, text: str) -> tuple[Keyword, ...]:
    """The key terms of a text, without what stands in addresses and the names of macros."""
    document = prepare(without_addresses(title), without_addresses(text))
    return tuple(term for term in keywords(document) if is_said(term.key))


def without_addresses(text: str) -> str:
    """A text without the addresses in it."""
    return _ADDRESS.sub(" ", text) if "." in text else text


def is_said(term: str) -> bool:
    """Whether a term is one that people say: no macro's name is in it."""
    return not any(_MACRO.fullmatch(word) for word in term.lower().split())


def named(
    papers: Sequence[KeyTerms],
    title_words: Callable[[int], Sequence[str]],
    words_of: Callable[[str], str],
    rarity: Callable[[str], float],
) -> tuple[str, tuple[str, ...]]:
    """The name of an interest, '' where its papers say nothing, and the terms to tell it by.

    ``title_words`` gives words of so many titles, the best first: they stand in where no key term
    is shared by several papers, and where there is none at all. ``words_of`` gives a term's
    words as `KeyTerms` has them, ``rarity`` how telling they are, above 0.
    """
    single = tuple(_chosen(papers, 1, words_of, rarity))
    shared = tuple(_chosen(papers, 2, words_of, rarity)) if len(papers) > 2 else single
    told = shared or tuple(title_words(2)) or single or tuple(title_words(1))
    shown: list[str] = []
    for term in (*told, *single):
        taken = {word for other in shown for word in words_of(other).split()}
        if taken.isdisjoint(words_of(term).split()):
            shown.append(term)
    return ", ".join(told[:_IN_NAME]), tuple(shown)


def _chosen(
    papers: Sequence[KeyTerms],
    several: int,
    words_of: Callable[[str], str],
    rarity: Callable[[str], float],
) -> Iterator[str]:
    """Terms that so many of the papers mention, as mostly printed; no two share a word."""
    printed: defaultdict[str, Counter[str]] = defaultdict(Counter)
    stands: defaultdict[str, dict[int, float]] = defaultdict(dict)
    for place, paper in enumerate(papers):
        for term in paper.known_by:
            words = words_of(term.text)
            printed[words][term.text] += 1
            stands[words][place] = term.weight
    worth: dict[str, list[float]] = {}
    for words, of in stands.items():
        mention = [_MENTIONED if words in paper.words else 0.0 for paper in papers]
        share = [of.get(at, least) for at, least in enumerate(mention)]
        if words.strip() and sum(map(bool, share)) >= several:
            telling = rarity(words)
            worth[words] = [s * p.weight * telling for s, p in zip(share, papers, strict=True)]
    open_ = [1.0] * len(papers)
    while worth:
        gain = {
            words: sum(w * o for w, o in zip(of_papers, open_, strict=True))
            for words, of_papers in worth.items()
        }
        best = min(gain, key=lambda words: (-gain[words], words))
        ways = printed[best]
        yield min(ways, key=lambda text: (-ways[text], text[:1].isupper(), text))
        open_ = [o * (_COVERED if w else 1.0) for o, w in zip(open_, worth[best], strict=True)]
        taken = set(best.split())
        worth = {words: of for words, of in worth.items() if taken.isdisjoint(words.split())}
