"""The keys under which the names of authors are filed and asked for.

A key is a pair of words of one name, in alphabetical order, so that the order of given and family
name does not matter. What an initial stands for is only known beside the family name: initials
are filed beside it, one and two at a time, and never beside one another alone.
"""

from __future__ import annotations

from itertools import combinations

from broadsheet.index import analysis

LONGEST_NAME = 8  # words of a name that are paired; the family name is among them
_SUFFIXES = frozenset(("jr", "sr", "ii", "iii", "iv"))


def name_keys(name: str) -> set[str]:
    """The keys that a name is filed under; none for a single word.

    Each pair of its words, and the initials of the given names, one and two at a time, beside
    each word of the family name: "C. Pearson" and "CP Pearson" find Chris P. Pearson, "X. Costa"
    finds Xavier Costa-Pérez.
    """
    words = analysis.terms(name, "author")
    if len(words) == 2 and "," not in name:  # most names
        return {_pair(words[0], words[1]), _pair(words[0][0], words[1])}
    given, family = _parts(name, words)
    named = [word for word in family if not _is_initial(word)]
    if not named:
        return _pairs(given)
    # An initial stands before the name that it belongs to: "C. John" is not John C. Smith.
    keys = {
        _pair(one, other)
        for one, other in combinations(given + family, 2)
        if not _is_initial(other)
    }
    first = [word[0] for word in given]
    # "D'Souza" is asked for as D. Souza, and of "Costa-Pérez" the first may be an initial too.
    short = first + [word for word in family if _is_initial(word)]
    for word in named:
        keys.update(_pair(one, word) for one in short)
        keys.update(_pair(one + other, word) for one, other in combinations(short, 2))
    for word in named[:-1]:
        keys.add(_pair(word[0], named[-1]))
        keys.update(_pair(one + word[0], named[-1]) for one in first)
    return keys


def wanted_name_keys(name: str) -> list[list[str]]:
    """The keys that a name must have to be meant by this one: one of each list.

    All words that are no initials beside one another, and the initials in their order beside one
    of them, as any may be the family name. None for a single word, which is looked for among the
    words of all names.
    """
    written = analysis.terms(name, "author")
    given, family = _parts(name, written)
    full = [word for word in dict.fromkeys(given + family) if not _is_initial(word)]
    if not full:
        return [[key] for key in sorted(_pairs(given))]
    initials = [word for word in given + family if _is_initial(word)]
    beside = [[one] for one in initials]
    if len(initials) > 1:
        # One on either side, as in "D Souza J": which comes first is not known.
        turned = _is_initial(written[0]) and _is_initial(written[-1])
        beside = [
            [one + other, other + one] if turned else [one + other]
            for one, other in combinations(initials, 2)
        ]
    wanted = [sorted(_pair(one, word) for one in ones for word in full) for ones in beside]
    # A word that is said twice ("Fei-Fei Li") is filed beside itself.
    twice = {_pair(word, word) for word in full if (given + family).count(word) > 1}
    return [[key] for key in sorted(_pairs(full) | twice)] + wanted


def _parts(name: str, words: list[str]) -> tuple[list[str], list[str]]:
    """Given and family name in words, `LONGEST_NAME` at most; ``words`` are all of the name's.

    The family name is what stands before a comma, else at the end, initials and "Jr." aside: a
    word between blanks, which may be of several ("Costa-Pérez"). None where all are initials.
    """
    before, comma, after = name.partition(",")
    given = _terms(after) if comma else []
    if given and not _SUFFIXES.issuperset(given):
        rest, family = _split(before, _terms(before))
        given += rest
    else:
        given, family = _split(name, words)
    family = family[:LONGEST_NAME]
    return given[: LONGEST_NAME - len(family)], family


def _split(text: str, words: list[str]) -> tuple[list[str], list[str]]:
    """The words around and in the last part between blanks that has a name in it."""
    blanks = text.split()
    # Asking for the words of each part takes time, which most names need not.
    parts = [[word] for word in words] if len(words) == len(blanks) else list(map(_terms, blanks))
    for place in reversed(range(len(parts))):
        if any(not _is_initial(word) and word not in _SUFFIXES for word in parts[place]):
            around = parts[:place] + parts[place + 1 :]
            return [word for part in around for word in part], parts[place]
    return words, []


def _terms(text: str) -> list[str]:
    return analysis.terms(text, "author")


def _is_initial(word: str) -> bool:
    """Whether a word is one letter of a script that has capitals: 明 is a whole name."""
    return len(word) == 1 and word.upper() != word


def _pairs(words: list[str]) -> set[str]:
    return {_pair(one, other) for one, other in combinations(words, 2)}


def _pair(one: str, other: str) -> str:
    return f"{one}_{other}" if one < other else f"{other}_{one}"
