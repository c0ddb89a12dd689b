"""What changed between two versions of a text, said so that it can be read.

Sentences are matched first, so that one that only moved does not read as struck out and written
again; what is left is compared word by word, a formula being one word. Words that stayed between
two changes are taken into the change where they are too few to hold on to.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from broadsheet.formulas import formulas
from broadsheet.text.reading import split_sentences

Kind = Literal["same", "added", "removed", "moved"]

# Beyond this a diff is neither quick nor read; the rest is compared as one piece.
_MOST_WORDS = 1_500
_MOST_SENTENCES = 400
_ALIKE = 0.5  # of the words of two sentences, to be shown as one that was reworded
_MOST_PAIRS = 20_000
_ISLAND = 2  # words that stayed between two changes and are not worth the break

_WORD = re.compile(r"\S+")
_MARKS = re.compile(r"[,;:.!?\"“”‘’']+(?=\s|\Z)|(?<!\S)[\"“‘]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text and what became of it; ``moved`` stands where it is now."""

    kind: Kind
    text: str


def compare_texts(old: str, new: str) -> tuple[Piece, ...]:
    """The new text with what was added, removed and moved; the pieces stand with spaces between.

    Pieces that are not ``removed`` make up the new text. Sentences that differ in no more than
    capitals and punctuation marks count as the same. Texts equal but for white space give one
    piece ``same``, no text gives none.
    """
    if old.split() == new.split():
        return (Piece("same", " ".join(new.split())),) if new.strip() else ()
    before, after = _sentences(old), _sentences(new)
    return tuple(_joined(_by_sentence(before, after)))


def _sentences(text: str) -> list[str]:
    found = [" ".join(text[span.start : span.end].split()) for span in split_sentences(text)]
    if len(found) > _MOST_SENTENCES:
        return [*found[:_MOST_SENTENCES], " ".join(found[_MOST_SENTENCES:])]
    return found


def _by_sentence(before: Sequence[str], after: Sequence[str]) -> Iterator[Piece]:
    mine, theirs = [_key(sentence) for sentence in before], [_key(sentence) for sentence in after]
    pairs = _aligned(mine, theirs)
    paired = set(pairs.values())
    gone = Counter(key for place, key in enumerate(mine) if place not in paired)
    moved = Counter(key for place, key in enumerate(theirs) if place not in pairs)
    moved = Counter({key: min(count, gone[key]) for key, count in moved.items() if gone[key]})
    here = Counter(moved)
    # What was struck out before the next sentence that stayed is told first.
    ahead = [len(before)] * (len(after) + 1)
    for place in range(len(after) - 1, -1, -1):
        ahead[place] = pairs.get(place, ahead[place + 1])
    given = 0

    def lost(until: int) -> Iterator[Piece]:
        for place in range(given, until):
            if moved[mine[place]]:
                moved[mine[place]] -= 1
            else:
                yield Piece("removed", before[place])

    for place, sentence in enumerate(after):
        partner = pairs.get(place)
        yield from lost(ahead[place])
        given = max(given, ahead[place])
        if partner is None:
            is_moved = here[theirs[place]] > 0
            here[theirs[place]] -= is_moved
            yield Piece("moved" if is_moved else "added", sentence)
            continue
        given = partner + 1
        if mine[partner] == theirs[place]:
            yield Piece("same", sentence)
        else:
            yield from _reworded(before[partner], sentence)
    yield from lost(len(before))


def _key(sentence: str) -> str:
    simple = _MARKS.sub("", sentence)
    # In mathematics a capital is another letter.
    return simple if "$" in simple else simple.lower()


def _aligned(mine: Sequence[str], theirs: Sequence[str]) -> dict[int, int]:
    """For new sentences the old ones they say again, by place: in order, and the most words."""
    if len(mine) * len(theirs) > _MOST_PAIRS:
        blocks = SequenceMatcher(None, mine, theirs, autojunk=False).get_matching_blocks()
        return {b.b + step: b.a + step for b in blocks for step in range(b.size)}
    bags = [set(key.split()) for key in mine]
    best = [[0.0] * (len(mine) + 1)]
    for key in theirs:
        bag, above, row = set(key.split()), best[-1], [0.0]
        for place, other in enumerate(bags):
            with_it = above[place] + _worth(key, bag, mine[place], other)
            row.append(max(row[-1], above[place + 1], with_it))
        best.append(row)
    pairs: dict[int, int] = {}
    new, old = len(theirs), len(mine)
    while new and old:
        if best[new][old] == best[new - 1][old]:
            new -= 1
        elif best[new][old] == best[new][old - 1]:
            old -= 1
        else:
            new, old = new - 1, old - 1
            pairs[new] = old
    return pairs


def _worth(key: str, bag: set[str], other_key: str, other: set[str]) -> float:
    """How many words two sentences share; none where that is too little to be one reworded."""
    if key == other_key:
        return len(bag) + 0.5
    shared = len(bag & other)
    return shared if shared >= _ALIKE * max(1, min(len(bag), len(other))) else 0.0


def _reworded(old: str, new: str) -> Iterator[Piece]:
    before, after = _words(old), _words(new)
    if max(len(before), len(after)) > _MOST_WORDS:
        yield Piece("removed", old)
        yield Piece("added", new)
        return
    removed: list[str] = []
    added: list[str] = []
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for place, (step, i, j, k, end) in enumerate(steps):
        island = step == "equal" and 0 < place < len(steps) - 1 and end - k <= _ISLAND
        if step == "equal" and not island:
            yield from _both(removed, added)
            removed, added = [], []
            yield Piece("same", " ".join(after[k:end]))
        else:
            removed += before[i:j]
            added += after[k:end]
    yield from _both(removed, added)


def _both(removed: list[str], added: list[str]) -> Iterator[Piece]:
    if removed:
        yield Piece("removed", " ".join(removed))
    if added:
        yield Piece("added", " ".join(added))


def _words(text: str) -> list[str]:
    """The words of a text between spaces; a formula with spaces in it is part of one word."""
    inside = [(formula.start, formula.end) for formula in formulas(text)]
    if not inside:
        return text.split()
    words: list[str] = []
    start = 0
    for match in _WORD.finditer(text):
        if match.start() < start:
            continue
        end = match.end()
        for opening, closing in inside:
            if match.start() <= opening < end < closing:
                tail = _WORD.match(text, closing)
                end = tail.end() if tail else closing
        words.append(text[match.start() : end])
        start = end
    return words


def _joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Neighbours of one kind as one piece."""
    kind: Kind | None = None
    texts: list[str] = []
    for piece in pieces:
        if piece.kind != kind and kind is not None:
            yield Piece(kind, " ".join(texts))
            texts = []
        kind = piece.kind
        texts.append(piece.text)
    if kind is not None:
        yield Piece(kind, " ".join(texts))
