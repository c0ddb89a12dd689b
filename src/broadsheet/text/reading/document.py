"""A paper prepared for reading: its sentences, and its words with their places."""

from __future__ import annotations

import re

from broadsheet.formulas import formulas
from broadsheet.text.reading.sentences import split_sentences
from broadsheet.text.reading.values import Document, Token

# Words with their inner hyphens and apostrophes, numbers with their inner points; else a sign.
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*(?![^\W_])|[^\W_]+(?:[-'’‐‑][^\W_]+)*|\S")


def prepare(title: str, abstract: str) -> Document:
    """Splits title and abstract, both as the catalog stores them; linear, never raises."""
    sentences = split_sentences(abstract)
    tokens = tokenize(abstract)
    firsts: list[int] = []
    at = 0
    for sentence in sentences:
        while at < len(tokens) and tokens[at].start < sentence.start:
            at += 1
        firsts.append(at)
    firsts.append(len(tokens))
    return Document(title, abstract, sentences, tokens, tokenize(title), tuple(firsts))


def tokenize(text: str) -> tuple[Token, ...]:
    """Words, numbers, formulas and signs in order; every character but spaces is in one."""
    found = formulas(text)
    tokens: list[Token] = []
    position = 0
    for formula in found:
        _words(text, position, formula.start, tokens)
        tokens.append(Token(text[formula.start : formula.end], formula.start, formula.end))
        position = formula.end
    _words(text, position, len(text), tokens)
    return tuple(tokens)


def _words(text: str, start: int, end: int, tokens: list[Token]) -> None:
    tokens += [
        Token(match[0], match.start(), match.end()) for match in _TOKEN.finditer(text, start, end)
    ]
