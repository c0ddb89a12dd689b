"""Authors in the forms that records use: lists of names, objects, or one string."""

from __future__ import annotations

import re

from broadsheet.citations import Name, parse_name
from broadsheet.papers import Author

_AND = re.compile(r"\s+(?:and|&)\s+", re.IGNORECASE)
_SUFFIX = re.compile(r"(?:Jr|Sr|II|III|IV)\.?")


class PersonError(ValueError):
    """Authors in no form that is known."""


def authors_from(value: object) -> tuple[Author, ...]:
    """The authors of a record's field; `PersonError` says which entry is of a wrong type.

    Takes a list of names or of objects (``name``, or ``first``/``given`` and
    ``last``/``family``; ``affiliation`` or ``affiliations``), or one string such as
    ``"A. Smith, B. Jones and C. Wu"`` or ``"Smith, A.; Jones, B."``.
    """
    if type(value) is list:
        try:  # nearly always a list of plain names
            return tuple([Author(_turned(name)) for name in value if name.strip()])
        except AttributeError:
            authors = [_author(entry, place) for place, entry in enumerate(value, start=1)]
            return tuple(author for author in authors if author.name.strip())
    if isinstance(value, str):
        return tuple(Author(_turned(name)) for name in split_names(value))
    raise PersonError("is neither a list nor a text")


def _author(entry: object, place: int) -> Author:
    if isinstance(entry, str):
        return Author(_turned(entry))
    if isinstance(entry, dict):
        name = entry.get("name") or entry.get("fullname") or entry.get("full_name")
        if name is None:
            given = entry.get("first") or entry.get("given") or entry.get("firstName") or ""
            family = entry.get("last") or entry.get("family") or entry.get("lastName") or ""
            name = Name(str(family), str(given)).printed
        affiliation = entry.get("affiliation") or entry.get("affiliations") or ""
        if isinstance(affiliation, list):
            affiliation = "; ".join(part for part in affiliation if isinstance(part, str))
        if isinstance(name, str) and isinstance(affiliation, str):
            return Author(_turned(name), affiliation)
    raise PersonError(f"entry {place} is neither a name nor an object with one")


def _turned(name: str) -> str:
    """``Smith, Anna`` as it is printed, ``Anna Smith``, unless the order would no longer tell what
    the comma does (``García Márquez, Gabriel``; ``Anna Smith, MIT``)."""
    if "," not in name:
        return name
    parts = parse_name(name)
    return parts.printed if parse_name(parts.printed) == parts else name


def split_names(text: str) -> list[str]:
    """The names in one string; ``;`` separates best, then ``and``, then commas."""
    if ";" in text:
        parts = [piece for part in text.split(";") for piece in _AND.split(part)]
    else:
        parts = [name for part in _AND.split(text) for name in _comma_separated(part)]
    names = (part.strip(" ,\t\n") for part in parts)
    return [name.removeprefix("and ") for name in names if name]


def _comma_separated(text: str) -> list[str]:
    pieces = [piece.strip() for piece in text.split(",") if piece.strip()]
    if len(pieces) == 2 and (" " not in pieces[0] or _SUFFIX.fullmatch(pieces[1])):
        return [", ".join(pieces)]  # "Smith, Anna"; "Anna Smith, Jr."
    if len(pieces) == 2 and " " not in pieces[1]:
        return [", ".join(pieces)]  # "van der Berg, Anna"
    return pieces
