"""BibTeX as arXiv recommends it: ``eprint``, ``archivePrefix``, ``primaryClass``.

https://info.arxiv.org/help/hypertex/bibstyles/
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from broadsheet.citations.names import Name
from broadsheet.citations.reference import Reference
from broadsheet.citations.symbols import character, named
from broadsheet.citations.venues import page_range
from broadsheet.formulas import formulas

_ENTRIES = {
    "preprint": "misc",
    "article": "article",
    "meeting": "inproceedings",
    "book": "book",
    "chapter": "incollection",
    "thesis": "phdthesis",
    "report": "techreport",
}
_MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec"
# Braces must balance even when escaped, so they are written by name; ligatures are undone.
_ASCII = {
    "\\": r"{\textbackslash}",
    "{": r"{\textbraceleft}",
    "}": r"{\textbraceright}",
    "^": r"{\textasciicircum}",
    "~": r"{\textasciitilde}",
    "<": r"{\textless}",
    ">": r"{\textgreater}",
    "|": r"{\textbar}",
    **{char: f"\\{char}" for char in "$%&#_"},
}
_LIGATURES = re.compile(r"--|''|``|[?!]`|<<|>>|,,")
_PLAIN = re.compile(r"[A-Za-z0-9 .:()/]*")
_SPECIAL = re.compile(r"[^A-Za-z0-9 .:()/=+*;@\[\],'`\"?!-]")
# A word in Greek is no mathematics, as a letter of it alone is.
_GREEK_WORD = re.compile(r"([\u0370-\u03ff\u1f00-\u1fff]{3,})")
_ESCAPES = re.compile(r"\\.", re.DOTALL)
_UNWRITABLE = re.compile(r"[#$%&\\]")
_SYNTAX = re.compile(r"(?:^|\s)(?:and|others)(?=\s|$)", re.IGNORECASE)
# Parsers that step over what is escaped lose the "and" behind it ("0, \\& and Plato").
_ENDS_ESCAPED = re.compile(r"\s[$%&#_]+$")


def bibtex(references: Iterable[Reference]) -> str:
    """The entries of a .bib file, one blank line between them."""
    return "\n".join(_entry(reference) for reference in references)


def _entry(reference: Reference) -> str:
    # Two pairs of braces keep a style from changing the title's capitals.
    venue = "booktitle" if reference.kind in ("meeting", "chapter") else "journal"
    house = {"thesis": "school", "report": "institution"}.get(reference.kind, "publisher")
    month = reference.date[5:7]
    fields = (
        ("title", _braced(_braced(_text(reference.title)))),
        ("author", _braced(" and ".join(_author(name) for name in reference.names))),
        (venue, _braced(_text(reference.venue))),
        (house, _braced(_text(reference.house))),
        ("volume", _braced(_text(reference.volume))),
        ("number", _braced(_text(reference.issue))),
        ("pages", _braced("--".join(_text(page) for page in page_range(reference.pages) if page))),
        ("year", _braced(reference.year)),
        ("month", _month(int(month)) if month else ""),
        ("eprint", _braced(reference.arxiv)),
        ("archivePrefix", "{arXiv}" if reference.arxiv else ""),
        ("primaryClass", _braced(reference.arxiv_class)),
        ("doi", _braced(_bare(reference.doi))),
        ("url", _braced(_bare(reference.url))),
        ("note", "{Withdrawn}" if reference.withdrawn else ""),
    )
    lines = (f"  {name} = {value}," for name, value in fields if value)
    kind = _ENTRIES[reference.kind]
    if kind == "phdthesis" and reference.master:
        kind = "mastersthesis"
    return "\n".join((f"@{kind}{{{reference.key},", *lines, "}", ""))


def _month(month: int) -> str:
    return _MONTHS[3 * month - 3 : 3 * month]


def _braced(value: str) -> str:
    return f"{{{value}}}" if value else ""


def _author(name: Name) -> str:
    if name.literal:
        return f"{{{_text(name.literal)}}}"
    family = " ".join(part for part in (name.particle, name.family) if part)
    # A comma inside a part cannot be, they were split at it.
    return ", ".join(_part(part) for part in (family, name.suffix, name.given) if part)


def _part(part: str) -> str:
    """A part of a name; "and" between names is syntax, and so is "others" at their end."""
    written = _text(part)
    guarded = _SYNTAX.search(part) or _ENDS_ESCAPED.search(f" {part}")
    return f"{{{written}}}" if guarded else written


def _bare(address: str) -> str:
    """An address or DOI as url-aware styles want it, with balanced braces."""
    return address.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C")


def _text(text: str) -> str:
    """Unicode as LaTeX; formulas stay formulas, with their symbols by name."""
    if _PLAIN.fullmatch(text):  # nearly every name, and half of a month's export
        return text
    parts: list[str] = []
    position = 0
    for formula in formulas(text):
        if _is_writable(formula.source):
            parts.append(_escaped(text[position : formula.start]))
            parts.append(named(text[formula.start : formula.end]))
            position = formula.end
    return "".join(parts) + _escaped(text[position:])


def _is_writable(source: str) -> bool:
    """Whether a formula can stand in a field: LaTeX minds ``\\{``, BibTeX counts it as a brace."""
    bare = _ESCAPES.sub("", source)
    return _is_balanced(source) and _is_balanced(bare) and not _UNWRITABLE.search(bare)


def _is_balanced(source: str) -> bool:
    depth = 0
    for char in source:
        depth += (char == "{") - (char == "}")
        if depth < 0:
            return False
    return depth == 0


def _escaped(text: str) -> str:
    pieces = _GREEK_WORD.split(text)
    pieces[::2] = map(_written, pieces[::2])
    return "".join(pieces)


def _written(text: str) -> str:
    text = _LIGATURES.sub(lambda match: f"{match[0][0]}\0{match[0][1]}", text)
    text = _LIGATURES.sub(lambda match: f"{match[0][0]}\0{match[0][1]}", text)
    return _SPECIAL.sub(lambda match: _character(match[0]), text).replace("\0", "{}")


def _character(char: str) -> str:
    return _ASCII.get(char) or character(char)
