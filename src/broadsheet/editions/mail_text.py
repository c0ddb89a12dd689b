"""Lines of plain text for mails: so many columns wide, whatever they are written in."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from rich.cells import cell_len

WIDTH = 72


def wrapped(text: str, indent: int = 0, *, hanging: int = 0) -> list[str]:
    """A text in lines of 72 columns, broken at blanks and between the wide characters of scripts
    that write none. A longer word (an address, a formula) stays whole. ``hanging``: columns that
    the lines after the first are set in."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        blank = " "
        for piece in _pieces(word):
            longer = f"{line}{blank}{piece}" if line else piece
            room = WIDTH - (indent or (hanging if lines else 0))
            if line and cell_len(longer) > room:
                lines.append(line)
                longer = piece
            line, blank = longer, ""
    if line:
        lines.append(line)
    later = " " * (indent or hanging)
    return [f"{later if number else ' ' * indent}{line}" for number, line in enumerate(lines)]


def _pieces(word: str) -> Iterator[str]:
    """The parts of a word between which a line may end."""
    start = 0
    for at in range(1, len(word)):
        before, after = word[at - 1], word[at]
        if _is_wide(before) + _is_wide(after) and not (_opens(before) or _closes(after)):
            yield word[start:at]
            start = at
    yield word[start:]


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in ("W", "F")


def _opens(char: str) -> bool:
    return unicodedata.category(char) in ("Ps", "Pi")


def _closes(char: str) -> bool:
    """Whether no line begins with a character: marks that end something, what combines, and the
    space and dots that say that a text was cut."""
    return char.isspace() or unicodedata.category(char) in ("Pe", "Pf", "Po", "Mn", "Me", "Lm")
