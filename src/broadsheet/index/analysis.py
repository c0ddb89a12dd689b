"""How text becomes terms: once for papers and queries alike.

``text`` drops the English stop words and stems by Snowball's English stemmer; ``title`` keeps
the stop words, so that "to be or not to be" can be found; ``author`` only folds case and
accents. Tantivy forgets its tokenizers whenever an index is opened, so they are registered
anew each time, and `FINGERPRINT` tells whether an index was made with these.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache

import tantivy

from broadsheet.index.contract import Word

LONGEST_WORD = 100  # bytes; longer runs are data, not words
LONGEST_QUERY = 20_000  # characters of one clause that are read

# What the stemmer takes off, whole, from the ends of words.
_ENDING_WORDS = (
    "s es ed ing ings ly er ers y ies ied ize izes ized izing ization izations ise ises ised ising"
    " isation ate ates ated ating ation ations ational ative ator ators ion ions ional ive ives"
    " ity ities ivity ness ment ments al ally ic ics ical ically able ably ability ible ibly"
    " ibility ance ances ence ences ant ent ful fully ous ously ousness ism isms"
)
_ENDINGS = tuple(_ENDING_WORDS.split())
_LONGEST_ENDING = max(map(len, _ENDINGS))

_CHAINS: dict[str, tuple[str, ...]] = {
    "text": ("lowercase", "ascii_fold", "stopword:english", "stemmer:english"),
    "title": ("lowercase", "ascii_fold", "stemmer:english"),
    "author": ("lowercase", "ascii_fold"),
}

# An acronym as it is written: of "AIME" the stemmer makes "aim".
_CAPITALS = re.compile(r"(?<![^\W_])[A-Z][A-Z0-9]{1,15}(?![^\W_])")

_POSSESSIVE = re.compile(r"(?<=[^\W\d_])['’][sS](?![^\W_])")

# How names are filed, which is not done here.
_NAMES = "pairs, initials beside the family name, umlauts in full"

# As their bearers write them where a keyboard lacks them; folding makes "muller" of Müller.
_IN_FULL = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}
    | {"Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Ø": "Oe", "Å": "Aa"}
)

FINGERPRINT = hashlib.blake2b(
    json.dumps(["simple", LONGEST_WORD, _CHAINS, _NAMES]).encode(), digest_size=8
).hexdigest()


def _build(chain: tuple[str, ...]) -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    builder = builder.filter(tantivy.Filter.remove_long(LONGEST_WORD))
    for step in chain:
        name, _, argument = step.partition(":")
        make = getattr(tantivy.Filter, name)
        builder = builder.filter(make(argument) if argument else make())
    return builder.build()


@cache
def analyser(name: str) -> tantivy.TextAnalyzer:
    """The analyser of that name: text, title or author."""
    return _build(_CHAINS[name])


def register(index: tantivy.Index) -> None:
    """Makes the analysers known to an index that was just opened."""
    for name in _CHAINS:
        index.register_tokenizer(name, analyser(name))


def valid(text: str) -> str:
    """The text with lone surrogates replaced, which UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def terms(text: str, name: str) -> list[str]:
    """The terms of a query's text in order, repeated ones kept."""
    text = valid(text[:LONGEST_QUERY])
    return analyser(name).analyze(_without_possessives(text) if name == "text" else text)


def _without_possessives(text: str) -> str:
    """A text of the same length without its possessive s, which is filed as a word of its own:
    who asks for "Green's function" does not ask for papers that have an s."""
    return _POSSESSIVE.sub("  ", text)


def capitals(text: str) -> list[str]:
    """The words of a text that are written in capitals, each once."""
    return list(dict.fromkeys(_CAPITALS.findall(text)))


def in_full(name: str) -> str:
    """A name with the letters that have a spelling in full in it: Mueller for Müller."""
    return name.translate(_IN_FULL)


def cut_stems(prefix: str) -> list[str]:
    """The stems that words are filed under which begin so, and that do not begin so themselves:
    "learni" begins "learning", which is filed as "learn"."""
    forms = (
        prefix[:end] + ending
        for end in range(max(3, len(prefix) - _LONGEST_ENDING), len(prefix))
        for ending in _ENDINGS
        if ending.startswith(prefix[end:])
    )
    found = {stem for form in forms for stem in terms(form, "text")}
    return sorted(stem for stem in found if not stem.startswith(prefix))


def placed_terms(text: str, name: str) -> list[tuple[int, str]]:
    """The terms with their positions; a stop word leaves a gap."""
    tokens = analyser(name).pre_tokenize(valid(text[:LONGEST_QUERY])).tokens
    return [(token.position, token.text) for token in tokens]


def words(text: str) -> list[Word]:
    """Every word of a text as written, with its term ('' for a stop word)."""
    text = _without_possessives(valid(text[:LONGEST_QUERY]))
    known = {token.position: token.text for token in analyser("text").pre_tokenize(text).tokens}
    return [
        Word(text[token.char_offset_from : token.char_offset_to], known.get(token.position, ""))
        for token in analyser("title").pre_tokenize(text).tokens
    ]
