"""Phrases of a paper that could be terms: runs of adjectives and nouns that end in a noun."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from broadsheet.text.reading.values import Token
from broadsheet.text.terms.background import ADJECTIVE, BOTH, NOUN, VERB, Background
from broadsheet.text.terms.keys import key_of
from broadsheet.text.terms.stopping import AUXILIARIES, FUNCTION, VAGUE

Run = list[tuple[str, str, int]]  # (as printed, lower case, number of the token)
NAMED = 0.08  # title rate from which "large language model" is a name, unlike "large model"
_DASHES = str.maketrans("‐‑–’", "---'")


def runs(tokens: Sequence[Token], table: Background) -> Iterator[Run]:
    """The longest runs of words that can stand in a term, and whose last is a noun.

    A run ends at marks, numbers, formulas, function words, verbs and adverbs.
    """
    run: Run = []
    nouns = 0  # words of the run up to its last noun
    previous = ""
    words = table.words
    last = len(tokens) - 1
    for place, token in enumerate(tokens):
        text = token.text
        lower = text.lower()
        if (
            not (text[0].isalpha() or (text[-1].isalpha() and text[0] != "$"))
            or lower in FUNCTION
            or (place < last and token.end == tokens[place + 1].start and _cut(tokens, place))
        ):
            kind = ""
        else:
            if not lower.isascii():
                lower = lower.translate(_DASHES)
            if lower[-2:] == "'s":
                lower = lower[:-2]
            known = words.get(lower)
            kind = known[0] if known is not None else table.kind(lower)
            if kind is BOTH or kind == "B":
                kind = VERB if previous in AUXILIARIES else NOUN
        if kind == NOUN:
            run.append((text, lower, place))
            nouns = len(run)
        elif kind == ADJECTIVE:
            if nouns and nouns == len(run) and lower[-2:] == "ed":
                # "models trained on": a participle after its noun begins nothing.
                yield run
                run, nouns = [], 0
            run.append((text, lower, place))
        else:
            if nouns:
                del run[nouns:]
                yield run
            if run:
                run, nouns = [], 0
        previous = lower
    if nouns:
        del run[nouns:]
        yield run


def _cut(tokens: Sequence[Token], place: int) -> bool:
    """Whether a word is the beginning of something that is none: "FePS$_3$", "v1.5", "name@"."""
    after = tokens[place + 1]
    if after.text[0] in "$_^@=\\<>~|":
        return True
    if after.text != "." or place + 2 >= len(tokens):
        return False
    return after.end == tokens[place + 2].start and tokens[place + 2].text[0].isdigit()


def trimmed(run: Run, table: Background) -> Run:
    """A run without first words that say nothing of it, unless they belong to a name."""
    start = 0
    while (
        start < len(run) - 1 and run[start][1] in VAGUE and not named(run[start : start + 2], table)
    ):
        start += 1
    return run[start:]


def named(part: Run, table: Background) -> bool:
    """Whether the first two words are a name: a phrase that papers have in their titles."""
    if len(part) < 2:
        return False
    known = table.phrases.get(part[0][1].replace("-", " ") + " " + key_of(part[1][0]))
    return known is not None and known.titled >= NAMED
