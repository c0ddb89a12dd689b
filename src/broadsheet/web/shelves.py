"""Lists as they are asked for by their address, for who may see them."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.exceptions import HTTPException

from broadsheet.readers import Entry, List, Readers, notes_of, saved_entries
from broadsheet.web.signatures import signature_of
from broadsheet.web.visitors import Visitor

SAVED = "saved"
_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Shelf:
    """A list as it is asked for: one that was made, or all that was saved (``made`` is None);
    ``by`` is whose it is, where it is another's."""

    name: str
    path: str
    made: List | None
    entries: list[Entry]
    owner: bool
    by: str = ""

    @property
    def notes(self) -> dict[int, str]:
        """What stands beside each of its papers; '' for nothing."""
        return notes_of(self.entries)


def shelf_of(readers: Readers, visitor: Visitor, name: str, base: str) -> Shelf:
    """The list of a number, or ``saved``, for who may see it; an HTTP error for others.

    What was saved has the notes and tags of all lists of its reader. ``base`` is the base path.
    """
    if name == SAVED:
        return Shelf(
            "Saved", f"{base}/lists/{SAVED}", None, saved_entries(readers, visitor.id), True
        )
    if not (name.isascii() and name.isdigit() and len(name) <= _DIGITS):
        raise HTTPException(404)
    made = readers.lists.get(int(name))
    owner = made is not None and visitor.reader is not None and made.reader_id == visitor.id
    if made is None or not (owner or (visitor.accounts and readers.lists.everyones(made.id))):
        # The same for a list that is another's and for one that is not there.
        raise HTTPException(404 if visitor.reader else 401)
    entries = readers.lists.entries(made.id)
    by = "" if owner else signature_of(readers, made.reader_id)
    return Shelf(made.name, f"{base}/lists/{made.id}", made, entries, owner, by)


def own_list(readers: Readers, visitor: Visitor, number: int) -> List:
    """A list of the visitor's own; 404 for another's and for none."""
    found = readers.lists.get(number)
    if found is None or found.reader_id != visitor.id:
        raise HTTPException(404)
    return found
