"""Unicode as LaTeX and back: what a .bib file can hold, and what is read from one."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache

from broadsheet.formulas import formulas

_OUTSIDE_ASCII = re.compile(r"[^\x00-\x7f]")
_DOTLESS = re.compile(r"(?<=\\[`'^\"])\\i(?![A-Za-z])")
_ENSURED = re.compile(r"\{\\ensuremath\{(.*)\}\}")
# Letters in a formula are text only there.
_WORDS = re.compile(r"(\\(?:text[a-z]*|mbox|hbox)\s*\{[^{}]*\})")
_NAME = re.compile(r"\\([A-Za-z]+)( (?=[A-Za-z]))?")
_FIRST_CYRILLIC, _LAST_CYRILLIC = "\u0400", "\u052f"
_FIRST_GREEK, _LAST_GREEK = 0x391, 0x3C9
# arXiv lists these for the plain names, and leaves \varepsilon and \varphi as they came.
_LISTED = {"ε": r"\epsilon", "φ": r"\phi"}


@cache
def _there_and_back() -> tuple[Callable[[str], str], Callable[[str], str]]:
    """Unicode to LaTeX, and LaTeX to Unicode. Their tables are slow to load."""
    from pylatexenc.latex2text import LatexNodes2Text  # type: ignore[import-untyped]
    from pylatexenc.latexencode import UnicodeToLatexEncoder  # type: ignore[import-untyped]

    encoder = UnicodeToLatexEncoder(
        replacement_latex_protection="braces",
        unknown_char_policy="keep",
        unknown_char_warning=False,
    )
    decoder = LatexNodes2Text(math_mode="text", keep_comments=True)
    return encoder.unicode_to_latex, decoder.latex_to_text


@lru_cache(maxsize=8_192)
def character(char: str) -> str:
    """One character in LaTeX; itself where LaTeX has no form that reads back the same.

    Cyrillic stays as it is: what is not LaTeX itself (Zotero, pandoc) knows no ``\\cyra``.
    """
    if _FIRST_CYRILLIC <= char <= _LAST_CYRILLIC:
        return char
    # LaTeX puts accents on i itself; pandoc keeps the \i without its dot and the accent apart.
    to_latex, to_unicode = _there_and_back()
    encoded: str = _DOTLESS.sub("i", to_latex(char))
    if encoded == char or to_unicode(encoded) != char:
        return char
    return encoded if encoded.startswith("{") else f"{{{encoded}}}"


def named(formula: str) -> str:
    """A formula with ``Λ`` as ``\\Lambda``; what has no name in mathematics stays as it is."""
    if formula.isascii():
        return formula
    pieces = _WORDS.split(formula)
    pieces[::2] = [_OUTSIDE_ASCII.sub(_named, piece) for piece in pieces[::2]]
    pieces[1::2] = [_OUTSIDE_ASCII.sub(lambda m: character(m[0]), words) for words in pieces[1::2]]
    return "".join(pieces)


def unnamed(text: str) -> str:
    """Text with the Greek letters of its formulas as arXiv lists them: ``$\\Lambda$`` -> ``$Λ$``.

    So a title that `named` wrote, or another program, is the title that it was.
    """
    parts: list[str] = []
    position = 0
    for formula in formulas(text):
        parts += (
            text[position : formula.start],
            _NAME.sub(_unnamed, text[formula.start : formula.end]),
        )
        position = formula.end
    return "".join(parts) + text[position:]


def _named(match: re.Match[str]) -> str:
    name = _in_mathematics(match[0])
    follows = match.string[match.end() : match.end() + 1]
    apart = name[-1].isalpha() and name[0] == "\\" and follows.isascii() and follows.isalpha()
    return name + " " * apart


def _in_mathematics(char: str) -> str:
    if char in _LISTED:
        return _LISTED[char]
    ensured = _ENSURED.fullmatch(character(char))
    return ensured[1] if ensured else char


def _unnamed(match: re.Match[str]) -> str:
    return _letters().get(match[1]) or match[0]


@lru_cache(maxsize=1)
def _letters() -> dict[str, str]:
    chars = map(chr, range(_FIRST_GREEK, _LAST_GREEK + 1))
    names = ((_in_mathematics(char), char) for char in chars)
    return {name[1:]: char for name, char in names if re.fullmatch(r"\\(?!var)[A-Za-z]+", name)}
