"""Cleaning on arrival: what listings, PDFs and LaTeX left in titles and abstracts.

`clean` runs its rules until the text no longer changes, so it is idempotent by
construction; text on which the rules cannot agree is only made printable.
"""

from __future__ import annotations

import re
from dataclasses import replace

from broadsheet.formulas import formulas
from broadsheet.papers import Author, Paper
from broadsheet.text.characters import tidy
from broadsheet.text.comments import without_comments
from broadsheet.text.latex import without_latex
from broadsheet.text.markup import without_markup
from broadsheet.text.remains import without_remains
from broadsheet.text.spacing import with_spaces

_PASSES = 5
_FIRST_HIDDEN, _LAST_HIDDEN = 0xE000, 0xF8FF
_HIDDEN = re.compile("[\ue000-\uf8ff]")
_ADDRESS = re.compile(r"(?:https?://|www\.)(?:[^\s{}\\$<>\"']|\\[_%&#~])+")
_ESCAPED = re.compile(r"\\([_%&#~])")
_HEADING = re.compile(r"abstract ?[:.—–] ?", re.IGNORECASE)
_SHOUTED = re.compile(r"\A(?:ABSTRACT )+(?=[A-Z])")
_PLAIN_NAMES = re.compile(r"[A-Za-z .'\n-]*")
# A name that no rule changes: letters, one space or mark at a time, no stop within a word.
_LETTER = "[A-Za-zÀ-ÖØ-öø-ž]"
_PLAIN_NAME = re.compile(rf"(?:{_LETTER}(?:{_LETTER}|[.](?=[ .-]|\Z)|[ '-](?={_LETTER}))*)?")


def clean(text: str) -> str:
    """One line of readable text; mathematics in ``$...$`` is kept as it came.

    Idempotent and linear; never raises; at most four times as long as its input.
    """
    text = first = tidy(text)
    for _ in range(_PASSES):
        cleaned = _pass(text)
        if cleaned == text:
            return text
        text = cleaned
    return text if _pass(text) == text else first


def clean_title(text: str) -> str:
    """A title as `clean` leaves it, without the full stop that some sources add."""
    title = clean(text)
    if title.endswith(".") and title.count(".") == 1 and title.count(" ") > 1:
        title = clean(title[:-1])
    return title


def clean_abstract(text: str) -> str:
    """An abstract as `clean` leaves it, without a heading that says so."""
    abstract = clean(text)
    return _SHOUTED.sub("", abstract) if abstract.startswith("ABSTRACT ") else abstract


def clean_paper(paper: Paper) -> Paper:
    """The paper with its texts and names cleaned; the same object if nothing changed."""
    title = clean_title(paper.title)
    abstract = clean_abstract(paper.abstract)
    summary = clean(paper.summary) if paper.summary else ""
    authors = _clean_authors(paper.authors)
    if (title, abstract, summary) == (paper.title, paper.abstract, paper.summary) and (
        authors is paper.authors
    ):
        return paper
    return replace(paper, title=title, abstract=abstract, summary=summary, authors=authors)


def _clean_authors(authors: tuple[Author, ...]) -> tuple[Author, ...]:
    # Nearly all names are plain letters: one look at all of them together.
    if _PLAIN_NAMES.fullmatch("\n".join([a.name + a.affiliation for a in authors])):
        return authors
    cleaned = tuple(Author(_clean_name(a.name), _clean_name(a.affiliation)) for a in authors)
    cleaned = tuple(author for author in cleaned if author.name)
    return authors if cleaned == authors else cleaned


def _clean_name(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) else clean(name)


def _pass(text: str) -> str:
    """Every rule once; each is guarded by the marks without which it cannot fire."""
    text = tidy(without_markup(text)) if "&" in text or "<" in text else text
    if "%" in text:
        text = tidy(without_comments(text))
    if text[:8].lower() == "abstract" and (heading := _HEADING.match(text)):
        text = tidy(text[heading.end() :])
    hidden = _Hidden()
    shown = hidden.hide(text)
    if hidden.overflown:
        return text
    cleaned = without_latex(shown) if _may_hold_latex(shown) else shown
    cleaned = with_spaces(without_remains(cleaned))
    return text if cleaned == shown and not hidden.unescaped else tidy(hidden.show(cleaned))


def _may_hold_latex(text: str) -> bool:
    return "\\" in text or "{" in text or "`" in text or "''" in text or "~" in text or "--" in text


class _Hidden:
    """Formulas and addresses, kept out of the rules' sight behind private-use characters.

    `tidy` leaves none of these in a text, so they cannot be confused with its own.
    """

    def __init__(self) -> None:
        self.pieces: dict[str, str] = {}
        self.overflown = False
        self.unescaped = False

    def hide(self, text: str) -> str:
        found = formulas(text)
        if found:
            parts: list[str] = []
            position = 0
            for formula in found:
                parts += (
                    text[position : formula.start],
                    self._mark(text[formula.start : formula.end]),
                )
                position = formula.end
            text = "".join(parts) + text[position:]
        if "://" in text or "www." in text:
            text = _ADDRESS.sub(self._address, text)
        return text

    def _address(self, match: re.Match[str]) -> str:
        address = match[0]
        if "\\" in address:
            address = _ESCAPED.sub(r"\1", address)
            self.unescaped = True
        return self._mark(address)

    def show(self, text: str) -> str:
        if not self.pieces:
            return text
        shown = {mark: piece for piece, mark in self.pieces.items()}
        return _HIDDEN.sub(lambda match: shown[match[0]], text)

    def _mark(self, piece: str) -> str:
        mark = self.pieces.get(piece)
        if mark is None:
            if len(self.pieces) > _LAST_HIDDEN - _FIRST_HIDDEN:
                self.overflown = True
                return piece
            mark = self.pieces[piece] = chr(_FIRST_HIDDEN + len(self.pieces))
        return mark
