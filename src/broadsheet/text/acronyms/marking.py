"""What the short forms of an abstract stand for, each where it is used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from broadsheet.text.acronyms.defining import acronym_mentions
from broadsheet.text.acronyms.keys import short_key
from broadsheet.text.acronyms.knowledge import Meaning, acronym_knowledge, words_around
from broadsheet.text.acronyms.values import Acronym

# From here on a meaning that the paper does not define is shown: half of them, of which 92 in 100
# are right (`python -m trials.acronyms expansion`).
SURE = 0.95
LEAST_PAPERS = 3.0
_MOST = 30  # short forms of one paper that are expanded


@dataclass(frozen=True, slots=True)
class AcronymMark:
    """``abstract[start:end]`` is a short form of ``long``.

    ``defined`` says that the paper itself says so; otherwise ``probability`` is how sure that is
    from its words and from what other papers define.
    """

    start: int
    end: int
    short: str
    long: str
    defined: bool
    probability: float


def acronym_marks(
    title: str,
    abstract: str,
    defined: Iterable[Acronym],
    meanings: Mapping[str, Sequence[Meaning]] | None = None,
) -> tuple[AcronymMark, ...]:
    """The short forms of an abstract in order, those left out whose meaning is not sure.

    ``defined`` is `Reading.acronyms`; ``meanings`` are those of the home's own dictionary by
    `short_key`, beside which what papers at large define is used.
    """
    known = {short_key(one.short): one.long for one in defined}
    guessed: dict[str, tuple[str, float]] = {}
    found = []
    for mention in acronym_mentions(abstract):
        key = short_key(mention.short)
        if key in known:
            long, probability = known[key], 1.0
        else:
            if key not in guessed:
                if len(guessed) == _MOST:
                    continue
                own = (meanings or {}).get(key, ())
                guessed[key] = expansion(mention.short, f"{title} {abstract}", own)
            long, probability = guessed[key]
        if long:
            mark = AcronymMark(
                mention.start, mention.end, mention.short, long, key in known, probability
            )
            found.append(mark)
    return tuple(found)


def expansion(
    short: str, text: str, own: Sequence[Meaning] = (), least: float = SURE
) -> tuple[str, float]:
    """What a short form stands for in a text that does not say so, and how sure that is; '' and
    0 where it is not sure enough."""
    meanings = merged_meanings(own, acronym_knowledge().meanings(short))
    if not meanings:
        return "", 0.0
    best = acronym_knowledge().weigh(words_around(text, short), meanings)[0]
    if best.probability < least or best.meaning.papers < LEAST_PAPERS:
        return "", 0.0
    return best.meaning.long, best.probability


def merged_meanings(own: Iterable[Meaning], others: Iterable[Meaning]) -> list[Meaning]:
    """Meanings of one short form from two dictionaries: papers added, as the first prints them."""
    found: dict[str, Meaning] = {}
    for one in (*own, *others):
        before = found.get(one.key)
        papers = one.papers + (before.papers if before else 0.0)
        found[one.key] = Meaning(before.long if before else one.long, papers)
    return list(found.values())
