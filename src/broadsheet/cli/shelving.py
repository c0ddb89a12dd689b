"""The lists that a command names, and whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from broadsheet.cli.common import fail

if TYPE_CHECKING:
    from broadsheet.readers import Entry, Reader, Readers


def the_reader(readers: Readers, name: str) -> Reader:
    """The reader of a name, the local one for ''; ends the command where there is none."""
    from broadsheet.readers import LOCAL

    found = readers.accounts.by_name(name) if name else readers.accounts.get(LOCAL)
    if found is None:
        fail(f"there is no reader '{name[:60]}'; 'broadsheet user list' names them")
    return found


def entries_of(readers: Readers, owner: Reader, name: str) -> list[Entry]:
    """What is in a list of a reader's, by its name or number; ends the command where there is
    none."""
    mine = readers.lists.of(owner.id)
    made = [one for one in mine if str(one.id) == name or name.casefold() == one.name.casefold()]
    if len(made) != 1:
        known = ", ".join(f"{one.name} ({one.id})" for one in mine[:10]) or "none"
        fail(f"{owner.name} has no list '{name[:60]}'; there are: {known}")
    return readers.lists.entries(made[0].id)
